"""The fraud service: exactly one verdict for each attempt, and a model that learns from labels when they come.

Card state is keyed by card and terminal state by terminal, so an attempt makes two hops through topics of the
service's own. Analysts' rules come in while it runs, and go to every partition. The deciding is in
`streams/rules/fraud/`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from streams import topics
from streams.engine import Service, transaction
from streams.engine.app import ServiceApp
from streams.engine.partitioner import hashes
from streams.events.payments import TransactionAttempted, TransactionLabelled
from streams.rules.fraud import desk_card, desk_terminal, rulebook
from streams.rules.fraud.facts import AttemptForgotten, CardAssessed, CustomerAsked, TerminalLabelled
from streams.rules.fraud.rulebook import RuleAtCustomers, RuleAtTerminals
from tables import fraud as tables

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Mapping

    from streams.engine import Chunk
    from streams.engine.asking import Rule
    from streams.settings import Settings
    from streams.topics import Topic


def edges(partitions: int = topics.PARTITIONS) -> Service:
    """The service's edges, over topics of so many partitions."""
    resized = cache(partial(_resized, partitions=partitions))
    relays = (topics.fraud_by_customer, topics.fraud_by_terminal)
    sources = (topics.fraud_rules, relays[0], topics.transactions, topics.transaction_labels, relays[1])
    targets = (*relays, topics.fraud)
    return Service("fraud", reads=[*map(resized, sources)], remembers=tables.ALL, emits=[*map(resized, targets)])


def _resized(topic: Topic, partitions: int) -> Topic:
    return topic if topic.partitions == partitions else replace(topic, partitions=partitions)


service = edges()

AT_THE_CARD: Final[Mapping[Any, Rule]] = {TransactionAttempted: desk_card.assess, TransactionLabelled: desk_card.label}
AT_THE_TERMINAL: Final[Mapping[Any, Rule]] = {
    CardAssessed: desk_terminal.decide,
    TerminalLabelled: desk_terminal.learn,
    AttemptForgotten: desk_terminal.forget,
    RuleAtTerminals: rulebook.enter,
}
AT_THE_CUSTOMER: Final[Mapping[Any, Rule]] = {CustomerAsked: desk_card.ask_customer, RuleAtCustomers: rulebook.enter}


def keys_to_all(partitions: int) -> tuple[str, ...]:
    """A made-up key for each partition, in their order: a record under it goes there."""
    found: dict[int, str] = {}
    for number in count():
        key = f"rules-{number}"
        found.setdefault(int(hashes([key.encode()])[0]) % partitions, key)
        if len(found) == partitions:
            break
    return tuple(found[partition] for partition in range(partitions))


def build(settings: Settings, edges: Service = service) -> ServiceApp:
    """A worker's app, not yet started."""
    app = ServiceApp(edges)
    rules, by_customer, attempts, labels, by_terminal = edges.reads
    everywhere, precision = keys_to_all(edges.partitions), settings.shop.fraud_precision

    @app.agent(rules, name="fraud.rules")
    async def spread_rules(chunks: AsyncIterable[Chunk]) -> None:
        """Send a change of rule to every partition of both hops; set aside what makes no sense."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each(rulebook.spread, everywhere)

    @app.agent(attempts, labels, name="fraud.card")
    async def assess_cards(chunks: AsyncIterable[Chunk]) -> None:
        """Measure an attempt against its card, find the terminal of a label, and send both there."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each(AT_THE_CARD, tables.card_desk(tx))

    @app.agent(by_customer, name="fraud.customer")
    async def ask_customers(chunks: AsyncIterable[Chunk]) -> None:
        """Let the rules about customers hear an attempt on its way to the terminal."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each(AT_THE_CUSTOMER, tables.card_desk(tx))

    @app.agent(by_terminal, name="fraud.terminal")
    async def decide_attempts(chunks: AsyncIterable[Chunk]) -> None:
        """Answer an attempt with `FraudDetected` or `FraudCleared`, and learn from its label."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each(AT_THE_TERMINAL, tables.terminal_desk(tx, precision))

    return app
