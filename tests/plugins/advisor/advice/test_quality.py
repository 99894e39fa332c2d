"""The page of measurements: made from real data by one command, whole, and honest where nothing is gained."""

import re
from collections import Counter
from pathlib import Path

import pytest
from allusr_advisor.advice import LABELS, compare
from allusr_advisor.advice.quality.__main__ import main
from allusr_advisor.advice.quality.data import Market, load
from allusr_advisor.advice.quality.page import COMMAND, page
from allusr_advisor.advice.quality.proxy import week_types
from allusr_advisor.advice.quality.tables import table, verdicts

from tests.plugins.advisor.advice.worlds import bars_of, vix_of

PAGE = Path(__file__).parents[4] / "docs" / "advice-quality.md"
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


def _market(last: list[float], vix: float = 15.0) -> Market:
    """Two years of small moves up and down, the last sessions of a finished week, and one session of the next."""
    moves = [0.01 if i % 2 else -0.01 for i in range(500 - len(last))] + last + [0.0]
    bars = bars_of(moves)
    return Market(bars, dict.fromkeys(("SPY", "IWM", "AAPL"), bars), dict.fromkeys(vix_of(moves), vix))


@pytest.mark.parametrize(
    ("last", "vix", "label"),
    [
        ([0.0, 0.01], 15.0, "CALM_INCOME"),
        ([0.0, -0.01], 15.0, "ASSIGNMENT"),
        ([-0.045, 0.0], 15.0, "ROLL"),
        ([-0.045, 0.045], 15.0, "ROLL"),
        ([-0.08, 0.08], 15.0, "PRESERVATION"),
        ([0.0, 0.01], 31.0, "HEDGED"),
        ([0.0, -0.01], 51.0, "HEDGED"),
        ([0.0, 0.01], 66.0, "PRESERVATION"),
    ],
)
def test_the_proxy_labels_a_week_by_the_gravest_that_its_closes_tell(last: list[float], vix: float, label: str) -> None:
    assert week_types(_market(last, vix))[-1].label == label


def test_the_proxy_knows_of_a_week_what_the_close_before_it_knew() -> None:
    calm, crash = (week_types(_market(last))[-1] for last in ([0.0, 0.0], [-0.2, -0.2]))

    assert calm.features == crash.features
    assert calm.label != crash.label


def test_verdicts_name_what_is_not_better_too() -> None:
    good, bad = [0.0, 0.1] * 50, [1.0, 1.1] * 50

    found = verdicts([("a", compare(good, bad)), ("b", compare(good, good)), ("c", compare(bad, good))])

    assert found == "better than a; no different from b; worse than c"


def test_a_table_is_markdown() -> None:
    assert table(("a", "b"), [("x", 0.123456)]) == "| a | b |\n| --- | --- |\n| x | 0.1235 |"


def test_a_folder_without_data_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), str(tmp_path / "page.md")]) == 2

    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "page.md").exists()


def test_without_a_folder_it_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2

    assert "FOLDER" in capsys.readouterr().err


def test_the_page_of_the_docs_names_its_command_and_the_years_it_rests_on() -> None:
    text = PAGE.read_text()

    assert COMMAND in text
    years = re.search(r"\((\d+\.\d) years\)", text)
    assert years is not None
    assert float(years.group(1)) >= 15
    assert "no different" in text
    assert "worse" in text


def test_the_proxy_of_twenty_years_has_every_type_but_that_of_earnings(data_dir: Path) -> None:
    found = Counter(week.label for week in week_types(load(data_dir)))

    assert set(found) == set(LABELS) - {"EARNINGS_FILTER"}
    assert found.total() > 52 * 15


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_page_of_the_docs_is_what_its_command_writes(data_dir: Path) -> None:
    written, fresh = PAGE.read_text(), page(load(data_dir))

    assert NUMBER.sub("#", written) == NUMBER.sub("#", fresh)
    numbers = [[float(n) for n in NUMBER.findall(text)] for text in (written, fresh)]
    assert numbers[0] == pytest.approx(numbers[1], rel=0.02, abs=0.11)
