"""Check S505: views that nobody thought of, composed by Hypothesis from a scenario's own, always the same ones."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from attrs import evolve, frozen

from allusr_sdk.contracts import Sleeve, SleeveView
from allusr_sdk.kernel.promises import broken_promise
from allusr_sdk.model.positions import LedgerBook, Position
from allusr_sdk.testing.checks.asks import Ask
from allusr_sdk.testing.checks.outcome import Broken, Unfit
from allusr_sdk.testing.checks.spoiled import SPOILS
from allusr_sdk.testing.checks.trial import Trial

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

_VIEWS = 80
_FROZEN: tuple[dict[str, str], ...] = ({}, {"*": "PE-7"}, {"*": "RULE-0"})
_TIERS: tuple[tuple[str, ...], ...] = ((), ("HEDGED",), ("FREEZE",), ("SAFE",), ("HALT",), ("SAFE", "HALT"))


@frozen
class Whim:
    """What is otherwise in one view: which question, which trouble, and what the books say."""

    ask: int
    trouble: str
    cash: int
    shares: int
    basis: float
    symbol: int
    called: int | None
    tiers: tuple[str, ...]
    frozen: int


def fuzzed(trial: Trial) -> int:
    """Derandomised views: the same ones in every run, shrunk to the smallest that fails."""
    try:
        import hypothesis
        from hypothesis import strategies as st
    except ImportError:
        raise Unfit("hypothesis is not installed: pip install hypothesis") from None
    asks = [ask for ask in trial.walk.asks if ask.method == "propose"]
    if not asks:
        return 0
    look = hypothesis.given(st.composite(_whim)(len(asks), len(trial.subject.symbols)))(_looker(trial, asks))
    calm = hypothesis.settings(
        max_examples=_VIEWS, derandomize=True, database=None, deadline=None, print_blob=False,
        suppress_health_check=list(hypothesis.HealthCheck), phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        verbosity=hypothesis.Verbosity.quiet,
    )  # fmt: skip
    calm(look)()
    return _VIEWS


def _looker(trial: Trial, asks: Sequence[Ask]) -> Callable[[Whim], None]:
    def look(whim: Whim) -> None:
        ask = asks[whim.ask].seen(lambda view: _under(whim, view, trial.subject.symbols))
        again = ask.again(trial.fresh())
        if again.raised:
            raise Broken(f"{ask} raised {again.raised}, in {whim}")
        sleeve = cast("Sleeve[object]", trial.fresh())
        if broken := broken_promise(cast("tuple[object, ...]", again.answer), sleeve, again.view):
            raise Broken(f"{ask} {broken}, in {whim}")

    return look


def _whim(draw: "DrawFn", asks: int, symbols: int) -> Whim:
    from hypothesis import strategies as st

    def pick(strategy: Any) -> Any:  # noqa: ANN401 - what a strategy gives
        return draw(strategy)

    return Whim(
        ask=pick(st.integers(0, asks - 1)), trouble=pick(st.sampled_from(("", "", "", *SPOILS))),
        cash=pick(st.sampled_from((1, 1_000, 100_000, 10_000_000))), shares=pick(st.integers(0, 450)),
        basis=pick(st.sampled_from((0.5, 0.99, 1.0, 1.01, 2.0))), symbol=pick(st.integers(0, symbols - 1)),
        called=pick(st.one_of(st.none(), st.integers(0, 5))), tiers=pick(st.sampled_from(_TIERS)),
        frozen=pick(st.integers(0, len(_FROZEN) - 1)),
    )  # fmt: skip


def _under(whim: Whim, view: SleeveView, symbols: tuple[str, ...]) -> SleeveView:
    spoil = SPOILS.get(whim.trouble)
    changed = spoil(view) if spoil is not None else view
    return evolve(changed, book=_book(whim, view, symbols[whim.symbol]), tiers=whim.tiers)


def _book(whim: Whim, view: SleeveView, symbol: str) -> LedgerBook:
    cash = Decimal(whim.cash)
    snapshot = view.fresh(symbol)
    spot = Decimal(f"{snapshot.spot:.2f}") if snapshot is not None and snapshot.spot > 0 else Decimal(100)
    basis = spot * Decimal(str(whim.basis))
    held = Position(view.book.name, symbol, None, whim.shares, basis, basis * whim.shares, view.at - timedelta(days=3))
    called = {} if whim.called is None else {symbol: view.session.day - timedelta(days=whim.called)}
    return evolve(
        view.book, cash=cash, base=cash, high_water=cash, positions={held.key: held} if whim.shares else {}, working={},
        called=called, frozen=_FROZEN[whim.frozen], pinned={},
    )  # fmt: skip
