"""Every "no" as a problem document (RFC 9457): a status, a title, and a sentence that says what to do.

A parameter that cannot be right is the asker's mistake (400); so is a body that does not validate (422), with each
wrong field named. What will be right in a moment is 503 with Retry-After.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from streams.engine.queries import (
    NotServingError,
    PeerUnavailableError,
    QueryError,
    TooLateError,
    UnknownTableError,
    UnreadablePositionError,
)

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "1"  # a rebalance or a recovery of hot partitions takes about that long


class Wrong(BaseModel):
    """One field of a body, or one parameter, and what is wrong with it."""

    field: str
    message: str


class Problem(BaseModel):
    """Why there is no answer."""

    title: str
    status: int
    detail: str
    errors: list[Wrong] | None = None


class NoSuchRowError(QueryError):
    """The table has no row under that key."""


class IntakeError(Exception):
    """Kafka did not take an event in time; it may or may not have it."""


class TooLargeError(Exception):
    """An event that Kafka would refuse for its size."""


class ConflictError(Exception):
    """An idempotency key that came with another event before."""


STATUS: Mapping[type[Exception], HTTPStatus] = {
    UnknownTableError: HTTPStatus.NOT_FOUND,
    NoSuchRowError: HTTPStatus.NOT_FOUND,
    UnreadablePositionError: HTTPStatus.BAD_REQUEST,
    NotServingError: HTTPStatus.SERVICE_UNAVAILABLE,
    PeerUnavailableError: HTTPStatus.SERVICE_UNAVAILABLE,
    TooLateError: HTTPStatus.GATEWAY_TIMEOUT,
    IntakeError: HTTPStatus.SERVICE_UNAVAILABLE,
    TooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ConflictError: HTTPStatus.UNPROCESSABLE_ENTITY,
}


def problem(
    status: int, detail: str, *, headers: Mapping[str, str] | None = None, errors: list[Wrong] | None = None
) -> JSONResponse:
    """The document."""
    content = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    extra = {"retry-after": RETRY_SECONDS} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return JSONResponse(
        content.model_dump(exclude_none=True),
        status,
        {**extra, **(headers or {})},
        media_type=MEDIA_TYPE,
    )


def standing_of(request: Request) -> Mapping[str, str]:
    """What was already known about how far behind the answer is."""
    headers: Mapping[str, str] = getattr(request.state, "standing", {})
    return headers


def _by_status(status: HTTPStatus) -> Callable[[Request, Exception], Awaitable[JSONResponse]]:
    async def answer(request: Request, error: Exception) -> JSONResponse:
        return problem(status, str(error), headers=standing_of(request))

    return answer


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    wrong = list(wrong_fields(error.errors()))
    in_body = any(item["loc"][0] == "body" for item in error.errors())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if in_body else HTTPStatus.BAD_REQUEST
    if in_body and "json" not in request.headers.get("content-type", ""):
        return problem(status, "send JSON, and say so: Content-Type: application/json", errors=wrong)
    return problem(status, "; ".join(f"{item.field}: {item.message}" for item in wrong), errors=wrong)


def wrong_fields(errors: Sequence[Any]) -> Iterator[Wrong]:
    """Each mistake by its field, `items.0.quantity`; a list is not said to be wrong because a part of it is."""
    places = [item["loc"] for item in errors]
    for item in errors:
        place, *path = item["loc"]
        if item["type"] == "json_invalid":
            yield Wrong(field="body", message=f"not JSON: {item['ctx']['error']} (at character {path[0]})")
        elif not any(len(other) > len(item["loc"]) and other[: len(item["loc"])] == item["loc"] for other in places):
            yield Wrong(field=".".join(map(str, path)) or str(place), message=item["msg"].removeprefix("Value error, "))


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, error.detail, headers=error.headers)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the worker made a mistake; its log says which")


def install(api: FastAPI) -> None:
    """Let the app answer every exception with a document."""
    for kind, status in STATUS.items():
        api.add_exception_handler(kind, _by_status(status))
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _unexpected)
