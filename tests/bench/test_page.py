"""docs/performance.md says what the kept figures say, and nothing else."""

import re
from argparse import Namespace

import pytest

from tests.bench import __main__ as command
from tests.bench import page
from tests.bench.parts import Figure, Goal, Part, read

ABOUT = {"measured": "2026-11-28", "processor": "a processor", "system": "Linux", "python": "3.12.1"}
PARTS = tuple(read().values())
TEMPLATES = tuple(page.TEMPLATES.glob("*.md"))


def made(template, *figures, **notes):
    """A template's text, of one part."""
    return page.Page(template, {"part": Part("part", list(figures), notes, ABOUT)}).made()


def test_pages_are_what_the_kept_figures_make():
    for name, text in page.rendered().items():
        assert (page.DOCS / f"{name}.md").read_text() == text, "run `uv run python -m tests.bench --page`"


def test_every_part_has_a_module_and_a_place_in_a_page():
    told = {name for path in TEMPLATES for name in page.Page(path.read_text(), {}).wanted}
    measured, kept = {*command.MAIN, *command.OTHERS}, {part.name for part in PARTS}
    assert measured | kept <= told
    assert all(page.TEMPLATES.with_name(f"test_{part}.py").exists() for part in measured | (told - kept))


def test_a_part_that_was_never_measured_says_so():
    text = page.Page("{{about part}} {{table part}}", {}).made()
    assert text == "*Not measured yet: `uv run python -m tests.bench --only part`.* ..."


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_prose_has_no_figure_of_its_own(template):
    prose = page.PLACE.sub("", template.read_text())
    assert re.findall(r"\d[\d.,]* ?(?:s|ms|MB|GB|x|/s|seconds?)\b", prose) == []


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_no_goal_is_called_met_when_the_median_misses_it(part):
    for figure in part.figures:
        if figure.goal:
            inside = figure.median <= (figure.goal.most or figure.median), figure.median >= (figure.goal.least or 0)
            assert page.verdict(figure).endswith(": met") == all(inside)


@pytest.mark.parametrize(
    ("values", "goal", "said"),
    [
        ([0.1, 0.22, 0.9], Goal(most=0.22), "at most 0.22 x: met"),
        ([0.1, 0.2201, 0.2201], Goal(most=0.22), "at most 0.22 x: **not met**"),
        ([0.85, 0.85], Goal(least=0.85), "at least 0.85 x: met"),
        ([0.9, 0.8499, 0.8], Goal(least=0.85), "at least 0.85 x: **not met**"),
    ],
)
def test_a_goal_is_met_by_the_median_alone(values, goal, said):
    figure = Figure.of("ours / theirs", values, "x", goal=goal)
    assert made("{{table part}}{{goals}}", figure).count(said) == 2


def test_a_row_has_median_extremes_and_runs():
    assert "| start | 1,230 ms | 0.5-20,000 | 3 |  |" in made(
        "{{table part}}", Figure.of("start", [1234, 0.5, 20_000], "ms")
    )


def test_a_process_has_a_row_and_a_measure_a_column():
    figures = [
        Figure.of("replay", [2.0, 4.0, 3.0], "s", measure="wall"),
        Figure.of("replay", [700, 701, 702], "MB", measure="peak memory"),
    ]
    assert "| replay | 3 s (2-4) |  | 701 MB (700-702) | 3 |" in made("{{table part}}", *figures)


def test_figures_and_notes_stand_where_they_are_asked_for():
    figure = Figure.of("replay", [2.0], "s", measure="wall")
    text = made("{{table part}} {{figure part replay | wall}} of {{note part rows}}", figure, rows="25")
    assert text.endswith("2 s of 25")


@pytest.mark.parametrize("template", ["{{table part}}{{note part none}}", "{{table part other}}", "{{note none rows}}"])
def test_a_page_that_asks_for_what_is_not_kept_is_not_made(template):
    with pytest.raises(LookupError):
        made(template, Figure.of("replay", [2.0], "s"))


def test_figures_that_no_page_tells_of_stop_all_pages(tmp_path):
    (tmp_path / "speed.md").write_text("nothing")
    with pytest.raises(LookupError, match="no page has a table of part"):
        page.rendered(tmp_path, {"part": Part("part")})


def test_kept_figures_are_read_as_they_were(tmp_path):
    figure = Figure.of("ours", [1.23456789, 2, 3], "x", group="quarter", goal=Goal(least=0.85))
    part = Part("part", [figure], {"rows": "25"}, ABOUT)
    part.keep(tmp_path)
    assert read(tmp_path) == {"part": part}


def test_a_part_that_is_none_is_refused_in_a_line():
    with pytest.raises(SystemExit, match=r"^--only nonsense: no such part; there are chains, year"):
        command.chosen(Namespace(page=False, only="chains,nonsense", all=False))
