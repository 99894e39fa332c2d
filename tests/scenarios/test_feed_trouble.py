"""feed_trouble: nothing is opened on what is not known, and all goes on by itself (PE-5, KS-5, KS-11, ORD-2)."""

import pytest


@pytest.fixture(scope="module")
def journal(played):
    return played("feed_trouble")


def thursday(journal, kind, **about):
    return [(at[-5:], e) for at, e in journal.timed(kind, **about) if at.startswith("Thu 5 Feb")]


def entered(journal, symbol):
    """When Gen-Acc first decided to sell the symbol's put."""
    found = thursday(journal, "IntentRecorded", ledger="gen_acc", symbol=symbol, action="sell")
    return found[0][0]


def refusals(journal, symbol):
    return [(at, e.rule, e.why) for at, e in thursday(journal, "Decided", symbol=symbol, verdict="refuse")]


def test_a_missing_chain_is_refused_and_the_symbol_enters_once_it_is_back(journal):
    (at, rule, why) = refusals(journal, "MSFT")[0]
    assert (at, rule) == ("09:45", "CAD-4 CAD-8")
    assert "no contract" in why
    assert entered(journal, "MSFT") == "10:45"


def test_crossed_quotes_are_no_strikes_and_the_refusal_says_so(journal):
    (at, rule, why) = refusals(journal, "SPY")[0]
    assert (at, rule) == ("09:45", "CAD-4 CAD-8 KS-11")
    assert why == "none of 85 strikes has a sound quote"
    assert entered(journal, "SPY") == "10:00", "at the first attempt after they uncross"


def test_a_halt_is_journaled_refuses_and_ends(journal):
    assert [(at, e.resumed, e.rule) for at, e in thursday(journal, "TradingHalted", symbol="IWM")] == [
        ("09:40", False, "KS-11"), ("10:30", True, "KS-11"),
    ]  # fmt: skip
    assert refusals(journal, "IWM")[0][2].endswith("trading in IWM is halted")
    assert entered(journal, "IWM") == "10:45"


@pytest.mark.parametrize("ledger", ["gen_acc", "com_acc"])
def test_a_sleeve_that_holds_a_silent_symbol_freezes_then_is_safe_and_recovers(journal, ledger):
    """PE-5: over 90 s nothing new but closes, over 5 minutes SAFE; 300 seconds are not over 5 minutes."""
    moves = [(at, e.after, e.value) for at, e in thursday(journal, "SwitchChanged", cause="STALE", ledger=ledger)]
    assert moves == [("10:05", "FREEZE", 300.0), ("10:10", "SAFE", 600.0), ("10:20", "NONE", 0.0)]
    (watched,) = thursday(journal, "Decided", ledger=ledger, rule="PE-5")
    assert watched[0] == "10:05"
    assert "no data since 10:00:00: watched as level 1" in watched[1].why


def test_a_stale_vix_refuses_entries_after_two_minutes_and_makes_the_account_safe_after_ten(journal):
    refused = [(at, why) for at, rule, why in refusals(journal, "MSFT") if rule == "KS-5 CAD-4"]
    assert refused[0] == ("10:25", "KS-5 the VIX is stale")
    assert [at for at, _ in refused] == ["10:25", "10:30", "10:35", "10:40"]
    moves = [(at, e.after, e.value) for at, e in thursday(journal, "SwitchChanged", cause="STALE", ledger="")]
    assert moves == [("10:35", "SAFE", 900.0), ("10:45", "NONE", 0.0)]
    assert "tier SAFE of the account (STALE)" in refused[2][1]


def test_nothing_is_sent_while_the_account_or_the_sleeve_does_not_know(journal):
    sent = [at for at, _ in thursday(journal, "IntentRecorded", ledger="gen_acc")]
    assert not [at for at in sent if "10:05" <= at < "10:20" or "10:25" <= at < "10:45"]


def test_by_the_end_all_switches_are_released_by_themselves(journal):
    assert not journal.book.switches
    assert not any(ledger.switches for ledger in journal.book.ledgers.values())
    assert {e.actor for e in journal.told("SwitchChanged")} == {"system"}


def test_an_order_the_venue_does_not_know_goes_again_under_the_next_version_of_its_id(journal):
    lost = {e.key: at for at, e in journal.timed("OrderChanged", rule="ORD-2", status="denied")}
    again = journal.told("IntentRecorded")
    versions = {e.numbers["version of"]: e for e in again if "version of" in e.numbers}
    assert lost
    assert set(lost) == set(versions)
    for key, e in versions.items():
        stem, _, number = key.rpartition("-v")
        assert e.key == f"{stem}-v{int(number) + 1}"
    assert not set(lost) & {e.key for e in journal.told("Filled")}, "a lost version never fills"


def test_an_order_that_the_venue_knows_is_never_sent_twice(journal):
    known = [e.key for e in journal.told("OrderChanged", rule="ORD-2", status="accepted")]
    sent = {e.key for e in journal.told("IntentRecorded")}
    assert known
    for key in known:
        stem, _, number = key.rpartition("-v")
        assert f"{stem}-v{int(number) + 1}" not in sent


def test_versions_never_sell_more_than_was_decided(journal):
    """A position is what one decision asked for, whichever version of its order filled (RULE-2)."""
    filled = {}
    for fill in journal.told("Filled", cause="entry"):
        stem = fill.key.rpartition("-v")[0]
        filled[stem] = filled.get(stem, 0) + fill.quantity
    asked = {e.key.rpartition("-v")[0]: e.legs[0][1] for e in journal.told("IntentRecorded") if e.opening}
    assert filled == {stem: asked[stem] for stem in filled}
