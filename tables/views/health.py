"""`/healthz`: the process lives. `/readyz`: its rows can be read, or why not, partition by partition."""

from typing import Literal

from fastapi import APIRouter, Request, Response

from streams.engine.queries import Local
from tables.views.answers import Answer
from tables.views.asking import site_of

router = APIRouter(tags=["health"])


class Alive(Answer):
    """The event loop answers."""

    status: Literal["alive"] = "alive"


class PartitionState(Answer):
    """A partition that this worker was given.

    `behind`: offsets to go until the ends of its sources, None when not known yet. `changelog_offset`: how far its rows
    were restored.
    """

    partition: int
    state: Literal["serving", "waiting"]
    behind: int | None
    changelog_offset: int | None


class Readiness(Answer):
    """Whether this worker can be asked for rows; `reason` says why not."""

    service: str
    ready: bool
    reason: str | None
    partitions: list[PartitionState]


@router.get("/healthz")
async def healthz() -> Alive:
    """The process is up. Needs no token."""
    return Alive()


@router.get("/readyz", responses={503: {"model": Readiness, "description": "starting, recovering or failed"}})
async def readyz(request: Request, response: Response) -> Readiness:
    """Whether rows can be read here: not while the worker starts, is given partitions, recovers, or has failed."""
    readiness = readiness_of(site_of(request).local)
    if not readiness.ready:
        response.status_code = 503
    return readiness


def readiness_of(local: Local) -> Readiness:
    """What the worker says about itself."""
    reason = local.standing.why_not()
    state: Literal["serving", "waiting"] = "waiting" if reason else "serving"
    partitions = [
        PartitionState(
            partition=partition,
            state=state,
            behind=None if reason else local.standing.behind([partition]),
            changelog_offset=offset,
        )
        for partition, offset in local.restored()
    ]
    return Readiness(service=local.service, ready=reason is None, reason=reason, partitions=partitions)
