"""`allusr halt --everything`: the home is halted, and every order of the login ends at the broker, whoever's it is."""

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Protocol, cast

from allusr_sdk.errors import InputError, StateRefusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from allusr_sdk.cli.checkup import Told as Wanted
    from allusr_sdk.cli.house import Home
    from allusr_sdk.config import Config
    from allusr_sdk.contracts.broker import Broker
    from allusr_sdk.office.telling import Told


class Sweeper(Protocol):
    """A connection that can end every order of a login."""

    def cancel_everything(self) -> "tuple[Sequence[str], Sequence[str]]":
        """The orders that worked, and those that do still, in words."""
        ...

    def close(self) -> None:
        """Let it go."""
        ...


def halt(wanted: "Wanted", home: str, *, by: str, reason: str, wait: float, confirm: str | None, as_json: bool) -> None:
    """Halt a home, then cancel every order of its login over a connection of its own, and say what is left.

    Raises:
        InputError: no broker and account are configured, the broker cannot do it, or another account was typed.
        StateRefusal: orders still work.
        BrokerSilent: the broker did not answer: it is unknown what became of them.
    """
    from allusr_sdk.office.telling import tell

    where = wanted.home(home)
    config = _config(wanted, where)
    account = config.ibkr.account or config.broker.account
    if not config.broker.use or not account:
        raise InputError("KS-6: --everything needs a broker and its account: --broker NAME --set broker.account=ID")
    _confirm(account, confirm)
    with closing(_connection(config)) as broker:
        asked = f"{reason} (and every order of the login of {account} cancelled)" if reason.strip() else ""
        told = tell(where.place, "halt", "account", by=by, reason=asked, wait=wait)
        _show(told, *broker.cancel_everything(), as_json=as_json)


def _config(wanted: "Wanted", where: "Home") -> "Config":
    from allusr_sdk.config import Config

    return Config.read(
        wanted.config, sets=wanted.sets, options={"broker.use": wanted.broker} if wanted.broker else {},
        rulebook=where.rulebook(), account=wanted.account,
    )  # fmt: skip


def _confirm(account: str, given: str | None) -> None:
    """Have the account's id from a person. Raises `InputError` for another."""
    if given is None:
        if not sys.stdin.isatty():
            raise InputError("KS-6: nothing was done: --confirm ACCOUNT where there is no terminal")
        given = input("orders of people and of other programs end too: type the account's id: ")
    if given.strip() != account:
        raise InputError(f"KS-6: nothing was done: what was typed is not the account's id {account}")


def _connection(config: "Config") -> Sweeper:
    """A connection beside the one that an engine may have. Raises `InputError` for a broker that cannot do it."""
    from allusr_sdk.cli.checkup import IBKR, connection, hosted

    if config.broker.use == IBKR:
        from allusr_sdk.execution.ibkr import IbkrBroker

        return IbkrBroker(config.ibkr, config.broker.account, client=config.ibkr.emergency_client)
    host, faulty = hosted(config)
    if host is None:
        raise InputError(f"KS-6: broker {config.broker.use}: {'; '.join(faulty)}")
    broker: Broker = connection(config, host)
    if not hasattr(broker, "cancel_everything"):
        broker.close()
        raise InputError(f"KS-6: broker {config.broker.use} cannot cancel everything: do it at the broker itself")
    return cast("Sweeper", broker)


def _show(told: "Told", worked: "Sequence[str]", left: "Sequence[str]", *, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit

    ended = [each for each in worked if each not in left]
    if as_json:
        emit({"wish": told.wish, "again": told.again, "engine": told.engine, "cancelled": ended, "left": list(left)})
    else:
        said = f"everything: {len(ended)} orders of the login were cancelled, {len(left)} still work"
        for line in (*told.lines, said):
            print(line)
        for order in ended:
            print(f"cancelled: {order}")
    if left:
        raise StateRefusal(f"KS-6: {len(left)} orders still work at the broker: {'; '.join(left)}")
