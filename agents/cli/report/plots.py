"""Plots as inline SVG: a curve, bars side by side, bars on top of each other. Numbers in, markup out."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, BOTTOM = 60, 12, 20, 46
TICKS: Final = 5


class Axes(NamedTuple):
    """What the axes are called."""

    x: str
    y: str


class Frame(NamedTuple):
    """Maps values to the plot: x from 0 to `most_x`, y from 0 to `most_y`."""

    most_x: float
    most_y: float

    def x(self, value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * value / (self.most_x or 1)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / (self.most_y or 1)


def curve(xs: Sequence[float], ys: Sequence[float], mark: tuple[float, float] | None, axes: Axes) -> str:
    """A curve in the unit square, and perhaps a dot in it."""
    frame = Frame(1.0, 1.0)
    line = " ".join(f"{frame.x(x):.1f},{frame.y(y):.1f}" for x, y in zip(xs, ys, strict=True))
    dot = f'<circle class="mark" cx="{frame.x(mark[0]):.1f}" cy="{frame.y(mark[1]):.1f}" r="5"/>' if mark else ""
    ticks = [(n / TICKS, f"{n / TICKS:.1f}") for n in range(TICKS + 1)]
    return _svg(frame, f'<polyline class="line" points="{line}"/>{dot}', axes, ticks)


def bars(values: Sequence[float | None], names: Sequence[str], axes: Axes) -> str:
    """A bar per value between 0 and 1, its number on top; none where there is no value."""
    frame = Frame(len(values), 1.0)
    drawn = [
        _bar(frame, n, 0.0, value, "right") + _number(frame, n, value)
        for n, value in enumerate(values)
        if value is not None
    ]
    return _svg(frame, "".join(drawn), axes, [(n + 0.5, name) for n, name in enumerate(names)])


def stacked(lower: Sequence[int], upper: Sequence[int], axes: Axes) -> str:
    """A bar per pair, the first below the second."""
    pairs = [*zip(lower, upper, strict=True)]
    frame = Frame(len(pairs), _round_up(max(map(sum, pairs), default=0)))
    drawn = [_bar(frame, n, 0, a, "right") + _bar(frame, n, a, b, "wrong") for n, (a, b) in enumerate(pairs)]
    return _svg(
        frame, "".join(drawn), axes, [(n + 0.5, str(n)) for n in range(0, len(pairs), max(1, len(pairs) // 10))]
    )


def _bar(frame: Frame, n: int, base: float, value: float, kind: str) -> str:
    left, width = frame.x(n + 0.15), frame.x(0.7) - frame.x(0)
    top, height = frame.y(base + value), frame.y(base) - frame.y(base + value)
    return f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _number(frame: Frame, n: int, value: float) -> str:
    return f'<text class="number" x="{frame.x(n + 0.5):.1f}" y="{frame.y(value) - 4:.1f}">{value:.2f}</text>'


def _round_up(most: float) -> float:
    """The next number that five ticks divide well."""
    step = 1
    while most > TICKS * step * 10:
        step *= 10
    return TICKS * step * -(-most // (TICKS * step)) or TICKS


def _svg(frame: Frame, inside: str, axes: Axes, ticks: Iterable[tuple[float, str]]) -> str:
    middle, below = (LEFT + WIDTH - RIGHT) / 2, HEIGHT - BOTTOM + 18
    labels = "".join(
        f'<text class="name" x="{frame.x(at):.1f}" y="{below}">{escape(name)}</text>' for at, name in ticks
    )
    titles = (
        f'<text class="name" x="{middle}" y="{HEIGHT - 6}">{escape(axes.x)}</text>'
        f'<text class="name" transform="translate(14 {HEIGHT / 2 - 10}) rotate(-90)">{escape(axes.y)}</text>'
    )
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">{_grid(frame)}{inside}{labels}{titles}</svg>'


def _grid(frame: Frame) -> str:
    levels = [(frame.most_y * n / TICKS, frame.y(frame.most_y * n / TICKS)) for n in range(TICKS + 1)]
    return "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="level" x="{LEFT - 6}" y="{y + 4:.1f}">{level:g}</text>'
        for level, y in levels
    )
