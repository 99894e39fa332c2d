"""Whether a gateway shows the market of now to us: a look with a few lines, which are given back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic, sleep

from attrs import frozen

from allusr_sdk.errors import AllusrError
from allusr_sdk.execution.arming import LIVE as LIVE_MODE
from allusr_sdk.execution.arming import Row
from allusr_sdk.execution.ibkr.broker import PAPER
from allusr_sdk.execution.ibkr.market.lines import FULL, Lines
from allusr_sdk.execution.ibkr.market.listing import Listing
from allusr_sdk.execution.ibkr.market.values import Values
from allusr_sdk.execution.ibkr.market.watch import MOMENT, VIX
from allusr_sdk.execution.ibkr.port import Port
from allusr_sdk.ibkr import Ibkr

COMPETING = "10197"
"""Another session of the same login has the market data."""


@frozen(kw_only=True)
class Looked:
    """What was found at a gateway; `silent` says why it was not asked further.

    Attributes:
        accounts: of the login.
        skew: seconds between its clock and ours, of which it tells whole ones.
        refusals: by symbol, why it is not shown live; empty texts where it is.
        full: whether IBKR said that there are no more lines.
        reach: how it is connected to IBKR, in words; `well` whether quotes may be used.
    """

    silent: str = ""
    accounts: Sequence[str] = ()
    skew: float = 0.0
    refusals: dict[str, str]
    full: bool = False
    reach: str = ""
    well: bool = False


def look(settings: Ibkr, symbols: Sequence[str]) -> Looked:
    """Ask a gateway for its time, its accounts, and for a moment for the VIX and some symbols."""
    port = Port(settings, settings.data_client)
    try:
        return _looked(port, settings, (VIX, *symbols))
    except AllusrError as why:
        return Looked(silent=str(why), refusals={})
    finally:
        port.close()


def _looked(port: Port, settings: Ibkr, symbols: Sequence[str]) -> Looked:
    skew, accounts = abs((port.time() - datetime.now(UTC)).total_seconds()), port.accounts()
    lines, listing = Lines(port, settings.lines), Listing(port)
    known = {symbol: asset for symbol in symbols if (asset := listing.share(symbol)) is not None}
    lines.want(known)
    end = monotonic() + settings.answer
    while monotonic() < end and not all(line.told for line in lines.owned.values()):
        lines.hear()
        sleep(MOMENT)
    port.time()
    lines.hear()
    refusals = {symbol: listing.missing.get(symbol) or _refusal(lines.owned.get(symbol)) for symbol in symbols}
    link, full = port.link, lines.most < settings.lines
    lines.want({})
    farms = ", ".join(sorted(link.broken))
    return Looked(
        accounts=accounts, skew=skew, refusals=refusals, full=full, well=link.quotes,
        reach=f"{link.reach.value}: {f'data farm {farms} is broken' if farms else link.why}",
    )  # fmt: skip


def _refusal(line: Values | None) -> str:
    if line is None:
        return f"{FULL} no line is left"
    if line.refused:
        return line.refused
    if not line.live:
        return f"its market data is of type {line.type}, not live"
    return "" if line.told else "nothing came of it"


def judged(found: Looked, settings: Ibkr, mode: str, account: str, skew_most: float) -> Iterator[Row]:
    """The checks, a row each; those behind the first are asked only where it answers."""
    where = f"{settings.host}:{settings.port}, client {settings.data_client}"
    yield _row("gateway", "does the gateway answer", found.silent or where, "an answer", not found.silent,
               "start TWS or the gateway, log in, and enable its API at this port")  # fmt: skip
    if found.silent:
        return
    yield _row("session", "is it connected to IBKR", found.reach, "CONNECTED", found.well, "wait for it, or log in")
    yield from _login(found, mode, account)
    yield _row("market clock", "is its clock ours", f"{found.skew:.1f} s apart", f"{skew_most + 1:g} s or less (KS-9)",
               found.skew <= skew_most + 1, "set the clock, by NTP; a simulator has a clock of its own")  # fmt: skip
    refused = {symbol: why for symbol, why in found.refusals.items() if why}
    yield _row("data", "is live data subscribed", "; ".join(f"{symbol}: {why}" for symbol, why in refused.items())
               or ", ".join(found.refusals), "live", not refused,
               "subscribe to shares, their options and Cboe's indices for API use")  # fmt: skip
    competing = [symbol for symbol, why in refused.items() if why.startswith(COMPETING)]
    yield _row("competing", "has no other session the data", ", ".join(competing) or "none", "none", not competing,
               "end the other session of this login")  # fmt: skip
    yield _row("lines", "are lines left", "none" if found.full else f"{len(found.refusals)} were had",
               f"up to {settings.lines}", not found.full, "lower ibkr.lines, or end what else has lines")  # fmt: skip


def shared(accounts: Mapping[str, Ibkr]) -> Iterator[Row]:
    """The checks of accounts of one configuration that go to one gateway: what each takes of it, by their names.

    No process knows of another's lines before IBKR says that there are no more, so each has its share.
    """
    if len(accounts) < 2:
        return
    shares, most = [each.lines for each in accounts.values()], min(each.login_lines for each in accounts.values())
    told = " + ".join(f"{name} {each.lines}" for name, each in accounts.items())
    yield _row("lines shared", "do the accounts' lines fit into the login's", f"{told} = {sum(shares)}",
               f"up to {most} (ibkr.login_lines)", sum(shares) <= most,
               "give each a share: [accounts.NAME.ibkr] lines")  # fmt: skip
    ids = [number for each in accounts.values() for number in (each.client_id, each.data_client)]
    twice = sorted({str(number) for number in ids if ids.count(number) > 1})
    yield _row("client ids", "has each connection its own client id", ", ".join(twice) or "all differ", "all differ",
               not twice, "give each its own: [accounts.NAME.ibkr] client_id and data_client")  # fmt: skip


def _login(found: Looked, mode: str, account: str) -> Iterator[Row]:
    told = ", ".join(found.accounts)
    if account:
        yield _row("login", "has it the account", told, account, account in found.accounts,
                   "log in as its owner, or name another")  # fmt: skip
    paper = all(name.startswith(PAPER) for name in found.accounts)
    wanted, ok = ("live", not paper) if mode == LIVE_MODE else ("either: a paper run sends no order to it", True)
    yield _row(
        "login kind", "is it paper or live", "paper" if paper else "live", wanted, ok, "log in to the live account"
    )


def _row(name: str, asked: str, found: str, wanted: str, ok: bool, do: str) -> Row:
    return Row(name=name, asked=asked, found=found, wanted=wanted, ok=ok, do=do, matters=True)
