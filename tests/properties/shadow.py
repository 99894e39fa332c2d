"""Books of our own: what is owned, owed, promised and forbidden, folded from the journal apart from the ledger."""

from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from attrs import define, field

from allusr_sdk.model.calendar import iso_week
from tests.properties.weather import contract_of

ENDS = ("canceled", "rejected", "expired", "denied", "filled")
FEE = Decimal("0.70")
CENT = Decimal("0.01")


def cents(amount):
    return amount.quantize(CENT, ROUND_HALF_UP)


@define
class Job:
    """An order that works: what is left of each leg, and the most that one unit may cost."""

    intent: object
    left: dict
    at: object

    @property
    def opens(self):
        return self.intent.opening

    @property
    def units(self):
        return max(abs(q) for q in self.left.values())


@define
class Own:
    """One ledger."""

    cash: Decimal = Decimal(0)
    due: dict = field(factory=dict)  # dividends on their way by symbol, dollars
    held: dict = field(factory=dict)
    hedges: set = field(factory=set)
    jobs: dict = field(factory=dict)
    pinned: dict = field(factory=dict)
    frozen: dict = field(factory=dict)
    quarantined: bool = False
    chain: dict = field(factory=dict)  # of each short: rolls done, their debits, the first credit
    opened: dict = field(factory=dict)  # instant at which each short was last opened or added to
    hedged: dict = field(factory=dict)  # cost of hedges by quarter, dollars
    weeks: set = field(factory=set)  # causes of hedges with the ISO week in which one was bought

    def puts(self):
        """Strike x 100 of every short put that no spread secures, dollars."""
        return sum((_notional(name) * -q for name, q in self.wheel() if contract_of(name).is_put and q < 0), Decimal(0))

    def wheel(self):
        return [(n, q) for n, q in self.held.items() if n not in self.hedges and contract_of(n) is not None]

    def calls(self, symbol):
        return sum(-q for n, q in self.wheel() if _symbol(n) == symbol and q < 0 and not contract_of(n).is_put)

    def shares(self, symbol):
        return self.held.get(symbol, 0)


def _notional(name):
    return contract_of(name).strike * 100


def _symbol(name):
    contract = contract_of(name)
    return contract.underlying if contract else name


def quarter_of(at):
    return at.year, (at.month + 2) // 3


class Shadow:
    """All ledgers, and the switches by (ledger, cause)."""

    def __init__(self):
        self.own = defaultdict(Own)
        self.switches = {}
        self.sent = []  # (leaves, intent) of the running session
        self.day = None

    def apply(self, entry):
        take = getattr(self, f"_{entry.kind.lower()}", None)
        if take is not None:
            take(entry.event, entry)

    def tiers(self, ledger):
        return {tier for (scope, _), tier in self.switches.items() if scope in ("", ledger) and tier != "NONE"}

    def turn(self, day):
        if day != self.day:
            self.day, self.sent = day, []

    # --- what is said ---

    def _funded(self, e, _):
        self.own[e.ledger].cash += e.amount

    def _switchchanged(self, e, _):
        self.switches[e.ledger, e.cause] = e.after

    def _frozen(self, e, _):
        self.own[e.ledger].frozen[e.symbol] = e.rule

    def _thawed(self, e, _):
        self.own[e.ledger].frozen.pop(e.symbol, None)

    def _quarantined(self, e, _):
        self.own[e.ledger].quarantined = True

    def _pinned(self, e, _):
        self.own[e.ledger].pinned[e.instrument] = e.reserved
        if not e.reserved:
            del self.own[e.ledger].pinned[e.instrument]

    def _intentrecorded(self, e, entry):
        self.own[e.ledger].jobs[e.key] = Job(e, dict(e.legs), entry.at)
        self.sent.append((entry.at + timedelta(seconds=e.delay), e))

    def _orderchanged(self, e, _):
        if e.status in ENDS:
            self.own[e.ledger].jobs.pop(e.key, None)

    # --- what moves ---

    def _filled(self, e, entry):
        own = self.own[e.ledger]
        size = 100 if contract_of(e.instrument) else 1
        gross = cents(e.price * abs(e.quantity) * size)
        own.cash += (gross if e.quantity < 0 else -gross) - e.fee
        if e.opening and e.cause.startswith("hedge"):
            own.hedges.add(e.instrument)
            quarter = quarter_of(entry.at)
            own.hedged[quarter] = own.hedged.get(quarter, 0) + e.price * e.quantity * size + e.fee
            own.weeks.add((e.cause, iso_week(entry.at.date())))
        self._chained(own, e, entry)
        _add(own, e.instrument, e.quantity)
        job = own.jobs.get(e.key)
        if job is not None:
            job.left[e.instrument] -= e.quantity
            if not any(job.left.values()):
                del own.jobs[e.key]

    @staticmethod
    def _chained(own, e, entry):
        if e.opening and e.quantity < 0:
            own.chain[e.instrument] = (e.rolls, e.roll_debit, e.first_credit if e.rolls else e.price)
            own.opened[e.instrument] = entry.at

    def _expired(self, e, _):
        _add(self.own[e.ledger], e.instrument, -e.quantity)

    def _assigned(self, e, _):
        own, contract = self.own[e.ledger], contract_of(e.instrument)
        _add(own, e.instrument, -e.quantity)
        sign = 1 if contract.is_put else -1
        own.cash -= sign * contract.strike * 100 * -e.quantity + e.fee
        _add(own, contract.underlying, sign * 100 * -e.quantity)

    def _dividendaccrued(self, e, _):
        own = self.own[e.ledger]
        own.due[e.symbol] = own.due.get(e.symbol, 0) + cents(e.per_share * own.shares(e.symbol))

    def _dividendreceived(self, e, _):
        own = self.own[e.ledger]
        own.cash += own.due.pop(e.symbol)

    def _splitapplied(self, e, _):
        own = self.own[e.ledger]
        for name in [n for n in own.held if _symbol(n) == e.symbol]:
            self._renamed(own, name, _divided(name, e.ratio), e.ratio)

    def _adjusted(self, e, _):
        self._renamed(self.own[e.ledger], e.instrument, f"{e.root:<6}{e.instrument[6:]}", 1)

    @staticmethod
    def _renamed(own, name, new, ratio):
        own.held[new] = own.held.pop(name) * ratio
        for kept in (own.chain, own.opened):
            if name in kept:
                kept[new] = kept.pop(name)
        if new in own.chain:
            rolls, debit, credit = own.chain[new]
            own.chain[new] = (rolls, debit / ratio, credit / ratio)
        if name in own.hedges:
            own.hedges = own.hedges - {name} | {new}


def _divided(name, ratio):
    contract = contract_of(name)
    return f"{name[:13]}{int(cents(contract.strike / ratio) * 1000):08d}" if contract else name


def _add(own, name, quantity):
    own.held[name] = own.held.get(name, 0) + quantity
    if not own.held[name]:
        del own.held[name]
        own.hedges.discard(name)


# --- RULE-1 ----------------------------------------------------------------------------------------------------------


def unsecured(own):
    """What is owed without what secures it, in words; empty where all is secured (RULE-1)."""
    found = []
    promised = sum((cents(j.intent.reserve * j.units / _whole(j)) for j in own.jobs.values()), Decimal(0))
    need = own.puts() + sum(own.pinned.values(), Decimal(0))
    if own.cash < need:
        found.append(f"cash {own.cash} under {need} behind puts")
    elif own.cash + len(own.jobs) * CENT < need + promised:
        found.append(f"cash {own.cash} under {need} behind puts and {promised} promised to orders")
    for symbol in {_symbol(n) for n in own.held} | {j.intent.symbol for j in own.jobs.values()}:
        found += _uncovered(own, symbol)
    return found + _naked(own)


def _whole(job):
    return max(abs(q) for _, q in job.intent.legs)


def _uncovered(own, symbol):
    selling = sum(-q for j in own.jobs.values() for n, q in j.left.items() if n == symbol and q < 0)
    entries = [j for j in own.jobs.values() if j.opens and not j.intent.cause.startswith("hedge")]
    written = [(contract_of(n), -q) for j in entries for n, q in j.left.items() if _symbol(n) == symbol and n != symbol]
    writing = sum(count for contract, count in written if not contract.is_put)
    short, shares = own.calls(symbol), own.shares(symbol)
    if shares < 0 or (short + writing > max(shares - selling, 0) // 100 and short + writing):
        return [f"{short} + {writing} calls of {symbol} on {shares} - {selling} shares"]
    return []


def _naked(own):
    """Short legs of spreads that no long leg secures, as many contracts nearer the money in the same class."""
    found = []
    for name in own.hedges:
        contract = contract_of(name)
        near = [n for n in own.hedges if n[:13] == name[:13] and _secures(contract_of(n), contract)]
        count = sum(own.held.get(n, 0) for n in near)
        if own.held.get(name, 0) < 0 and count < 0:
            found.append(f"{-count} of {name} are no part of a spread")
    return found


def _secures(one, other):
    return one.strike >= other.strike if other.is_put else one.strike <= other.strike
