"""What the rulebook's values must be to one another, and the least of those that make no sense at nothing."""

from collections.abc import Callable, Iterator, Mapping
from operator import ge, gt, le, lt
from typing import Any

from attrs import frozen

from allusr_sdk.rulebook.values import Rule, Value

type _Values = Mapping[str, Value]


@frozen
class Relation:
    """The value of a key must be so to another's, or to a bare number; `why` says what would come of it else."""

    key: str
    must: str
    other: str | int
    why: str

    def complaint(self, values: _Values) -> str:
        """What is wrong in one line, with what to do; empty where the relation holds."""
        mine, other = values[self.key], self._other(values)
        if _MUST[self.must](_plain(mine), _plain(other)):
            return ""
        theirs = f"{other.key}, which is {other.shown()}" if isinstance(other, Value) else str(other)
        todo = "set one of the two otherwise" if isinstance(other, Value) else "set it otherwise"
        return f"{mine.key}: {mine.shown()} must be {self.must} {theirs}: {self.why}; {todo}"

    def _other(self, values: _Values) -> Value | int:
        return values[self.other] if isinstance(self.other, str) else self.other


def complaints(rules: Mapping[str, Rule]) -> Iterator[str]:
    """What does not make sense together, in the order of the table."""
    values = {value.key: value for rule in rules.values() for value in rule.values.values()}
    yield from filter(None, (relation.complaint(values) for relation in RELATIONS))


def _plain(value: Value | int) -> Any:  # noqa: ANN401 - numbers, times as HH:MM or bands
    """What is compared: minutes count as seconds, where seconds may stand beside them."""
    if isinstance(value, int):
        return value
    return value.value * 60 if isinstance(value.value, int) and value.unit == "minutes" else value.value


def _spans(mine: tuple[float, float], other: tuple[float, float]) -> bool:
    return mine[0] <= other[0] and other[1] <= mine[1]


_MUST: Mapping[str, Callable[[Any, Any], bool]] = {
    "at least": ge,
    "more than": gt,
    "at most": le,
    "no later than": le,
    "less than": lt,
    "0 or more than": lambda mine, other: mine == 0 or mine > other,
    "as wide as": _spans,
}

_TABLE: tuple[tuple[str, str, str | int, str], ...] = (
    # --- windows: none ends before it begins ---
    ("CAD-4.stress_min", "at most", "CAD-4.stress_max", "no session would lie between them"),
    ("CAD-5.dte_min", "at most", "CAD-5.dte_max", "no expiry would lie between them"),
    ("CAD-6.dte_min", "at most", "CAD-6.dte_target", "the target would be too near to be written"),
    ("CAD-6.dte_target", "at most", "CAD-6.dte_max", "the target would be too far to be written"),
    ("CAD-7.entry_from", "no later than", "CAD-7.last_child", "the last entry would come before the first"),
    ("CAD-7.last_child", "no later than", "CAD-7.entry_until", "entries would begin after all of them were cancelled"),
    ("CAD-7.manage_from", "at least", "CAD-7.manage_until", "the window would end before it begins"),
    ("PE-8.dte_min", "at most", "PE-8.dte_max", "no expiry would lie between them"),
    ("PE-10.days_min", "at most", "PE-10.target_days", "the target would be too near to be bought"),
    ("PE-10.target_days", "at most", "PE-10.days_max", "the target would be too far to be bought"),
    ("LL-1.dte_min", "at most", "LL-1.dte_max", "no expiry would lie between them"),
    ("LL-1.dte_min", "at most", "LL-1.itm_dte_max", "no expiry would lie between them"),
    ("LL-4.months_min", "at most", "LL-4.months_max", "no expiry would lie between them"),
    ("LQ-3.interval_min", "at most", "LQ-3.interval_max", "no wait would lie between them"),
    # --- steps: what is graver comes later ---
    ("PE-5.stale_raised", "at most", "PE-5.stale_calm", "data would be waited for longer where there is danger"),
    ("PE-5.stale_calm", "at most", "PE-5.safe_minutes", "a sleeve would be SAFE before its data is stale"),
    ("KS-1.hedged", "at most", "KS-1.safe", "a higher VIX would bring a milder tier"),
    ("KS-1.safe", "at most", "KS-1.halt", "a higher VIX would bring a milder tier"),
    ("KS-5.entries_seconds", "at most", "KS-5.safe_seconds", "the account would be SAFE before entries are held"),
    ("KS-9.heartbeat_seconds", "less than", "KS-9.silence_seconds", "an engine that lives would be missed"),
    ("KS-10.freeze", "at most", "KS-10.safe", "a larger loss would bring a milder tier"),
    ("KS-11.child_max", "at most", "KS-11.parent_max", "a part would be larger than the whole may be"),
    ("RECON.nav_same", "at most", "RECON.nav_marks", "a larger difference would be a smaller break"),
    # --- ways out: not where the way in is ---
    ("KS-4.hedged_closes", "at most", "KS-1.hedged", "the tier would be left at a VIX that brings it"),
    ("KS-4.safe_closes", "at most", "KS-1.safe", "the tier would be left at a VIX that brings it"),
    ("KS-4.halt_closes", "at most", "KS-1.halt", "the tier would be left at a VIX that brings it"),
    ("ORD-3.near", "less than", "ORD-3.drawdown", "the pivot would end where it begins"),
    ("PE-10.release_vix", "at most", "PE-10.vix", "a hedge would be sold at a VIX that buys it"),
    ("PE-10.release_days", "less than", "PE-10.days_min", "a hedge would be old when it is bought"),
    ("PE-10.release_multiple", "at least", 1, "a hedge would take its profit at a loss"),
    ("LL-4.release_multiple", "at least", 1, "a hedge would take its profit at a loss"),
    ("LL-3.roll_days", "less than", "LL-1.dte_min", "a rung would be old when it is bought"),
    ("LL-3.delta_band", "as wide as", "LL-1.delta_band", "a rung would be rolled as soon as it is bought"),
    ("PE-6.premium_stop", "0 or more than", 1, "what is sold would be stopped at once; 0 is no stop"),
    ("PE-12.tight_premium_stop", "more than", 1, "what is sold would be stopped at once"),
    ("FK-3.multiple", "more than", 1, "a mini would be merged as soon as it is funded"),
    ("FK-3.years", "at least", 1, "a mini would be merged as soon as it is funded"),
    # --- prices: both sides can trade ---
    ("KS-11.sell_floor", "at most", 1, "nothing could be sold at its mid"),
    ("KS-11.buy_cap", "at least", 1, "nothing could be bought at its mid"),
    ("KS-11.buy_cap", "at most", "KS-11.urgent_cap", "a stop could pay less than any other purchase"),
    ("PE-11.step", "more than", 0, "a stop would never raise its limit"),
    ("PE-11.step", "at most", "PE-11.cap", "a stop would never raise its limit"),
    ("PE-1.carry_factor", "more than", 0, "an ATR of nothing puts every level at the strike"),
    ("PE-1.fallback", "more than", 0, "an ATR of nothing puts every level at the strike"),
    # --- times: a step fits into its whole ---
    ("ORD-1.step_seconds", "at least", 1, "a limit would be replaced before it was there"),
    ("ORD-1.step_seconds", "at most", "CAD-14.walk_seconds", "a walk would end before its first step"),
    ("PE-8.step_seconds", "at least", 1, "a limit would be replaced before it was there"),
    ("PE-8.step_seconds", "at most", "CAD-14.walk_seconds", "a roll would end before its first step"),
    ("PE-8.step_seconds", "less than", "PE-7.budget_minutes", "a roll would end before its first step"),
    ("PE-11.step_seconds", "at least", 1, "a limit would be replaced before it was there"),
    ("CAD-7.every", "at least", 1, "attempts would be endless"),
    ("LQ-3.pod_minutes", "at least", 1, "pods would all be staggered by nothing"),
    ("ORD-2.acknowledge_seconds", "at least", 1, "no broker answers at once"),
    ("KS-6.confirm_seconds", "at least", 1, "no broker cancels at once"),
    ("KS-9.entry_minutes", "at least", 1, "an entry would be over when it is sent"),
    ("KS-9.heartbeat_seconds", "at least", 1, "nothing beats without a pause"),
    # --- ages: something can be fresh ---
    ("PE-5.stale_raised", "at least", 1, "no data would ever be fresh"),
    ("KS-5.entries_seconds", "at least", 1, "no VIX would ever be fresh"),
    ("KS-11.quote_age", "at least", 1, "no quote would ever be fresh"),
    # --- counts: one at least ---
    ("PE-1.period", "at least", 1, "an average is of something"),
    ("PE-3.sessions", "at least", 1, "a distance of nothing puts every level at the basis"),
    ("PE-4.down_samples", "at least", 1, "a level would be left without a look"),
    ("PE-10.vix_closes", "at least", 1, "the trigger would stand without a close"),
    ("PE-10.sessions", "at least", 1, "a high is of something"),
    ("PE-10.breadth_sessions", "at least", 1, "an average is of something"),
    ("PE-10.release_sessions", "at least", 1, "a hedge would be sold as soon as it is bought"),
    ("PE-11.stop_sessions", "at least", 1, "no two stops would ever count together"),
    ("KS-2.samples", "at least", 1, "a tier would stand without a sample"),
    ("KS-4.closes", "at least", 1, "a tier would be left without a close"),
    ("KS-6.cancel_tries", "at least", 1, "no order would be cancelled"),
    ("KS-11.child_max", "at least", 1, "no order would have a contract"),
    ("LQ-1.adv_sessions", "at least", 1, "an average is of something"),
    ("LQ-3.child", "at least", 1, "no slice would have a contract"),
    ("LQ-3.pod", "more than", 0, "pods would be endless"),
    ("CAD-9.seed_weeks", "at least", 1, "no tranche would be bought"),
)

RELATIONS = tuple(Relation(*row) for row in _TABLE)
