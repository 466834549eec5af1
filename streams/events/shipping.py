"""Parcels: prepared when the order is placed, sent when it is confirmed, dropped when it is cancelled."""

from streams.events.base import Fact, Id
from streams.events.intake import Items


class ShipmentCreated(Fact):
    """A parcel waits for its order to be confirmed."""

    shipment_id: Id
    order_id: Id
    customer_id: Id
    items: Items


class OrderShipped(Fact):
    """The parcel has left the house."""

    shipment_id: Id
    order_id: Id
    customer_id: Id
    items: Items
    tracking_number: str


class ShipmentCancelled(Fact):
    """The parcel will not be sent."""

    shipment_id: Id
    order_id: Id
