"""The inventory's own account of itself: every `InventoryUpdated`, and the receipts and audits it answers."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from agents.verify.history.inputs import identity_of
from agents.verify.record import text, whole

if TYPE_CHECKING:
    from agents.verify.history.inputs import Input
    from agents.verify.record import Fact


class Row(NamedTuple):
    """One `InventoryUpdated`; `changed_*` is its `change`."""

    version: int
    on_hand: int
    reserved: int
    available: int
    changed_on_hand: int
    changed_reserved: int
    reason: str
    order_id: str | None


class Receipt(NamedTuple):
    product_id: str
    quantity: int


class StockBook:
    """Rows per product in the order of the topic, which is the order they were decided in."""

    def __init__(self) -> None:
        self.rows: defaultdict[str, list[Row]] = defaultdict(list)
        self.receipts: dict[str, Receipt] = {}
        self.applied: defaultdict[str, list[Receipt]] = defaultdict(list)
        """Receipt and product: what was added for it; exactly one entry when all is well."""
        self.consumed: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Order id: pieces taken off the shelf, per product."""
        self.promised: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """Order id: pieces reserved, per product, whatever became of them."""
        self.counted: set[str] = set()
        """Ids of the audits, or of the events, that some row answers."""
        self._audits: defaultdict[str, set[str]] = defaultdict(set)
        """Count id: the event ids that it was sent under."""

    def received(self, fact: Fact) -> None:
        product_id = text(fact.data.get("product_id")) or "?"
        self.receipts.setdefault(identity_of(fact), Receipt(product_id, whole(fact.data.get("quantity"))))

    def audited(self, fact: Fact) -> None:
        self._audits[identity_of(fact)].add(fact.event_id or "?")

    def answers_count(self, entry: Input) -> bool:
        """True when some row answers this audit, under any of the ids that it was sent under."""
        names = {entry.identity, "-".join(map(str, entry.position)), *self._audits[entry.identity]}
        return not names.isdisjoint(self.counted)

    def updated(self, fact: Fact) -> None:
        data = fact.data
        change = data.get("change")
        moved = change if isinstance(change, dict) else {}
        row = Row(
            version=whole(data.get("version")),
            on_hand=whole(data.get("on_hand")),
            reserved=whole(data.get("reserved")),
            available=whole(data.get("available")),
            changed_on_hand=whole(moved.get("on_hand")),
            changed_reserved=whole(moved.get("reserved")),
            reason=str(data.get("reason")),
            order_id=text(data.get("order_id")),
        )
        product_id = text(data.get("product_id")) or "?"
        self.rows[product_id].append(row)
        self._note(fact, product_id, row)

    def _note(self, fact: Fact, product_id: str, row: Row) -> None:
        if row.reason == "received":
            receipt = f"{text(fact.data.get('receipt_id')) or '?'}/{product_id}"
            self.applied[receipt].append(Receipt(product_id, row.changed_on_hand))
        elif row.reason == "counted":
            audit = text(fact.data.get("count_id")) or text(fact.data.get("receipt_id"))
            self.counted |= {f"{audit}/{product_id}", fact.causation_id or "?"}
        elif row.reason == "shipped":
            self.consumed[row.order_id or "?"][product_id] -= row.changed_on_hand
        elif row.reason == "reserved":
            self.promised[row.order_id or "?"][product_id] += row.changed_reserved
