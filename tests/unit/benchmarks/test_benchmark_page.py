"""docs/benchmarks.md shows what was measured and nothing else."""

import pytest

from benchmarks.report.page import PAGE, Figures, UnknownSectionError, body, publish, record_of, replaced, sections
from benchmarks.report.record import Record
from benchmarks.sections import RENDERERS

MACHINE = {"when": "then", "cores": 2, "processor": "P", "python": "3", "kafka": "4", "commit": "c", "load": 0.1}
RECORD = Record("millrace bench something --runs 1", MACHINE, [{"engine": "millrace"}])
END = "<!-- end of figures -->"
UNMEASURED = "*Not measured yet.*\n"
TEXT = f"# Page\n\n<!-- figures: one -->\n{UNMEASURED}{END}\nprose\n<!-- figures: two -->\n{UNMEASURED}{END}\n"


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(TEXT)
    return path


def shown(section):
    return PAGE.read_text().split(f"<!-- figures: {section} -->\n")[1].split(END)[0]


def test_every_section_can_be_rendered_and_every_renderer_has_its_section():
    assert sorted(sections()) == sorted(RENDERERS)


@pytest.mark.parametrize("section", RENDERERS)
def test_a_section_shows_the_runs_that_were_kept(section):
    kept = record_of(section)
    if not kept.exists():
        assert shown(section) == UNMEASURED
        return
    record = Record.load(kept)
    figures = RENDERERS[section](record)
    assert shown(section) == body(section, record, figures)
    if figures.plot is not None:
        assert kept.with_suffix(".svg").read_text() == figures.plot


def test_figures_replace_those_of_their_section_only(page):
    publish("one", RECORD, lambda _record: Figures("the table", "<svg/>"), page)
    first = page.read_text()
    assert "the table" in first
    assert RECORD.command in first
    assert "![one](benchmarks/one.svg)" in first
    assert first.endswith(TEXT[TEXT.index("prose") :])
    publish("one", RECORD, lambda _record: Figures("another"), page)
    assert "the table" not in page.read_text()
    assert Record.load(record_of("one", page)) == RECORD


def test_backslashes_in_figures_are_text():
    assert r"\1 \g<0>" in replaced(TEXT, "one", r"\1 \g<0>")


def test_a_section_that_the_page_lacks_is_named(page):
    with pytest.raises(UnknownSectionError, match=r"no section 'three'.*one, two"):
        publish("three", RECORD, lambda _record: Figures("x"), page)
