"""Checks of a broker account: that it is the one that is meant, and that our clock is right (KS-9, KS-11.15)."""

from allusr_sdk.execution.arming.seen import LIVE, PAPER, UNKNOWN, Answer, Seen
from allusr_sdk.kernel.clock import wrong_clock


def broker(seen: Seen) -> Answer | None:
    """A connection is configured, and says whose account it reaches."""
    name, account = seen.wanted.use, seen.account
    if not name and seen.mode != LIVE:
        return None
    if not name:
        return Answer("none", "a connection", False, "give --broker NAME or [broker] use")
    found = name if account.identity else f"{name}: {account.silent or 'no answer'}"
    return Answer(found, "an answer", True if account.identity else None, "see that the broker runs and lets us in")


def account(seen: Seen) -> Answer | None:
    """The account is the one that the configuration names (KS-11.15)."""
    if _unasked(seen) or (not seen.wanted.account and seen.mode != LIVE):
        return None
    identity, wanted = seen.account.identity, seen.wanted.account
    do = "name the account in [broker] account, or reach the one that is named"
    if identity is None:
        return Answer(UNKNOWN, wanted or "an account", None, do)
    return Answer(identity.account, wanted or "an account that [broker] names", identity.account == wanted, do)


def ledgers(seen: Seen) -> Answer | None:
    """Every ledger of the run lies in the account: orders of a run go to one account (CAD-13)."""
    if _unasked(seen) or not seen.mapped.pairs:
        return None
    identity, do = seen.account.identity, "run them in [accounts.NAME] of their own, or change account.broker_accounts"
    if identity is None:
        return Answer(UNKNOWN, "all ledgers in one account", None, do)
    elsewhere = [f"{name} in {of}" for name, of in seen.mapped.pairs.items() if of != identity.account]
    return Answer(", ".join(elsewhere) or "all of them", f"all ledgers in {identity.account}", not elsewhere, do)


def flag(seen: Seen) -> Answer | None:
    """A live account is traded in live mode only, and a paper account never there (KS-11.15)."""
    if _unasked(seen):
        return None
    identity, wanted = seen.account.identity, LIVE if seen.mode == LIVE else PAPER
    found = None if identity is None else LIVE if identity.live else PAPER
    return Answer(found or UNKNOWN, wanted, None if found is None else found == wanted, "connect to the other account")


def currency(seen: Seen) -> Answer | None:
    """The account is kept in the currency of the books."""
    if _unasked(seen):
        return None
    identity, wanted = seen.account.identity, seen.wanted.currency
    found = None if identity is None else identity.currency
    return Answer(
        found or UNKNOWN, wanted, None if found is None else found == wanted, "reach an account in that currency"
    )


def permissions(seen: Seen) -> Answer | None:
    """The account may trade all that the configuration asks for."""
    if _unasked(seen):
        return None
    identity, wanted = seen.account.identity, frozenset(seen.wanted.permissions)
    found = None if identity is None else ", ".join(sorted(identity.permissions)) or "none"
    granted = None if identity is None else wanted <= identity.permissions
    return Answer(found or UNKNOWN, ", ".join(sorted(wanted)), granted, "ask the broker for what is missing")


def clock(seen: Seen) -> Answer | None:
    """Our clock is right (KS-9)."""
    if _unasked(seen):
        return None
    skew, limit = seen.account.skew, seen.rules.number("KS-9.skew_seconds")
    found = UNKNOWN if skew is None else f"{skew:.1f} s from {seen.account.clock}"
    ok = None if skew is None else wrong_clock(skew, seen.rules) is None
    return Answer(found, f"{limit:g} s or less (KS-9)", ok, "set the clock, by NTP, or name a server in [broker] ntp")


def _unasked(seen: Seen) -> bool:
    return not seen.wanted.use
