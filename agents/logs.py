"""How a process tells what it does: lines for people, or JSON for machines (MILLRACE_LOG_FORMAT), on standard error."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.settings import Log

CHATTY = ("faust", "mode", "asyncio", "httpx", "httpcore", "uvicorn")
"""Libraries whose everyday news are not ours to tell: only their errors are."""
EXCITABLE = ("aiokafka",)
"""It calls each attempt an error that it then repeats; what does not succeed in the end, the engine tells."""

_COLOURS = {logging.WARNING: "33", logging.ERROR: "31", logging.CRITICAL: "31;1"}


def be_quiet() -> None:
    """For commands: what goes wrong is told by the command, once, and not by a library on the way."""
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)


def be_told(settings: Log, name: str) -> None:
    """For processes that run on: one line per event, each with the name of the process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json(name) if settings.format == "json" else Readable(name, colour=sys.stderr.isatty()))
    logging.basicConfig(handlers=[handler], level=settings.level.upper(), force=True)
    if settings.level == "debug":
        return
    handler.addFilter(lambda record: not record.getMessage().startswith("[^"))  # Faust: each part's start and stop
    for level, libraries in ((logging.ERROR, CHATTY), (logging.CRITICAL, EXCITABLE)):
        for library in libraries:
            logging.getLogger(library).setLevel(level)


class Readable(logging.Formatter):
    """`10:00:00.123 inventory  warning: the words`, in colour on a terminal."""

    def __init__(self, name: str, *, colour: bool) -> None:
        super().__init__()
        self._name, self._colour = name, colour

    def format(self, record: logging.LogRecord) -> str:
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        moment = datetime.fromtimestamp(record.created).astimezone()
        line = f"{moment:%H:%M:%S}.{record.msecs:03.0f} {self._name}  {level}{_words(self, record)}"
        colour = _COLOURS.get(record.levelno)
        return f"\033[{colour}m{line}\033[0m" if self._colour and colour else line


class Json(logging.Formatter):
    """One JSON object a line: time (RFC 3339, UTC), level, process, logger, message."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        told = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "process": self._name,
            "logger": record.name,
            "message": _words(self, record),
        }
        return json.dumps(told, ensure_ascii=False)


def _words(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    trace = f"\n{formatter.formatException(record.exc_info)}" if record.exc_info else ""
    return record.getMessage() + trace
