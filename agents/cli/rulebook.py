"""Analysts' rules, outside the stream: read from a file, checked, compared with what is in force, published."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from pydantic import ValidationError

from agents.cli.errors import UserError
from agents.cli.publisher import Publisher
from agents.cli.reach import reach
from agents.cli.recorded import events_of
from streams import topics
from streams.events.base import event_of
from streams.events.fraud import FraudRuleChanged
from streams.rules.fraud.live import problems
from streams.rules.fraud.rulebook import InvalidRuleError, check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agents.cli.documents import Document
    from streams.settings import Kafka

Rules = dict[str, FraudRuleChanged]
FIRST_STATE = "shadow"
"""Of a rule whose file does not say: counted, and without a say until somebody has looked."""


async def in_force(kafka: Kafka) -> Rules:
    """The latest version of each rule, by id, deleted ones too."""
    await reach(kafka)
    latest: Rules = {}
    for event in await events_of(kafka.client_arguments(), topics.fraud_rules):
        known = latest.get(event.data.rule_id)
        refused = bool(problems(event.data))  # by the service, too: it lies in the dead letters
        if not refused and (known is None or event.data.version >= known.version):
            latest[event.data.rule_id] = event.data
    return latest


async def publish(kafka: Kafka, rules: Iterable[FraudRuleChanged]) -> None:
    """Send changes of rules, dated now."""
    now = datetime.now(UTC)
    changes = [event_of(rule, f"rule-{rule.rule_id}-{rule.version}", now) for rule in rules]
    async with Publisher(kafka) as publisher:
        for change, value in zip(changes, topics.fraud_rules.write(changes), strict=True):
            await publisher.send(topics.fraud_rules.name, change.data.rule_id.encode(), value)


def read(file: str, document: Document, known: Mapping[str, FraudRuleChanged], state: str | None) -> FraudRuleChanged:
    """The rule in a document: an event, or its data. Without a version it is the next one.

    Args:
        file: its name, for complaints.
        document: as the analyst wrote it.
        known: what is in force.
        state: what the rule is to be, whatever the document says; None: as it says, or in shadow.

    Raises:
        UserError: it is no rule, makes no sense, or is older than what is in force.
    """
    place = f"{file}, line {document.line}"
    data = _data(place, document)
    before = known.get(str(data.get("rule_id")))
    given = {"state": FIRST_STATE, "version": before.version + 1 if before else 1, **data}
    try:
        rule = FraudRuleChanged.model_validate({**given, **({} if state is None else {"state": state})})
        check(rule)
    except ValidationError as error:
        raise UserError(f"{place}: {_complaint(error)}") from error
    except InvalidRuleError as error:
        raise UserError(f"{place}: {error}") from error
    if before is not None and rule.version <= before.version:
        raise UserError(
            f"{place}: rule {rule.rule_id} is at version {before.version}: leave the version out, or raise it"
        )
    return rule


def turned(rule: FraudRuleChanged, state: str) -> FraudRuleChanged:
    """The next version of a rule, the same but for its state."""
    fields = {name: getattr(rule, name) for name in FraudRuleChanged.model_fields}
    return FraudRuleChanged(**{**fields, "version": rule.version + 1, "state": state})


def in_words(rule: FraudRuleChanged) -> str:
    """`count(amount) per card_id in 60 min >= 3`."""
    what = f"{rule.aggregate}({rule.field}) per {rule.group_by} in {rule.window_minutes} min"
    return f"{what} {rule.operator} {rule.limit:g}"


def _data(place: str, document: Document) -> dict[str, Any]:
    try:
        content = msgspec.json.decode(document.value)
    except msgspec.MsgspecError as error:  # NaN, or a number beyond all
        raise UserError(f"{place}: {error}") from error
    if isinstance(content, dict) and content.get("event_type") == FraudRuleChanged.__name__:
        content = content.get("data")
    if not isinstance(content, dict):
        raise UserError(f"{place}: a rule is a JSON object")
    return content


def _complaint(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_url=False))
