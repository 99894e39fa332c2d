"""The end of `allusr run`: what each ledger did and has, the state of things, and what to type next."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from allusr_sdk.cli.options import HOME
from allusr_sdk.cli.output import emit, money, strong, table
from allusr_sdk.office.places import place, shown

if TYPE_CHECKING:
    from allusr_sdk.ledger import Run
    from allusr_sdk.ledger.verify import Report
    from allusr_sdk.reports.counts import Change, WeekFacts
    from allusr_sdk.reports.facts import LedgerFacts, RunFacts
    from allusr_sdk.reports.needs import Need
    from allusr_sdk.reports.reasons import Reason


def _count(*names: str) -> Callable[["LedgerFacts"], str]:
    return lambda facts: " / ".join(f"{getattr(facts, name):,}" for name in names)


def _amount(name: str) -> Callable[["LedgerFacts"], str]:
    return lambda facts: money(getattr(facts, name))


ROWS: tuple[tuple[str, Callable[["LedgerFacts"], str]], ...] = (
    ("contracts sold", _count("sold")),
    ("  closed", _count("closed")),
    ("  rolled", _count("rolled")),
    ("  expired", _count("expired")),
    ("  assigned", _count("assigned")),
    ("shares bought / sold", _count("shares_bought", "shares_sold")),
    ("hedges bought / sold", _count("hedged", "released")),
    ("refused (symbols x days)", _count("refused")),
    ("passed over", _count("skipped")),
    ("premium taken", _amount("premium_taken")),
    ("premium kept", _amount("premium_kept")),
    ("hedge cost", _amount("hedge_cost")),
    ("dividends", _amount("dividends")),
    ("realised", _amount("realised")),
    ("unrealised", _amount("unrealised")),
    ("collateral", _amount("collateral")),
    ("cash", _amount("cash")),
    ("equity", _amount("equity")),
    ("equity at the touch", _amount("at_touch")),
)


_NOTICES = 3
_WEEKS = 8  # more are counted by type


def show(run: "Run", home: str, *, as_json: bool) -> None:
    """Print a run's facts, as JSON or for a person."""
    from allusr_sdk.ledger.verify import verify
    from allusr_sdk.model.rearming import rearmed
    from allusr_sdk.reports.beginnings import rearmed_by
    from allusr_sdk.reports.facts import of_run

    facts, report = of_run(run), verify(run)
    if as_json:
        emit(as_object(facts, report, home))
    else:
        if said := rearmed_by(run):
            strong(rearmed(said))
        pages(facts, report, home)
    report.require()


def as_object(facts: "RunFacts", report: "Report", home: str) -> dict[str, object]:
    """The facts as one JSON object: the fields of `RunFacts`, `verified`, `problem` and `next`."""
    body: dict[str, object] = msgspec.to_builtins(facts)
    return body | {"verified": report.ok, "problem": str(report.bad or ""), "next": list(commands(facts, home))}


def pages(facts: "RunFacts", report: "Report", home: str) -> None:
    """Print the facts for a person."""
    for line in headings(facts.market, facts.what_if):
        strong(line)
    strong(f"Run {facts.run} · {facts.mode} · {facts.first} to {facts.last} · {facts.market}")
    print(
        f"capital {money(facts.capital)} · seed {facts.seed} · rulebook {facts.rulebook} · {', '.join(facts.plugins)}"
    )
    print()
    columns = _columns(facts)
    table(["", *(c.ledger for c in columns)], [[name, *(cell(c) for c in columns)] for name, cell in ROWS])
    print()
    for line in (*reasons(facts), *lines(facts, report)):
        print(line)
    print()
    print(f"Next: {', '.join(f'`{command}`' for command in commands(facts, home))}")


def _columns(facts: "RunFacts") -> list["LedgerFacts"]:
    """A column for each ledger of the first account, one for all of its forks, and the sum."""
    from allusr_sdk.reports.facts import together

    forked = _forked(facts)
    own = [ledger for ledger in facts.ledgers if ledger.ledger not in forked]
    forks = [ledger for ledger in facts.ledgers if ledger.ledger in forked]
    return [*own, *([together("forks", forks)] if forks else []), *([facts.total] if len(facts.ledgers) > 1 else [])]


def _forked(facts: "RunFacts") -> frozenset[str]:
    """Ledgers of forks: so many may there be that a summary tells them together."""
    return frozenset(name for account in facts.tree if account.parent for name in account.ledgers)


def reasons(facts: "RunFacts") -> Iterator[str]:
    """Why each ledger of the first account refused and passed over, commonest first."""
    forked = _forked(facts)
    for ledger in (ledger for ledger in facts.ledgers if ledger.ledger not in forked):
        name = ledger.ledger
        if ledger.refused:
            yield f"{name} refused {ledger.refused}: {_listed(ledger.refused_why)}"
        if ledger.skipped and not ledger.sold and not ledger.shares_bought:
            yield f"{name} opened nothing; passed over {ledger.skipped}: {_listed(ledger.skipped_why)}"
        if ledger.unfilled:
            yield f"{name} had {ledger.unfilled} entry orders end unfilled (ORD-1)"


def _listed(found: tuple["Reason", ...]) -> str:
    return ", ".join(f"{reason.rule} {reason.text} ({reason.count})" for reason in found)


def lines(facts: "RunFacts", report: "Report") -> Iterator[str]:
    """One line each for the state machine, kill switches, accounts, ladders, books, and what needs a human."""
    from allusr_sdk.market.modelled import is_tally
    from allusr_sdk.reports.ladders import ladder_lines
    from allusr_sdk.reports.tree import tree_lines

    moved = [c for c in facts.changes if c.what == "state"]
    left = "; ".join(f"{c.before} -> {c.after} ({c.rule} {c.why})" for c in moved) or "never left its ring"
    ended = "" if facts.complete else "; the run did not end"
    yield f"State machine: {facts.state} after {facts.cycles:,} cycles, {left}{ended}"
    yield from switch_lines(facts)
    forked = _forked(facts)
    yield from week_lines([week for week in facts.weeks if week.ledger not in forked])
    verdict = "verified" if report.ok else f"BROKEN at {report.bad}"
    notices = sorted(facts.notices, key=lambda notice: not is_tally(notice.why))
    for notice in notices[:_NOTICES]:
        whose = f"Data: {notice.symbol}" if notice.symbol else "Account:"
        yield f"{whose} {notice.why} ({notice.rule})"
    if len(facts.notices) > _NOTICES:
        yield f"Data: {len(facts.notices) - _NOTICES} more notices, `allusr ledger show --kind Decided` has them"
    yield from tree_lines(facts.tree)
    yield from ladder_lines(facts.ladders)
    yield f"Books: {verdict}, {report.entries:,} entries, head {report.head}"
    yield from need_lines(facts.needs)


def switch_lines(facts: "RunFacts") -> Iterator[str]:
    """What stands, and under it the last move of each switch, by whose it is and by cause."""
    moved: dict[tuple[str, str], list[Change]] = {}
    for change in facts.changes:
        if change.what == "switch":
            moved.setdefault((change.scope, change.cause), []).append(change)
    stands = ", ".join(f"{s.cause} of {s.scope} at {s.tier}" for s in facts.switches)
    yield f"Kill switches: tier {facts.tier}" + (f" ({stands})" if stands else "") + ("" if moved else ", none moved")
    for (scope, cause), changes in moved.items():
        last = changes[-1]
        times = f"{len(changes)} times" if len(changes) > 1 else "once"
        yield f"  {cause} of {scope} moved {times}: last {last.before} -> {last.after} ({last.rule} {last.why})"


def week_lines(weeks: Sequence["WeekFacts"]) -> Iterator[str]:
    """A line a week with the type in each ledger; for many weeks a line a ledger with how often each type was."""
    labels = list(dict.fromkeys(found.week for found in weeks))
    if len(labels) > _WEEKS:
        for ledger in sorted({found.ledger for found in weeks}):
            counted = Counter(found.primary for found in weeks if found.ledger == ledger)
            told = ", ".join(f"{name} {count}" for name, count in counted.most_common())
            yield f"Weeks of {ledger or 'the account'}: {told}"
        return
    for label in labels:
        mine = sorted((found for found in weeks if found.week == label), key=lambda found: bool(found.ledger))
        told = ", ".join(f"{found.ledger or 'account'} {found.primary}" for found in mine)
        yield f"Week {label} ({mine[0].status.lower()}): {told}"


def headings(market: str, loosened: Mapping[str, str]) -> Iterator[str]:
    """The headings of everything that rests on modelled options, or that a loosened rule has touched."""
    from allusr_sdk.market.modelled import modelled

    yield from filter(None, (modelled(market),))
    if loosened:
        yield f"WHAT-IF: {', '.join(f'{key} = {value}' for key, value in loosened.items())}"


def need_lines(found: Sequence["Need"]) -> Iterator[str]:
    """What waits for a human, one line each under a heading."""
    yield f"Needs a human: {len(found) or 'nothing'}"
    for need in found:
        about = " ".join(part for part in (need.ledger, need.symbol) if part) or "account"
        yield f"  {need.kind.upper()} {about}: {need.why} ({need.rule})"


def commands(facts: "RunFacts", home: str) -> Iterator[str]:
    """What to type next."""
    at = "" if home == place(HOME) else f" --home {shown(home)}"
    waiting = [need.symbol for need in facts.needs if need.symbol not in ("", "*")]
    symbol = next(iter((*waiting, *facts.traded)), None)
    if symbol:
        yield f"allusr explain {symbol}{at}"
    yield f"allusr report week{at}"
    yield f"allusr ledger show{at}"
    yield f"allusr ledger verify{at}"
