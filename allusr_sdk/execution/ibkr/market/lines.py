"""The market data budget: which lines are ours, how many there may be, and what waits for one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from allusr_sdk.execution.ibkr.errors import Context, Meaning, meaning
from allusr_sdk.execution.ibkr.market.values import Values
from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.execution.ibkr.records import Asset, Said

GENERICS: Mapping[str, str] = MappingProxyType({"OPT": "100,101,106", "STK": "", "IND": ""})
"""Generic ticks by kind: volume, open interest and implied volatility of options come by no others."""
FULL = 101
"""Too many lines: of the account, whoever has them."""
REFUSALS = frozenset({FULL, 200, 354, 10089, 10090, 10167, 10168, 10186, 10189, 10197})
"""What a line is refused by, or shown as delayed."""


class Lines:
    """Market data lines over one port. `want` says what is wanted, and everything else is given back.

    Attributes:
        most: lines that there may be; fewer once IBKR says that the account has no more.
        waiting: what is wanted and has no line, most urgent first.
        hasty: what IBKR said where we asked too fast; empty while it did not.
    """

    def __init__(self, port: Port, most: int) -> None:
        self._port = port
        self._owned: dict[str, Values] = {}
        self.most = most
        self.waiting: tuple[str, ...] = ()
        self.hasty = ""

    @property
    def owned(self) -> Mapping[str, Values]:
        """The lines that are ours, by the instrument's name."""
        return MappingProxyType(self._owned)

    def want(self, wanted: Mapping[str, Asset]) -> Sequence[Values]:
        """Have a line for each of these, most urgent first, as far as there are lines; gives those that are new.

        What is not wanted any more is given back, one line at a time before the one that needs it, so that what is most
        urgent is asked for first.

        Raises:
            BrokerSilent: the gateway does not answer; what was done stands.
        """
        names = list(wanted)[: self.most]
        self.waiting = tuple(wanted)[self.most :]
        useless = [each for each in self._owned if each not in names]
        new = []
        for name in [each for each in names if each not in self._owned]:
            if len(self._owned) >= self.most:
                self._give_back(useless.pop())
            new.append(self._begin(name, wanted[name]))
        for name in useless:
            self._give_back(name)
        return new

    def add(self, wanted: Mapping[str, Asset]) -> Sequence[Values]:
        """Have lines for these beside what there is, as far as some are left; gives those that are new."""
        free = max(self.most - len(self._owned), 0)
        new = [name for name in wanted if name not in self._owned]
        self.waiting = (*self.waiting, *new[free:])
        return [self._begin(name, wanted[name]) for name in new[:free]]

    def hear(self) -> None:
        """Take up what came of all lines, refusals among it."""
        by_number = {line.feed.number: line for line in self._owned.values()}
        refusals = list(self._refusals(by_number.get))
        for line in self._owned.values():
            line.drain()
        for line, said in refusals:
            self._refuse(line, said)

    def retry(self) -> Sequence[Values]:
        """Ask again for lines that are refused, for a permission may have come back; gives them."""
        refused = [line for line in self._owned.values() if line.refused]
        for line in refused:
            if line.type:  # it was fed, or is with delayed data
                self._port.unsubscribe(line.feed)
                self._begin(line.name, line.feed.asset)
            else:
                self._port.renew(line.feed)
                line.drain()
        return [self._owned[line.name] for line in refused]

    def _begin(self, name: str, asset: Asset) -> Values:
        line = Values(name, self._port.subscribe(asset, GENERICS.get(asset.kind, "")))
        self._owned[name] = line
        return line

    def _refusals(self, line_of: Callable[[int], Values | None]) -> Iterator[tuple[Values, Said]]:
        for heard in self._port.heard():
            line = line_of(heard.number) if isinstance(heard, Said) else None
            if isinstance(heard, Said) and line is not None and heard.code in REFUSALS:
                yield line, heard
            elif isinstance(heard, Said) and meaning(heard.code, Context.NONE) is Meaning.SLOWER:
                self.hasty = f"{heard.code} {heard.text}"

    def _give_back(self, name: str) -> None:
        self._port.unsubscribe(self._owned.pop(name).feed)

    def _refuse(self, line: Values, said: Said) -> None:
        line.refused = f"{said.code} {said.text}"
        if said.code == FULL:
            self._port.unsubscribe(self._owned.pop(line.name).feed)
            self.most = max(len(self._owned), 1)
            self.waiting = (line.name, *self.waiting)
