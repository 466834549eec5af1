"""Which fraud patterns a feed plays: said once, or in a file that is read again whenever it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import typer

from agents.cli.console import complain
from streams.feed.fraud import PATTERNS, mixed

HELP = (
    f"Of {', '.join(PATTERNS)}; weights behind colons: burst,testing:0.3. @FILE: such words, obeyed when they change."
)


def patterns_of(words: str | None) -> Mapping[str, float]:
    """Weights by pattern; None: all alike. Raises BadParameter: there is no such pattern, or no such file."""
    if words is None:
        return dict.fromkeys(PATTERNS, 1.0)
    try:
        return FileMix(Path(words[1:])) if words.startswith("@") else mixed(words, PATTERNS)
    except (ValueError, OSError) as error:
        raise typer.BadParameter(str(error), param_hint="--fraud-patterns") from error


class FileMix(Mapping[str, float]):
    """The weights in a file. What it holds later counts from then on; what cannot be read then changes nothing.

    Raises:
        OSError, ValueError: the file cannot be read at the beginning.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed, self._weights = self._read()

    def _read(self) -> tuple[int, Mapping[str, float]]:
        return self._path.stat().st_mtime_ns, mixed(self._path.read_text(encoding="utf-8"), PATTERNS)

    def _now(self) -> Mapping[str, float]:
        try:
            if self._path.stat().st_mtime_ns != self._changed:
                self._changed, self._weights = self._read()
        except (OSError, ValueError) as error:
            if self._changed:
                complain(f"{self._path}: {error}; the fraud patterns stay as they were")
            self._changed = 0
        return self._weights

    def __getitem__(self, name: str) -> float:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())
