"""What inventory remembers: two counts per product, a record per line, a split per order, a mark per receipt.

`Split` rows live in the order's partition, all others in the product's.
"""

from typing import Literal

import msgspec

from streams.events.inventory import RejectReason

ReservationState = Literal["open", "consumed", "released", "expired", "rejected"]


class Stock(msgspec.Struct, frozen=True, gc=False):
    """One product, keyed by product id. A product that was never received nor counted has no row: it is unknown."""

    on_hand: int = 0
    reserved: int = 0
    version: int = 0  # of the last InventoryUpdated
    newest: str | None = None  # key of the reservation made last; the others follow through `Reservation.older`

    @property
    def available(self) -> int:
        """What can still be promised."""
        return self.on_hand - self.reserved


class Reservation(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What became of one line of an order, keyed by `line_key`. Everything but "open" is closed, for good."""

    order_id: str
    line: int
    product_id: str
    quantity: int
    state: ReservationState
    at: int  # event time of the last change of state, milliseconds
    older: str | None = None  # key of the reservation that this product made just before
    version: int = 0  # of the stock when this was made; falls along `older`, so a chain never loops
    reason: RejectReason | None = None  # of a rejection, and only of one
    available: int = 0  # at the time of a rejection


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line of an order."""

    line: int
    product_id: str
    quantity: int


class Split(msgspec.Struct, frozen=True, gc=False):
    """How an order was split into lines, keyed by order id: into none if its cancellation came first."""

    lines: tuple[Line, ...] = ()
    cancelled: bool = False


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """A delivery or an audit that was applied, keyed by `receipt_key`."""

    at: int  # event time, milliseconds


def line_key(order_id: str, line: int) -> str:
    """The key of a line's reservation: unambiguous, because a line is a number."""
    return f"{order_id}/{line}"
