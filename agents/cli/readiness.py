"""Are the workers ready? Asked of their own web views, as an orchestrator would."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from agents.cli.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from agents.supervisor import Child
    from streams.settings import Web

POLL_SECONDS = 0.2
ANSWER_SECONDS = 2.0
PATIENCE_SECONDS = 120.0
"""For seven processes to start on a busy machine."""
MOST_STARTS = 4
"""A worker that has died so often while it started will not do better."""
LAST_LINES = 12


class Doors:
    """The web views of some workers.

    Args:
        urls: by the child's name.
        web: the settings that say what a request must bring.
        logs: the folder that holds `<name>.log` of each, to say why one does not start.
    """

    def __init__(self, urls: Mapping[str, str], web: Web, logs: Path) -> None:
        self.urls, self._headers, self._logs = urls, authorization(web), logs

    async def wait(self, child: Child, since: int = 0) -> None:
        """Return when the child serves and was started more than `since` times. Raises UserError: it does not."""
        async with httpx.AsyncClient(headers=self._headers, timeout=ANSWER_SECONDS) as client:
            for _ in range(int(PATIENCE_SECONDS / POLL_SECONDS)):
                if child.starts > since and child.pid and await _ready(client, self.urls[child.name]):
                    return
                if child.starts >= since + MOST_STARTS:
                    break
                await asyncio.sleep(POLL_SECONDS)
        raise UserError(f"{child.name} does not start. The end of its log:\n{self.last_words(child.name)}")

    async def wait_for_all(self, children: Iterable[Child], told: Callable[[int], None]) -> None:
        """The same for all of them; `told` how many are ready whenever one more is."""
        waiting = [self.wait(child) for child in children]
        for number, one in enumerate(asyncio.as_completed(waiting), 1):
            await one
            told(number)

    def last_words(self, name: str) -> str:
        """The end of a worker's log."""
        log = self._logs / f"{name}.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return "\n".join(f"  {line}" for line in lines[-LAST_LINES:]) or "  (it said nothing)"


def authorization(web: Web) -> dict[str, str]:
    """The headers that the web views ask for."""
    return {} if web.token is None else {"authorization": f"Bearer {web.token.get_secret_value()}"}


async def _ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/readyz")).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
