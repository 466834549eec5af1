"""Ports on this machine: asked for before anything starts, so that a taken one is a sentence and not a trace."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from agents.cli.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterable


def first_free(host: str, ports: Iterable[int]) -> int:
    """The first of these ports on which one could listen now. Raises UserError: there is none."""
    tried = []
    for port in ports:
        if is_free(host, port):
            return port
        tried.append(port)
    taken = f"port {tried[0]} is" if len(tried) == 1 else f"ports {tried[0]} to {tried[-1]} are"
    raise UserError(f"{taken} taken on {host}: stop what listens there, or choose another with --port")


def is_free(host: str, port: int) -> bool:
    """True when one could listen there now. Raises UserError: this user may not, or this is no address of ours."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: closed connections do not count
        try:
            trial.bind((host, port))
        except PermissionError as error:
            raise UserError(f"port {port} is not for everybody: choose one above 1023 with --port") from error
        except socket.gaierror as error:
            raise UserError(f"{host!r} is no address of this machine: choose another with --host") from error
        except OSError:
            return False
        return True
