"""Runs scenarios one after the other, each on a stage of its own, and reports.

A scenario's randomness is seeded with the run's seed and its own name, so that it can be repeated alone. The folder of
a failure stays: logs, stores, topics, and the command that repeats it.
"""

from __future__ import annotations

import shutil
import time
from contextlib import AsyncExitStack
from random import Random
from typing import TYPE_CHECKING

from agents.chaos.clusters import CLUSTERS
from agents.chaos.crew import WORKER, StuckError
from agents.chaos.evidence import keep_topics
from agents.chaos.report import Outcome, Report
from agents.chaos.scenarios.scenario import NotPossibleError
from agents.chaos.stage import Trial

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from agents.chaos.scenarios import Scenario
    from agents.chaos.stage import Stage
    from agents.chaos.verdict import Verdict


async def run(  # noqa: PLR0913 -- choices, each with a default
    scenarios: Iterable[Scenario],
    folder: Path,
    *,
    seed: int,
    rounds: int | None = None,
    tell: Callable[[str], None] = lambda _words: None,
    command: Sequence[str] = WORKER,
) -> Report:
    """Do the harm, and judge.

    Args:
        scenarios: scenarios that use the same cluster, one after the other, share it.
        folder: where the evidence of failures stays.
        seed: decides every choice, though not how the processes' steps interleave.
        rounds: of each scenario; None: its own number.
        tell: called with a sentence as things happen.
        command: what runs a worker, given its plan: tests of the harness bring a broken one.
    """
    report, started = Report(seed), ""
    async with AsyncExitStack() as clusters:
        for scenario in scenarios:
            if scenario.cluster != started:
                await clusters.aclose()
                cluster, started = await clusters.enter_async_context(CLUSTERS[scenario.cluster]()), scenario.cluster
            trial = Trial(
                cluster,
                f"{scenario.name}-{seed}",
                folder / f"{scenario.name}-{seed}",
                Random(f"{seed}/{scenario.name}"),  # noqa: S311 -- to be repeated, not to be safe
                disorderly=scenario.disorderly,
                command=command,
            )
            outcome = await play(scenario, trial, scenario.rounds if rounds is None else rounds)
            report.outcomes.append(outcome)
            tell(f"{scenario.name}: {sum(outcome.harms.values())} harms in {outcome.seconds:.0f} s: {outcome.state}")
    return report


async def play(scenario: Scenario, trial: Trial, rounds: int) -> Outcome:
    """All rounds of one scenario, and its verdict."""
    began, done = time.monotonic(), 0
    shutil.rmtree(trial.folder, ignore_errors=True)
    async with scenario.stage(trial) as stage:
        try:
            await stage.warm_up()
            for _ in range(rounds):
                await scenario.harm(stage)
                done += 1
        except StuckError as stuck:
            stage.verdict.add("stuck", str(stuck))
        except NotPossibleError as reason:
            await stage.clear()
            return Outcome(
                scenario.name, done, time.monotonic() - began, stage.harms, stage.surprises, None, str(reason)
            )
        verdict = await _verdict(stage)
        kept = "" if verdict.ok else str(trial.folder)
        if kept:
            await keep_topics(trial.cluster.connection, stage.topics, trial.folder)
    if not kept:
        shutil.rmtree(trial.folder)
    return Outcome(scenario.name, done, time.monotonic() - began, stage.harms, stage.surprises, verdict, kept=kept)


async def _verdict(stage: Stage) -> Verdict:
    """The judge's; a judge that stumbles over what it finds must not end the whole run, and is a finding, too."""
    try:
        return await stage.finish()
    except Exception as error:  # noqa: BLE001 -- whatever it is, the evidence must be kept
        stage.verdict.add("error", f"{type(error).__name__}: {error}")
        return stage.verdict
