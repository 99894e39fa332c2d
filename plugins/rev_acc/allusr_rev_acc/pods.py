"""Pods: a large sleeve writes in equal parts, one attempt of the entry window after the other (LQ-3)."""

from decimal import ROUND_CEILING, Decimal

from attrs import frozen

from allusr_sdk import LedgerBook, SleeveView

HUNDRED = 100


@frozen
class Turn:
    """Whose turn it is at one attempt.

    Attributes:
        pod: the pod that writes, from 0; the last of them where several share an attempt.
        count: pods in all.
        due: how many of them have had their turn, this one included.
        acting: how many write at this attempt.
    """

    pod: int
    count: int
    due: int
    acting: int

    def __str__(self) -> str:
        return f"pod {self.pod + 1} of {self.count}"

    def puts(self, view: SleeveView, symbol: str, strike: Decimal, universe: int) -> int:
        """Contracts that the pods whose turn has come may still add, at most the acting ones' own part (CAD-10).

        What earlier pods left over by rounding down or could not sell goes on to the later ones.
        """
        budget, unit = _budget(view, symbol, universe), HUNDRED * strike + view.rules.money("FEE-1.option")
        room = budget * self.due / self.count - view.book.exposure(symbol)
        part = (budget * self.acting / self.count / unit).to_integral_value(ROUND_CEILING)
        return max(0, min(int(room / unit), int(part)))

    def calls(self, book: LedgerBook, symbol: str) -> int:
        """Contracts on uncovered shares that the pods whose turn has come may still add."""
        hundreds = book.shares(symbol) // HUNDRED
        return max(0, hundreds * self.due // self.count - (hundreds - book.uncovered(symbol)))


def turn(view: SleeveView) -> Turn | None:
    """The turn of this attempt; None where the capital makes a single pod.

    Pod i starts i steps after the window's start. Where there are more pods than steps they begin again at the first
    one, several at a time; when all have had their turn, each in turn tries what is left.
    """
    count = int((deployable(view) / view.rules.money("LQ-3.pod")).to_integral_value(ROUND_CEILING))
    if count <= 1 or view.attempt is None:
        return None
    every, step = view.rules.integer("CAD-7.every"), view.rules.integer("LQ-3.pod_minutes")
    slots, slot = (view.attempts - 1) * every // step + 1, view.attempt * every // step
    mine = range(slot, count, slots)
    if not mine:
        return Turn(slot % count, count, due=count, acting=1)
    return Turn(mine[-1], count, due=sum(1 for pod in range(count) if pod % slots <= slot), acting=len(mine))


def deployable(view: SleeveView) -> Decimal:
    """D of CAD-10, dollars: what the sleeve may deploy; contracts budgets raise it once a quarter (FK-7)."""
    return min(view.book.deployable, view.book.base + view.book.released)


def _budget(view: SleeveView, symbol: str, universe: int) -> Decimal:
    """Dollars that the whole sleeve may tie in a symbol: an equal share among today's eligible ones, under its cap."""
    rules, (day, eligible) = view.rules, view.book.eligible
    among = len(eligible | {symbol}) if day == view.session.day else 1
    cap = max(rules.money("CAD-10.symbol_cap"), Decimal(1) / universe)
    return deployable(view) * min(rules.money("CAD-10.deploy_max") / among, cap)
