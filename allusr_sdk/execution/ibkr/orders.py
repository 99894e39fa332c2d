"""Orders of ours as they are heard: what is told of each is told once, and its end only when it is final.

Nothing here asks or sends. Fills are counted by executions; what TWS calls a status is a hint.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from attrs import define, evolve

from allusr_sdk.execution.ibkr.errors import Context, Meaning, meaning
from allusr_sdk.execution.ibkr.records import OrderSeen, Outgoing, Said, StatusSeen
from allusr_sdk.model.broker import Execution, Report

DEAD = {"Cancelled": "canceled", "ApiCancelled": "canceled", "Inactive": "rejected"}
"""How a status that may be an order's end is told."""
LOCATING = "locate"
"""What an Inactive order waits for that works again when it is found."""
EPOCH = datetime.min
"""Stands in a report until it is told."""


@define(kw_only=True)
class Tracked:
    """An order of ours.

    Attributes:
        number: ours at TWS; 0 where another client placed it.
        sent: what was sent last; None for one of an earlier life, which is never changed, only ended.
        first: instrument of its first leg; `each` is how much of that is in one lot, signed.
        joins: the link's count of connections when it was sent.
        heard: whether TWS has said anything of it.
        limit: at TWS.
        asked: limit that was asked for and not answered; None for none.
        ending: whether its end was asked for and not answered; `wanted` whether it was asked for at all.
        done: contracts or shares of the first leg that executions brought, unsigned; `status` what TWS says, in lots.
        end: what it ended as; empty while it works. `why` is what was said, `ended` when by the monotonic clock.
        told: whether its end was told; `closed` whether TWS says that it is filled.
        unsure: whether TWS said that it does not know it.
    """

    reference: str
    number: int
    perm: int = 0
    sent: Outgoing | None = None
    first: str = ""
    each: int = 1
    lots: int = 0
    joins: int = 0
    heard: bool = False
    limit: Decimal | None = None
    asked: Decimal | None = None
    ending: bool = False
    done: int = 0
    status: int = 0
    end: str = ""
    why: str = ""
    ended: float = 0.0
    wanted: bool = False
    told: bool = False
    closed: bool = False
    unsure: bool = False

    @property
    def works(self) -> bool:
        """Whether it may still be filled."""
        return not (self.end or self.filled or self.closed)

    @property
    def filled(self) -> bool:
        """Whether executions filled all of it."""
        return bool(self.lots) and self.done >= self.lots * abs(self.each)

    @property
    def short(self) -> bool:
        """Whether TWS says that more was filled than executions tell."""
        return self.sent is not None and self.status * abs(self.each) > self.done

    @property
    def context(self) -> Context:
        """What a code that names its number is said about."""
        if self.ending:
            return Context.CANCEL
        if self.asked is not None:
            return Context.CHANGE
        return Context.WORKING if self.heard else Context.NEW


class Orders:
    """All orders of ours that this connection sent or found, and what is to be told of them.

    Args:
        client: our client id.
        grace: seconds for which a fill may follow a cancel.
    """

    def __init__(self, client: int, grace: float) -> None:
        self._client, self._grace = client, grace
        self._all: dict[str, Tracked] = {}
        self._news: list[Report | Execution] = []

    def __iter__(self) -> Iterator[Tracked]:
        return iter(self._all.values())

    def get(self, reference: str) -> Tracked | None:
        """The order of a reference."""
        return self._all.get(reference)

    def by(self, number: int = 0, perm: int = 0) -> Tracked | None:
        """An order by one of its numbers."""
        found = (each for each in self if (perm and each.perm == perm) or (number > 0 and each.number == number))
        return next(found, None)

    # --- what we do ---

    def track(self, order: Tracked) -> Tracked:
        """An order that is about to be sent, or was found."""
        self._all[order.reference] = order
        return order

    def forget(self, order: Tracked) -> None:
        """An order that is proven never to have arrived."""
        self._all.pop(order.reference, None)

    def tell(self, reference: str, status: str, *, limit: Decimal | None = None, reason: str = "") -> None:
        """Something to be told of an order."""
        self._news.append(Report(reference=reference, status=status, at=EPOCH, limit=limit, reason=reason))

    # --- what is heard ---

    def seen(self, told: OrderSeen, now: float) -> None:
        """An order as TWS has it; what is not ours was sorted out."""
        order = self._all.get(told.reference) or self._found(told)
        order.perm = told.perm_id or order.perm
        self._known(order, dead=told.status in DEAD)
        if told.limit is not None:
            self._moved(order, told.limit)
        self._status(order, told.status, "", told.why, now)

    def status(self, told: StatusSeen, now: float) -> None:
        """The status of an order."""
        order = self.by(told.order_id if told.client_id == self._client else 0, told.perm_id)
        if order is None:
            return
        order.perm = told.perm_id or order.perm
        order.status = max(order.status, told.filled or 0)  # a hint: executions fill
        self._known(order, dead=told.status in DEAD)
        self._status(order, told.status, told.held, "", now)

    def said(self, told: Said, now: float) -> None:
        """An error or notice that names a number."""
        order = self.by(told.number)
        if order is None:
            return
        means, words = meaning(told.code, order.context), f"{told.code} {told.text}"
        if means is Meaning.KEPT:
            self._kept(order, words)
        elif means in (Meaning.REJECT, Meaning.CANCELED):
            self._end(order, "rejected" if means is Meaning.REJECT else "canceled", words, now)
        elif means is Meaning.UNKNOWN:
            order.unsure, order.why = True, words

    def executed(self, execution: Execution, perm: int) -> None:
        """A new execution, of an order of ours or of nobody's."""
        order = self._all.get(execution.reference) or self.by(perm=perm)
        if order is not None:
            self._known(order)
            if execution.instrument == order.first and not execution.corrects:
                order.done += abs(execution.quantity)
        self._news.append(execution)

    def found(self, order: Tracked) -> None:
        """An order that TWS said it does not know works there."""
        order.unsure = False
        self._kept(order, order.why)

    def unanswered(self, order: Tracked) -> None:
        """An order works as it did, whatever was asked of it over a connection that is gone."""
        self._kept(order, "the connection was lost, and it works as it did")

    def lost(self, order: Tracked, end: str, why: str, now: float) -> None:
        """An order is at TWS no more, nor among those that ended today."""
        order.unsure = False
        self._end(order, end, why, now)

    # --- what is told ---

    def news(self, at: datetime, now: float, ripe: Sequence[str]) -> Iterator[Report | Execution]:
        """What may be told: everything but executions that are not `ripe` and what stands behind them of their order.

        An end is told behind all else of its order, when no fill came for the grace.
        """
        held: set[str] = set()
        told, self._news = self._news, []
        for item in told:
            if item.reference in held or (isinstance(item, Execution) and item.id not in ripe):
                held.add(item.reference)
                self._news.append(item)
            else:
                yield evolve(item, at=at) if isinstance(item, Report) else item
        waiting = {item.reference for item in self._news}
        for order in self:
            if order.end and not order.told and order.reference not in waiting and self._final(order, now):
                order.told = True
                yield Report(reference=order.reference, status=_named(order, at), at=at, reason=order.why)

    @property
    def waiting(self) -> Sequence[Execution]:
        """Executions that were not told yet."""
        return [item for item in self._news if isinstance(item, Execution)]

    # --- inside ---

    def _found(self, told: OrderSeen) -> Tracked:
        """An order of an earlier life, or one that was heard of by its end alone."""
        mine = told.client_id == self._client and told.order_id > 0
        return self.track(Tracked(
            reference=told.reference, number=told.order_id if mine else 0, heard=True, lots=told.lots or 0,
            limit=told.limit, told=told.status in DEAD,
        ))  # fmt: skip

    def _known(self, order: Tracked, *, dead: bool = False) -> None:
        if not order.heard:
            order.heard = True
            if not dead:
                self.tell(order.reference, "accepted")

    def _moved(self, order: Tracked, limit: Decimal) -> None:
        """TWS may take another limit than was asked for; one that is told again is no answer."""
        before, order.limit = order.limit, limit
        if order.asked is not None and (limit == order.asked or limit != before):
            order.asked = None
            self.tell(order.reference, "repriced", limit=limit)

    def _status(self, order: Tracked, status: str, held: str, why: str, now: float) -> None:
        if status in DEAD and held != LOCATING:
            self._end(order, DEAD[status], why, now)
        elif status == "Filled":
            order.closed = True
        elif order.end == "rejected" and not (order.told or order.why):
            order.end = ""  # it was held for a while, and works again

    def _kept(self, order: Tracked, words: str) -> None:
        if order.asked is not None or order.ending:
            order.asked, order.ending = None, False
            self.tell(order.reference, "kept", reason=words)

    def _end(self, order: Tracked, end: str, why: str, now: float) -> None:
        """An end; the words for it may come before or after it, and say what kind of end it was."""
        if order.told or order.filled:
            return
        if not order.end:
            order.ended = now
        if not order.end or (end == "rejected" and why):
            order.end = end
        order.why = why or order.why
        order.asked, order.ending = None, False

    def _final(self, order: Tracked, now: float) -> bool:
        if order.filled:
            order.told = True  # its executions say it
            return False
        return now - order.ended >= self._grace or (order.end == "rejected" and bool(order.why) and not order.done)


def _named(order: Tracked, at: datetime) -> str:
    """An order that nobody cancelled has expired when its time is over; one that was filled in part is no rejection."""
    if order.end == "rejected" and order.done:
        return "canceled"
    over = order.sent is not None and order.sent.until <= at
    return "expired" if over and order.end == "canceled" and not order.wanted else order.end
