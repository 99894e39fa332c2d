"""Executions of ours as a broker tells them: not booked yet, told otherwise, or settled oddly (B06, B08, B13).

One that is told twice is passed over by its id (B07). What an intent asked for says how an execution is booked.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from attrs import evolve

from allusr_sdk.kernel.amounts import fits
from allusr_sdk.kernel.breaks import Finding, found
from allusr_sdk.kernel.case import Case
from allusr_sdk.kernel.gaps import gaps
from allusr_sdk.kernel.orders import ROLL
from allusr_sdk.kernel.shadow import named, symbol_of
from allusr_sdk.kernel.trades import Trade
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.broker import Execution
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.events import Corrected, Event, Filled, IntentRecorded, Mended
from allusr_sdk.model.money import ZERO, price, usd
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.rulebook import Rulebook


def executions(case: Case) -> Iterator[Finding]:
    """B06, B08 and B13: each execution of ours, oldest first."""
    for trade in case.trades:
        booked = next((name for name in trade.names if name in case.ours.fills), "")
        if not booked and trade.key not in case.ours.intents:
            case.stray.append(trade)
            continue
        yield from _told(trade.told, booked, case) if booked else [_missing(trade, case)]
        yield from _settling(trade, case)


def strays(case: Case) -> Iterator[Finding]:
    """B06 of orders that stand in no journal of this home, where books and broker disagree in what they moved.

    Where they agree it is an account's past: what was traded before these books began, or long settled.
    """
    known = gaps(case)
    for trade in case.stray:
        if named(trade.told.instrument) in known or not fits(case):
            yield _tell(trade, worse=True, cause="its order stands in no journal of this home")


# --- B06 ---


def _missing(trade: Trade, case: Case) -> Finding:
    fill = booked_from(trade, case.ours.intents[trade.key], case)
    why = case.shadow.take([fill]) if fill else "its order names no such leg"
    if fill is None or why:
        return _tell(trade, worse=True, cause=why)
    case.filled.add(trade.key)
    return _tell(trade, cause=_cause(trade.key, case), mends=[fill])


def _tell(trade: Trade, *, cause: str, worse: bool = False, mends: Sequence[Event] = ()) -> Finding:
    told = trade.told
    return found(
        "B06", trade.id, symbol=symbol_of(told.instrument), what=f"execution {trade.id} of {trade.key} is not booked",
        ours="not booked", theirs=f"{told.quantity:+d} {named(told.instrument)} at {told.price}", cause=cause,
        worse=worse, mends=mends,
    )  # fmt: skip


def _cause(key: str, case: Case) -> str:
    works = any(key in ledger.working for ledger in case.ours.book.ledgers.values())
    return "filled while nobody listened" if works else "filled though the books took the order for ended"


def booked_from(trade: Trade, intent: IntentRecorded, case: Case) -> Filled | None:
    """An execution as the books take it, by the intent that asked for it; None where it has no such leg.

    It is booked as it was told last, under its first id: so it is known again when that one is told once more.
    """
    execution, name = trade.told, named(trade.told.instrument)
    if name not in (named(leg) for leg, _ in intent.legs):
        return None
    opening = intent.opening or (intent.cause == ROLL and execution.quantity < 0)
    fill = Filled(
        ledger=intent.ledger, symbol=intent.symbol, rule="RECON B06", key=intent.key, execution=trade.names[-1],
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
    mine = [trade.told for trade in case.trades if trade.key == intent.key]
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


def _settling(trade: Trade, case: Case) -> Iterator[Finding]:
    """B13: trades settle on the next session (LQ-6). No amount in the books depends on it, so it is noted once."""
    execution, usual = trade.told, xnys().after(trade.at.astimezone(NEW_YORK).date()).day
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
