"""What is held: the protocol's assessments and answers, the levels they give, and what a level 3 means (PE-4 to PE-11).

A put or shares at level 3, and a put whose roll would not pay (PE-8), are stopped: every level up to 3 is journaled and
the sleeve's L3 switch goes to SAFE, or the account's (PE-11).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from attrs import evolve

from allusr_sdk.contracts import Assessment, RiskProtocol, Sleeve, SleeveView
from allusr_sdk.contracts.plugins import Calm
from allusr_sdk.host import Fault, Host, drained
from allusr_sdk.host.fit import amount, count, misquoted, unfit, unwritable
from allusr_sdk.kernel.scribe import Scribe
from allusr_sdk.kernel.standing import plain
from allusr_sdk.model.events import Frozen, LevelChanged, SwitchChanged, Watched, rounded
from allusr_sdk.model.intents import Candidate, Close, Intent, Note, Roll, Shares, Skip
from allusr_sdk.model.ladders import style_of
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import TIERS, LedgerBook, Position, Watch

RECOVERY, PRESERVATION = 2, 3

Answer = tuple[Position, Sequence[Intent | Candidate]]


def answers(
    view: SleeveView, protocol: RiskProtocol[object] | None, sleeve: Sleeve[object], host: Host, scribe: Scribe
) -> Iterator[Answer]:
    """Assess every position of a sleeve whose underlying is fresh, journal levels, and say what is wished of it.

    Hedges have no level: the protocol is asked about them apart (PE-10).
    """
    managed, unsettled = type(sleeve).manage is not Sleeve.manage, scribe.book.unsettled
    for _, position in sorted(view.book.positions.items()):
        snapshot = view.fresh(position.symbol)
        if snapshot is None or position.hedges or position.key in unsettled:
            continue
        stands = scribe.standing.holds(position, snapshot, view, scribe.said(position))
        wishes = () if stands else _protocol(position, view, protocol, host, scribe)
        if managed:
            wishes = (*wishes, *_managed(position, view, sleeve, host, scribe))
        yield position, wishes


def _protocol(
    position: Position, view: SleeveView, protocol: RiskProtocol[object] | None, host: Host, scribe: Scribe
) -> Sequence[Intent | Candidate]:
    if protocol is None:
        return ()
    seen = host.ask(protocol.name, "assess", lambda: _sound(protocol.assess(position, view)))
    if isinstance(seen, Fault):
        return blind(position.ledger, position.key, seen, scribe)
    assessment = seen.value
    if assessment is None:
        return (Skip(position.symbol, "RULE-0", "no usable price or ATR: its level is unknown", verdict="hold"),)
    journal_levels(position, assessment, view, scribe)
    answer = host.ask(
        protocol.name, "respond", lambda: _checked(protocol.respond(position, assessment, view), position)
    )
    if isinstance(answer, Fault):
        return blind(position.ledger, position.key, answer, scribe)
    intents, broken = answer.value
    if broken:
        fault = Fault(protocol.name, "respond", f"answered with {broken}")
        return blind(position.ledger, position.key, fault, scribe)
    exits = [i for i in intents if not isinstance(i, Candidate)]
    _uneconomic(position, assessment, exits, view, scribe)
    if (hold := plain(position, assessment, intents)) is not None:
        calm = host.ask(protocol.name, "calm", lambda: _calm(protocol.calm(position, assessment, view)))
        if isinstance(calm, Fault):
            return blind(position.ledger, position.key, calm, scribe)
        if calm.value is not None:
            scribe.standing.take(position, hold, calm.value, view)
    return intents


def _sound(seen: Assessment | None) -> Assessment | None:
    """An assessment as it is. Raises `TypeError` for one that no level can be read from."""
    if seen is None:
        return None
    if not (isinstance(seen, Assessment) and isinstance(seen.watch, Watch) and isinstance(seen.m, int | float)):
        raise TypeError(f"assessed with {type(seen).__name__}: expected an Assessment with watch and m, or None")
    if wrong := unwritable(seen.numbers):
        raise TypeError(f"assessed with an Assessment {wrong}")
    return seen


def _calm(said: Calm | None) -> Calm | None:
    """What was said as it is. Raises `TypeError` for limits that nothing can be held against."""
    if said is None:
        return None
    if not isinstance(said, Calm):
        raise TypeError(f"said how long with {type(said).__name__}: expected a Calm or None")
    numbers = (said.low, said.high, *(limit for limit in (said.above, said.time_value) if limit is not None))
    if not (all(isinstance(number, int | float) for number in numbers) and isinstance(said.beside, Position | None)):
        raise TypeError("said how long by what is no number, or beside what is no position")
    if not (isinstance(said.until, datetime) and said.until.tzinfo):
        raise TypeError("said how long by an instant without a time zone")
    return said


def _checked(answers: Iterable[Intent | Candidate], position: Position) -> tuple[tuple[Intent | Candidate, ...], str]:
    """Answers to a position, and what makes them unfit; looking at odd ones may raise, and is the plugin's fault."""
    found = drained(answers)
    wrong = (unfit(one) if isinstance(one, Candidate) else broken_exit(one, position) for one in found)
    return found, next(filter(None, wrong), "")


def blind(ledger: str, subject: str, fault: Fault, scribe: Scribe) -> Sequence[Intent]:
    """A protocol that raises or errs leaves what it watches unwatched, so the sleeve opens nothing more (RULE-0)."""
    scribe.fault(fault)
    if "*" not in scribe.book.ledgers[ledger].frozen:
        why = f"the protocol failed on {subject}: {fault.error}"
        scribe.write(Frozen(ledger=ledger, symbol="*", rule="RULE-0", why=why))
    return ()


def _managed(
    position: Position, view: SleeveView, sleeve: Sleeve[object], host: Host, scribe: Scribe
) -> Sequence[Intent]:
    if scribe.book.ledgers[position.ledger].quarantined:
        return ()
    answer = host.ask(sleeve.name, "manage", lambda: _managing(sleeve.manage(position, view), position))
    if isinstance(answer, Fault):
        scribe.fault(answer)
        scribe.quarantine(position.ledger, answer.error)
        return ()
    intents, broken = answer.value
    if broken:
        scribe.quarantine(position.ledger, f"managed {position.key} with {broken}")
    return () if broken else intents


def _managing(answers: Iterable[Intent], position: Position) -> tuple[tuple[Intent, ...], str]:
    found = drained(answers)
    return found, next(filter(None, (broken_exit(one, position) for one in found)), "")


def broken_exit(intent: object, position: Position) -> str:
    """What makes an intent unfit to reduce this very position, or an empty text (RULE-0)."""
    if not isinstance(intent, Close | Roll | Shares | Skip | Note):
        return f"a {type(intent).__name__}"
    if wrong := unfit(intent):
        return f"a {type(intent).__name__} {wrong}"
    if isinstance(intent, Shares):
        whole = type(intent.quantity) is int and position.contract is None
        return "" if whole and -position.quantity <= intent.quantity < 0 else f"{intent.quantity} shares"
    if isinstance(intent, Close | Roll) and intent.position.key != position.key:
        return f"an exit of {intent.position.key}"
    if isinstance(intent, Close):
        return _broken_close(intent, position)
    return _broken_roll(intent, position) if isinstance(intent, Roll) else ""


def _broken_close(close: Close, position: Position) -> str:
    if wrong := misquoted(close.quote) or (misquoted(close.sell) if close.sell is not None else ""):
        return f"a close {wrong}"
    if close.limit is not None and not (amount(close.limit) and close.limit > 0):
        return f"a close with the limit {close.limit}"
    if close.quote.contract != position.contract:
        return f"a close of {close.quote.contract}"
    held = abs(position.quantity)
    if close.lots is not None and not (count(close.lots) and close.lots <= held):
        return f"a close of {close.lots} of {held} contracts"
    return _broken_pair(close.sell.contract, position) if close.sell is not None else ""


def _broken_pair(sold: Contract, written: Position) -> str:
    """What makes a contract none that leaves together with a written leg, or an empty text."""
    contract = written.contract
    same = contract is not None and (sold.root, sold.expiry, sold.right) == (
        contract.root, contract.expiry, contract.right,
    )  # fmt: skip
    return "" if same and written.short and written.hedges else f"a close of {contract} together with {sold}"


def _broken_roll(roll: Roll, position: Position) -> str:
    if wrong := misquoted(roll.buy, roll.sell) or ("" if amount(roll.debit) else "whose debit is unknown"):
        return f"a roll {wrong}"
    held, new = position.contract, roll.sell.contract
    if held is None or not position.short or roll.buy.contract != held:
        return f"a roll of {roll.buy.contract}"
    same = (new.underlying, new.right) == (held.underlying, held.right) and new.expiry > held.expiry
    dearer = new.is_put and new.strike > held.strike
    return "" if same and not dearer else f"a roll into {new}"


# --- levels --------------------------------------------------------------------------------------------------------


def journal_levels(position: Position, seen: Assessment, view: SleeveView, scribe: Scribe) -> None:
    """Write the watch where it moved, and each level between the old and the new one; the highest acts (PE-4, PE-7)."""
    before, after = position.watch, seen.watch
    if before == after:
        return
    about = {"ledger": position.ledger, "symbol": position.symbol}
    numbers = rounded(seen.numbers)
    m = float(f"{seen.m:.6g}")
    step = 1 if after.level > before.level else -1
    for level in range(before.level, after.level, step):
        scribe.write(LevelChanged(
            **about, rule=seen.rule, position=position.key, before=level, after=level + step, m=m, numbers=numbers,
        ))  # fmt: skip
    scribe.write(Watched(**about, rule="PE-4", position=position.key, watch=after, m=m, numbers=numbers))
    if after.level >= PRESERVATION > before.level and _stops(position):
        _preserve(position, m, view, scribe)
    elif after.level >= RECOVERY > before.level:
        _freeze(position, after.level, scribe)


def _uneconomic(
    position: Position, seen: Assessment, exits: Sequence[object], view: SleeveView, scribe: Scribe
) -> None:
    """A put below level 3 that is stopped by PE-11 because no roll pays has reached level 3 by that (PE-8)."""
    if seen.watch.level >= PRESERVATION or not (position.short and _stops(position)):
        return
    stop = next((i for i in exits if isinstance(i, Close) and i.urgent and "PE-11" in i.rule.split()), None)
    if stop is not None:
        top = Watch(level=PRESERVATION, rising=PRESERVATION)
        journal_levels(evolve(position, watch=seen.watch), evolve(seen, watch=top, rule=stop.rule), view, scribe)


def _stops(position: Position) -> bool:
    """Whether level 3 stops it out: short puts and shares; covered calls and hedges have no such level (PE-3)."""
    return position.contract is None or (position.short and position.contract.is_put and not position.hedges)


def _freeze(position: Position, level: int, scribe: Scribe) -> None:
    """Puts freeze symbol and sleeve (PE-7), shares their symbol (PE-3); calls only schedule (PE-3)."""
    if not _stops(position):
        return
    rule = "PE-3" if position.contract is None else "PE-7"
    for symbol in (position.symbol, "*") if position.contract else (position.symbol,):
        if symbol not in scribe.book.ledgers[position.ledger].frozen:
            why = f"{position.key} at level {level}"
            scribe.write(Frozen(ledger=position.ledger, symbol=symbol, rule=rule, why=why))


# --- level 3 -------------------------------------------------------------------------------------------------------


def _preserve(position: Position, m: float, view: SleeveView, scribe: Scribe) -> None:
    """SAFE for the sleeve; for the account where the rules say so or another sleeve stopped lately too (PE-11).

    Ledgers that one sleeve runs in several accounts are no two sleeves.
    """
    by_distance = m >= view.rules.numbers("PE-2.levels")[PRESERVATION - 1]
    why = f"{position.key} at level {PRESERVATION}" + ("" if by_distance else ": no roll pays, m")
    whole = view.rules.text("PE-11.scope") == "account"
    if not whole:
        _throw(position.ledger, position, m, why, view, scribe)
    ledgers, own = scribe.book.ledgers, style_of(scribe.book.ledgers[position.ledger])
    others = [name for name, book in ledgers.items() if style_of(book) != own and _stopped(book, view)]
    if whole or others:
        too = f"; {', '.join(others)} stopped lately too" if others else ""
        _throw("", position, m, f"{why} of {position.ledger}{too}", view, scribe)


def _stopped(book: LedgerBook, view: SleeveView) -> bool:
    """Whether a ledger had a stop within the last sessions, this one included."""
    today, span = view.session.day, view.rules.integer("PE-11.stop_sessions")
    return any(view.calendar.sessions_left(day, today) < span for day in book.stops)


def _throw(ledger: str, position: Position, m: float, why: str, view: SleeveView, scribe: Scribe) -> None:
    """Move the L3 switch of a ledger, or of the account where none is named, to SAFE; one that stands there stays."""
    book = scribe.book
    before = (book.ledgers[ledger].switches if ledger else book.switches).get("L3", "NONE")
    if TIERS.index(before) >= TIERS.index("SAFE"):
        return
    bound = [book.ledgers[ledger]] if ledger else book.ledgers.values()
    top = view.rules.numbers("PE-2.levels")[PRESERVATION - 1]
    scribe.write(SwitchChanged(
        ledger=ledger, symbol=position.symbol, rule="PE-11", cause="L3", before=before, after="SAFE", value=m,
        threshold=top if m >= top else None, reason=why, source="protocol",
        cancels=sum(w.opening for b in bound for w in b.working.values()),
    ))  # fmt: skip
