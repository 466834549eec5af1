"""Every card transaction is judged exactly once, says why, and its payment ends exactly once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.verify.history import History
    from agents.verify.report import Check


def one_verdict_per_transaction(history: History, check: Check) -> None:
    """Exactly one FraudDetected or FraudCleared for each transaction id; later clearances do not count."""
    for transaction_id, transaction in history.payments.items():
        check.checked += 1
        if transaction.verdicts > 1:
            check.wrong(transaction_id, f"{transaction.verdicts} verdicts")
        elif transaction.accepted and not transaction.verdicts:
            check.missing(transaction_id, "no verdict")


def a_verdict_says_why(history: History, check: Check) -> None:
    """Every verdict has a score between 0 and 1 and a list of reasons."""
    for transaction_id, transaction in history.payments.items():
        check.checked += transaction.verdicts + len(transaction.clears)
        if transaction.unexplained:
            check.wrong(transaction_id, f"{transaction.unexplained} verdicts without score or reasons")


def a_clearance_names_its_detection(history: History, check: Check) -> None:
    """A verdict that clears another names a FraudDetected of the same transaction."""
    for transaction_id, transaction in history.payments.items():
        for clears in transaction.clears:
            check.checked += 1
            if clears not in transaction.detected:
                check.missing(transaction_id, f"clears {clears}, which was not detected")


def one_outcome_per_payment(history: History, check: Check) -> None:
    """Exactly one PaymentAuthorised or PaymentFailed for each transaction that pays an order."""
    for transaction_id, transaction in history.payments.items():
        outcomes = transaction.authorised + transaction.failed
        if not outcomes and transaction.order_id is None:
            continue
        check.checked += 1
        if outcomes > 1:
            check.wrong(transaction_id, f"{transaction.authorised} times authorised, {transaction.failed} times failed")
        elif transaction.accepted and not outcomes:
            check.missing(transaction_id, "pays an order, but has no outcome")
        elif outcomes and transaction.order_id is None:
            check.missing(transaction_id, "has an outcome, but was never attempted for an order")


def fraud_is_not_paid(history: History, check: Check) -> None:
    """No PaymentAuthorised for a transaction with a FraudDetected that nobody cleared."""
    for transaction_id, transaction in history.payments.items():
        if transaction.detected:
            check.checked += 1
            if transaction.authorised and not transaction.clears:
                check.wrong(transaction_id, "detected as fraud and authorised")
