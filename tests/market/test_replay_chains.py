"""`replay:DIR` with real chains: real at their closes, moved on in the session after, and never known before."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import product
from math import isnan

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allusr_sdk.market import pricing
from allusr_sdk.market.facts import Facts
from allusr_sdk.market.files import FileMarket
from allusr_sdk.market.modelled import Origin, heard, modelled, origin_of
from allusr_sdk.market.sources import open_market
from allusr_sdk.model.calendar import xnys
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.testing import check_market
from tests.market.real_chains import RATE, closes, rows, smile, write
from tests.market.replay_bars import csv, lean, vix, walk
from tests.market.replays import PLUGIN, shown

BEFORE, DAY, AFTER = date(2009, 9, 9), date(2009, 9, 10), date(2009, 9, 11)
BARS = walk(1)
CLOSES = closes(BARS, date(2009, 9, 1), date(2009, 9, 18))


def steps(folder, first=DAY, last=DAY, **options):
    source = open_market(f"replay:{folder}", seed=3, **options)
    return list(source.steps(first, last)), source


def at(walked, clock, day=DAY, symbol="SPY"):
    """The snapshot of a symbol at a clock time."""
    return next(s.view.snapshots[symbol] for s in walked
                if (s.view.session.day, s.view.clock.time()) == (day, clock))  # fmt: skip


def told(source, symbol="SPY"):
    return [notice.why for notice in source.notices if notice.symbol == symbol]


@pytest.fixture
def folder(tmp_path):
    return csv(tmp_path / "bars", SPY=BARS)


@pytest.fixture
def chains(folder):
    write(folder / "chains", [rows(day, spot) for day, spot in CLOSES.items()])
    return folder


def test_a_close_shows_the_chain_of_the_day_as_it_is_and_nothing_else(chains):
    walked, _ = steps(chains)
    real = rows(DAY, CLOSES[DAY])
    for clock in (time(16), time(16, 15)):
        chain = at(walked, clock).chain
        assert chain.spot == CLOSES[DAY]
        assert (chain.bid.tolist(), chain.ask.tolist(), chain.volume.tolist()) == (
            real["bid"], real["ask"], real["volume"],
        )  # fmt: skip


def test_what_was_listed_for_a_saturday_expires_in_the_session_before_it(chains):
    assert "2009-09-19" in rows(DAY, CLOSES[DAY])["expiration"]
    walked, _ = steps(chains)
    for clock in (time(12), time(16)):
        expiries = at(walked, clock).chain.expiries
        assert date(2009, 9, 18) in expiries
        assert all(expiry.weekday() < 5 for expiry in expiries)


def test_before_a_close_the_chain_is_the_one_of_the_day_before_and_todays_volumes_are_unknown(chains):
    walked, _ = steps(chains)
    snapshot, before = at(walked, time(12)), rows(BEFORE, CLOSES[BEFORE])
    assert snapshot.chain.strike.tolist() == before["strike"]
    assert snapshot.chain.open_interest.tolist() == before["open_interest"]
    row = snapshot.chain.quote(int(np.argmin(np.abs(snapshot.chain.strike - snapshot.last))))
    assert isnan(row.volume)
    volumes = snapshot.volumes(row.contract)
    assert isnan(volumes[-1])
    assert volumes[-2] == before["volume"][snapshot.chain.strike.tolist().index(float(row.contract.strike))]


def test_quotes_keep_the_real_smile_while_nothing_but_the_price_moves(tmp_path):
    folder = csv(tmp_path / "bars", SPY=BARS, VIX=[(row[0], *(25.0,) * 4, 0) for row in vix()])
    write(folder / "chains", [rows(BEFORE, CLOSES[BEFORE])])
    snapshot = at(steps(folder)[0], time(9, 30))
    expiry = next(e for e in snapshot.chain.expiries if e > date(2009, 9, 25))
    chain = snapshot.chain.side(expiry, Right.PUT)
    chain = chain.where(chain.strike < 0.97 * snapshot.last)
    own, _ = pricing.implied(chain, xnys(), rate=RATE)
    assert len(own) > 20
    assert np.nanmax(np.abs(own / smile(chain.strike, CLOSES[BEFORE], 0.5) - 1)) < 0.08


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(level=st.floats(0.1, 1.5), gone=st.booleans())
def test_no_chain_of_today_or_later_changes_anything_before_todays_close(chains, tmp_path_factory, level, gone):
    other = csv(tmp_path_factory.mktemp("other") / "bars", SPY=BARS)
    later = {} if gone else {day: spot for day, spot in CLOSES.items() if day >= DAY}
    kept = [rows(day, spot) for day, spot in CLOSES.items() if day < DAY]
    write(other / "chains", [*kept, *(rows(day, spot, level=level) for day, spot in later.items())])
    one, two = shown(steps(chains)[0][:78]), shown(steps(other)[0][:78])
    assert repr(one) == repr(two)


def test_a_day_after_one_without_a_chain_is_modelled_until_its_close(folder):
    write(folder / "chains", [rows(day, spot) for day, spot in CLOSES.items() if day != DAY])
    walked, source = steps(folder, DAY, date(2009, 9, 14))
    assert len(at(walked, time(12), AFTER).chain.roots) == 1
    assert len(at(walked, time(12), AFTER).chain) != len(at(walked, time(16), AFTER).chain)
    said = [heard(why) for why in told(source) if heard(why)]
    assert said == [
        (Origin.MIXED, False), (Origin.MIXED, True), (Origin.MODELLED, False), (Origin.REAL, True),
        (Origin.MIXED, False),
    ]  # fmt: skip
    assert told(source)[-1] == "options of 3 session days: 1 from real quotes to real quotes, 2 in part, 0 MODELLED"


def test_what_is_held_goes_on_being_quoted_where_the_other_listing_does_not_have_it(folder):
    write(folder / "chains", [rows(BEFORE, CLOSES[BEFORE])])
    walked, _ = steps(folder, DAY, AFTER)
    real = at(walked, time(12)).chain.quote(5).contract
    assert at(walked, time(12), AFTER).chain.find(real) is None
    assert at(walked, time(12), AFTER).quotes([real])[0].ask > 0
    modelled_only = Contract("SPY", date(2009, 9, 14), Right.PUT, Decimal(round(CLOSES[BEFORE])))
    assert at(walked, time(12)).chain.find(modelled_only) is None
    assert at(walked, time(12)).quotes([modelled_only])[0].sound


def test_other_symbols_are_modelled_and_every_heading_says_which_is_which(chains):
    csv(chains, AAPL=walk(2, start=150))
    walked, source = steps(chains, BEFORE, DAY)
    alone, _ = steps(csv(chains.parent / "alone", AAPL=walk(2, start=150)), BEFORE, DAY)
    assert shown([*alone])[0][2:] == next(row[2:] for row in shown(walked) if row[1] == "AAPL")
    assert told(source, "AAPL")[-1] == (
        "options of 2 session days: 0 from real quotes to real quotes, 0 in part, 2 MODELLED"
    )
    assert modelled(source.description).startswith("MODELLED OPTIONS beside real ones: real at closes")
    assert "SPY on 13 of 13 sessions 2009-09-01 to 2009-09-18, AAPL on none;" in modelled(source.description)
    assert origin_of(source.description) is Origin.MIXED


def test_a_file_of_several_symbols_is_said_by_symbol(folder):
    csv(folder, AAPL=walk(2, start=150))
    write(
        folder / "chains", [rows(BEFORE, CLOSES[BEFORE]), rows(AFTER, 150.0, symbol="AAPL"), rows(AFTER, CLOSES[AFTER])]
    )
    said = modelled(open_market(f"replay:{folder}", seed=3).description)
    assert "SPY on 2 of 3 sessions 2009-09-09 to 2009-09-11" in said
    assert "AAPL on 1 of 1 sessions 2009-09-11 to 2009-09-11" in said


def test_chains_may_lie_beside_the_bars_of_another_folder(folder, tmp_path):
    beside = tmp_path / "beside"
    write(beside / "chains", [rows(DAY, CLOSES[DAY])])
    (beside / "VIX.csv").write_text((folder / "VIX.csv").read_text())
    walked, _ = steps(folder, daily=beside)
    assert len(at(walked, time(16)).chain) == len(rows(DAY, CLOSES[DAY])["strike"])


def test_a_chain_in_other_dollars_is_refused_and_the_day_after_modelled(folder):
    write(folder / "chains", [rows(BEFORE, 2 * CLOSES[BEFORE])])
    _, source = steps(folder, BEFORE, DAY)
    assert any("is not used: its quotes imply a price 100% from" in why for why in told(source))
    assert [heard(why) for why in told(source) if heard(why)] == [(Origin.MODELLED, False), (Origin.MODELLED, True)]


def test_a_chain_of_calls_alone_implies_no_price_and_is_refused(folder):
    made = rows(BEFORE, CLOSES[BEFORE])
    calls = [row for row, right in enumerate(made["type"]) if right == "call"]
    write(folder / "chains", [{name: [column[row] for row in calls] for name, column in made.items()}])
    walked, source = steps(folder, BEFORE, BEFORE)
    assert any("is not used: no put and call of one strike are both quoted" in why for why in told(source))
    assert at(walked, time(16), BEFORE).chain.put.any()


def test_an_expiry_with_too_few_quotes_has_none_on_the_next_day(folder):
    made = rows(BEFORE, CLOSES[BEFORE])
    last = max(made["expiration"])
    made["bid"] = [0.0 if expiry == last else bid for expiry, bid in zip(made["expiration"], made["bid"], strict=True)]
    write(folder / "chains", [made])
    chain = at(steps(folder)[0], time(9, 30)).chain
    unknown = chain.expiry == chain.expiry.max()
    assert np.isnan(chain.bid[unknown]).all()
    assert np.isfinite(chain.bid[~unknown]).all()


@pytest.mark.parametrize(
    ("bid", "ask", "known"), [(None, 1.0, False), (1.5, 1.4, False), (1.5, None, False), (0.0, 0.05, True)]
)
def test_a_missing_or_crossed_quote_is_unknown_on_the_next_day_and_a_zero_bid_stays_one(folder, bid, ask, known):
    made = rows(BEFORE, CLOSES[BEFORE])
    made["bid"][0], made["ask"][0] = bid, ask
    write(folder / "chains", [made])
    walked, _ = steps(folder, BEFORE, DAY)
    first = at(walked, time(16), BEFORE).chain.quote(0)
    later = at(walked, time(9, 30)).chain.quote(0)
    assert (first.bid, first.ask) == (bid, ask) if known else not first.sound
    assert (later.bid == 0 and later.ask > 0) if known else (isnan(later.bid) and isnan(later.ask))
    assert repr(at(walked, time(9, 30)).quotes([later.contract])[0].ask) == repr(later.ask)


def test_a_contract_that_is_there_twice_is_left_out(folder):
    made = rows(BEFORE, CLOSES[BEFORE])
    again = {name: [*column, column[7]] for name, column in made.items()}
    write(folder / "chains", [again])
    walked, source = steps(folder, BEFORE, DAY)
    chain = at(walked, time(16), BEFORE).chain
    assert len(chain) == len(made["strike"]) - 1
    assert any("2 rows name a contract that another row names too" in why for why in told(source))


def test_a_split_restates_what_was_quoted_the_day_before(tmp_path):
    halved = [(d, *(p if d < DAY else round(p / 2, 2) for p in prices), v) for d, *prices, v in BARS]
    factors = ["20090909,1,0.5,0", "20501231,1,1,0"]
    folder = lean(tmp_path / "data", spy=halved, factors={"spy": factors})
    write(folder / "chains", [rows(BEFORE, CLOSES[BEFORE])])
    walked, _ = steps(folder, BEFORE, DAY, symbols=("SPY",))
    old, new = at(walked, time(16), BEFORE).chain, at(walked, time(9, 30)).chain
    assert new.strike.tolist() == (old.strike / 2).tolist()
    assert new.open_interest.tolist() == (old.open_interest * 2).tolist()
    near = int(np.argmin(np.abs(new.strike - at(walked, time(9, 30)).last)))
    assert 0.3 * old.bid[near] < new.bid[near] < 0.7 * old.bid[near]


def test_after_an_adjustment_the_old_chain_is_not_used(tmp_path):
    odd = [(d, *(p if d < DAY else round(p / 1.5, 2) for p in prices), v) for d, *prices, v in BARS]
    factors = [f"20090909,1,{1 / 1.5:.6f},0", "20501231,1,1,0"]
    folder = lean(tmp_path / "data", spy=odd, factors={"spy": factors})
    write(folder / "chains", [rows(BEFORE, CLOSES[BEFORE])])
    walked, source = steps(folder, BEFORE, DAY, symbols=("SPY",))
    assert [heard(why) for why in told(source) if heard(why)] == [
        (Origin.MODELLED, False), (Origin.REAL, True), (Origin.MODELLED, True),
    ]  # fmt: skip
    assert len(at(walked, time(9, 30)).chain) != len(rows(BEFORE, CLOSES[BEFORE])["strike"])


def test_a_chain_of_an_instant_within_the_day_is_moved_on_from_then(folder):
    ten = datetime(2009, 9, 10, 14, 7, tzinfo=UTC)  # 10:07 in New York
    made = rows(DAY, CLOSES[BEFORE], level=1.0)
    renamed = {"expiry": "expiration", "right": "type"}
    table = {name: made[renamed.get(name, name)] for name in
             ("symbol", "expiry", "right", "strike", "bid", "ask", "volume", "open_interest")}  # fmt: skip
    count = len(made["strike"])
    (folder / "chains").mkdir()
    at_ten = {"quote_time": pa.array([ten] * count, pa.timestamp("us", tz="UTC")), "spot": [CLOSES[BEFORE]] * count}
    pq.write_table(pa.table(table | at_ten), folder / "chains/ten.parquet")
    walked, source = steps(folder)
    assert len(at(walked, time(10, 5)).chain) != count
    assert at(walked, time(10, 10)).chain.strike.tolist() == made["strike"]
    assert any("from 2009-09-10 10:07 on: moved on" in why for why in told(source))


def test_the_days_of_a_file_that_is_named_by_its_symbol_are_its_symbols(tmp_path):
    noon = [int(datetime(2009, 9, day, 20, tzinfo=UTC).timestamp()) for day in (9, 10)]
    sides = {f"{side}_{name}": [1.0, 1.0] for side in "cp" for name in ("bid", "ask", "volume", "delta")}
    optionsdx = {"quote_unixtime": noon, "expire_date": ["2009-10-16"] * 2, "strike": [95.0] * 2}
    pq.write_table(pa.table(optionsdx | {"underlying_last": [95.0] * 2} | sides), tmp_path / "spy_eod_200909.parquet")
    assert FileMarket(tmp_path, Facts()).seen() == {"SPY": (BEFORE, DAY)}


def test_files_of_the_sets_own_prices_of_the_funds_are_passed_over(chains):
    pq.write_table(pa.table({"date": ["2009-09-10"], "close": [1.0]}), chains / "chains/underlying_prices.parquet")
    assert len(at(steps(chains)[0], time(16)).chain) == len(rows(DAY, CLOSES[DAY])["strike"])


def test_real_quotes_of_the_morning_foretell_those_after_noon_better_than_the_model(data_dir, tmp_path):
    bare, folder = tmp_path / "bare", tmp_path / "bars"
    bare.mkdir()
    (folder / "chains").mkdir(parents=True)
    for place, name in product((bare, folder), ("NVDA_2025_2026.csv", "VIX.csv")):
        (place / name).symlink_to(data_dir / "daily" / name)
    for path in sorted((data_dir / "chains_2026_02").glob("NVDA*")):
        (folder / "chains" / path.name).symlink_to(path)
    day, noon = date(2026, 2, 12), time(12, 55)  # real readings at 10:09 and 12:58
    alone = at(steps(bare, day, day)[0], noon, day, "NVDA")
    walked, source = steps(folder, day, day)
    real = next(s.view.snapshots["NVDA"] for s in open_market(f"chains:{folder / 'chains'}").steps(day, day)
                if s.view.clock.hour == 12)  # fmt: skip
    wanted = volatilities(real)
    errors = [np.median([abs(found[c] / wanted[c] - 1) for c in found.keys() & wanted.keys()])
              for found in (volatilities(at(walked, noon, day, "NVDA")), volatilities(alone))]  # fmt: skip
    assert [f"{error:.2f}" for error in errors] == ["0.03", "0.12"], "as docs/how-to/replay-market.md says"
    assert not any("is not used" in why for why in told(source, "NVDA"))


def volatilities(snapshot):
    """Own volatilities of puts near the money within five weeks, by expiry and strike."""
    chain = snapshot.chain
    days = (chain.expiry - np.datetime64(chain.at.date(), "D")).astype(int)
    chain = chain.where(chain.put & (abs(chain.strike / chain.spot - 1) < 0.1) & (days > 0) & (days < 36))
    own, _ = pricing.implied(chain, xnys(), rate=RATE)
    rows = zip(chain.expiry.tolist(), chain.strike.tolist(), own.tolist(), strict=True)
    return {(expiry, strike): found for expiry, strike, found in rows if found == found}


@pytest.mark.long
def test_the_checks_of_every_market_pass_over_real_chains_with_a_hole(folder, tmp_path):
    early = closes(BARS, date(2009, 2, 2), date(2009, 2, 20))
    write(folder / "chains", [rows(day, spot) for day, spot in early.items() if day.day not in (10, 11)])
    plugin = tmp_path / "replays.py"
    plugin.write_text(PLUGIN)
    report = check_market(str(plugin), {"path": str(folder)})
    assert not report.failed, str(report)
