"""Stock is never oversold, and every count can be recomputed from what others said.

available = on_hand - reserved; on_hand = received + counted corrections - shipped; reserved = the open promises.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from agents.verify.history.stock import Row

if TYPE_CHECKING:
    from agents.verify.history import History
    from agents.verify.report import Check

NOTHING = Row(0, 0, 0, 0, 0, 0, "", None)
"""The row before the first."""


def stock_is_never_oversold(history: History, check: Check) -> None:
    """Neither `available` nor `on_hand` is below zero in any InventoryUpdated."""
    for product_id, rows in history.stock.rows.items():
        for row in rows:
            check.checked += 1
            if row.available < 0 or row.on_hand < 0:
                check.wrong(product_id, f"version {row.version}: on hand {row.on_hand}, available {row.available}")


def versions_have_no_gap_and_no_repeat(history: History, check: Check) -> None:
    """Versions per product are 1, 2, 3 and so on, in the order of the topic."""
    for product_id, rows in history.stock.rows.items():
        for before, row in pairwise([NOTHING, *rows]):
            check.checked += 1
            if row.version != before.version + 1:
                check.wrong(product_id, f"version {row.version} follows version {before.version}")


def available_is_on_hand_minus_reserved(history: History, check: Check) -> None:
    """The equation `available = on_hand - reserved` holds in every InventoryUpdated."""
    for product_id, rows in history.stock.rows.items():
        for row in rows:
            check.checked += 1
            if row.available != row.on_hand - row.reserved:
                check.wrong(product_id, f"version {row.version}: {row.available} is not {row.on_hand} - {row.reserved}")


def changes_add_up(history: History, check: Check) -> None:
    """Each InventoryUpdated is the row before it plus its own change."""
    for product_id, rows in history.stock.rows.items():
        for before, row in pairwise([NOTHING, *rows]):
            if row.version != before.version + 1:
                continue
            check.checked += 1
            on_hand, reserved = before.on_hand + row.changed_on_hand, before.reserved + row.changed_reserved
            if (row.on_hand, row.reserved) != (on_hand, reserved):
                check.wrong(
                    product_id, f"version {row.version}: ({row.on_hand}, {row.reserved}), not ({on_hand}, {reserved})"
                )


def a_receipt_is_applied_once(history: History, check: Check) -> None:
    """Each receipt id adds its quantity to its product once, however often it was sent."""
    for receipt_id, applied in history.stock.applied.items():
        check.checked += 1
        receipt = history.stock.receipts.get(receipt_id)
        if len(applied) > 1:
            check.wrong(receipt_id, f"applied {len(applied)} times")
        elif receipt is None:
            check.missing(receipt_id, "applied, but never received")
        elif applied != [receipt]:
            check.wrong(receipt_id, f"applied as {applied[0]}, received as {receipt}")


def on_hand_is_received_plus_counted_minus_shipped(history: History, check: Check) -> None:
    """The count `on_hand` = distinct receipts + corrections by audits - pieces of shipped orders, per product."""
    expected: Counter[str] = Counter()
    for receipt in (history.stock.receipts[name] for name in history.stock.applied if name in history.stock.receipts):
        expected[receipt.product_id] += receipt.quantity
    for order in history.orders.values():
        expected.subtract(order.shipped_items or {})
    for product_id, rows in history.stock.rows.items():
        check.checked += 1
        counted = sum(row.changed_on_hand for row in rows if row.reason == "counted")
        if rows[-1].on_hand != expected[product_id] + counted:
            check.missing(product_id, f"on hand {rows[-1].on_hand}, but {expected[product_id]} + {counted} counted")


def reserved_is_the_open_promises(history: History, check: Check) -> None:
    """The count `reserved` = pieces promised and neither released, expired nor shipped, per product."""
    open_lines: Counter[str] = Counter()
    for order in history.orders.values():
        for line in order.open_lines():
            open_lines[line.product_id] += line.quantity
    for product_id in history.stock.rows.keys() | open_lines.keys():
        check.checked += 1
        reserved = history.stock.rows[product_id][-1].reserved if history.stock.rows.get(product_id) else 0
        if reserved != open_lines[product_id]:
            check.missing(product_id, f"reserved {reserved}, but {open_lines[product_id]} are promised")


def a_promise_is_counted_once(history: History, check: Check) -> None:
    """The pieces reserved for an order are those of its StockReserved lines, each counted once."""
    for order_id in history.orders.keys() | history.stock.promised.keys():
        check.checked += 1
        order, counted = history.orders.get(order_id), history.stock.promised.get(order_id, Counter())
        promised: Counter[str] = Counter()
        for line in order.lines.values() if order else ():
            promised[line.product_id] += line.quantity * line.reserved
        if promised != counted:
            check.missing(order_id, f"promised {dict(+promised)}, counted {dict(+counted)}")
