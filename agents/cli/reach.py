"""Is Kafka there? Asked before anything else, so that a wrong address is one sentence and not a page of retries."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from agents.cli.errors import UserError

if TYPE_CHECKING:
    from streams.settings import Kafka

PATIENCE_SECONDS = 8.0
"""An address that refuses answers at once; one that swallows everything would hold a client for a minute."""


async def reach(kafka: Kafka) -> None:
    """Return when a broker answers. Raises UserError when none does, SettingsError when its files cannot be read."""
    client = AIOKafkaClient(**kafka.client_arguments())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await client.bootstrap()
    except (KafkaError, OSError, TimeoutError) as error:
        raise UserError(
            f"no Kafka answers at {kafka.bootstrap}. Start one with `millrace broker`, "
            "or say where yours is with --bootstrap or MILLRACE_BOOTSTRAP."
        ) from error
    except ValueError as error:  # aiokafka's word for an address it cannot read
        raise UserError(f"{kafka.bootstrap!r} is no address of Kafka: {error}") from error
    finally:
        await client.close()
