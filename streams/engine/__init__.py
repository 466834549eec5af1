"""The engine: exactly-once stream processing under Faust agents.

The order of the files is the order of a record's journey: `service.py` declares the edges, `app.py` is a worker,
`transport.py` (with `fetching.py`) brings chunks, `chunk.py` is what an agent sees, `rows.py`, `cache.py` and
`store.py` hold state, `committer.py` makes Kafka transactions through `writer/`, `resumption.py` and `recovery.py` give
partitions back their rows. `driver/` runs the same without a broker. The engine knows no shop.
"""

from streams.engine.chunk import Chunk, Transaction, transaction
from streams.engine.service import Service, Table

__all__ = ["Chunk", "Service", "Table", "Transaction", "transaction"]
