"""The page of evidence: small pieces of it, and a small page whose facts are those of its runs."""

import json
from datetime import date, timedelta

import numpy as np
import pytest
from attrs import evolve

from allusr_sdk.ledger import open_ledger
from allusr_sdk.market.bars import Series
from allusr_sdk.market.ranges import WIDE, ratios, wide
from allusr_sdk.reports.evidence import of_run
from tests.evidence import picture, published
from tests.evidence.__main__ import main
from tests.evidence.bars import Known
from tests.evidence.plans import BARE, MAIN, SETS, STRICT, UNSWITCHED, WAYS, Window, words
from tests.evidence.reading import by_year, fallen, grown

LEAN, MAG7 = SETS
AUTUMN = Window("2008", "autumn 2008", date(2008, 9, 29), date(2008, 11, 7), date(2008, 9, 15), date(2008, 11, 7))


def path(*values, first=date(2019, 12, 30)):
    return {first + timedelta(days=i): value for i, value in enumerate(values)}


def series(reach, days=100):
    """A year of a share that moves a hundredth a day, with highs and lows so far beyond its closes."""
    close = 100 * np.cumprod(np.where(np.arange(days) % 2, 1.01, 1 / 1.01))
    values = np.column_stack([close, close * (1 + reach), close / (1 + reach), close, np.full(days, 1e6)])
    return Series.of(np.datetime64("2004-01-05") + np.arange(days), values)


def test_years_falls_and_returns_are_told_by_a_paths_own_values():
    found = path(100.0, 110.0, 99.0, 121.0)
    assert by_year(found) == pytest.approx({"2019": 0.10, "2020": 0.10})
    assert (grown(found), fallen(found)) == pytest.approx((0.21, -0.10))


def test_months_are_measured_from_the_end_of_one_to_the_end_of_another():
    ends = {date(2020, 1, 31): 100.0, date(2020, 2, 14): 50.0, date(2020, 2, 28): 110.0, date(2020, 3, 31): 99.0,
            date(2020, 4, 30): 100.0}  # fmt: skip
    yearly, deviation, fall = published.monthly(ends, date(2020, 1, 31), date(2020, 3, 31))
    assert (yearly, fall) == pytest.approx((0.99**6 - 1, -0.10))
    assert deviation == pytest.approx(0.2 / 2**0.5 * 12**0.5)


def test_bars_with_prints_far_beyond_their_closes_are_doubted_and_sound_ones_are_not():
    sound, bad = (Known("X", date.min, date.max, 1, (), ratios(series(reach))) for reach in (0.003, 0.02))
    assert sound.doubted == {}
    assert list(bad.doubted) == list(wide(series(0.02))) == [2004]
    assert bad.doubted[2004] > WIDE


def test_only_the_strict_way_loosens_nothing_and_all_state_who_re_arms():
    for way in WAYS:
        said = words(LEAN, way, "../shared")
        assert said[said.index("--rearm") + 1] == "weekly"
        assert ("--what-if" in said) is (way is not STRICT)
    assert sum("ks_1" in word for word in words(LEAN, UNSWITCHED, "../shared")) == 3
    assert words(MAG7, BARE, "../shared")[1:3] == ("--plugins", "gen_acc,rev_acc,com_acc")


def test_a_picture_is_the_same_for_the_same_lines_and_keeps_their_ends():
    line = [*path(*(100.0 + i for i in range(900))).items()]
    thin = picture.thinned(line)
    assert len(thin) <= 321
    assert (thin[0], thin[-1]) == (line[0], line[-1])
    drawn = picture.lines("A & B", {"A": thin, "B": line[:10]}, [(line[5][0], "HALT")])
    assert drawn == picture.lines("A & B", {"A": thin, "B": line[:10]}, [(line[5][0], "HALT")])
    assert 'aria-label="A &amp; B"' in drawn
    assert drawn.count("<polyline") == 2


def test_without_real_bars_the_command_says_where_it_looked(tmp_path, capsys):
    assert main(["--shared", str(tmp_path / "none"), "--out", str(tmp_path)]) == 2
    assert "no real bars at" in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


@pytest.fixture(scope="module")
def place(data_dir, tmp_path_factory):
    """Where a small page was made, twice: of a hundred days of 2008, with the VIX switches and without."""
    place = tmp_path_factory.mktemp("evidence")
    small = evolve(LEAN, symbols=("SPY", "AAPL"), first=date(2008, 7, 28), last=date(2008, 11, 7), windows=(AUTUMN,))
    line = ["--shared", str(data_dir.parent), "--work", str(place / "work"), "--ways", "main,unswitched"]
    for out in ("first", "second"):
        assert main([*line, "--out", str(place / out)], (small,)) == 0
    return place


def facts(place, way):
    return json.loads((place / "work" / f"lean-{way.key}" / "facts.json").read_text())


@pytest.mark.long
def test_the_same_runs_make_the_same_page_and_none_of_them_is_run_again(place):
    first, second = ([*sorted((place / name).rglob("*.*"))] for name in ("first", "second"))
    assert [path.name for path in first] == ["lean-2008.svg", "lean-equity.svg", "evidence.md"]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


@pytest.mark.long
def test_the_page_says_modelled_first_and_what_its_runs_came_to(place):
    page = (place / "first" / "evidence.md").read_text()
    assert page.split("\n")[2] == '!!! danger "MODELLED OPTIONS"'
    assert "{{" not in page
    with open_ledger(place / "work" / "lean-main" / "home") as ledger:
        curve = of_run(ledger.latest())
    ends = [*curve.path.values()]
    assert f"| 2008 | {ends[-1] / 1e6 - 1:+.1%} |" in page
    drop = next(
        one["value"] for one in facts(place, MAIN)["evidence"]["curves"][0]["estimates"] if one["key"] == "drawdown"
    )
    assert f"| Max drawdown | **{drop:.1%}** |" in page


@pytest.mark.long
def test_the_vix_switches_fire_on_the_days_of_2008_and_nothing_fires_without_them(place):
    page = (place / "first" / "evidence.md").read_text()
    for row in ("2008-10-06 | 16:15 | 52.05 | NONE | HEDGED", "2008-10-10 | 09:30 | 65.85 | HEDGED | SAFE",
                "2008-10-27 | 16:15 | 80.06 | SAFE | HALT", "2008-11-03 | 09:31 | 59.89 | HALT | SAFE"):  # fmt: skip
        assert f"| {row} |" in page
    assert not [move for move in facts(place, UNSWITCHED)["switches"] if move["cause"] == "VIX"]
    assert "In the run over all years it moved on the same days." in page
