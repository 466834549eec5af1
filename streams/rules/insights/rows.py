"""What insights remembers beside windows: orders until they are confirmed, attempts seen, the pace of each product."""

import msgspec


class Order(msgspec.Struct, frozen=True, gc=False):
    """An order, keyed by order id; kept after its sale to recognise repeats. Times are event time in milliseconds."""

    pieces: tuple[tuple[str, int], ...] = ()  # product id and quantity, a product once; empty after the sale
    total: int = 0  # minor units
    placed: int | None = None
    confirmed: int | None = None


class Seen(msgspec.Struct, frozen=True, gc=False):
    """An attempt or a failure, keyed by its kind and transaction id: a repeat of it is not counted."""

    at: int


class Cover(msgspec.Struct, frozen=True, gc=False):
    """How fast a product sells, keyed by product id.

    `demand` is pieces reserved, older ones weighing less, up to `at`. `since`: the first event; `version`: the last
    change of stock that was counted; `short`: the forecast was said, and holds.
    """

    demand: float
    since: int
    at: int
    version: int = 0
    short: bool = False


class Levels(msgspec.Struct, frozen=True, array_like=True):
    """The counts of a product at a time."""

    on_hand: int
    reserved: int
    version: int
