"""A worker process of the counting service of tests/support/pipes.py: `python -m tests.broker.engine.counting PLAN`.

PLAN is JSON: the arguments of `run` below. What it did is read from the topics; it only says when it is at work.
"""

import asyncio
import functools
import itertools
import json
import logging
import os
import signal
import sys
from pathlib import Path

from streams.engine import watchdog, worker
from streams.engine.config import EngineConfig, Limits
from streams.engine.faults import kill_at, no_fault
from tests.support.pipes import Shop

log = logging.getLogger("counting")


def run(
    bootstrap,
    state,
    service,
    partitions,
    *,
    fault="",
    freeze="",
    session_s=10.0,
    transaction_s=10.0,
    chunk_records=200,
    stuck_s=0,
):
    """Run a worker until it ends; returns its exit code. `fault` kills it and `freeze` stops it at `point:n`."""
    config = EngineConfig(
        connection={"bootstrap_servers": bootstrap},
        state=Path(state),
        chunk_records=chunk_records,
        cache_bytes=1 << 20,  # little, so that rows are read from the store again
        limits=Limits(transaction_records=1_000),
        session_timeout_seconds=session_s,
        heartbeat_seconds=session_s / 10,
        transaction_timeout_ms=int(transaction_s * 1000),
        fault=kill_at(fault) if fault else freeze_at(freeze) if freeze else no_fault,
    )
    if stuck_s:
        watchdog.WARN_SECONDS = watchdog.GIVE_UP_SECONDS = stuck_s
    app = shop(service, partitions).app()
    app.on_partitions_assigned.connect(functools.partial(_say_when_at_work, app))
    return asyncio.run(worker.run(app, config))


def freeze_at(plan):
    """A fault that stops this process at the n-th visit of a point, until somebody sends SIGCONT."""
    point, left = plan.split(":")[0], itertools.count(int(plan.split(":")[1]) - 1, -1)

    def fault(here):
        if here == point and next(left) == 0:
            os.kill(os.getpid(), signal.SIGSTOP)

    return fault


def shop(service, partitions):
    """The topics and tables of a counting service: its topics carry its name, so that tests can share a broker."""
    return Shop(service, partitions, prefix=f"{service}-")


async def _say_when_at_work(app, *_args, **_kwargs):
    async def say():
        while app.committer.session < 0:  # noqa: ASYNC110 -- the engine has no event for it
            await asyncio.sleep(0.01)
        log.info("%s is at work on partitions %s", app.service.name, sorted(app.tasks))

    app.add_future(say())


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    sys.exit(run(**json.loads(sys.argv[1])))
