"""Sales: an order counts once it is confirmed, each product with its share of the total; a session with each order.

An order's total names no prices, so it is divided among its pieces: every piece of an order counts for the same. The
shares add up to the total. What happens to a confirmed order later does not change a sale.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from streams.events.base import Event, Fact, Money, quick
from streams.events.intake import OrderPlaced
from streams.events.orders import OrderConfirmed
from streams.rules.insights.desk import Desk, Sample, count
from streams.rules.insights.facts import CustomerOrdered, ProductSold, ShopSold
from streams.rules.insights.measures import BOARD, SALES, best_sellers, sessions
from streams.rules.insights.rows import Order
from streams.rules.timers import due

product_sold = quick(ProductSold)
shop_sold = quick(ShopSold)
customer_ordered = quick(CustomerOrdered)


def place(event: Event[OrderPlaced], desk: Desk) -> Iterator[Fact]:
    """Remember an order, and send it to its customer. The same order again changes nothing."""
    placed = event.data
    order = _order(placed.order_id, event.time, desk)
    if order.placed is not None:
        return
    pieces = _by_product(placed.items)
    order = replace(order, pieces=pieces, total=int(placed.total_amount), placed=event.time)
    yield customer_ordered(lane=desk.place.lane, customer_id=placed.customer_id, amount=placed.total_amount)
    yield from _sell(placed.order_id, order, desk)


def confirm(event: Event[OrderConfirmed], desk: Desk) -> Iterator[Fact]:
    """The order is sold; it may have to be read yet, since topics race."""
    order = _order(event.data.order_id, event.time, desk)
    if order.confirmed is None:
        yield from _sell(event.data.order_id, replace(order, confirmed=event.time), desk)


def sell(event: Event[ProductSold], desk: Desk) -> Iterator[Fact]:
    """Count a sale of a product."""
    sold = event.data
    value = {"orders": 1, "units": sold.units, "revenue": int(sold.revenue)}
    for measure in SALES:
        yield from count(event, measure, Sample(sold.product_id, sold.at, value), desk)


def visit(event: Event[CustomerOrdered], desk: Desk) -> Iterator[Fact]:
    """Count an order of a customer."""
    value = {"orders": 1, "amount": int(event.data.amount)}
    return count(event, sessions, Sample(event.data.customer_id, event.time, value), desk)


def rank(event: Event[ShopSold], desk: Desk) -> Iterator[Fact]:
    """Put a sale on the board."""
    sold = event.data
    return count(event, best_sellers, Sample(sold.board, sold.at, (sold.product_id, sold.units)), desk)


def _order(order_id: str, time: int, desk: Desk) -> Order:
    order = desk.orders.get(order_id)
    if order is None:
        desk.timers.set(f"order/{order_id}", due(desk.timers, time, desk.policy.retention))
    return order or Order()


def _sell(order_id: str, order: Order, desk: Desk) -> Iterator[Fact]:
    """Sell what is placed and confirmed. The sale's time is the later of the two, whichever is read first."""
    if order.placed is None or order.confirmed is None:
        desk.orders[order_id] = order
        return
    desk.orders[order_id] = replace(order, pieces=())
    at = max(order.placed, order.confirmed)
    for (product_id, units), revenue in zip(order.pieces, shares(order.total, order.pieces), strict=True):
        sold = Money(revenue)
        yield product_sold(lane=desk.place.lane, product_id=product_id, at=at, units=units, revenue=sold)
        yield shop_sold(lane=desk.place.lane, board=BOARD, product_id=product_id, at=at, units=units)


def _by_product(items: Iterable[Any]) -> tuple[tuple[str, int], ...]:
    pieces: dict[str, int] = {}
    for item in items:
        pieces[item.product_id] = pieces.get(item.product_id, 0) + item.quantity
    return tuple(pieces.items())


def shares(total: int, pieces: Iterable[tuple[str, int]]) -> list[int]:
    """Divide minor units among lines by their pieces, at least one each; the shares add up to the total."""
    quantities = [quantity for _, quantity in pieces]
    everything, before, divided = sum(quantities), 0, []
    for quantity in quantities:
        after = before + quantity
        divided.append(total * after // everything - total * before // everything)
        before = after
    return divided
