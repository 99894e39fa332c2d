"""Checks that all is as persons locked, approved and armed it (KS-11.14, KS-11.15)."""

from collections.abc import Iterator

from allusr_sdk.execution.arming.seen import LIVE, Answer, Seen
from allusr_sdk.model.events import Armed


def lock(seen: Seen) -> Answer | None:
    """The selected plugins are what was locked; a home without a folder for the lock has it from its arming."""
    if seen.mode != LIVE:
        return None
    locked, armed = seen.locked, seen.armed
    do = "look at what changed, then `allusr plugins lock` and `allusr arm`"
    if locked.drift is not None:
        return Answer("; ".join(locked.drift) or "as locked", "as locked", not locked.drift, do)
    if locked.missing or armed is None:
        return Answer(locked.missing or "no folder to keep it in: `allusr arm --lock FILE`", "a lock", False, do)
    same = locked.digest == armed.lock
    return Answer("as armed" if same else "other plugins than were armed", "as armed", same, do)


def rulebook(seen: Seen) -> Answer:
    """No rule is loosened (KS-11.14)."""
    loosened = ", ".join(seen.rules.loosened)
    found = f"{seen.rules.stamp}, loosened: {loosened}" if loosened else seen.rules.stamp
    return Answer(found, "nothing loosened", not loosened, "leave out what loosens it")


def armed(seen: Seen) -> Answer | None:
    """Everything is as it was when a person armed the home (KS-11.15)."""
    if seen.mode != LIVE:
        return None
    if seen.armed is None:
        return Answer("not armed", "armed", False, "`allusr arm`")
    differs = "; ".join(_differences(seen.armed, seen))
    return Answer(differs or f"by {seen.armed.actor}", "as armed", not differs, "look at it, then `allusr arm` again")


def _differences(stands: Armed, seen: Seen) -> Iterator[str]:
    """In what the home differs from what was armed. Where the broker is silent, that is said elsewhere."""
    identity = seen.account.identity
    told = {
        "connection": (stands.broker, seen.wanted.use),
        "plugins": (stands.lock[:12], seen.locked.digest[:12]),
        "rulebook": (stands.rulebook, seen.rules.stamp),
    }
    if identity is not None:
        told |= {
            "account": (stands.account, identity.account),
            "live": (str(stands.live), str(identity.live)),
            "currency": (stands.currency, identity.currency),
            "permissions": (", ".join(stands.permissions), ", ".join(sorted(identity.permissions))),
        }
    yield from (f"{what} is {now or 'none'}, armed was {then}" for what, (then, now) in told.items() if then != now)
