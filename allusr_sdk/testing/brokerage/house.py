"""`House`: an account behind its counter: what engines ask, how they are answered, and what is told when."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec
from attrs import Factory, define, evolve, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.model.broker import Execution, Identity, Report, Statement, Ticket
from allusr_sdk.testing.brokerage.account import Account
from allusr_sdk.testing.brokerage.movements import EPOCH
from allusr_sdk.testing.brokerage.records import Entry, News, Placed, Planned


class Unanswered(Exception):
    """The question was heard and gets no answer; with `cut` its connection ends."""

    def __init__(self, cut: bool) -> None:
        self.cut = cut
        super().__init__("no answer")


@frozen(kw_only=True)
class Manners:
    """What goes wrong between an engine and the account.

    Attributes:
        reject: why the next order is rejected; empty where it is not.
        refuse: how many cancels are refused yet.
        race: the next cancel meets a fill.
        hold_acks: orders are taken, and nobody is told.
        lose_ack: the next order is taken and its question not answered: `cut` ends the connection, `hang` lets it wait.
        lose_order: the next order is answered and not taken.
        duplicate: how many of the next executions are told twice.
        hold: news are kept back; with `hide`, statements have none of their executions either.
        silent: engines are not answered at all.
        gone: likewise, their connections ending, from one instant of their market to another.
    """

    reject: str = ""
    refuse: int = 0
    race: bool = False
    hold_acks: bool = False
    lose_ack: str = ""
    lose_order: bool = False
    duplicate: int = 0
    hold: bool = False
    hide: bool = False
    silent: bool = False
    gone: tuple[datetime, datetime] | None = None


@define(kw_only=True)
class House:
    """One account, served.

    Attributes:
        queue: news that no engine has confirmed; each is told again until one has.
        held: news that are kept back; `acks` are acceptances that are.
        plans: deeds of the control's that wait for their instants; `heard` is the latest that an engine came with.
        journal: everything that was asked for and done, oldest first; questions that change nothing are left out.
    """

    account: Account = Factory(Account)
    manners: Manners = Factory(Manners)
    queue: list[News] = Factory(list)
    held: list[News] = Factory(list)
    acks: list[News] = Factory(list)
    plans: list[Planned] = Factory(list)
    heard: datetime = EPOCH
    journal: list[Entry] = Factory(list)
    told: int = 0

    # --- what an engine asks ---

    def identity(self) -> Identity:
        """Whose account it is."""
        return self.account.identity()

    def statement(self, at: datetime) -> Statement:
        """The account as it stands."""
        self.account.advance(at)
        self.collect()
        return self.account.statement(at)

    def submit(self, ticket: Ticket) -> None:
        """Take an order, in the manners that are wished. Raises `Unanswered`."""
        manners, self.manners = self.manners, evolve(self.manners, reject="", lose_ack="", lose_order=False)
        self.note("engine", "submit", ticket.reference, ticket)
        if manners.lose_order:
            return
        if manners.reject:
            self.account.refuse(ticket, manners.reject)
        else:
            self.account.submit(ticket)
        if manners.lose_ack:
            self.collect(acknowledged=False)
            raise Unanswered(manners.lose_ack == "cut")

    def reprice(self, reference: str, limit: Decimal) -> None:
        """Move a limit."""
        self.note("engine", "reprice", reference, limit)
        self.account.reprice(reference, limit)

    def cancel(self, reference: str) -> None:
        """End an order, unless a refusal or a fill comes first."""
        self.note("engine", "cancel", reference)
        manners = self.manners
        if manners.refuse:
            self.manners = evolve(manners, refuse=manners.refuse - 1)
            self.account.report(reference, "kept", reason="the cancel is refused")
            return
        if manners.race and self._works(reference):
            self.manners = evolve(manners, race=False)
            self.account.fill(reference)
        self.account.cancel(reference)

    def _works(self, reference: str) -> bool:
        return reference in self.account.numbers and self.account.placed(reference).working

    def news(self, at: datetime, seen: int = 0) -> list[News]:
        """What was told after number `seen`; that and all before it is confirmed by asking."""
        self.queue = [each for each in self.queue if each.number > seen]
        self.account.advance(at)
        self.collect()
        return list(self.queue)

    # --- what a test's hand does ---

    def behave(self, change: Manners, names: frozenset[str]) -> None:
        """Take over the manners of these names from `change`."""
        self.manners = evolve(self.manners, **{name: getattr(change, name) for name in names})

    def release_acks(self) -> None:
        """Tell the acceptances that were kept back."""
        self.manners, waiting, self.acks = evolve(self.manners, hold_acks=False), self.acks, []
        self._tell(waiting)

    def release_news(self, order: Sequence[int] = ()) -> None:
        """Tell what was kept back: what stands at these places first, the rest behind it. Raises `InputError`."""
        if not set(order) <= set(range(len(self.held))) or len(set(order)) != len(order):
            raise InputError(f"news in the order {tuple(order)}: {len(self.held)} are held, counted from 0")
        chosen = [*order, *(i for i in range(len(self.held)) if i not in order)]
        waiting, self.held = [self.held[i] for i in chosen], []
        self.manners = evolve(self.manners, hold=False, hide=False)
        self.account.hidden -= {each.execution.id for each in waiting if each.execution}
        self._tell(waiting)

    def pass_as(self, given: Identity) -> None:
        """Be another account from now on."""
        account = self.account
        account.name, account.live = given.account, given.live
        account.currency, account.permissions = given.currency, given.permissions

    def basis(self, instrument: str, basis: Decimal | None) -> None:
        """What is told as the basis of a holding, dollars; None for nothing."""
        self.account.bases.pop(instrument, None)
        if basis is not None:
            self.account.bases[instrument] = basis

    def value(self, nav: Decimal | None) -> None:
        """What is told as net value, dollars; None for nothing."""
        self.account.nav = nav

    def orders(self) -> tuple[Placed, ...]:
        """Every order that was ever taken, with what became of it."""
        return tuple(self.account.orders.values())

    def entries(self) -> tuple[Entry, ...]:
        """The journal."""
        return tuple(self.journal)

    def look(self) -> Statement:
        """The account at the last instant that it was told."""
        return self.account.statement(self.account.now)

    # --- between the two ---

    def attend(self) -> None:
        """Raise `Unanswered` where no engine is answered now."""
        gone = self.manners.gone
        if self.manners.silent or (gone and gone[0] <= self.heard < gone[1]):
            raise Unanswered(cut=not self.manners.silent)

    def due(self, at: datetime) -> list[Planned]:
        """The plans whose instants an engine has come to, in their order; they wait no more."""
        self.heard = max(self.heard, at)
        waiting = sorted(self.plans, key=lambda plan: plan.at)
        self.plans = [plan for plan in waiting if plan.at > self.heard]
        return waiting[: len(waiting) - len(self.plans)]

    def note(self, who: str, verb: str, reference: str = "", detail: object = None) -> None:
        """Add a line to the journal."""
        text = "" if detail is None else msgspec.json.encode(detail).decode()
        number, at = len(self.journal) + 1, self.account.now
        self.journal.append(Entry(number=number, at=at, who=who, verb=verb, reference=reference, detail=text))

    def collect(self, *, acknowledged: bool = True) -> None:
        """Take over what happened in the account, and tell of it or keep it back."""
        happened, self.account.out = self.account.out, []
        for news in happened:
            what = news.what
            self.note("broker", what.status if isinstance(what, Report) else "execution", what.reference, what)
            if isinstance(what, Report) and what.status == "accepted":
                if not acknowledged:
                    continue
                if self.manners.hold_acks:
                    self.acks.append(news)
                    continue
            self._pass_on(news)

    def _pass_on(self, news: News) -> None:
        manners, what = self.manners, news.what
        twice = isinstance(what, Execution) and manners.duplicate > 0
        if twice:
            self.manners = evolve(manners, duplicate=manners.duplicate - 1)
        told = [news, news] if twice else [news]
        if not manners.hold:
            self._tell(told)
            return
        self.held += told
        if manners.hide and isinstance(what, Execution):
            self.account.hidden.add(what.id)

    def _tell(self, told: Sequence[News]) -> None:
        for news in told:
            self.told += 1
            self.queue.append(evolve(news, number=self.told))
