"""Two small plots as SVG: bars with whiskers, and lines over a logarithmic axis. Enough for the figures here.

Written by hand rather than by a plotting library: the files are a few kilobytes, the same for the same figures, follow
the reader's light or dark theme, and no development machine needs a hundred megabytes for them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from benchmarks.report.markdown import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from benchmarks.report.summary import Spread

WIDTH: Final = 760
MARGIN: Final = 16
ROW: Final = 34
LABELS: Final = 230
VALUES: Final = 80
COLOURS: Final = ("#2563eb", "#d97706", "#059669", "#9333ea", "#dc2626", "#0891b2")
STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#1f2937}.t{font-weight:600;font-size:15px}.s{fill:#6b7280;font-size:12px}"
    ".bar{fill:#94a3b8}.own{fill:#2563eb}.rule{stroke:#6b7280;stroke-width:1.5;fill:none}.grid{stroke:#9ca3af;"
    "stroke-opacity:.35}@media(prefers-color-scheme:dark){text{fill:#e5e7eb}.s{fill:#9ca3af}.rule{stroke:#d1d5db}}"
)


@dataclass(frozen=True)
class Bar:
    """One row: its label, its value with spread, and whether it is ours."""

    label: str
    value: Spread
    own: bool = False


def bars(title: str, subtitle: str, rows: Sequence[Bar]) -> str:
    """Horizontal bars of medians from zero on; whiskers from the lowest to the highest run."""
    top, longest = 64, max(row.value.high for row in rows)
    scale = (WIDTH - LABELS - VALUES - MARGIN) / longest
    parts = _titles(title, subtitle)
    for place, row in enumerate(rows):
        y, colour = top + place * ROW, "own" if row.own else "bar"
        low, high = LABELS + row.value.low * scale, LABELS + row.value.high * scale
        parts += [
            f'<text x="{LABELS - 10}" y="{y + 15}" text-anchor="end">{escape(row.label)}</text>',
            f'<rect class="{colour}" x="{LABELS}" y="{y}" width="{row.value.median * scale:.1f}" height="20" rx="2"/>',
            f'<path class="rule" d="M{low:.1f} {y + 10}H{high:.1f}M{low:.1f} {y + 6}v8M{high:.1f} {y + 6}v8"/>',
            f'<text x="{high + 8:.1f}" y="{y + 15}">{number(row.value.median)}</text>',
        ]
    return _document(parts, top + len(rows) * ROW + MARGIN // 2)


def lines(title: str, subtitle: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """One line for each series of (x, y): x in equal steps as they come, y above zero on a logarithmic axis."""
    left, right, top, bottom = 70, WIDTH - 210, 70, 330
    xs = list(dict.fromkeys(x for points in series.values() for x, _ in points))
    ys = [y for points in series.values() for _, y in points if 0 < y < math.inf]
    low, high = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))
    across = {x: left + (right - left) * place / max(len(xs) - 1, 1) for place, x in enumerate(xs)}

    def down(y: float) -> float:
        return bottom - (bottom - top) * (math.log10(y) - low) / max(high - low, 1)

    parts = [*_titles(title, subtitle), *_grid(range(low, high + 1), down, left, right)]
    parts += [f'<text class="s" x="{at:.1f}" y="{bottom + 20}" text-anchor="middle">{number(x)}</text>'
              for x, at in across.items()]  # fmt: skip
    for place, (name, points) in enumerate(series.items()):
        colour = COLOURS[place % len(COLOURS)]
        path = "L".join(f"{across[x]:.1f} {down(y):.1f}" for x, y in points if 0 < y < math.inf)
        parts += [
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<rect x="{right + 24}" y="{top + place * 22}" width="14" height="3" fill="{colour}"/>',
            f'<text class="s" x="{right + 46}" y="{top + place * 22 + 6}">{escape(name)}</text>',
        ]
    return _document(parts, bottom + 36)


def _grid(decades: Iterable[int], down: Callable[[float], float], left: float, right: float) -> list[str]:
    parts = []
    for decade in decades:
        y = down(10.0**decade)
        parts.append(f'<path class="grid" d="M{left} {y:.1f}H{right}"/>')
        parts.append(f'<text class="s" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**decade:g}</text>')
    return parts


def _titles(title: str, subtitle: str) -> list[str]:
    return [
        f'<text class="t" x="{MARGIN}" y="24">{escape(title)}</text>',
        f'<text class="s" x="{MARGIN}" y="44">{escape(subtitle)}</text>',
    ]


def _document(parts: Sequence[str], height: int) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">'
    return "\n".join([head, f"<style>{STYLE}</style>", *parts, "</svg>", ""])
