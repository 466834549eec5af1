"""The page about time runs: its blocks in order, in one namespace; and its pictures say what windows say."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from streams.windows import END, Count, Hopping, MemoryRows, Session, Sliding, Tumbling, Windowed

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "time.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)


def test_every_block_of_the_page_runs_and_asserts_something():
    namespace: dict[str, Any] = {"__name__": "docs.time"}
    for number, block in enumerate(BLOCKS, 1):
        assert "assert " in block, f"block {number} shows nothing"
        exec(compile(block, f"docs/time.md, block {number}", "exec"), namespace)
    assert len(BLOCKS) > 5


@pytest.mark.parametrize("picture", re.findall(r"\]\(([\w-]+\.svg)\)", PAGE))
def test_a_picture_is_there_and_describes_itself(picture):
    names = [element.tag.rpartition("}")[2] for element in ET.parse(DOCS / picture).iter()]
    assert names[:3] == ["svg", "title", "desc"]


@pytest.mark.parametrize(
    ("kind", "held"),
    [
        (Tumbling(10), [3, 1, 3]),
        (Hopping(20, 10), [3, 4, 4, 3]),
        (Sliding(10), [1, 2, 3, 3, 1, 2, 3]),
        (Session(8), [4, 3]),
    ],
    ids=str,
)
def test_the_picture_of_windows_says_what_windows_say(kind, held):
    windowed, rows = Windowed(kind, Count()), MemoryRows()
    for second in (2, 5, 6, 13, 24, 27, 28):
        windowed.process(second, "k", None, rows, 0)
    assert [result.value for result in windowed.advance(END, rows)] == held
    drawn = (DOCS / "time-windows.svg").read_text(encoding="utf-8")
    assert " ".join(str(number) for number in held) in " ".join(re.findall(r'font-size="12">(\d+)<', drawn))
