"""Whole runs over a scripted market: what the loop makes of fills, ends, kill switches, expiries and breaks."""

from datetime import date
from decimal import Decimal
from itertools import groupby

import pytest

from allusr_sdk.errors import BreakError, InputError
from allusr_sdk.execution import venue
from allusr_sdk.execution.venue import Venue
from allusr_sdk.model.positions import Wheel
from allusr_sdk.model.views import Grain

D = Decimal
FRIDAY, MONDAY = date(2026, 2, 13), date(2026, 2, 17)
TIGHT, WIDE = (1.00, 1.01, 5000, 5000), (1.00, 1.40, 5000, 5000)
WIDE_IS_LIQUID = ("lq_1.spread=1",)


@pytest.fixture
def put(make):
    """The SPY 100 put of Friday."""
    return make.put(100, FRIDAY, root="SPY")


def told(run, kind):
    """All events of a kind."""
    return [entry.event for entry in run.entries(kind=kind)]


def verdicts(run):
    """(verdict, rule, why) of every decision."""
    return [(e.verdict, e.rule, e.why) for e in told(run, "Decided")]


# --- fills ---------------------------------------------------------------------------------------------------------


def test_an_entry_that_ends_unfilled_is_tried_again_with_half_its_size_never_under_one(play, script, put):
    market = script(Grain.GRID)
    for minute in (0, 5, 10, 15, 20):
        market.at(f"10:{minute:02d}", {put: WIDE})
    run = play(market.close(), sets=["sleeves.seller.lots=8"], what_if=WIDE_IS_LIQUID, fills="touch")
    assert [e.legs[0][1] for e in told(run, "IntentRecorded")] == [-8, -4, -2, -1, -1]
    assert [e.status for e in told(run, "OrderChanged")].count("canceled") == 5
    assert run.book.ledgers["seller"].tried["SPY"] == (date(2026, 2, 12), 1)
    assert not told(run, "Filled")


def test_the_half_counts_from_what_was_left_unfilled(play, script, put, monkeypatch):
    monkeypatch.setattr("allusr_sdk.execution.fills.DEPTH", 2)
    market = script(Grain.GRID).at("10:00", {put: TIGHT}).at("10:05", {put: TIGHT})
    run = play(market.close(), sets=["sleeves.seller.lots=7"], fills="touch")
    filled = sum(e.quantity for e in told(run, "Filled"))
    assert -7 <= filled <= -2
    assert run.book.positions[0].quantity == filled
    assert run.book.ledgers["seller"].working == {}


def test_a_fill_is_booked_with_its_premium_fee_and_reserve(play, script, put):
    run = play(script().at("10:00", {put: TIGHT}).close(), fills="touch")
    book = run.book.ledgers["seller"]
    assert (book.cash, book.reserved, book.premium, book.fees) == (D("1000297.90"), D("30000"), D("300"), D("2.10"))
    assert book.wheel("SPY") is Wheel.SHORT_PUT
    assert [p.first_credit for p in run.book.positions] == [D("1.00")]


def test_the_improvement_over_the_touch_is_what_the_run_at_the_bid_lacks(play, script, put):
    market = {put: (1.00, 1.04, 5000, 5000)}
    seeded = play(script().at("10:00", market).close(), fills="seeded")
    touch = play(script().at("10:00", market).close(), fills="touch")
    won = seeded.book.ledgers["seller"].cash - touch.book.ledgers["seller"].cash
    assert won == seeded.book.ledgers["seller"].improvement
    assert touch.book.ledgers["seller"].improvement == 0
    assert told(seeded, "Valued")[0].at_touch == told(touch, "Valued")[0].equity


# --- ends of orders ------------------------------------------------------------------------------------------------


def test_a_working_entry_is_cancelled_when_the_vix_tier_turns_safe(play, script, put):
    market = script().at("10:00", {put: WIDE}).at("10:00:25", {put: WIDE}, vix=70.0)
    run = play(market.close(vix=70.0), what_if=WIDE_IS_LIQUID, fills="touch")
    last = told(run, "OrderChanged")[-1]
    assert (last.status, last.rule) == ("canceled", "KS-6")
    assert "VIX at SAFE" in last.reason
    assert [(e.before, e.after) for e in told(run, "SwitchChanged")] == [("NONE", "SAFE")]
    assert any(rule.startswith("KS-6") for verdict, rule, _ in verdicts(run) if verdict == "refuse")
    assert run.book.ledgers["seller"].reserved == 0


def test_an_order_still_working_at_the_close_is_cancelled_there(play, script, put, sleeves):
    held = script().at("10:00", {put: TIGHT}).at("15:59:30", {put: (1.00, 1.40, 5000, 5000)})
    run = play(held.close(), sleeves["leaver"], fills="touch")
    entry = next(e for e in run.entries(kind="OrderChanged") if e.event.status == "canceled")
    assert (entry.event.rule, entry.event.reason) == ("CAD-1", "the session closed")
    assert entry.at.strftime("%H:%M:%S") == "21:00:00"


def test_at_the_close_itself_no_exit_is_sent(play, script, put, sleeves):
    market = script().at("10:00", {put: TIGHT}).at("16:00", {put: TIGHT})
    run = play(market.close(), sleeves["leaver"], fills="touch")
    assert ("refuse", "CAD-1 CC-1", "CAD-1 the session closed at 16:00") in verdicts(run)
    assert len(told(run, "IntentRecorded")) == 1


# --- expiry --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("price", "kind", "shares"),
    [("98.50", "Assigned", 300), ("99.99", "Assigned", 300), ("100.00", "Expired", 0), ("99.9961", "Expired", 0)],
)
def test_an_expiry_follows_the_official_price_to_the_cent(play, script, put, price, kind, shares):
    run = play(script().at("10:00", {put: TIGHT}).close().close(day=FRIDAY, SPY=price), fills="touch")
    ended = [e for name in ("Assigned", "Expired") for e in told(run, name)]
    assert [(e.kind, e.quantity, e.settlement) for e in ended] == [(kind, -3, round(D(price), 2))]
    book = run.book.ledgers["seller"]
    assert book.shares("SPY") == shares
    assert book.cash == D("1000297.90") - 100 * shares
    assert book.wheel("SPY") is (Wheel.STOCK if shares else Wheel.CASH)


def test_several_ledgers_contracts_are_assigned_to_each(play, script, put, sleeves):
    market = script().at("10:00", {put: TIGHT}).close().close(day=FRIDAY, SPY="98.50")
    run = play(market, sleeves["seller"], sleeves["second"], sets=["sleeves.second.lots=2"], fills="touch")
    assert {(e.ledger, e.quantity) for e in told(run, "Assigned")} == {("seller", -3), ("second", -2)}
    assert {n: b.shares("SPY") for n, b in run.book.ledgers.items()} == {"seller": 300, "second": 200}


def test_without_a_price_an_expiry_is_unsettled_once_and_blocks(play, script, put):
    later = script().at("10:00", {put: TIGHT}).close().close(day=FRIDAY)
    later.at("10:00", {make_next(put): TIGHT}, day=MONDAY).close(day=MONDAY, SPY="100.50")
    run = play(later, fills="touch")
    assert [(e.instrument, e.quantity, e.reserved) for e in told(run, "Unsettled")] == [(put.osi, -3, D("30000.00"))]
    assert run.book.unsettled == {f"seller:{put.osi}"}
    assert run.book.ledgers["seller"].reserved == D("30000")
    assert [(v, why) for v, _, why in verdicts(run) if "SHORT_PUT" in why] == [
        ("refuse", "CAD-9 SPY is in SHORT_PUT, a put starts from CASH")
    ]


def make_next(put):
    """The same contract a week on."""
    return type(put)(put.root, date(2026, 2, 20), put.right, put.strike)


def test_a_contract_that_expires_on_a_saturday_settles_on_the_session_before(play, script, make):
    put = make.put(100, date(2026, 2, 14), root="SPY")
    run = play(script().at("10:00", {put: TIGHT}).close().close(day=FRIDAY, SPY="98.50"), fills="touch")
    assert [(e.instrument, e.settlement) for e in told(run, "Assigned")] == [(put.osi, D("98.50"))]
    assert not told(run, "Unsettled")


def test_a_root_that_settles_in_the_morning_is_refused_by_name(play, script, make):
    put = make.put(2900, FRIDAY, root="SPX")
    run = play(
        script(Grain.EOD).at("16:00", {put: (9.0, 9.2, 5000, 5000)}, symbol="SPX").close(),
        sets=['sleeves.seller.symbols=["SPX"]'],
    )
    assert any("SPX settles on an opening print" in why for verdict, _, why in verdicts(run) if verdict == "refuse")
    assert not told(run, "IntentRecorded")


# --- end-of-day data (CAD-14) --------------------------------------------------------------------------------------


def test_end_of_day_sells_at_the_bid_and_flags_it(play, script, put):
    run = play(script(Grain.EOD).at("16:00", {put: (1.00, 1.04, 5000, 5000)}).close(), fills="seeded")
    (intent,) = told(run, "IntentRecorded")
    assert (intent.limit, intent.worst, intent.numbers["flag"]) == (D("1.0"), D("1.0"), "EOD")
    assert [e.price for e in told(run, "Filled")] == [D("1.00")]


def test_end_of_day_sells_nothing_that_settles_at_that_very_close(play, script, put):
    run = play(script(Grain.EOD).at("16:00", {put: TIGHT}, day=FRIDAY).close(day=FRIDAY, SPY="98.50"))
    assert any(rule.startswith("CAD-14") and "settles" in why for _, rule, why in verdicts(run))
    assert not told(run, "IntentRecorded")


def test_end_of_day_buys_nothing_back_on_its_last_day(play, script, put, sleeves):
    market = script(Grain.EOD).at("16:00", {put: TIGHT}).close()
    market.at("16:00", {put: TIGHT}, day=FRIDAY).close(day=FRIDAY, SPY="98.50")
    run = play(market, sleeves["leaver"])
    assert [e.action for e in told(run, "IntentRecorded")] == ["sell"]
    assert [e.quantity for e in told(run, "Assigned")] == [-3]


# --- the venue and the books ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("many", "times"), [(0, [9, 5, 3]), (venue.MANY, [9, 1, 1])])
def test_the_same_run_has_the_same_journal_however_often_the_venue_is_rebuilt(
    play, script, make, monkeypatch, many, times
):
    built, build = [], Venue.build
    monkeypatch.setattr(Venue, "build", lambda self, *books: built.append(self) or build(self, *books))
    monkeypatch.setattr(venue, "MANY", many)

    def weeks():
        market = script(Grain.GRID)
        for day, expiry, price in ((12, 13, "102.00"), (19, 20, "100.50"), (26, 27, "101.00")):
            quotes = {make.put(100, date(2026, 2, expiry), root="SPY"): (1.00, 1.04, 5000, 5000)}
            market.at("10:00", quotes, day=date(2026, 2, day)).close(day=date(2026, 2, day))
            market.close(day=date(2026, 2, expiry), SPY=price)
        monday = date(2026, 3, 2)
        market.at("10:00", {make.put(99, monday, root="SPY"): TIGHT}, day=date(2026, 2, 27))
        return market.close(day=date(2026, 2, 27)).close(day=monday, SPY="97.00")

    runs = {how: play(weeks(), rebuild=how) for how in ("session", "week", "month")}
    assert [len([*each]) for _, each in groupby(built)] == times
    assert len({run.head for run in runs.values()}) == 1
    assert len(told(runs["week"], "Expired")) == 3
    assert [e.settlement for e in told(runs["week"], "Assigned")] == [D("97.00")]


def test_a_break_is_journaled_and_ends_the_run(play, script, put, monkeypatch):
    monkeypatch.setattr(Venue, "cash", property(lambda self: D("1.00")))
    with pytest.raises(BreakError, match=r"B09 cash: books hold 1000297.90, the venue 1.00"):
        play(script().at("10:00", {put: TIGHT}).close(), fills="touch")
    *_, broken, last = play.journal.entries()
    assert (broken.event.kind, broken.event.rule, broken.state) == ("Broken", "B09", "RECONCILING")
    assert (last.event.before, last.event.after, last.event.rule) == ("RECONCILING", "AUDIT", "B09")
    assert (last.state, play.journal.book.state) == ("AUDIT", "AUDIT")
    assert [e.quantity for e in told(play.journal, "Filled")] == [-3]


def test_a_market_without_a_session_in_the_period_writes_nothing(play, script):
    with pytest.raises(InputError, match="has no session from 2026-02-12 to 2026-03-31: choose another period"):
        play(script())
