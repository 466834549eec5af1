"""One's own JSON, as people have it: one document, pretty-printed or not, an array, or a document a line."""

from __future__ import annotations

import json
from typing import NamedTuple

import msgspec

from agents.cli.errors import UserError

_decoder = json.JSONDecoder()


class Document(NamedTuple):
    """A JSON value as it was written, byte for byte, and the line it begins at, counted from 1."""

    line: int
    value: bytes


def split(name: str, content: bytes) -> list[Document]:
    """The documents in a file called `name`; the elements of an array count one by one. Raises UserError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(f"{name}, line {line}: this is not UTF-8") from error
    found: list[Document] = []
    position = _skip(text, 0)
    while position < len(text):
        document, position = _next(name, text, position)
        found += _elements(name, document)
        position = _skip(text, position)
    if not found:
        raise UserError(f"{name}: there is nothing in it")
    return found


def lines(content: bytes) -> list[Document]:
    """Every line that is not empty, whatever it holds."""
    return [Document(number, line) for number, line in enumerate(content.splitlines(), 1) if line]


def _next(name: str, text: str, position: int) -> tuple[Document, int]:
    try:
        _, end = _decoder.raw_decode(text, position)
    except json.JSONDecodeError as error:
        raise UserError(f"{name}, line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from error
    except RecursionError as error:
        raise UserError(f"{name}: the JSON is nested too deep") from error
    return Document(text.count("\n", 0, position) + 1, text[position:end].encode()), end


def _elements(name: str, document: Document) -> list[Document]:
    if not document.value.startswith(b"["):
        return [document]
    try:
        elements = msgspec.json.decode(document.value, type=list[msgspec.Raw])
    except msgspec.DecodeError as error:
        raise UserError(f"{name}, line {document.line}: {error}") from error
    return [Document(document.line, bytes(element)) for element in elements]


def _skip(text: str, position: int) -> int:
    """Past white space, and past commas between documents."""
    while position < len(text) and (text[position].isspace() or text[position] == ","):
        position += 1
    return position
