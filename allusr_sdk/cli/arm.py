"""`allusr arm`, `disarm`: the explicit step before live trading, and what a run does with it (KS-11.15)."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.operator import By, Reason
from allusr_sdk.cli.options import HOME, AccountName, BrokerName, ConfigFile, Home, Json, Sets, names
from allusr_sdk.cli.plugins.options import Selected
from allusr_sdk.errors import InputError, StateRefusal
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.config import Config
    from allusr_sdk.contracts.broker import Broker
    from allusr_sdk.execution.arming import Seen
    from allusr_sdk.host import Host
    from allusr_sdk.model.events import Armed

_OTHERWISE = (
    "armed",
    "halt",
    "engine",
)  # arming waits for none of them: only a run that starts is re-armed


def arm(
    by: By,
    reason: Reason,
    confirm: Annotated[
        str | None, typer.Option(metavar="ACCOUNT", help="The account's id, where no terminal can be asked for it.")
    ] = None,
    plugins: Selected = None,
    config: ConfigFile = None,
    sets: Sets = None,
    broker: BrokerName = None,
    account: AccountName = None,
    lock: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The lock of the plugins. [default: plugins.lock in the home]")
    ] = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Arm the home for live trading, in a person's name.

    Shows what would be armed and asks for the account's id. `allusr run --mode live` starts only where account,
    currency, permissions, plugins and rulebook are still what was armed, and asks at each start. Give the same
    --config, --plugins, --set, --broker and --account to both. Paper needs no arming. Exit 3 where a check fails.
    """
    from allusr_sdk.cli.checkup import Told, examined
    from allusr_sdk.cli.output import emit
    from allusr_sdk.execution.arming import LIVE

    told = Told(
        mode=LIVE, config=config, plugins=names(plugins, "--plugins"), sets=sets or (), broker=broker, account=account,
        lock=lock,
    )  # fmt: skip
    where = told.home(place(home))
    wish = _wish(examined(told, where), *_named("arm", by, reason))
    if not as_json:
        _tell(wish)
    _confirm(wish.account, confirm)
    _write(where.place, wish)
    if as_json:
        emit({"armed": _fields(wish)})
    else:
        print(f"armed: live trading of {wish.account}, by {wish.actor}: {wish.reason} (KS-11)")


def disarm(by: By, reason: Reason, home: Home = HOME, as_json: Json = False) -> None:
    """Take the arming back: no live run starts any more. One that runs goes on; `allusr halt` stops it."""
    from allusr_sdk.cli.output import emit
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.ledger.arming import Arming
    from allusr_sdk.model.events import Disarmed

    actor, why = _named("disarm", by, reason)
    with open_ledger(place(home), create=False) as ledger:
        stands = Arming(ledger).stands
        if stands is not None:
            Arming(ledger).write(Disarmed(rule="KS-11", actor=actor, reason=why))
    if as_json:
        emit({"disarmed": stands is not None})
    else:
        print(f"disarmed: {stands.account}, by {actor}: {why} (KS-11)" if stands else "nothing is armed")


# --- arming --------------------------------------------------------------------------------------------------------


def _named(what: str, by: str, reason: str) -> tuple[str, str]:
    actor, why = " ".join(by.split()), " ".join(reason.split())
    if not actor or not why:
        raise InputError(f"KS-11: {what} needs a person's name (--by) and a reason (--reason)")
    return actor, why


def _wish(seen: "Seen", actor: str, reason: str) -> "Armed":
    """What would be armed. Raises `StateRefusal` where any check but the arming itself fails."""
    from allusr_sdk.execution.arming import judged, refusal
    from allusr_sdk.model.events import Armed

    rows = tuple(row for row in judged(seen) if row.name not in _OTHERWISE)
    if bad := refusal(rows):
        raise StateRefusal(f"KS-11: not armed: {bad}")
    identity = seen.account.identity
    assert identity is not None, "a check of its own"
    return Armed(
        rule="KS-11", broker=seen.wanted.use, account=identity.account, live=identity.live, currency=identity.currency,
        permissions=tuple(sorted(identity.permissions)), lock=seen.locked.digest, rulebook=seen.rules.stamp,
        actor=actor, reason=reason,
    )  # fmt: skip


def _fields(wish: "Armed") -> Mapping[str, object]:
    names = ("broker", "account", "live", "currency", "permissions", "lock", "rulebook", "actor", "reason")
    return {name: getattr(wish, name) for name in names}


def _tell(wish: "Armed") -> None:
    from allusr_sdk.cli.output import fields

    shown = {**_fields(wish), "permissions": ", ".join(wish.permissions), "lock": f"sha256 {wish.lock[:12]}"}
    fields({name: str(value) for name, value in shown.items() if name not in ("actor", "reason")})


def _confirm(account: str, given: str | None) -> None:
    """Have the account's id from a person. Raises `InputError` for another."""
    if given is None:
        if not sys.stdin.isatty():
            raise InputError("KS-11: not armed: type the account's id: --confirm ACCOUNT where there is no terminal")
        given = input("type the account's id to arm it: ")
    if given.strip() != account:
        raise InputError(f"KS-11: not armed: what was typed is not the account's id {account}")


def _write(home: str, wish: "Armed") -> None:
    from allusr_sdk.ledger import open_ledger
    from allusr_sdk.ledger.arming import Arming

    with open_ledger(home) as ledger:
        Arming(ledger).write(wish)


# --- at the start of a run -----------------------------------------------------------------------------------------


def cleared(config: "Config", host: "Host", mode: str, home: str) -> "Broker":
    """The connection that a run over a broker may use.

    Raises:
        InputError: no selected plugin brings it, or it cannot be made.
        StateRefusal: something is not as the mode needs it, or as it was armed; the line names the first.
    """
    from allusr_sdk.cli.checkup import connection, seen
    from allusr_sdk.cli.house import Home as Where
    from allusr_sdk.execution.arming import LIVE, judged, refusal

    broker = connection(config, host)
    found = seen(config, host, Where.at(home), mode, broker=broker, timed=mode == LIVE)
    bad = refusal(judged(found, starting=True))
    if bad:
        broker.close()
        raise StateRefusal(f"KS-11: --mode {mode} refused: {bad}")
    return broker
