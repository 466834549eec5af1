"""The life of a parcel. `orders` and `order-status` race: an order may be confirmed or cancelled before it is placed.

Whichever comes first makes the parcel. Orders says one of confirmed and cancelled, once, so a parcel leaves the house
or is dropped, never both. Every `OrderShipped` and every `ShipmentCancelled` is said once.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from streams.events.base import Event, Fact, quick
from streams.events.intake import OrderPlaced
from streams.events.orders import OrderCancelled, OrderConfirmed
from streams.events.shipping import OrderShipped, ShipmentCancelled, ShipmentCreated
from streams.rules.shipping.labels import shipment_id, tracking_number
from streams.rules.shipping.rows import Memory, Shipment
from streams.rules.timers import Timer, due, subject

shipment_created = quick(ShipmentCreated)
order_shipped = quick(OrderShipped)
shipment_cancelled = quick(ShipmentCancelled)


def prepare(event: Event[OrderPlaced | OrderConfirmed], memory: Memory) -> Iterator[Fact]:
    """Make the parcel of an order, unless there is one."""
    order = event.data
    if order.order_id in memory.shipments:
        return
    shipment = memory.shipments[order.order_id] = Shipment(
        shipment_id(order.order_id), "waiting", event.time, order.customer_id
    )
    _forget_later(order.order_id, event.time, memory)
    yield shipment_created(
        shipment_id=shipment.shipment_id, order_id=order.order_id, customer_id=order.customer_id, items=order.items
    )


def send(event: Event[OrderConfirmed], memory: Memory) -> Iterator[Fact]:
    """Send the parcel of a confirmed order, making it first if the order itself is not here yet."""
    yield from prepare(event, memory)
    order = event.data
    shipment = memory.shipments[order.order_id]
    if shipment.status == "waiting":
        number = tracking_number(order.order_id)
        shipped = replace(shipment, status="shipped", at=event.time, tracking_number=number)
        memory.shipments[order.order_id] = shipped
        yield order_shipped(
            shipment_id=shipment.shipment_id,
            order_id=order.order_id,
            customer_id=order.customer_id,
            items=order.items,
            tracking_number=number,
        )


def drop(event: Event[OrderCancelled], memory: Memory) -> Iterator[Fact]:
    """Drop the parcel of a cancelled order; one that is not made yet never will be."""
    order = event.data.order_id
    shipment = memory.shipments.get(order)
    if shipment is None:
        shipment = Shipment(shipment_id(order), "waiting", event.time)
        _forget_later(order, event.time, memory)
    if shipment.status == "waiting":
        memory.shipments[order] = replace(shipment, status="cancelled", at=event.time)
        yield shipment_cancelled(shipment_id=shipment.shipment_id, order_id=order)


def on_timer(event: Event[Timer], memory: Memory) -> None:
    """Forget a parcel that is long gone. One that still waits is looked at again later."""
    _, order = subject(event.data)
    shipment = memory.shipments.get(order)
    if shipment is not None and shipment.status == "waiting":
        _forget_later(order, event.time, memory)
    elif shipment is not None:
        del memory.shipments[order]


def _forget_later(order_id: str, time: int, memory: Memory) -> None:
    at = due(memory.timers, time, memory.policy.retention)
    memory.timers.set(f"shipment/{order_id}", at)
