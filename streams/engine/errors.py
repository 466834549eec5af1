"""The engine's exceptions, named for what the process must do about them.

An error of an *event* never appears here: it becomes a dead letter (see `chunk.py`). What is here stops the process
with a sentence a user can act on, and a non-zero exit.
"""


class EngineError(Exception):
    """The process cannot go on; the message says why and what to do."""


class EdgeNotDeclaredError(EngineError):
    """A service used a topic or a table that its `Service` does not declare."""


class OutsideTransactionError(EngineError):
    """A write tried to bypass the chunk transaction (`table[k] = v`, `topic.send`)."""


class TopologyError(EngineError):
    """Topics and services do not fit together: partition counts differ, a topic has two agents, a topic is missing."""


class StateLockedError(EngineError):
    """Another process owns the state directory."""


class StoreError(EngineError):
    """Rows cannot be read: the disk fails, or they are not of the type that the table now declares."""


class PositionGapError(EngineError):
    """Records of a source partition were skipped: going on would lose them."""


class StuckPartitionError(EngineError):
    """A source partition stands still while records wait; starting anew may help."""


class CommitFailedError(EngineError):
    """A Kafka transaction failed for good; what it held will be processed again after a restart."""
