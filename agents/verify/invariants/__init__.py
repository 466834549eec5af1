"""The promises of the shop, each a function that asks the history and writes into a check.

A function's name is the name of its check, its docstring the meaning. A new invariant is a function and a line here.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agents.verify.invariants import inputs, links, orders, payments, shipments, stock
from agents.verify.report import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from agents.verify.history import History

INVARIANTS: tuple[Callable[[History, Check], None], ...] = (
    stock.stock_is_never_oversold,
    stock.versions_have_no_gap_and_no_repeat,
    stock.available_is_on_hand_minus_reserved,
    stock.changes_add_up,
    stock.a_receipt_is_applied_once,
    stock.on_hand_is_received_plus_counted_minus_shipped,
    stock.reserved_is_the_open_promises,
    stock.a_promise_is_counted_once,
    orders.every_order_ends_once,
    orders.a_cancelled_order_ships_nothing,
    orders.a_cancelled_order_holds_no_stock,
    orders.a_completed_order_shipped_once,
    orders.orders_are_all_or_nothing,
    orders.a_refused_order_is_not_completed,
    payments.one_verdict_per_transaction,
    payments.a_verdict_says_why,
    payments.a_clearance_names_its_detection,
    payments.one_outcome_per_payment,
    payments.fraud_is_not_paid,
    shipments.one_shipment_per_order,
    shipments.a_cancelled_orders_shipment_is_cancelled,
    shipments.one_message_per_shipped_order,
    links.derived_events_are_readable,
    links.ids_follow_from_causes,
    links.causes_exist,
    links.event_ids_are_unique,
    links.keys_are_the_topics,
    inputs.every_input_is_accounted_for,
    inputs.dead_letters_name_their_source,
    inputs.a_record_is_set_aside_once,
)


def judge(
    history: History, *, allow_open: bool = False, readers: Mapping[str, Collection[str]] | None = None
) -> list[Check]:
    """Ask every invariant of a closed history.

    Args:
        history: what was read.
        allow_open: the stream still runs, so what is only missing is counted as open, not as wrong.
        readers: input topic: names of the services that read it; then each must have set aside what is unreadable.
    """
    checks = [_ask(invariant, history, allow_open=allow_open) for invariant in INVARIANTS]
    if readers is not None:
        by_all = partial(inputs.every_reader_sets_junk_aside, readers=readers)
        checks.append(_ask(by_all, history, allow_open=allow_open))
    return checks


def _ask(invariant: Callable[[History, Check], None], history: History, *, allow_open: bool) -> Check:
    named = invariant.func if isinstance(invariant, partial) else invariant
    check = Check(named.__name__.replace("_", " "), (named.__doc__ or "").strip(), allow_open)
    invariant(history, check)
    return check
