"""Whole runs through dividends, splits and adjustments: books and venue agree, and positions end as what they are."""

from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk import Band, Sell, Sleeve, greeks
from allusr_sdk.execution import venue
from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import Adjustment, Dividend, EarlyExercise, Split
from allusr_sdk.settings import setting, settings
from tests.builders import moment

D = Decimal
THURSDAY, FRIDAY, NEXT = date(2026, 2, 12), date(2026, 2, 13), date(2026, 2, 20)
TUESDAY, WEDNESDAY = date(2026, 2, 17), date(2026, 2, 18)
LIQUID = (9.00, 9.10, 5000, 5000)
ONLY_SPY = ('sleeves.writer.symbols=["SPY"]', "sleeves.writer.lots=2")
SETS = {"sets": ONLY_SPY, "capital": 1_000_000, "fills": "touch"}


@settings
class WriterSettings:
    """Settings of the test's sleeve."""

    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")
    lots: int = setting(default=2, ge=1, le=50, help="Contracts.")


class Writer(Sleeve[WriterSettings]):
    """Writes a put from cash and a call on shares, the first of each that the chain shows."""

    name = "writer"

    def bands(self, rules):
        """Wide enough for every test."""
        return (Band("CAD-4", 0.01, 0.99, 0, 20, "sessions"),)

    def propose(self, view):
        """One option a symbol."""
        for symbol in self.symbols:
            snapshot = view.fresh(symbol)
            put = view.book.shares(symbol) < 100
            quotes = [q for q in map(snapshot.chain.quote, range(len(snapshot.chain))) if q.contract.is_put is put]
            for quote in quotes[:1]:
                delta = greeks.own(quote, view.market).delta
                yield Sell(symbol, "CAD-4", "as told", quote=quote, delta=delta, band=view.bands[0],
                           lots=self.settings.lots)  # fmt: skip


@pytest.fixture
def go(play, monkeypatch):
    """Plays a script with the writer; the venue is rebuilt as often as it may be."""
    monkeypatch.setattr(venue, "MANY", 0)

    def played(script, **more):
        return play(script, Writer, **{**SETS, **more})

    return played


def told(run, kind):
    return [entry.event for entry in run.entries(kind=kind)]


def sound(run):
    return out_of_balance(balances(run), run.book) == () and verify(run).ok


def put(strike, expiry=NEXT):
    return Contract("SPY", expiry, Right.PUT, D(str(strike)))


def call(strike, expiry=NEXT):
    return Contract("SPY", expiry, Right.CALL, D(str(strike)))


@pytest.mark.parametrize("rebuild", ["session", "week", "month"])
@pytest.mark.parametrize(("price", "kind", "shares"), [("84.00", "Assigned", 1400), ("90.00", "Expired", 0)])
def test_a_put_goes_through_a_split_and_ends_as_what_it_has_become(go, script, rebuild, price, kind, shares):
    market = script().at("10:00", {put(600): LIQUID}, symbol="SPY", spot=610.0).close()
    market.at("10:00", {}, day=FRIDAY, symbol="SPY", spot=88.0, actions=[Split("SPY", FRIDAY, 7)]).close(day=FRIDAY)
    market.at("10:00", {}, day=TUESDAY, symbol="SPY", spot=87.0).close(day=TUESDAY)
    run = go(market.close(day=NEXT, SPY=price), rebuild=rebuild)
    (split,) = (e for e in run.entries(kind="SplitApplied"))
    assert (split.at, split.event.ratio, split.event.rule) == (moment(FRIDAY, "08:30"), 7, "LQ-7")
    assert [(e.day, e.reserved) for e in told(run, "Valued")][:2] == [
        (THURSDAY, D("120000.00")), (FRIDAY, D("119994.00")),
    ]  # fmt: skip
    before, after = told(run, "Valued")[:2]
    assert (before.cash, before.realised) == (after.cash, after.realised)
    ended = [(e.kind, e.instrument, e.quantity) for n in ("Assigned", "Expired") for e in told(run, n)]
    assert ended == [(kind, "SPY   260220P00085710", -14)]
    assert run.book.ledgers["writer"].shares("SPY") == shares
    assert sound(run)


def test_a_covered_call_stays_covered_through_a_split_and_delivers_all_its_shares(go, script):
    market = script().at("10:00", {put(600, FRIDAY): LIQUID}, symbol="SPY", spot=598.0).close()
    market.close(day=FRIDAY, SPY="595.00")
    market.at("10:00", {call(600): LIQUID}, day=TUESDAY, symbol="SPY", spot=598.0).close(day=TUESDAY)
    market.at("10:00", {}, day=WEDNESDAY, symbol="SPY", spot=88.0, actions=[Split("SPY", WEDNESDAY, 7)])
    run = go(market.close(day=WEDNESDAY).close(day=NEXT, SPY="90.00"))
    assert [(e.instrument, e.quantity) for e in told(run, "Assigned")] == [
        (put(600, FRIDAY).osi, -2), ("SPY   260220C00085710", -14),
    ]  # fmt: skip
    book = run.book.ledgers["writer"]
    assert (book.shares("SPY"), book.positions) == (0, {})
    assert book.realised == 2 * D("1798.60") - 120000 + D("85.71") * 1400
    assert sound(run)


def test_a_dividend_is_paid_on_what_the_night_has_left(go, script):
    market = script().at("10:00", {put(600, FRIDAY): LIQUID}, symbol="SPY", spot=598.0).close()
    market.close(day=FRIDAY, SPY="595.00")
    paid = Dividend("SPY", TUESDAY, D("0.26"))
    market.at("10:00", {call(600): LIQUID}, day=TUESDAY, symbol="SPY", spot=598.0, actions=[paid])
    market.at("15:00", {call(600): (29.9, 30.1, 5, 5)}, day=TUESDAY, symbol="SPY", spot=630.0).close(day=TUESDAY)
    called = [EarlyExercise("SPY", WEDNESDAY, put=False), Dividend("SPY", WEDNESDAY, D("1.00"))]
    market.at("10:00", {}, day=WEDNESDAY, symbol="SPY", spot=630.0, actions=called).close(day=WEDNESDAY)
    run = go(market)
    assert [(e.shares, e.cash) for e in told(run, "DividendAccrued")] == [(200, D("52.00"))]
    assert [(e.early, e.effective) for e in told(run, "Assigned")] == [(False, None), (True, TUESDAY)]
    assert run.book.ledgers["writer"].called == {"SPY": TUESDAY}
    assert sound(run)


def test_actions_on_what_nobody_holds_leave_no_trace(go, script):
    actions = [
        Dividend("MSFT", FRIDAY, D("1.00")), Split("MSFT", FRIDAY, 2), Adjustment("MSFT", FRIDAY, "merger"),
        EarlyExercise("MSFT", FRIDAY, put=True),
    ]  # fmt: skip
    market = script().at("10:00", {put(600): LIQUID}, symbol="SPY", spot=610.0).close()
    run = go(market.at("10:00", {}, day=FRIDAY, symbol="SPY", spot=610.0, actions=actions).close(day=FRIDAY))
    kinds = {e.kind for e in run.entries()}
    assert kinds.isdisjoint({"DividendAccrued", "SplitApplied", "Adjusted"})


def test_an_adjusted_contract_goes_on_under_its_root_and_has_no_price_to_settle_on(go, script):
    market = script().at("10:00", {put(600): LIQUID}, symbol="SPY", spot=610.0).close()
    merged = Adjustment("SPY", FRIDAY, "3 for 2 split")
    market.at("10:00", {}, day=FRIDAY, symbol="SPY", spot=410.0, actions=[merged]).close(day=FRIDAY)
    run = go(market.close(day=NEXT, SPY="400.00"))
    (event,) = told(run, "Adjusted")
    assert (event.instrument, event.root, event.why, event.rule) == (put(600).osi, "SPY1", "3 for 2 split", "LQ-7")
    (left,) = told(run, "Unsettled")
    assert (left.instrument, left.reserved) == ("SPY1  260220P00600000", D("120000.00"))
    assert left.why.startswith("what SPY1 delivers was adjusted, and no price is known for it")
    assert run.book.ledgers["writer"].reserved == D("120000")
    assert sound(run)


def test_a_week_with_every_kind_of_action_has_the_same_journal_however_often_the_venue_is_rebuilt(go, script):
    def weeks():
        market = script().at("10:00", {put(600, FRIDAY): LIQUID}, symbol="SPY", spot=598.0).close()
        market.close(day=FRIDAY, SPY="595.00")
        acts = [Split("SPY", TUESDAY, 7), Dividend("SPY", TUESDAY, D("0.26"), NEXT)]
        market.at("10:00", {call(86): LIQUID}, day=TUESDAY, symbol="SPY", spot=86.0, actions=acts)
        market.at("15:00", {call(86): (4.1, 4.3, 5, 5)}, day=TUESDAY, symbol="SPY", spot=90.2).close(day=TUESDAY)
        market.at("10:00", {}, day=WEDNESDAY, symbol="SPY", spot=90.0).close(day=WEDNESDAY)
        return market.close(day=NEXT, SPY="90.00")

    runs = [go(weeks(), rebuild=how) for how in ("session", "week", "month")]
    assert len({run.head for run in runs}) == 1
    kinds = {"DividendAccrued", "DividendReceived", "SplitApplied", "Assigned", "Revalued", "WeekTyped"}
    assert {e.kind for e in runs[0].entries()} >= kinds


@pytest.mark.parametrize("rebuild", ["session", "month"])
def test_a_dividend_comes_in_on_its_pay_day_and_books_and_venue_agree_on_each_evening(go, script, rebuild):
    market = script().at("10:00", {put(600, FRIDAY): LIQUID}, symbol="SPY", spot=598.0).close()
    market.close(day=FRIDAY, SPY="595.00")
    paid = Dividend("SPY", TUESDAY, D("1.9001"), NEXT)
    market.at("10:00", {}, day=TUESDAY, symbol="SPY", spot=598.0, actions=[paid]).close(day=TUESDAY)
    run = go(market.close(day=WEDNESDAY).close(day=NEXT), rebuild=rebuild)
    entries = [e for kind in ("DividendAccrued", "DividendReceived") for e in run.entries(kind=kind)]
    assert [(e.at, e.event.cash) for e in entries] == [
        (moment(TUESDAY, "08:30"), D("380.02")), (moment(NEXT, "08:30"), D("380.02")),
    ]  # fmt: skip
    cash = {e.day: e.cash for e in told(run, "Valued")}
    assert (cash[NEXT] - cash[WEDNESDAY], cash[WEDNESDAY] - cash[FRIDAY]) == (D("380.02"), D("0"))
    income = {e.day: e.realised for e in told(run, "Valued")}
    assert (income[TUESDAY] - income[FRIDAY], income[NEXT] - income[TUESDAY]) == (D("380.02"), D("0"))
    assert run.book.ledgers["writer"].awaited == ()
    assert sound(run)


def test_what_is_held_stands_at_its_mark_over_the_weekend_and_nowhere_else(go, script):
    market = script().at("10:00", {put(600): LIQUID}, symbol="SPY", spot=610.0).close()
    market.at("15:00", {put(600): (5.00, 5.10, 5000, 5000)}, day=FRIDAY, symbol="SPY", spot=620.0).close(day=FRIDAY)
    run = go(market.close(day=TUESDAY))
    up, down = run.entries(kind="Revalued")
    assert (up.at, down.at) == (moment(FRIDAY, "16:15"), moment(TUESDAY, "08:30"))
    assert (up.event.position, up.event.mark, up.event.amount, up.event.rule) == (
        f"writer:{put(600).osi}", D("5.0500"), D("788.60"), "LG-2",
    )  # fmt: skip
    assert [e.unrealised for e in told(run, "Valued")][1] == up.event.amount
    assert (down.event.undone, down.event.amount) == (True, up.event.amount)
    friday = {row.account: row.amount for row in balances(run, at=FRIDAY)}
    assert (friday["2190"], friday["6010"]) == (D("788.60"), D("-788.60"))
    assert run.book.ledgers["writer"].revalued == {}
    assert sound(run)


def test_what_has_no_mark_is_not_revalued(go, script):
    market = script().at("10:00", {put(600, FRIDAY): LIQUID}, symbol="SPY", spot=598.0).close()
    run = go(market.close(day=FRIDAY, SPY="595.00"))
    assert run.book.ledgers["writer"].shares("SPY") == 200
    assert told(run, "Revalued") == []
