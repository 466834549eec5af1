"""How far something has come: a bar with a rate on a terminal, nothing where nobody watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class _Count(ProgressColumn):
    """`1,200 of 5,000 orders   310/s`."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        of = f" of {task.total:,.0f}" if task.total is not None else ""
        rate = task.finished_speed or task.speed
        return Text(f"{task.completed:,.0f}{of} {self._unit}" + (f"  {rate:,.0f}/s" if rate else ""))


@contextmanager
def counting(console: Console, words: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
    """Show how many of `total` are done; yields what is to be called with the number. None: nobody knows how many."""
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        _Count(unit),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
    if not console.is_terminal:
        yield lambda _done: None
        return
    with bar:
        task = bar.add_task(words, total=total)

        def show(done: int) -> None:
            bar.update(task, completed=done if total is None else min(done, total))

        yield show
