"""How a worker runs: its settings, each with its unit and its reason.

The composition root makes one from `streams/settings.py`; tests make their own. Nothing here reads the environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streams.engine.cache import DEFAULT_CACHE_BYTES
from streams.engine.faults import Fault, no_fault

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Limits:
    """How large a transaction may grow, and how long one that is neither full nor large waits for company."""

    transaction_records: int = 10_000  # source records, and timers that fire; several chunks
    transaction_bytes: int = 8 << 20  # of what is produced
    linger_commits: float = 4.5  # between the starts of two transactions, in what a commit usually takes:
    shortest_linger_seconds: float = 0.018  # a quiet broker commits in 3 ms, and a transaction costs as 500 events do;
    longest_linger_seconds: float = 0.2  # on a busy machine commits are slow, and fewer of them leave time for work

    def linger(self, commit_seconds: float) -> float:
        """Seconds from the start of a transaction to the next one's, if commits take so long."""
        wanted = max(self.linger_commits * commit_seconds, self.shortest_linger_seconds)
        return min(wanted, self.longest_linger_seconds)


@dataclass(frozen=True)
class EngineConfig:
    """How a worker of a service runs.

    Args:
        connection: aiokafka's connection arguments: bootstrap_servers, security_protocol, sasl_*, ssl_context.
        state: the directory that holds this and other workers' state.
        url: where other workers reach this one's web views.
    """

    connection: Mapping[str, Any]
    state: Path = Path(".millrace/state")
    url: str = "http://127.0.0.1:6066"
    chunk_records: int = 4_000  # at most; fewer where they take long (`cadence.py`)
    cache_bytes: int = DEFAULT_CACHE_BYTES
    limits: Limits = field(default_factory=Limits)
    session_timeout_seconds: float = 10.0  # a lost worker's partitions move after this
    heartbeat_seconds: float = 2.0
    rebalance_timeout_seconds: float = 60.0  # a worker that does not give partitions up within this is put out
    transaction_timeout_ms: int = 10_000  # what a lost worker left open is aborted after this
    standbys: int = 0  # warm copies of each partition's rows on other workers: a disk each, for a faster takeover
    compression: str = "none"  # of what is produced: gzip, snappy, lz4 or zstd
    replication: int = 1  # of topics that the engine creates
    fault: Fault = field(default=no_fault)
