"""Whatever is traded: nothing is lost. Modes differ in when a result counts, never in how much there is in the end."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import fields
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.tax import tax_entries
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.tax.outcome import TaxYear
from allusr_sdk.tax.terms import Terms
from allusr_sdk.tax.year import report
from tests.tax.books import Books

LEDGERS = ("gen_acc", "f1.rev_acc")
SYMBOLS = ("GOOG", "GOOGL")
PRICES = st.integers(min_value=9000, max_value=11000).map(lambda cents: Decimal(cents) / 100)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("buy", "sell", "sell", "put", "call", "call", "long", "index", "end", "split", "dividend")),
        st.sampled_from(LEDGERS),
        st.sampled_from(SYMBOLS),
        st.integers(min_value=1, max_value=3),
        PRICES,
        st.integers(min_value=1, max_value=15),
    ),
    min_size=12,
    max_size=40,
)
BEGIN = date(2025, 11, 10)


def option(symbol, day, right, strike):
    return Contract(symbol, day + timedelta(days=4), right, Decimal(strike)).osi


class Life:
    """Steps played on books of their own: each is the nearest thing that the books allow."""

    def __init__(self, ledger, steps):
        self.books, self.day = Books(ledger=ledger), BEGIN
        for what, ledger, symbol, count, price, days in steps:
            self.day += timedelta(days=days)
            getattr(self, f"_{what}")(ledger, symbol, count, price)
            self.mark()

    def book(self, ledger):
        return self.books.run.book.ledgers.get(ledger)

    def _buy(self, ledger, symbol, count, price):
        self.books.buy(f"{self.day}", symbol, 60 * count, price, ledger=ledger, fee="0.37")

    def _backing(self, ledger, symbol):
        """Where shares of either class lie that back no call, the asked ones first: ledger, symbol, count."""
        books = self.books.run.book.ledgers
        free = [
            (name, sym, 100 * books[name].uncovered(sym) + books[name].shares(sym) % 100)
            for name in sorted(books, key=lambda n: n != ledger)
            for sym in sorted(SYMBOLS, key=lambda s: s != symbol)
        ]
        return next((found for found in free if found[2] > 0), (ledger, symbol, 0))

    def _sell(self, ledger, symbol, count, price):
        ledger, symbol, free = self._backing(ledger, symbol)
        if part := min(free, 35 * count):
            self.books.sell(f"{self.day}", symbol, part, price, ledger=ledger, fee="0.21")

    def _put(self, ledger, symbol, count, price):
        strike, part = ("140", Decimal("2.5")) if count == 3 else ("100", 40)
        self.books.write(f"{self.day}", option(symbol, self.day, Right.PUT, strike), count, price / part, ledger=ledger)

    def _call(self, ledger, symbol, count, price):
        ledger, symbol, free = self._backing(ledger, symbol)
        if free >= 100:
            name = option(symbol, self.day, Right.CALL, "101")
            self.books.write(f"{self.day}", name, min(count, free // 100), price / 40, ledger=ledger, fee="0.70")

    def _long(self, ledger, symbol, count, price):
        self.books.buy(f"{self.day}", option(symbol, self.day, Right.CALL, "99"), count, price / 50, ledger=ledger)

    def _index(self, ledger, symbol, count, price):
        self.books.buy(f"{self.day}", option("XSP", self.day, Right.PUT, "500"), count, price / 10, ledger=ledger)

    def _split(self, ledger, symbol, count, price):
        for name in LEDGERS:
            book = self.book(name)
            if book and any(p.symbol == symbol for p in book.positions.values()):
                self.books.split(f"{self.day}", symbol, 2, ledger=name)

    def _dividend(self, ledger, symbol, count, price):
        book = self.book(ledger)
        if shares := book.shares(symbol) if book else 0:
            self.books.dividend(f"{self.day}", symbol, shares, "0.25", ledger=ledger)

    def _end(self, ledger, symbol, count, price):
        """End an option: bought back, lapsed, or in shares."""
        held = [p for b in self.books.run.book.ledgers.values() for p in b.positions.values() if p.contract]
        for position in sorted(held, key=lambda p: p.key)[:1]:
            self.end(position, count, price)

    def end(self, position, how, price):
        name, size, ledger = position.contract.osi, abs(position.quantity), position.ledger
        delivers = position.contract.is_put is (position.quantity > 0)
        able = not delivers or self.book(ledger).shares(position.symbol) >= 100 * size
        index = position.contract.kind.cash_settled
        if how == 1 or index:
            close = self.books.sell if position.quantity > 0 else self.books.back
            close(f"{self.day}", name, size, price / 30, ledger=ledger, fee="0.70")
        elif how == 2 or not able:
            self.books.expire(f"{self.day}", name, position.quantity, ledger=ledger)
        elif position.quantity > 0:
            self.books.exercise(f"{self.day}", name, size, ledger=ledger)
        else:
            self.books.assign(f"{self.day}", name, size, ledger=ledger)

    def mark(self):
        for book in self.books.run.book.ledgers.values():
            for position in book.positions.values():
                name = position.contract.osi if position.contract else position.symbol
                self.books.mark(f"{self.day}", name, position.price * Decimal("1.05"), ledger=book.name)

    def sell_all(self):
        """End everything, options first, long after the last window."""
        self.day += timedelta(days=61)
        for shares in (False, True):
            for book in tuple(self.books.run.book.ledgers.values()):
                for position in tuple(book.positions.values()):
                    if shares:
                        self.books.sell(f"{self.day}", position.symbol, position.quantity, "90", ledger=book.name)
                    elif position.contract:
                        self.end(position, 1, Decimal(100))


@pytest.fixture(scope="module")
def ledger():
    """One database for all lives: each is a run of its own."""
    with open_ledger("sqlite://") as opened:
        yield opened


def booked(life):
    return sum(b.realised for b in life.books.run.book.ledgers.values())


def dividends(life, years):
    return sum(line.amount for y in years for line in life.books.year(y).dividends)


def played(ledger, steps):
    life = Life(ledger, steps)
    return life, range(BEGIN.year, life.day.year + 2)


SOME = settings(max_examples=25, suppress_health_check=list(HealthCheck))
MODES = ("broker", "taxpayer")


@given(STEPS, st.sampled_from(("fifo", "hifo")))
@SOME
def test_when_all_is_sold_every_mode_has_made_what_the_books_have(ledger, steps, method):
    life, _ = played(ledger, steps)
    life.sell_all()
    years = range(BEGIN.year, life.day.year + 2)
    for mode in MODES:
        made = [life.books.year(y, mode=mode, method=method) for y in years]
        event(f"disallowed in {mode}: {any(line.adjustment for y in made for line in y.lines)}")
        event(f"waited in {mode}: {any(y.waiting for y in made)}")
        assert sum(y.gain for y in made) == booked(life) - dividends(life, years)
        assert made[-1].lots == ()


@given(STEPS)
@SOME
def test_at_any_time_gains_less_what_stands_in_bases_are_what_the_books_realised(ledger, steps):
    life, years = played(ledger, steps)
    for mode in MODES:
        made = [life.books.year(y, mode=mode) for y in years]
        bases = sum(more_basis(lot) for lot in made[-1].lots)
        waits = sum(row.deferred for row in made[-1].waiting)
        assert sum(y.gain for y in made) - bases - waits == booked(life) - dividends(life, years)


def more_basis(lot):
    """Dollars that a lot's sale brings less for tax than in the books; index options are marked."""
    return (lot.basis - lot.book) * (-1 if lot.quantity < 0 else 1)


@given(STEPS)
@SOME
def test_open_lots_are_the_books_units_and_amounts(ledger, steps):
    life, years = played(ledger, steps)
    held, told = Counter(), Counter()
    for book in life.books.run.book.ledgers.values():
        for lot in book.lots:
            name = lot.contract.osi if lot.contract else lot.symbol
            held.update({(book.name, name, "units"): lot.quantity, (book.name, name, "dollars"): lot.amount})
    for lot in life.books.year(years[-1], mode="taxpayer").lots:
        told.update({(lot.ledger, lot.instrument, "units"): lot.quantity,
                     (lot.ledger, lot.instrument, "dollars"): lot.book})  # fmt: skip
    assert told == held


@given(STEPS)
@SOME
def test_over_all_years_nothing_but_the_named_causes_tells_modes_and_books_apart(ledger, steps):
    life, years = played(ledger, steps)
    reports = [life.books.report(y).differences for y in years]
    assert sum(rows[1].broker for rows in reports) == 0
    for rows in reports:
        for mode in MODES:
            *causes, total = (getattr(row, mode) for row in rows)
            assert sum(causes) == total


@given(STEPS, st.sampled_from(("fifo", "hifo")))
@SOME
def test_what_is_not_read_of_a_long_journal_changes_nothing(ledger, steps, method):
    """Entries of puts that ended long before are left out; with all of them every year is the same."""
    life, years = played(ledger, steps)
    life.day += timedelta(days=400)
    life.books.buy(f"{life.day}", "TSLA", 1, "300")
    for year in range(years[0], life.day.year + 1):
        terms = Terms(method=method)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("allusr_sdk.tax.year.entries_since", lambda run, kinds, since, deep: tax_entries(run, kinds))
            whole = report(life.books.run, year, terms)
        part = report(life.books.run, year, terms)
        left = Counter(p.instrument for p in whole.chosen.parcels) - Counter(p.instrument for p in part.chosen.parcels)
        event(f"something left out: {bool(left)}")
        for mode in MODES:
            assert seen(getattr(part, mode)) == seen(getattr(whole, mode))
        assert part.differences == whole.differences


def seen(year):
    """All that a year says, calls of Part II by what they are."""
    told = {f.name: getattr(year, f.name) for f in fields(TaxYear) if f.name not in ("ended", "parcels", "waiting")}
    rows = [(r.call.instrument, r.call.opened, r.loss, r.unrecognised, r.carried) for r in year.waiting]
    return told | {"lines": year.lines, "waiting": rows, "gain": year.gain}
