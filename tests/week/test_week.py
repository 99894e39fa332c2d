"""The real week of 2026-02-11: three underlyings at four instants, by the numbers of the files themselves."""

import math
from decimal import Decimal
from statistics import NormalDist

import pytest

from allusr_sdk.model.options import Contract

D = Decimal
AAPL, SPY = "AAPL  260213P00270000", "SPY   260213P00690000"
ABSENT = {"MSFT", "AMZN", "GOOG", "GOOGL", "QQQ", "IWM", "TSLA", "META"}
BUYER = f"gen_acc:{AAPL}"


def skips(journal, ledger, day):
    """(rules, why) of everything that a ledger did not do on a day."""
    found = journal.timed("Decided", ledger=ledger, subject="")
    told = {(e.symbol, e.rule, e.why) for at, e in found if at.startswith(day) and e.verdict in ("skip", "refuse")}
    return {row for row in told if row[0] not in ABSENT}


# --- Thursday 10:09: two puts --------------------------------------------------------------------------------------


def test_gen_acc_sells_three_aapl_puts_and_one_spy_put_on_thursday_morning_and_nobody_sells_anything_else(week):
    sold = [(at, e.ledger, e.instrument, e.quantity) for at, e in week.timed("Filled")]
    assert sold == [("Thu 10:09", "gen_acc", AAPL, -3), ("Thu 10:10", "gen_acc", SPY, -1)]
    assert [at for at, _ in week.timed("IntentRecorded")] == ["Thu 10:09", "Thu 10:10"]


@pytest.mark.parametrize(
    ("osi", "symbol", "delta", "price"), [(AAPL, "AAPL", 0.401, "1.69"), (SPY, "SPY", 0.417, "1.94")]
)
def test_it_fills_at_the_real_quote(week, raw, osi, symbol, delta, price):
    row = raw(symbol, 2)[osi.replace(" ", "")]
    (fill,) = week.told("Filled", instrument=osi)
    assert fill.price == D(price)
    assert float(row["bid"]) <= fill.price <= float(row["ask"])
    assert fill.touch == D(row["bid"]).quantize(D("0.01"))
    (intent,) = week.told("IntentRecorded", symbol=symbol)
    assert intent.mid == (D(row["bid"]) + D(row["ask"])) / 2
    assert abs(intent.numbers["delta"]) == pytest.approx(delta, abs=0.001)
    assert (intent.numbers["open_interest"], intent.numbers["volume"]) == (
        float(row["openInterest"]), float(row["volume"]),
    )  # fmt: skip


def test_the_aapl_put_is_the_one_of_the_story(week):
    (intent,) = week.told("IntentRecorded", symbol="AAPL")
    assert (intent.numbers["open_interest"], intent.numbers["volume"]) == (6347, 26882)
    assert intent.numbers["spread"] == pytest.approx(0.006, abs=0.0005)
    assert (intent.mid, intent.limit) == (D("1.695"), D("1.70"))
    changes = [(e.status, e.price) for e in week.told("OrderChanged", symbol="AAPL")]
    assert changes == [("accepted", D("1.70")), ("repriced", D("1.69"))]
    (fill,) = week.told("Filled", symbol="AAPL")
    assert fill.fee == D("2.10")


def test_sizes_are_those_of_cad_10(week):
    """D = 400,000; target 0.95 D over the eligible symbols; cap a quarter of D a symbol; the rest of the budget."""
    aapl, spy = (week.told("IntentRecorded", symbol=s)[0] for s in ("AAPL", "SPY"))
    cap, budget = D("100000"), D("380000")
    assert aapl.reserve == 81000
    assert int(cap / (27000 + D("0.70"))) == 3
    assert D(aapl.numbers["left"]) == budget - 81000
    assert (aapl.numbers["eligible"], spy.numbers["eligible"]) == (1, 2)
    assert int(min(cap, budget / 2, budget - 81000) / (69000 + D("0.70"))) == 1
    assert spy.reserve == 69000
    assert "symbol cap 100,000 / 27,000 = 3" in aapl.why
    for intent in (aapl, spy):
        assert set(intent.rule.split()) == {"CAD-4", "CAD-8", "CAD-10"}


def test_nothing_is_sold_that_breaks_a_rule_recomputed_from_the_raw_files(week, raw):
    cash, tied = D("400000"), D(0)
    for intent in week.told("IntentRecorded"):
        (osi, quantity), contract = intent.legs[0], Contract.parse(intent.legs[0][0])
        row = raw(intent.symbol, 2)[osi.replace(" ", "")]
        bid, ask, volume, spot = (float(row[n]) for n in ("bid", "ask", "volume", "underlyingPrice"))
        assert float(row["openInterest"]) >= 500
        assert volume >= 100
        assert (ask - bid) / ((ask + bid) / 2) <= 0.05
        before = [raw(intent.symbol, 1)[osi.replace(" ", "")]["volume"] or "nan"]
        daily = [v for v in (*map(float, before), volume) if v == v]
        assert -quantity <= 0.10 * sum(daily) / len(daily)
        delta = own_delta((bid + ask) / 2, spot, float(contract.strike), row["lastTradeDate"], contract)
        assert 0.40 <= delta <= 0.45
        assert -quantity * 100 * delta <= 1000
        tied += contract.notional * -quantity
        assert contract.notional * -quantity <= D("0.25") * cash
        assert tied <= D("0.95") * cash


def own_delta(mid, spot, strike, traded, contract):
    """Absolute put delta of the mid's volatility, by bisection over Black-Scholes (r 4 %, q 0)."""
    years = ((16 * 60 - (10 * 60 + 9.5)) * 60 + 86400) / 31_536_000
    normal = NormalDist().cdf

    def worth(sigma):
        d1 = (math.log(spot / strike) + (0.04 + sigma**2 / 2) * years) / (sigma * math.sqrt(years))
        d2 = d1 - sigma * math.sqrt(years)
        return strike * math.exp(-0.04 * years) * normal(-d2) - spot * normal(-d1), normal(-d1)

    low, high = 0.01, 3.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (low, middle) if worth(middle)[0] > mid else (middle, high)
    return worth((low + high) / 2)[1]


def test_the_books_hold_the_premium_less_fees_and_reserve_the_strikes(week):
    book = week.book.ledgers["gen_acc"]
    assert book.cash == D("400000") + D("507.00") - D("2.10") + D("194.00") - D("0.70")
    assert (book.premium, book.realised, book.reserved) == (D("701.00"), 0, D("150000"))
    assert {n: b.cash for n, b in week.book.ledgers.items() if n != "gen_acc"} == {"rev_acc": 300000, "com_acc": 300000}


# --- nobody else ---------------------------------------------------------------------------------------------------


def test_rev_acc_opens_nothing_and_says_why_on_each_day(week):
    (wednesday,), (thursday, *later), (friday,) = (sorted(skips(week, "rev_acc", d)) for d in ("Wed", "Thu", "Fri"))
    assert wednesday[:2] == ("NVDA", "CAD-5 CAD-7")
    assert "its last, 2026-02-13, is 2 off" in wednesday[2]
    assert "outside the entry window 09:45-10:55" in wednesday[2]
    assert thursday[:2] == ("NVDA", "CAD-5")
    assert "Thursday is no entry session" in thursday[2]
    assert all("Thursday is no entry session" in why for _, _, why in later)
    assert friday[1] == "CAD-5"
    assert "Friday is no entry session" in friday[2]


def test_com_acc_opens_nothing_because_the_weeks_first_session_is_not_in_the_data(week):
    for day, symbols in (("Wed", {"AAPL", "NVDA"}), ("Thu", {"AAPL", "NVDA"}), ("Fri", {"AAPL", "NVDA"})):
        found = skips(week, "com_acc", day)
        assert {symbol for symbol, _, _ in found} == symbols
        assert all("CAD-6" in rule.split() and "2026-02-09" in why for _, rule, why in found)


def test_gen_acc_opens_nothing_on_wednesday(week):
    found = skips(week, "gen_acc", "Wed")
    assert {s for s, _, _ in found} == {"AAPL", "SPY"}
    assert all(rule == "CAD-4 CAD-7" and "2 sessions before the week's last" in why for _, rule, why in found)


def test_friday_morning_opens_nothing_because_both_symbols_are_in_short_put(week):
    assert skips(week, "gen_acc", "Fri") == {
        (s, "CAD-9", f"{s} is in SHORT_PUT: nothing new until it ends") for s in ("AAPL", "SPY")
    }


def test_every_symbol_of_every_sleeve_has_a_reason_and_those_without_data_too(week):
    """RULE-3: what is said stands until another decision replaces it."""
    universe = {
        "gen_acc": {"AAPL", "MSFT", "AMZN", "GOOG", "SPY", "QQQ", "IWM"},
        "rev_acc": {"NVDA", "TSLA"},
        "com_acc": {"AAPL", "MSFT", "AMZN", "GOOGL", "NVDA", "TSLA", "META"},
    }
    for ledger, wanted in universe.items():
        decisions = week.told("Decided", ledger=ledger, subject="")
        assert {e.symbol for e in decisions} == wanted
        absent = [e for e in decisions if e.symbol in ABSENT]
        assert all(e.rule == "RULE-0" and e.why.startswith("no data for it") for e in absent)


# --- the protocol --------------------------------------------------------------------------------------------------


def test_aapl_reaches_level_one_at_1258_at_1_404_atr(week):
    ((at, change),) = week.timed("LevelChanged")
    assert (at, change.position, change.before, change.after) == ("Thu 12:58", BUYER, 0, 1)
    assert change.m == pytest.approx(1.404, abs=0.0005)
    assert change.numbers["spot"] == pytest.approx(262.15)
    assert change.numbers["atr"] == pytest.approx(5.59, abs=0.005)
    assert change.numbers["atr_how"].startswith("2% of 279.51") or change.numbers["atr_how"].startswith("2 % of 279.51")
    assert (270 - change.numbers["spot"]) / change.numbers["atr"] == pytest.approx(change.m, abs=1e-4)


def test_the_roll_ladder_is_prepared_and_journaled_and_none_is_sent(week, raw):
    rungs = [(e.rung, e) for at, e in week.timed("RollPrepared") if at == "Thu 12:58"]
    assert [name for name, _ in rungs[:3]] == ["A", "B", "C"]
    a, b, c = (e for _, e in rungs[:3])
    assert (a.instrument, a.taken, a.debit, a.rule) == ("AAPL  260220P00260000", False, D("4.25"), "PE-8")
    assert "0.845" in a.why
    assert (b.instrument, b.taken, b.rule) == ("AAPL  260227P00262500", False, "LQ-1")
    assert "open interest 115 < 500" in b.why
    assert (c.instrument, c.taken, c.debit) == ("AAPL  260220P00270000", True, D("-1.25"))
    rows = raw("AAPL", 3)

    def mid(osi):
        row = rows[osi.replace(" ", "")]
        return (D(row["bid"]) + D(row["ask"])) / 2

    assert mid(AAPL) == D("8.05")
    assert [mid(AAPL) - mid(e.instrument) for e in (a, c)] == [a.debit, c.debit]
    assert rows[b.instrument.replace(" ", "")]["openInterest"] == "115"
    assert not [e for e in week.told("IntentRecorded") if e.action != "sell"]


def test_friday_stays_at_level_one_after_2_007_atr_seen_once(week):
    ((_, seen),) = [(at, e) for at, e in week.timed("Watched", position=BUYER) if at.startswith("Fri")]
    assert seen.m == pytest.approx(2.007, abs=0.0005)
    assert (seen.watch.level, seen.watch.rising) == (1, 2)
    holds = [e for at, e in week.timed("Decided", subject=BUYER) if at.startswith("Fri")]
    assert any("level 2 seen once" in e.why for e in holds)
    assert week.book.ledgers["gen_acc"].positions[BUYER].watch.level == 1
    assert not week.told("Frozen")


# --- the end -------------------------------------------------------------------------------------------------------


def test_what_has_no_settlement_price_is_reported_and_not_invented(week):
    unsettled = [(e.instrument, e.quantity, e.reserved) for e in week.told("Unsettled")]
    assert unsettled == [(AAPL, -3, D("81000.00")), (SPY, -1, D("69000.00"))]
    assert all(e.rule == "RULE-0" and "--daily" in e.why for e in week.told("Unsettled"))
    assert not [e for kind in ("Assigned", "Expired", "Exercised") for e in week.told(kind)]
    assert week.book.unsettled == {BUYER, f"gen_acc:{SPY}"}
    assert sorted(p.quantity for p in week.book.positions) == [-3, -1]


def test_gaps_between_snapshots_are_journaled(week):
    gaps = [(at, e.minutes) for at, e in week.timed("DataGap", symbol="AAPL")]
    assert gaps == [("Thu 10:09", 1302), ("Thu 12:58", 169), ("Fri 10:49", 1312)]


def test_no_number_of_the_journal_is_not_a_number(week, without_earnings):
    for journal in (week, without_earnings):
        text = " ".join(e.event.payload().decode() for e in journal.entries)
        assert not any(word in text for word in ("NaN", "nan", "Infinity", "inf,"))


def test_a_settlement_that_is_given_is_booked(week_of, play, data_dir, tmp_path):
    (tmp_path / "VIX.csv").write_bytes((data_dir / "daily" / "VIX.csv").read_bytes())
    for symbol, close in (("AAPL", "255.78"), ("SPY", "691.00")):
        header, bar = "date,open,high,low,close,volume", f"2026-02-13,{close},{close},{close},{close},1000000"
        (tmp_path / f"{symbol}.csv").write_text(f"{header}\n{bar}\n")
    run = play(
        f"chains:{data_dir / 'chains_2026_02'}", "2026-02-11", "2026-02-13", daily=tmp_path,
        earnings=data_dir / "earnings.csv",
    )  # fmt: skip
    assert [(e.instrument, e.settlement) for e in run.told("Assigned")] == [(AAPL, D("255.78"))]
    assert [(e.instrument, e.settlement) for e in run.told("Expired")] == [(SPY, D("691.00"))]
    book = run.book.ledgers["gen_acc"]
    assert book.shares("AAPL") == 300
    assert book.reserved == book.pinned[SPY] == D("69000.00"), "0.14 % over its strike: UNKNOWN until morning (LQ-6)"
    assert book.positions["gen_acc:AAPL"].amount == D("81000.00") - D("507.00") + D("2.10")
    assert not run.told("Unsettled")


# --- without an earnings calendar ----------------------------------------------------------------------------------


def test_without_earnings_aapl_is_refused_by_cc_3_and_spy_is_still_sold(without_earnings):
    refused = without_earnings.timed("Decided", symbol="AAPL", ledger="gen_acc", verdict="refuse")
    at, decision = refused[0]
    assert at == "Thu 10:09"
    assert decision.rule.split()[0] == "CC-3"
    assert "no earnings calendar for it: give one with --earnings" in decision.why
    assert [(e.instrument, e.quantity) for e in without_earnings.told("Filled")] == [(SPY, -1)]


# --- another folder ------------------------------------------------------------------------------------------------


def test_a_folder_with_another_symbol_in_the_vendors_form_works_too(week_of, data_dir, tmp_path):
    for path in (data_dir / "chains_2026_02").glob("*.csv.gz"):
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "AMZN_options_2.csv").write_text(made_up_chain("AMZN", 200.0))
    run = week_of(tmp_path)
    sold = {e.instrument: e.quantity for e in run.told("Filled")}
    assert {Contract.parse(osi).root for osi in sold} == {"AAPL", "SPY", "AMZN"}
    (amzn,) = run.told("IntentRecorded", symbol="AMZN")
    assert 0.40 <= abs(amzn.numbers["delta"]) <= 0.45
    assert run.book.ledgers["gen_acc"].reserved <= D("380000")
    assert {e.symbol for e in run.told("Unsettled")} == {"AAPL", "SPY"}
    settled = [e.symbol for kind in ("Assigned", "Expired") for e in run.told(kind)]
    assert settled == ["AMZN"], "its closing price is among the daily bars"


def made_up_chain(symbol, spot):
    """Puts of one expiry as the vendor writes them: 40 % volatility, a cent of spread, strikes a dollar apart."""
    header = (
        "contractSymbol,lastTradeDate,strike,lastPrice,bid,ask,change,percentChange,volume,openInterest,"
        "impliedVolatility,inTheMoney,contractSize,currency,optionType,expirationDate,days_to_expire,"
        "time_to_expire_years,underlyingPrice,moneyness"
    )
    years, normal, rows = (86400 + 350 * 60) / 31_536_000, NormalDist().cdf, [header]
    for strike in range(190, 206):
        d1 = (math.log(spot / strike) + (0.04 + 0.08) * years) / (0.4 * math.sqrt(years))
        worth = strike * math.exp(-0.04 * years) * normal(0.4 * math.sqrt(years) - d1) - spot * normal(-d1)
        bid = max(round(worth, 2), 0.01)
        rows.append(
            f"{symbol}260213P{strike * 1000:08d},2026-02-12 15:09:5{strike % 10}+00:00,{strike},{bid},{bid},"
            f"{bid + 0.01:.2f},0,0,5000,4000,0.4,{strike > spot},REGULAR,USD,put,2026-02-13,0,0.0,{spot},1.0"
        )
    return "\n".join(rows) + "\n"
