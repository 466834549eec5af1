"""The report's HTML: figures on top, plots below. Everything is inline, so the file can be sent and kept."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from agents.cli.report import measures, plots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from agents.cli.report.measures import Judged

MOST_REASONS: Final = 25
POINTS: Final = 400
"""Of a curve: more than the screen tells apart."""
STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1360px;padding:0 1rem;color:#1c2430;background:#fff}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:0 0 .5rem}.sub{color:#5b6675;margin:.2rem 0 1.5rem}
.figures{display:flex;flex-wrap:wrap;gap:1rem;margin-bottom:1.5rem}
.figure{border:1px solid #dde2ea;border-radius:8px;padding:.7rem 1rem;min-width:8rem}
.figure b{display:block;font-size:1.35rem}.figure span{color:#5b6675;font-size:.85rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(420px,1fr));gap:1.5rem}
section{border:1px solid #dde2ea;border-radius:8px;padding:1rem}svg{width:100%;height:auto}
.line{fill:none;stroke:#2458c5;stroke-width:2}.mark{fill:#c53d24}.grid{stroke:#e6eaf0}
.right{fill:#2458c5}.wrong{fill:#e39a2d}text{font-size:14px;fill:#5b6675}
.level{text-anchor:end}.name,.number{text-anchor:middle}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #edf0f4}
td+td,th+th{text-align:right}
"""


def page(judged: Judged, title: str) -> str:
    """The whole document."""
    cards = "".join(
        f'<div class="figure"><b>{value}</b><span>{escape(name)}</span></div>' for name, value in figures(judged)
    )
    plotted = "".join(f"<section><h2>{escape(name)}</h2>{body}</section>" for name, body in _sections(judged))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head><body>'
        f'<h1>Fraud verdicts against labels</h1><p class="sub">{escape(title)}</p>'
        f'<div class="figures">{cards}</div><div class="plots">{plotted}</div></body></html>\n'
    )


def figures(judged: Judged) -> Iterator[tuple[str, str]]:
    """The numbers of the whole stream: name and value."""
    share = measures.share(judged.fraud, judged.detected)
    yield "transactions", f"{len(judged.day):,}"
    yield "frauds", f"{int(judged.fraud.sum()):,}"
    yield "detections", f"{int(judged.detected.sum()):,}"
    yield "average precision", _number(measures.average_precision(judged.fraud, judged.score))
    yield "precision of the verdicts", _number(share.precision)
    yield "recall of the verdicts", _number(share.recall)
    if judged.missing:
        yield "without a verdict", f"{judged.missing:,}"


def _sections(judged: Judged) -> Iterator[tuple[str, str]]:
    recall, precision = measures.thinned(*measures.curve(judged.fraud, judged.score), POINTS)
    share = measures.share(judged.fraud, judged.detected)
    mark = None if share.precision is None or share.recall is None else (share.recall, share.precision)
    yield (
        "Precision and recall; the dot is where the verdicts are",
        plots.curve(recall.tolist(), precision.tolist(), mark, plots.Axes("recall", "precision")),
    )
    weeks = measures.by_week(judged)
    names = [str(first) for first, _, _ in weeks]
    yield (
        "Average precision by week",
        plots.bars([ap for _, ap, _ in weeks], names, plots.Axes("first day", "average precision")),
    )
    right, wrong = measures.by_day(judged)
    yield (
        "Alerts per day: frauds (blue), false alarms (orange)",
        plots.stacked(right.tolist(), wrong.tolist(), plots.Axes("day", "alerts")),
    )
    yield (
        "Verdicts by week",
        _table(
            ("from day", "precision", "recall"),
            ((str(first), _number(s.precision), _number(s.recall)) for first, _, s in weeks),
        ),
    )
    if judged.reasons:
        yield "Reasons of the detections", _reasons(judged.reasons)


def _reasons(reasons: Mapping[str, tuple[int, int]]) -> str:
    rows = [(code, f"{count:,}", _number(bad / count)) for code, (count, bad) in reasons.items()]
    return _table(("reason", "detections", "frauds among them"), rows[:MOST_REASONS])


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{heads}</tr>{body}</table>"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
