"""`docs/benchmarks.md`: prose by hand, figures by command. Each section's figures stand between two marks.

    <!-- figures: keyed-count -->
    …
    <!-- end of figures -->

The sitting that they come from lies beside them as JSON, and a test renders every section anew from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.report.record import Record

PAGE: Final = ROOT / "docs" / "benchmarks.md"
MARKED: Final = r"(<!-- figures: {} -->\n).*?(<!-- end of figures -->)"


@dataclass(frozen=True)
class Figures:
    """What a section shows: Markdown, and a plot as SVG, if there is one."""

    text: str
    plot: str | None = None


class UnknownSectionError(LookupError):
    """The page has no such section; the message names those it has."""


def sections(page: Path = PAGE) -> list[str]:
    """Those that the page has."""
    return re.findall(r"<!-- figures: ([\w-]+) -->", page.read_text())


def record_of(section: str, page: Path = PAGE) -> Path:
    """Where the section's sitting is kept; its plot lies beside it."""
    return page.with_suffix("") / f"{section}.json"


def publish(section: str, record: Record, render: Callable[[Record], Figures], page: Path = PAGE) -> None:
    """Keep the record beside the page, and put its figures into the section. Raises UnknownSectionError."""
    check(section, page)
    kept, figures = record_of(section, page), render(record)
    record.save(kept)
    if figures.plot is not None:
        kept.with_suffix(".svg").write_text(figures.plot)
    page.write_text(replaced(page.read_text(), section, body(section, record, figures)))


def check(section: str, page: Path = PAGE) -> None:
    """Raises UnknownSectionError."""
    if section not in (known := sections(page)):
        raise UnknownSectionError(f"docs/benchmarks.md has no section {section!r}. There are {', '.join(known)}.")


def body(section: str, record: Record, figures: Figures) -> str:
    """What stands between the marks."""
    plot = f"\n![{section}](benchmarks/{section}.svg)\n" if figures.plot is not None else ""
    return f"{plot}\n{figures.text}\n\n{record.origin()}\n\n"


def replaced(text: str, section: str, new: str) -> str:
    """The page's text with this section's figures."""
    return re.sub(
        MARKED.format(re.escape(section)), lambda found: found[1] + new + found[2], text, count=1, flags=re.DOTALL
    )
