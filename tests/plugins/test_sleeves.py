"""When the three sleeves enter, with which expiry and band, and what they say when they do not (CAD-4, 5, 6, 9)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from allusr_com_acc import ComAcc
from allusr_gen_acc import GenAcc
from allusr_rev_acc import RevAcc

from allusr_sdk import Note, Sell, Shares, Skip
from allusr_sdk.settings import load
from tests.builders import (
    CALL,
    PUT,
    RULES,
    board,
    books,
    contract,
    market,
    moment,
    shares,
    short,
    sleeve_view,
    snapshot,
)

WEEK_OF_THE_DATA = date(2026, 2, 9)


def made(kind, **settings):
    return kind(load(kind.settings_type(), settings, where=kind.name))


def day_of(text):
    return date.fromisoformat(text)


def fridays(day):
    """The last sessions of this week and the next three, and nothing else."""
    calendar = market(snapshot(at=moment(day)), at=moment(day)).calendar
    return [calendar.week(day + timedelta(days=7 * n))[-1].day for n in range(4)]


def asked(
    kind, day, *positions, symbol="NVDA", clock="10:00", spot=100.0, expiries=None, atr=2.0, more=None, **settings
):
    sleeve = made(kind, symbols=[symbol], **settings)
    at = moment(day, clock)
    listed = fridays(day) if expiries is None else expiries
    rows = board(symbol, spot, listed, [n / 5 for n in range(425, 600)], at=at)
    view = market(snapshot(symbol, spot, rows, at=at), at=at)
    held = books(*positions, name=kind.name, **(more or {}))
    return list(sleeve.propose(sleeve_view(view, held, bands=sleeve.bands(RULES), atr=atr)))


def only(found):
    assert len(found) == 1, found
    return found[0]


def skipped(found):
    skip = only(found)
    assert isinstance(skip, Skip)
    return f"{skip.rule}: {skip.why}"


# --- Gen-Acc -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "expiry"),
    [
        ("2026-02-12", "2026-02-13"),
        ("2026-02-13", "2026-02-13"),
        ("2026-11-25", "2026-11-27"),
        ("2026-11-27", "2026-11-27"),
        ("2026-06-17", "2026-06-18"),
        ("2026-12-30", "2026-12-31"),
        ("2026-04-01", "2026-04-02"),
    ],
)
def test_gen_sells_the_weeks_last_expiry_on_the_session_before_it_and_on_it(day, expiry):
    intent = only(asked(GenAcc, day_of(day), symbol="AAPL"))
    assert isinstance(intent, Sell)
    assert intent.quote.contract.expiry == day_of(expiry)
    assert intent.quote.contract.is_put
    assert 0.30 <= abs(intent.delta) <= 0.45
    assert (intent.rule, intent.band.rule) == ("CAD-4", "CAD-8")


@pytest.mark.parametrize("day", ["2026-02-09", "2026-02-11", "2026-11-23", "2026-11-24", "2026-06-16"])
def test_gen_has_no_other_entry_session(day):
    assert skipped(asked(GenAcc, day_of(day), symbol="AAPL")).startswith("CAD-4: ")


@pytest.mark.parametrize("clock", ["09:44", "10:56", "15:00"])
def test_gen_says_when_the_window_is_shut(clock):
    assert skipped(asked(GenAcc, day_of("2026-02-12"), symbol="AAPL", clock=clock)) == (
        "CAD-7: outside the entry window 09:45-10:55"
    )


def test_both_reasons_are_said_together():
    assert skipped(asked(GenAcc, day_of("2026-02-11"), symbol="AAPL", clock="15:00")).startswith("CAD-4 CAD-7: ")


def test_a_tighter_setting_leaves_out_the_day_before():
    assert "no entry session" in skipped(asked(GenAcc, day_of("2026-02-12"), symbol="AAPL", dte_max=0))
    assert isinstance(only(asked(GenAcc, day_of("2026-02-13"), symbol="AAPL", dte_max=0)), Sell)


def test_an_expiry_that_is_not_listed_is_refused():
    found = only(asked(GenAcc, day_of("2026-02-12"), symbol="AAPL", expiries=[day_of("2026-02-20")]))
    assert (found.symbol, found.verdict) == ("AAPL", "refuse")
    assert "no contract of this expiry and right is listed" in found.why


def test_gen_writes_calls_on_shares_at_or_over_their_basis():
    held = shares("AAPL", basis="100.50", ledger="gen_acc")
    intent = only(asked(GenAcc, day_of("2026-02-12"), held, symbol="AAPL", spot=101.0))
    assert not intent.quote.contract.is_put
    assert intent.quote.contract.strike >= Decimal("100.50")
    assert intent.rule == "CAD-4"


def test_gen_waits_while_a_put_is_open():
    put = short(contract(99, expiry=day_of("2026-02-13")))
    assert skipped(asked(GenAcc, day_of("2026-02-12"), put, symbol="AAPL")) == (
        "CAD-9: AAPL is in SHORT_PUT: nothing new until it ends"
    )


# --- recovery ------------------------------------------------------------------------------------------------------

DROWNED = {"high_water": Decimal("1000000")}


def recovery(day, basis, **more):
    held = shares("AAPL", basis=basis, ledger="gen_acc")
    return asked(GenAcc, day_of(day), held, symbol="AAPL", more=DROWNED, **more)


def test_recovery_calls_are_written_on_the_weeks_first_session_five_days_out():
    intent = only(recovery("2026-02-09", "101"))
    assert intent.rule == "CAD-9"
    assert intent.band.rule == "CAD-9"
    assert intent.quote.contract.expiry == day_of("2026-02-13")
    assert intent.quote.contract.strike >= 101
    assert intent.delta <= 0.25


def test_recovery_waits_on_any_other_session():
    assert skipped(recovery("2026-02-12", "101")) == (
        "CAD-9: recovery calls are written on the week's first session, 2026-02-09"
    )


def test_a_recovery_call_under_the_basis_lies_an_atr_over_spot_and_is_flagged():
    intent = only(recovery("2026-02-09", "115"))
    assert intent.why.startswith("BELOW_BASIS")
    assert 102 <= intent.quote.contract.strike < 115


def test_without_an_atr_no_call_is_written_under_the_basis():
    found = only(recovery("2026-02-09", "115", atr=None))
    assert isinstance(found, Skip)
    assert found.verdict == "refuse"


def test_a_sleeve_near_its_high_uses_its_own_band_at_or_over_the_basis():
    held = shares("AAPL", basis="101", ledger="gen_acc")
    near = {"high_water": Decimal("100000")}
    found = only(asked(GenAcc, day_of("2026-02-12"), held, symbol="AAPL", more=near))
    assert isinstance(found, Skip) or found.quote.contract.strike >= 101
    assert "CAD-4" in found.rule


# --- Rev-Acc -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "expiry"),
    [
        ("2026-02-09", "2026-02-13"),
        ("2026-02-10", "2026-02-13"),
        ("2026-02-17", "2026-02-20"),
        ("2026-06-15", "2026-06-18"),
        ("2026-11-23", "2026-11-27"),
        ("2026-11-24", "2026-11-27"),
    ],
)
def test_rev_sells_the_furthest_expiry_of_the_week_three_to_five_days_out(day, expiry):
    intent = only(asked(RevAcc, day_of(day)))
    assert isinstance(intent, Sell)
    assert intent.quote.contract.expiry == day_of(expiry)
    assert 0.20 <= abs(intent.delta) <= 0.35
    assert intent.rule == "CAD-5"


@pytest.mark.parametrize("day", ["2026-02-12", "2026-02-13", "2026-02-11", "2026-06-16"])
def test_rev_has_no_other_entry(day):
    assert skipped(asked(RevAcc, day_of(day))).startswith("CAD-5: ")


def test_rev_takes_the_largest_distance_that_is_listed_and_nothing_of_next_week():
    monday = day_of("2026-02-09")
    listed = [day_of("2026-02-11"), day_of("2026-02-12"), day_of("2026-02-13")]
    assert only(asked(RevAcc, monday, expiries=listed)).quote.contract.expiry == day_of("2026-02-13")
    assert only(asked(RevAcc, monday, expiries=listed[:2])).quote.contract.expiry == day_of("2026-02-12")
    assert skipped(asked(RevAcc, monday, expiries=listed[:1])).startswith("CAD-3 CAD-5: no expiry 3 to 5 days out")
    wednesday = day_of("2026-02-11")
    assert "CAD-5" in skipped(asked(RevAcc, wednesday, expiries=[day_of("2026-02-16")]))


# --- Com-Acc -------------------------------------------------------------------------------------------------------

BOUGHT = {"notes": {"tranches": "4", "held NVDA": "1"}}


@pytest.mark.parametrize(
    ("day", "listed", "expiry"),
    [
        ("2026-02-09", ["2026-02-13"], "2026-02-13"),
        ("2026-02-09", ["2026-02-13", "2026-02-15"], "2026-02-13"),
        ("2026-02-09", ["2026-02-12", "2026-02-16"], "2026-02-12"),
        ("2026-02-17", ["2026-02-20", "2026-02-23"], "2026-02-23"),
        ("2026-02-17", ["2026-02-20"], "2026-02-20"),
    ],
)
def test_com_writes_the_expiry_nearest_to_five_days_the_earlier_on_a_tie(day, listed, expiry):
    held = shares("NVDA", basis="90", ledger="com_acc")
    intent = only(asked(ComAcc, day_of(day), held, expiries=[day_of(e) for e in listed], more=BOUGHT))
    assert isinstance(intent, Sell)
    assert intent.quote.contract.expiry == day_of(expiry)
    assert not intent.quote.contract.is_put
    assert 0.10 <= intent.delta <= 0.25
    assert intent.rule == "CAD-6"


def test_com_acts_on_the_weeks_first_session_only():
    held = shares("NVDA", basis="90", ledger="com_acc")
    for day in ("2026-02-10", "2026-02-12", "2026-02-13"):
        said = skipped(asked(ComAcc, day_of(day), held, more=BOUGHT))
        assert said == "CAD-6: only on the week's first session, which was 2026-02-09"
    assert isinstance(only(asked(ComAcc, day_of("2026-02-17"), held, more=BOUGHT)), Sell)


def test_com_comes_back_by_a_put_only_after_it_was_called_away():
    monday = day_of("2026-02-09")
    intent = only(asked(ComAcc, monday, more=BOUGHT))
    assert intent.quote.contract.is_put
    assert intent.band.rule == "CAD-9"
    assert 0.30 <= abs(intent.delta) <= 0.50
    assert "no shares yet" in skipped(asked(ComAcc, monday, more={"notes": {"tranches": "4"}}))


def test_com_remembers_a_symbol_once_its_shares_are_in_the_books_and_not_when_it_asked_for_them():
    monday = day_of("2026-02-09")
    wishes = asked(ComAcc, monday, more={"cash": "300000"})
    assert [(w.symbol, w.quantity) for w in wishes if isinstance(w, Shares)] == [("NVDA", 100)]
    assert {w.key for w in wishes if isinstance(w, Note)} == {"tranches", "tranche week"}
    held = shares("NVDA", basis="90", ledger="com_acc")
    owned = asked(ComAcc, monday, held, more={"notes": {"tranches": "4"}})
    assert [w.key for w in owned if isinstance(w, Note)] == ["held NVDA"]


def purchases(notes, cash="39000", *positions, day="2026-02-09", spot=90.0, tranches=4):
    more = {"cash": cash, "notes": notes}
    found = asked(
        ComAcc, day_of(day), *positions, spot=spot, more=more, tranches=tranches, expiries=[day_of("2026-02-13")]
    )
    notes = {w.key: w.text for w in found if isinstance(w, Note) and w.key.startswith("tranche")}
    return [w.quantity for w in found if isinstance(w, Shares)], notes


def test_a_tranche_buys_up_to_its_part_of_the_capital_and_counts_the_week():
    assert purchases({}) == ([], {"tranches": "1", "tranche week": "2026-W07"})
    assert purchases({"tranches": "1", "tranche week": "2026-W06"}) == (
        [100], {"tranches": "2", "tranche week": "2026-W07"},
    )  # fmt: skip


def test_a_tranche_begun_goes_on_in_its_week_but_is_counted_once():
    assert purchases({"tranches": "2", "tranche week": "2026-W07"}) == ([100], {})


def test_after_the_last_tranche_nothing_is_bought():
    assert purchases({"tranches": "4", "tranche week": "2026-W06"}) == ([], {})


def test_shares_already_held_count_against_the_tranche():
    held = shares("NVDA", basis="90", ledger="com_acc")
    assert purchases({"tranches": "1", "tranche week": "2026-W06"}, "29000", held)[0] == []


# --- what they declare ---------------------------------------------------------------------------------------------


def test_the_bands_are_the_rulebooks():
    bands = {kind.name: made(kind).bands(RULES) for kind in (GenAcc, RevAcc, ComAcc)}
    own = {name: (b[0].low, b[0].high, b[0].nearest, b[0].furthest, b[0].unit) for name, b in bands.items()}
    assert own == {
        "gen_acc": (0.40, 0.45, 0, 1, "sessions"),
        "rev_acc": (0.30, 0.35, 3, 5, "calendar"),
        "com_acc": (0.20, 0.25, 3, 7, "calendar"),
    }
    assert [b.reach for every in bands.values() for b in every] == [0.10] * 6
    assert all(b[1].rule == "CAD-9" for b in bands.values())


def test_settings_narrow_a_band_and_strict_takes_its_reach():
    assert made(GenAcc, delta_low=0.42, delta_high=0.44).bands(RULES)[0].low == 0.42
    strict = RULES.tightened({"CAD-8.strict": True})
    assert made(RevAcc).bands(strict)[0].reach == 0.0


@pytest.mark.parametrize("kind", [GenAcc, RevAcc, ComAcc])
def test_a_symbol_without_a_fresh_market_is_not_spoken_of(kind):
    sleeve = made(kind)
    assert list(sleeve.propose(sleeve_view(market(), books(name=kind.name), bands=sleeve.bands(RULES)))) == []


@pytest.mark.parametrize("kind", [GenAcc, RevAcc, ComAcc])
@pytest.mark.parametrize("right", [PUT, CALL])
def test_a_market_without_options_ends_in_a_reason(kind, right):
    found = asked(kind, WEEK_OF_THE_DATA if kind is not GenAcc else day_of("2026-02-12"), expiries=[])
    assert [w for w in found if isinstance(w, Sell)] == []
    assert any(isinstance(w, Skip) and w.why and w.rule for w in found)
