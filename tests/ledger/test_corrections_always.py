"""Whatever is filled, corrected and booked: the books balance, and a restart remembers the same."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.tax import disposals
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import CashBooked, Corrected
from allusr_sdk.model.money import usd
from tests.ledger.correcting import SHARES, corrected, fill, line

D = Decimal


NAMES = ("AAPL  260213P00270000", "AAPL  260220C00280000", "AAPL")
CENTS = st.decimals(min_value="-60", max_value="60", places=2)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("fill"), st.sampled_from(NAMES), st.integers(-4, 4), st.sampled_from(("1.00", "1.05", "2.50"))
        ),
        st.tuples(st.just("correct"), st.integers(0, 20), CENTS, st.sampled_from(("0.00", "0.30", "-0.30"))),
        st.tuples(st.just("line"), st.sampled_from(("dividend", "interest", "fee")), CENTS),
    ),
    max_size=20,
)


def filled(story, run, number, name, count, price):
    """A fill that the books permit: it closes what is held, at most all of it, or opens."""
    position = run.book.ledgers[story.SLEEVE].positions.get(f"{story.SLEEVE}:{name}")
    units = count * (50 if name == SHARES else 1)
    held = position.quantity if position else 0
    if not units or (not held and name == SHARES and units < 0):
        return None
    if held * units < 0:
        return fill(
            story, name, max(-held, units) if units < 0 else min(-held, units), price, opening=False, id=f"{number}"
        )
    return fill(story, name, units, price, id=f"{number}")


def happening(story, run, number, step):
    if step[0] == "fill":
        return filled(story, run, number, *step[1:])
    if step[0] == "line":
        return line(story, *step[1:], id=f"L{number}")
    _, which, amount, fee = step
    known = sorted(run.fills)
    if not known:
        return None
    corrects = known[which % len(known)]
    name = run.fill(corrects).instrument
    return corrected(story, name, amount, fee=fee, corrects=corrects, execution=f"{corrects}.{number}")


def whole(run, held):
    """First ids of executions, each with whether nothing of its lot has ended."""
    fills = {lot.execution: run.fill(lot.execution) for lot in held.lots}
    return {(lot.execution.partition(".")[0], lot.quantity == fills[lot.execution].quantity) for lot in held.lots}


@given(STEPS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_after_any_fills_corrections_and_lines_the_books_balance(story, steps):
    with open_ledger("sqlite://") as ledger:
        run = story.begin(ledger, batch=True)
        booked, paid = D(0), D(0)
        for number, step in enumerate(steps):
            event = happening(story, run, number, step)
            if event is None:
                continue
            before = run.book.ledgers[story.SLEEVE]
            run.append(event, **story.stamp(minutes=number))
            after = run.book.ledgers[story.SLEEVE]
            if not isinstance(event, Corrected | CashBooked):
                continue
            booked += event.amount
            paid += event.amount if isinstance(event, CashBooked) else 0
            assert after.cash - before.cash == event.amount
            if isinstance(event, Corrected) and (event.corrects.partition(".")[0], True) in whole(run, after):
                assert after.realised == before.realised
            assert [(x.symbol, x.quantity, x.opened) for x in after.lots] == [
                (x.symbol, x.quantity, x.opened) for x in before.lots
            ]
        held, found = run.book.ledgers[story.SLEEVE], balances(run)
        assert out_of_balance(found, run.book) == ()
        assert sum(b.amount for b in found) == 0
        assert sum(d.gain for d in disposals(run)) + paid == held.realised
        assert held.fees == sum(f.fee for f in {id(f): f for f in run.fills.values()}.values()) + sum(
            -e.event.amount for e in run.entries(kind="CashBooked") if e.event.what == "fee"
        )
        assert usd(held.cash) == held.cash
        again = ledger.run(run.id)
        assert (again.book, again.head, again.fills) == (run.book, run.head, run.fills)
        assert verify(run).ok
