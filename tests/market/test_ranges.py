"""Years whose highs and lows nobody can have traded at are told before a replay begins."""

from allusr_sdk.market.sources import open_market
from tests.market.replay_bars import csv, walk


def notices(folder, rows):
    market = open_market(f"replay:{csv(folder, SPY=rows)}", symbols=("SPY",))
    return [notice for notice in market.notices if notice.rule == "PE-1"]


def test_a_year_of_bad_prints_is_noticed_with_how_far_it_is_from_a_market(tmp_path):
    rows = [(day, opened, high * 1.02, low / 1.02, close, traded) for day, opened, high, low, close, traded in walk()]
    (found,) = notices(tmp_path / "bars", rows)
    assert found.symbol == "SPY"
    assert found.why.startswith("true ranges of 2009 are 3.")
    assert "ATR from them is too wide" in found.why


def test_sound_bars_are_not(tmp_path):
    assert notices(tmp_path / "bars", walk()) == []
