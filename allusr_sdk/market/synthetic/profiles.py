"""The packaged table of underlyings: levels, risks, calendars and liquidity plausible for 2026."""

from datetime import date
from enum import StrEnum

from attrs import frozen


class Listing(StrEnum):
    """Which weekly expiries an underlying lists (CAD-3)."""

    DAILY = "every weekday"
    MON_WED_FRI = "Monday, Wednesday, Friday"
    FRIDAY = "Friday"
    VIX = "Wednesday, thirty days before a monthly expiry"


@frozen
class Quarterly:
    """A date a quarter: the `nth` given weekday (Monday is 0) of four months, beginning with `month`."""

    month: int
    nth: int
    weekday: int


@frozen
class Reported:
    """A report date of a script; see `entries.Report`."""

    day: date
    session: str
    confirmed: bool
    as_of: date | None


@frozen(kw_only=True)
class Profile:
    """One underlying.

    Attributes:
        company: whose path it follows; two share classes of one company follow one path.
        spot: dollars a share at the close before `model.ANCHOR`.
        vol: mean 30-day at-the-money implied volatility, a year, report dates apart.
        beta, tech: loading on the market factor and on the technology factor.
        skew, smile: slope and curvature of the 30-day volatility against standardised moneyness.
        shares: shares traded on a mean day.
        contracts: contracts traded on a mean day in an at-the-money option with one day left.
        fade: power by which that volume falls with the days left.
        open_interest: contracts open in an at-the-money Friday weekly at expiry.
        spread: option spread in dollars at a mid of 1.00 with no day left, before ticks.
        penny: whether options tick by 0.01 at all prices (LQ-2).
        dividend, ex: dollars a share and quarter, and when it goes ex.
        report, move: when earnings are reported (after the close), and the typical move, a standard deviation.
        span: volatility by which the reach of listed strikes goes; zero is `vol`.
        root: of its options, where it is not the symbol.
        index: whether it is an index: its options are European and settle in cash, and nobody pays its dividends out.
        told_dividends, told_reports: what a script says instead of a quarter's usual ones.
    """

    symbol: str
    company: str
    spot: float
    vol: float
    beta: float
    tech: float
    skew: float
    smile: float
    listing: Listing
    shares: float
    contracts: float
    fade: float
    open_interest: float
    spread: float
    penny: bool = False
    dividend: float = 0.0
    ex: Quarterly | None = None
    report: Quarterly | None = None
    move: float = 0.0
    span: float = 0.0
    root: str = ""
    index: bool = False
    told_dividends: tuple[tuple[date, float], ...] = ()
    told_reports: tuple[Reported, ...] = ()

    @property
    def fund(self) -> bool:
        """Whether it is a fund, which reports no earnings."""
        return self.report is None


_LONG, _SHORT = Listing.DAILY, Listing.MON_WED_FRI
_COLUMNS = [
    "spot",
    "vol",
    "beta",
    "tech",
    "skew",
    "smile",
    "listing",
    "shares",
    "contracts",
    "fade",
    "open_interest",
    "spread",
]
_ROWS: dict[str, tuple[object, ...]] = {
    "SPY": (690.0, 0.150, 1.00, 0.0, -0.28, 0.012, _LONG, 75e6, 54e3, 1.88, 10e3, 0.0050),
    "QQQ": (620.0, 0.190, 1.10, 1.2, -0.24, 0.012, _LONG, 55e6, 35e3, 1.75, 6.0e3, 0.0050),
    "IWM": (250.0, 0.215, 1.15, -0.5, -0.20, 0.015, _LONG, 35e6, 15e3, 1.75, 6.0e3, 0.0050),
    "AAPL": (270.0, 0.250, 1.10, 1.0, -0.13, 0.030, _SHORT, 50e6, 36e3, 1.47, 5.4e3, 0.0160),
    "MSFT": (480.0, 0.240, 0.95, 1.1, -0.13, 0.030, _SHORT, 22e6, 12e3, 1.50, 4.0e3, 0.0180),
    "AMZN": (230.0, 0.300, 1.20, 1.1, -0.11, 0.030, _SHORT, 42e6, 18e3, 1.50, 6.0e3, 0.0130),
    "GOOGL": (315.0, 0.290, 1.05, 1.0, -0.10, 0.030, _SHORT, 35e6, 16e3, 1.50, 6.0e3, 0.0160),
    "GOOG": (316.0, 0.290, 1.05, 1.0, -0.10, 0.030, Listing.FRIDAY, 22e6, 8e3, 1.50, 4.0e3, 0.0180),
    "NVDA": (187.0, 0.400, 1.70, 2.0, -0.10, 0.030, _SHORT, 180e6, 120e3, 1.70, 31e3, 0.0105),
    "TSLA": (440.0, 0.480, 1.80, 1.2, -0.09, 0.030, _SHORT, 80e6, 80e3, 1.75, 14e3, 0.0130),
    "META": (660.0, 0.320, 1.20, 1.2, -0.11, 0.030, _SHORT, 14e6, 12e3, 1.50, 4.0e3, 0.0200),
}
_INDEX_ROWS: dict[str, tuple[object, ...]] = {
    "SPX": (6900.0, 0.150, 1.00, 0.0, -0.28, 0.012, Listing.FRIDAY, 0.0, 30e3, 1.30, 12e3, 0.0060),
    "XSP": (690.0, 0.150, 1.00, 0.0, -0.28, 0.012, Listing.FRIDAY, 0.0, 12e3, 1.30, 6e3, 0.0060),
    "VIX": (18.0, 0.850, 0.0, 0.0, 0.30, 0.010, Listing.VIX, 0.0, 60e3, 0.90, 60e3, 0.0080),
}
_DIVIDENDS = {
    "SPY": (1.90, Quarterly(3, 3, 4)),
    "QQQ": (0.75, Quarterly(3, 4, 0)),
    "IWM": (0.65, Quarterly(3, 3, 1)),
    "AAPL": (0.26, Quarterly(2, 2, 0)),
    "MSFT": (0.91, Quarterly(2, 3, 3)),
    "GOOGL": (0.21, Quarterly(3, 2, 0)),
    "GOOG": (0.21, Quarterly(3, 2, 0)),
    "NVDA": (0.01, Quarterly(3, 2, 2)),
    "META": (0.53, Quarterly(3, 3, 0)),
    "SPX": (19.0, Quarterly(3, 3, 4)),
    "XSP": (1.90, Quarterly(3, 3, 4)),
}
_REPORTS = {
    "AAPL": (Quarterly(1, 5, 3), 0.035),
    "MSFT": (Quarterly(1, 4, 2), 0.040),
    "AMZN": (Quarterly(2, 1, 3), 0.060),
    "GOOGL": (Quarterly(2, 1, 1), 0.055),
    "GOOG": (Quarterly(2, 1, 1), 0.055),
    "NVDA": (Quarterly(2, 4, 2), 0.060),
    "TSLA": (Quarterly(1, 4, 3), 0.080),
    "META": (Quarterly(1, 5, 2), 0.070),
}


_COMPANIES = {"GOOG": "GOOGL", "SPX": "SPY", "XSP": "SPY", "VIX": "SPY"}
_PENNY = ("SPY", "QQQ", "IWM", "XSP")


def _profile(symbol: str, row: tuple[object, ...]) -> Profile:
    dividend, ex = _DIVIDENDS.get(symbol, (0.0, None))
    report, move = _REPORTS.get(symbol, (None, 0.0))
    fixed: dict[str, object] = dict(zip(_COLUMNS, row, strict=True))
    fixed |= {"company": _COMPANIES.get(symbol, symbol), "penny": symbol in _PENNY, "index": symbol in _INDEX_ROWS}
    fixed |= {"root": "SPXW" if symbol == "SPX" else symbol}
    fixed |= {"dividend": dividend, "ex": ex, "report": report, "move": move}
    return Profile(symbol=symbol, **fixed)  # type: ignore[arg-type]


SHARES = {symbol: _profile(symbol, row) for symbol, row in _ROWS.items()}
"""Shares and funds, which sleeves trade."""

INDICES = {symbol: _profile(symbol, row) for symbol, row in _INDEX_ROWS.items()}
"""Indices, which only hedges trade: SPX and XSP follow SPY, its dividends included, and VIX is the market's own."""

PROFILES = SHARES | INDICES
