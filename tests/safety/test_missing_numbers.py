"""Each number that an opening order rests on, missing in each way: nothing is opened, and the rule is named."""

import pytest
from attrs import evolve

from allusr_sdk.kernel.checks import checked
from allusr_sdk.kernel.gates import over_basis
from tests.builders import NAN, Tape, books, market, quote, sell, shares, snapshot
from tests.kernel.questions import CALL_280, CALL_BAND, entry, order, reasons
from tests.safety import spoilings as table
from tests.safety.scenes import OPENINGS

PUT, CALL, SHARES, RUNG = "a put", "a call on shares", "shares", "a rung"
TRUSTED = "a put that its sleeve trusts"
WRITTEN = (PUT, CALL, TRUSTED)

# What is spoiled, which kinds of order rest on it, and the rules one of which must say so; of a rung LL-1 always may.
RESTS = (
    (table.QUOTES, (*WRITTEN, RUNG), {"KS-11"}),
    (table.AGES, (*WRITTEN, RUNG), {"KS-11"}),
    (table.CHAINS, (PUT, CALL, RUNG), {"CAD-8"}),
    (table.INTEREST, (*WRITTEN, RUNG), {"LQ-1"}),
    (table.VOLUMES, WRITTEN, {"LQ-1"}),
    (table.DELTAS, (*WRITTEN, RUNG), {"CAD-8"}),
    (table.SPOTS, (*WRITTEN, SHARES, RUNG), {"RULE-0"}),
    (table.SIDES, (SHARES,), {"RULE-0"}),
    (table.WIDE, (SHARES,), {"LQ-1"}),
    (table.SNAPSHOTS, (*WRITTEN, SHARES, RUNG), {"RULE-0", "PE-5"}),
    (table.HALTED, (*WRITTEN, SHARES, RUNG), {"KS-11"}),
    (table.INDEX, (*WRITTEN, SHARES, RUNG), {"KS-5"}),
    (table.EARLY, (*WRITTEN, SHARES, RUNG), {"KS-2"}),
    (table.EARNINGS, WRITTEN, {"CC-3"}),
    (table.TERMS, (*WRITTEN, RUNG), {"CAD-8"}),
    (table.NO_TRADE, WRITTEN, {"LQ-1"}),
)
CASES = [
    pytest.param(kind, spoil, rules | ({"LL-1"} if kind == RUNG else set()), id=f"{kind}: {name}")
    for group, kinds, rules in RESTS
    for kind in kinds
    for name, spoil in group.items()
]
# Where another number stands in: the last trade for a side (PE-2), LQ-1's thousand shares for an unknown volume.
STANDS = [
    pytest.param(kind, spoil, id=f"{kind}: {name}")
    for group, kinds in ((table.SIDES, WRITTEN), (table.UNKNOWN_TRADE, WRITTEN), (table.VOLUMES, (RUNG,)))
    for kind in kinds
    for name, spoil in group.items()
]


@pytest.fixture(scope="module")
def usual():
    """What is said of each kind where nothing is spoiled."""
    return {kind: set(opening.run()[1]) for kind, opening in OPENINGS.items()}


@pytest.mark.parametrize("kind", OPENINGS)
def test_where_nothing_is_missing_the_order_is_made(kind):
    (made,), _ = OPENINGS[kind].run()
    assert made.symbol == "AAPL"


@pytest.mark.parametrize(("kind", "spoil", "rules"), CASES)
def test_nothing_is_opened_on_a_number_that_is_missing_and_the_rule_is_named(kind, spoil, rules, usual):
    opened, said = OPENINGS[kind].run(spoil)
    assert opened == []
    named = {rule for about in said if about not in usual[kind] for rule in about.rules}
    assert named & rules, said


@pytest.mark.parametrize(("kind", "spoil"), STANDS)
def test_what_another_number_tells_holds_nothing_up(kind, spoil):
    (made,), _ = OPENINGS[kind].run(spoil)
    assert made.symbol == "AAPL"


@pytest.mark.parametrize(("mode", "said"), [("backtest", ""), ("paper", ""), ("live", "LQ-1"), ("", "LQ-1")])
def test_how_much_of_a_share_trades_must_be_known_where_money_is_at_stake(mode, said):
    asks = entry(view=market(snapshot(spot=272.0), tape=Tape({"AAPL": 272.0}, volume=NAN)))
    asks = evolve(asks, book=evolve(asks.book, mode=mode))
    assert reasons(checked(asks, order(asks.intent))).startswith(said)
    assert bool(checked(asks, order(asks.intent))) == bool(said)


def test_without_an_atr_a_call_under_the_basis_is_no_recovery_call():
    band = evolve(CALL_BAND, rule="CAD-9")
    held = books(shares(basis="290"), cash="400000")
    call = sell(quote(CALL_280), delta=0.42, band=band)
    assert list(over_basis(entry(call, ledger=held, atr=2.0))) == []
    for atr in (None, NAN, float("inf")):
        assert reasons(over_basis(entry(call, ledger=held, atr=atr))).startswith("CAD-8 strike 280 is under the basis")
