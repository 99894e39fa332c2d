"""What runs came to, in tables and sentences; every number is one of a run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from allusr_sdk.reports.evidence import Estimate
from allusr_sdk.reports.evidence.evaluate import ahead
from allusr_sdk.reports.periods.statistics import SESSIONS
from tests.evidence.bars import Known
from tests.evidence.plans import BARE, MAIN, STRICT, UNPIVOTED, UNSWITCHED, WAYS, Bars, Way
from tests.evidence.reading import Facts, by_year

Table = tuple[Sequence[str], list[list[str]]]
Ways = Mapping[str, Facts]
Each = Sequence[tuple[Ways, Bars]]
LOW, HIGH = 0.20, 0.30
SEED = 7
HELD = {"hold": "Hold underlyings", "hold_SPY": "Hold SPY", "hold_AAPL": "Hold AAPL"}
_MEASURES = {
    "cagr": "CAGR", "volatility": "Volatility", "sharpe": "Sharpe", "drawdown": "Max drawdown",
    "under_water": "Longest under water, sessions", "worst_week": "Worst week", "cvar_95": "CVaR 95, weekly",
    "weeks_up": "Weeks up", "kept": "Premium kept / taken", "hit_rate": "Hit rate", "skill": "P(Sharpe > 0)",
}  # fmt: skip


def those(ways: Ways) -> list[Way]:
    """The ways that were run, in their order."""
    return [way for way in WAYS if way.key in ways]


def percent(value: float | None, *, plus: bool = False) -> str:
    """A fraction as a percentage with one digit."""
    if value is None:
        return "unknown"
    return f"{value:+.1%}" if plus else f"{value:.1%}"


def shown(one: Mapping) -> str:
    """An estimate's value in its unit."""
    return _shown(one["value"], one["unit"])


def interval(one: Mapping) -> str:
    """An estimate's interval, or nothing."""
    if one["low"] is None:
        return ""
    return f"{_shown(one['low'], one['unit'])} to {_shown(one['high'], one['unit'])}"


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "unknown"
    return percent(value) if unit == "fraction" else f"{value:,.0f}" if unit == "count" else f"{value:.2f}"


# --- in short --------------------------------------------------------------------------------------------------------


def short(ways: Ways, one: Bars) -> Iterator[str]:
    """What a reader takes away of one set."""
    facts = ways[MAIN.key]
    cagr, years = facts.estimate("cagr"), by_year(facts.path)
    reached = [year for year, value in years.items() if value >= LOW]
    named = f" ({', '.join(reached)})" if reached else ""
    fell = shown(facts.estimate("drawdown"))
    yield (f"**{one.title}.** With reports ignored the rules came to **{shown(cagr)} a year** (95 % interval "
           f"{interval(cagr)}), with a drawdown of {fell}. {_beside(ways, one)}")  # fmt: skip
    yield (f"The target of 20 to 30 % a year was {_reached(cagr)}. {len(reached) or 'None'} of {len(years)} calendar "
           f"years came to 20 % or more{named}.{_not_by_options(facts)}")  # fmt: skip
    yield source(facts)
    yield from resting(ways)
    yield _switched(ways)


def _reached(cagr: Mapping) -> str:
    if cagr["value"] >= LOW:
        return "reached on average, on modelled options"
    over = cagr["high"] is not None and cagr["high"] >= LOW
    return (
        "not reached, though the interval reaches into it" if over else "not reached, and lies above the whole interval"
    )


def _not_by_options(facts: Facts) -> str:
    if facts.parts("total")["options"] >= 0:
        return ""
    return " **Written options lost money all in all: what came of it is what shares rose**, not income from premium."


def _beside(ways: Ways, one: Bars) -> str:
    main = ways[MAIN.key]
    said = [f"{HELD[key].replace('Hold', 'holding')} {shown(main.estimate('cagr', key))} with a drawdown of "
            f"{shown(main.estimate('drawdown', key))}" for key in one.held if key in main.curves]  # fmt: skip
    said += [f"{words} {shown(ways[way.key].estimate('cagr'))}" for way, words in _OTHERS if way.key in ways]
    return f"Beside it: {'; '.join(said)}." if said else ""


_OTHERS = (
    (UNPIVOTED, "the rules without pivot"),
    (BARE, "the sleeves without the protocol"),
    (STRICT, "the rules with nothing loosened and no report dates"),
)


def _switched(ways: Ways) -> str:
    apart = ahead(ways[MAIN.key].curve(), ways[UNSWITCHED.key].curve(), seed=SEED)
    word = "added" if (apart.value or 0) > 0 else "cost"
    sure = "" if apart.low is None or apart.high is None or apart.low > 0 or apart.high < 0 else ", which may be chance"
    return f"The VIX switches {word} {abs(apart.value or 0):.2%} a year (95 % interval {span(apart)}){sure}."


def span(apart: Estimate) -> str:
    """An interval of how far two curves are apart."""
    return "unknown" if apart.low is None or apart.high is None else f"{apart.low:+.2%} to {apart.high:+.2%}"


# --- data ------------------------------------------------------------------------------------------------------------


def holes(rows: Iterable[tuple[str, Known]]) -> Table:
    """Where bars begin, end and are missing."""
    heads = ["set", "name", "first bar", "last bar", "bars", "holes"]
    return heads, [[title, k.symbol, f"{k.first}", f"{k.last}", f"{k.sessions:,}", _holes(k)] for title, k in rows]


def _holes(known: Known) -> str:
    return "; ".join(f"{first} to {last} ({count:,} sessions)" for first, last, count in known.holes) or "none"


def bad_years(bars: Iterable[Known]) -> Table:
    """Years whose true ranges are too wide."""
    rows = [[k.symbol, str(year), f"{ratio:.1f}"] for k in bars for year, ratio in k.doubted.items()]
    return ["symbol", "year", "true range over move"], rows


def bad_prints(facts: Facts, one: Bars) -> str:
    """Single highs and lows that the market did not believe."""
    found = facts.unbelieved
    if not found:
        return f"{one.title}: no single high or low was so far from its bar that it was not believed."
    return (f"{one.title}: {len(found)} single highs and lows lay so far from their bar that they were not believed, "
            f"and four standard deviations were taken instead: {'; '.join(found)}.")  # fmt: skip


# --- what came out ---------------------------------------------------------------------------------------------------


def measures(ways: Ways, one: Bars) -> Table:
    """Measures down, ways and what is held across."""
    main = ways[MAIN.key]
    held = [key for key in one.held if key in main.curves]
    more = those(ways)[1:]
    heads = ["", MAIN.title, "95 % interval", *(way.title for way in more), *(HELD[key] for key in held)]
    rows = [["options", "modelled", "", *["modelled"] * len(more), *["none"] * len(held)]]
    for key, label in _MEASURES.items():
        own = main.estimate(key)
        others = [shown(ways[way.key].estimate(key)) for way in more]
        known = [main.estimate(key, curve) for curve in held]
        cells = ["" if one["value"] is None else shown(one) for one in known]
        rows.append([label, f"**{shown(own)}**", interval(own), *others, *cells])
    return heads, rows


def notes(ways: Ways, one: Bars) -> Iterator[str]:
    """What has to be known of the columns."""
    main = ways[MAIN.key]
    for key in one.held:
        if key in main.curves:
            yield f"{HELD[key]}: {main.curves[key]['note']}."
    yield f"Ratios are over {main.rate:.0%} a year (RATE-1)."


def sources(facts: Facts) -> Table:
    """What each ledger's result is made of, dollars; fees are inside."""
    heads = ["ledger", "written options", "hedges", "shares sold", "not realised", "dividends", "result", "of capital"]
    rows = []
    for one in facts.ledgers:
        parts = facts.parts(one["ledger"])
        result = sum(parts.values())
        rows.append([one["ledger"], *(f"{value:,.0f}" for value in parts.values()), f"**{result:,.0f}**",
                     percent(result / facts.capital(one["ledger"]), plus=True)])  # fmt: skip
    return heads, rows


def source(facts: Facts) -> str:
    """What written options came to beside all else, as a sentence."""
    parts, taken = facts.parts("total"), float(facts.ledgers[-1]["premium_taken"])
    shares = parts["shares"] + parts["dividends"]
    options, hedges = f"{parts['options']:+,.0f}", f"{parts['hedges']:+,.0f}"
    return (f"Written options came to {options} dollars on {taken:,.0f} of premium taken, where assigned ones count "
            f"with their shares; hedges to {hedges}, shares that were sold to {shares:+,.0f}, and what was still held "
            f"to {parts['open']:+,.0f}. By ledger: {_by_ledger(facts)}.")  # fmt: skip


def _by_ledger(facts: Facts) -> str:
    names = [one["ledger"] for one in facts.ledgers[:-1]]
    return ", ".join(f"{name} {sum(facts.parts(name).values()):+,.0f}" for name in names)


def years(ways: Ways) -> Table:
    """Returns by calendar year."""
    main = ways[MAIN.key]
    held = "Hold SPY" if "Hold SPY" in main.paths else "Hold underlyings"
    columns = [by_year(ways[way.key].path) for way in those(ways)] + [by_year(main.paths[held])]
    rows = [[year, *(percent(column.get(year), plus=True) for column in columns), percent(main.worked.get(year))]
            for year in columns[0]]  # fmt: skip
    return ["year", *(way.title for way in those(ways)), held, "At work"], rows


def sleeves(facts: Facts) -> Table:
    """What each ledger sold, took, kept and has; contracts, shares and dollars."""
    counts = ("sold", "closed", "rolled", "expired", "assigned", "shares_bought", "shares_sold", "hedged", "refused")
    amounts = ("premium_taken", "premium_kept", "hedge_cost", "dividends", "fees", "realised", "equity")
    rows = [[key.replace("_", " "), *(f"{one[key]:,}" for one in facts.ledgers)] for key in counts]
    rows += [[key.replace("_", " "), *(f"{float(one[key]):,.0f}" for one in facts.ledgers)] for key in amounts]
    return ["", *(one["ledger"] for one in facts.ledgers)], rows


def refusals(facts: Facts) -> Iterator[str]:
    """Why each ledger refused, commonest first."""
    for one in facts.ledgers[:-1]:
        why = "; ".join(f"{r['rule']} {r['text']} ({r['count']:,})" for r in one["refused_why"][:3])
        if why:
            yield f"`{one['ledger']}` refused {one['refused']:,} symbol-days, most often: {why}"


def stopped(facts: Facts) -> Table:
    """Share of sessions that end with a switch thrown."""
    scopes = ["", *(one["ledger"] for one in facts.ledgers[:-1])]
    rows = []
    for cause in facts.causes():
        shares = [np.mean([tier != "NONE" for tier in facts.standing(cause, scope).values()]) for scope in scopes]
        rows.append([cause, *(percent(float(share)) for share in shares)])
    return ["cause", *(scope or "account" for scope in scopes)], rows


def resting(ways: Ways) -> Iterator[str]:
    """Ledgers that a pivot holds to the end of the main run, since when, and what they came to without one."""
    facts = ways[MAIN.key]
    for one in facts.ledgers[:-1]:
        tiers = [*facts.standing("PIVOT", one["ledger"]).items()]
        free = max((i for i, (_, tier) in enumerate(tiers) if tier == "NONE"), default=-1)
        if len(tiers) - free - 1 >= SESSIONS:
            since, count = tiers[free + 1][0], len(tiers) - free - 1
            held = f"from {since} to the end, for {count:,} sessions"
            yield f"`{one['ledger']}` is pivoted (ORD-3) {held}: {_NO_WAY_BACK}{_freed(ways, one['ledger'])}"


def _freed(ways: Ways, ledger: str) -> str:
    if UNPIVOTED.key not in ways:
        return ""
    own, freed = (sum(ways[way.key].parts(ledger).values()) for way in (MAIN, UNPIVOTED))
    return f" It came to {own:+,.0f} dollars; without the pivot it would have come to {freed:+,.0f}."


_NO_WAY_BACK = (
    "it may sell no put until it is near its high again, and without shares to write calls on nothing brings it there. "
    "No rule and no person leads it back."
)
