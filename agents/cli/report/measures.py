"""Scores against the truth: precision and recall, average precision, alerts a day, reasons.

Average precision is the area under the precision-recall curve as steps (Davis and Goadrich 2006), ties taken together,
as in *Reproducible Machine Learning for Credit Card Fraud Detection* by Le Borgne et al. All transactions of a week
count; the handbook leaves out cards that are known already.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import lzma
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import numpy as np

from agents.cli.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import IO, Any

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Days = NDArray[np.int64]

R = TypeVar("R")

DAY: Final = 86_400
WEEK: Final = 7
OPENERS: Final[Mapping[str, Any]] = {".gz": gzip.open, ".xz": lzma.open, ".bz2": bz2.open}
TABLE: Final = ["seconds", "card", "terminal", "cents", "fraud"]
SCORES: Final = ["transaction", "score", "verdict"]
DETECTED: Final = "FraudDetected"


class Judged(NamedTuple):
    """All transactions in the order of the table; one without a verdict scores 0 and is cleared."""

    day: Days
    fraud: Flags
    score: Floats
    detected: Flags
    missing: int  # transactions without a verdict
    reasons: Mapping[str, tuple[int, int]]  # by code: detections, of them frauds


class Share(NamedTuple):
    """Of the detections so many were frauds; of the frauds so many were detected. None: there were none."""

    precision: float | None
    recall: float | None


def read(scores: Path, table: Path) -> Judged:
    """Put both files together: row number of the table = transaction. Raises UserError: they are none."""
    day, fraud = _truth(table)
    score, detected, seen = np.zeros(len(day)), np.zeros(len(day), bool), np.zeros(len(day), bool)
    counted: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    with _open(scores) as lines:
        for name, value, verdict, reasons in _rows(scores, lines, SCORES, _verdict):
            place = _place(scores, name, len(day))
            if seen[place]:
                continue
            seen[place], score[place], detected[place] = True, value, verdict == DETECTED
            for code in reasons if detected[place] else ():
                counted[code][0] += 1
                counted[code][1] += bool(fraud[place])
    ranked = sorted(counted.items(), key=lambda item: -item[1][0])
    return Judged(day, fraud, score, detected, int((~seen).sum()), {code: (n, bad) for code, (n, bad) in ranked})


def curve(fraud: Flags, score: Floats) -> tuple[Floats, Floats]:
    """Recall and precision at every score there is, from the highest down."""
    order = np.argsort(-score, kind="stable")
    fraud, score = fraud[order], score[order]
    last = np.append(score[1:] != score[:-1], True)
    hits = np.cumsum(fraud)[last]
    return hits / max(int(fraud.sum()), 1), hits / (np.flatnonzero(last) + 1)


def thinned(recall: Floats, precision: Floats, points: int) -> tuple[Floats, Floats]:
    """A curve with at most so many points, evenly spread over recall."""
    kept = np.unique(np.searchsorted(recall, np.linspace(0, recall[-1], points)))
    return recall[kept], precision[kept]


def average_precision(fraud: Flags, score: Floats) -> float | None:
    """The area under the curve; None without a fraud."""
    if not fraud.any():
        return None
    recall, precision = curve(fraud, score)
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def share(fraud: Flags, detected: Flags) -> Share:
    """Precision and recall of the verdicts."""
    right, raised, all_bad = int((fraud & detected).sum()), int(detected.sum()), int(fraud.sum())
    return Share(right / raised if raised else None, right / all_bad if all_bad else None)


def by_week(judged: Judged) -> list[tuple[int, float | None, Share]]:
    """Per whole week: its first day, average precision, the verdicts' precision and recall."""
    found = []
    for first in range(0, int(judged.day.max(initial=-1)) + 2 - WEEK, WEEK):
        here = (judged.day >= first) & (judged.day < first + WEEK)
        fraud = judged.fraud[here]
        found.append((first, average_precision(fraud, judged.score[here]), share(fraud, judged.detected[here])))
    return found


def by_day(judged: Judged) -> tuple[Days, Days]:
    """Alerts per day: right ones, false ones."""
    days = int(judged.day.max(initial=-1)) + 1
    right, wrong = judged.detected & judged.fraud, judged.detected & ~judged.fraud
    return np.bincount(judged.day[right], minlength=days), np.bincount(judged.day[wrong], minlength=days)


def _truth(path: Path) -> tuple[Days, Flags]:
    with _open(path) as lines:
        rows = [*_rows(path, lines, TABLE, _transaction)]
    if not rows:
        raise UserError(f"{path}: there is nothing in it")
    seconds, fraud = zip(*rows, strict=True)
    return np.array(seconds, np.int64) // DAY, np.array(fraud, bool)


def _transaction(row: list[str]) -> tuple[int, bool]:
    seconds, fraud = int(row[0]), row[4]
    if seconds < 0:
        raise ValueError("seconds are not below zero")
    if fraud not in {"0", "1"}:
        raise ValueError(f"fraud is 0 or 1, not {fraud!r}")
    return seconds, fraud == "1"


def _verdict(row: list[str]) -> tuple[str, float, str, list[str]]:
    return row[0], float(row[1]), row[2], row[3].split("|") if len(row) > len(SCORES) else []


def _open(path: Path) -> IO[str]:
    try:
        opened: IO[str] = OPENERS.get(path.suffix, open)(path, "rt", encoding="utf-8", newline="")
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    return opened


def _rows(path: Path, lines: Iterable[str], columns: list[str], read: Callable[[list[str]], R]) -> Iterator[R]:
    rows = csv.reader(_read(path, lines))
    header = next(rows, [])
    if header[: len(columns)] != columns:
        raise UserError(f"{path}: the first line must begin with {','.join(columns)}")
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise UserError(f"{path}, line {number}: {len(row)} fields, not {len(header)}")
        try:
            yield read(row)
        except ValueError as error:
            raise UserError(f"{path}, line {number}: {error}") from error


def _read(path: Path, lines: Iterable[str]) -> Iterator[str]:
    try:
        yield from lines
    except (OSError, EOFError, lzma.LZMAError) as error:  # gzip and bz2 say it with an OSError
        raise UserError(f"{path}: it cannot be unpacked: {error}") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: this is not UTF-8") from error


def _place(path: Path, name: str, size: int) -> int:
    if not (name.isdigit() and int(name) < size):
        raise UserError(f"{path}: transaction {name!r} is no row of the table, which has {size:,}")
    return int(name)
