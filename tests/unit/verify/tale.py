"""A small shop's history, told by hand, with nothing wrong in it; tests spoil one record of it."""

import json
from itertools import count

from agents.verify.record import Position, Record

WHEN = "2024-05-01T10:00:00Z"
KEYS = {
    "order-status": "order_id",
    "stock-commands": "product_id",
    "inventory": "product_id",
    "reservations": "order_id",
    "fraud": "card_id",
    "payments": "order_id",
    "shipments": "order_id",
    "notifications": "customer_id",
    "orders": "order_id",
    "transactions": "transaction_id",
    "stock-receipts": "product_id",
    "customers": "customer_id",
    "transaction-labels": "transaction_id",
}


class Tale:
    """Records as they would be read, and ways to spoil them. A record is found by its event type and its turn."""

    def __init__(self):
        self.records = []
        self._stock = {}
        self._ids = set()
        self._numbers = count(1)

    # telling

    def put(self, topic, value, *, key=b"k", headers=()):
        offset = sum(record.position.topic == topic for record in self.records)
        self.records.append(Record(Position(topic, 0, offset), key, value, tuple(headers)))
        return self.records[-1].position

    def given(self, topic, event_type, **data):
        event_id = f"E-{next(self._numbers)}"
        event = {"event_id": event_id, "event_type": event_type, "timestamp": WHEN, "data": data}
        self.put(topic, json.dumps(event).encode(), key=str(data[KEYS[topic]]).encode())
        return event_id

    def derived(self, cause, topic, event_type, n=0, **data):
        event_id = next(name for name in (f"{cause}/{event_type}/{m}" for m in count(n)) if name not in self._ids)
        self._ids.add(event_id)
        event = {"event_id": event_id, "event_type": event_type, "timestamp": WHEN, "data": data}
        event |= {"causation_id": cause, "correlation_id": data.get("order_id", "-")}
        self.put(topic, json.dumps(event).encode(), key=str(data[KEYS[topic]]).encode())
        return event_id

    def booked(self, cause, product, reason, on_hand=0, reserved=0, **data):
        have, held, version = self._stock.get(product, (0, 0, 0))
        have, held, version = have + on_hand, held + reserved, version + 1
        self._stock[product] = (have, held, version)
        counts = {"on_hand": have, "reserved": held, "available": have - held, "version": version}
        change = {"on_hand": on_hand, "reserved": reserved}
        return self.derived(
            cause, "inventory", "InventoryUpdated", product_id=product, reason=reason, change=change, **counts, **data
        )

    def set_aside(self, position, service):
        source = next(record for record in self.records if record.position == position)
        said = {
            "source-topic": position.topic,
            "source-partition": position.partition,
            "source-offset": position.offset,
            "error-class": "MalformedJsonError",
            "error-message": "no",
            "attempt": 1,
            "service": service,
        }
        headers = [(name, str(value).encode()) for name, value in said.items()]
        return self.put("dead-letters", source.value, key=source.key, headers=headers)

    # spoiling

    def find(self, event_type, turn=0):
        places = [place for place, record in enumerate(self.records) if self.type_of(record) == event_type]
        return places[turn]

    def drop(self, event_type, turn=0):
        del self.records[self.find(event_type, turn)]

    def repeat(self, event_type, turn=0, **changes):
        """The record once more, at the end of its topic, with another event id."""
        record = self.records[self.find(event_type, turn)]
        event = json.loads(record.value)
        event["data"] |= changes
        cause = event.get("causation_id")
        event["event_id"] = f"{cause}/{event_type}/99" if cause else f"E-{next(self._numbers)}"
        self.put(record.position.topic, json.dumps(event).encode(), key=record.key)

    def edit(self, event_type, turn=0, **changes):
        self._change(event_type, turn, lambda event: event["data"].update(changes))

    def edit_envelope(self, event_type, turn=0, **changes):
        self._change(event_type, turn, lambda event: event.update(changes))

    def swap(self, event_type, first, second):
        one, two = self.find(event_type, first), self.find(event_type, second)
        self.records[one], self.records[two] = self.records[two], self.records[one]

    def replace(self, event_type, turn=0, **fields):
        place = self.find(event_type, turn)
        self.records[place] = self.records[place]._replace(**fields)

    @staticmethod
    def type_of(record):
        try:
            return json.loads(record.value)["event_type"] if record.position.topic != "dead-letters" else "letter"
        except (ValueError, TypeError, KeyError):
            return None

    def _change(self, event_type, turn, change):
        place = self.find(event_type, turn)
        event = json.loads(self.records[place].value)
        change(event)
        self.records[place] = self.records[place]._replace(value=json.dumps(event).encode())


def place(tale, order, items, **data):
    listed = [{"product_id": product, "quantity": quantity} for product, quantity in items]
    return tale.given(
        "orders", "OrderPlaced", order_id=order, customer_id="C-1", items=listed, total_amount=9.5, **data
    )


def judge(tale, transaction, verdict, order):
    attempt = tale.given(
        "transactions",
        "TransactionAttempted",
        transaction_id=transaction,
        card_id="K-1",
        terminal_id="P-1",
        amount=9.5,
        order_id=order,
    )
    score = 0.9 if verdict == "FraudDetected" else 0.1
    ids = {"transaction_id": transaction, "card_id": "K-1", "order_id": order}
    return tale.derived(attempt, "fraud", verdict, **ids, score=score, reasons=[])


def reserve(tale, order, placed, lines):
    for line, (product, quantity) in enumerate(lines):
        command = {"order_id": order, "product_id": product, "quantity": quantity, "line": line}
        asked = tale.derived(placed, "stock-commands", "ReserveStock", line, **command)
        tale.booked(asked, product, "reserved", reserved=quantity, order_id=order)
        tale.derived(asked, "reservations", "StockReserved", **command)


def ship(tale, order, paid, items):
    listed = [{"product_id": product, "quantity": quantity} for product, quantity in items]
    asked = {"order_id": order, "customer_id": "C-1", "items": listed}
    confirmed = tale.derived(paid, "order-status", "OrderConfirmed", **asked)
    shipped = tale.derived(confirmed, "shipments", "OrderShipped", shipment_id="S-" + order, **asked)
    for line, (product, quantity) in enumerate(items):
        command = {"order_id": order, "product_id": product, "quantity": quantity, "line": line}
        taken = tale.derived(shipped, "stock-commands", "ConsumeStock", line, **command)
        tale.booked(taken, product, "shipped", on_hand=-quantity, reserved=-quantity, order_id=order)
    tale.derived(shipped, "order-status", "OrderCompleted", order_id=order)
    tale.derived(shipped, "notifications", "SmsSent", order_id=order, customer_id="C-1", message_id="m", text="t")


def cancel(tale, order, cause, reason, held):
    cancelled = tale.derived(cause, "order-status", "OrderCancelled", order_id=order, reason=reason)
    tale.derived(cancelled, "shipments", "ShipmentCancelled", order_id=order)
    for line, (product, quantity) in enumerate(held):
        command = {"order_id": order, "product_id": product, "quantity": quantity, "line": line}
        freed = tale.derived(cancelled, "stock-commands", "ReleaseStock", line, **command)
        tale.booked(freed, product, "released", reserved=-quantity, order_id=order)
        tale.derived(freed, "reservations", "StockReleased", **command)


def completed_order(tale):
    """O-1: 2 U and 1 J, paid by card, shipped; its producer sent it twice."""
    lines = [("U", 2), ("J", 1)]
    placed = place(tale, "O-1", lines, card_id="K-1")
    place(tale, "O-1", lines, card_id="K-1")
    tale.derived(placed, "shipments", "ShipmentCreated", order_id="O-1", shipment_id="S-O-1")
    reserve(tale, "O-1", placed, lines)
    verdict = judge(tale, "T-1", "FraudCleared", "O-1")
    paid = tale.derived(verdict, "payments", "PaymentAuthorised", order_id="O-1", transaction_id="T-1", amount=9.5)
    ship(tale, "O-1", paid, lines)


def refused_order(tale):
    """O-2: 1 U is promised, 1 J is not there any more."""
    placed = place(tale, "O-2", [("U", 1), ("J", 1)])
    tale.derived(placed, "shipments", "ShipmentCreated", order_id="O-2", shipment_id="S-O-2")
    reserve(tale, "O-2", placed, [("U", 1)])
    line = {"order_id": "O-2", "product_id": "J", "quantity": 1, "line": 1}
    asked = tale.derived(placed, "stock-commands", "ReserveStock", 1, **line)
    refusal = tale.derived(asked, "reservations", "StockRejected", **line, reason="insufficient_stock", available=0)
    cancel(tale, "O-2", refusal, "out_of_stock", [("U", 1)])


def fraudulent_order(tale):
    """O-3: paid with a stolen card, or so it seems: a label clears it later."""
    placed = place(tale, "O-3", [("U", 3)], card_id="K-1")
    tale.derived(placed, "shipments", "ShipmentCreated", order_id="O-3", shipment_id="S-O-3")
    reserve(tale, "O-3", placed, [("U", 3)])
    verdict = judge(tale, "T-2", "FraudDetected", "O-3")
    failed = {"order_id": "O-3", "transaction_id": "T-2", "reason": "fraud"}
    cancel(tale, "O-3", tale.derived(verdict, "payments", "PaymentFailed", **failed), "fraud", [("U", 3)])
    label = tale.given("transaction-labels", "TransactionLabelled", transaction_id="T-2", fraud=False)
    cleared = {"transaction_id": "T-2", "card_id": "K-1", "score": 0.2, "reasons": [], "clears": verdict}
    tale.derived(label, "fraud", "FraudCleared", **cleared)


def junk(tale):
    """One record that nobody can read, which two services set aside."""
    position = tale.put("orders", b"{broken", key=b"J-1")
    for service in ("inventory", "orders"):
        tale.set_aside(position, service)


def good_tale():
    told = Tale()
    told.given("customers", "UserCreated", customer_id="C-1", name="Ada", phone="+491")
    for receipt, product, quantity in (("R-1", "U", 10), ("R-2", "J", 1)):
        received = told.given(
            "stock-receipts", "StockReceived", receipt_id=receipt, product_id=product, quantity=quantity
        )
        told.booked(received, product, "received", on_hand=quantity, receipt_id=receipt)
    completed_order(told)
    refused_order(told)
    fraudulent_order(told)
    audit = told.given("stock-receipts", "StockCounted", count_id="A-1", product_id="U", on_hand=7)
    told.booked(audit, "U", "counted", on_hand=-1)
    junk(told)
    return told
