"""A sitting: every engine on one broker, one after the other, as many rounds as asked for.

Machines change their speed within minutes, so engines are compared within one sitting, and their runs are interleaved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmarks.keyed_count.running import Run, prepare_source, run
from streams.broker import EmbeddedKafka

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.engines.engine import Engine
    from benchmarks.keyed_count.workload import Workload


@dataclass(frozen=True)
class Sitting:
    """Args:
    engines: in the order of a round.
    workload: of an engine with a share of 1.
    rounds: runs of each engine.
    cache: the folder of all that is fetched once.
    warm_up_s: left out of each rate, but never the last fifth of the outputs.
    """

    engines: Sequence[Engine]
    workload: Workload
    rounds: int
    cache: Path
    warm_up_s: float = 0.0

    async def hold(self, tell: Callable[[Run], None]) -> list[Run]:
        """Run all; `tell` is called after each."""
        programs = {engine.name: engine.prepare(self.cache) for engine in self.engines}
        runs: list[Run] = []
        with EmbeddedKafka(cache=self.cache) as kafka:
            for engine in self.engines:
                await prepare_source(kafka, self.part_of(engine))
            for number in range(1, self.rounds + 1):
                for engine in self.engines:
                    done = await run(
                        kafka,
                        engine,
                        programs[engine.name],
                        self.part_of(engine),
                        number,
                        warm_up_s=self.warm_up_s,
                    )
                    runs.append(done)
                    tell(done)
        return runs

    def part_of(self, engine: Engine) -> Workload:
        """The workload of this engine: at least as many events as there are keys."""
        events = int(self.workload.events * engine.share)
        return replace(self.workload, events=max(events, min(self.workload.keys, self.workload.events)))
