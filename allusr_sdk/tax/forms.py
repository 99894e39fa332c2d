"""Lines of Form 8949 and totals of Schedule D (TX-2), from parcels."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from attrs import frozen

from allusr_sdk.model.money import ZERO
from allusr_sdk.tax.parcels import Ending, Parcel, copied, total

BOXES = {"covered": ("A", "D"), "basis": ("B", "E"), "none": ("C", "F")}
"""Boxes of Part I and Part II: what a 1099-B says, by setting `tax.box`."""

GROSS, NET = "gross", "net"


@frozen
class Line8949:
    """A line of Form 8949.

    Attributes:
        ledger: where it ended.
        description: column (a).
        acquired, sold: columns (b) and (c); what was written was acquired when it was bought back or lapsed (TX-2).
        proceeds, cost: columns (d) and (e), dollars.
        code, adjustment: columns (f) and (g), dollars: `W` and a loss that a wash sale disallows.
        long_term: whether it stands in Part II.
        ended: the day that decides its year.
        written, lapsed: how columns (d) and (e) are to be read.
    """

    ledger: str
    description: str
    acquired: date
    sold: date
    proceeds: Decimal
    cost: Decimal
    code: str
    adjustment: Decimal
    long_term: bool
    ended: date
    written: bool
    lapsed: bool

    @property
    def gain(self) -> Decimal:
        """Column (h), dollars."""
        return self.proceeds - self.cost + self.adjustment

    def box(self, form: str) -> str:
        """The box of its part, by what a 1099-B says."""
        return BOXES[form][self.long_term]

    def columns(self, rendering: str = GROSS) -> dict[str, str]:
        """The line by letter, with its part and description; (f) and (g) only where something is adjusted.

        Args:
            rendering: `gross` as the form asks for written options; `net` as a 1099-B has them: net proceeds, no basis.
        """
        proceeds, cost = self._sides(rendering)
        found = {
            "part": "II" if self.long_term else "I",
            "desc": self.description,
            "b": f"{self.acquired:%m/%d/%Y}",
            "c": f"{self.sold:%m/%d/%Y}",
            "d": proceeds,
            "e": cost,
        }
        if self.code:
            found |= {"f": self.code, "g": amount(self.adjustment)}
        return found | {"h": amount(self.gain)}

    def _sides(self, rendering: str) -> tuple[str, str]:
        if self.written and rendering == NET:
            return amount(self.proceeds - self.cost), amount(ZERO)
        lapsed = "Expired (0.00)"
        if self.lapsed and self.written:
            return amount(self.proceeds), amount(self.cost) if self.cost else lapsed
        return lapsed if self.lapsed else amount(self.proceeds), amount(self.cost)


def amount(value: Decimal) -> str:
    """Dollars as the form writes them, losses in parentheses."""
    return f"{value:.2f}" if value >= 0 else f"({-value:.2f})"


def lines_8949(ended: Iterable[Parcel]) -> tuple[Line8949, ...]:
    """Lines of what ended, parts of one lot that ended alike in one line, in order of the journal."""
    alike: dict[tuple[int, date, int, bool, int, bool], list[Parcel]] = {}
    for p in ended:
        seq = p.end.seq if p.end else 0
        alike.setdefault((seq, p.opened, p.lot, p.long_term, p.tacked, bool(p.disallowed)), []).append(p)
    return tuple(_line(_joined(alike[key])) for key in sorted(alike))


def _joined(parts: Sequence[Parcel]) -> Parcel:
    """Parts that ended alike as one."""
    if len(parts) == 1:
        return parts[0]
    whole = copied(parts[0])
    whole.long_loss = parts[0].long_term
    whole.quantity = sum(part.quantity for part in parts)
    for name in ("amount", "against", "moved", "disallowed"):
        setattr(whole, name, total(parts, name))
    return whole


def _line(parcel: Parcel) -> Line8949:
    """One line; what is moved into a basis stands in the cost, or of what was written in its closing."""
    end, written = parcel.end, parcel.written
    if end is None:
        raise ValueError(f"{parcel.instrument} has not ended")
    begun = parcel.opened if not parcel.tacked else _shifted(parcel)
    return Line8949(
        ledger=parcel.ledger,
        description=parcel.description,
        acquired=end.day if written else begun,
        sold=parcel.opened if written else end.day,
        proceeds=parcel.proceeds,
        cost=parcel.cost,
        code="W" if parcel.disallowed else "",
        adjustment=parcel.disallowed,
        long_term=parcel.long_term,
        ended=end.day,
        written=written,
        lapsed=end.how is Ending.EXPIRED,
    )


def _shifted(parcel: Parcel) -> date:
    """The day of the purchase, earlier by what is tacked on to its holding period (TX-4)."""
    return date.fromordinal(parcel.opened.toordinal() - parcel.tacked)


@frozen
class Totals:
    """A line of Schedule D, dollars.

    Attributes:
        box: of Form 8949 that it sums, or the form that it comes from.
        long_term: whether it stands in Part II.
        proceeds, cost, adjustment, gain: columns (d), (e), (g), (h).
    """

    box: str
    long_term: bool
    proceeds: Decimal
    cost: Decimal
    adjustment: Decimal
    gain: Decimal


def schedule_d(ended: Iterable[Parcel], form: str, other: Iterable[Totals] = ()) -> tuple[Totals, ...]:
    """Totals by box of Form 8949, then what comes from other forms; short-term before long-term.

    Args:
        ended: what has a line on Form 8949.
        form: what a 1099-B says, as `BOXES` names it.
        other: totals of Form 6781.
    """
    parts: dict[bool, list[Parcel]] = {}
    for parcel in ended:
        parts.setdefault(parcel.long_term, []).append(parcel)
    found = [_totals(BOXES[form][part], parcels, long_term=part) for part, parcels in parts.items()]
    return tuple(sorted((*found, *other), key=lambda t: t.long_term))


def _totals(box: str, parcels: Sequence[Parcel], *, long_term: bool) -> Totals:
    return Totals(box, long_term, *(total(parcels, name) for name in ("proceeds", "cost", "disallowed", "gain")))


def net(totals: Iterable[Totals]) -> Iterator[tuple[bool, Decimal]]:
    """Short-term and long-term result of a Schedule D, dollars."""
    kept = tuple(totals)
    for long_term in (False, True):
        yield long_term, sum((t.gain for t in kept if t.long_term is long_term), ZERO)
