"""The keyed count with Quix Streams, exactly once: RocksDB state with a changelog.

Arguments: bootstrap application source output state.
"""

import sys
from typing import Any

from quixstreams import Application, State


def count(order: dict[str, Any], state: State) -> dict[str, Any]:
    product = order["data"]["items"][0]["product_id"]
    counted = state.get("count", 0) + 1
    state.set("count", counted)
    return {"product_id": product, "count": counted}


def main(bootstrap: str, name: str, source: str, output: str, folder: str) -> None:
    app = Application(
        broker_address=bootstrap,
        consumer_group=name,
        auto_offset_reset="earliest",
        state_dir=folder,
        processing_guarantee="exactly-once",
        loglevel="WARNING",
    )
    orders = app.topic(source, value_deserializer="json", key_deserializer="bytes")
    counted = app.topic(output, value_serializer="json", key_serializer="bytes")
    app.dataframe(orders).apply(count, stateful=True).to_topic(counted)
    app.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
