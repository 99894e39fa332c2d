"""What the checks of arming look at, asked of plugins, lock and broker: nothing is written, and no order sent."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from attrs import frozen

from allusr_sdk.cli.house import Home, house
from allusr_sdk.errors import AllusrError, InputError, PluginError, SettingsError

if TYPE_CHECKING:
    from allusr_sdk.config import Config
    from allusr_sdk.contracts.broker import Broker
    from allusr_sdk.execution.arming import Account, Locked, Seen
    from allusr_sdk.host import Host
    from allusr_sdk.model.nodes import AccountMap


def hosted(config: "Config") -> "tuple[Host | None, tuple[str, ...]]":
    """The host of the selected plugins, or None and why there is none, a line each."""
    from allusr_sdk.host import Host, Status, survey

    use, fine = config.plugins.use, (Status.OK, Status.NOT_SELECTED)
    chosen = [found for found in survey(use) if found.path is not None or found.name in use]
    bad = [f"{f.name}: {f.status.value}: {f.problem}" for f in chosen if f.status not in fine]
    if bad:
        return None, tuple(bad)
    try:
        return Host.load(config), ()
    except SettingsError as why:
        return None, why.problems
    except PluginError as why:
        return None, (str(why),)


IBKR = "ibkr"
"""The one broker that no plugin has to bring."""


def connection(config: "Config", host: "Host") -> "Broker":
    """The broker connection that the configuration names; making it connects to nothing.

    Raises:
        InputError: no selected plugin brings it, or it cannot be made.
    """
    from allusr_sdk.host.guard import one_line
    from allusr_sdk.settings import nearest

    name = config.broker.use
    if name == IBKR and name not in host.brokers:
        from allusr_sdk.execution.ibkr import IbkrBroker

        return IbkrBroker(config.ibkr, config.broker.account)
    if name not in host.brokers:
        known = {*host.brokers, IBKR}
        raise InputError(f"broker {name}: no selected plugin brings it; {nearest(name, known)}")
    try:
        return cast("Broker", host.brokers[name]())
    except AllusrError:
        raise
    except Exception as why:  # a stranger's code
        raise InputError(f"broker {name} cannot be made: {one_line(why)}") from None


# --- what the checks look at ---------------------------------------------------------------------------------------


def seen(
    config: "Config", host: "Host | None", home: Home, mode: str, *, broker: "Broker | None" = None, silent: str = "",
    faulty: tuple[str, ...] = (), file: Path | None = None, timed: bool = True,
) -> "Seen":  # fmt: skip
    """Everything that the checks judge.

    Args:
        config, host: as the run would have them; `faulty` says why there is no host.
        home: where the ledger is.
        mode: what is to be run.
        broker: the connection, which is asked for its identity and a statement; `silent` says why there is none.
        file: the lock, where it is not the home's own.
        timed: whether clocks are compared. A market that goes at its own pace is at no instant of ours, so a broker
            that lives by it is not to be told one.
    """
    from allusr_sdk.execution.arming import Account, Seen

    return Seen(
        mode=mode, wanted=config.broker, rules=config.rulebook, house=house(config, host, home, faulty),
        account=asked(broker, config.broker.ntp, timed=timed) if broker else Account(silent=silent),
        locked=locked(config.plugins.use, home, file), armed=home.armed(), mapped=mapped(config, host),
    )  # fmt: skip


def mapped(config: "Config", host: "Host | None") -> "AccountMap":
    """Where ledgers of the run lie; all that the configuration names where nobody knows which ledgers it has."""
    from allusr_sdk.model.ladders import GROWTH, HEDGES

    if host is None:
        return config.broker_accounts
    ledgers = {*host.sleeves, *((GROWTH, HEDGES) if host.ladders else ())}
    return config.broker_accounts.within(ledgers, forks=bool(host.forks))


def asked(broker: "Broker", server: str, *, timed: bool = True) -> "Account":
    """Whose account a connection reaches, and how far its clock, or a time server's, is from ours."""
    from allusr_sdk.execution.arming import Account
    from allusr_sdk.host.guard import one_line
    from allusr_sdk.kernel.clock import apart

    try:
        identity, before = broker.identity(), _now()
        statement = broker.statement(before) if timed else None
    except Exception as why:  # a stranger's code, over a line that may be cut
        return Account(silent=str(why) if isinstance(why, AllusrError) else one_line(why))
    if statement is None:
        return Account(identity=identity)
    skew = apart(statement.at, before, _now())
    if not server:
        return Account(identity=identity, skew=skew, clock="the broker's")
    return Account(identity=identity, skew=skew_of(server), clock=f"that of {server}")


def skew_of(server: str) -> float | None:
    """Seconds between the clock of a time server and ours; None where it does not answer."""
    from allusr_sdk.execution import ntp
    from allusr_sdk.kernel.clock import apart

    before = _now()
    try:
        return apart(ntp.ask(server), before, _now())
    except (OSError, ValueError):
        return None


def _now() -> datetime:
    return datetime.now(UTC)


def locked(use: Sequence[str], home: Home, file: Path | None = None) -> "Locked":
    """The selected plugins against their lock."""
    from allusr_sdk.cli.plugins.options import lock_of
    from allusr_sdk.execution.arming import Locked
    from allusr_sdk.host import lock

    place, digest = file or lock_of(home.place), ""
    try:
        digest = lock.digest(use)
        if place is None:
            return Locked(digest=digest)
        return Locked(digest=digest, drift=tuple(f"{found.plugin}: {found.what}" for found in lock.drift(place, use)))
    except InputError as why:
        return Locked(digest=digest, missing=str(why))


# --- for a command -------------------------------------------------------------------------------------------------


@frozen(kw_only=True)
class Told:
    """What a command line says of a run to be: as `allusr run` would be told."""

    mode: str
    config: Path | None = None
    plugins: tuple[str, ...] | None = None
    sets: Sequence[str] = ()
    broker: str | None = None
    account: str | None = None
    lock: Path | None = None

    def home(self, home: str) -> Home:
        """The home of the run: the account's own where the configuration has several.

        Raises:
            InputError: it has several and none is named, or not this one.
        """
        from allusr_sdk.cli.accounts import homes, of

        several = homes(self.config, self.sets, home)
        if several and self.account is None:
            raise InputError(f"--account: name one of {', '.join(several)}")
        return Home.at(of(several, self.account, home)[self.account])


def examined(told: Told, home: Home) -> "Seen":
    """All that the checks judge of a run to be; the connection is made for it and let go.

    Raises:
        InputError: the configuration cannot be used.
    """
    from allusr_sdk.config import Config

    options = {"plugins.use": told.plugins and list(told.plugins), "broker.use": told.broker}
    config = Config.read(
        told.config, sets=told.sets, options={path: value for path, value in options.items() if value is not None},
        rulebook=home.rulebook(), account=told.account,
    )  # fmt: skip
    host, faulty = hosted(config)
    with _connected(config, host) as (broker, silent):
        return seen(config, host, home, told.mode, broker=broker, silent=silent, faulty=faulty, file=told.lock)


@contextmanager
def _connected(config: "Config", host: "Host | None") -> "Iterator[tuple[Broker | None, str]]":
    """The connection, or why there is none."""
    if not config.broker.use or host is None:
        yield None, "the selected plugins cannot be used" if config.broker.use else ""
        return
    try:
        broker = connection(config, host)
    except InputError as why:
        yield None, str(why)
        return
    with closing(broker):
        yield broker, ""
