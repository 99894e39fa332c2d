"""What is listed: shares with their numbers, expiries, and the contracts of an expiry, each asked for once a day."""

from collections.abc import Iterable, Mapping
from datetime import date

from allusr_sdk.execution.ibkr.contracts import asked_for, name_of
from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.execution.ibkr.records import Asset, Chain, Details, Refused
from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.options import MULTIPLIER, Contract, option_class

type Listed = Mapping[Contract, Asset]


class Listing:
    """Contracts by what we call them.

    Attributes:
        missing: symbols that IBKR does not know, with what it said; they are asked for again after `again`.
    """

    def __init__(self, port: Port) -> None:
        self._port = port
        self.day: date | None = None
        self.missing: dict[str, str] = {}
        self._shares: dict[str, Asset] = {}
        self._classes: dict[str, tuple[Chain, ...]] = {}
        self._options: dict[tuple[str, date], Listed] = {}
        self._single: dict[Contract, Asset | None] = {}

    def begin(self, day: date) -> None:
        """Another day: what was listed is asked for anew."""
        if day != self.day:
            self.day = day
            for known in (self.missing, self._shares, self._classes, self._options, self._single):
                known.clear()

    def again(self) -> None:
        """What is missing may be listed by now."""
        self.missing.clear()

    def share(self, symbol: str) -> Asset | None:
        """A share, fund or index; None where IBKR knows none, which `missing` tells."""
        if symbol in self.missing:
            return None
        if symbol not in self._shares:
            found = self._found(share_of(symbol), symbol)
            if len(found) != 1:
                self.missing.setdefault(symbol, f"IBKR lists {len(found)} such contracts")
                return None
            self._shares[symbol] = found[0].asset
        return self._shares[symbol]

    def expiries(self, symbol: str) -> tuple[date, ...]:
        """Expiries of standard contracts, earliest first."""
        days = {day for each in self._listed_classes(symbol) for day in each.expiries}
        return tuple(sorted(date.fromisoformat(day) for day in days))

    def options(self, symbol: str, expiries: Iterable[date]) -> Listed:
        """The standard contracts of some expiries, qualified."""
        found: dict[Contract, Asset] = {}
        for expiry in expiries:
            if (symbol, expiry) not in self._options:
                asked = Asset(kind="OPT", symbol=symbol, expiry=f"{expiry:%Y%m%d}")
                self._options[symbol, expiry] = dict(_standard(self._found(asked, symbol)))
            found.update(self._options[symbol, expiry])
        return found

    def option(self, contract: Contract) -> Asset | None:
        """One contract, whichever expiry it has; None where IBKR lists none."""
        known = self._options.get((contract.underlying, contract.expiry), {})
        if contract not in known and contract not in self._single:
            found = dict(_standard(self._found(asked_for(contract.osi), contract.underlying)))
            self._single[contract] = found.get(contract)
        return known.get(contract) or self._single.get(contract)

    def _listed_classes(self, symbol: str) -> tuple[Chain, ...]:
        share = self.share(symbol)
        if share is None:
            return ()
        if symbol not in self._classes:
            try:
                told = self._port.chains(symbol, share.con_id, share.kind)
            except Refused as why:
                self.missing[symbol] = str(why)
                return ()
            mine = (each for each in told if each.multiplier == MULTIPLIER)
            self._classes[symbol] = tuple(each for each in mine if _plain(each.trading_class, symbol))
        return self._classes[symbol]

    def _found(self, asked: Asset, symbol: str) -> tuple[Details, ...]:
        try:
            return tuple(self._port.details(asked))
        except Refused as why:
            if asked.kind != "OPT":
                self.missing[symbol] = str(why)
            return ()


def share_of(symbol: str) -> Asset:
    """A share, fund or index as IBKR is asked for it."""
    return Asset(kind="IND" if option_class(symbol).cash_settled else "STK", symbol=symbol)


def _standard(found: Iterable[Details]) -> Iterable[tuple[Contract, Asset]]:
    for each in found:
        contract = contract_of(name_of(each.asset)) if each.asset.multiplier == MULTIPLIER else None
        if contract is not None and _plain(contract.root, contract.underlying):
            yield contract, each.asset


def _plain(root: str, symbol: str) -> bool:
    """Whether a class has the standard deliverable (LQ-4)."""
    kind = option_class(root)
    return not kind.adjusted and kind.underlying == symbol
