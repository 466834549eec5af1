"""The fraud service: exactly one verdict for each attempt, and a model that learns from labels when they come.

Card state is keyed by card and terminal state by terminal, so an attempt makes two hops through topics of the
service's own. The deciding is in `streams/rules/fraud/`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from streams import topics
from streams.engine import Service, transaction
from streams.engine.app import ServiceApp
from streams.events.payments import TransactionAttempted, TransactionLabelled
from streams.rules.fraud import desk_card, desk_terminal
from streams.rules.fraud.facts import AttemptForgotten, CardAssessed, TerminalLabelled
from streams.rules.fraud.live import NO_RULES, RuleSet
from tables import fraud as tables

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Mapping

    from streams.engine import Chunk
    from streams.engine.transactions import Rule
    from streams.settings import Settings
    from streams.topics import Topic


def edges(partitions: int = topics.PARTITIONS) -> Service:
    """The service's edges, over topics of so many partitions."""
    resized = cache(partial(_resized, partitions=partitions))
    sources = (topics.transactions, topics.transaction_labels, topics.fraud_by_customer, topics.fraud_by_terminal)
    targets = (topics.fraud_by_customer, topics.fraud_by_terminal, topics.fraud)
    return Service("fraud", reads=[*map(resized, sources)], remembers=tables.ALL, emits=[*map(resized, targets)])


def _resized(topic: Topic, partitions: int) -> Topic:
    return topic if topic.partitions == partitions else replace(topic, partitions=partitions)


service = edges()

AT_THE_CARD: Final[Mapping[Any, Rule]] = {TransactionAttempted: desk_card.assess, TransactionLabelled: desk_card.label}
AT_THE_TERMINAL: Final[Mapping[Any, Rule]] = {
    CardAssessed: desk_terminal.decide,
    TerminalLabelled: desk_terminal.learn,
    AttemptForgotten: desk_terminal.forget,
}


def no_rules() -> RuleSet:
    """What the analysts have written so far when nobody tells."""
    return NO_RULES


def build(_settings: Settings, edges: Service = service, rules: Callable[[], RuleSet] = no_rules) -> ServiceApp:
    """A worker's app, not yet started. `rules`: those of the analysts that are in force now."""
    app = ServiceApp(edges)
    attempts, labels, by_customer, by_terminal = edges.reads

    @app.agent(attempts, labels, name="fraud.card")
    async def assess_cards(chunks: AsyncIterable[Chunk]) -> None:
        """Measure an attempt against its card, find the terminal of a label, and send both there."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each(AT_THE_CARD, tables.card_desk(tx, rules()))

    @app.agent(by_customer, name="fraud.customer")
    async def ask_customers(chunks: AsyncIterable[Chunk]) -> None:
        """Let the rules about customers hear an attempt on its way to the terminal."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each(desk_card.ask_customer, tx[tables.windows], rules())

    @app.agent(by_terminal, name="fraud.terminal")
    async def decide_attempts(chunks: AsyncIterable[Chunk]) -> None:
        """Answer an attempt with `FraudDetected` or `FraudCleared`, and learn from its label."""
        async for chunk in chunks:
            async with transaction(chunk) as tx:
                tx.each(AT_THE_TERMINAL, tables.terminal_desk(tx, rules()))

    return app
