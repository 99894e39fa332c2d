"""The table [notify]: what is sent where and when."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from allusr_notify.kinds import KINDS, Severity
from allusr_sdk.settings import nearest, setting, settings

_SEVERITIES = tuple(str(severity) for severity in Severity)


@settings
class Notify:
    """[notify], read by `allusr notify`"""

    file: str = setting(
        default="", help="File with a channel a line, closed to others (0600), beside those of ALLUSR_NOTIFY_URLS."
    )
    routes: tuple[str, ...] = setting(
        default=(),
        help="KIND=TAG+TAG or SEVERITY=TAG+TAG: channels that get it; nothing after = is none, unsaid is all.",
    )
    severities: tuple[str, ...] = setting(
        default=(), help="KIND=SEVERITY, where a kind matters more or less than the table says."
    )
    quiet: str = setting(default="", help="Hours in which nothing is sent, as 22:00-07:00; it waits.")
    zone: str = setting(default="America/New_York", help="Time zone of `quiet` and `alive`.")
    through: tuple[str, ...] = setting(
        default=("critical",), choices=_SEVERITIES, help="Severities that break through quiet hours and the rate."
    )
    digest: tuple[str, ...] = setting(
        default=("info",), choices=_SEVERITIES, help="Severities that are gathered into one message."
    )
    digest_minutes: int = setting(default=30, ge=0, le=1440, unit="min", help="How long they are gathered.")
    rate: int = setting(default=20, ge=1, le=1000, unit="an hour", help="Messages a channel takes; the rest is joined.")
    alive: str = setting(default="", help="Time of day of a daily note that all is followed, as 08:00; empty: none.")
    ping_seconds: float = setting(
        default=60.0, ge=1, le=86400, unit="s", help="How often the address of ALLUSR_NOTIFY_PING is asked for."
    )
    look: float = setting(default=5.0, ge=0.05, le=600, unit="s", help="How often homes are looked at.")

    def __attrs_post_init__(self) -> None:
        for pair in self.severities:
            kind, _, severity = pair.partition("=")
            _one_of(pair, kind.strip(), tuple(KINDS))
            _one_of(pair, severity.strip(), _SEVERITIES)
        for pair in self.routes:
            _one_of(pair, pair.partition("=")[0].strip(), (*KINDS, *_SEVERITIES))
        hours(self.quiet)
        _clock(self.alive or "00:00")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"zone {self.zone!r} is no time zone, as America/New_York") from None

    @property
    def matters(self) -> Mapping[str, str]:
        """Severity by kind, where it is another than the table's."""
        return dict(_pairs(self.severities))

    def tags(self, kind: str, severity: str) -> tuple[str, ...] | None:
        """Tags of the channels that get a note; None for all of them. What is said of a kind goes before."""
        said = dict(_pairs(self.routes))
        found = said.get(kind, said.get(severity))
        return None if found is None else tuple(filter(None, (tag.strip() for tag in found.split("+"))))

    @property
    def named(self) -> tuple[str, ...]:
        """Every tag that notes are routed to."""
        return tuple(dict.fromkeys(tag for kind, _ in _pairs(self.routes) for tag in self.tags(kind, kind) or ()))

    def is_quiet(self, now: datetime) -> bool:
        """Whether an aware instant lies in the quiet hours."""
        if not self.quiet:
            return False
        begin, end = hours(self.quiet)
        at = now.astimezone(ZoneInfo(self.zone)).time()
        return begin <= at < end if begin <= end else at >= begin or at < end

    def alive_day(self, now: datetime) -> str:
        """The day whose note that all is followed is due; empty before its time, and where none is wanted."""
        here = now.astimezone(ZoneInfo(self.zone))
        return str(here.date()) if self.alive and here.time() >= _clock(self.alive) else ""


def hours(text: str) -> tuple[time, time]:
    """``22:00-07:00`` as two times of day. Raises `ValueError` for other text but an empty one."""
    begin, _, end = (text or "00:00-00:00").partition("-")
    return _clock(begin), _clock(end)


def _clock(text: str) -> time:
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is no time of day, as 22:00") from None


def _pairs(pairs: Sequence[str]) -> list[tuple[str, str]]:
    return [(key.strip(), value.strip()) for key, _, value in (pair.partition("=") for pair in pairs)]


def _one_of(pair: str, name: str, known: tuple[str, ...]) -> None:
    if "=" not in pair or name not in known:
        raise ValueError(f"{pair!r}: {nearest(name, known)}")
