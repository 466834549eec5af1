"""Every engine that can be measured, by name.

A share gives slow engines fewer events, so that each run takes about as long.
"""

from __future__ import annotations

from typing import Final

from benchmarks.engines import kafka_streams
from benchmarks.engines.engine import Engine
from benchmarks.engines.python_peer import PEERS, in_own_environment, in_this_environment

EXACTLY_ONCE: Final = "exactly once"
AT_LEAST_ONCE: Final = "at least once"
OUTSIDE: Final = "outputs are outside its transactions"
NOTHING: Final = "nothing"

UNCACHED: Final = "statestore.cache.max.bytes=0"
_millrace = in_this_environment("-m", "benchmarks.keyed_count.service")
_bare = in_this_environment(str(PEERS / "aiokafka" / "keyed_count.py"))
_quix, _bytewax, _faust = map(in_own_environment, ("quix", "bytewax", "faust"))

_LIST: Final = (
    Engine("millrace", "Millrace", EXACTLY_ONCE, _millrace),
    Engine("millrace-2", "Millrace, 2 processes", EXACTLY_ONCE, _millrace, processes=2),
    Engine("kafka-streams", "Kafka Streams, 1 thread", EXACTLY_ONCE, kafka_streams.prepare, (UNCACHED,)),
    Engine(
        "kafka-streams-2",
        "Kafka Streams, 2 threads",
        EXACTLY_ONCE,
        kafka_streams.prepare,
        (UNCACHED, "num.stream.threads=2"),
    ),
    Engine("kafka-streams-cache", "Kafka Streams, record cache on", EXACTLY_ONCE, kafka_streams.prepare),
    Engine(
        "kafka-streams-25ms",
        "Kafka Streams, commits every 25 ms",
        EXACTLY_ONCE,
        kafka_streams.prepare,
        (UNCACHED, "commit.interval.ms=25"),
    ),
    Engine("quix", "Quix Streams", EXACTLY_ONCE, _quix, share=0.15),
    Engine("bytewax", "Bytewax with recovery", AT_LEAST_ONCE, _bytewax, share=0.5),
    Engine("faust", "Faust", AT_LEAST_ONCE, _faust, ("at_least_once",), share=0.01),
    Engine("faust-exactly-once", "Faust, exactly_once as shipped", OUTSIDE, _faust, ("exactly_once",), share=0.006),
    Engine("aiokafka", "bare aiokafka, no store", NOTHING, _bare),
)

ENGINES: Final = {engine.name: engine for engine in _LIST}
