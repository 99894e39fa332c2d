"""Templates and how their values are written: every one is escaped, every unknown is said in words."""

from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from allusr_sdk.market.modelled import modelled
from allusr_sdk.model.calendar import NEW_YORK

if TYPE_CHECKING:
    from allusr_console.pages.positions import Held

UNKNOWN = Markup('<span class="unknown">unknown</span>')
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"))
_MINUS = "\N{MINUS SIGN}"
_TAGS = {
    "NONE": "good", "SAFE": "calm", "HEDGED": "note", "CALLS": "note", "FREEZE": "note", "HALT": "bad",
    "EMERGENCY": "bad", "AUDIT": "note", "MAINTENANCE": "note", "alive": "good", "ended": "", "none": "",
    "silent": "bad", "gone": "bad", "unknown": "bad", "refused": "bad", "asked": "note", "done": "good",
    "obeyed": "good",
}  # fmt: skip


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("allusr_console.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.filters |= {
        "usd": usd, "price": price, "signed": signed, "number": number, "ny": ny, "near": near, "wall": wall,
        "day": day, "tag": tag, "code": quoted, "m": atr, "away": away, "lasted": lasted, "kind": kind,
        "modelled": modelled,
    }  # fmt: skip
    made.globals["row"] = _row
    return made


def render(template: str, **values: object) -> Markup:
    """A template with its values."""
    return Markup(_templates().get_template(f"{template}.html").render(values))


@lru_cache(8192)
def _row(name: str, held: "Held") -> Markup:
    """A position's row, which stays the same for most entries."""
    return render("position", name=name, h=held)


# --- values --------------------------------------------------------------------------------------------------------


def usd(amount: Decimal | int | None) -> Markup:
    """Dollars with cents, a loss marked by its sign."""
    return signed(amount, ",.2f")


def price(value: Decimal | float | None) -> Markup:
    """Dollars a share: two places, more where they are not zero."""
    if value is None:
        return UNKNOWN
    exact = Decimal(str(value))
    places = max(2, -int(exact.normalize().as_tuple().exponent))
    return signed(exact, f",.{places}f")


def signed(value: Decimal | float | None, form: str = ",.2f") -> Markup:
    """A number with a real minus, and a class where it is negative."""
    if value is None:
        return UNKNOWN
    text = f"{value:{form}}".replace("-", _MINUS)
    return Markup('<span class="n neg">{}</span>').format(text) if value < 0 else Markup("{}").format(text)


def number(value: int | None) -> Markup:
    """A whole number."""
    return signed(value, ",")


def atr(known: tuple[float, float] | None) -> Markup:
    """How far from the strike in ATR, the side in words: ``1.40 ATR in``, ``2.0 to 2.5 ATR out``."""
    if known is None:
        return UNKNOWN
    low, high = sorted(known)
    side = "in" if low > 0 or (low == 0 and high > 0) else "out"
    near, far = sorted((abs(low), abs(high)))
    if low < 0 < high:
        return Markup("within {} ATR").format(f"{far:.2f}")
    return Markup("{} ATR {}").format(f"{near:.2f}" if near == far else f"{near:.1f} to {far:.1f}", side)


def away(distance: Decimal) -> Markup:
    """Dollars from the strike, the side in words."""
    return Markup("{} {} the money").format(price(abs(distance)), "out of" if distance >= 0 else "in")


def ny(at: datetime | None) -> Markup:
    """An instant by New York's clock."""
    if at is None:
        return UNKNOWN
    there = at.astimezone(NEW_YORK)
    return _time(at, f"{there:%a} {there.day} {there:%b %Y %H:%M:%S}")


def near(at: datetime | None) -> Markup:
    """The same to the minute and without the year, for rows."""
    if at is None:
        return UNKNOWN
    there = at.astimezone(NEW_YORK)
    return _time(at, f"{there:%a} {there.day} {there:%b %H:%M}")


def wall(at: datetime | None) -> Markup:
    """An instant of the wall clock."""
    return UNKNOWN if at is None else _time(at, f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")


def day(of: date) -> str:
    """``Fri 30 Jan 2026``."""
    return f"{of:%a} {of.day} {of:%b %Y}"


def _time(at: datetime, text: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(at.astimezone(UTC).isoformat(timespec="seconds"), text)


def lasted(seconds: int) -> str:
    """``45 s``, ``12 min``, ``3 h``, ``2 d``: whole units of the largest that fits."""
    size, name = next(((size, name) for size, name in _UNITS if seconds >= size), (1, "s"))
    return f"{seconds // size} {name}"


def tag(word: object, colour: str | None = None) -> Markup:
    """A word that tells a state, in its colour."""
    return Markup('<span class="tag {}">{}</span>').format(_TAGS.get(str(word), "") if colour is None else colour, word)


def kind(word: object) -> str:
    """The colour of a word that tells a state."""
    return _TAGS.get(str(word), "")


def quoted(text: object) -> str:
    """A text as a part of an address."""
    return quote(str(text), safe="")


NUMERIC = ("fraction", "number", "usd", "count")
"""Units of a report whose values stand at the right."""

_FORMS = {"fraction": ".1%", "number": ".2f", "usd": ",.2f", "count": ",.0f"}


def shown(value: object, unit: str) -> Markup:
    """A value of a report in its unit."""
    if value is None:
        return UNKNOWN
    if isinstance(value, Decimal | float | int) and unit in _FORMS:
        return signed(value, _FORMS[unit])
    return Markup("{}").format(value)
