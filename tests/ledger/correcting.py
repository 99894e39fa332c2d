"""Short forms of executions, their corrections and lines of the account, for tests of both."""

from decimal import Decimal

from attrs import evolve

from allusr_sdk.model.events import CashBooked, Corrected

D = Decimal
SHARES = "AAPL"


def fill(story, instrument, quantity, price, *, opening=True, id="1", **more):
    """An execution of the order `k`."""
    made = story.fill(instrument, quantity, price, opening=opening, key="k", symbol="AAPL", **more)
    return evolve(made, execution=id)


def corrected(story, instrument, amount, *, fee="0.00", corrects="1", execution="1a", key="k"):
    """The broker tells dollars or a fee of an execution otherwise."""
    return Corrected(
        ledger=story.SLEEVE, symbol="AAPL", rule="RECON B08", key=key, execution=execution, corrects=corrects,
        instrument=instrument, amount=D(amount), fee=D(fee), why="told otherwise",
    )  # fmt: skip


def line(story, what, amount, *, id="L1", symbol=""):
    """A line of the account that belongs to no execution."""
    return CashBooked(ledger=story.SLEEVE, symbol=symbol, rule="RECON B14", line=id, what=what, amount=D(amount))


def posted(run):
    """The last entry's lines: account, instrument, dollars and units."""
    last = list(run.entries())[-1]
    return [(x.account, x.instrument, D(x.amount) / 100, x.quantity) for x in last.lines]
