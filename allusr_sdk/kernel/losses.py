"""Limits on losses and the pivot: the account by live marks (KS-10), a sleeve by its drawdown (ORD-3).

Margin in use has no limit to meet: an account that secures every put with cash and covers every call uses none.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from math import isfinite, nan

from attrs import define, field, frozen

from allusr_sdk.kernel.scene import Scene, drawdown_of
from allusr_sdk.kernel.switches import graver, known_vix
from allusr_sdk.model.events import SwitchChanged
from allusr_sdk.model.money import ZERO, price
from allusr_sdk.model.positions import Book, LedgerBook, Position
from allusr_sdk.model.views import MarketView

# What a rise in volatility alone can cost between two looks, a share of the account: live marks are made once prices
# could explain a loss nearer to a limit than this. Written options of a week lose 0.05 of their notional when implied
# volatility doubles from 100 %, and are a third of the account.
_SLACK = Decimal("0.02")


@frozen
class Reach:
    """The most that a symbol can cost a ledger, dollars per dollar of its fall and of its rise (|delta| <= 1).

    Shares alone gain for certain what a rise costs; what an option gains may be nothing.
    """

    down: int = 0
    up: int = 0

    def __add__(self, other: "Reach") -> "Reach":
        """That of both together."""
        return Reach(self.down + other.down, self.up + other.up)


@frozen(eq=False)
class Tally:
    """A ledger at its last marks: equity, drawdown, reach by symbol; kept while its books are the same."""

    ledger: LedgerBook
    equity: Decimal
    drawdown: float
    reaches: Mapping[str, Reach]

    @classmethod
    def of(cls, ledger: LedgerBook) -> "Tally":
        """Count a ledger."""
        held: dict[str, dict[str, int]] = {}
        for p in ledger.positions.values():
            part = held.setdefault(p.symbol, {"falls": 0, "rises": 0, "shares": 0})
            units = abs(p.quantity * p.multiplier)
            if p.contract is None:
                part["shares"] += units
            else:
                part["falls" if p.short is p.contract.is_put else "rises"] += units
        reaches = {s: Reach(h["shares"] + h["falls"], max(0, h["rises"] - h["shares"])) for s, h in held.items()}
        return cls(ledger, ledger.equity, drawdown_of(ledger), reaches)


@frozen(eq=False)
class Whole:
    """All ledgers at their last marks: equity, what their day and week began with, in dollars; reach by symbol."""

    tallies: tuple[Tally, ...]
    equity: Decimal
    day: Decimal
    week: Decimal
    reaches: Mapping[str, Reach]

    @classmethod
    def of(cls, tallies: tuple[Tally, ...]) -> "Whole":
        """Add the ledgers up."""
        reaches: dict[str, Reach] = {}
        for tally in tallies:
            for symbol, reach in tally.reaches.items():
                reaches[symbol] = reaches.get(symbol, Reach()) + reach
        day, week = (sum((getattr(t.ledger, name) for t in tallies), ZERO) for name in ("day_start", "week_start"))
        return cls(tallies, sum((t.equity for t in tallies), ZERO), day, week, reaches)


@define(eq=False)
class Losses:
    """Measures losses of the account. It remembers nothing that the books and the market do not give again."""

    _tallies: dict[str, Tally] = field(factory=dict)
    _book: Book | None = None
    _whole: Whole | None = None
    _closes: dict[str, float] = field(factory=dict)
    _day: date | None = None

    def tally(self, ledger: LedgerBook) -> Tally:
        """A ledger's tally, made again where its books changed."""
        known = self._tallies.get(ledger.name)
        if known is None or known.ledger is not ledger:
            known = self._tallies[ledger.name] = Tally.of(ledger)
        return known

    def whole(self, book: Book) -> Whole:
        """All ledgers together, added up again where the books of one changed."""
        if self._whole is None or self._book is not book:
            tallies = tuple(map(self.tally, book.ledgers.values()))
            if self._whole is None or self._whole.tallies != tallies:
                self._whole = Whole.of(tallies)
            self._book = book
        return self._whole

    def equity(self, scene: Scene, starts: tuple[tuple[Decimal, Decimal], ...]) -> Decimal | None:
        """The account at live marks, dollars; None while no limit of `starts` can be near.

        `starts` are pairs of the equity that a loss is measured from and the smallest loss that matters.
        """
        whole, adverse = self.whole(scene.book), self._adverse(scene)
        if all(start - whole.equity + adverse < limit - _SLACK * start for start, limit in starts):
            return None
        return sum((ledger.cash + _worth(ledger, scene.view) for ledger in scene.book.ledgers.values()), ZERO)

    def _adverse(self, scene: Scene) -> Decimal:
        """The most that prices since the last close can have cost, dollars; what is unknown counts as far gone."""
        total, view = 0.0, scene.view
        if self._day != view.session.day:
            self._closes, self._day = {}, view.session.day
        for symbol, reach in self.whole(scene.book).reaches.items():
            snapshot = view.fresh(symbol)
            if snapshot is None:
                continue
            if symbol not in self._closes:
                self._closes[symbol] = _close(symbol, view)
            move = snapshot.spot - self._closes[symbol]
            if not isfinite(move):
                return Decimal("Infinity")
            total += reach.up * move if move > 0 else -reach.down * move
        return Decimal(round(total, 2))


def _close(symbol: str, view: MarketView) -> float:
    """The last close before this session, NaN where none is known."""
    bars = view.bars.before(symbol, view.session.day, 1)
    return bars[-1].close if bars else nan


def _worth(ledger: LedgerBook, view: MarketView) -> Decimal:
    return sum((_live(p, view) * p.quantity * p.multiplier for p in ledger.positions.values()), ZERO)


def _live(position: Position, view: MarketView) -> Decimal:
    """A position's value per share at this instant's mid; the last mark where there is no usable quote (KS-10).

    What was written costs no less than it is in the money where it is not quoted, or nobody bids for it.
    """
    last = position.price if position.mark is None else position.mark
    snapshot = view.fresh(position.symbol)
    if snapshot is None:
        return last
    if position.contract is None:
        return price(snapshot.spot) if 0 < snapshot.spot < float("inf") else last
    quote = snapshot.quotes([position.contract])[0]
    if quote is not None and 0 <= quote.bid <= quote.ask < float("inf") and quote.ask > 0:
        last = price((quote.bid + quote.ask) / 2)
        if quote.bid > 0:
            return last
    known = position.short and 0 < snapshot.spot < float("inf")
    return max(last, position.contract.intrinsic(price(snapshot.spot))) if known else last


def limits(scene: Scene, losses: Losses) -> Iterator[SwitchChanged]:
    """A day's loss freezes entries, a larger one or a week's makes the account SAFE (KS-10)."""
    rules, whole = scene.rules, losses.whole(scene.book)
    day, week = whole.day, whole.week
    if day <= 0 or week <= 0:
        return
    now = losses.equity(
        scene, ((day, day * rules.money("KS-10.freeze")), (week, week * rules.money("KS-10.week")))
    )  # fmt: skip
    if now is None:
        return
    lost = float(1 - now / day)
    for tier, key in (("SAFE", "KS-10.safe"), ("FREEZE", "KS-10.freeze")):
        if lost >= rules.number(key):
            yield from _raised(scene, "LOSS", tier, "day", lost, rules.number(key))
            break
    if (lost := float(1 - now / week)) >= (limit := rules.number("KS-10.week")):
        yield from _raised(scene, "WEEK", "SAFE", "week", lost, limit)


def _raised(scene: Scene, cause: str, tier: str, period: str, lost: float, limit: float) -> Iterator[SwitchChanged]:
    if graver(tier, scene.tier(cause)):
        yield from scene.moved(
            cause, tier, rule="KS-10", reason=f"the account lost {lost:.2%} of the {period}'s start",
            value=float(f"{lost:.6g}"), threshold=limit, source="live marks",
        )  # fmt: skip


def pivot(scene: Scene, losses: Losses) -> Iterator[SwitchChanged]:
    """Covered calls only in a sleeve far under its high while the VIX is low, until it is near its high (ORD-3)."""
    value, rules = known_vix(scene.view), scene.rules
    for name, ledger in scene.book.ledgers.items():
        fallen, before = losses.tally(ledger).drawdown, scene.tier("PIVOT", name)
        if before == "NONE" and fallen >= (limit := rules.number("ORD-3.drawdown")):
            if value is None or not value < rules.number("ORD-3.vix"):
                continue
            after, why = "CALLS", f"{fallen:.1%} under its high at VIX {value:g}: covered calls only"
        elif before != "NONE" and fallen <= (limit := rules.number("ORD-3.near")):
            after, why = "NONE", f"{fallen:.1%} under its high"
        else:
            continue
        yield from scene.moved(
            "PIVOT", after, ledger=name, rule="ORD-3", reason=why, value=float(f"{fallen:.6g}"), threshold=limit,
            source="last marks",
        )  # fmt: skip
