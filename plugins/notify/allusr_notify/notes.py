"""Notes: what happened, the money, the rules and entries under it, and what to type next."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from attrs import Factory, frozen

from allusr_notify.kinds import KINDS, RANK, kind_of
from allusr_sdk.model import events as ev
from allusr_sdk.office.happened import Happened, grouped, said
from allusr_sdk.office.refusals import refusals

if TYPE_CHECKING:
    from allusr_sdk.ledger import Entry

CHAINS = ("rules", "restarts", "operator", "advice")
"""The home's chains that are told beside its runs: proposals, restarts, what persons said, advice."""

_LINES = 30  # of a digest


@frozen(kw_only=True)
class Note:
    """One note.

    Attributes:
        account: of several; empty where a home is no account's.
        kind: as `KINDS` has it.
        text: what happened, money included.
        ref: the entries under it, as ``run 3 #12``; the same note has the same one whenever it is sent.
        when: instant of the market or of the wall clock, in words.
        rules: rule ids.
        next: what to type.
        about: symbol, for title and digest.
        ledger: the sleeve or fork.
    """

    account: str
    kind: str
    severity: str
    text: str
    ref: str = ""
    when: str = ""
    rules: tuple[str, ...] = ()
    next: str = ""
    about: str = ""
    ledger: str = ""

    @property
    def title(self) -> str:
        """``CRITICAL main: HALT``; a note of less is not headed with its severity."""
        loud = f"{self.severity.upper()} " if RANK[self.severity] >= RANK["warning"] else ""
        about = f" {self.about}" if self.about not in ("", "*") else ""
        return f"{loud}{self.account or 'allusr'}: {KINDS[self.kind].title}{about}"

    @property
    def body(self) -> str:
        """All of it, a line each."""
        under = " · ".join(part for part in (self.when, self.ledger, self.ref, " ".join(self.rules)) if part)
        return "\n".join(part for part in (self.text, under, f"Next: {self.next}" if self.next else "") if part)


@frozen(kw_only=True)
class Teller:
    """Makes the notes of one account.

    Attributes:
        home: as it may be shown.
        severities: by kind, where the settings say another than the table.
        weeks: what was said of each week, so that a final record that says the same is not told again.
    """

    account: str
    home: str
    severities: Mapping[str, str]
    weeks: dict[str, str] = Factory(dict)

    def note(
        self, kind: str, text: str, *, ref: str = "", when: str = "", rules: Sequence[str] = (), symbol: str = "",
        ledger: str = "", seq: int | str = "",
    ) -> Note:  # fmt: skip
        """A note of a kind."""
        told = KINDS[kind]
        following = told.next.format(home=f" --home {self.home}", symbol=symbol, seq=seq)
        return Note(
            account=self.account, kind=kind, severity=self.severities.get(kind, told.severity), ref=ref,
            text=" ".join(text.split()), when=when, rules=tuple(rules), next=following, about=symbol, ledger=ledger,
        )  # fmt: skip

    def of_run(self, run: int, entries: "Iterable[Entry]") -> Iterator[Note]:
        """The notes of a run's entries, in their order."""
        from allusr_sdk.office.engine import market

        for group in grouped(entries):
            event = group[-1].event
            kind = kind_of(event)
            told = _told(group) if kind else None
            if told is not None and not self._stale(event):
                numbers = f"#{told.first}" if told.first == told.last else f"#{told.first} to #{told.last}"
                yield self.note(
                    kind, told.text, ref=f"run {run} {numbers}", when=market(group[-1].at), symbol=event.symbol,
                    rules=_refusing(group) or told.rules, ledger=event.ledger, seq=told.last,
                )  # fmt: skip

    def _stale(self, event: ev.Event) -> bool:
        """Whether a week's record says what the one before said."""
        if not isinstance(event, ev.WeekTyped):
            return False
        said_now = _week(event).partition("): ")[2]
        before, self.weeks[event.week] = self.weeks.get(event.week), said_now
        return before == said_now

    def of_chain(self, chain: str, seq: int, at: datetime, event: ev.Event) -> Note | None:
        """The note of an entry of one of the home's chains; None where it is not told."""
        from allusr_sdk.office.engine import clock

        kind, text = _of_chain(event)
        if not kind:
            return None
        rules = event.rule.split()
        return self.note(kind, text, ref=f"{chain} #{seq}", when=clock(at), rules=rules, seq=seq, symbol=event.symbol)


def _told(group: "Sequence[Entry]") -> Happened | None:
    """What a group says; an entry for which there are no words is told by its kind, for it must not end the process."""
    last = group[-1]
    try:
        return _plainly(last.event, last.seq) or said(group)
    except Exception as why:  # whatever a plugin has put into an event
        text = f"{last.event.kind}, which could not be put into words ({type(why).__name__})"
        return Happened(first=group[0].seq, last=last.seq, text=text, rules=tuple(last.event.rule.split()))


# --- in words ------------------------------------------------------------------------------------------------------


def _plainly(event: ev.Event, seq: int) -> Happened | None:
    """What a run's head and tail and a week's record say."""
    text = ""
    if isinstance(event, ev.RunStarted):
        text = f"a {event.mode} run begins: {event.first} to {event.last}, capital {event.capital:,.2f}"
    if isinstance(event, ev.RunEnded):
        text = f"the run came to its end after {event.cycles:,} cycles, equity {event.equity:,.2f}"
    if isinstance(event, ev.WeekTyped):
        text = _week(event)
    return Happened(first=seq, last=seq, text=text, rules=tuple(event.rule.split())) if text else None


def _refusing(group: "Sequence[Entry]") -> tuple[str, ...]:
    """The rules that said no, of all that are named beside a refusal."""
    return tuple(dict.fromkeys(why.rule for found in refusals(group) for why in found.reasons))


def _week(event: ev.WeekTyped) -> str:
    levels = ", ".join(f"{symbol} {level}" for symbol, level in sorted(event.levels.items()) if level)
    parts = (
        f"week {event.week} ({event.status.lower()}): {event.primary}",
        f"premium {event.premium:,.2f}, {event.premium_net:,.2f} after fees",
        f"realised {event.realised:+,.2f}, unrealised {event.unrealised:+,.2f}",
        f"{event.assignments} assignments, {event.rolls} rolls, hedges cost {event.hedge_cost:,.2f}",
        f"highest levels {levels}" if levels else "",
    )
    return "; ".join(filter(None, parts))


def _of_chain(event: ev.Event) -> tuple[str, str]:
    if isinstance(event, ev.RulesProposed):
        changes = ", ".join(f"{key} = {value}" for key, value in event.changes.items())
        return "proposal", f"{event.author} proposes {changes}: {event.reason} (simulated over {event.period})"
    if isinstance(event, ev.RulesApproved):
        return "operator", f"proposal {event.proposal} approved by {event.approver}: {event.reason}; now {event.stamp}"
    if isinstance(event, ev.Resumed):
        how = event.adopted or (f"lived through again from the evening of {event.evening}" if event.evening else "")
        return "restart", f"run {event.run} goes on after entry #{event.seq}{f': {how}' if how else ''}"
    if isinstance(event, ev.OperatorAsked):
        about = event.about or event.ledger or "the account"
        kind = "halt" if event.action == "halt" else "operator"
        return kind, f"{event.action} of {about} asked by {event.actor}: {event.reason}"
    if isinstance(event, ev.OperatorAnswered) and event.outcome == "refused":
        return "operator", f"run {event.run} refused wish {event.wish}: {event.why}"
    if isinstance(event, ev.AdviceGiven):
        return "advisory", f"ADVISORY ({event.author}, {event.topic}): {event.text} Nothing was done for it"
    return "", ""


# --- several as one ------------------------------------------------------------------------------------------------


def together(notes: Sequence[Note]) -> tuple[str, str, str]:
    """Title, text and severity of a message: of one note as it is, of several as a digest."""
    if len(notes) == 1:
        return notes[0].title, notes[0].body, notes[0].severity
    worst = max(notes, key=lambda note: RANK[note.severity]).severity
    accounts = ", ".join(dict.fromkeys(note.account for note in notes if note.account)) or "allusr"
    lines = [*_refusals(notes), *(_line(note) for note in notes if note.kind != "refusal")]
    more = [f"and {len(lines) - _LINES} more: `allusr status` and `allusr ledger show`"] if len(lines) > _LINES else []
    return f"{accounts}: {len(notes)} notes", "\n".join((*lines[:_LINES], *more)), worst


def _line(note: Note) -> str:
    loud = f"{note.severity.upper()} " if RANK[note.severity] >= RANK["warning"] else ""
    who = f"{note.account}: " if note.account else ""
    under = ", ".join(part for part in (note.when, note.ledger, note.ref, " ".join(note.rules)) if part)
    return f"- {loud}{who}{note.text}{f' ({under})' if under else ''}"


def _refusals(notes: Sequence[Note]) -> Iterator[str]:
    """Refusals of an account as one line: how many under each rule, of which symbols."""
    found: dict[str, dict[str, list[Note]]] = {}
    for note in notes:
        if note.kind == "refusal":
            found.setdefault(note.account, {}).setdefault(" ".join(note.rules) or "no rule", []).append(note)
    for account, rules in found.items():
        told = "; ".join(
            f"{rule} {len(under)} ({', '.join(dict.fromkeys(note.about or '-' for note in under))})"
            for rule, under in sorted(rules.items(), key=lambda item: -len(item[1]))
        )
        every = [note for under in rules.values() for note in under]
        size = f"{len(every)} refusal{'s' if len(every) > 1 else ''}"
        yield f"- {f'{account}: ' if account else ''}{size}: {told}; {every[0].ref} to {every[-1].ref}"
