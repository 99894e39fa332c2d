"""Which days a question means: weeks, dates, and what is said of them from the run's last instant, New York."""

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

from attrs import frozen

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_DAY = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _DAYS)


@frozen
class Period:
    """Days that a question is about, New York, both included; `label` is what a reader calls them.

    `kind` is day, week, month, quarter, year, span or run.
    """

    first: date
    last: date
    label: str
    kind: str

    def holds(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.first <= day <= self.last

    def before(self) -> "Period":
        """The one of the same kind before it."""
        return of_kind(self.kind, self.first - timedelta(days=1)) if self.kind in _KINDS else self._shifted(-1)

    def after(self) -> "Period":
        """The one of the same kind after it."""
        return of_kind(self.kind, self.last + timedelta(days=1)) if self.kind in _KINDS else self._shifted(1)

    def _shifted(self, way: int) -> "Period":
        length = timedelta(days=((self.last - self.first).days + 1) * way)
        return span(self.first + length, self.last + length)


def of_day(day: date) -> Period:
    """One day."""
    return Period(day, day, f"{day:%a} {day.day} {day:%b %Y}", "day")


def of_week(day: date) -> Period:
    """The ISO week of a day."""
    first = day - timedelta(days=day.weekday())
    year, number, _ = day.isocalendar()
    return Period(first, first + timedelta(days=6), f"{year}-W{number:02d}", "week")


def of_month(day: date) -> Period:
    """The month of a day."""
    last = day.replace(day=monthrange(day.year, day.month)[1])
    return Period(day.replace(day=1), last, f"{day:%B %Y}", "month")


def of_quarter(day: date) -> Period:
    """The quarter of a day."""
    number = (day.month + 2) // 3
    first, last = date(day.year, 3 * number - 2, 1), of_month(date(day.year, 3 * number, 1)).last
    return Period(first, last, f"{day.year}-Q{number}", "quarter")


def of_year(day: date) -> Period:
    """The year of a day."""
    return Period(date(day.year, 1, 1), date(day.year, 12, 31), str(day.year), "year")


def span(first: date, last: date) -> Period:
    """From one day to another."""
    return Period(first, last, f"{of_day(first).label} to {of_day(last).label}", "span")


_KINDS: dict[str, Callable[[date], Period]] = {
    "day": of_day, "week": of_week, "month": of_month, "quarter": of_quarter, "year": of_year,
}  # fmt: skip


def of_kind(kind: str, day: date) -> Period:
    """The day, week, month, quarter or year of a day."""
    return _KINDS[kind](day)


# --- in words -------------------------------------------------------------------------------------------------------


def _iso_week(found: re.Match[str], now: date) -> Period:
    year = int(found["year"] or now.isocalendar()[0])
    return of_week(date.fromisocalendar(year, int(found["week"]), 1))


def _between(found: re.Match[str], now: date) -> Period:
    return span(*sorted((date.fromisoformat(found["a"]), date.fromisoformat(found["b"]))))


def _dated(found: re.Match[str], now: date) -> Period:
    month = next(i for i, name in enumerate(_MONTHS, 1) if found["month"][:3] == name[:3])
    year = int(found["year"] or now.year)
    day = date(year, month, int(found["day"]))
    return of_day(day.replace(year=year - 1) if not found["year"] and day > now else day)


def _month(found: re.Match[str], now: date) -> Period:
    month = next(i for i, name in enumerate(_MONTHS, 1) if found["month"][:3] == name[:3])
    year = int(found["year"] or now.year - (month > now.month))
    return of_month(date(year, month, 1))


def _weekday(found: re.Match[str], now: date) -> Period:
    wanted = next(i for i, name in enumerate(_DAYS) if found["weekday"][:3] == name[:3])
    back = (now.weekday() - wanted) % 7
    return of_day(now - timedelta(days=back or (7 if found["last"] else 0)))


def _this(found: re.Match[str], now: date) -> Period:
    return of_kind(found["kind"], now)


def _last(found: re.Match[str], now: date) -> Period:
    return of_kind(found["kind"], now).before()


_READ: tuple[tuple[str, Callable[[re.Match[str], date], Period]], ...] = (
    (r"(?:from|between) (?P<a>\d{4}-\d\d-\d\d) (?:to|and|until) (?P<b>\d{4}-\d\d-\d\d)", _between),
    (
        rf"(?:in |of |during )?(?:the )?week (?:of|from|beginning) (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?"
        rf" (?P<month>{_MONTH})"
        r"\b(?:,? (?P<year>\d{4}))?",
        lambda found, now: of_week(_dated(found, now).first),
    ),
    (r"(?:in |of |during )?(?:the )?(?:week )?(?P<year>\d{4})-?w(?P<week>\d{1,2})\b", _iso_week),
    (r"(?:in |of |during )?week (?P<week>\d{1,2})\b(?: (?:of |in )?(?P<year>\d{4})\b)?", _iso_week),
    (r"(?:on |of )?\b(?P<iso>\d{4}-\d\d-\d\d)\b", lambda found, now: of_day(date.fromisoformat(found["iso"]))),
    (
        r"(?:in |of )?\b(?P<year>\d{4})-?q(?P<quarter>[1-4])\b",
        lambda found, now: of_quarter(date(int(found["year"]), 3 * int(found["quarter"]), 1)),
    ),
    (
        r"(?:in |of )?\bq(?P<quarter>[1-4])\b",
        lambda found, now: of_quarter(date(now.year, 3 * int(found["quarter"]), 1)),
    ),
    (
        rf"(?:on |of )?(?:the )?\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<month>{_MONTH})\b"
        r"(?:,? (?P<year>\d{4}))?",
        _dated,
    ),
    (rf"(?:on |of )?\b(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<year>\d{{4}})\b)?", _dated),
    (rf"(?:in|of|during|for) (?P<month>{_MONTH})\b(?: (?P<year>\d{{4}}))?", _month),
    (
        r"(?:on )?\bthe (?P<kind>week|month|quarter|year) before last\b",
        lambda found, now: of_kind(found["kind"], now).before().before(),
    ),
    (r"(?:on |in )?\b(?:last|previous|past) (?P<kind>week|month|quarter|year)(?:'s)?\b", _last),
    (r"(?:on |in )?\b(?:this|the current) (?P<kind>week|month|quarter|year)(?:'s)?\b(?: so far)?", _this),
    (r"\byesterday(?:'s)?\b", lambda found, now: of_day(now - timedelta(days=1))),
    (r"\btoday(?:'s)?\b|\bthis (?:morning|afternoon)\b", lambda found, now: of_day(now)),
    (rf"(?:on )?\b(?P<last>last |this past )?(?P<weekday>{_DAY})(?:'s)?\b", _weekday),
    (r"\b(?:in|of|during) (?P<year>20\d\d)\b", lambda found, now: of_year(date(int(found["year"]), 1, 1))),
)
_READERS = tuple((re.compile(pattern), read) for pattern, read in _READ)
_WHOLE = re.compile(
    r"\b(?:so far|ever|overall|in total|altogether|in all|since the (?:start|beginning)|the whole run|to date"
    r"|all time)\b"
)


def read(text: str, now: date, whole: tuple[date, date]) -> tuple[Period | None, str, str]:
    """The period that a text names first, the words that named it, and what is left of the text.

    Args:
        text: in small letters.
        now: the day of the run's last instant, New York.
        whole: first and last day of the run.

    Raises:
        ValueError: a date that no calendar has.
    """
    for pattern, reader in _READERS:
        if found := pattern.search(text):
            return reader(found, now), found[0].strip(), pattern.sub(" ", text, count=1)
    if found := _WHOLE.search(text):
        return Period(*whole, "the whole run", "run"), found[0], _WHOLE.sub(" ", text)
    return None, "", text
