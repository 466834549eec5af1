"""The invariants of the language, checked from what was published and nothing else."""

from collections import Counter, defaultdict

CLOSED_BY = {"StockReleased", "ReservationExpired"}


def audit_stock(log):
    """Counts never negative, versions without gap, `reserved` = the open reservations: at every InventoryUpdated."""
    last = {}
    held, opened, closed = defaultdict(int), set(), set()
    for event in log:
        data = event.data
        if event.event_type == "StockReserved" and (data.order_id, data.line) not in opened | closed:
            opened.add((data.order_id, data.line))
            held[data.product_id] += data.quantity
        elif event.event_type in CLOSED_BY and (data.order_id, data.line) in opened - closed:
            closed.add((data.order_id, data.line))
            held[data.product_id] -= data.quantity
        elif event.event_type == "InventoryUpdated":
            if data.reason == "shipped":
                held[data.product_id] += data.change.reserved
            on_hand, reserved, version = last.get(data.product_id, (0, 0, 0))
            assert data.version == version + 1
            assert (data.on_hand, data.reserved) == (on_hand + data.change.on_hand, reserved + data.change.reserved)
            assert data.available == data.on_hand - data.reserved
            assert min(data.available, data.on_hand, data.reserved) >= 0
            assert data.reserved == held[data.product_id]
            last[data.product_id] = data.on_hand, data.reserved, data.version
    return {product: on_hand for product, (on_hand, _, _) in last.items()}


def audit_books(log):
    """`on_hand = received + corrections - shipped`, where what shipped is told by shipping alone."""
    expected, seen = Counter(), set()
    for event in log:
        data = event.data
        if event.event_type == "StockReceived" and (data.receipt_id, data.product_id) not in seen:
            seen.add((data.receipt_id, data.product_id))
            expected[data.product_id] += data.quantity
        elif event.event_type == "InventoryUpdated" and data.reason == "counted":
            expected[data.product_id] += data.change.on_hand
        elif event.event_type == "OrderShipped":
            for item in data.items:
                expected[item.product_id] -= item.quantity
    assert {product: expected[product] for product in audit_stock(log)} == audit_stock(log)


def audit_orders(log):
    """Every order ends once; a cancelled order ships nothing, a completed one shipped once; all promises are over."""
    by_type = defaultdict(Counter)
    for event in log:
        if event.event_type.startswith(("Order", "Shipment")):
            by_type[event.event_type][event.data.order_id] += 1
    completed, cancelled, shipped = (by_type[f"Order{end}"] for end in ("Completed", "Cancelled", "Shipped"))
    assert all((completed + cancelled)[order] == 1 for order in by_type["OrderPlaced"])
    assert all((completed + cancelled)[order] == 1 for order in by_type["OrderCancelRequested"])
    assert shipped == completed == by_type["OrderConfirmed"]
    assert by_type["ShipmentCancelled"] == cancelled
    assert all(event.data.reserved == 0 for event in last_updates(log).values())


def last_updates(log):
    return {event.data.product_id: event for event in log if event.event_type == "InventoryUpdated"}


def audit_messages(log):
    """One SmsSent or SmsFailed for each OrderShipped."""
    told = Counter(event.data.order_id for event in log if event.event_type in {"SmsSent", "SmsFailed"})
    assert told == Counter(event.data.order_id for event in log if event.event_type == "OrderShipped")


def audit_payments(log):
    """One outcome for each transaction that pays for an order, none for others."""
    attempts = {event.data for event in log if event.event_type == "TransactionAttempted"}
    outcomes = Counter(
        event.data.transaction_id for event in log if event.event_type in {"PaymentAuthorised", "PaymentFailed"}
    )
    assert outcomes == Counter({attempt.transaction_id for attempt in attempts if attempt.order_id is not None})


def audit(log):
    """Everything, once the shop is at rest."""
    for check in (audit_stock, audit_books, audit_orders, audit_messages, audit_payments):
        check(log)
