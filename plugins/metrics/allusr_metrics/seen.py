"""What is measured of an account at a moment: values by family and labels. What is not known is not there."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from attrs import Factory, define, frozen

from allusr_sdk.errors import AllusrError
from allusr_sdk.office.engine import engine
from allusr_sdk.office.followed import Followed
from allusr_sdk.office.refusals import refusals

if TYPE_CHECKING:
    from allusr_sdk.model.positions import Book
    from allusr_sdk.reports.facts import LedgerFacts, RunFacts

Value = tuple[str, Mapping[str, str], float]
"""Family, labels beside the account's, value."""

_DOLLARS = (
    "equity", "cash", "collateral", "premium_taken", "premium_kept", "realised", "unrealised", "fees", "hedge_cost",
    "dividends",
)  # fmt: skip
_CONTRACTS = ("sold", "closed", "expired", "assigned", "exercised", "rolled")
_LEVELS = range(4)


@frozen(kw_only=True)
class Family:
    """One family of values: help and labels beside the account; a counter grows until the next run begins."""

    help: str
    labels: tuple[str, ...] = ()
    counter: bool = False


FAMILIES: Mapping[str, Family] = {
    "allusr_up": Family(help="Whether the account's home could be read at the last look (1) or not (0)."),
    "allusr_run_info": Family(help="The newest run; always 1.", labels=("run", "mode", "rulebook")),
    **{
        f"allusr_{name}_dollars": Family(help=f"{name.replace('_', ' ').capitalize()} in dollars.", labels=("ledger",))
        for name in _DOLLARS
    },
    "allusr_contracts": Family(
        help="Option contracts by what was done with them.", labels=("ledger", "done"), counter=True
    ),
    "allusr_positions": Family(help="Open positions.", labels=("ledger",)),
    "allusr_positions_at_level": Family(help="Open positions by level of the protocol.", labels=("ledger", "level")),
    "allusr_orders_working": Family(help="Orders that work, by the journal.", labels=("ledger",)),
    "allusr_refusals": Family(help="Reasons of refusals, by rule.", labels=("ledger", "rule"), counter=True),
    "allusr_state": Family(help="State of the machine; 1 for the one it is in.", labels=("state",)),
    "allusr_tier": Family(help="Tier of the kill switches; 1 for the one that binds.", labels=("tier",)),
    "allusr_switch": Family(help="Kill switches that are thrown; 1 each.", labels=("scope", "cause", "tier")),
    "allusr_breaks_open": Family(help="Open breaks between books and broker."),
    "allusr_needs": Family(help="Things that need a person, by kind.", labels=("kind",)),
    "allusr_journal_entries": Family(help="Entries of the newest run."),
    "allusr_journal_instant_seconds": Family(help="Instant of the market of the newest entry, since the epoch."),
    "allusr_followed_lag_entries": Family(help="Entries that were written and not yet taken up at the last look."),
    "allusr_engine": Family(
        help="How the engine is: alive, silent, gone, ended, none, unknown; 1 for what it is.", labels=("life",)
    ),
    "allusr_heartbeat_age_seconds": Family(help="Seconds since the engine's last heartbeat."),
    "allusr_restarts": Family(help="How often the newest run was taken up again."),
    "allusr_wishes_waiting": Family(help="Wishes of persons that no engine has heard."),
    "allusr_looked_seconds": Family(help="When the home was last read, since the epoch."),
}
"""Every family that is told, by its name."""


@define
class Account:
    """One account that is measured, again and again.

    Attributes:
        home: where its ledger is.
        trouble: why it could not be read at the last look; empty where it could.
    """

    home: str
    trouble: str = ""
    _followed: Followed | None = None
    _refused: Counter[tuple[str, str]] = Factory(Counter)
    _counted: tuple[int, int] = (0, 0)

    def close(self) -> None:
        """Give the connections back."""
        if self._followed is not None:
            self._followed.close()
            self._followed = None

    def look(self, now: float) -> tuple[Value, ...]:
        """All values at a moment of the wall clock; of a home that cannot be read that it cannot, and its heartbeat."""
        self.trouble = ""
        beat, journal = self._guarded(self._engine), self._guarded(self._journal)
        up: tuple[Value, ...] = () if self.trouble else (("allusr_looked_seconds", {}, now),)
        return (("allusr_up", {}, float(not self.trouble)), *up, *beat, *journal)

    def _guarded(self, what: Callable[[], Iterator[Value]]) -> tuple[Value, ...]:
        """All that is told, or nothing where not all of it can be known."""
        try:
            return tuple(what())
        except (AllusrError, OSError) as why:
            self.trouble = " ".join(str(why).split())
            self.close()
            return ()

    def _engine(self) -> Iterator[Value]:
        how = engine(self.home)
        yield "allusr_engine", {"life": str(how["life"])}, 1.0
        if "age" in how and how["life"] != "ended":
            yield "allusr_heartbeat_age_seconds", {}, float(str(how["age"]))

    def _journal(self) -> Iterator[Value]:
        if self._followed is None:
            self._followed = Followed(self.home)
        self._followed.look()
        yield from self._values(self._followed)

    def _values(self, followed: Followed) -> Iterator[Value]:
        facts, book = followed.facts, followed.run.book
        status = followed.status()
        yield "allusr_run_info", {"run": str(facts.run), "mode": facts.mode, "rulebook": facts.rulebook}, 1.0
        for ledger in facts.ledgers:
            yield from _ledger(ledger)
        yield from _held(book)
        yield from self._refusals(followed)
        yield from _stands(facts)
        yield "allusr_breaks_open", {}, len(book.breaks)
        yield "allusr_journal_entries", {}, facts.entries
        yield "allusr_journal_instant_seconds", {}, followed.run.instant.timestamp()
        written = next(info.entries for info in followed.ledger.runs() if info.id == facts.run)
        yield "allusr_followed_lag_entries", {}, max(written - facts.entries, 0)
        told = status["operator"]
        assert isinstance(told, Mapping)
        yield "allusr_restarts", {}, told["restarts"]["count"]
        yield "allusr_wishes_waiting", {}, len(told["waiting"]) + len(told["files"])

    def _refusals(self, followed: Followed) -> Iterator[Value]:
        run, (counted, after) = followed.run, self._counted
        if run.id != counted:
            self._refused, after = Counter(), 0
        for found in refusals(run.entries(after=after)):
            self._refused.update((found.ledger, reason.rule) for reason in found.reasons)
        self._counted = (run.id, run.seq)
        for (ledger, rule), count in self._refused.items():
            yield "allusr_refusals", {"ledger": ledger, "rule": rule}, count


def _ledger(facts: "LedgerFacts") -> Iterator[Value]:
    for name in _DOLLARS:
        yield f"allusr_{name}_dollars", {"ledger": facts.ledger}, float(getattr(facts, name))
    for done in _CONTRACTS:
        yield "allusr_contracts", {"ledger": facts.ledger, "done": done}, float(getattr(facts, done))


def _held(book: "Book") -> Iterator[Value]:
    for name, ledger in book.ledgers.items():
        held = [position for position in book.positions if position.ledger == name]
        yield "allusr_positions", {"ledger": name}, len(held)
        yield "allusr_orders_working", {"ledger": name}, len(ledger.working)
        for level in _LEVELS:
            at = sum(position.watch.level == level for position in held)
            yield "allusr_positions_at_level", {"ledger": name, "level": str(level)}, at


def _stands(facts: "RunFacts") -> Iterator[Value]:
    yield "allusr_state", {"state": facts.state}, 1.0
    yield "allusr_tier", {"tier": facts.tier}, 1.0
    for switch in facts.switches:
        yield "allusr_switch", {"scope": switch.scope, "cause": switch.cause, "tier": switch.tier}, 1.0
    for kind, count in Counter(need.kind for need in facts.needs).items():
        yield "allusr_needs", {"kind": kind}, count
