"""The OpenAPI document says what is really answered: problems as problem documents, and no 422 for a parameter."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from tables.views.problems import MEDIA_TYPE, Problem

FASTAPIS_OWN = {"HTTPValidationError", "ValidationError"}  # schemas of answers that `problems.py` replaces


def refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: these problems, and 503, which any page may answer."""
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}}
    return {code: {"description": HTTPStatus(code).phrase, "content": content} for code in sorted({*codes, 503})}


def install(api: FastAPI) -> None:
    """Correct what FastAPI generates."""
    api.openapi = _corrected(api.openapi)  # type: ignore[method-assign]  # FastAPI's documented way


def _corrected(generate: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    def document() -> dict[str, Any]:
        schema = generate()
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        _, problems = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
        schemas.update(problems["$defs"])
        for name in FASTAPIS_OWN & set(schemas):
            del schemas[name]
        for operations in schema["paths"].values():
            for operation in operations.values():
                _forget_fastapis_own(operation["responses"])
        return schema

    return document


def _forget_fastapis_own(responses: dict[str, Any]) -> None:
    if "application/json" in responses.get("422", {}).get("content", {}):
        del responses["422"]
