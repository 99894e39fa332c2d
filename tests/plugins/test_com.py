"""Com-Acc: calls on the week's first session (CAD-6), its first shares, and how it comes back (CAD-9, CC-5, CC-2)."""

from decimal import Decimal

import pytest
from allusr_com_acc import ComAcc

from allusr_sdk import Note, Right, Sell, Shares, Skip
from allusr_sdk.model.positions import Working
from tests.builders import NAN, RULES, board, books, contract, market, moment, shares, short, sleeve_view, snapshot
from tests.plugins.sleeves import (
    FRIDAY,
    MONDAY,
    STRIKES,
    asked,
    bought,
    capital,
    day_of,
    made,
    noted,
    only,
    skipped,
    sold,
)

BY_PUTS = RULES.tightened({"CAD-9.com_seed": "csp"})
OVER = {"notes": {"seed begun": "2026-01-05", "seeded": "2026-01-26"}}
HELD = shares("NVDA", basis="90", ledger="com_acc")


def called(on="2026-01-30", puts=0):
    """Books of a sleeve whose NVDA was called away on a day, after which so many puts ended without assignment."""
    return {"called": {"NVDA": day_of(on)}, "reentries": {"NVDA": puts}, **OVER}


# --- calls ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "listed", "expiry"),
    [
        ("2026-02-09", ["2026-02-13"], "2026-02-13"),
        ("2026-02-09", ["2026-02-13", "2026-02-15"], "2026-02-13"),
        ("2026-02-09", ["2026-02-12", "2026-02-16"], "2026-02-12"),
        ("2026-02-09", ["2026-02-11", "2026-02-16"], "2026-02-16"),
        ("2026-02-17", ["2026-02-20", "2026-02-23"], "2026-02-23"),
        ("2026-02-17", ["2026-02-20"], "2026-02-20"),
        ("2026-06-15", ["2026-06-18"], "2026-06-18"),
        ("2026-11-23", ["2026-11-27"], "2026-11-27"),
    ],
)
def test_the_expiry_nearest_to_five_days_is_written_the_earlier_on_a_tie(day, listed, expiry):
    intent = sold(asked(ComAcc, day, HELD, expiries=[day_of(e) for e in listed], more=OVER))
    assert intent.quote.contract.expiry == day_of(expiry)
    assert not intent.quote.contract.is_put
    assert 0.10 <= intent.delta <= 0.25
    assert intent.rule == "CAD-6"


def test_nothing_within_three_to_seven_days_is_said():
    listed = [day_of("2026-02-11"), day_of("2026-02-17")]
    assert skipped(asked(ComAcc, MONDAY, HELD, expiries=listed, more=OVER)) == (
        "CAD-6: no expiry 3 to 7 days out is listed"
    )


def test_it_acts_on_the_weeks_first_session_only():
    for day in ("2026-02-10", "2026-02-12", "2026-02-13"):
        said = skipped(asked(ComAcc, day, HELD, more=OVER))
        assert said == "CAD-6: only on the week's first session, which was 2026-02-09"
    assert sold(asked(ComAcc, "2026-02-17", HELD, more=OVER))


def test_calls_stay_over_the_basis_and_wait_while_one_is_open():
    dear = shares("NVDA", basis="112", ledger="com_acc")
    assert skipped(asked(ComAcc, MONDAY, dear, more=OVER)).startswith("CAD-6 CAD-8: NO_STRIKE")
    call = short(contract(104, root="NVDA", right=Right.CALL, expiry=FRIDAY), ledger="com_acc")
    assert skipped(asked(ComAcc, MONDAY, HELD, call, more=OVER)).startswith("CAD-9: NVDA is in SHORT_CALL")


def test_no_put_goes_beside_covered_shares_even_where_the_wheel_would_let_it():
    beside = RULES.tightened({"CAD-9.csp_while_long": True})
    call = short(contract(104, root="NVDA", right=Right.CALL, expiry=FRIDAY), ledger="com_acc")
    assert "puts only bring shares back" in skipped(asked(ComAcc, MONDAY, HELD, call, rules=beside, more=OVER))


# --- coming back ---------------------------------------------------------------------------------------------------


def test_it_comes_back_by_a_put_of_forty_to_fifty_delta_five_days_out():
    intent = sold(asked(ComAcc, MONDAY, more=called()))
    assert intent.quote.contract.is_put
    assert intent.quote.contract.expiry == FRIDAY
    assert 0.40 <= abs(intent.delta) <= 0.50
    assert (intent.band.rule, intent.rule) == ("CAD-9", "CAD-6")


def test_the_days_of_that_put_are_a_value_of_their_own():
    later = RULES.tightened({"CAD-9.reentry_dte": 7})
    listed = [FRIDAY, day_of("2026-02-16")]
    found = sold(asked(ComAcc, MONDAY, expiries=listed, more=called(), rules=later))
    assert found.quote.contract.expiry == day_of("2026-02-16")


@pytest.mark.parametrize("on", ["2026-02-06", "2026-02-09"])
def test_called_on_friday_is_settled_on_monday_and_waits_for_the_next_week(on):
    said = skipped(asked(ComAcc, MONDAY, more=called(on)))
    assert said.startswith(f"CC-5: called away on {on}, settled on ")
    assert sold(asked(ComAcc, "2026-02-17", more=called(on))).quote.contract.is_put


def test_after_four_puts_without_assignment_the_shares_are_bought():
    more = called(puts=3) | capital(100_000)
    assert sold(asked(ComAcc, MONDAY, more=more)).quote.contract.is_put
    assert bought(asked(ComAcc, MONDAY, more=called(puts=4) | capital(100_000))) == {"NVDA": 200}


def test_shares_that_cannot_be_paid_are_followed_by_one_more_put():
    found = asked(ComAcc, MONDAY, more=called(puts=4) | capital(9_000))
    assert sold(found).quote.contract.is_put


def test_an_open_put_ends_before_anything_is_bought():
    put = short(contract(99, root="NVDA", expiry=FRIDAY), ledger="com_acc")
    found = asked(ComAcc, MONDAY, put, more=called(puts=4) | capital(100_000))
    assert skipped(found).startswith("CAD-9: NVDA is in SHORT_PUT")


def test_shares_that_were_never_called_do_not_come_back_by_puts():
    assert skipped(asked(ComAcc, MONDAY, more=OVER)) == (
        "CAD-9: no shares: the first purchases are over, and it was not called away"
    )


def test_the_first_shares_may_come_by_puts_and_are_bought_after_four():
    assert sold(asked(ComAcc, MONDAY, rules=BY_PUTS)).quote.contract.is_put
    more = {"notes": {"seed puts NVDA": "4 2026-02-02"}} | capital(100_000)
    found = asked(ComAcc, MONDAY, rules=BY_PUTS, more=more)
    assert bought(found) == {"NVDA": 200}
    assert noted(found) == {}


def first_put(sold_on=MONDAY, before=None, **more):
    put = short(contract(99, root="NVDA", expiry=FRIDAY), ledger="com_acc", opened=moment(sold_on), **more)
    return noted(asked(ComAcc, MONDAY, put, rules=BY_PUTS, more={"notes": before or {}}))


def test_a_put_for_the_first_shares_counts_once_and_a_rolled_or_older_one_does_not():
    key = "seed puts NVDA"
    assert first_put() == {key: "1 2026-02-09"}
    assert first_put(before={key: "3 2026-02-02"}) == {key: "4 2026-02-09"}
    assert first_put(before={key: "4 2026-02-09"}) == {}
    assert first_put(cause="roll") == {}
    assert first_put(sold_on=day_of("2026-02-06")) == {}


def test_the_count_begins_anew_once_shares_are_held():
    found = asked(ComAcc, MONDAY, HELD, rules=BY_PUTS, more={"notes": {"seed puts NVDA": "4 2026-02-02"}})
    assert noted(found) == {"seed puts NVDA": "0"}
    assert noted(asked(ComAcc, MONDAY, HELD, rules=BY_PUTS, more={"notes": {"seed puts NVDA": "0"}})) == {}


# --- the first shares ----------------------------------------------------------------------------------------------

SEVEN = ("AAPL", "MSFT", "AMZN", "GOOGL", "NVDA", "TSLA", "META")


def morning(day, cash, *held, notes=None, spots=None, symbols=SEVEN, rules=RULES, **more):
    """What Com-Acc proposes for several symbols on the week's first session."""
    sleeve, at = made(ComAcc, symbols=list(symbols)), moment(day, "10:00")
    known = dict.fromkeys(symbols, 100.0) | (spots or {})
    snapshots = [snapshot(s, spot, [], at=at) for s, spot in known.items()]
    books_of = books(*held, name="com_acc", cash=str(cash), notes=notes or {}, **more)
    view = sleeve_view(market(*snapshots, at=at), books_of, bands=sleeve.bands(rules), rules=rules)
    return list(sleeve.propose(view))


def held_hundreds(counts):
    return [shares(s, n * 100, basis="100", ledger="com_acc") for s, n in counts.items() if n]


def test_the_first_tranche_is_a_quarter_of_the_capital_in_equal_parts():
    """400,000: 95,000 this week, 13,571 a symbol, so a hundred shares of each until less than one is left."""
    found = morning(MONDAY, 400_000)
    assert bought(found) == dict.fromkeys(SEVEN, 100)
    assert noted(found) == {"seed begun": "2026-02-09"}
    assert sum(bought(found).values()) * 100 <= 95_000


def test_the_least_exposed_symbols_come_first():
    found = morning(MONDAY, 100_000, *held_hundreds({"AAPL": 1}), spots={"AAPL": 90.0})
    assert bought(found) == {"MSFT": 100}
    why = {w.symbol: w.why for w in found if isinstance(w, Skip)}
    assert why["AMZN"].startswith("tranche 1 of 4: 100 shares need 10,501, left to spend ")


def test_a_tranche_that_bought_nothing_carries_on_into_the_next():
    first = morning(MONDAY, 40_000)
    assert (bought(first), noted(first)) == ({}, {"seed begun": "2026-02-09"})
    second = morning(day_of("2026-02-17"), 43_000, notes={"seed begun": "2026-02-09"})
    assert bought(second) == {"AAPL": 100}
    assert noted(second) == {}


def test_a_week_without_data_is_caught_up():
    """Begun three weeks ago with nothing bought since: all of the capital is due."""
    found = morning(day_of("2026-03-02"), 400_000, notes={"seed begun": "2026-02-09"})
    assert bought(found) == dict.fromkeys(SEVEN, 500)


def test_the_weeks_of_the_tranches_are_a_rule_value():
    two = RULES.tightened({"CAD-9.seed_weeks": 2})
    assert sum(bought(morning(MONDAY, 400_000, rules=two)).values()) == 1400


def test_the_last_tranche_ends_when_nothing_more_fits_and_not_before():
    notes = {"seed begun": "2026-02-09"}
    spent = held_hundreds(dict.fromkeys(SEVEN, 5))
    busy = morning(day_of("2026-03-02"), 50_000, *spent[1:], notes=notes)
    assert "AAPL" in bought(busy)
    assert noted(busy) == {}
    full = morning(day_of("2026-03-09"), 20_000, *spent, notes=notes)
    assert bought(full) == {}
    assert noted(full) == {"seeded": "2026-03-09"}
    assert bought(morning(day_of("2026-03-16"), 400_000, notes=notes | {"seeded": "2026-03-09"})) == {}


def test_a_symbol_without_an_ask_is_refused_and_keeps_the_last_tranche_open():
    found = morning(day_of("2026-03-02"), 400_000, notes={"seed begun": "2026-02-09"}, symbols=["AAPL"],
                    spots={"AAPL": NAN})  # fmt: skip
    refusal = only(found)
    assert isinstance(refusal, Skip)
    assert (refusal.verdict, refusal.rule) == ("refuse", "RULE-0")


@pytest.mark.parametrize(("kept", "found"), [(0.05, {"NVDA": 100}), (0.15, {"NVDA": 100}), (0.16, {})])
def test_a_share_of_the_equity_stays_in_cash(kept, found):
    """Of 20,000 in cash and 60,000 in all, 15 % less leaves 11,000, 16 % less 10,400: a hundred costs up to 10,501."""
    four = held_hundreds({"AAPL": 1, "MSFT": 1, "AMZN": 1, "GOOGL": 1})
    rules = RULES.tightened({"CC-2.cash_share": kept})
    assert bought(morning(MONDAY, 20_000, *four, notes={"seed begun": "2026-01-05"}, rules=rules)) == found


def test_one_order_stays_within_its_dollars_and_the_next_attempts_go_on():
    """20 million: 4,750,000 this week, at most 500,000 an order, so each attempt buys what one order may."""
    first = bought(morning(MONDAY, 20_000_000))
    assert first == dict.fromkeys(SEVEN, 4700)
    counts, orders = dict.fromkeys(SEVEN, 0), 0
    for _ in range(15):
        held = held_hundreds(counts)
        spent = sum(counts.values()) * 10_000
        found = bought(morning(MONDAY, 20_000_000 - spent, *held, notes={"seed begun": "2026-02-09"}))
        orders += len(found)
        counts = {s: counts[s] + found.get(s, 0) // 100 for s in SEVEN}
    assert 4_750_000 - 7 * 10_501 <= sum(counts.values()) * 10_000 <= 4_750_000
    assert max(counts.values()) - min(counts.values()) <= 1
    assert orders < 200


def test_the_symbols_cap_and_working_orders_count():
    pair = {"notes": {"seed begun": "2026-01-05"}, "symbols": ["AAPL", "MSFT"]}
    held = held_hundreds({"AAPL": 4})
    assert bought(morning(MONDAY, 40_000, *held, **pair)) == {"MSFT": 100}
    work = Working("w", "com_acc", "MSFT", None, 300, True, Decimal(30_000))
    assert bought(morning(MONDAY, 40_000, *held, working={"w": work}, **pair)) == {}


def test_shares_held_are_written_on_while_others_are_still_bought():
    at = moment(MONDAY, "10:00")
    sleeve = made(ComAcc, symbols=["NVDA", "AAPL"])
    rows = board("NVDA", 100.0, [FRIDAY], STRIKES, at=at)
    view = market(snapshot("NVDA", 100.0, rows, at=at), snapshot("AAPL", 100.0, at=at), at=at)
    held = books(HELD, name="com_acc", cash="90000")
    found = list(sleeve.propose(sleeve_view(view, held, bands=sleeve.bands(RULES))))
    assert [(type(w), w.symbol) for w in found if not isinstance(w, Note)] == [(Sell, "NVDA"), (Shares, "AAPL")]


def test_a_pivoted_sleeve_buys_nothing_and_writes_its_calls():
    pivot = {"switches": {"PIVOT": "CALLS"}}
    found = morning(MONDAY, 400_000, **pivot)
    assert {f"{w.rule}" for w in found} == {"ORD-3"}
    assert not sold(asked(ComAcc, MONDAY, HELD, more=pivot)).quote.contract.is_put
    assert skipped(asked(ComAcc, MONDAY, more=called() | pivot)).startswith("ORD-3: PIVOT")


def test_the_bands_are_the_rulebooks():
    calls, puts = made(ComAcc).bands(RULES)
    assert (calls.rule, calls.low, calls.high, calls.nearest, calls.furthest) == ("CAD-8", 0.20, 0.25, 3, 7)
    assert (puts.rule, puts.low, puts.high, puts.nearest, puts.furthest) == ("CAD-9", 0.40, 0.50, 3, 7)


def test_every_symbol_has_one_answer():
    found = morning(MONDAY, 100_000, *held_hundreds({"AAPL": 1, "TSLA": 1}))
    told = [w.symbol for w in found if isinstance(w, Sell | Shares | Skip)]
    assert sorted(told) == sorted(SEVEN)


def test_what_is_reserved_for_taxes_or_meant_for_leaps_buys_no_shares():
    """A quarter of 400,000 buys seven hundreds; of 200,000, with as much reserved, three."""
    assert len(bought(morning(MONDAY, 400_000))) == 7
    for apart in ("tax_reserve", "leap_budget"):
        assert len(bought(morning(MONDAY, 400_000, **{apart: Decimal("200000")}))) < 7
