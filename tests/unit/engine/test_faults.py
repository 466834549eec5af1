"""Kill points: each is reached by the engine, and only the planned visit of the planned point kills."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from streams import engine
from streams.engine.faults import POINTS, kill_at


def test_every_point_is_one_that_the_engine_passes_and_the_other_way_round():
    sources = [path.read_text() for path in Path(engine.__file__).parent.rglob("*.py")]
    passed = {
        point for text in sources for point in re.findall(r"\bfault\(\"([a-z-]+)\"\)|_fault\(\"([a-z-]+)\"\)", text)
    }
    assert {one or other for one, other in passed} == set(POINTS)


@pytest.mark.parametrize(("plan", "visits"), [("before-end", 1), ("before-end:1", 1), ("before-end:3", 3)])
def test_the_process_dies_at_the_planned_visit(plan, visits):
    script = f"""
from streams.engine.faults import kill_at
fault = kill_at({plan!r})
for n in range(1, 9):
    fault("after-end")
    print(n, flush=True)
    fault("before-end")
"""
    killed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (killed.returncode, killed.stdout.split()[-1]) == (-9, str(visits))


def test_an_unknown_point_is_named_beside_the_known_ones():
    with pytest.raises(ValueError, match=r"no kill point 'lunch'; there are before-begin, .*during-shutdown"):
        kill_at("lunch")
