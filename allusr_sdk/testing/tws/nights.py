"""`Nights`: what a test's hand does to accounts: assignments, expiries, splits, dividends, liquidations, transfers."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from allusr_sdk.errors import InputError
from allusr_sdk.testing.tws.books import Books
from allusr_sdk.testing.tws.records import State
from allusr_sdk.testing.tws.world import World


class Nights:
    """Verbs for what happens without an order. What cannot be done raises `InputError`, and then nothing was."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def _state(self) -> State:
        return self._world.state

    def assign(
        self, account: str, instrument: str, count: int | None = None, *, spot: Decimal | None = None,
        told: bool = True,
    ) -> None:  # fmt: skip
        """Short contracts are assigned, all or so many; not `told`, only positions and cash tell of it."""
        self._books(account).assign(instrument, count, spot=spot, with_executions=told)
        self._world.collect(account)

    def exercise(
        self, account: str, instrument: str, count: int | None = None, *, spot: Decimal | None = None,
        told: bool = True,
    ) -> None:  # fmt: skip
        """Long contracts are exercised; as `assign`."""
        self._books(account).exercise(instrument, count, spot=spot, with_executions=told)
        self._world.collect(account)

    def expire(self, account: str, instrument: str, *, told: bool = True) -> None:
        """All that is held of a contract ends at zero."""
        self._books(account).expire(instrument, with_executions=told)
        self._world.collect(account)

    def settle(self, day: date, prices: Mapping[str, Decimal], *, told: bool = True) -> None:
        """All contracts that expire on a day end by the official prices of their underlyings, in all accounts."""
        for account, books in self._state.accounts.items():
            books.settle(day, prices, with_executions=told)
            self._world.collect(account)

    def late(self, account: str, execution: str) -> None:
        """Tell an execution that nobody was told of."""
        self._books(account).late(execution)
        self._world.collect(account)

    def split(self, symbol: str, ratio: int) -> None:
        """Each share becomes `ratio` of them, and each contract as many of a new one, with a conId of its own."""
        for books in self._state.accounts.values():
            books.split(symbol, ratio)

    def become(self, account: str, instrument: str, into: str, quantity: int | None = None) -> None:
        """A holding turns into another, as an adjusted contract with a new conId does."""
        self._books(account).become(instrument, into, quantity)

    def dividend(self, symbol: str, per_share: Decimal) -> None:
        """Cash for each share that is held, in all accounts."""
        for books in self._state.accounts.values():
            books.dividend(symbol, per_share)
            books.moved.append(symbol)

    def liquidate(self, account: str, instrument: str, count: int, price: Decimal) -> None:
        """IBKR closes so many contracts or shares: order number -1, liquidation 1, behind a margin warning."""
        self._books(account)
        self._world.liquidate(account, instrument, count, price)

    def position(self, account: str, instrument: str, quantity: int, price: Decimal = Decimal("0.00")) -> None:
        """Something comes in or leaves without an execution; with a price, against cash."""
        self._books(account).foreign_position(instrument, quantity, price)

    def shift(self, account: str, amount: Decimal) -> None:
        """Cash comes or goes that nothing explains, dollars."""
        self._books(account).shift(amount)

    def _books(self, account: str) -> Books:
        if account not in self._state.accounts:
            raise InputError(f"account {account}: there are {', '.join(self._state.accounts)}")
        return self._state.accounts[account]
