"""Refusals entry by entry."""

from allusr_sdk.office.places import opened
from allusr_sdk.office.refusals import refused


def test_the_newest_refusal_comes_first_with_each_reason_under_its_rule(home):
    with opened(home) as run:
        new, old = refused(run)
    assert [(reason.rule, reason.text) for reason in new.reasons] == [
        ("LQ-1", "open interest 116 < 500"), ("LQ-2", "spread 0.2 > 0.1"),
    ]  # fmt: skip
    assert (new.symbol, new.ledger, new.what) == ("MSFT", "gen_acc", "entry")
    assert new.seq > old.seq


def test_what_nobody_wanted_is_no_refusal_and_a_symbol_narrows(home):
    with opened(home) as run:
        assert refused(run, symbol="SPY") == ()
        assert refused(run, symbol="AAPL") == ()
        assert len(refused(run, symbol="MSFT", limit=1)) == 1
