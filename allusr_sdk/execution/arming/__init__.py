"""Whether account, home and installation are what a run is told: one table of checks (KS-9, KS-11.14, KS-11.15).

Everything is found out elsewhere and judged here.
"""

from collections.abc import Callable

from attrs import frozen

from allusr_sdk.execution.arming import account, agreed, house
from allusr_sdk.execution.arming.seen import LIVE, PAPER, Account, Answer, House, Locked, Seen

__all__ = [
    "CHECKS",
    "LIVE",
    "PAPER",
    "Account",
    "Answer",
    "Check",
    "House",
    "Locked",
    "Row",
    "Seen",
    "judged",
    "refusal",
]


@frozen(kw_only=True)
class Row:
    """An answer beside its question; `matters` says whether the mode cannot go on without it."""

    name: str
    asked: str
    found: str
    wanted: str
    ok: bool | None
    do: str
    matters: bool

    @property
    def bad(self) -> bool:
        """Whether it keeps the mode from being well."""
        return self.matters and self.ok is not True


@frozen
class Check:
    """One line of the table.

    Attributes:
        look: the answer; None where there is nothing to ask.
        modes: where a failure matters; `known` where what is unknown is as bad (RULE-0).
        start: whether a run over a broker asks it at its start; the others it finds out, or obeys, in its course.
    """

    name: str
    asked: str
    look: Callable[[Seen], Answer | None]
    modes: frozenset[str] = frozenset({"backtest", PAPER, LIVE})
    known: frozenset[str] = frozenset({LIVE})
    start: bool = False


def judged(seen: Seen, *, starting: bool = False) -> tuple[Row, ...]:
    """Every check that applies, in the order of the table; `starting` keeps those that the start of a run asks."""
    rows = ((check, check.look(seen)) for check in CHECKS if check.start or not starting)
    return tuple(_row(check, answer, seen.mode) for check, answer in rows if answer is not None)


def refusal(rows: tuple[Row, ...]) -> str:
    """The first check that keeps the mode from being well, in one line; empty where none does."""
    bad = next((row for row in rows if row.bad), None)
    return f"{bad.name}: {bad.found}, wanted {bad.wanted}: {bad.do}" if bad else ""


def _row(check: Check, answer: Answer, mode: str) -> Row:
    matters = mode in (check.known if answer.ok is None else check.modes)
    return Row(
        name=check.name, asked=check.asked, found=answer.found, wanted=answer.wanted, ok=answer.ok, do=answer.do,
        matters=matters,
    )  # fmt: skip


_LIVE, _BROKER = frozenset({LIVE}), frozenset({PAPER, LIVE})

CHECKS: tuple[Check, ...] = (
    Check("python", "is this a Python that the SDK supports", house.python),
    Check("sdk", "is the SDK installed", house.sdk),
    Check("plugins", "can every selected plugin be used", house.plugins),
    Check("names", "does a name mean one thing", house.names),
    Check("home", "is the home closed to others", house.private, _LIVE, start=True),
    Check("disk", "is there room for the journal", house.disk, start=True),
    Check("schema", "is the ledger of this version", house.schema),
    Check("engine", "is there no other engine", house.engine, known=frozenset()),
    Check("halt", "has nobody halted the home", house.halts),
    Check("broker", "does the broker answer", account.broker, _BROKER, _BROKER, start=True),
    Check("account", "is it the account that is meant", account.account, _BROKER, _BROKER, start=True),
    Check("ledgers", "do all ledgers lie in it", account.ledgers, _BROKER, _BROKER, start=True),
    Check("flag", "is it live in live mode, paper elsewhere", account.flag, _BROKER, _BROKER, start=True),
    Check("currency", "is it in the currency of the books", account.currency, _BROKER, _BROKER, start=True),
    Check("permissions", "may it trade what is asked for", account.permissions, _BROKER, _BROKER, start=True),
    Check("clock", "is our clock right", account.clock, _LIVE, start=True),
    Check("lock", "are the plugins what was locked", agreed.lock, _LIVE, start=True),
    Check("rulebook", "is no rule loosened", agreed.rulebook, _BROKER, start=True),
    Check("armed", "is all as a person armed it", agreed.armed, _LIVE, start=True),
)
