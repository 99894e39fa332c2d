"""Markets in which there are hedges to buy, and what the protocol says in them."""

from datetime import date

from allusr_protocol.engine import Protocol, ProtocolSettings
from attrs import evolve

from allusr_sdk import Grain
from allusr_sdk.model.views import Vix
from tests.builders import (
    AT,
    CALL,
    THURSDAY,
    Tape,
    board,
    books,
    contract,
    market,
    moment,
    short,
    sleeve_view,
    snapshot,
)

PROTOCOL = Protocol(ProtocolSettings())
HALF_YEAR = date(2026, 8, 21)
"""190 days out; the months before and after are further from 180."""
EXPIRIES = [date(2026, 3, 20), date(2026, 7, 17), HALF_YEAR, date(2026, 9, 18), date(2027, 3, 19)]
AT_TWO = short(contract(100), level=2)
CALM = (15.0,) * 30


def chains(*symbols, at=AT, spots=None, volatility=0.22):
    """Put chains of funds and indices half a year out, VIX calls among them."""
    made = {"SPX": 6000.0, "XSP": 600.0, "SPY": 600.0, "VIX": 22.0, **(spots or {})}
    for symbol in symbols:
        spot, root = made[symbol], "SPXW" if symbol == "SPX" else symbol
        strikes = range(20, 60, 5) if symbol == "VIX" else [spot * share / 100 for share in range(70, 110)]
        rights, wild = ((CALL,), 0.9) if symbol == "VIX" else ((contract().right,), volatility)
        yield snapshot(
            symbol, spot, board(root, spot, EXPIRIES, strikes, rights=rights, volatility=wild, at=at, half=0.05), at=at
        )


def view_of(
    *positions, symbols=("SPY",), vix=15.0, closes=CALM, clock="10:00", tape=None, tiers=(), grain=Grain.GRID,
    spots=None, day=THURSDAY, snapshots=(), **more,
):  # fmt: skip
    """A sleeve of 100,000 dollars over chains; ten o'clock is when slow triggers are read."""
    at = moment(day, clock)
    known = None if vix is None else Vix(vix, at, closes)
    shown = [*chains(*symbols, at=at, spots=spots), *snapshots]
    seen = market(*shown, at=at, vix=known, tape=tape or Tape(), grain=grain)
    held = books(*positions, **{"cash": "100000", **more})
    return evolve(sleeve_view(seen, held), tiers=tiers)


def hedged(*positions, **more):
    return list(PROTOCOL.hedge(view_of(*positions, **more)))
