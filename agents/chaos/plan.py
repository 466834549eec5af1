"""What a worker of the counting service is told when it is started, by `crew.py`, to do in `worker.py`."""

import msgspec


class Plan(msgspec.Struct, frozen=True):
    """How a worker is to run.

    `name` of the counting service; `bootstrap` of the Kafka; `state` directory; `partitions` of its topics;
    `kill` and `freeze`: `point:n`, where it sends itself SIGKILL or SIGSTOP, "" for nowhere; `standbys` of each
    partition; `replication` of the topics it makes; `session_seconds` until a silent member is put out of its group;
    `clock`: pairs of seconds, after the first of which, since the start, the wall clock is off by the second.
    """

    name: str
    bootstrap: str
    state: str
    partitions: int
    kill: str = ""
    freeze: str = ""
    standbys: int = 0
    replication: int = 1
    session_seconds: float = 10.0
    clock: tuple[tuple[float, float], ...] = ()
