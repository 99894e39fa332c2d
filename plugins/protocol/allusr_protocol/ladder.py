"""The roll ladder: three candidates in order, each taken or refused by name (PE-8)."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from attrs import evolve

from allusr_sdk import (
    Assessment,
    Candidate,
    Chain,
    Intent,
    Pick,
    Position,
    Quote,
    Roll,
    SleeveView,
    choose,
    liquidity,
)

Found = Pick | Quote | str
"""A contract with its delta, a contract, or why there is none."""


def candidates(position: Position, buy: Quote, view: SleeveView) -> Iterator[Candidate]:
    """Rungs A, B and C, up to the first that may be taken.

    A is the band of the next cycle, B one ATR further 14 to 35 days out, C the same strike one or two weeks on.
    """
    for rung, found in _rungs(position, view):
        candidate = _judged(rung, position, buy, found, view)
        yield candidate
        if candidate.taken:
            return


def spent(position: Position, view: SleeveView) -> str:
    """Why the chain may not roll now, or an empty text: two rolls a chain (PE-8), one a session (our reading)."""
    if position.rolls >= view.rules.integer("PE-8.max_rolls"):
        return f"{position.rolls} rolls done"
    opened = position.opened.astimezone(view.clock.tzinfo).date()
    return "rolled in this session" if position.rolls and opened == view.session.day else ""


def rolled(position: Position, buy: Quote, found: Sequence[Candidate], seen: Assessment, rule: str) -> Iterator[Intent]:
    """The roll into the first rung that may be taken, if there is one."""
    for rung in found:
        if rung.taken and rung.sell is not None and rung.debit is not None:
            why = f"level {seen.watch.level} at {seen.m:.2f} ATR: rung {rung.rung}, {rung.why}"
            numbers = {"rung": rung.rung, "debit": str(rung.debit), "m": seen.m}
            yield Roll(
                position.symbol, rule, why, numbers, position=position, buy=buy, sell=rung.sell, debit=rung.debit
            )
            return


def debit_limit(position: Position, view: SleeveView) -> Decimal:
    """The most that a roll may cost per share: half the chain's first credit, less what earlier rolls cost."""
    return view.rules.money("PE-8.debit_share") * position.first_credit - position.roll_debit


def _rungs(position: Position, view: SleeveView) -> Iterator[tuple[str, Found]]:
    contract = position.contract
    assert contract is not None
    yield "A", _in_band(position, view)
    yield "B", _one_atr_further(position, view)
    weeks = _week_ends(position, view)
    for expiry in weeks[:2]:
        yield "C", view.quote(evolve(contract, expiry=expiry)) or f"{contract.strike} is not listed for {expiry}"
    if not weeks:
        yield "C", "no later weekly is listed"


def _in_band(position: Position, view: SleeveView) -> Found:
    contract = position.contract
    assert contract is not None
    expiry = view.following(position.symbol)
    if expiry is None or expiry <= contract.expiry:
        return "the next cycle's expiry is not listed"
    if not view.bands:
        return "the sleeve declares no band"
    found = choose(view.side(position.symbol, expiry, contract.right, contract.root), view.bands[0], view)
    return found if isinstance(found, Pick) else found.why


def _one_atr_further(position: Position, view: SleeveView) -> Found:
    contract, atr = position.contract, view.atr(position.symbol)
    assert contract is not None
    near, far = view.rules.integer("PE-8.dte_min"), view.rules.integer("PE-8.dte_max")
    expiry = next((e for e in view.expiries(position.symbol) if near <= view.days_left(e) <= far), None)
    side = view.side(position.symbol, expiry, contract.right, contract.root) if expiry else None
    if side is None or atr is None:
        return f"no expiry {near} to {far} days out" if atr else "ATR unknown"
    bound = float(contract.strike) + (-atr.value if contract.is_put else atr.value)
    row = _beyond(side, bound, put=contract.is_put)
    return side.quote(row) if row is not None else f"no strike beyond {bound:.2f}"


def _beyond(side: Chain, bound: float, *, put: bool) -> int | None:
    rows = [i for i, strike in enumerate(side.strike) if (strike <= bound if put else strike >= bound)]
    return (rows[-1] if put else rows[0]) if rows else None


def _week_ends(position: Position, view: SleeveView) -> tuple[date, ...]:
    """Last sessions of the following weeks that are listed, at most 35 days out."""
    listed, ends = set(view.expiries(position.symbol)), []
    assert position.contract is not None
    day = position.contract.expiry
    while view.days_left(day) <= view.rules.integer("PE-8.dte_max"):
        day = view.calendar.week(day + timedelta(days=7))[-1].day
        if day in listed and view.days_left(day) <= view.rules.integer("PE-8.dte_max"):
            ends.append(day)
    return tuple(ends)


def _judged(rung: str, position: Position, buy: Quote, found: Found, view: SleeveView) -> Candidate:
    if isinstance(found, str):
        return Candidate(rung, taken=False, rule="PE-8", why=found)
    sell, delta = (found.quote, found.delta) if isinstance(found, Pick) else (found, None)
    if not buy.sound:
        return Candidate(rung, taken=False, rule="RULE-0", why="no sound quote of the leg to buy back", sell=sell)
    if (days := view.days_left(sell.contract.expiry)) > view.rules.integer("PE-8.dte_max"):
        return Candidate(rung, taken=False, rule="PE-8", why=f"{days} days out are too many", sell=sell)
    if sell.contract.is_put and sell.contract.strike > buy.contract.strike:
        why = f"{sell.contract.strike} needs more cash than {buy.contract.strike} ties"
        return Candidate(rung, taken=False, rule="RULE-1", why=why, sell=sell)
    snapshot = view.fresh(position.symbol)
    volumes = tuple(snapshot.volumes(sell.contract)) if snapshot else ()
    about = partial(Candidate, rung, sell=sell, delta=delta, buyback=buy.mid)
    if vetoes := liquidity.illiquid(sell, volumes, view.rules):
        return about(taken=False, rule="LQ-1", why="; ".join(v.why for v in vetoes))
    debit, limit = buy.mid - sell.mid, debit_limit(position, view)
    size = f"{'debit' if debit > 0 else 'credit'} {abs(debit):.2f}"
    taken = debit <= limit
    why = f"{size}, {'within' if taken else 'over'} the limit {limit:.3f}"
    return about(taken=taken, rule="PE-8", why=why, debit=debit)
