"""The import contracts hold, and can fail: each is broken on purpose in a copy of the house."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("streams", "agents", "tables")

INWARD = "Arrows point inward"
THINKING = "The thinking rooms know no machinery"
RULES_APART = "no rules of one service import another's"
AGENTS_APART = "no agent imports another's"
NO_SHOP = "The engine knows no shop"


@pytest.fixture
def house(tmp_path):
    """A copy of the three packages, and two services more."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for service in ("gifts", "loyalty"):
        (tmp_path / f"streams/rules/{service}.py").touch()
        (tmp_path / f"agents/{service}.py").touch()
    return tmp_path


def lint(house):
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)


def test_the_house_keeps_its_contracts(house):
    result = lint(house)
    assert result.returncode == 0, result.stdout
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("streams/rules/loyalty.py", "import streams.engine", THINKING),
        ("streams/rules/loyalty.py", "import streams.settings", THINKING),
        ("streams/feed/loyalty.py", "import aiokafka", THINKING),
        ("streams/windows/loyalty.py", "from faust import App", THINKING),
        ("streams/rules/loyalty.py", "import streams.rules.gifts", RULES_APART),
        ("agents/loyalty.py", "import agents.gifts", AGENTS_APART),
        ("streams/engine/loyalty.py", "import streams.rules.gifts", NO_SHOP),
        ("streams/engine/loyalty.py", "import streams.events", NO_SHOP),
        ("streams/engine/loyalty.py", "import tables", INWARD),
        ("tables/loyalty.py", "import agents", INWARD),
    ],
)
def test_a_forbidden_import_is_refused_by_name(house, file, line, contract):
    with (house / file).open("a") as source:
        source.write(f"{line}\n")
    result = lint(house)
    assert result.returncode == 1
    (broken,) = [text for text in result.stdout.splitlines() if " BROKEN" in text]
    assert contract in broken
