"""`millrace fraud`: judge the scorer offline, on the same code. What it runs is in agents/cli/replay/."""

from __future__ import annotations

import gc
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from agents.cli.console import err
from agents.cli.console import out as console
from agents.cli.errors import UserError
from agents.cli.progress import counting
from agents.cli.replay.progress import Saved, Scores, State
from agents.cli.replay.scorer import Scorer, batches
from agents.cli.replay.stream import Mark, Stream
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

commands = typer.Typer()
offline = typer.Typer(
    no_args_is_help=True,
    help="Judge the fraud scorer on recorded streams.",
    epilog="Example: [bold]millrace fraud replay stream.csv --out scores.csv[/]",
)
commands.add_typer(offline, name="fraud")

MOST_PARTITIONS = 256


@offline.command(
    epilog="Examples: [bold]millrace fraud replay stream.csv --out scores.csv[/] · "
    "[bold]millrace fraud replay - --out scores.csv --state run --resume < stream.csv[/]"
)
def replay(  # noqa: PLR0913 -- independent choices, each with a default
    stream: Annotated[
        str,
        typer.Argument(metavar="STREAM.csv|-", help="Attempts and labels in event-time order; - is standard input."),
    ],
    out: Annotated[Path, typer.Option(metavar="SCORES.csv", help="Where the verdicts go: transaction,score,verdict.")],
    *,
    partitions: Annotated[int, typer.Option(min=1, max=MOST_PARTITIONS, help="Of the service's topics.")] = 1,
    state: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to save the service's rows in, every few seconds.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from what --state holds.")] = False,
    reasons: Annotated[
        bool, typer.Option("--reasons", help="Add a column with the codes of each verdict's reasons.")
    ] = False,
) -> None:
    """Run a recorded stream through the fraud service, without a broker, and write the verdict on every attempt.

    STREAM has the columns kind,seconds,transaction,card,terminal,cents,fraud: attempts, and labels where they are due.
    """
    if resume and state is None:
        raise typer.BadParameter("needs --state: where the run to go on with was saved", param_hint="--resume")
    keeper = State(state)
    saved = keeper.read(partitions, reasons=reasons) if resume else None
    with _lines(stream) as lines, Scores(out, saved.written if saved else 0, reasons=reasons) as scores:
        source = Stream(lines, stream, saved.mark if saved else None)
        with Scorer(Settings.load(), partitions) as scorer:
            if saved is not None:
                scorer.driver.load(saved.driver)
            _run(source, scorer, scores, keeper, partitions)


@offline.command(epilog="Example: [bold]millrace fraud report scores.csv transactions.csv --out report.html[/]")
def report(
    scores: Annotated[
        Path, typer.Argument(metavar="SCORES.csv", help="What `replay` wrote; with --reasons, those too.")
    ],
    table: Annotated[
        Path,
        typer.Argument(metavar="TABLE.csv", help="The truth: seconds,card,terminal,cents,fraud. May be .gz or .xz."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="REPORT.html", help="Where the page goes.")],
) -> None:
    """Show how good verdicts were: precision and recall, average precision by week, alerts a day, reasons."""
    from agents.cli.report import measures, page  # noqa: PLC0415 -- numpy takes a moment, which a replay need not wait

    judged = measures.read(scores, table)
    try:
        out.write_text(page.page(judged, f"{scores.name} against {table.name}"), encoding="utf-8")
    except OSError as error:
        raise UserError(f"{out}: {error.strerror}") from error
    for name, value in page.figures(judged):
        console.print(f"{name:<26}{value}")


def _run(source: Stream, scorer: Scorer, scores: Scores, keeper: State, partitions: int) -> None:
    def saved_at(mark: Mark) -> Saved:
        return Saved(partitions, mark, scores.settled(), scorer.driver.save(), scores.reasons)

    began, first, mark = time.process_time(), source.mark.rows, source.mark
    gc.freeze()
    with counting(err, "Replaying", None, "events") as show:
        for batch, mark in batches(source):
            scores.write(scorer.score(batch))
            show(mark.rows - first)
            if keeper.is_due():
                keeper.write(saved_at(mark))
    spent = time.process_time() - began
    keeper.write(saved_at(mark))
    events = mark.rows - first
    each = f", {spent / events * 1e6:.1f} µs of CPU each" if events else ""
    err.print(
        f"{events:,} events{each}; {scores.attempts:,} verdicts, {scores.detected:,} of them FraudDetected.",
        soft_wrap=True,
    )


@contextmanager
def _lines(name: str) -> Iterator[IO[str]]:
    if name == "-":
        yield sys.stdin
        return
    try:
        file = Path(name).open(encoding="utf-8", newline="")  # noqa: SIM115 -- what the body raises is not about this file
    except OSError as error:
        raise UserError(f"{name}: {error.strerror}") from error
    with file:
        try:
            yield file
        except UnicodeDecodeError as error:
            raise UserError(f"{name}: this is not UTF-8; a packed file must be unpacked first") from error
