"""Market specifications."""

import pytest

from allusr_sdk.errors import DataError, InputError
from allusr_sdk.market.files import FileMarket
from allusr_sdk.market.sources import open_market


def test_an_unknown_kind_names_the_known_ones():
    with pytest.raises(InputError, match="'tape:x' is none of chains:DIR, lean:DIR, replay:DIR, synthetic"):
        open_market("tape:x")


@pytest.mark.parametrize("spec", ["chains", "chains:", "lean", "replay", "synthetic:somewhere"])
def test_a_missing_or_needless_folder_is_said(spec):
    with pytest.raises(InputError, match="is not of the form"):
        open_market(spec)


def test_chains_are_opened_with_their_surroundings(canonical, folder, tmp_path):
    canonical({})
    daily = tmp_path / "daily"
    daily.mkdir()
    (daily / "XYZ.csv").write_text("Date,Open,High,Low,Close\n2026-02-11,5,8,4,7\n")
    earnings = tmp_path / "earnings.csv"
    earnings.write_text("symbol,date,session,confirmed,as_of\n")
    market = open_market(f"chains:{folder}", daily=daily, earnings=earnings, symbols=("xyz",), rate=0.03)
    assert isinstance(market, FileMarket)
    assert [word for word in market.description.split() if ":" not in word] == ["chains", "daily", "earnings"]
    assert str(tmp_path) not in market.description
    step = next(iter(market.steps(*[market.sessions[0]] * 2)))
    assert step.view.rate == 0.03
    assert step.view.bars.on("XYZ", market.sessions[0].replace(day=11)).close == 7


@pytest.mark.parametrize("spec", ["chains:absent", "lean:absent", "replay:absent"])
def test_a_missing_folder_is_one_line(spec, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match="absent"):
        open_market(spec)


def test_a_made_up_market_takes_seed_and_symbols():
    market = open_market("synthetic", seed=3, symbols=("SPY",))
    assert "3" in market.description
    assert "SPY" in market.description
