"""Check S405: covered calls as CC-3, CC-5 and CAD-9 want them, on books that hold, owe and have just lost shares."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from attrs import evolve

from allusr_sdk.contracts import SleeveView
from allusr_sdk.kernel.gates import over_basis
from allusr_sdk.model.intents import Sell
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.model.positions import LedgerBook, Position
from allusr_sdk.testing.checks.asks import Ask
from allusr_sdk.testing.checks.guards import entries, listed
from allusr_sdk.testing.checks.outcome import Broken, Unfit
from allusr_sdk.testing.checks.trial import Trial

_HUNDREDS = 3
_LONG_AGO = timedelta(days=12)
Hold = Callable[[SleeveView, str], LedgerBook]


def called_away(trial: Trial) -> int:
    """Each attempt again: with shares above and under their basis, with every hundred covered, with shares called."""
    asks = [ask for ask in trial.walk.proposals() if ask.view.attempt is not None]
    calls = [ask for basis in ("0.97", "1.08") for ask in _again(trial, asks, _shares(Decimal(basis)))]
    written = sum(_over_basis(ask, trial) for ask in calls)
    if not written and asks:
        raise Unfit("it writes no covered calls")
    for ask in _again(trial, asks, _covered):
        if found := [i for i in ask.opening if isinstance(i, Sell) and not i.quote.contract.is_put and _held(i, ask)]:
            raise Broken(f"{ask}: a call on {found[0].symbol} whose every hundred backs one already (RULE-1)")
    return written + _comes_back(trial, asks)


def _again(trial: Trial, asks: list[Ask], hold: Hold) -> list[Ask]:
    """Questions with books that hold something of one symbol, once for each symbol."""
    symbols = trial.subject.symbols
    return [
        ask.seen(lambda view, s=symbol: evolve(view, book=hold(view, s))).again(trial.fresh())  # type: ignore[misc]
        for number, ask in enumerate(asks) for symbol in (symbols[number % len(symbols)],) if ask.view.fresh(symbol)
    ]  # fmt: skip


def _over_basis(ask: Ask, trial: Trial) -> int:
    """Calls of an answer, each by the kernel's `over_basis`."""
    found = [entry for entry in entries(ask, trial.fresh()) if entry.call]
    for entry in found:
        if vetoes := tuple(over_basis(entry)):
            raise Broken(f"{ask}: {entry.contract}: {listed(vetoes)}")
    return len(found)


def _comes_back(trial: Trial, asks: list[Ask]) -> int:
    """No put before the sale has settled, and one once it has where the sleeve sells puts on the symbol at all."""
    seen = 0
    for ask in _again(trial, asks, lambda view, symbol: _called(view, symbol, view.session.day)):
        seen += 1
        if found := [i.symbol for i in ask.opening if _put(i) and i.symbol in ask.view.book.called]:
            raise Broken(f"{ask}: a put on {found[0]}, called away today: the sale has not settled (CC-5)")
    back = _again(trial, asks, lambda view, symbol: _called(view, symbol, view.session.day - _LONG_AGO))
    again = any(_put(i) and i.symbol in ask.view.book.called for ask in back for i in ask.opening)
    if not again and any(_put(i) for ask in trial.walk.opening() for i in ask.opening):
        raise Broken(f"in {len(back)} attempts with called and settled shares it never sold a put again (CC-5)")
    return seen


def _put(intent: object) -> bool:
    return isinstance(intent, Sell) and intent.quote.contract.is_put


def _held(intent: Sell, ask: Ask) -> bool:
    return ask.view.book.shares(intent.symbol) > 0


# --- books ----------------------------------------------------------------------------------------------------------


def _bare(view: SleeveView) -> LedgerBook:
    """The books' money without positions, orders and pins."""
    equity = view.book.equity
    return evolve(view.book, cash=equity, high_water=equity * 2, positions={}, working={}, pinned={}, called={})


def _shares(factor: Decimal) -> Hold:
    """Some hundreds at a basis of `factor` times the spot."""

    def hold(view: SleeveView, symbol: str) -> LedgerBook:
        snapshot = view.fresh(symbol)
        spot = snapshot.spot if snapshot is not None and snapshot.spot == snapshot.spot else 100.0
        basis, count = Decimal(f"{spot:.2f}") * factor, _HUNDREDS * MULTIPLIER
        held = Position(view.book.name, symbol, None, count, basis, basis * count, view.at - timedelta(days=7))
        return evolve(_bare(view), positions={held.key: held})

    return hold


def _covered(view: SleeveView, symbol: str) -> LedgerBook:
    """Shares with a call on every hundred of them, taken from the chain; without one, the shares alone."""
    book, snapshot = _shares(Decimal("0.97"))(view, symbol), view.fresh(symbol)
    chain = snapshot.chain if snapshot is not None else None
    calls = chain.where(~chain.put) if chain is not None else None
    if calls is None or not len(calls):
        return _bare(view)
    contract = calls.quote(len(calls) - 1).contract
    sold = Position(view.book.name, symbol, contract, -_HUNDREDS, Decimal(1), Decimal(100), view.at - timedelta(days=1))
    return evolve(book, positions={**book.positions, sold.key: sold})


def _called(view: SleeveView, symbol: str, day: date) -> LedgerBook:
    return evolve(_bare(view), called={symbol: day})
