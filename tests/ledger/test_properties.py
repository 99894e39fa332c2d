"""Whatever valid things happen in whatever order, the books balance and the fold is the journal."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allusr_sdk.ledger.lots import How, cut, ended, spread, take
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.tax import disposals
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import (
    Adjusted,
    Assigned,
    DividendPaid,
    Exercised,
    Expired,
    Marked,
    OrderChanged,
    SplitApplied,
)
from allusr_sdk.model.money import cents, usd
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Lot

PUTS = ("AAPL  260213P00270000", "MSFT  260213P00400000")
CALLS = ("AAPL  260213C00280000", "MSFT  260213C00420000")
INDEX = "SPXW  260213P06900000"
OPTIONS = (*PUTS, *CALLS, INDEX)
PRICES = st.decimals(min_value="0.01", max_value="50", places=4)
COUNTS = st.integers(min_value=1, max_value=7)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("open", "close", "expire", "deliver", "mark")),
        st.sampled_from((*OPTIONS, "AAPL", "MSFT")),
        st.booleans(),
        COUNTS,
        PRICES,
        st.decimals(min_value="0", max_value="9", places=2),
    ),
    max_size=25,
)


def event_for(story, book, step):
    """A valid event nearest to what was drawn, or None where the books permit none."""
    what, name, sell, count, price, fee = step
    position = book.positions.get(f"{story.SLEEVE}:{name}")
    held = position.quantity if position else 0
    option = name in OPTIONS
    if what == "open":
        sign = (1 if held > 0 else -1) if held else (-1 if sell and option else 1)
        return story.fill(name, sign * count * (1 if option else 50), str(price), opening=True, fee=str(fee))
    if not held:
        return None
    part = min(count * (1 if option else 30), abs(held)) * (1 if held > 0 else -1)
    if what == "mark":
        return Marked(ledger=story.SLEEVE, position=position.key, mark=price)
    if what == "close" or not option:
        return story.fill(name, -part, str(price), opening=False, fee=str(fee))
    where = {"ledger": story.SLEEVE, "symbol": position.symbol, "instrument": name, "settlement": Decimal("1.00")}
    if what == "expire":
        return Expired(**where, quantity=part)
    sells_shares = position.contract.is_put is (held > 0)
    if name != INDEX and sells_shares and book.shares(position.symbol) < 100 * abs(part):
        return None
    kind = Exercised if held > 0 else Assigned
    return kind(**where, quantity=part, fee=fee, cash=price if name == INDEX else None)


def play(run, story, steps):
    for number, step in enumerate(steps):
        event = event_for(story, run.book.ledgers[story.SLEEVE], step)
        if event is not None:
            run.append(event, **story.stamp(minutes=number))


@given(STEPS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_after_any_sequence_all_invariants_hold_and_the_fold_is_the_journal(story, steps):
    with open_ledger("sqlite://") as ledger:
        run = story.begin(ledger, batch=True)
        play(run, story, steps)
        found, held = balances(run), run.book.ledgers[story.SLEEVE]
        assert out_of_balance(found, run.book) == ()
        assert sum(b.amount for b in found) == 0
        assert sum(d.gain for d in disposals(run)) == held.realised
        again = ledger.run(run.id)
        assert (again.book, again.head) == (run.book, run.head)
        assert verify(run).ok
        puts = (p for p in held.positions.values() if p.short and p.contract.is_put)
        assert held.reserved == sum(p.contract.notional * -p.quantity for p in puts)


@given(STEPS)
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_batched_and_durable_runs_have_the_same_head(story, steps):
    with open_ledger("sqlite://") as ledger:
        batched, durable = story.begin(ledger, batch=True), story.begin(ledger)
        play(batched, story, steps)
        play(durable, story, steps)
        assert batched.head == durable.head


# --- what companies do in between ----------------------------------------------------------------------------------

SYMBOLS = ("AAPL", "MSFT")
ACTS = st.lists(
    st.tuples(
        st.sampled_from(("put", "shares", "call", "part", "dividend", "split", "adjust", "early", "close", "mark")),
        st.sampled_from(SYMBOLS),
        st.integers(0, 9),
        st.integers(1, 5),
        PRICES,
        st.integers(2, 20),
    ),
    min_size=3,
    max_size=25,
)


def partly(story, working, symbol, count, price, number):
    """An order for puts, or one contract of it."""
    name = PUTS[SYMBOLS.index(symbol)]
    if working:
        return story.fill(name, -1, str(price), opening=True, key=working[0].key)
    reserve = Contract.parse(name).notional * count
    return story.intent(f"k{number}", (name, -count), reserve=str(reserve), symbol=symbol)


def act_for(story, book, act, number):
    """A valid event nearest to what was drawn, of sleeves that secure what they write; None where there is none."""
    what, symbol, which, count, price, ratio = act
    where = {"ledger": story.SLEEVE, "symbol": symbol}
    mine = [p for _, p in sorted(book.positions.items()) if p.symbol == symbol]
    options = [p for p in mine if p.contract]
    working = [w for w in book.working.values() if w.symbol == symbol]
    if what == "shares":
        return story.fill(symbol, 100 * count, str(price), opening=True)
    if what == "part":
        return partly(story, working, symbol, count, price, number)
    if what in ("split", "adjust") and working:
        return OrderChanged(**where, key=working[0].key, status="canceled")
    if what == "put" or (what == "call" and book.uncovered(symbol) >= count):
        return story.fill((PUTS if what == "put" else CALLS)[SYMBOLS.index(symbol)], -count, str(price), opening=True)
    if what == "dividend" and book.shares(symbol):
        shares = book.shares(symbol)
        return DividendPaid(**where, shares=shares, per_share=price, cash=usd(price * shares))
    if what == "split" and mine and all(p.quantity * ratio < 10**6 for p in mine):
        return SplitApplied(**where, ratio=ratio)
    if not options:
        return None
    chosen = options[which % len(options)]
    part = -min(count, -chosen.quantity)
    if what == "adjust" and not chosen.contract.kind.adjusted:
        held = {p.contract.root for p in options}
        root = next(f"{chosen.contract.root}{digit}" for digit in range(1, 10) if f"{symbol}{digit}" not in held)
        return Adjusted(**where, instrument=chosen.contract.osi, root=root, why="merger")
    if what == "early":
        return Assigned(**where, instrument=chosen.contract.osi, quantity=part, settlement=price, early=True)
    if what == "close":
        return story.fill(chosen.contract.osi, -part, str(price), opening=False, symbol=symbol)
    return Marked(ledger=story.SLEEVE, position=chosen.key, mark=price) if what == "mark" else None


def equivalents(book, symbol):
    """Shares held, and shares that short options would deliver or take, by right and cause of the root."""
    mine = [p for p in book.positions.values() if p.symbol == symbol]
    return {
        kind: sum(p.quantity * p.multiplier for p in mine if (p.contract and p.contract.right) == kind)
        for kind in {p.contract and p.contract.right for p in mine}
    }


@given(ACTS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_books_balance_through_dividends_splits_adjustments_and_early_assignments(story, acts):
    with open_ledger("sqlite://") as ledger:
        run = story.begin(ledger, batch=True)
        paid = Decimal(0)
        for number, act in enumerate(acts):
            before = run.book.ledgers[story.SLEEVE]
            event = act_for(story, before, act, number)
            if event is None:
                continue
            run.append(event, **story.stamp(minutes=number))
            after = run.book.ledgers[story.SLEEVE]
            paid += event.cash if isinstance(event, DividendPaid) else 0
            if isinstance(event, SplitApplied):
                assert_only_units_changed(before, after, event)
        held = run.book.ledgers[story.SLEEVE]
        assert out_of_balance(balances(run), run.book) == ()
        assert sum(d.gain for d in disposals(run)) + paid == held.realised
        again = ledger.run(run.id)
        assert (again.book, again.head) == (run.book, run.head)
        assert verify(run).ok
        puts = (p for p in held.positions.values() if p.short and p.contract.is_put)
        unfilled = sum(w.reserve for w in held.working.values())
        assert held.reserved == sum(p.contract.notional * -p.quantity for p in puts) + unfilled


def assert_only_units_changed(before, after, event):
    """A split conserves cash, basis, dates and share-equivalents; reserves move by the rounding of strikes alone."""
    symbol, ratio = event.symbol, event.ratio
    assert (after.cash, after.realised, after.base) == (before.cash, before.realised, before.base)
    old, new = ([x for x in book.lots if x.symbol == symbol] for book in (before, after))
    assert sorted((x.amount, x.opened, x.quantity * ratio) for x in old) == sorted(
        (x.amount, x.opened, x.quantity) for x in new
    )
    assert equivalents(after, symbol) == {k: v * ratio for k, v in equivalents(before, symbol).items()}
    units = sum(
        -p.quantity for p in after.positions.values() if p.symbol == symbol and p.contract and p.contract.is_put
    )
    assert abs(after.reserved - before.reserved) <= units * 100 * Decimal("0.005")
    assert [x for x in before.lots if x.symbol != symbol] == [x for x in after.lots if x.symbol != symbol]


LOTS = st.lists(
    st.tuples(st.integers(1, 9), st.decimals(min_value="-5", max_value="999", places=2)), min_size=1, max_size=6
)


def lots_of(drawn, sign):
    day = datetime(2026, 2, 12, tzinfo=UTC).date()
    return tuple(
        Lot("AAPL", None, sign * quantity, amount, day + timedelta(days=i), Decimal("1.00"))
        for i, (quantity, amount) in enumerate(drawn)
    )


@given(LOTS, st.sampled_from((1, -1)), st.data())
def test_taking_lots_loses_no_cent_and_no_unit_and_begins_with_the_oldest(drawn, sign, data):
    lots = lots_of(drawn, sign)
    total = sum(lot.quantity for lot in lots)
    quantity = sign * data.draw(st.integers(1, abs(total)))
    taken, rest = take(lots, quantity)
    assert sum(lot.quantity for lot in taken) == quantity
    assert sum(lot.quantity for lot in rest) == total - quantity
    assert sum(lot.amount for lot in (*taken, *rest)) == sum(lot.amount for lot in lots)
    days = [lot.opened for lot in (*taken, *rest)]
    assert days == sorted(days)


@given(LOTS, st.decimals(min_value="-500", max_value="500", places=2))
def test_what_ends_together_shares_its_total_exactly(drawn, total):
    parts = ended(lots_of(drawn, -1), total, How.CLOSED)
    assert sum(part.against for part in parts) == total
    assert sum(part.gain for part in parts) == sum(lot.amount for lot in lots_of(drawn, -1)) - total


@given(st.decimals(min_value="-500", max_value="500", places=2), st.lists(st.integers(1, 50), min_size=1, max_size=9))
def test_a_total_of_either_sign_is_spread_within_a_cent_of_proportion(total, weights):
    parts = spread(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(cents(part) - total * 100 * weight / sum(weights)) < 1


@given(st.integers(2, 50), st.decimals(min_value="-5", max_value="999", places=2), st.data())
def test_a_cut_lot_is_the_sum_of_its_halves(quantity, amount, data):
    (lot,) = lots_of([(quantity, amount)], -1)
    first, rest = cut(lot, -data.draw(st.integers(1, quantity - 1)))
    assert (first.quantity + rest.quantity, first.amount + rest.amount) == (-quantity, amount)
