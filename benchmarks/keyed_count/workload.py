"""The keyed count: for every order, add one to the count of its product, and say the new count.

The records, and what the outputs must be. `feeding.py` puts the records into a topic, `service.py` is Millrace's
program, `benchmarks/peers/` has the others'.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from aiokafka.partitioner import murmur2

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PARTITIONS: Final = 4
SIZE: Final = 172
"""Bytes of a record's value, where nothing else is asked for."""
FIRST_TS: Final = 1_700_000_000_000
HEAD: Final = (
    '{"event_type":"OrderPlaced","n":%d,"ts":%d,"data":{"order_id":%d,"items":[{"product_id":"%s","quantity":1}]},'
    '"note":"'
)
TAIL: Final = b'"}'


@dataclass(frozen=True)
class Workload:
    """So many orders, of so many products, of so many bytes each."""

    events: int
    keys: int
    size: int = SIZE

    @property
    def topic(self) -> str:
        """The name of a source topic that holds it."""
        return f"orders-{self.events}-{self.keys}-{self.size}"

    def value(self, number: int) -> bytes:
        """The order of that number, padded to the size."""
        head = HEAD % (number, FIRST_TS + number, number, self.product(number))
        return head.encode().ljust(self.size - len(TAIL), b"x") + TAIL

    def product(self, number: int) -> str:
        """Which product an order is about: all in turn."""
        return f"A{number % self.keys}"

    def records(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Partition, as Kafka's default partitioner chooses it, key and value of each order."""
        keys = [self.product(number).encode() for number in range(min(self.keys, self.events))]
        partitions = [partition_of(key) for key in keys]
        for number in range(self.events):
            place = number % self.keys
            yield partitions[place], keys[place], self.value(number)

    def count_of(self, place: int) -> int:
        """How many orders the product at this place has."""
        return self.events // self.keys + (place < self.events % self.keys)


def partition_of(key: bytes) -> int:
    """Kafka's default partitioner."""
    return int((murmur2(key) & 0x7FFFFFFF) % PARTITIONS)


class Counted(msgspec.Struct, gc=False):
    """An output, as the checker reads it."""

    product_id: str
    count: int


decode = msgspec.json.Decoder(Counted).decode


class Checker:
    """Are the counts of every product exactly 1, 2, 3 … up to the number of its orders, in order?"""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self.outputs = self.out_of_turn = 0

    def take(self, records: Sequence[Any]) -> None:
        """Outputs of one partition, in order."""
        counts = self._counts
        for record in records:
            counted = decode(record.value)
            if counted.count == counts[counted.product_id] + 1:
                counts[counted.product_id] = counted.count
            else:
                self.out_of_turn += 1
        self.outputs += len(records)

    def problem(self, workload: Workload) -> str:
        """What is wrong, or nothing."""
        places = range(min(workload.keys, workload.events))
        wrong = sum(self._counts[workload.product(place)] != workload.count_of(place) for place in places)
        if self.outputs == workload.events and not self.out_of_turn and not wrong:
            return ""
        return (
            f"{self.outputs} outputs of {workload.events} orders, {self.out_of_turn} counts out of turn, "
            f"{wrong} products with another count than orders"
        )
