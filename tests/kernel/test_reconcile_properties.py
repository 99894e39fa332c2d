"""Whatever happens at a broker that tells it: what mends itself is booked, and then books and broker agree (RECON)."""

from datetime import timedelta
from decimal import Decimal

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.kernel.reconcile import BREAKS
from tests.builders import contract
from tests.kernel.accounts import Account, codes, holding, opened, paid, told

LEDGERS = ("gen_acc", "rev_acc", "com_acc", "wheel")
PUTS = tuple(contract(strike) for strike in (95, 100, 105))
CALLS = tuple(contract(strike, right="C") for strike in (100, 110))

cents = st.integers(5, 900).map(lambda n: Decimal(n) / 100)
lots = st.integers(1, 4)
ledgers = st.sampled_from(LEDGERS)
written = st.tuples(ledgers, st.sampled_from(PUTS), lots, cents)
covered = st.tuples(ledgers, st.sampled_from(CALLS), lots, cents)


class Broker:
    """A broker that begins where the books stand, and moves while nobody listens."""

    def __init__(self, account):
        self.account, self.told, self.lines = account, [], []
        start = account.states()
        self.held = {h.instrument: h.quantity for h in start.holdings}
        self.cash, self.orders = start.cash, {o.reference: o for o in start.orders}

    def move(self, instrument, quantity, price, fee="0.00", multiplier=100):
        self.held[instrument] = self.held.get(instrument, 0) + quantity
        self.cash -= Decimal(price) * quantity * multiplier + Decimal(fee)

    def execute(self, what, quantity, price, *, key, fee, delay):
        one = told(what, quantity, price, id=f"x{len(self.told)}-{key}", key=key, fee=fee)
        self.told.append(evolve(one, at=one.at + timedelta(seconds=delay)))
        self.move(what.osi, quantity, price, fee)
        self.orders.pop(one.reference, None)

    def correct(self, which, price, fee):
        """Tell one of its executions otherwise, under a new id; the one before stays told."""
        replaced = {one.corrects for one in self.told}
        old = [one for one in self.told if one.id not in replaced][which]
        new = evolve(old, id=f"{old.id}'", corrects=old.id, price=price, fee=fee, at=old.at + timedelta(hours=1))
        self.told.append(new)
        self.cash += paid(new) - paid(old)

    def assign(self, what, count, *, loud):
        option = told(what, count, "0.00", id=f"a{len(self.told)}", key="", fee="0.00")
        shares = count * 100 * (1 if what.is_put else -1)
        delivery = evolve(option, id=f"{option.id}s", instrument="AAPL", quantity=shares, price=what.strike)
        self.told += [option, delivery] if loud else []
        self.move(what.osi, count, 0)
        self.move("AAPL", shares, what.strike, multiplier=1)

    def states(self):
        return self.account.states(
            holdings=tuple(holding(name, count) for name, count in sorted(self.held.items()) if count), cash=self.cash,
            executions=tuple(self.told), orders=tuple(self.orders.values()),
        )  # fmt: skip


def furnish(account, puts, calls):
    """Positions that were opened in peace."""
    for i, (ledger, what, count, price) in enumerate(puts):
        account.hold(what, -count, str(price), id=f"p{i}", ledger=ledger)
    for i, (ledger, what, count, price) in enumerate(calls):
        account.hold("AAPL", 100 * count, "99", id=f"s{i}", ledger=ledger)
        account.hold(what, -count, str(price), id=f"c{i}", ledger=ledger)


@settings(max_examples=25)
@given(st.lists(written, max_size=5), st.lists(covered, max_size=3), st.lists(written, max_size=3))
def test_a_statement_made_from_the_books_agrees_with_them(puts, calls, working):
    with Account(*LEDGERS, cash="500000") as account:
        furnish(account, puts, calls)
        for i, (ledger, what, count, _) in enumerate(working):
            account.order(what, -count, key=f"w{i}", ledger=ledger)
        assert account.finds() == ()


@settings(max_examples=30)
@given(
    st.lists(written, max_size=4), st.lists(covered, max_size=2), st.lists(written, max_size=3),
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 4), st.booleans()), max_size=2),
    st.permutations(range(12)), st.booleans(),
)  # fmt: skip
def test_executions_and_assignments_while_down_are_booked_and_agree(puts, calls, working, assigned, order, cleared):
    with Account(*LEDGERS, cash="500000") as account:
        furnish(account, puts, calls)
        for i, (ledger, what, count, _) in enumerate(working):
            account.order(what, -count, key=f"w{i}", ledger=ledger)
        broker = Broker(account)
        for i, (_, what, count, price) in enumerate(working):
            for part in range(1 if cleared else count):  # filled whole, or one contract at a time
                size = count if cleared else 1
                broker.execute(what, -size, str(price), key=f"w{i}", fee="0.70", delay=order[i] + part)
        for which, count, loud in assigned:
            options = sorted(
                n for n, q in broker.held.items() if q < 0 and n in {w.osi for _, w, _, _ in (*puts, *calls)}
            )
            if options:
                what = next(c for c in (*PUTS, *CALLS) if c.osi == options[which % len(options)])
                broker.assign(what, min(count, -broker.held[what.osi]), loud=loud)
        broker.told.sort(key=lambda one: order[int(one.id.strip("axs").partition("-")[0]) % 12])
        theirs = broker.states()
        assert account.mend(theirs) == ()
        assert account.cash == theirs.cash


@settings(max_examples=25)
@given(
    st.lists(written, min_size=1, max_size=3), st.lists(st.tuples(cents, cents, st.booleans()), max_size=4),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_corrections_are_booked_whenever_the_engine_listens(working, corrections, random):
    with Account(*LEDGERS, cash="500000") as account:
        for i, (ledger, what, count, _) in enumerate(working):
            account.order(what, -count, key=f"w{i}", ledger=ledger)
        broker = Broker(account)
        for i, (_, what, count, price) in enumerate(working):
            broker.execute(what, -count, str(price), key=f"w{i}", fee="0.70", delay=i)
        for price, fee, listens in corrections:
            broker.correct(random.randrange(len(working)), price, fee)
            if listens:
                assert account.mend(broker.states()) == ()
        random.shuffle(broker.told)
        theirs = broker.states()
        assert account.mend(theirs) == ()
        assert abs(account.cash - theirs.cash) <= len(working) * Decimal("0.01")


@settings(max_examples=25)
@given(st.lists(written, min_size=1, max_size=4), st.integers(1, 400).filter(lambda n: n % 100), st.booleans())
def test_what_a_broker_has_beyond_what_it_tells_is_never_mended(puts, count, order):
    with Account(*LEDGERS, cash="500000") as account:
        furnish(account, puts, [])
        theirs = account.states()
        shares, foreign = holding("MSFT", count), opened("by hand", "MSFT", count, ours=False)
        theirs = evolve(theirs, orders=(foreign,)) if order else evolve(theirs, holdings=(*theirs.holdings, shares))
        found = account.mend(theirs)
        assert codes(found) == [("B04", "ACCOUNT") if order else ("B01", "SYMBOL")]
        assert all(finding.action in (BREAKS[finding.code].action, BREAKS[finding.code].otherwise) for finding in found)
