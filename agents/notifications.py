"""The notifications service: one SMS for each parcel that leaves, or one word why not.

A parcel's message travels to its customer's partition, gets a phone and a text there, and is posted. Posting comes
before the transaction, never inside: a gateway may take seconds, and no transaction can take a message back. Who is
killed between the two posts again with the same message id, which the gateway knows. The deciding is in
`streams/rules/notifications/`, the posting in `agents/sms/`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from agents.sms import HttpGateway, Sms
from streams import topics
from streams.engine import Service, transaction
from streams.engine.app import ServiceApp
from streams.events.base import Event
from streams.events.intake import UserCreated
from streams.events.outbox import SendSms, SmsRequested
from streams.events.shipping import OrderShipped
from streams.rules.notifications import addressing, reporting, welcoming
from tables import notifications as tables
from tables.clock import TRUST

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Iterator, Mapping

    from agents.sms import Gateway
    from streams.engine import Chunk
    from streams.engine.asking import Rule
    from streams.events.base import Fact
    from streams.rules.notifications.memory import Memory
    from streams.settings import Settings

service = Service(
    "notifications",
    reads=[topics.shipments, topics.customers, topics.notifications_outbox],
    remembers=tables.ALL,
    emits=[topics.notifications_outbox, topics.notifications],
    time=TRUST,
)

REQUEST: Final[Mapping[Any, Rule]] = {OrderShipped: addressing.request, UserCreated: welcoming.welcome}


def build(settings: Settings, gateway: Gateway | None = None) -> ServiceApp:
    """A worker's app, not yet started. `gateway`: where messages are posted; the one of the settings unless given."""
    app = ServiceApp(service)
    outside = gateway or HttpGateway(settings.sms)

    @app.agent(topics.shipments, topics.customers, name="notifications.request", ticks=True)
    async def request_messages(chunks: AsyncIterable[Chunk]) -> None:
        """Ask for a message for each parcel that leaves; send what waited for a customer who is known now."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                memory = tables.memory(tx)
                tx.each(REQUEST, memory)
                tx.fire(welcoming.on_timer, memory)

    @app.agent(topics.notifications_outbox, name="notifications.send")
    async def send_messages(chunks: AsyncIterable[Chunk]) -> None:
        """Post each message; answer with `SmsSent`, or with `SmsFailed` and its reason."""
        async with outside:
            async for chunk in chunks:
                failures = await outside.post(to_post(chunk))
                async with transaction(chunk) as tx:
                    rules: dict[Any, Rule] = {SmsRequested: addressing.address, SendSms: partial(report, failures)}
                    tx.each(rules, tables.memory(tx))

    return app


def to_post(chunk: Chunk) -> list[Sms]:
    """The messages that a chunk asks to send, each once."""
    events = chunk.topic.read(chunk.partition, chunk.records)
    asked = [event.data for event in events if isinstance(event, Event) and event.event_type == SendSms.__name__]
    return [*{each.message_id: Sms(each.message_id, each.phone, each.text) for each in asked}.values()]


def report(failures: Mapping[str, str], event: Event[SendSms], memory: Memory) -> Iterator[Fact]:
    """Tell what came of a message that was posted."""
    reason = failures.get(event.data.message_id)
    return reporting.sent(event, memory) if reason is None else reporting.failed(event, reason, memory)
