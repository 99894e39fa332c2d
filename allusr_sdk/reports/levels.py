"""Telling what the protocol saw in a position: levels, the roll ladder, holds."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from attrs import evolve

from allusr_sdk.ledger import Entry
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.events import Decided, LevelChanged, Numbers, RollPrepared, Watched
from allusr_sdk.reports.orders import rung_name
from allusr_sdk.reports.story import FAR, Detail, Line
from allusr_sdk.reports.words import LEVELS, clock, number, per_share, short_name
from allusr_sdk.rulebook import Rulebook

Credits = Mapping[str, Decimal]

_M = re.compile(r"\bm from (-?[\d.]+ to -?[\d.]+) ATR")
_SAID = {"refuse": "nothing sent", "hold": "held", "prepare": "made ready"}


def told(entries: Sequence[Entry], credits: Credits) -> Line:
    """The line of one position at one instant; `credits` are per share by position key."""
    events = [entry.event for entry in entries]
    levels = [e for e in events if isinstance(e, LevelChanged)]
    watched = next((e for e in events if isinstance(e, Watched)), None)
    held = next((e for e in events if isinstance(e, Decided)), None)
    rungs = [e for e in events if isinstance(e, RollPrepared)]
    details = tuple(_ladder(rungs, credits, levels[-1].after if levels else _level(watched)))
    seqs = tuple(entry.seq for entry in entries)
    key = _position(events)
    line = Line(
        at=clock(entries[0].at), kind="hold", text="", subject=key, rules=("PE-8",), details=details, entries=seqs
    )
    if levels or watched is not None:
        line = evolve(line, details=(*details, *_said(events)))
    if levels:
        rules = tuple(levels[0].rule.split())
        return evolve(line, kind="level", text=_changed(levels), rules=rules, numbers=levels[-1].numbers)
    if watched is not None:
        text = f"{_what(key)[4:]} {_stays(watched, entries[0].rulebook)}"
        return evolve(line, text=text, rules=("PE-4",), numbers=watched.numbers)
    if held is not None:
        text = f"holds {_what(key)}: {_far(held.why, key)}{_m(held)}"
        return evolve(line, text=text, rules=tuple(held.rule.split()), numbers=held.numbers)
    return evolve(line, kind="ladder", text="roll ladder looked at")


def _said(events: Sequence[object]) -> Iterator[Detail]:
    """What was decided beside a level that moved, other than to hold by it."""
    for event in events:
        if isinstance(event, Decided) and event.rule != "PE-2":
            said = _SAID.get(event.verdict, event.verdict)
            yield Detail(text=f"{said}: {event.why}", rules=tuple(event.rule.split()))


def _position(events: Sequence[object]) -> str:
    """The key of the position that the events are about."""
    first = events[0]
    return str(first.subject if isinstance(first, Decided) else getattr(first, "position", ""))


def _what(key: str) -> str:
    instrument = key.partition(":")[2]
    return f"the {short_name(instrument)}" if contract_of(instrument) else "the shares"


def _far(why: str, key: str) -> str:
    """What a hold says of its distance m, with the words for it: past a strike, or under the basis of shares (PE-3)."""
    option = contract_of(key.partition(":")[2]) is not None
    return _M.sub(rf"{FAR}\1 {'ATR past the strike' if option else 'weekly ATR under the basis'}", why)


def _level(watched: Watched | None) -> int:
    return watched.watch.level if watched else 0


def _m(held: Decided) -> str:
    m = number(held.numbers, "m")
    return f", {m:.1f} ATR" if m is not None else ""


def _changed(levels: Sequence[LevelChanged]) -> str:
    first, last = levels[0], levels[-1]
    path = " -> ".join(str(level) for level in (first.before, *(event.after for event in levels)))
    what = _what(last.position)[4:]
    return f"LEVEL {path} {LEVELS[last.after]}, {what}. {distance(last)}"


def distance(event: LevelChanged | Watched) -> str:
    """``Spot 262.15 is 7.85 under the strike: 1.40 ATR (ATR 5.59 = 2 % of 279.51: no bars)``."""
    spot, contract = number(event.numbers, "spot"), contract_of(event.position.partition(":")[2])
    if spot is None:
        return f"{event.m:.2f} ATR{_atr(event.numbers)}"
    if contract is None:
        return f"Spot {spot:,.2f}: {event.m:.2f} scaled ATR under the basis{_atr(event.numbers)}"
    gap = spot - float(contract.strike)
    side = "over" if gap > 0 else "under"
    return f"Spot {spot:,.2f} is {abs(gap):,.2f} {side} the strike: {event.m:.2f} ATR{_atr(event.numbers)}"


def _atr(numbers: Numbers, *before: str) -> str:
    """`` (ATR 5.59 = 2 % of 279.51: no bars)``, after other words in the same brackets; empty where it is unknown."""
    atr, how = number(numbers, "atr"), str(numbers.get("atr_how", "")).replace("2%", "2 %")
    own = [f"ATR {atr:.2f}" + (f" = {how}" if how else "")] if atr is not None else []
    words = [*before, *own]
    return f" ({', '.join(words)})" if words else ""


def _stays(event: Watched, stamp: str) -> str:
    watch, spot = event.watch, number(event.numbers, "spot")
    about = _atr(event.numbers, *([f"spot {spot:,.2f}"] if spot is not None else []))
    start = f"stays at level {watch.level}: {event.m:.2f} ATR"
    if watch.rising > watch.level:
        return f"{start} once; level {watch.rising} {_wants(watch.rising, stamp)}{about}"
    if watch.calm:
        return f"{start}, calm sample {watch.calm} on the way to level {watch.level - 1}{about}"
    return f"{start}{about}"


def _wants(level: int, stamp: str) -> str:
    rules = Rulebook.default()
    if stamp != rules.stamp:
        return "wants a second sample, or one well past it"
    past = rules.numbers("PE-2.levels")[level - 1] + rules.number("PE-4.jump")
    return f"wants two samples in a row or {past:.2f} ATR"


# --- the ladder -----------------------------------------------------------------------------------------------------


def _ladder(rungs: Sequence[RollPrepared], credits: Credits, level: int) -> Iterator[Detail]:
    if not rungs:
        return
    sent = "roll prepared, none sent (level 2 would send it)" if level < 2 else "roll ladder"
    yield Detail(text="; ".join(filter(None, (sent, ", ".join(_costs(rungs, credits))))), rules=("PE-8",))
    found = False
    for rung in rungs:
        name = rung_name(rung.instrument, rung.delta) if rung.instrument else "nothing"
        yield Detail(text=f"  {rung.rung}  {name}: {_judged(rung, found, level)}", rules=tuple(rung.rule.split()))
        found |= rung.taken


def _costs(rungs: Sequence[RollPrepared], credits: Credits) -> Iterator[str]:
    buyback = next((number(rung.numbers, "buyback") for rung in rungs if "buyback" in rung.numbers), None)
    if buyback is not None:
        yield f"buying back costs {per_share(Decimal(str(buyback)))}"
    if rungs[0].position in credits:
        yield f"credit was {per_share(credits[rungs[0].position])}"


def _judged(rung: RollPrepared, found: bool, level: int) -> str:
    if not rung.taken:
        words = rung.why.partition(", over ")
        return f"{words[0]}, refused: over {words[2]}" if words[1] else f"refused: {rung.why}"
    if found:
        return f"{rung.why}; a rung before it comes first"
    return f"{rung.why}; " + ("taken" if level >= 2 else "would be taken")
