"""The shop's services, by name. To add one, write its module and name it here; nothing else changes.

A service's module declares its edges (`service`) and builds a worker's app from the settings (`build`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from agents import customers, fraud, insights, inventory, notifications, orders, payments, shipping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.engine import Service
    from streams.engine.app import ServiceApp
    from streams.settings import Settings


class ServiceModule(Protocol):
    """What a service's module offers."""

    @property
    def service(self) -> Service: ...
    def build(self, settings: Settings, /) -> ServiceApp:
        """A worker's app, not yet started: anew at every call."""
        ...


SERVICES: Final[Mapping[str, ServiceModule]] = {
    "inventory": inventory,
    "orders": orders,
    "shipping": shipping,
    "payments": payments,
    "fraud": fraud,
    "notifications": notifications,
    "customers": customers,
    "insights": insights,
}

ALL: Final = tuple(module.service for module in SERVICES.values())


def readers() -> dict[str, list[str]]:
    """Topic: the services that read it."""
    found: dict[str, list[str]] = {}
    for service in ALL:
        for topic in service.reads:
            found.setdefault(topic.name, []).append(service.name)
    return found
