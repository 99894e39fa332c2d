"""gen_entry_thursday: puts on Thursday for Friday, each sized and secured, and none on any other day."""

from decimal import Decimal

import pytest

from allusr_sdk.model.options import Contract

SEVEN = {"AAPL", "MSFT", "AMZN", "GOOG", "SPY", "QQQ", "IWM"}
D = Decimal(400_000)
FEE = Decimal("0.70")


@pytest.fixture(scope="module")
def journal(played):
    return played("gen_entry_thursday")


@pytest.fixture(scope="module")
def entries(journal):
    """The put, the lots and the intent of every entry."""
    return [(Contract.parse(i.legs[0][0]), -i.legs[0][1], i) for i in journal.told("IntentRecorded")]


def test_every_entry_is_sent_on_thursday_at_a_quarter_to_ten_for_friday(journal, entries):
    assert {at for at, _ in journal.timed("IntentRecorded")} == {"Thu 5 Feb 09:45"}
    assert {str(contract.expiry) for contract, _, _ in entries} == {"2026-02-06"}
    assert all(contract.is_put for contract, _, _ in entries)


@pytest.mark.parametrize(("day", "left"), [("Mon 2 Feb", 4), ("Tue 3 Feb", 3), ("Wed 4 Feb", 2)])
def test_monday_to_wednesday_are_passed_over_by_cad_4_with_the_sessions_left(journal, day, left):
    said = {e.symbol: e.why for at, e in journal.timed("Decided", rule="CAD-4") if at == f"{day} 09:45"}
    assert said == dict.fromkeys(SEVEN, f"{left} sessions before the week's last: no entry session")


def test_each_delta_is_in_the_band_or_the_nearest_below_it_and_says_so(entries):
    for _, _, intent in entries:
        size = abs(intent.numbers["delta"])
        if "BAND_MISS" in intent.why:
            assert 0.30 <= size < 0.40
            assert {"below", "above"} <= set(intent.numbers)
        else:
            assert 0.40 <= size <= 0.45


def test_sizes_are_the_target_rounded_down_and_one_more_each_by_yield_while_budget_lasts(entries):
    target, cap = Decimal("0.95") * D / 7, D / 4
    unit = {c.underlying: 100 * c.strike + FEE for c, _, _ in entries}
    wanted = {symbol: int(target / cost) for symbol, cost in unit.items()}
    left = Decimal("0.95") * D - sum(wanted[symbol] * unit[symbol] for symbol in unit)
    for contract, _, _ in sorted(entries, key=lambda e: (-e[2].mid / (100 * e[0].strike), e[0].underlying)):
        symbol = contract.underlying
        if unit[symbol] <= left and (wanted[symbol] + 1) * unit[symbol] <= cap:
            wanted[symbol] += 1
            left -= unit[symbol]
    assert {c.underlying: lots for c, lots, _ in entries} == wanted
    assert all(("one more by yield" in i.why) is (lots > int(target / unit[c.underlying])) for c, lots, i in entries)


def test_a_symbol_that_does_not_fit_any_more_is_refused_with_the_budget_that_is_left(journal, entries):
    spent = sum(lots * (100 * contract.strike + FEE) for contract, lots, _ in entries)
    left = Decimal("0.95") * D - spent
    said = [e for at, e in journal.timed("Decided", symbol="SPY", rule="CAD-10") if at == "Thu 5 Feb 09:50"]
    assert [e.why for e in said] == [f"budget left {left:,.0f} / 67,600 = 0"]


def test_each_put_reserves_strike_times_a_hundred_before_it_is_sent(entries):
    assert all(intent.reserve == 100 * contract.strike * lots for contract, lots, intent in entries)


def test_what_was_sold_was_liquid(entries):
    for _, lots, intent in entries:
        assert intent.numbers["open_interest"] >= 500
        assert intent.numbers["volume"] >= 100
        assert intent.numbers["spread"] <= 0.05
        assert lots <= 0.1 * intent.numbers["adv"]


def test_fills_stay_within_five_percent_of_the_first_mid(journal, entries):
    mids = {intent.key: intent.mid for _, _, intent in entries}
    fills = journal.told("Filled")
    assert {fill.key for fill in fills} == set(mids)
    assert all(Decimal("0.95") * mids[fill.key] <= fill.price <= mids[fill.key] + Decimal("0.01") for fill in fills)


def test_the_puts_expire_and_the_one_near_its_strike_stays_reserved_until_morning(journal):
    assert len(journal.told("Expired")) == len(journal.told("IntentRecorded"))
    (pinned,) = journal.told("Pinned")
    strike = Contract.parse(pinned.instrument).strike
    assert abs(pinned.settlement - strike) / strike <= Decimal("0.005")
    assert pinned.reserved == 100 * strike == journal.book.ledgers["gen_acc"].reserved


def test_the_week_is_calm(journal):
    assert {(w.ledger, w.primary) for w in journal.told("WeekTyped")} == {
        ("gen_acc", "CALM_INCOME"), ("", "CALM_INCOME"),
    }  # fmt: skip
