"""Measured: the anomaly flags, by how often they are raised and by what followed them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from attrs import frozen

from allusr_advisor.advice.anomalies import Anomalies, Limits, walk_anomalies
from allusr_advisor.advice.measures import MEASURES, Panel, panel
from allusr_advisor.advice.quality.data import Market
from allusr_advisor.advice.quality.tables import Section, table
from allusr_advisor.advice.volatility import HORIZON, realised_ahead

if TYPE_CHECKING:
    from allusr_sdk.model.chains import Flags

STORMY = 0.9
LEAST = 500
DAYS = (
    date(2001, 9, 17), date(2007, 2, 27), date(2008, 9, 29), date(2010, 5, 6), date(2011, 8, 8), date(2015, 8, 24),
    date(2018, 2, 5), date(2020, 2, 24), date(2020, 3, 16),
)  # fmt: skip
"""Days that a reader will look for, chosen in hindsight."""

LIST = ".\n"
HIGH, TOP, QUIET = "naive: VIX over 30", "naive: VIX beyond 99 % of its 504 sessions", "naive: VIX at most 20"
QUIET_FLAG = "any single measure while VIX is at most 20"


@frozen(eq=False)
class _Judged:
    """Days with flags whose next five sessions are known, and whether those were stormy."""

    days: Sequence[Anomalies]
    at: Sequence[int]
    storm: "Flags"


def section(market: Market) -> Section:
    """The page's section."""
    measures = panel(market.index, market.vix, market.universe)
    found = walk_anomalies(measures)
    judged = _judge(market, found)
    masks = {**_flags(judged, measures), **_rules(judged, measures)}
    base, limits = float(judged.storm.mean()), Limits()
    against = list(_plainly(masks, judged.storm))
    return Section(
        f"**Anomaly flags**, by the storms that followed: {against[0]}.",
        f"""## Anomaly flags

`anomalies`: each measure against its own last {limits.window} sessions (flag at |z| of {limits.z:g} or more *and*
beyond {limits.rank:.0%} of them), and an isolation forest over all measures together (flag where odder than
{limits.rank:.0%}). {len(judged.at)} sessions from {judged.days[0].day} to {judged.days[-1].day}. No one can say which
days "really" were anomalies, so the flags are measured by what followed: a *storm* is when the next five sessions'
volatility is in the top {1 - STORMY:.0%} of what had been seen by then, which it was after {base:.1%} of all sessions.
Naive rules stand below.

{table(("flag", "days", "share of days", "storm followed", "times the base"), list(_rows(masks, judged.storm)))}

Flags come in clusters, and so do storms: none of these shares is as certain as its count of days suggests. With five
days counted as one,

{LIST.join(f"- {line}" for line in against)}.

So read a flag as what it is: a note which number is out of line and by how much. Volatility follows on volatility, and
the level of VIX says that without any statistics.

Days known in hindsight, and what was flagged at their close:

{table(("day", "flags"), list(_known(found)))}

Sentiment is not in this table: there are no headlines among the data, so **nothing is known about how good its flags
are**. The universe of the correlation grows as its symbols are listed. Gaps before 2007 are in part bad opening prints
of the data, and are flagged as what they look like.
""",
    )


def _judge(market: Market, found: Sequence[Anomalies]) -> _Judged:
    import numpy as np

    ahead, _ = realised_ahead(market.index)
    judged = [
        (i, ahead[i] > np.quantile(known, STORMY)) for i in range(len(found))
        if np.isfinite(ahead[i]) and len(known := ahead[: max(0, i - 4)][np.isfinite(ahead[: max(0, i - 4)])]) >= LEAST
    ]  # fmt: skip
    return _Judged([found[i] for i, _ in judged], [i for i, _ in judged], np.array([s for _, s in judged]))


def _rows(masks: "Mapping[str, Flags]", storm: "Flags") -> Iterator[tuple[object, ...]]:
    base = float(storm.mean())
    for name, mask in masks.items():
        count = int(mask.sum())
        share = float(storm[mask].mean()) if count else float("nan")
        yield name, count, f"{count / len(mask):.1%}", f"{share:.0%}" if count else "", share / base if count else ""


def _flags(judged: _Judged, measures: Panel) -> "Mapping[str, Flags]":
    import numpy as np

    raised = [{r.measure for r in day.flags} for day in judged.days]
    names = [*(n for n in MEASURES if n != "sentiment"), "together"]
    by_name = {f"`{name}`": np.array([name in flags for flags in raised]) for name in names}
    robust = np.array([bool(flags - {"together"}) for flags in raised])
    quiet = np.array(measures.columns["vix"])[np.array(judged.at)] <= 20
    both = robust & by_name["`together`"]
    return {**by_name, "any single measure": robust, "single measure and forest": both, QUIET_FLAG: robust & quiet}


def _rules(judged: _Judged, measures: Panel) -> "Mapping[str, Flags]":
    """What a person would do without any of this."""
    import numpy as np

    vix = np.array(measures.columns["vix"])
    at = np.array(judged.at)
    top = np.array([vix[i] >= np.nanquantile(vix[max(0, i - Limits().window) : i], Limits().rank) for i in at])
    return {
        "naive: VIX over 20": vix[at] > 20,
        HIGH: vix[at] > 30,
        "naive: VIX up by a fifth in a session": vix[at] > 1.2 * vix[at - 1],
        TOP: top,
        QUIET: vix[at] <= 20,
    }


def _plainly(masks: "Mapping[str, Flags]", storm: "Flags") -> Iterator[str]:
    """Whether flags tell more than the naive rules that are most like them."""
    pairs = (("any single measure", HIGH), ("`vix`", TOP), (QUIET_FLAG, QUIET))
    for ours, theirs in pairs:
        own, other = float(storm[masks[ours]].mean()), float(storm[masks[theirs]].mean())
        error = sum(p * (1 - p) / (masks[name].sum() / HORIZON) for p, name in ((own, ours), (other, theirs))) ** 0.5
        word = "more than" if own - other > 2 * error else "less than" if other - own > 2 * error else "as much as"
        rule = theirs.removeprefix("naive: ")
        yield f"a flag of {ours} ({own:.0%}) tells **{word}** the plain rule of {rule} ({other:.0%})"


def _known(found: Sequence[Anomalies]) -> Iterator[tuple[object, ...]]:
    by_day = {day.day: day for day in found}
    for day in DAYS:
        flags = by_day[day].flags
        words = [f"{r.measure} (z {r.z:+.1f})" if r.z is not None else f"{r.measure} ({r.rank:.1%})" for r in flags]
        yield day.isoformat(), ", ".join(words) or "none"
