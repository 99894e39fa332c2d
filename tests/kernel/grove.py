"""A tree of accounts by hand: three sleeves, a fork rule that asks what a test says, and mornings."""

from datetime import UTC, date, datetime
from decimal import Decimal

from allusr_sdk import Fork, ForkRule, Merge, Sleeve
from allusr_sdk.kernel.growth import Growth
from allusr_sdk.model.events import CashBooked, Marked
from tests.builders import RULES, StubSettings, World, stub

D = Decimal
FRIDAY, TUESDAY, WEDNESDAY = date(2026, 2, 13), date(2026, 2, 17), date(2026, 2, 18)
"""The last session of a week, the first of the next, for Monday is a holiday, and the one after it."""
PHASES = ["ForkIntended", "ForkPaid", "ForkFunded", "ForkFunded"]
CAPITAL = {"gen_acc": "120000", "rev_acc": "90000", "com_acc": "90000"}


class Compounding[S](Sleeve[S]):
    """A sleeve in which gains work."""

    deploys = "equity"


def sleeves(propose=lambda view: (), manage=lambda position, view: ()):
    """The three of them."""
    return tuple(stub(name, propose, manage, base=Compounding if name == "com_acc" else Sleeve) for name in CAPITAL)


def rule(decide):
    """A fork rule that answers what a test says."""

    class Told(ForkRule[StubSettings]):
        """As a test says."""

        name = "told"

        def decide(self, tree):
            return decide(tree)

    return Told


def mini(ledger="gen_acc", amount="100000", *, styles=("gen_acc", "com_acc"), form="MINI", **more):
    """A fork in equal shares."""
    part = D(amount) / len(styles)
    about = {"rule": "FK-1 FK-2", "why": "due", "shares": tuple((style, part) for style in styles)}
    return Fork(ledger=ledger, form=form, amount=D(amount), **{**about, **more})


def merge(node="m1", cause="3x"):
    return Merge(node=node, cause=cause, rule="FK-3", why="grown")


class Grove(World):
    """A world whose accounts grow."""

    def __init__(self, decide=lambda tree: (), *plugins, funds=None, rules=RULES, **more):
        super().__init__(*(plugins or sleeves(**more)), rule(decide), funds={**CAPITAL, **(funds or {})}, rules=rules)
        self.begin()

    def begin(self):
        """What the engine builds around a kernel."""
        self.growth = Growth(self.kernel.scribe, self.host, self.kernel.rules)

    def restart(self):
        super().restart()
        self.begin()

    def earn(self, ledger, amount, *, on=FRIDAY):
        """Interest, or charges."""
        line = f"line {self.run.seq}"
        at = datetime(on.year, on.month, on.day, 20, 0, tzinfo=UTC)
        self.kernel.heard(CashBooked(ledger=ledger, rule="RECON B14", line=line, what="interest", amount=D(amount)), at)

    def evening(self):
        """Mark what has no mark yet at what it was opened at."""
        for held in self.book.positions:
            if held.mark is None:
                about = {"ledger": held.ledger, "symbol": held.symbol, "rule": "LG-3", "position": held.key}
                self.kernel.heard(Marked(**about, mark=held.price))

    def morning(self, on=TUESDAY, before=FRIDAY):
        """A morning at 08:30 in New York, reconciled, after an evening."""
        self.evening()
        self.dawn(on, before)

    def dawn(self, on=TUESDAY, before=FRIDAY):
        """A morning that had no evening before it."""
        self.kernel.scribe.at = datetime(on.year, on.month, on.day, 13, 30, tzinfo=UTC)
        self.growth.morning(on, before)

    def told(self, *kinds):
        """Events of some kinds, in order."""
        return [event for event in self.events() if event.kind in kinds]

    def kinds(self, after):
        """Kinds of the entries behind a number."""
        return [entry.kind for entry in self.run.entries(after=after)]


def due(tree):
    """A mini for each 100,000 of the generator's surplus."""
    return [mini() for _ in range(int(max(tree.ledgers["gen_acc"].surplus, 0) // 100_000))]


def refusals(world):
    """Decisions against a fork."""
    return [e for e in world.events("Decided") if e.subject == "fork" and e.verdict == "refuse"]
