"""Chain files of each vendor, with its quirks."""

import gzip
import math
from datetime import UTC, date, datetime

import pytest

from allusr_sdk.market.table import Wanted
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import Grain
from tests.market.written import THU, YAHOO, bars, free_set, only


def test_adjusted_contracts_are_left_out_and_that_is_said(folder, market):
    yahoo(folder, ["XYZ1260213P00100000,{t},100.0,1,2,5,6,put,2026-02-13,101,REGULAR"])
    opened = market()
    assert only(opened.steps(THU, THU)) == []
    ((symbol, rule, why),) = [(n.symbol, n.rule, n.why) for n in opened.notices]
    assert (symbol, rule) == ("XYZ", "LQ-4")
    assert "root XYZ1 are adjusted" in why


def test_standard_contracts_beside_adjusted_ones_stay(folder, market):
    row = "{root}260213P00100000,{{t}},100.0,1,2,5,6,put,2026-02-13,101,REGULAR"
    yahoo(folder, [row.format(root=root) for root in ("XYZ", "XYZ1")])
    opened = market()
    (step,) = only(opened.steps(THU, THU))
    chain = step.view.fresh("XYZ").chain
    assert [chain.quote(row).contract.root for row in range(len(chain))] == ["XYZ"]
    assert [n.rule for n in opened.notices] == ["LQ-4"]
    assert market().notices == ()


def yahoo(folder, rows, name="xyz_options.csv.gz"):
    text = YAHOO + "".join(row.format(t="2026-02-12 15:09:25+00:00") + ",-1\n" for row in rows)
    (folder / name).write_bytes(gzip.compress(text.encode()))


def test_yfinance_takes_its_instant_from_the_newest_trade(folder, market):
    yahoo(
        folder,
        [
            "XYZ260213P00100000,2026-01-29 15:22:33+00:00,100.0,1,2,50,6,put,2026-02-13,101,REGULAR",
            "XYZ260213C00100000,{t},100.0,1,2,,6,call,2026-02-13,101,REGULAR",
            "XYZ260213C00105000,{t},105.0,1,2,7,6,call,2026-02-13,101,MINI",
        ],
    )
    (step,) = only(market().steps(THU, THU))
    assert step.view.at == datetime(2026, 2, 12, 15, 9, 25, tzinfo=UTC)
    chain = step.view.fresh("XYZ").chain
    assert chain.put.tolist() == [True, False]
    # A row's volume is that of its last trade's day: a put that last traded in January has none today.
    assert chain.volume[0] == 0
    assert math.isnan(chain.volume[1])


CBOE = (
    "underlying,underlying_last,exchange,optionroot,type,expiration,quotedate,strike,bid,ask,"
    "volume,openinterest,delta\n"
)


def test_cboe_has_two_roots_of_one_underlying_at_the_close(folder, market):
    (folder / "spx.csv").write_text(
        CBOE
        + "SPX,2926.06,CBOE,SPXW190426P02900000,put,04/26/2019,04/25/2019,2900.0,1.1,1.3,0,0,-0.2\n"
        + "SPX,2926.06,CBOE,SPX190517P02900000,put,05/17/2019,04/25/2019,2900.0,9.1,9.3,0,0,0.0\n"
    )
    opened, closed = market().steps(date(2019, 4, 25), date(2019, 4, 25))
    chain = opened.view.fresh("SPX").chain
    assert opened.view.clock.time().isoformat() == "16:00:00"
    assert opened.view.grain is Grain.EOD
    assert {chain.quote(row).contract.root for row in range(2)} == {"SPX", "SPXW"}
    assert (chain.delta[0], math.isnan(chain.delta[1])) == (-0.2, True)
    assert str(closed.settlements[0].price) == "2926.06"


def test_optionsdx_holds_a_call_and_a_put_in_each_row(folder, market):
    (folder / "spy_eod_202301.txt").write_text(
        "[QUOTE_UNIXTIME], [QUOTE_DATE], [UNDERLYING_LAST], [EXPIRE_DATE], [C_DELTA], [C_VOLUME], [C_BID], [C_ASK],"
        " [STRIKE], [P_BID], [P_ASK], [P_DELTA], [P_VOLUME]\n"
        "1672779600, 2023-01-03, 380.82, 2023-01-06, 0.55, 120, 4.1, 4.2, 380.0, 3.1, 3.2, -0.45, \n"
    )
    (step,) = only(market().steps(date(2023, 1, 3), date(2023, 1, 3)))
    chain = step.view.fresh("SPY").chain
    rows = {quote.contract.right: quote for quote in map(chain.quote, range(2))}
    assert (rows[Right.CALL].bid, rows[Right.CALL].delta, rows[Right.CALL].volume) == (4.1, 0.55, 120)
    assert (rows[Right.PUT].ask, rows[Right.PUT].delta) == (3.2, -0.45)
    assert math.isnan(rows[Right.PUT].volume)
    assert math.isnan(rows[Right.PUT].open_interest)


@pytest.mark.parametrize("text_days", [False, True])
@pytest.mark.parametrize("group", [1, 3, 1000])
def test_the_free_parquet_set_is_streamed_day_by_day(folder, market, group, text_days):
    days = [date(2026, 2, 10), date(2026, 2, 11), THU]
    free_set(folder / "xyz.parquet", days, group=group, text_days=text_days)
    steps = only(market().steps(days[0], THU))
    assert [step.view.session.day for step in steps] == days
    assert [len(step.view.fresh("XYZ").chain) for step in steps] == [4, 4, 4]
    contract = Contract("XYZ", date(2026, 2, 20), Right.PUT, "100")
    assert list(steps[-1].view.fresh("XYZ").volumes(contract)) == [1, 2, 3]


@pytest.mark.parametrize("text_days", [False, True])
def test_a_streamed_expiry_on_a_saturday_is_within_reach_from_its_friday_on(folder, market, text_days):
    days = [date(2012, 2, 8), date(2012, 2, 9), date(2012, 2, 17)]
    free_set(folder / "xyz.parquet", days, expiry=date(2012, 2, 18), text_days=text_days)
    steps = only(market(wanted=Wanted(dte_max=8)).steps(days[0], days[-1]))
    assert {step.view.session.day: len(step.view.fresh("XYZ").chain) for step in steps} == {days[1]: 4, days[2]: 4}


def test_parquet_rows_out_of_order_are_read_all_the_same(folder, market):
    days = [THU, date(2026, 2, 10), date(2026, 2, 11)]
    free_set(folder / "xyz.parquet", days)
    steps = only(market().steps(date(2026, 2, 10), THU))
    assert [step.view.session.day for step in steps] == sorted(days)
    assert all(len(step.view.fresh("XYZ").chain) == 4 for step in steps)


def test_without_a_spot_of_its_own_a_chain_takes_the_daily_close(folder, market, tmp_path):
    free_set(folder / "xyz.parquet", [THU])
    known, unknown = market(facts=bars(101.25, tmp_path)), market()
    assert only(known.steps(THU, THU))[0].view.fresh("XYZ").chain.spot == 101.25
    assert math.isnan(only(unknown.steps(THU, THU))[0].view.fresh("XYZ").spot)
    assert unknown.notices[0].rule == "RULE-0"


def test_years_of_parquet_files_are_one_history(folder, market):
    free_set(folder / "xyz_1.parquet", [date(2026, 2, 10), date(2026, 2, 11)])
    free_set(folder / "xyz_2.parquet", [THU])
    steps = only(market().steps(date(2026, 2, 10), THU))
    assert [len(step.view.fresh("XYZ").chain) for step in steps] == [4, 4, 4]
