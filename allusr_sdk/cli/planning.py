"""From options to a plan: configuration, plugins, market and period, each refused in one line where it cannot be."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from attrs import frozen

from allusr_sdk.cli.options import dollars
from allusr_sdk.errors import InputError, RuleError
from allusr_sdk.office.places import in_force

if TYPE_CHECKING:
    from allusr_sdk.config import Config
    from allusr_sdk.contracts.broker import Broker
    from allusr_sdk.execution.faults import Faults
    from allusr_sdk.execution.plan import Plan
    from allusr_sdk.execution.shared import Markets
    from allusr_sdk.host import Host
    from allusr_sdk.kernel.commands import Command
    from allusr_sdk.model.views import MarketSource
    from allusr_sdk.rulebook import Rulebook
    from allusr_sdk.scenarios import Scenario

# Four weeks that begin on a Monday, far enough into the synthetic market's history.
FIRST, WEEKS = date(2026, 1, 5), timedelta(days=25)

IBKR = "ibkr"
"""The one market of now that no plugin has to bring."""

# What an operator's entry has in place of its instant: a time on the first session of each.
_SLOTS = ("weekly", "daily")

# Twenty sessions, over which a contract's volumes are averaged (LQ-1), never take longer.
_VOLUME_DAYS = 35


@frozen(kw_only=True)
class Options:
    """What a command line said of a run, a backtest where nothing else is said; None where it said nothing."""

    plugins: tuple[str, ...] | None = None
    config: Path | None = None
    sets: Sequence[str] = ()
    what_if: Sequence[str] = ()
    mode: str = "backtest"
    market: str | None = None
    daily: str | None = None
    earnings: str | None = None
    symbols: tuple[str, ...] | None = None
    capital: str | None = None
    first: date | None = None
    last: date | None = None
    seed: int | None = None
    pace: str = "fast"
    scenario: str | None = None
    home: str | None = None
    rules: "Rulebook | None" = None
    broker: str | None = None
    account: str | None = None
    rearm: str | None = None


def plan(options: Options, *, protocol: bool = True, markets: "Markets | None" = None) -> "Plan":
    """Everything that a run depends on, resolved; nothing is written.

    Args:
        options: what the command line said.
        protocol: whether positions are watched; without, what the sleeves write runs to its end (a comparison alone).
        markets: those of other accounts that run together with this one.

    Raises:
        InputError: whatever of it cannot be used.
        StateRefusal: the broker's account, or the home, is not as the mode needs it.
    """
    told = told_by(options)
    config = configured(options, told)
    from allusr_sdk.execution.informed import Informed
    from allusr_sdk.execution.split import split
    from allusr_sdk.host import Host

    host = Host.load(config) if protocol else Host.load(config).unprotected()
    rules = config.rulebook
    weights = split(tuple(host.sleeves), rules, shares=config.account.shares)
    source = market(config, host, told, markets)
    days = (options.first or told.first, options.last or told.last) if told else (options.first, options.last)
    first, last = period(source, config.market.kind, *days)
    from allusr_sdk.execution.plan import Plan

    return Plan(
        mode=options.mode, source=Informed(source, host) if host.informed else source, first=first, last=last,
        capital=config.account.capital, seed=config.execution.seed or config.run.seed, host=host,
        rules=rules, split=weights, fills=config.execution.fill,
        rebuild=config.execution.rebuild, settings=host.digest, pace=options.pace,
        commands=_commands(told, config.run.rearm, first, last), faults=_faults(told, config) if told else None,
        broker=_connection(options, config, host),
    )  # fmt: skip


def told_by(options: Options) -> "Scenario | None":
    """The scenario that the options name, packaged or a plugin's. Raises `InputError` where there is none."""
    if options.scenario is None:
        return None
    from allusr_sdk.scenarios import packaged, scenario

    if options.scenario in packaged():
        return scenario(options.scenario, {})
    from allusr_sdk.host import Host

    host = Host.load(configured(options))
    return scenario(options.scenario, {name: cast("Scenario", make()) for name, make in host.scenarios.items()})


def _commands(told: "Scenario | None", rearm: str, first: date, last: date) -> "tuple[Command, ...]":
    """What a person says meanwhile; what has `weekly` or `daily` in place of `at` on sessions as these."""
    from allusr_sdk.kernel.commands import Command
    from allusr_sdk.model.calendar import NEW_YORK

    try:
        said = (*_policy(rearm), *(cast("Sequence[Mapping[str, Any]]", told.operator) if told else ()))
        dated = [one for entry in said for one in _dated(entry, first, last)]
        found = [Command(**{**entry, "at": entry["at"].replace(tzinfo=NEW_YORK).astimezone(UTC)}) for entry in dated]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"scenario {told and told.name}: an operator's entry is not usable: {error}") from None
    return tuple(sorted(found, key=lambda command: command.at))


def _policy(rearm: str) -> "Iterator[Mapping[str, Any]]":
    """The word of the person whom a backtest's policy assumes, to the account and each ledger (KS-7)."""
    from allusr_sdk.model.rearming import NEVER, REASON, actor

    if rearm != NEVER:
        yield {rearm: time(9, 31), "action": "rearm", "ledger": "*", "actor": actor(rearm), "reason": REASON}


def _dated(entry: "Mapping[str, Any]", first: date, last: date) -> "Iterator[Mapping[str, Any]]":
    from allusr_sdk.model.calendar import iso_week, xnys

    found = next((name for name in _SLOTS if name in entry), None)
    if found is None:
        yield entry
        return
    said = {key: value for key, value in entry.items() if key != found}
    slot = iso_week if found == "weekly" else str
    firsts = {slot(session.day): session.day for session in reversed(xnys().between(first, last))}
    yield from ({**said, "at": datetime.combine(day, entry[found])} for day in firsts.values())


def _faults(told: "Scenario", config: "Config") -> "Faults | None":
    from allusr_sdk.execution.faults import Faults

    try:
        said = cast("Mapping[str, Any]", told.faults)
        return Faults(seed=config.run.seed, **said) if said else None
    except TypeError as error:
        raise InputError(f"scenario {told.name}: faults are not usable: {error}") from None


def configured(options: Options, told: "Scenario | None" = None) -> "Config":
    """The effective configuration. Raises `RuleError` where a rule is loosened outside a backtest."""
    from allusr_sdk.config import Config
    from allusr_sdk.rulebook import Rulebook

    if options.mode != "backtest" and options.what_if:
        _refuse_loosening(options, Rulebook.default())
    config = Config.read(
        options.config, sets=options.sets, what_if=options.what_if, options=_by_path(options),
        scenario=told.layer if told else {}, rulebook=options.rules or in_force(options.home),
        account=options.account,
    )  # fmt: skip
    if told and config.market.kind != "synthetic":
        raise InputError(f"--scenario {told.name} plays on the synthetic market, not on {config.market.kind}")
    if options.mode != "backtest" and config.run.rearm != "never":
        raise InputError(f"run.rearm {config.run.rearm}: only in a backtest is a person assumed: use `allusr rearm`")
    if options.mode == "backtest" and options.broker:
        raise InputError(f"--broker {options.broker}: a backtest has no broker: use --mode paper or live")
    if config.market.kind == IBKR:
        _refuse_past(options)
    if options.mode == "live":
        _refuse_live(options, config)
    return config


def _refuse_past(options: Options) -> None:
    if options.mode == "backtest":
        raise InputError("--market ibkr is the market of now: use --mode paper or live")
    if options.pace != "real":
        raise InputError("--market ibkr needs --pace real: its instants come as time passes")


def _refuse_live(options: Options, config: "Config") -> None:
    from allusr_sdk.host.single_file import refuse_live
    from allusr_sdk.market.sources import KINDS

    refuse_live(config.plugins.use)
    if not config.broker.use:
        raise InputError("--mode live needs a broker: give --broker NAME, or use in the table [broker]")
    if options.pace != "real":
        raise InputError("--mode live needs --pace real: it trades as time passes")
    if config.market.kind in KINDS:
        raise InputError(
            f"--mode live needs the market of now, and {config.market.kind} is none:"
            " give --market ibkr, or KIND of a plugin"
        )


def _connection(options: Options, config: "Config", host: "Host") -> "Broker | None":
    """The broker connection of a run; None where its venue is simulated."""
    if options.mode == "backtest" or not config.broker.use:
        return None
    from allusr_sdk.cli.arm import cleared

    if options.home is None:
        raise InputError("a run over a broker needs a home")
    return cleared(config, host, options.mode, options.home)


def _refuse_loosening(options: Options, rules: "Rulebook") -> None:
    pair = options.what_if[0]
    rule = rules.value(pair.partition("=")[0].strip().removeprefix("rules.")).rule
    raise RuleError(f"{rule}: no rule is loosened in {options.mode}: --what-if {pair} is for --mode backtest")


def _by_path(options: Options) -> dict[str, object]:
    if options.market is not None and not options.market.strip():
        raise InputError("--market is empty: give synthetic, chains:DIR or another; is a variable of the shell unset?")
    kind, _, place = (options.market or "").partition(":")
    given: dict[str, object] = {
        "plugins.use": options.plugins and list(options.plugins),
        "broker.use": options.broker,
        "market.kind": kind or None,
        "market.path": place if options.market else None,
        "market.daily": options.daily,
        "market.earnings": options.earnings,
        "market.symbols": options.symbols and list(options.symbols),
        "account.capital": dollars(options.capital, "--capital"),
        "run.seed": options.seed,
        "run.rearm": options.rearm,
    }
    return {path: value for path, value in given.items() if value is not None}


def market(
    config: "Config", host: "Host", told: "Scenario | None" = None, markets: "Markets | None" = None
) -> "MarketSource":  # fmt: skip
    """The market that the configuration names: a plugin's kind, or a packaged one, told what a scenario tells it.

    Of a packaged one, accounts that run together get a seat; a plugin's is each account's own, and so are its faults.
    """
    from allusr_sdk.execution.shared import Markets
    from allusr_sdk.market.sources import open_market
    from allusr_sdk.model.views import Grain

    wanted = config.market
    if wanted.kind in host.markets:
        return cast("MarketSource", host.markets[wanted.kind](wanted.path, config.run.seed))
    if wanted.kind == IBKR:
        return _ibkr(config, host)
    opened = partial(
        open_market,
        f"{wanted.kind}:{wanted.path}" if wanted.path else wanted.kind,
        daily=_existing(wanted.daily, "--daily", folder=True),
        earnings=_existing(wanted.earnings, "--earnings", folder=False),
        symbols=wanted.symbols or None,
        seed=config.run.seed,
        rate=config.rulebook.number("RATE-1.rate"),
        script={"name": told.name, **told.market} if told else None,
    )
    known = Markets() if markets is None else markets
    found, reach = known.market(opened), _reach(host)
    if reach is not None and getattr(found.source, "grain", None) is Grain.EOD:
        found = known.market(partial(opened, dte_max=reach))
    return found.source if markets is None else found.seat()


def _ibkr(config: "Config", host: "Host") -> "MarketSource":
    """The market as a gateway shows it: what the sleeves trade, within the bands that they declare."""
    from allusr_sdk.execution.ibkr.market import IbkrMarket
    from allusr_sdk.market.sources import facts_of

    wanted, bands = config.market, dict[str, tuple[Any, ...]]()
    for sleeve in host.sleeves.values():
        for symbol in sleeve.symbols:
            bands[symbol] = (*bands.get(symbol, ()), *sleeve.bands(config.rulebook))
    every = tuple(band for sleeve in host.sleeves.values() for band in sleeve.bands(config.rulebook))
    symbols = wanted.symbols or tuple(bands)
    facts = facts_of(
        _existing(wanted.daily, "--daily", folder=True), _existing(wanted.earnings, "--earnings", folder=False),
        config.rulebook.number("RATE-1.rate"),
    )  # fmt: skip
    return IbkrMarket(config.ibkr, {symbol: bands.get(symbol, every) for symbol in symbols}, facts)


def _reach(host: "Host") -> int | None:
    """Calendar days to expiry beyond which no contract can matter, its volumes included; None where ladders run."""
    if host.ladders:
        return None
    rules = host.config.rulebook
    bands = [band for sleeve in host.sleeves.values() for band in sleeve.bands(rules)]
    days = [band.furthest * (2 if band.unit == "sessions" else 1) for band in bands]
    return max(*days, rules.integer("PE-8.dte_max"), 0) + _VOLUME_DAYS


def _existing(text: str, option: str, *, folder: bool) -> Path | None:
    if not text:
        return None
    path = Path(text)
    if not (path.is_dir() if folder else path.is_file()):
        raise InputError(f"{option} {text}: no such {'folder' if folder else 'file'}")
    return path


def period(source: "MarketSource", kind: str, first: date | None, last: date | None) -> tuple[date, date]:
    """The period of a run: as asked, else all that a source has, else four weeks of the synthetic market.

    Raises:
        InputError: the source cannot tell its period, the period ends before it begins, or no sessions are known of it.
    """
    _within(first, last)
    if first is None or last is None:
        known = tuple(getattr(source, "sessions", ()))
        if kind == "synthetic":
            first = first or (last - WEEKS if last else FIRST)
            last = last or first + WEEKS
        elif known:
            first, last = first or known[0], last or known[-1]
        else:
            raise InputError(f"market {kind} does not tell which days it has: give --from and --to")
    if first > last:
        raise InputError(f"the period {first} to {last} ends before it begins: check --from and --to")
    _within(first, last)
    return first, last


def _within(first: date | None, last: date | None) -> None:
    """Refuse days of which nobody knows whether the market is open."""
    from allusr_sdk.model.calendar import FIRST as KNOWN
    from allusr_sdk.model.calendar import LAST as UNTIL

    for option, day in (("--from", first), ("--to", last)):
        if day is not None and not KNOWN <= day.isoformat() <= UNTIL:
            raise InputError(f"{option} {day}: sessions are known from {KNOWN} to {UNTIL}")
