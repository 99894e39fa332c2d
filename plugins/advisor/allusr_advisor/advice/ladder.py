"""Suggestions for a LEAP ladder, as changes of rule values that a person may propose; or none (LL-4).

Each check looks at one number of the ladder beside one of the market's and suggests one value of one rule. What is
unknown suggests nothing. Nothing here changes a rule or reaches an order.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from math import isfinite

from attrs import field, frozen

Value = float | int | tuple[float, float]

NEEDED = ("LL-2.rungs", "LL-2.days_between", "LL-3.roll_days", "LL-3.delta_band")
"""The values that suggestions can be about, by the keys that `allusr rules show` has."""

CHEAP, DEAR = 0.2, 0.9
"""Ranks of VIX in its own past, at or under which options are called cheap and from which on they are dear."""

TURBULENT = 0.8
SHORT_SPACING, LONG_SPACING = 30, 90
EARLIER_ROLL = 150
WIDER_TOP, TIGHTER_TOP = 0.60, 0.45
MOST_RUNGS = 6
LOST = -0.5
"""A gain, as a share of cost, from which on a rung counts as lost."""


@frozen(kw_only=True)
class RungState:
    """One rung: `delta` our own, None where unknown; `days` to its expiry; `cost` and `value` in dollars."""

    contract: str
    days: int
    cost: Decimal
    value: Decimal | None
    delta: float | None

    @property
    def gain(self) -> float | None:
        """Gain as a share of the cost; None where the value or the cost is unknown."""
        return float(self.value / self.cost) - 1 if self.value is not None and self.cost > 0 else None


@frozen(kw_only=True)
class LadderState:
    """A growth ladder: its rungs, and the dollars that it may spend."""

    rungs: tuple[RungState, ...]
    budget: Decimal


@frozen(kw_only=True)
class Climate:
    """The market that LEAPs are bought in; None is unknown.

    Attributes:
        vix: points.
        vix_rank: share of its past, a year or more, at or below it.
        turbulent: probability of the turbulent regime, as `regime` gives it.
    """

    vix: float | None = None
    vix_rank: float | None = None
    turbulent: float | None = None


@frozen(kw_only=True)
class Suggestion:
    """One rule value that a person may propose; `numbers` are the facts that the reason rests on."""

    key: str
    before: Value
    after: Value
    why: str
    numbers: Mapping[str, float]
    advisory: bool = field(default=True, init=False)


@frozen(kw_only=True)
class LadderAdvice:
    """What a ladder suggests: `suggestions`, or none and `why`; `unknown` names what could not be looked at."""

    suggestions: tuple[Suggestion, ...]
    why: str
    unknown: tuple[str, ...]
    advisory: bool = field(default=True, init=False)


def suggest_ladder(ladder: LadderState, rules: Mapping[str, Value], climate: Climate) -> LadderAdvice:
    """What the ladder's and the market's numbers speak for; each rule value is suggested at most once.

    Args:
        rules: the values in force, by key; `NEEDED` names those that are read.
    """
    unknown = tuple(_unknown(ladder, rules, climate))
    found: dict[str, Suggestion] = {}
    for check in CHECKS if all(key in rules for key in NEEDED) else ():
        suggestion = check(ladder, rules, climate)
        if suggestion is not None and suggestion.key not in found:
            found[suggestion.key] = suggestion
    words = "nothing to suggest" + (f"; unknown: {', '.join(unknown)}" if unknown else "")
    return LadderAdvice(suggestions=tuple(found.values()), why="" if found else words, unknown=unknown)


def _unknown(ladder: LadderState, rules: Mapping[str, Value], climate: Climate) -> Iterator[str]:
    yield from (key for key in NEEDED if key not in rules)
    yield from (name for name in ("vix", "vix_rank", "turbulent") if _number(getattr(climate, name)) is None)
    for rung in ladder.rungs:
        yield from (f"{name} of {rung.contract}" for name in ("delta", "gain") if _number(getattr(rung, name)) is None)


def _number(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


# --- checks ----------------------------------------------------------------------------------------------------------

Check = Callable[[LadderState, Mapping[str, Value], Climate], Suggestion | None]


def _slower(ladder: LadderState, rules: Mapping[str, Value], climate: Climate) -> Suggestion | None:
    """Dear options and rungs still to be bought: further apart in time."""
    vix, rank = _number(climate.vix), _number(climate.vix_rank)
    days, missing = _whole(rules, "LL-2.days_between"), _missing(ladder, rules)
    if vix is None or rank is None or rank < DEAR or missing < 1 or days >= LONG_SPACING:
        return None
    why = (
        f"VIX at {vix:g} is at or above {rank:.0%} of its past and {missing} rungs are still to be bought: spread them "
        f"over more time"
    )
    return Suggestion(
        key="LL-2.days_between",
        before=days,
        after=LONG_SPACING,
        why=why,
        numbers={"vix": vix, "vix_rank": rank, "missing": missing},
    )


def _faster(ladder: LadderState, rules: Mapping[str, Value], climate: Climate) -> Suggestion | None:
    """Cheap options, a calm regime and rungs still to be bought: closer in time."""
    vix, rank, turbulent = _number(climate.vix), _number(climate.vix_rank), _number(climate.turbulent)
    days, missing, typical = _whole(rules, "LL-2.days_between"), _missing(ladder, rules), _typical(ladder)
    if vix is None or rank is None or turbulent is None or rank > CHEAP or turbulent >= 1 - TURBULENT:
        return None
    if missing < 2 or days <= SHORT_SPACING or not 0 < missing * typical <= ladder.budget:
        return None
    why = (
        f"VIX at {vix:g} is at or above only {rank:.0%} of its past, turbulence has probability {turbulent:.2f}, "
        f"{missing} rungs are still to be bought and the budget covers them: buy them sooner"
    )
    money = {"budget": float(ladder.budget), "rung_cost": float(typical)}
    numbers = {"vix": vix, "vix_rank": rank, "turbulent": turbulent, "missing": missing, **money}
    return Suggestion(key="LL-2.days_between", before=days, after=SHORT_SPACING, why=why, numbers=numbers)


def _taller(ladder: LadderState, rules: Mapping[str, Value], climate: Climate) -> Suggestion | None:
    """A full ladder whose budget would buy two rungs more: one rung more, unless options are dear."""
    rank, rungs, typical = _number(climate.vix_rank), _whole(rules, "LL-2.rungs"), _typical(ladder)
    full = len(ladder.rungs) >= rungs and ladder.budget >= 2 * typical and typical > 0
    if rank is None or rank >= DEAR or not full or rungs >= MOST_RUNGS:
        return None
    why = f"all {rungs} rungs are bought and the budget of {ladder.budget:,.0f} would buy two more at {typical:,.0f}"
    numbers = {"rungs": rungs, "budget": float(ladder.budget), "rung_cost": float(typical), "vix_rank": rank}
    return Suggestion(key="LL-2.rungs", before=rungs, after=rungs + 1, why=why, numbers=numbers)


def _sooner(ladder: LadderState, rules: Mapping[str, Value], climate: Climate) -> Suggestion | None:
    """Half of the rungs or more lost and under the span with little time: sold while they still have a bid."""
    roll, low = _whole(rules, "LL-3.roll_days"), _pair(rules, "LL-3.delta_band")[0]
    lost = [
        r for r in ladder.rungs
        if r.delta is not None and r.gain is not None and r.delta < low and r.gain <= LOST and roll < r.days
        and r.days <= EARLIER_ROLL and r.value is not None and r.value > 0
    ]  # fmt: skip
    if not lost or 2 * len(lost) < len(ladder.rungs) or roll >= EARLIER_ROLL:
        return None
    value = float(sum((r.value for r in lost if r.value is not None), Decimal(0)))
    why = (
        f"{len(lost)} of {len(ladder.rungs)} rungs are under delta {low:g} and {-LOST:.0%} or more under their cost "
        f"with at most {EARLIER_ROLL} days left: selling now keeps {value:,.0f} that waiting to {roll} days may not"
    )
    numbers = {"lost": len(lost), "rungs": len(ladder.rungs), "value": value}
    return Suggestion(key="LL-3.roll_days", before=roll, after=EARLIER_ROLL, why=why, numbers=numbers)


def _lock(ladder: LadderState, rules: Mapping[str, Value], climate: Climate) -> Suggestion | None:
    """Turbulence, and winners just under the top of the span: profits taken earlier."""
    turbulent, (low, high) = _number(climate.turbulent), _pair(rules, "LL-3.delta_band")
    near = [r for r in ladder.rungs if r.delta is not None and TIGHTER_TOP <= r.delta <= high and (r.gain or 0) > 0]
    if turbulent is None or turbulent < TURBULENT or not near or high <= TIGHTER_TOP:
        return None
    why = (
        f"turbulence has probability {turbulent:.2f} and {len(near)} rungs with a gain have delta "
        f"{TIGHTER_TOP:g} to {high:g}: take the profit before it can go"
    )
    numbers = {"turbulent": turbulent, "near": len(near)}
    return Suggestion(key="LL-3.delta_band", before=(low, high), after=(low, TIGHTER_TOP), why=why, numbers=numbers)


CHECKS: tuple[Check, ...] = (_slower, _faster, _taller, _sooner, _lock)


def _whole(rules: Mapping[str, Value], key: str) -> int:
    value = rules[key]
    assert not isinstance(value, tuple)
    return int(value)


def _pair(rules: Mapping[str, Value], key: str) -> tuple[float, float]:
    value = rules[key]
    assert isinstance(value, tuple)
    return value


def _missing(ladder: LadderState, rules: Mapping[str, Value]) -> int:
    return max(0, _whole(rules, "LL-2.rungs") - len(ladder.rungs))


def _typical(ladder: LadderState) -> Decimal:
    """Mean cost of the rungs held; zero without any."""
    return sum((r.cost for r in ladder.rungs), Decimal(0)) / max(1, len(ladder.rungs))
