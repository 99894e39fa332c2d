"""What is plotted: traces and spans, from the same reading as the tables; drawing them is somebody else's."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from allusr_sdk.ledger import Entry
from allusr_sdk.ledger.lineage import branches
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import iso_week, xnys
from allusr_sdk.model.ladders import GROWTH, HEDGES, style_of
from allusr_sdk.reports.ladders import ladders
from allusr_sdk.reports.periods.measures import measured
from allusr_sdk.reports.periods.performance import curve_of, equity_curve
from allusr_sdk.reports.periods.period import WEEK
from allusr_sdk.reports.periods.reading import Reading, new_york
from allusr_sdk.reports.periods.statistics import drawdowns
from allusr_sdk.reports.periods.values import Plot, Span, Trace
from allusr_sdk.reports.periods.weekly import ACCOUNT, said
from allusr_sdk.reports.weeks import CALM
from allusr_sdk.reports.words import LEVELS
from allusr_sdk.rulebook import Rulebook

_WHOLE = "account"


def plots(read: Reading) -> tuple[Plot, ...]:
    """Every plot that has something to show."""
    made = (equity(read), drawdown(read), premium(read), protocol(read), calendar(read), ladder(read), tree(read))
    return tuple(plot for plot in made if plot.traces or plot.spans)


def sleeves(read: Reading) -> dict[str, tuple[str, ...]]:
    """Ledgers by the sleeve that runs them, forks' together with the first account's."""
    found: dict[str, tuple[str, ...]] = {}
    for name in read.valued:
        book = read.book.ledgers.get(name)
        style = style_of(book) if book else name
        found[style] = (*found.get(style, ()), name)
    return found


def equity(read: Reading) -> Plot:
    """Equity by sleeve, to date."""
    curves = {_WHOLE: equity_curve(read)} | {s: equity_curve(read, names) for s, names in sleeves(read).items()}
    traces = tuple(Trace(name, tuple(c), tuple(map(float, c.values()))) for name, c in curves.items() if c)
    return Plot("equity", "Equity by sleeve", "At each session's end, forks with their sleeve.", "lines", "usd", traces)


def drawdown(read: Reading) -> Plot:
    """How far equity lies under its peak, by sleeve; transfers between sleeves are in it."""
    curves = {_WHOLE: curve_of(read)}
    for sleeve, names in sleeves(read).items():
        if sleeve in (GROWTH, HEDGES):  # a ladder's cash comes and goes with what it buys
            continue
        curves[sleeve] = {day: float(value) for day, value in equity_curve(read, names).items()}
    traces = tuple(Trace(name, tuple(c), drawdowns(list(c.values()))) for name, c in curves.items() if c)
    about = (
        "Under the highest equity before. What a sleeve gives to a fork or a ladder shows as a fall; ladders are out."
    )
    return Plot("drawdown", "Drawdown by sleeve", about, "lines", "fraction", traces)


def premium(read: Reading) -> Plot:
    """Premium taken beside premium kept: by session in a week, else by week."""
    slots: dict[str, list[Entry]] = {label: [] for label in _slots(read)}
    for entry in read.entries:
        slots.setdefault(_slot(read, new_york(entry.at)), []).append(entry)
    sums = {label: measured(entries, read.hedges) for label, entries in slots.items()}
    traces = tuple(
        Trace(name, tuple(sums), tuple(_float(m.cell(key).value) for m in sums.values()))
        for key, name in (("premium", "taken"), ("premium_kept", "kept"))
    )
    shown = traces if any(any(trace.y) for trace in traces) else ()
    about = "Taken when an option is written; kept, or lost, when it ends. Only what is kept is income."
    return Plot("premium", "Premium taken and kept", about, "bars", "usd", shown)


def _slots(read: Reading) -> Iterator[str]:
    for session in xnys().between(read.period.first, read.period.last):
        yield _slot(read, session.day)


def _slot(read: Reading, day: date) -> str:
    return f"{day:%a %-d %b}" if read.period.kind == WEEK else iso_week(day)


def _float(value: object) -> float:
    return float(value) if isinstance(value, Decimal | int) else 0.0


def protocol(read: Reading) -> Plot:
    """The highest level of each underlying in each session."""
    days = tuple(s.day for s in xnys().between(read.period.first, read.end))
    highest: dict[str, dict[date, int]] = {}
    for entry in read.entries:
        event, day = entry.event, new_york(entry.at)
        if isinstance(event, ev.LevelChanged | ev.Watched):
            level = event.watch.level if isinstance(event, ev.Watched) else max(event.before, event.after)
            mine = highest.setdefault(event.symbol, {})
            mine[day] = max(level, mine.get(day, 0))
    traces = tuple(Trace(s, days, tuple(_level(seen, d) for d in days)) for s, seen in sorted(highest.items()))
    about = "The highest level of any position in each underlying; empty where nothing moved."
    return Plot("levels", "Protocol levels", about, "grid", "count", traces, words=LEVELS)


def _level(seen: dict[date, int], day: date) -> float | None:
    return float(seen[day]) if day in seen else None


def calendar(read: Reading) -> Plot:
    """The type of each week of the last year, by ledger."""
    words = (CALM, *reversed(Rulebook.default().texts("WK-3.precedence")))
    words = tuple(dict.fromkeys(words))
    labels = tuple(sorted({week for week, _ in read.weeks}))
    names = [*dict.fromkeys(ledger for _, ledger in sorted(read.weeks, key=lambda key: bool(key[1])))]
    traces = tuple(Trace(name or ACCOUNT, labels, tuple(_type(read, w, name, words) for w in labels)) for name in names)
    about = "The gravest label of each week."
    return Plot("weeks", "Calendar of week types", about, "grid", "count", traces, words=tuple(map(said, words)))


def _type(read: Reading, week: str, ledger: str, words: tuple[str, ...]) -> float | None:
    entry = read.weeks.get((week, ledger))
    return float(words.index(entry.event.primary)) if entry and isinstance(entry.event, ev.WeekTyped) else None


def ladder(read: Reading) -> Plot:
    """Each rung from its purchase to its expiry."""
    spans = tuple(
        Span(
            f"{rung.quantity} x {rung.text}",
            rung.bought,
            rung.expiry,
            f"cost {rung.cost:,.2f}, worth {rung.value:,.2f}",
        )
        for one in ladders(read.book)
        for rung in one.rungs
    )
    return Plot("ladder", "LEAP ladder", "From purchase to expiry.", "spans", spans=spans)


def tree(read: Reading) -> Plot:
    """Each account from its beginning to its merge, or to the period's end; nothing where nothing forked."""
    day = read.end
    found = branches(read.book, day)
    spans = tuple(
        Span(
            f"{one.node.id} {one.node.form}", one.node.funded_at,
            max(one.node.closed_at or day, one.node.funded_at + timedelta(days=1)),
            f"began with {one.node.amount:,.2f}" + ("" if one.node.closed_at else f", has {one.equity:,.2f}"),
            one.depth,
        )
        for one in found
    )  # fmt: skip
    return Plot(
        "tree", "Tree of accounts", "Each account over its life.", "spans", spans=spans if len(spans) > 1 else ()
    )
