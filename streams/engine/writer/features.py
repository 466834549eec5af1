"""Does this cluster speak transactions of the second generation? Asked once, before anything else.

A cluster agrees on a level per feature (KIP-584); `transaction.version` 2 is KIP-890 part 2. A broker before Kafka 4.0
has no such level, and one that was upgraded keeps its old level until an operator raises it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.engine.writer.errors import Code, UnsupportedBroker, refusal
from streams.engine.writer.link import Patience
from streams.engine.writer.protocol import ApiVersions, finalized_features

if TYPE_CHECKING:
    from collections import Counter

    from streams.engine.writer.link import Link

FEATURE, LEVEL = "transaction.version", 2
CLIENT_NAME, CLIENT_VERSION = "millrace", "1"


async def require_second_generation(link: Link, give_up_s: float, retries: Counter[tuple[str, int]]) -> None:
    """Return when the cluster is able. Raises UnsupportedBroker with the command that makes it so."""
    level = (await _features(link, give_up_s, retries)).get(FEATURE, 0)
    if level < LEVEL:
        host, port, _ = link.client.hosts[0]
        raise UnsupportedBroker(
            f"feature {FEATURE} is at level {level} here; exactly-once needs level {LEVEL} (Kafka 4.0 or later):"
            f" raise it with kafka-features.sh --bootstrap-server {host}:{port} upgrade --feature {FEATURE}={LEVEL}"
        )


async def _features(link: Link, give_up_s: float, retries: Counter[tuple[str, int]]) -> dict[str, int]:
    patience = Patience("ApiVersions", give_up_s, retries)
    while True:
        answer = await link.ask_any(ApiVersions(CLIENT_NAME, CLIENT_VERSION))
        if answer is not None and answer.error_code == Code.NONE:
            return finalized_features(answer)
        if answer is not None:
            raise refusal("ApiVersions", answer.error_code)
        await patience.wait(Code.NETWORK_EXCEPTION)
