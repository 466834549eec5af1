"""Post messages over HTTP, gently: few at a time, again after a pause when the gateway stumbles, each with its key.

A message's id is its idempotency key (draft-ietf-httpapi-idempotency-key-header), so posting twice sends once. A
message that cannot be posted is an answer with a reason, never an exception: it becomes an `SmsFailed`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol, Self

import httpx
import stamina

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.sms.message import Sms
    from streams.settings import Sms as SmsSettings

FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 5.0
TRY_AGAIN: Final = frozenset({408, 425, 429})
"""Of the answers below 500: those that say "not now" and not "never"."""

GATEWAY_ERROR: Final = "gateway_error"
REJECTED: Final = "rejected"


class Gateway(Protocol):
    """What the notifications agent needs: opened once in a worker's life, closed at its end."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *error: object) -> None: ...
    async def post(self, messages: Sequence[Sms]) -> Mapping[str, str]:
        """Send messages; for each that cannot be sent, the reason by message id."""
        ...


class GatewayStumbledError(Exception):
    """The gateway did not take a message this time; another attempt may do."""


class HttpGateway:
    """The gateway of the settings. `transport`: what carries requests; the network unless given."""

    def __init__(self, settings: SmsSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._settings, self._transport = settings, transport

    async def __aenter__(self) -> Self:
        limits = httpx.Limits(max_connections=self._settings.concurrency)
        self._turns = asyncio.Semaphore(self._settings.concurrency)
        self._client = httpx.AsyncClient(timeout=self._settings.timeout_s, limits=limits, transport=self._transport)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._client.aclose()

    async def post(self, messages: Sequence[Sms]) -> Mapping[str, str]:
        """Send messages, at most `concurrency` at a time; for each that cannot be sent, the reason by message id."""
        reasons = await asyncio.gather(*(self._post(message) for message in messages))
        return {
            message.message_id: reason for message, reason in zip(messages, reasons, strict=True) if reason is not None
        }

    async def _post(self, message: Sms) -> str | None:
        """One message, tried as often as the settings say. The reason why not, None if it was taken."""
        attempts = stamina.retry_context(
            on=(GatewayStumbledError, httpx.TransportError),
            attempts=self._settings.attempts,
            timeout=None,
            wait_initial=FIRST_PAUSE_S,
            wait_max=LONGEST_PAUSE_S,
            wait_jitter=FIRST_PAUSE_S,
        )
        async with self._turns:
            try:
                async for attempt in attempts:
                    with attempt:
                        return await self._try(message)
            except (GatewayStumbledError, httpx.TransportError):
                pass
        return GATEWAY_ERROR

    async def _try(self, message: Sms) -> str | None:
        answer = await self._client.post(
            self._settings.gateway,
            json={"to": message.phone, "text": message.text},
            headers={"Idempotency-Key": message.message_id},
        )
        if answer.status_code >= 500 or answer.status_code in TRY_AGAIN:
            raise GatewayStumbledError(f"{answer.status_code} from {self._settings.gateway}")
        return None if answer.is_success else REJECTED
