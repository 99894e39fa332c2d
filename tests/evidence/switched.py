"""What the VIX switches did and what they cost or saved, in tables and sentences; every number is one of a run."""

from collections.abc import Sequence

from allusr_sdk.reports.evidence.evaluate import ahead
from tests.evidence.plans import MAIN, UNSWITCHED, Bars, Window
from tests.evidence.reading import Facts, by_year, fallen, grown
from tests.evidence.told import SEED, Each, Table, Ways, percent, shown, span


def moves(facts: Facts, window: Window) -> Table:
    """Every move of the account's VIX switch in some months."""
    rows = [[m["day"], m["time"], "" if m["value"] is None else f"{m['value']:.2f}", m["before"], m["after"],
             "the rules" if m["actor"] == "system" else m["actor"]] for m in facts.moves(window)]  # fmt: skip
    return ["day", "New York", "VIX", "from", "to", "by"], rows


def same_days(begun: Facts, whole: Facts, window: Window) -> str:
    """Whether the switch of the long run moved as that of the account that began shortly before."""
    rows = [[(m["day"], m["before"], m["after"]) for m in facts.moves(window)] for facts in (begun, whole)]
    if rows[0] == rows[1]:
        return "In the run over all years it moved on the same days."
    return "In the run over all years it moved on other days: " + "; ".join(" ".join(row) for row in rows[1]) + "."


def with_and_without(both: Sequence[tuple[str, Ways]], window: Window) -> Table:
    """Return and fall of some months, with the switches and without them."""
    rows = []
    for name, ways in both:
        for way in (MAIN, UNSWITCHED):
            path = ways[way.key].curve(window.first, window.last).path
            values = [*path.values()]
            rows.append([f"{name}: {way.title}", percent(grown(path), plus=True), percent(fallen(path)),
                         f"{values[0]:,.0f}", f"{values[-1]:,.0f}"])  # fmt: skip
    return ["account", "return", "deepest fall", "equity before", "equity after"], rows


def saved(name: str, ways: Ways, window: Window) -> str:
    """What the switches saved or cost an account in some months, as a sentence."""
    paths = [ways[way.key].curve(window.first, window.last).path for way in (MAIN, UNSWITCHED)]
    with_them, without = map(grown, paths)
    apart, start = with_them - without, next(iter(paths[0].values()))
    falls = [percent(fallen(path)) for path in paths]
    word = "saved" if apart > 0 else "cost" if apart < 0 else "changed nothing:"
    return (f"The account {name}: the VIX switches **{word} {abs(apart) * 100:.1f} points** of return in these months, "
            f"{abs(apart) * start:,.0f} dollars of {start:,.0f}; its deepest fall was {falls[0]} with them and "
            f"{falls[1]} without.")  # fmt: skip


def switches_overall(each: Each) -> Table:
    """What the switches made of all years."""
    rows = []
    for ways, one in each:
        apart = ahead(ways[MAIN.key].curve(), ways[UNSWITCHED.key].curve(), seed=SEED)
        tiers = list(ways[MAIN.key].standing("VIX").values())
        days = [f"{tiers.count(tier):,}" for tier in ("HEDGED", "SAFE", "HALT")]
        cagrs = [shown(ways[way.key].estimate("cagr")) for way in (MAIN, UNSWITCHED)]
        falls = [shown(ways[way.key].estimate("drawdown")) for way in (MAIN, UNSWITCHED)]
        rows.append([one.title, *days, *cagrs, f"{apart.value or 0:+.2%}",
                     span(apart), *falls])  # fmt: skip
    heads = [
        "set",
        "sessions HEDGED",
        "SAFE",
        "HALT",
        "CAGR with",
        "without",
        "apart",
        "95 % interval",
        "drawdown with",
        "without",
    ]
    return heads, rows


def strayed(ways: Ways, one: Bars) -> str:
    """How far the runs with and without switches are apart in a year in which no VIX switch was thrown."""
    calm = {day[:4] for day in map(str, ways[MAIN.key].path)}
    calm -= {str(day.year) for day, tier in ways[MAIN.key].standing("VIX").items() if tier != "NONE"}
    own, other = (by_year(ways[way.key].path) for way in (MAIN, UNSWITCHED))
    year = max((y for y in own if y in calm), key=lambda y: abs(own[y] - other[y]), default=None)
    if year is None:
        return ""
    values = " and ".join(percent(found[year], plus=True) for found in (own, other))
    return f"{one.title}: furthest apart without any switch thrown were they in {year}, with {values}."
