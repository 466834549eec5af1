"""The habits that no linter checks: one thing per file, small functions, a story in each module, honest packages."""

import ast
import importlib
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("streams", "agents", "tables")
ROOMS = (*PACKAGES, "tests", "benchmarks", "examples")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))

LONGEST_MODULE = 250
LONGEST_FUNCTION = 45

THINKING_ROOMS = ("events", "rules", "windows", "feed", "topics", "wire")
LIBRARIES = {"pydantic", "pydantic_core", "annotated_types", "msgspec", "numpy", "datasketches", "streams"}
OF_THE_WORLD = {"asyncio", "http", "multiprocessing", "os", "pathlib", "secrets", "shutil", "socket", "subprocess"}
OF_THE_WORLD |= {"tempfile", "threading", "time", "urllib.request"}

# In halves, so that this file does not name them either.
REGISTRIES = [*("py" + "pi.org", "python" + "hosted.org", "repo.maven" + ".apache.org", "repo1" + ".maven.org")]
REGISTRIES += ["registry" + ".npmjs.org", "crates" + ".io", "proxy.go" + "lang.org"]
TOOLS_OWN = {".git", ".venv", "build", "dist", "node_modules", "__pycache__"}


def name(path):
    return str(path.relative_to(ROOT))


def functions(tree):
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))


def thinking():
    for path in MODULES:
        folder, room, *_ = path.relative_to(ROOT).with_suffix("").parts
        if folder == "streams" and room in THINKING_ROOMS:
            yield path


def project_files():
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        own = any(part in TOOLS_OWN or part.endswith(("_cache", ".egg-info")) for part in parts)
        if path.is_file() and not own and not parts[0].startswith((".hypothesis", ".millrace")):
            yield path


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_name_means_this_repository(package):
    assert Path(importlib.import_module(package).__file__).parent == ROOT / package


@pytest.mark.parametrize("path", [path for path in MODULES if "tests" not in path.parts], ids=name)
def test_a_module_tells_why_it_exists(path):
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_is_short(path):
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_functions_are_short(path):
    # The body: a command's options are its signature, and they need the room.
    lengths = {node.name: node.end_lineno - node.body[0].lineno + 1 for node in functions(ast.parse(path.read_text()))}
    assert {function: lines for function, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("path", thinking(), ids=name)
def test_a_thinking_room_imports_only_what_helps_to_think(path):
    found = set(imported(ast.parse(path.read_text())))
    assert {module.split(".")[0] for module in found} <= LIBRARIES | sys.stdlib_module_names
    assert {module for module in found if any(f"{module}.".startswith(f"{world}.") for world in OF_THE_WORLD)} == set()


def test_no_file_names_a_package_index_or_registry():
    pattern = re.compile("|".join(map(re.escape, REGISTRIES)).encode())
    assert [name(path) for path in project_files() if pattern.search(path.read_bytes())] == []
