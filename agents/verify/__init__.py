"""An independent judge. From the topics alone, with no code of the engine, it says whether the shop kept its word.

`verify` reads and judges; `Report` tells; `at_rest` says whether endings can be asked for yet. The promises themselves
are in `invariants/`, what is remembered of the topics in `history/`.
"""

from agents.verify.errors import BrokerUnreachableError, ReadingStalledError
from agents.verify.report import Check, Report, Violation
from agents.verify.rest import Lag, at_rest, lags, wait_for_rest
from agents.verify.verify import verify, verify_records

__all__ = [
    "BrokerUnreachableError",
    "Check",
    "Lag",
    "ReadingStalledError",
    "Report",
    "Violation",
    "at_rest",
    "lags",
    "verify",
    "verify_records",
    "wait_for_rest",
]
