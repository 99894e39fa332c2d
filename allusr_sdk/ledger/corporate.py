"""Dividends, splits and adjusted contracts: what companies do to lots (LQ-7). No restatement moves money."""

from datetime import date

from attrs import evolve

from allusr_sdk.ledger.chart import DIVIDENDS
from allusr_sdk.ledger.effect import Lots, Outcome
from allusr_sdk.ledger.lots import carried, contract_of, held, instrument_of
from allusr_sdk.model.events import Adjusted, DividendAccrued, DividendPaid, SplitApplied
from allusr_sdk.model.money import price, usd
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Lot


def dividend(event: DividendPaid, holdings: Lots, day: date) -> Outcome:
    """Cash on the shares held (LG-2). Raises `ValueError` where the shares or their product are others."""
    require_due(event, holdings)
    return Outcome(cash=event.cash, equity={DIVIDENDS: event.cash}, symbol=event.symbol)


def require_due(event: DividendPaid | DividendAccrued, holdings: Lots) -> None:
    """Raise `ValueError` unless a dividend is of all shares held and their number times its amount a share."""
    shares = held(holdings.get(event.symbol, ()))
    if event.shares != shares or shares <= 0:
        raise ValueError(f"{event.symbol}: a dividend on {event.shares} of {shares} shares held")
    if event.cash != usd(event.per_share * shares):
        raise ValueError(f"{event.symbol}: {shares} shares at {event.per_share} do not pay {event.cash}")


def split(event: SplitApplied, holdings: Lots, day: date) -> Outcome:
    """Every lot on the symbol with `ratio` times its units at as many times less a unit; dates and amounts stay.

    Raises:
        ValueError: the ratio splits nothing, nothing of the symbol is held, or two strikes would become one.
    """
    if event.ratio < 2:
        raise ValueError(f"{event.symbol}: {event.ratio} for 1 is no split")
    mine = {name: lots for name, lots in holdings.items() if lots[0].symbol == event.symbol}
    if not mine:
        raise ValueError(f"{event.symbol}: nothing of it is held")
    return _restated(mine, {name: split_contract(lots[0].contract, event.ratio) for name, lots in mine.items()},
                     event.ratio)  # fmt: skip


def split_contract(contract: Contract | None, ratio: int) -> Contract | None:
    """A contract after a split: strike by `ratio`, rounded to cents (600 at 7:1 is 85.71)."""
    return evolve(contract, strike=usd(contract.strike / ratio)) if contract else None


def adjusted(event: Adjusted, holdings: Lots, day: date) -> Outcome:
    """The lots of one contract under its new root. Raises `ValueError` for a root that tells no adjustment."""
    contract = contract_of(event.instrument)
    if contract is None or not holdings.get(contract.osi):
        raise ValueError(f"{event.instrument} is no contract that is held")
    if not event.root[-1:].isdigit() or event.root[:-1] != contract.root:
        raise ValueError(f"{event.instrument}: {event.root} is not its root and a digit")
    after = evolve(contract, root=event.root)
    if holdings.get(after.osi):
        raise ValueError(f"{event.instrument}: {after.osi} is held of an earlier adjustment: take the next digit")
    return _restated({contract.osi: holdings[contract.osi]}, {contract.osi: after}, 1)


def _restated(before: Lots, contracts: dict[str, Contract | None], ratio: int) -> Outcome:
    renamed = {name: instrument_of(lots[0].symbol, contracts[name]) for name, lots in before.items()}
    if len(set(renamed.values())) < len(renamed):
        raise ValueError(f"{', '.join(sorted(renamed))}: a split would make two of them one contract")
    after = {renamed[name]: tuple(_unit(lot, contracts[name], ratio) for lot in lots) for name, lots in before.items()}
    return Outcome(
        ended=carried([lot for lots in before.values() for lot in lots])[0],
        opened=tuple(lot for lots in after.values() for lot in lots),
        lots=dict.fromkeys(before, ()) | after,
        renamed=renamed,
        ratio=ratio,
    )


def _unit(lot: Lot, contract: Contract | None, ratio: int) -> Lot:
    return evolve(lot, contract=contract, quantity=lot.quantity * ratio, price=price(lot.price / ratio))
