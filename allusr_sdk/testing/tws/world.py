"""`World`: orders, books and market under one virtual clock, which only a test moves or a pace that it was given."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from attrs import evolve

from allusr_sdk.errors import InputError
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import Action, Adjustment, Dividend, EarlyExercise, Split, Step
from allusr_sdk.testing.brokerage.records import contract
from allusr_sdk.testing.tws import tell
from allusr_sdk.testing.tws.books import Books
from allusr_sdk.testing.tws.codec import Message
from allusr_sdk.testing.tws.faults import Fault
from allusr_sdk.testing.tws.instruments import kind, wanted
from allusr_sdk.testing.tws.orders import Orders
from allusr_sdk.testing.tws.records import Due, Manners, Quoted, State


class World(Orders):
    """Everything behind the protocol."""

    def renew(self) -> None:
        """Accounts with their cash of the beginning, and nothing else but the clock, which a market may have moved."""
        old = self.state
        now = old.began if self.market.view is None else old.now
        books = {
            name: Books(name=name, opened=each.opened, cash=each.opened, rules=old.rules, now=now)
            for name, each in old.accounts.items()
        }
        self.state = State(accounts=books, manners=Manners(rules=old.rules), rules=old.rules, began=now, now=now)
        self.out.clear()

    # --- the clock ---

    def advance(self, to: datetime) -> None:
        """Let time pass up to an instant: market, orders and nights come in their order. Time never goes back."""
        for step in self.market.take(to):
            self._until(step.view.at)
            self._live(step)
        self._until(to)

    def _until(self, to: datetime) -> None:
        for due in [each for each in self.state.due if each.at <= to]:
            self._tick(due.at)
            self.state.due.remove(due)
            self._settle(due)
        self._tick(to)

    def _tick(self, at: datetime) -> None:
        self.state.now = max(self.state.now, at)
        for books in self.state.accounts.values():
            books.now = self.state.now
        self.expire()

    def _live(self, step: Step) -> None:
        for action in step.actions:
            self.happen(action)
        self.work()
        if step.closing and step.settlements:
            after = step.view.session.day + timedelta(days=1)
            at = datetime.combine(after, time(self.state.manners.night), NEW_YORK).astimezone(UTC)
            prices = {each.symbol: each.price for each in step.settlements}
            self.state.due.append(Due(at=at, day=step.view.session.day.isoformat(), prices=prices))

    # --- what nobody ordered ---

    def _settle(self, due: Due) -> None:
        day = datetime.fromisoformat(due.day).date()
        for account, books in self.state.accounts.items():
            books.settle(day, due.prices, with_executions=self.state.manners.told_nights)
            self.collect(account)

    def happen(self, action: Action) -> None:
        """Book what takes effect at a session's first instant: a dividend, a split, an adjustment, an exercise."""
        for account, books in self.state.accounts.items():
            match action:
                case Dividend():
                    if action.symbol in books.holdings:
                        books.dividend(action.symbol, action.amount)
                case Split():
                    books.split(action.symbol, action.ratio)
                case Adjustment():
                    for name in self._options(account, action.symbol):
                        books.become(name, name.replace(name[:6], f"{name[:6].strip()}1".ljust(6), 1))
                case EarlyExercise():
                    for name in self._options(account, action.symbol):
                        self._early(account, name, action.put)
            self.collect(account)

    def _early(self, account: str, name: str, put: bool) -> None:
        option, books = contract(name), self.state.accounts[account]
        spot = self.price(option.underlying) if option else None
        if option and spot and option.is_put is put and books.holdings[name] < 0 and option.intrinsic(spot):
            books.assign(name, with_executions=self.state.manners.told_nights)

    def _options(self, account: str, symbol: str) -> list[str]:
        held = self.state.accounts[account].holdings
        return [name for name in held if (option := contract(name)) and option.underlying == symbol]

    # --- contracts ---

    def described(self, request: Message) -> list[str]:
        """All instruments that fit a request's contract fields."""
        symbol, asked = request.text("symbol"), request.text("secType")
        if found := self.registry.name(request.number("conId")):
            return [found]
        if request.number("conId"):
            return []
        if local := request.text("localSymbol"):
            return [local] if self.exists(local) else []
        if asked == "OPT":
            return wanted(request, self.listed(symbol))
        known = self.market.knows(symbol) or symbol in self.state.set_quotes
        return [symbol] if known and asked in ("", kind(symbol)) else []

    def listed(self, symbol: str) -> list[Contract]:
        """The options of an underlying: those of the market, and those that a test quotes."""
        given = [option for name in self.state.set_quotes if (option := contract(name)) and option.underlying == symbol]
        return [*self.market.listed(symbol), *(each for each in given if self.market.shown(each.osi) is None)]

    # --- what goes wrong ---

    def faulted(self, message: str, client: int, *, told: bool) -> Fault | None:
        """What goes wrong with a message; None for nothing. A fault that has met all that it meets is over."""
        for place, fault in enumerate(self.state.faults):
            if not fault.meets(message, client, told):
                continue
            if fault.after:
                self.state.faults[place] = evolve(fault, after=fault.after - 1)
                continue
            if fault.times > 1:
                self.state.faults[place] = evolve(fault, times=fault.times - 1)
            else:
                del self.state.faults[place]
            return fault
        return None

    def denied(self, name: str) -> int:
        """The code by which market data of an instrument is refused; 0 where it is not."""
        option = contract(name)
        symbol = name if option is None else option.underlying
        return self.state.denied.get(symbol) or self.state.denied.get("*", 0)

    @property
    def clock(self) -> datetime:
        """The virtual clock in New York."""
        return self.state.now.astimezone(NEW_YORK)

    # --- what a test's hand does beside ---

    def quote(self, name: str, quoted: Quoted | None) -> None:
        """Quote an instrument so, whatever the market says; None for the market again. Raises `ValueError`."""
        contract(name)
        self.state.set_quotes.pop(name, None)
        if quoted is not None:
            self.state.set_quotes[name] = quoted
        self.work()

    def liquidate(self, account: str, instrument: str, count: int, price: Decimal) -> None:
        """IBKR closes so many contracts or shares of a holding. Raises `InputError`."""
        books = self.state.accounts[account]
        held = books.holdings.get(instrument, 0)
        if not 0 < count <= abs(held):
            raise InputError(f"{instrument}: {held} held, so {count} cannot be liquidated")
        self.out.append(tell.error(2148, f"Account {account}: margin warning: positions may be liquidated"))
        books.move(instrument, -count if held > 0 else count, price, free=False)
        self.collect(account, liquidation=True)

    def correct(self, execution: str, price: Decimal | None, fee: Decimal | None) -> str:
        """Tell an execution otherwise, by its newest id; gives the new id. Raises `InputError`."""
        old = next((fill for fill in self.state.fills if fill.id == execution), None)
        if old is None:
            raise InputError(f"execution {execution}: not known")
        new = self.state.accounts[old.account].correct(execution, price=price, fee=fee)
        self.state.accounts[old.account].out.clear()
        self.record(evolve(old, id=new.id, price=new.price, fee=new.fee, average=new.price, at=new.at))
        return new.id

    def changed(self) -> dict[str, list[str]]:
        """The instruments whose holdings changed since this was asked last, by account."""
        found = {name: list(dict.fromkeys(books.moved)) for name, books in self.state.accounts.items() if books.moved}
        for books in self.state.accounts.values():
            books.moved.clear()
        return found
