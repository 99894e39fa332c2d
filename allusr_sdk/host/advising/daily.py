"""Daily bars beside a journal, as the configuration names them."""

from pathlib import Path
from typing import TYPE_CHECKING

from allusr_sdk.errors import InputError
from allusr_sdk.market.bars import DailyBars
from allusr_sdk.model.calendar import xnys

if TYPE_CHECKING:
    from allusr_sdk.config import Market


def daily_of(market: "Market", index: str) -> DailyBars | None:
    """Bars and VIX of [market] daily, and of a market of bars those of the index and of the symbols that are named.

    Raises:
        InputError: there is no such folder.
        DataError: a file in it is no daily bars.
    """
    found = DailyBars.load(_folder(market.daily, "market.daily")) if market.daily else None
    if market.kind not in ("lean", "replay") or not market.path:
        return found
    if market.kind == "replay" and not (Path(market.path).expanduser() / "equity" / "usa" / "daily").is_dir():
        own = DailyBars.load(_folder(market.path, "market.path"))
        return own.with_others(found) if found is not None else own
    from allusr_sdk.market.facts import Notices
    from allusr_sdk.market.lean_daily import daily_bars

    symbols = tuple(dict.fromkeys((index, *market.symbols)))
    lean = daily_bars(_folder(market.path, "market.path"), symbols, xnys(), Notices())
    return lean.with_others(found) if found is not None else lean


def _folder(text: str, where: str) -> Path:
    if not Path(text).expanduser().is_dir():
        raise InputError(f"{where}: {text}: no such folder")
    return Path(text).expanduser()
