"""Writes the verdicts, and now and then all that a later run needs to go on: rows, offsets, and how much was written.

The verdicts are on disk before the state is, and a run that goes on cuts off what was written after it. So a run that
was killed and resumed, however often, writes the same bytes as one that was not.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final, Self

import msgspec

from agents.cli.errors import UserError
from agents.cli.replay.stream import Mark  # noqa: TC001 -- msgspec reads the annotation

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from agents.cli.replay.scorer import Answer

HEADER: Final = "transaction,score,verdict"
REASONS: Final = ",reasons"
SAVE_SECONDS: Final = 20.0
"""Between two saved states: saving takes about a second for every million attempts that are remembered."""


class Saved(msgspec.Struct, frozen=True):
    """A run up to some place.

    Attributes:
        mark: of the stream, up to here. written: bytes of verdicts. reasons: they have a column.
        driver: the service's rows and offsets.
    """

    partitions: int
    mark: Mark
    written: int
    driver: bytes
    reasons: bool = False


class State:
    """The saved state in a folder; None: nothing is ever saved."""

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / "replay.state" if folder is not None else None
        self._at = time.monotonic()

    def read(self, partitions: int, *, reasons: bool) -> Saved | None:
        """What was saved, if anything. Raises UserError: it is of no use."""
        if self._file is None or not self._file.exists():
            return None
        try:
            saved = msgspec.msgpack.decode(self._file.read_bytes(), type=Saved)
        except (OSError, msgspec.DecodeError) as error:
            raise UserError(f"{self._file}: {error}") from error
        if saved.partitions != partitions:
            raise UserError(f"{self._file} is of {saved.partitions} partitions: say --partitions {saved.partitions}")
        if saved.reasons != reasons:
            raise UserError(
                f"{self._file} is of a run {'with' if saved.reasons else 'without'} --reasons: say the same"
            )
        return saved

    def is_due(self) -> bool:
        """True when it is time to save again."""
        return self._file is not None and time.monotonic() - self._at > SAVE_SECONDS

    def write(self, saved: Saved) -> None:
        """Replace what was saved, whole or not at all."""
        if self._file is None:
            return
        fresh = self._file.with_suffix(".new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with fresh.open("wb") as file:
                file.write(msgspec.msgpack.encode(saved))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._file)
        except OSError as error:
            raise UserError(f"{self._file}: {error.strerror}") from error
        self._at = time.monotonic()


class Scores:
    """The file of verdicts. Use it in a `with`.

    Args:
        path: of the file.
        kept: bytes of an earlier run to keep.
        reasons: with the codes of the reasons in a fourth column.
    """

    def __init__(self, path: Path, kept: int = 0, *, reasons: bool = False) -> None:
        self._path, self._kept, self.reasons = path, kept, reasons
        self.attempts = self.detected = 0

    def __enter__(self) -> Self:
        there = self._path.stat().st_size if self._path.exists() else 0
        goes_on = self._kept > 0 and there > 0  # into a new file goes what is new
        if goes_on and there < self._kept:
            raise UserError(f"{self._path} holds {there:,} bytes, but the run that goes on had written {self._kept:,}")
        try:
            self._file = self._path.open("r+b" if goes_on else "wb")
        except OSError as error:
            raise UserError(f"{self._path}: {error.strerror}") from error
        self._file.truncate(self._kept if goes_on else 0)
        self._file.seek(0, os.SEEK_END)
        if not goes_on:
            self._file.write(f"{HEADER}{REASONS if self.reasons else ''}\n".encode())
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def write(self, answers: Iterable[Answer]) -> None:
        """Append verdicts."""
        lines = [self._line(answer) for answer in answers]
        self.attempts += len(lines)
        self._file.write("".join(lines).encode())

    def settled(self) -> int:
        """How many bytes are on disk, now that all are."""
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    def _line(self, answer: Answer) -> str:
        verdict, named = answer.data, answer.data.transaction_id
        self.detected += answer.event_type == "FraudDetected"
        transaction = '"{}"'.format(named.replace('"', '""')) if "," in named or '"' in named else named
        reasons = f",{'|'.join(reason.code for reason in verdict.reasons)}" if self.reasons else ""
        return f"{transaction},{verdict.score},{answer.event_type}{reasons}\n"
