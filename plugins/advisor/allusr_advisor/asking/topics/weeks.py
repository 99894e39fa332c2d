"""The type of a week and why, and a summary of any days."""

import re
from typing import TYPE_CHECKING

from attrs import evolve

from allusr_advisor.asking import periods
from allusr_advisor.asking.facts import Answer, Fact, Piece, count, ledger, moment, number, say, state, week
from allusr_advisor.asking.facts import money as usd
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record, during, numbers
from allusr_advisor.asking.topics import capital, ends, money, switches
from allusr_advisor.asking.topics.common import about, ended, when, who
from allusr_advisor.asking.topics.executions import rose, size_of
from allusr_sdk.model import events as ev
from allusr_sdk.model.positions import HEDGE

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry

_SHOWN = {
    "CALM_INCOME": "Calm-Income", "ROLL": "Roll", "ASSIGNMENT": "Assignment", "PRESERVATION": "Preservation",
    "HEDGED": "Hedged", "EARNINGS_FILTER": "Earnings-Filter",
}  # fmt: skip


def week_type(record: Record, asked: Question) -> Answer:
    """The newest record of the week, its labels, and what gave them."""
    day = min(asked.period.last, record.now) if asked.period is not None else record.now
    label = _named(record, asked) if asked.period is None else ""
    label = label or periods.of_week(day).label
    several = asked.period is not None and asked.period.kind not in ("day", "week")
    if several or "weeks" in asked.text.lower():
        return _several(record, asked)
    written = _newest(record, asked, label)
    if not written:
        text = "the journal has not typed week {week} yet: it does at the last close of the week"
        return Answer(direct=(say(text, week=week(label), rules="WK-4"),))
    account = next((e for e in written if not e.event.ledger), written[0])
    own = written if asked.ledgers else [account]
    sleeves = () if asked.ledgers else tuple(_typed(e) for e in written if e.event.ledger)
    return Answer(direct=tuple(map(_typed, own)), why=_causes(record, own[0]), open=(*sleeves, *_status(own[0])))


def _named(record: Record, asked: Question) -> str:
    """The newest week of the type that a question names; empty where it names none, or no week was of it."""
    wanted = _labels(asked)
    own = asked.ledgers[0] if asked.ledgers else ""
    found = [e.event for e in record.of("WeekTyped") if isinstance(e.event, ev.WeekTyped) and e.event.ledger == own]
    return next((event.week for event in reversed(found) if wanted & set(event.labels)), "")


def _labels(asked: Question) -> set[str]:
    """The types that a question names."""
    words = asked.text.lower()
    return {name for name, shown in _SHOWN.items() if re.search(rf"\b{shown.lower().partition('-')[0]}\b", words)}


def _newest(record: Record, asked: Question, label: str) -> "list[Entry]":
    found: dict[str, Entry] = {}
    for entry in record.of("WeekTyped"):
        event = entry.event
        if (
            isinstance(event, ev.WeekTyped)
            and event.week == label
            and event.ledger in (asked.ledgers or (event.ledger,))
        ):
            found[event.ledger] = entry
    return list(found.values())


def _typed(entry: "Entry") -> Fact:
    event = entry.event
    assert isinstance(event, ev.WeekTyped)
    others = event.labels[1:]
    more = f", and {' and '.join(f'{{l{i}}}' for i in range(len(others)))} too" if others else ""
    return say(
        f"week {{week}} was {{type}} for {{who}}{more}: premium {{premium}}, realised {{realised}}",
        week=week(event.week),
        type=state(_SHOWN.get(event.primary, event.primary)),
        who=ledger(event.ledger),
        premium=usd(event.premium),
        realised=usd(event.realised),
        rules=event.rule,
        entries=(entry.seq,),
        **{f"l{i}": state(_SHOWN.get(name, name)) for i, name in enumerate(others)},
    )


def _status(entry: "Entry") -> tuple[Fact, ...]:
    event = entry.event
    assert isinstance(event, ev.WeekTyped)
    words = "final" if event.status == "FINAL" else "provisional until the next session's reconciliation"
    return (say(f"the record is {words}", entries=(entry.seq,), rules="WK-5"),)


def _causes(record: Record, typed: "Entry") -> tuple[Fact, ...]:
    """The entries that gave the labels, in their own words; none for a calm week."""
    event = typed.event
    assert isinstance(event, ev.WeekTyped)
    if event.primary == "CALM_INCOME":
        rises = count(event.flags.get("l1_count", 0), "time")
        return (
            say(
                "nothing stood against it: no stop, roll, assignment, hedge or report date; level 1 was reached"
                " {rises}",
                rises=rises,
                rules="WK-3",
                entries=(typed.seq,),
            ),
        )
    sources = set(event.sources)
    found = [e for e in record.entries if e.seq in sources and not isinstance(e.event, ev.Decided | ev.IntentRecorded)]
    told = tuple(fact for e in found if (fact := _cause(record, e)) is not None)
    return told[:8] or (say("a switch that stood when the week began", rules="KS-4", entries=(typed.seq,)),)


def _cause(record: Record, entry: "Entry") -> Fact | None:
    event = entry.event
    if isinstance(event, ev.Filled):
        return _hedge(entry) if event.cause.startswith(HEDGE) else None
    if isinstance(event, ev.LevelChanged):
        from allusr_advisor.asking.topics.positions import level

        return level(entry)
    if isinstance(event, ev.SwitchChanged):
        return switches.changed(record, entry)
    return ends.told(record, entry) if isinstance(event, ev.Assigned) else None


def _hedge(entry: "Entry") -> Fact:
    from allusr_advisor.asking.topics.growth import hedge

    return hedge(entry)


def _several(record: Record, asked: Question) -> Answer:
    """A line a week."""
    found: dict[str, Entry] = {}
    wanted = _labels(asked)
    for entry in record.of("WeekTyped"):
        event = entry.event
        if not isinstance(event, ev.WeekTyped) or (wanted and not wanted & set(event.labels)):
            continue
        if event.ledger == (asked.ledgers[0] if asked.ledgers else ""):
            day = periods.read(event.week.lower(), record.now, (record.now, record.now))[0]
            if day is None or asked.period is None or asked.period.holds(day.first) or asked.period.holds(day.last):
                found[event.week] = entry
    if not found:
        text = "no week of {who} was of that type {when}" if wanted else "the journal typed no week of {who} {when}"
        return Answer(direct=(say(text, who=who(asked), when=when(asked, record), rules="WK-4"),))
    types = " and ".join(sorted(_SHOWN[name] for name in wanted))
    direct = say("{count} typed{types} {when} for {who}", count=count(len(found), "week was", "weeks were"),
                 types=Piece("state", f" {types}" if types else "", types), who=who(asked), when=when(asked, record),
                 rules="WK-4", entries=numbers(found.values()))  # fmt: skip
    return Answer(direct=(direct, *ended(list(found.values()), _typed, 10)))


# --- a summary ------------------------------------------------------------------------------------------------------


def summary(record: Record, asked: Question) -> Answer:
    """What happened in some days: income, trades, ends, levels, switches, equity."""
    wide = evolve(asked, contract="", text="")
    filled = [e for e in record.about(wide, "Filled") if money.writes(e)]
    ends = record.about(wide, "Assigned", "Expired", "Exercised")
    scope = {"who": who(asked), "what": about(asked), "when": when(asked, record)}
    direct = say(
        "{who} sold {sold} for {premium} of premium{what} {when}; {assigned} and {expired}"
        if ends
        else "{who} sold {sold} for {premium} of premium{what} {when}; no option ended",
        scope,
        sold=count(-sum(map(size_of, filled)), "contract"),
        premium=usd(money.received(filled)),
        assigned=_ended(ends, "Assigned", "was assigned", "were assigned"),
        expired=_ended(ends, "Expired", "expired", "expired"),
        entries=numbers((*filled, *ends)),
    )
    result = money.income(record, wide).direct
    worth = capital.equity(record, wide).direct if not asked.symbols else ()
    return Answer(direct=(direct, *result), why=(*worth, *_notable(record, wide)), open=_open(record, wide))


def _ended(ends: "tuple[Entry, ...]", kind: str, one: str, several: str) -> Piece:
    return count(
        sum(abs(getattr(e.event, "quantity", 0)) for e in ends if e.kind == kind),
        f"contract {one}",
        f"contracts {several}",
    )


def _notable(record: Record, asked: Question) -> tuple[Fact, ...]:
    """Switches, levels from 2 on, hedges and forks."""
    from allusr_advisor.asking.topics.growth import forked, hedge
    from allusr_advisor.asking.topics.positions import level

    moved = record.about(asked, "SwitchChanged", wide=not asked.symbols)
    high = [e for e in record.about(asked, "LevelChanged") if rose(e, 2)]
    hedges = [
        e for e in record.about(asked, "Filled") if isinstance(e.event, ev.Filled) and e.event.cause.startswith(HEDGE)
    ]
    forks = record.about(asked, "ForkIntended", "NodeClosed")
    return (
        *ended(moved, lambda e: switches.changed(record, e), 3), *ended(high, level, 3), *ended(hedges, hedge, 2),
        *ended(forks, forked, 3),
    )  # fmt: skip


def _open(record: Record, asked: Question) -> tuple[Fact, ...]:
    from allusr_advisor.asking.topics.positions import next_expiry
    from allusr_advisor.asking.topics.waiting import waits

    return (*next_expiry(record, asked), *waits(record, asked))


def vix(record: Record, asked: Question) -> Answer:
    """The index's closes in the days asked for."""
    found = [
        (e.event.vix, e) for e in record.of("Valued")
        if isinstance(e.event, ev.Valued) and e.event.vix is not None and during(asked, e)
    ]  # fmt: skip
    if not found:
        return Answer(direct=(say("the journal has no close of VIX {when}", when=when(asked, record)),))
    (top, high), (close, last) = max(found, key=lambda one: one[0]), found[-1]
    direct = say(
        "VIX closed at {last} on {at}; its highest close {when} was {high} on {since}", last=number(close),
        at=moment(last.at), when=when(asked, record), high=number(top), since=moment(high.at), rules="KS-1",
        entries=(last.seq, high.seq),
    )  # fmt: skip
    seen = [
        (e.event.value, e) for e in record.of("SwitchChanged", "SwitchWaiting")
        if isinstance(e.event, ev.SwitchChanged | ev.SwitchWaiting) and e.event.value is not None and during(asked, e)
        and getattr(e.event, "cause", "VIX") == "VIX"
    ]  # fmt: skip
    more: tuple[Fact, ...] = ()
    if seen and max(value for value, _ in seen) > top:
        value, entry = max(seen, key=lambda one: one[0])
        text = "within a session the journal has it as high as {value} on {at}"
        more = (say(text, value=number(value), at=moment(entry.at), rules="KS-2", entries=(entry.seq,)),)
    moved = [e for e in record.about(asked, "SwitchChanged", wide=True) if getattr(e.event, "cause", "") == "VIX"]
    return Answer(direct=(direct, *more), why=ended(moved, lambda e: switches.changed(record, e)))
