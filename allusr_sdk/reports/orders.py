"""Telling an order: its limits, its fills, why this contract and why so many."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from attrs import define, field

from allusr_sdk.ledger import Entry
from allusr_sdk.ledger.chart import REALISED
from allusr_sdk.model.events import Filled, IntentRecorded, Numbers, OrderChanged
from allusr_sdk.model.positions import HEDGE
from allusr_sdk.reports.story import Detail, Line
from allusr_sdk.reports.words import clock, count, dollars, figure, many, multiplier, number, per_share, short_name

_VERBS = {
    "sell": "SOLD", "buy": "BOUGHT", "close": "BOUGHT BACK", "shares": "SOLD", "roll": "ROLLED",
    "hedge": "HEDGE BOUGHT",
}  # fmt: skip
_KINDS = {"sell": "sold", "buy": "bought", "close": "closed", "shares": "sold", "roll": "rolled", "hedge": "hedged"}
# What a cause says before the order: an exit of level 3, the release of a hedge.
_HEADS = {"PE-11": "LEVEL 3 EXIT: ", "PE-10": "HEDGE RELEASED: "}
# Numbers of a hedge that a reader wants beside its price (PE-9).
_FIGURES = ("budget", "spent", "cost", "left", "vix")
_RECONCILED = "RECON"  # how the rules of an entry begin that was booked from a broker's statement
_POD = re.compile(r"(pod \d+ of \d+): ")


@define
class Order:
    """The entries of one order, sorted by what they are. Its slices, where it has several, are told as one (LQ-3).

    A version sent again under the next id is no further slice: only one of the two can fill (ORD-2).
    """

    entries: Sequence[Entry]
    slices: list[IntentRecorded] = field(init=False)
    again: int = field(init=False)
    intent: IntentRecorded = field(init=False)
    changes: list[OrderChanged] = field(init=False)
    fills: list[Filled] = field(init=False)

    def __attrs_post_init__(self) -> None:
        events = [entry.event for entry in self.entries]
        intents = [e for e in events if isinstance(e, IntentRecorded)]
        self.slices = [e for e in intents if "version of" not in e.numbers]
        self.again = len(intents) - len(self.slices)
        self.intent = self.slices[0]
        self.changes = [e for e in events if isinstance(e, OrderChanged)]
        self.fills = [e for e in events if isinstance(e, Filled)]

    @property
    def fees(self) -> Decimal:
        """Of all fills, dollars."""
        return sum((fill.fee for fill in self.fills), Decimal(0))

    @property
    def paid(self) -> Decimal:
        """Dollars paid for all fills before fees; received is negative."""
        return sum((f.price * f.quantity * multiplier(f.instrument) for f in self.fills), Decimal(0))

    @property
    def realised(self) -> Decimal:
        """Dollars that its fills realised."""
        lines = [line for entry in self.entries for line in entry.lines if line.account in REALISED]
        return -Decimal(sum(line.amount for line in lines)) / 100

    @property
    def legs(self) -> tuple[tuple[str, int], ...]:
        """Instruments and the signed quantities wanted of them, all slices together."""
        wanted: dict[str, int] = {}
        for instrument, quantity in (leg for part in self.slices for leg in part.legs):
            wanted[instrument] = wanted.get(instrument, 0) + quantity
        return tuple(wanted.items())

    @property
    def reserve(self) -> Decimal:
        """Dollars that it reserves, all slices together."""
        return sum((part.reserve for part in self.slices), Decimal(0))

    @property
    def limits(self) -> list[Decimal]:
        """The limits that the first slice walked, whichever version of it did."""
        stem = _stem(self.intent.key)
        return [c.price for c in self.changes if c.price is not None and _stem(c.key) == stem]

    def filled(self, instrument: str) -> tuple[int, Decimal]:
        """Signed quantity and average price of one leg's fills."""
        mine = [fill for fill in self.fills if fill.instrument == instrument]
        quantity = sum(fill.quantity for fill in mine)
        paid = sum((fill.price * fill.quantity for fill in mine), Decimal(0))
        return quantity, paid / quantity if quantity else Decimal(0)

    @property
    def end(self) -> str:
        """What became of an order that did not fill."""
        last = self.changes[-1] if self.changes else None
        if last is None or last.status in ("accepted", "repriced"):
            return "still working"
        return f"{last.status}" + (f", {last.reason}" if last.reason else "")


def _stem(key: str) -> str:
    return key.rpartition("-v")[0]


def told(entries: Sequence[Entry]) -> Line:
    """The line of one order."""
    order = Order(entries)
    intent = order.intent
    kind = _KINDS.get(intent.action, intent.action) if order.fills else "unfilled"
    text = _filled(order) if order.fills else _unfilled(order)
    return Line(
        at=clock(entries[0].at), kind=kind, text=text, rules=_rules(order), numbers=_numbers(order),
        details=(*_details(order), *_unheard(order)), entries=tuple(entry.seq for entry in entries),
    )  # fmt: skip


def _rules(order: Order) -> tuple[str, ...]:
    words = [word for word in order.intent.rule.split() if word != "CAD-10"] + ["ORD-2"] * bool(order.again)
    return tuple(words if order.fills else dict.fromkeys((*words, "ORD-1")))


def _numbers(order: Order) -> dict[str, object]:
    intent = order.intent
    found: dict[str, object] = {
        "key": intent.key, "limit": intent.limit, "worst": intent.worst, "mid": intent.mid, "reserve": order.reserve,
    }  # fmt: skip
    if len(order.slices) > 1:
        found["slices"] = [[abs(part.legs[0][1]), part.delay] for part in order.slices]
    if order.fills:
        found |= {
            "fills": [{"instrument": f.instrument, "quantity": f.quantity, "price": f.price} for f in order.fills],
            "paid": order.paid, "fees": order.fees, "realised": order.realised,
        }  # fmt: skip
    return found | dict(intent.numbers)


def _filled(order: Order) -> str:
    intent = order.intent
    if len(intent.legs) > 1:
        return _combined(order)
    instrument, wanted = order.legs[0]
    quantity, at = order.filled(instrument)
    part = "" if quantity == wanted else f" of {abs(wanted):,}"
    verb = "SOLD" if intent.action == "close" and wanted < 0 else _VERBS.get(intent.action, intent.action.upper())
    what = f"{many(quantity, instrument)}{part}{_sliced(order)}"
    head = f"{_HEADS.get(intent.cause, '')}{verb} {what} at {per_share(at)} ({_walked(order)})"
    money = f"cost {order.paid:,.2f} plus" if order.paid > 0 else f"credit {-order.paid:,.2f} less"
    result = f"; result {dollars(order.realised)}" if order.realised else ""
    return f"{head}, {money} {order.fees:,.2f}{result}"


def _sliced(order: Order) -> str:
    """`` in four slices of at most 50, the last after 128 s``; empty for an order that left whole and once."""
    if len(order.slices) < 2:
        return f", sent again {'once' if order.again == 1 else f'{order.again} times'}," if order.again else ""
    most, last = max(abs(part.legs[0][1]) for part in order.slices), max(part.delay for part in order.slices)
    return f" in {count(len(order.slices))} slices of at most {most:,}, the last after {last} s"


def _combined(order: Order) -> str:
    """A roll, or a spread that hedges: both legs and the net."""
    rolled = order.intent.action == "roll"
    legs = []
    for instrument, wanted in order.legs:
        quantity, at = order.filled(instrument)
        verb = "sold" if wanted < 0 else "bought back" if rolled else "bought"
        legs.append(f"{verb} {many(quantity, instrument)} at {per_share(at)}")
    net = f"debit {order.paid:,.2f}" if order.paid > 0 else f"credit {-order.paid:,.2f}"
    head = "ROLLED" if rolled else _VERBS.get(order.intent.action, order.intent.action.upper())
    result = f", result {dollars(order.realised)}" if rolled or order.realised else ""
    return f"{head}{_sliced(order)}: {', '.join(legs)}; {net}, fees {order.fees:,.2f}{result}"


def _walked(order: Order) -> str:
    intent = order.intent
    limits = order.limits
    mid = f"mid {per_share(intent.mid)}"
    if len(limits) < 2:
        return f"{mid}; at the first limit {per_share(intent.limit)}"
    way = "down" if limits[-1] < intent.limit else "up"
    steps = len(limits) - 1
    return f"{mid}; first {per_share(intent.limit)}, {count(steps)} step{'s' if steps > 1 else ''} {way}"


def _unfilled(order: Order) -> str:
    intent = order.intent
    wish = " and ".join(f"{'sell' if size < 0 else 'buy'} {many(size, name)}" for name, size in order.legs)
    limits = order.limits
    walk = (
        f"from {per_share(intent.limit)} to {per_share(limits[-1])}"
        if len(limits) > 1
        else f"at {per_share(intent.limit)}"
    )
    wish = f"{_HEADS.get(intent.cause, '')}{wish}{_sliced(order)}"
    return f"NOT FILLED: {wish}, offered {walk} (mid {per_share(intent.mid)}): {order.end}"


# --- why this one, why so many --------------------------------------------------------------------------------------


def _details(order: Order) -> Iterator[Detail]:
    intent = order.intent
    if intent.cause != "entry":
        yield from _reason(intent)
        return
    chosen, _, size = intent.why.rpartition("; ")
    if "delta" not in intent.numbers:
        yield Detail(text=intent.why, rules=("CAD-10",))
        return
    if pod := _POD.match(chosen):
        yield Detail(text=pod[1], rules=("LQ-3",))
        chosen = chosen[pod.end() :]
    yield chosen_detail(chosen, intent.numbers)
    yield Detail(text=_size(order, size), rules=("CAD-10", "RULE-1"))
    if "adv" in intent.numbers:
        yield Detail(text=_volumes(intent.numbers), rules=("LQ-1",))
    if intent.numbers.get("flag") == "EOD":
        yield Detail(text="end-of-day data: the session's only instant, at the bid", rules=("CAD-14",))


def _unheard(order: Order) -> Iterator[Detail]:
    """Executions that nobody heard of when they happened, booked when the broker was asked (B06)."""
    for entry in order.entries:
        fill = entry.event
        if isinstance(fill, Filled) and fill.rule.startswith(_RECONCILED):
            what = f"execution {fill.execution}, {many(fill.quantity, fill.instrument)} at {per_share(fill.price)}"
            yield Detail(text=f"{what}, was booked {clock(entry.at):%a %H:%M} by what the broker told",
                         rules=tuple(fill.rule.split()))  # fmt: skip


def _reason(intent: IntentRecorded) -> Iterator[Detail]:
    head, _, trigger = intent.cause.partition(":")
    why = intent.why.removeprefix(f"{trigger}: ")
    told = f"trigger {trigger}: {why}" if head == HEDGE else intent.why and f"because: {intent.why}"
    if told:
        yield Detail(text=told.removesuffix(": "), rules=tuple(intent.rule.split()))
    figures = [f"{name} {figure(intent.numbers[name])}" for name in _FIGURES if name in intent.numbers]
    if head == HEDGE and figures:
        yield Detail(text=", ".join(figures), rules=("PE-9",))


def chosen_detail(why: str, numbers: Numbers) -> Detail:
    """Why this contract: its delta in the band, and the numbers that LQ-1 asks for."""
    edge = why.startswith("BAND_MISS") and _delta(numbers).endswith("0")  # 0.19996 reads as if it were in 0.20-0.25
    delta = _delta(numbers, digits=5 if edge else 3)
    text = f"{delta} is {why.removeprefix('delta ')}" if why.startswith("delta in ") else f"{delta}; {why}"
    return Detail(text=f"chosen: {text}; {liquidity(numbers)}", rules=("CAD-8", "LQ-1"))


def asked_detail(numbers: Numbers) -> Detail:
    """What a refused contract had to show."""
    return Detail(text=f"it had {_delta(numbers)}, {liquidity(numbers)}", rules=("LQ-1",))


def _delta(numbers: Numbers, digits: int = 3) -> str:
    delta = number(numbers, "delta")
    return f"delta {abs(delta):.{digits}f}" if delta is not None else "delta unknown"


def liquidity(numbers: Numbers) -> str:
    """``OI 6,347, volume 26,882, spread 0.6 %``; what is unknown is said so."""
    spread = number(numbers, "spread")
    known = (
        ("OI", number(numbers, "open_interest"), "{:,.0f}"),
        ("volume", number(numbers, "volume"), "{:,.0f}"),
        ("spread", None if spread is None else 100 * spread, "{:.1f} %"),
    )
    return ", ".join(f"{name} {'unknown' if value is None else form.format(value)}" for name, value, form in known)


def _size(order: Order, why: str) -> str:
    intent, numbers = order.intent, order.intent.numbers
    lots = count(abs(order.legs[0][1]))
    if "shares" in numbers:
        return f"{lots}: {float(str(numbers['shares'])):,.0f} {intent.symbol} shares stand behind"
    left = (
        f", {dollars(_whole(numbers['left']))} of {dollars(_whole(numbers['deployable']))} deployable left"
        if "left" in numbers and "deployable" in numbers
        else ""
    )
    return f"{lots}: {why}; {dollars(order.reserve)} reserved{left}"


def _volumes(numbers: Numbers) -> str:
    shares = numbers["share adv"]
    share_text = "share ADV unknown" if isinstance(shares, str) else f"share ADV {shares:,.0f}"
    return f"held against ADV {numbers['adv']:,.0f} over {numbers['adv sessions']} sessions, {share_text}"


def _whole(amount: object) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal(1))


def rung_name(instrument: str, delta: float | None) -> str:
    """``20 Feb 260 put, delta 0.41``."""
    return short_name(instrument) + (f", delta {abs(delta):.2f}" if delta is not None else "")
