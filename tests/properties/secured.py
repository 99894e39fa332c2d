"""Witnesses of what must hold at every moment: security, balance, halts, and escalation without a gap."""

from math import sqrt

from tests.properties.lives import Witness
from tests.properties.shadow import unsecured
from tests.properties.weather import contract_of


class Secured(Witness):
    """RULE-1 after every pass, fill, cancellation, morning and evening."""

    def passed(self, orders, entries, life):
        self.moved("pass", life)
        opening = [order.opening for order in orders]
        if opening != sorted(opening):
            self.blame(life, "an entry was ordered before an exit")

    def moved(self, what, life):
        self.seen[what] += 1
        for name, own in life.shadow.own.items():
            for problem in unsecured(own):
                self.blame(life, f"after {what} of {name}: {problem}")


class Balanced(Witness):
    """Cash, lots and shares of each ledger against our own fold (LG-3)."""

    def moved(self, what, life):
        for name, own in life.shadow.own.items():
            book = life.world.book.ledgers[name]
            held = {p.contract.osi if p.contract else p.symbol: p.quantity for p in book.positions.values()}
            if book.cash != own.cash or held != own.held:
                self.blame(life, f"after {what}: {name} has {book.cash} and {held}, ours {own.cash} and {own.held}")
            if book.cash < 0:
                self.blame(life, f"after {what}: {name} has {book.cash}")


class Halts(Witness):
    """Between a halt and a person's word nothing is ordered (KS-7)."""

    def wrote(self, entry, life):
        e, switches = entry.event, life.shadow.switches
        halted = [scope for (scope, _), tier in switches.items() if tier == "HALT"]
        if "" in halted and entry.state in ("ANALYZING", "ORDERING"):
            self.blame(life, f"state {entry.state} in a halt: {e}")
        if entry.kind == "IntentRecorded" and ("" in halted or e.ledger in halted):
            self.blame(life, f"an order in a halt: {e}")
        if entry.kind == "SwitchChanged" and e.before == "HALT":
            self.seen["left a halt"] += 1
            if not e.approver or not e.reason or e.actor == "system":
                self.blame(life, f"a halt was left without a person: {e}")
        if entry.kind == "SwitchChanged" and e.after == "HALT":
            self.seen["halt"] += 1


class Escalated(Witness):
    """Every level between two watches stands in the same pass, and a jump past one is never missed (PE-4)."""

    def __init__(self):
        super().__init__()
        self.levels, self.steps = {}, {}

    def wrote(self, entry, life):
        e = entry.event
        if entry.kind == "LevelChanged":
            if abs(e.after - e.before) != 1:
                self.blame(life, f"a step over more than a level: {e}")
            self.steps.setdefault((entry.cycle, e.position), []).append((e.before, e.after))
            self.seen["level"] += 1
        elif entry.kind == "Watched":
            self._watched(e, entry, life)
        elif entry.kind in ("SplitApplied", "Adjusted"):  # keys are others now
            self.levels = {p.key: p.watch.level for p in life.world.book.positions}
        elif entry.kind in ("Filled", "Assigned", "Expired"):
            held = {p.key for p in life.world.book.positions}
            self.levels = {key: level for key, level in self.levels.items() if key in held}

    def _watched(self, e, entry, life):
        before, after = self.levels.get(e.position, 0), e.watch.level
        step = 1 if after > before else -1
        expected = [(level, level + step) for level in range(before, after, step)]
        found = self.steps.pop((entry.cycle, e.position), [])
        if found != expected:
            self.blame(life, f"from level {before} to {after} by {found}: {e}")
        self.levels[e.position] = after
        self.seen["jump"] += len(expected) > 1

    def passed(self, orders, entries, life):
        if any(tier == "HALT" for tier in life.shadow.tiers("")):
            return
        if any(self.steps.values()):
            self.blame(life, f"levels without a watch: {self.steps}")
        for ledger, own in life.shadow.own.items():
            for name, quantity in own.held.items():
                self._demanded(ledger, name, quantity, life)

    def _demanded(self, ledger, name, quantity, life):
        """At k + 0.25 one sample is enough for level k; calls have two levels, hedges and what is stale none."""
        contract, position = contract_of(name), life.world.book.ledgers[ledger].positions.get(f"{ledger}:{name}")
        symbol = contract.underlying if contract else name
        if position is None or position.hedges or position.key in life.world.book.unsettled:
            return
        snapshot = life.view.snapshots[symbol]
        if snapshot.at != life.view.at:
            return
        m = distance(position, contract, snapshot.spot, 2 * life.weather.unit[symbol])
        top = 2 if contract is not None and not contract.is_put else 3
        demanded = max((level for level in range(1, top + 1) if m >= level + 0.25 + 1e-9), default=0)
        if position.watch.level < demanded:
            self.blame(life, f"{position.key} stands at {position.watch.level}, {m:.3f} ATR ask for {demanded}")


def distance(position, contract, spot, atr):
    """m of PE-2 and PE-3."""
    if contract is None:
        return (float(position.amount / position.quantity) - spot) / (atr * sqrt(5))
    return (float(contract.strike) - spot) / atr * (1 if contract.is_put else -1)
