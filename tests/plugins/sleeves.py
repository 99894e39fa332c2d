"""Ask one of the three sleeves about one symbol on one day of the real calendar."""

from datetime import date, timedelta
from decimal import Decimal

from allusr_sdk import Note, Sell, Shares, Skip
from allusr_sdk.model.calendar import xnys
from allusr_sdk.settings import load
from tests.builders import RULES, board, books, market, moment, sleeve_view, snapshot

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 2, n) for n in range(9, 14))
STRIKES = [n / 5 for n in range(425, 600)]


def made(kind, **settings):
    return kind(load(kind.settings_type(), settings, where=kind.name))


def day_of(text):
    return date.fromisoformat(text)


def week_ends(day):
    """The last sessions of this week and the next three, and nothing else."""
    return [xnys().week(day + timedelta(days=7 * n))[-1].day for n in range(4)]


def every_session(day):
    """The sessions from `day` for two weeks, as funds list them."""
    return [s.day for s in xnys().between(day, day + timedelta(days=14))]


def seen(kind, day, *positions, symbol="NVDA", clock="10:00", spot=100.0, expiries=None, atr=2.0, rules=RULES,
         strikes=STRIKES, more=None, grain=None, **settings):  # fmt: skip
    """A sleeve and its view: one symbol with puts and calls, and the books of the sleeve's ledger."""
    sleeve = made(kind, **{"symbols": [symbol], **settings})
    at = moment(day, clock)
    rows = board(symbol, spot, week_ends(day) if expiries is None else expiries, strikes, at=at)
    view = market(snapshot(symbol, spot, rows, at=at), at=at, **({"grain": grain} if grain else {}))
    held = books(*positions, name=kind.name, **(more or {}))
    return sleeve, sleeve_view(view, held, bands=sleeve.bands(rules), atr=atr, rules=rules)


def asked(kind, day, *positions, **more):
    """Everything that the sleeve proposes."""
    sleeve, view = seen(kind, day_of(day) if isinstance(day, str) else day, *positions, **more)
    return list(sleeve.propose(view))


def only(found):
    assert len(found) == 1, found
    return found[0]


def sold(found):
    """The one contract that is written."""
    wish = only(found)
    assert isinstance(wish, Sell), wish
    return wish


def skipped(found):
    wish = only(found)
    assert isinstance(wish, Skip), wish
    return f"{wish.rule}: {wish.why}"


def bought(found):
    """Shares asked for by symbol."""
    return {wish.symbol: wish.quantity for wish in found if isinstance(wish, Shares)}


def noted(found):
    return {wish.key: wish.text for wish in found if isinstance(wish, Note)}


def capital(amount):
    """Books of a ledger that holds nothing but this."""
    return {"cash": str(amount), "high_water": Decimal(amount)}
