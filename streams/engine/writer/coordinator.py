"""Whom to ask about a group or a transactional id, and to ask again until there is an answer that means something.

Coordinators move when brokers stop and start. A request is repeated as it was: in the second generation the broker
recognises the copy by its epoch, so that repeating is safe. What follows a refusal: `errors.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokafka.client import ConnectionGroup

from streams.engine.writer.errors import MOVED, RETRIED, Code
from streams.engine.writer.link import Patience
from streams.engine.writer.protocol import FindCoordinator

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from streams.engine.writer.link import Link


class Coordinators:
    """The coordinators of one cluster, remembered until they say that they are not."""

    def __init__(self, link: Link, give_up_s: float, retries: Counter[tuple[str, int]]) -> None:
        self._link, self._give_up_s, self._retries = link, give_up_s, retries
        self._nodes: dict[tuple[int, str], int] = {}

    async def ask(self, kind: int, key: str, request: Any, code_of: Callable[[Any], int]) -> Any:
        """The coordinator's answer to `request`, without an error.

        Args:
            kind: `protocol.GROUP` or `protocol.TRANSACTION`.
            key: the group id or the transactional id.
            request: sent unchanged at each attempt.
            code_of: the error code that decides, out of an answer.

        Raises:
            WriterError: of the class that names the reaction; its `attempts` is 1 when the first answer was final.
        """
        patience = Patience(type(request).__name__, self._give_up_s, self._retries)
        while True:
            code, answer = await self._attempt(kind, key, request, code_of)
            if code == Code.NONE:
                return answer
            if code not in RETRIED:
                raise patience.refusal(code)
            if code in MOVED:
                self._nodes.pop((kind, key), None)
            await patience.wait(code)

    async def _attempt(self, kind: int, key: str, request: Any, code_of: Callable[[Any], int]) -> tuple[int, Any]:
        node = self._nodes.get((kind, key))
        if node is None:
            code, node = await self._find(kind, key)
            if code != Code.NONE:
                return code, None
        answer = await self._link.ask(node, request, ConnectionGroup.COORDINATION)
        return (Code.NETWORK_EXCEPTION, None) if answer is None else (code_of(answer), answer)

    async def _find(self, kind: int, key: str) -> tuple[int, int]:
        answer = await self._link.ask_any(FindCoordinator(kind, [key]))
        if answer is None:
            await self._link.refresh()
            return Code.NETWORK_EXCEPTION, -1
        _, node, _, _, code, _ = answer.coordinators[0]
        if code == Code.NONE:
            if self._link.client.cluster.broker_metadata(node) is None:
                await self._link.refresh()
            self._nodes[kind, key] = node
        return code, node


def worst(codes: list[int]) -> int:
    """The code that decides for an answer with many: a refusal before what may be asked again, before none."""
    bad = [code for code in codes if code != Code.NONE]
    return next((code for code in bad if code not in RETRIED), bad[0] if bad else Code.NONE)
