"""Shares that Com-Acc buys: the first in weekly tranches, later ones where puts did not bring them back (CAD-9)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from attrs import frozen

from allusr_sdk import Note, Shares, Skip, SleeveView

LOT = 100
BEGUN, SEEDED, PUTS = "seed begun", "seeded", "seed puts"
"""Keys of the notes: Monday of the first tranche's week, the session in which the last one was spent, and with a symbol
the number of puts sold for its first shares and the day of the last."""
OVER = "no shares: the first purchases are over, and it was not called away"


@frozen
class Tranche:
    """This week's part of the first purchases: tranche `number` of `of`; weeks without data are caught up."""

    number: int
    of: int

    @property
    def last(self) -> bool:
        """Whether all of the capital is due."""
        return self.number == self.of

    def __str__(self) -> str:
        return f"tranche {self.number} of {self.of}"


def tranche(view: SleeveView) -> Tranche | None:
    """This week's tranche; None where the first shares come by puts or have been bought."""
    if view.rules.text("CAD-9.com_seed") != "tranches" or view.book.notes.get(SEEDED):
        return None
    begun = view.book.notes.get(BEGUN)
    weeks = (_monday(view) - date.fromisoformat(begun)).days // 7 if begun else 0
    of = max(1, view.rules.integer("CAD-9.seed_weeks"))
    return Tranche(min(of, weeks + 1), of)


def unassigned(symbol: str, view: SleeveView) -> int:
    """Puts sold to get at the symbol's shares that ended without assignment, since it was called away or ever."""
    if symbol in view.book.called:
        return view.book.reentries.get(symbol, 0)
    return int(view.book.notes.get(f"{PUTS} {symbol}", "0").split()[0])


def counted(symbol: str, view: SleeveView) -> Iterator[Note]:
    """Notes of the puts sold for a symbol's first shares: one more on the day it was sold, none after shares came."""
    key, today = f"{PUTS} {symbol}", view.session.day.isoformat()
    before = view.book.notes.get(key, "0")
    if symbol in view.book.called or view.rules.text("CAD-9.com_seed") != "csp":
        return
    if view.book.shares(symbol):
        if not before.startswith("0"):
            yield Note(symbol, "CAD-9", key=key, text="0")
    elif not before.endswith(today) and _sold_today(symbol, view):
        yield Note(symbol, "CAD-9", key=key, text=f"{unassigned(symbol, view) + 1} {today}")


def _sold_today(symbol: str, view: SleeveView) -> bool:
    held = view.position(symbol)
    if held is None or held.contract is None or not held.contract.is_put or held.cause == "roll":
        return False
    return held.opened.astimezone(view.clock.tzinfo).date() == view.session.day


def notes(now: Tranche | None, found: Iterable[Shares | Skip], view: SleeveView) -> Iterator[Note]:
    """What the ledger has to remember: when the tranches began, and that the last one is spent as far as it goes."""
    if now is None:
        return
    if BEGUN not in view.book.notes:
        yield Note("", "CAD-9", key=BEGUN, text=_monday(view).isoformat())
    if now.last and not any(isinstance(each, Shares) or each.verdict == "refuse" for each in found):
        yield Note("", "CAD-9", key=SEEDED, text=view.session.day.isoformat())


def purchases(
    symbols: Sequence[str], universe: Sequence[str], now: Tranche | None, view: SleeveView
) -> Mapping[str, Shares | Skip]:
    """Hundreds of shares for each symbol, or why none, least exposed symbols first.

    Each order stays within what is left of the capital that is due, the symbol's cap (CAD-10), the cash to be kept
    (CC-2) and one order's dollars (KS-11); the next attempts of the window go on until nothing more fits.
    """
    equity, rules = view.book.deployable, view.rules
    due = equity * rules.money("CAD-10.deploy_max") * (Decimal(now.number) / now.of if now else 1)
    kept = rules.money("CC-2.cash_share") * equity
    left = min(due - sum(map(view.book.exposure, universe)), view.book.free - kept)
    found: dict[str, Shares | Skip] = {}
    for symbol in sorted(symbols, key=lambda s: (view.book.exposure(s), universe.index(s))):
        rooms = {"left to spend": left, **_rooms(symbol, len(universe), view)}
        found[symbol] = wish = _purchase(symbol, rooms, due / len(universe), f"{now}: " if now else "", view)
        if isinstance(wish, Shares):
            left -= wish.quantity // LOT * _cost(symbol, view)
    return found


def _rooms(symbol: str, universe: int, view: SleeveView) -> dict[str, Decimal]:
    rules, equity = view.rules, view.book.deployable
    cap = max(rules.money("CAD-10.symbol_cap"), Decimal(1) / universe) * equity
    order = min(rules.money("KS-11.notional_max"), rules.money("KS-11.notional_share") * equity)
    return {"symbol cap": cap - view.book.exposure(symbol), "one order": order}


def _purchase(symbol: str, rooms: Mapping[str, Decimal], share: Decimal, which: str, view: SleeveView) -> Shares | Skip:
    """As many hundreds as an equal `share` of the capital allows, at least one if it fits the smallest room."""
    cost = _cost(symbol, view)
    if not cost > 0:
        return Skip(symbol, "RULE-0", f"{which}no ask for the shares", verdict="refuse")
    bound = min(rooms, key=lambda name: rooms[name])
    numbers = {name: str(room) for name, room in rooms.items()} | {"cost": str(cost)}
    if cost > rooms[bound]:
        why = f"{which}100 shares need {cost:,.0f}, {bound} {rooms[bound]:,.0f}"
        return Skip(symbol, "CAD-9 CAD-10", why, numbers)
    hundreds = max(1, int(min(rooms[bound], share - view.book.exposure(symbol)) / cost))
    return Shares(symbol, "CAD-9", f"{which}{hundreds * LOT} shares", numbers, quantity=hundreds * LOT)


def _cost(symbol: str, view: SleeveView) -> Decimal:
    """Dollars for a hundred shares at the worst price of the walk (ORD-1); zero where there is no ask."""
    snapshot = view.fresh(symbol)
    if snapshot is None or not 0 < snapshot.ask < float("inf"):
        return Decimal(0)
    return LOT * Decimal(str(snapshot.ask)) * (1 + view.rules.money("ORD-1.slippage"))


def _monday(view: SleeveView) -> date:
    return view.session.day - timedelta(days=view.session.day.weekday())
