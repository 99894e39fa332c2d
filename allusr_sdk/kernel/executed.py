"""Executions of ours as a broker tells them: not booked yet, told otherwise, or settled oddly (B06, B08, B13).

One that is told twice is passed over by its id (B07). What an intent asked for says how an execution is booked.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from attrs import evolve

from allusr_sdk.kernel.breaks import Finding, found
from allusr_sdk.kernel.case import Case
from allusr_sdk.kernel.shadow import named, symbol_of
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.broker import Execution, key_of
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.events import Corrected, Filled, IntentRecorded, Mended
from allusr_sdk.model.money import ZERO, price, usd
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.rulebook import Rulebook


def executions(case: Case) -> Iterator[Finding]:
    """B06, B08 and B13: each execution of ours, oldest first; a corrected one stands as it was told last."""
    for execution in sorted(standing(case.theirs.executions), key=lambda e: traded(e, case)):
        key = key_of(execution.reference)
        if not key:
            continue
        booked = next((name for name in chain(execution, case) if name in case.ours.fills), "")
        yield from _told(execution, booked, case) if booked else [_missing(execution, key, case)]
        yield from _settling(execution, case)


def standing(executions: Sequence[Execution]) -> list[Execution]:
    """Executions once each, without those that a later one corrects."""
    replaced = {e.corrects for e in executions if e.corrects}
    return list({e.id: e for e in executions if e.id not in replaced}.values())


def chain(execution: Execution, case: Case) -> list[str]:
    """The ids of an execution, newest first."""
    known = {e.id: e.corrects for e in case.theirs.executions}
    names = [execution.id]
    while (name := known.get(names[-1], "")) and name not in names:
        names.append(name)
    return names


def traded(execution: Execution, case: Case) -> datetime:
    """When it was traded: the earliest that is told of it, for a correction has an instant of its own."""
    names = chain(execution, case)
    return min(e.at for e in case.theirs.executions if e.id in names)


# --- B06 ---


def _missing(execution: Execution, key: str, case: Case) -> Finding:
    intent = case.ours.intents.get(key)
    symbol = symbol_of(execution.instrument)
    tell = partial(
        found, "B06", execution.id, symbol=symbol, what=f"execution {execution.id} of order {key} is not booked",
        ours="not booked", theirs=f"{execution.quantity:+d} {named(execution.instrument)} at {execution.price}",
    )  # fmt: skip
    why = "its order stands in no journal of this home"
    if intent is not None:
        fill = booked_from(execution, intent, case)
        why = case.shadow.take([fill]) if fill else "its order names no such leg"
        if fill and not why:
            case.filled.add(key)
            return tell(cause=_cause(key, case), mends=[fill])
    return tell(worse=True, cause=why)


def _cause(key: str, case: Case) -> str:
    works = any(key in ledger.working for ledger in case.ours.book.ledgers.values())
    return "filled while nobody listened" if works else "filled though the books took the order for ended"


def booked_from(execution: Execution, intent: IntentRecorded, case: Case) -> Filled | None:
    """An execution as the books take it, by the intent that asked for it; None where it has no such leg."""
    name = named(execution.instrument)
    if name not in (named(leg) for leg, _ in intent.legs):
        return None
    opening = intent.opening or (len(intent.legs) == 2 and execution.quantity < 0)
    fill = Filled(
        ledger=intent.ledger, symbol=intent.symbol, rule="RECON B06", key=intent.key, execution=execution.id,
        instrument=name, quantity=execution.quantity, price=price(execution.price), touch=None,
        fee=_fee(execution, case.rules), opening=opening, cause=intent.cause,
    )  # fmt: skip
    return _rolled(fill, intent, case) if opening and not intent.opening else fill


def _fee(execution: Execution, rules: Rulebook) -> Decimal:
    """What it cost, by FEE-1 while the broker has not told it: unknown is not zero."""
    if execution.fee is not None:
        return usd(execution.fee)
    each = rules.money("FEE-1.option" if contract_of(named(execution.instrument)) else "FEE-1.share")
    return usd(each * abs(execution.quantity))


def _rolled(fill: Filled, intent: IntentRecorded, case: Case) -> Filled:
    """The chain of a roll carried on (PE-8). One whose position is in the books no more is rolled no further."""
    position = case.ours.book.ledgers[intent.ledger].positions.get(intent.position)
    if position is None:
        return evolve(fill, rolls=case.rules.integer("PE-8.max_rolls"), first_credit=fill.price)
    return evolve(
        fill, rolls=position.rolls + 1, roll_debit=position.roll_debit + _net(intent, case),
        first_credit=position.first_credit,
    )  # fmt: skip


def _net(intent: IntentRecorded, case: Case) -> Decimal:
    """What a combo cost per share by its executions; by its last limit where one of its legs has none."""
    mine = [e for e in standing(case.theirs.executions) if key_of(e.reference) == intent.key]
    bought, sold = ([e for e in mine if e.quantity * sign > 0] for sign in (1, -1))
    return _average(bought) - _average(sold) if bought and sold else intent.worst


def _average(executions: Sequence[Execution]) -> Decimal:
    units = sum(abs(e.quantity) for e in executions)
    return price(sum((e.price * abs(e.quantity) for e in executions), ZERO) / units)


# --- B08, B13 ---


def _told(execution: Execution, booked: str, case: Case) -> Iterator[Finding]:
    """Price and commission as the broker tells them now; a changed quantity is no correction but a difference (B03)."""
    fill, rules = case.ours.fills[booked], case.rules
    fee = ZERO if execution.fee is None else usd(execution.fee) - fill.fee
    told = abs(fee) > rules.money("RECON.fee") or abs(execution.price - fill.price) > rules.money("RECON.price")
    if not told or execution.quantity != fill.quantity:
        return
    more = _gross(fill, fill.price) - _gross(fill, execution.price)
    corrected = Corrected(
        ledger=fill.ledger, symbol=fill.symbol, rule="RECON B08", key=fill.key, execution=execution.id,
        corrects=booked, instrument=fill.instrument, amount=more - fee, fee=fee, why="as the broker tells it now",
    )  # fmt: skip
    case.shadow.take([corrected])
    yield found(
        "B08", execution.id, symbol=fill.symbol, what=f"execution {execution.id} of {fill.key} was told otherwise",
        ours=f"at {fill.price}, fee {fill.fee}", theirs=f"at {execution.price}, fee {fill.fee + fee}",
        cause="the broker corrected it" if execution.id != booked else "its fee was told later", mends=[corrected],
    )  # fmt: skip


def _gross(fill: Filled, each: Decimal) -> Decimal:
    return usd(price(each) * fill.quantity * (MULTIPLIER if contract_of(fill.instrument) else 1))


def _settling(execution: Execution, case: Case) -> Iterator[Finding]:
    """B13: trades settle on the next session (LQ-6). No amount in the books depends on it, so it is noted once."""
    usual = xnys().after(traded(execution, case).astimezone(NEW_YORK).date()).day
    if execution.settles in (None, usual):
        return
    symbol, theirs = symbol_of(execution.instrument), str(execution.settles)
    why = "settlement moves no amount of the books"
    noted = Mended(
        symbol=symbol, rule="B13", subject=execution.id, how="explained", theirs=theirs, actor="engine", reason=why
    )
    yield found(
        "B13", execution.id, symbol=symbol, what=f"execution {execution.id} settles on another day",
        ours=str(usual), theirs=theirs, cause="the broker settles it otherwise", mends=[noted],
    )  # fmt: skip
