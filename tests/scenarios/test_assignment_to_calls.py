"""assignment_to_calls: a put assigned, recovery calls until the shares are called away, and puts again after T+1."""

from decimal import Decimal

import pytest

from allusr_sdk.model.options import Contract

PUT, CALL = "NVDA  260206P00177500", "NVDA  260223C00170000"


@pytest.fixture(scope="module")
def journal(played):
    return played("assignment_to_calls")


@pytest.fixture(scope="module")
def assigned(journal):
    """When puts and calls were assigned, and how."""
    return {e.instrument: (at, e) for at, e in journal.timed("Assigned")}


def basis(journal):
    """Strike less the net premium, dollars a share (TX-1)."""
    sold = journal.told("Filled", instrument=PUT, opening=True)
    lots = -sum(f.quantity for f in sold)
    return Decimal("177.50") - sum(-f.quantity * f.price * 100 - f.fee for f in sold) / (100 * lots)


def test_the_put_never_reaches_level_2_and_is_assigned_on_friday(journal, assigned):
    assert [(e.before, e.after) for e in journal.told("LevelChanged", position=f"rev_acc:{PUT}")] == [(0, 1)]
    at, event = assigned[PUT]
    assert at == "Fri 6 Feb 16:15"
    assert event.settlement < Decimal("177.50") - Decimal("0.01")
    assert not event.early


def test_the_shares_cost_strike_less_net_premium(journal):
    sold = journal.told("Filled", instrument=PUT, opening=True)
    lots = -sum(f.quantity for f in sold)
    before, _ = journal.around("WeekTyped")
    shares = before.ledgers["rev_acc"].positions["rev_acc:NVDA"]
    assert shares.quantity == 100 * lots
    assert shares.amount / shares.quantity == basis(journal)


def test_assignment_was_prepared_an_hour_before_the_end(journal):
    ((at, event),) = journal.timed("Decided", rule="CC-6", verdict="prepare")
    assert at == "Fri 6 Feb 15:00"
    assert event.numbers["cash"] == f"{16 * 17_750}.00"


def test_near_its_high_the_sleeve_writes_its_own_calls_over_the_basis(journal):
    own = [(at, e) for at, e in journal.timed("IntentRecorded", action="sell") if at.startswith("Mon 9 Feb")]
    assert own
    for _, intent in own:
        assert Contract.parse(intent.legs[0][0]).strike >= basis(journal)
        assert intent.rule.startswith("CAD-5")


def test_under_water_it_writes_recovery_calls_below_basis_and_an_atr_over_spot(journal):
    recovery = [(at, e) for at, e in journal.timed("IntentRecorded", action="sell") if e.rule.startswith("CAD-9")]
    assert {at for at, _ in recovery} == {"Tue 17 Feb 09:45"}
    for _, intent in recovery:
        contract = Contract.parse(intent.legs[0][0])
        assert contract.osi == CALL
        assert "BELOW_BASIS" in intent.why
        assert 0.20 <= intent.numbers["delta"] <= 0.25
        assert contract.strike < basis(journal)
        assert float(contract.strike) >= intent.numbers["spot"] + intent.numbers["atr"]
        assert 3 <= (contract.expiry.toordinal() - journal.told("RunStarted")[0].first.toordinal()) - 15 <= 7
    assert sum(-e.legs[0][1] for _, e in recovery) == 16


def test_the_sleeve_stood_more_than_five_percent_under_its_high_then(journal):
    equity = [(at, e.equity) for at, e in journal.timed("Valued", ledger="rev_acc")]
    before = dict(equity)["Fri 13 Feb 16:15"]
    high = max(Decimal(300_000), *(value for at, value in equity if at.split()[2] == "Feb" and int(at.split()[1]) < 14))
    assert before < Decimal("0.95") * high


def test_the_holders_exercise_on_a_night_on_which_the_call_is_in_the_money(assigned):
    at, event = assigned[CALL]
    assert at == "Thu 19 Feb 08:30"
    assert event.early
    assert str(event.effective) == "2026-02-18"
    assert event.settlement > 170


def test_shares_sold_at_the_strike_realise_it_and_the_premium_less_the_basis(journal):
    before, after = journal.around("Assigned")
    assert after.ledgers["rev_acc"].shares("NVDA") == 0
    calls = journal.told("Filled", opening=True)
    recovery = sum(-f.quantity * f.price * 100 - f.fee for f in calls if f.instrument == CALL)
    own = [f for f in journal.told("Filled") if f.instrument == "NVDA  260213C00175000"]
    round_trip = sum(-f.quantity * f.price * 100 - f.fee for f in own)
    shares = 1600 * (Decimal(170) - basis(journal))
    assert after.ledgers["rev_acc"].realised - before.ledgers["rev_acc"].realised == recovery + round_trip + shares


def test_puts_return_at_the_first_entry_session_after_settlement(journal):
    """Exercised on Wednesday, settled on Thursday (T+1); Rev-Acc's next entry session is Monday."""
    puts = [at for at, e in journal.timed("IntentRecorded", action="sell") if "P" in e.legs[0][0][6:]]
    assert [at for at in puts if at > "Mon 2 Feb 10"][:1] == ["Mon 23 Feb 09:45"]
    assert not [at for at, e in journal.timed("IntentRecorded") if at.startswith(("Thu 19", "Fri 20"))]


def test_weeks_of_assignment_are_typed_so(journal):
    typed = {w.week: w.primary for w in journal.told("WeekTyped", ledger="rev_acc", status="FINAL")}
    assert typed == {"2026-W06": "ASSIGNMENT", "2026-W07": "CALM_INCOME", "2026-W08": "ASSIGNMENT"}
