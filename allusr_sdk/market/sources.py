"""Which market a specification like ``chains:DIR`` means, and its surroundings."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from allusr_sdk.errors import InputError
from allusr_sdk.market.bars import DailyBars
from allusr_sdk.market.dividends import DividendCalendar
from allusr_sdk.market.earnings import EarningsCalendar
from allusr_sdk.market.facts import Facts
from allusr_sdk.market.fingerprint import of_files
from allusr_sdk.model.views import MarketSource


@frozen
class Request:
    """What is asked of a market beside its kind.

    Attributes:
        place: what follows the colon of the specification.
        symbols: underlyings to read, or None for all.
        seed: of made-up markets, and of what a replay makes up.
        dte_max: calendar days to expiry beyond which contracts need not be read.
        script: what a made-up market is told, None for nothing.
        daily: the folder of daily bars that stands beside it.
    """

    place: str
    facts: Facts
    symbols: tuple[str, ...] | None
    seed: int
    dte_max: int | None
    script: Mapping[str, Any] | None = None
    daily: Path | None = None


def _chains(request: Request) -> MarketSource:
    from allusr_sdk.market.files import FileMarket
    from allusr_sdk.market.table import Wanted

    symbols = None if request.symbols is None else frozenset(s.upper() for s in request.symbols)
    return FileMarket(Path(request.place), request.facts, wanted=Wanted(request.dte_max, symbols))


def _lean(request: Request) -> MarketSource:
    from allusr_sdk.market.lean import LeanMarket

    return LeanMarket(Path(request.place), request.facts, symbols=request.symbols, dte_max=request.dte_max)


def _replay(request: Request) -> MarketSource:
    from allusr_sdk.market.replay import CHAINS, ReplayMarket

    places = [place / CHAINS for place in (Path(request.place), request.daily) if place is not None]
    chains = next((place for place in places if place.is_dir()), None)
    return ReplayMarket(Path(request.place), request.facts, symbols=request.symbols, seed=request.seed, chains=chains)


def _synthetic(request: Request) -> MarketSource:
    from allusr_sdk.market.synthetic import Script, SyntheticMarket

    script = Script.read(request.script or {})
    return SyntheticMarket(seed=request.seed, symbols=request.symbols, rate=request.facts.rate, script=script)


_KINDS: Mapping[str, tuple[Callable[[Request], MarketSource], str]] = {
    "chains": (_chains, "chains:DIR"),
    "lean": (_lean, "lean:DIR"),
    "replay": (_replay, "replay:DIR"),
    "synthetic": (_synthetic, "synthetic"),
}


KINDS = frozenset(_KINDS)
"""Kinds of market that come with the package: none of them is the market of now."""


def open_market(
    spec: str,
    *,
    daily: Path | None = None,
    earnings: Path | None = None,
    symbols: tuple[str, ...] | None = None,
    seed: int = 1,
    rate: float = 0.04,
    dte_max: int | None = None,
    script: Mapping[str, Any] | None = None,
) -> MarketSource:
    """The market of a specification: ``chains:DIR``, ``lean:DIR``, ``replay:DIR`` or ``synthetic``.

    Args:
        daily: folder of daily bars, VIX and dividends; earnings: CSV or Parquet file of report dates.
        rate: risk-free, continuous, a year.
        script: what the synthetic market is told (market.synthetic.Script).

    Raises `InputError` for an unknown kind or a folder that is missing or not needed, `DataError` for its content.
    """
    kind, _, place = spec.partition(":")
    if kind not in _KINDS:
        raise InputError(f"market {spec!r} is none of {', '.join(form for _, form in _KINDS.values())}")
    open_kind, form = _KINDS[kind]
    if bool(place) != (":" in form):
        raise InputError(f"market {spec!r} is not of the form {form}")
    if script is not None and kind != "synthetic":
        raise InputError(f"market {spec!r} goes by its data: only the synthetic market plays a scenario")
    request = Request(place, facts_of(daily, earnings, rate), symbols, seed, dte_max, script, daily)
    return open_kind(request)


def facts_of(daily: Path | None, earnings: Path | None, rate: float) -> Facts:
    """What stands beside chains: daily bars and dividends of a folder, report dates of a file. Raises `DataError`."""
    bars = DailyBars() if daily is None else DailyBars.load(daily)
    dates = EarningsCalendar() if earnings is None else EarningsCalendar.load(earnings)
    content = [] if daily is None else [f"daily {of_files(daily, sorted(p for p in daily.iterdir() if p.is_file()))}"]
    content += [] if earnings is None else [f"earnings {of_files(earnings.parent, [earnings])}"]
    paid = DividendCalendar() if daily is None else DividendCalendar.beside(daily)
    return Facts(bars, dates, rate, dividends=paid, content=tuple(content))
