"""The state of a dead worker is lost, older, another run's, unmarked, or ahead; or the disk is full."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from functools import partial
from typing import TYPE_CHECKING

import rocksdict

from agents.chaos.scenarios.scenario import NotPossibleError, Scenario
from agents.chaos.stores import OFFSET

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agents.chaos.counting_stage import CountingStage

FULL_MB = 8
"""Size of the small disk: enough for the worker to start, and soon filled up."""
ROOM_BYTES = 200_000
"""What is left of it when it is filled: a second of work or two."""
ROUNDS = 5


async def damage(stage: CountingStage, harm: Callable[[CountingStage], object], how: str) -> None:
    """The only worker dies, its state suffers, and a new worker must do its work as if nothing had been."""
    (worker,) = await stage.crew(1)
    await stage.kill(worker)
    await asyncio.to_thread(harm, stage)
    stage.harms[how] += 1
    stage.start()
    await stage.progress()


def _own(stage: CountingStage) -> Path:
    return stage.state / stage.name


def _lose(stage: CountingStage) -> None:
    shutil.rmtree(_own(stage))


def _age(stage: CountingStage) -> None:
    """What was put away the time before comes back, and what is there now is put away."""
    old, new = stage.folder / "older", stage.folder / "newer"
    shutil.copytree(_own(stage), new)
    if old.exists():
        shutil.rmtree(_own(stage))
        old.rename(_own(stage))
    new.rename(old)


def _unmark(stage: CountingStage) -> None:
    """The stores no longer say how far they are."""
    for store in _stores(stage):
        store.delete(OFFSET)
        store.close()


def _advance(stage: CountingStage) -> None:
    """The stores say that they are further than their changelog has ever been."""
    for store in _stores(stage):
        store[OFFSET] = b"1000000000"
        store.close()


def _stores(stage: CountingStage) -> list[rocksdict.Rdict]:
    paths = [path for path in _own(stage).glob("*/*/") if path.name.isdigit()]
    return [rocksdict.Rdict(str(path), options=rocksdict.Options(raw_mode=True)) for path in paths]


async def foreign(stage: CountingStage) -> None:
    """The state is that of another service's run on the same Kafka."""
    other = stage.folder / "other"
    if not other.exists():
        async with stage.another(other) as run:
            await run.crew(1)
            await run.clear()
    await damage(stage, lambda stage: _replace(stage, other / "state"), "state of another run")


def _replace(stage: CountingStage, state: Path) -> None:
    shutil.rmtree(_own(stage))
    (found,) = state.iterdir()
    shutil.copytree(found, _own(stage))


async def full(stage: CountingStage) -> None:
    """The disk fills up under a worker; it ends, and goes on when there is room again."""
    await stage.clear()
    _mount(stage.state)
    try:
        (worker,) = await stage.crew(1)
        ballast = stage.state / "ballast"
        ballast.write_bytes(bytes(max(0, shutil.disk_usage(stage.state).free - ROOM_BYTES)))
        stage.harms["disk full"] += 1
        code = await worker.ended()
        if code != 1:
            stage.verdict.add("exit", f"{worker.log.name} had a full disk and ended with {code}")
        ballast.unlink()
        await stage.crew(1)
        await stage.clear()
    finally:
        await stage.clear()
        await asyncio.to_thread(_unmount, stage.state)


def _mount(folder: Path) -> None:
    """Put a small file system over a folder. Raises NotPossibleError."""
    if os.geteuid() != 0:
        raise NotPossibleError("only root may mount a small file system, to be filled up")
    done = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", f"size={FULL_MB}m", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotPossibleError(f"no small file system can be mounted here: {done.stderr.strip()}")


def _unmount(folder: Path) -> None:
    subprocess.run(["/bin/umount", folder], capture_output=True, check=True)


def _damage(name: str, text: str, harm: Callable[[CountingStage], object]) -> Scenario:
    return Scenario(name, text, partial(damage, harm=harm, how=text), ROUNDS)


ALL = (
    _damage("state-lost", "the state directory is lost", _lose),
    _damage("state-older", "the state directory is that of an earlier moment", _age),
    _damage("state-unmarked", "the stores do not say how far they are", _unmark),
    _damage("state-ahead", "the stores say that they are ahead of the log", _advance),
    Scenario("state-foreign", "the state directory is that of another run", foreign, ROUNDS),
    Scenario("disk-full", "the disk fills up under a worker", full, 3),
)
