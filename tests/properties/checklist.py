"""KS-11, point by point from the rulebook's text, judged on every order at the moment it is journaled."""

from datetime import timedelta
from decimal import Decimal

from tests.properties import facts
from tests.properties.lives import Witness
from tests.properties.shadow import CENT, FEE
from tests.properties.weather import SYMBOLS, contract_of

MINUTE = timedelta(seconds=60)


class Checklist(Witness):
    """Blames every order that KS-11 refuses."""

    def wrote(self, entry, life):
        if entry.kind != "IntentRecorded":
            return
        self.seen[entry.event.action] += 1
        self.seen["slice"] += bool(entry.event.parent)
        self.seen["pod"] += entry.event.numbers.get("pods", 0) > 1
        for point in POINTS:
            for problem in point(entry.event, entry, life):
                self.blame(life, f"{point.__name__}: {problem}: {entry.event}")

    def passed(self, orders, entries, life):
        for order in orders:
            for problem in collar(order):
                self.blame(life, f"KS-11.5 {problem}: {order}")
            if order.opening and len(order.prices) > 11:
                self.blame(life, f"KS-11.8 {len(order.prices) - 1} replaces: {order}")


def legs_of(e):
    return [(contract_of(name), name, quantity) for name, quantity in e.legs]


def opened_legs(e):
    """Legs that open something: all of an entry or hedge, the one sold of a roll."""
    return [leg for leg in legs_of(e) if e.opening or (e.action == "roll" and leg[2] < 0)]


# 1
def listed(e, entry, life):
    for contract, name, _ in opened_legs(e):
        if e.symbol not in SYMBOLS or (contract and (contract.root != e.symbol or contract.root[-1].isdigit())):
            yield f"{name} is not on the list"


# 2 and 11
def paid(e, entry, life):
    own = life.shadow.own[e.ledger]
    need = sum(needs(e, own), Decimal(0))
    if e.reserve + CENT < need:
        yield f"reserves {e.reserve}, needs {need}"
    if need > 0 and need > free(own) + CENT:
        yield f"needs {need}, free {free(own)}"
    account = sum((free(o) for o in life.shadow.own.values()), Decimal(0))
    if facts.entering(e) and need > account + CENT:
        yield f"needs {need}, free in the account {account}"


def needs(e, own):
    """Dollars of free cash that the order takes at its worst limit."""
    contract, name, quantity = legs_of(e)[0]
    count = abs(quantity)
    if contract is None:
        yield e.worst * count if quantity > 0 else Decimal(0)
    elif facts.hedge(e):
        yield (e.worst * 100 + FEE * len(e.legs)) * count
    elif e.opening:
        yield contract.strike * 100 * count if contract.is_put else Decimal(0)
    elif quantity > 0:
        frees = contract.strike * 100 if contract.is_put and name not in own.hedges else 0
        sold = [c for c, _, q in opened_legs(e) if c.is_put]
        ties = sum((c.strike * 100 for c in sold), Decimal(0))
        yield max(Decimal(0), e.worst * 100 + FEE * len(e.legs) + ties - frees) * count


def free(own):
    promised = sum((j.intent.reserve * j.units / max(abs(q) for _, q in j.intent.legs) for j in own.jobs.values()),
                   Decimal(0))  # fmt: skip
    return own.cash - own.puts() - promised - sum(own.pinned.values(), Decimal(0))


# 2
def covered(e, entry, life):
    own = life.shadow.own[e.ledger]
    for contract, name, quantity in legs_of(e):
        if contract is None and quantity < 0:
            spare = own.shares(name) - 100 * own.calls(name) - sum(_writes(own, name)) * 100
            spare -= sum(-q for j in own.jobs.values() for n, q in j.left.items() if n == name and q < 0)
            if -quantity > spare:
                yield f"sells {-quantity} of {spare} spare shares"
        if contract is not None and not contract.is_put and quantity < 0 and facts.entering(e):
            calls = own.calls(e.symbol) + sum(_writes(own, e.symbol)) - quantity
            selling = sum(-q for j in own.jobs.values() for n, q in j.left.items() if n == e.symbol and q < 0)
            if calls > (own.shares(e.symbol) - selling) // 100:
                yield f"{calls} calls on {own.shares(e.symbol)} shares"


def _writes(own, symbol):
    """Calls that working entries write."""
    for job in own.jobs.values():
        for name, left in job.left.items():
            contract = contract_of(name)
            if facts.entering(job.intent) and contract and not contract.is_put and job.intent.symbol == symbol:
                yield -left


# 3
def sized(e, entry, life):
    if contract_of(e.legs[0][0]) is None:
        return
    quantity = max(abs(q) for _, q in e.legs)
    if quantity > 50:
        yield f"{quantity} contracts in one order"
    if facts.entering(e) and quantity + facts.siblings(e, life) > 200:
        yield f"{quantity + facts.siblings(e, life)} contracts in one decision"


# 4
def within_dollars(e, entry, life):
    if not facts.entering(e) or (e.legs[0][1] < 0 and contract_of(e.legs[0][0]) is None):
        return
    contract, _, quantity = legs_of(e)[0]
    count = abs(quantity)
    dollars = (contract.strike * 100 if contract else max(e.limit, e.worst)) * count
    share = Decimal("0.50") if e.ledger == "rev_acc" else Decimal("0.25")
    limit = min(Decimal(500_000), share * life.world.book.ledgers[e.ledger].equity)
    excused = contract and count == 1 and (not contract.is_put or "CAD-11" in e.rule)
    if dollars > limit and not excused:
        yield f"{dollars} dollars over {limit}"


# 5
def collar(order):
    tick = Decimal("0.05") if abs(order.mid) >= 3 and order.symbol != "SPY" else Decimal("0.01")
    slack = Decimal(0) if order.opening else tick
    stop = not order.opening and {"PE-11", "PE-3"} & set(order.rule.split())
    for price in order.prices:
        if order.selling:
            low = max(order.legs[0].bid, order.mid * Decimal("0.95"))
            if price < low - slack:
                yield f"sells at {price} under {low}"
        elif price > max(order.mid + abs(order.mid) * Decimal("0.25" if stop else "0.05"), order.mid + slack):
            yield f"buys at {price}, mid {order.mid}"


# 6
def unrepeated(e, entry, life):
    leaves = entry.at + timedelta(seconds=e.delay)
    for at, other in life.shadow.sent:
        same = other.ledger == e.ledger and set(other.legs) & set(e.legs)
        if same and abs(at - leaves) < MINUTE and facts.group(other) != facts.group(e):
            yield f"like {other.key} of {at}"
    for job in life.shadow.own[e.ledger].jobs.values():
        for name, quantity in e.legs:
            left = job.left.get(name, 0)
            if left * quantity > 0 and facts.group(job.intent) != facts.group(e):
                yield f"{job.intent.key} works on {name}"


# 7
def uncrossed(e, entry, life):
    for _, name, quantity in opened_legs(e):
        for ledger, own in life.shadow.own.items():
            if ledger == e.ledger:
                continue
            if own.held.get(name, 0) * quantity < 0:
                yield f"{ledger} holds the other side of {name}"
            if e.opening and any(job.left.get(name, 0) * quantity < 0 for job in own.jobs.values()):
                yield f"{ledger} works on the other side of {name}"


# 8
def paced(e, entry, life):
    if not facts.entering(e):
        return
    most, day = (2, 9) if life.brisk else (30, 200)
    counted = [at for at, other in life.shadow.sent if not _uncounted(other)]
    leaves = entry.at + timedelta(seconds=e.delay)
    for end in [at for at in (*counted, leaves) if leaves <= at < leaves + MINUTE]:
        count = 1 + sum(1 for at in counted if end - MINUTE < at <= end)
        if count > most:
            yield f"{count} orders in the minute to {end}"
    if len(counted) >= day:
        yield f"{len(counted) + 1} orders today"


def _uncounted(e):
    return not e.opening and {"PE-8", "PE-11"} & set(e.rule.split())


# 9
def quoted(e, entry, life):
    view = life.view
    for contract, name, quantity in legs_of(e):
        snapshot = view.snapshots[e.symbol]
        if contract is None:
            if (view.at - snapshot.at).total_seconds() > 5 or not 0 < snapshot.bid <= snapshot.ask:
                yield f"shares quoted {snapshot.bid} x {snapshot.ask} at {snapshot.at}"
            continue
        quote = facts.quote_of(name, view)
        if quote is None or not 0 <= (view.at - quote.at).total_seconds() <= 5:
            yield f"{name} has no quote of the last five seconds: {quote}"
        elif not facts.sound(quote) and (e.opening or quantity < 0 or not quote.bid < quote.ask < float("inf")):
            yield f"{name} is quoted {quote.bid} x {quote.ask}"


# 10
def unrestricted(e, entry, life):
    if e.symbol in life.view.halted:
        yield "trading is halted"
    if life.brisk and e.symbol == "SPY" and e.opening:
        yield "is restricted"
    contract, own = contract_of(e.legs[0][0]), life.shadow.own[e.ledger]
    if not facts.entering(e) or contract is None or not facts.earnings_time(e.symbol, contract.expiry, life.view):
        return
    calls = own.calls(e.symbol) + sum(_writes(own, e.symbol)) - e.legs[0][1]
    if contract.is_put:
        yield "a put in earnings time"
    elif calls > own.shares(e.symbol) // 100 // 2:
        yield f"{calls} calls on {own.shares(e.symbol)} shares in earnings time"


# 12
def permitted(e, entry, life):
    tiers, own = life.shadow.tiers(e.ledger), life.shadow.own[e.ledger]
    if entry.state not in ("ORDERING", "AUDIT") or (entry.state == "AUDIT" and facts.entering(e)):
        yield f"in state {entry.state}"
    if "HALT" in tiers:
        yield "in a halt"
    if not facts.entering(e):
        return
    call = e.legs[0][1] < 0 and not contract_of(e.legs[0][0]).is_put
    if tiers & {"SAFE", "FREEZE"} or ("CALLS" in tiers and not call):
        yield f"an entry under {tiers}"
    for scope in ("*", e.symbol):
        if scope in own.frozen and not (call and own.frozen[scope] == "PE-3"):
            yield f"an entry while {scope} is frozen"
    if own.quarantined:
        yield "an entry of a quarantined sleeve"
    vix = life.view.vix
    if vix is None or not vix.value > 0 or (life.view.at - vix.at).total_seconds() > 120:
        yield f"an entry on {vix}"
    elif vix.before_open and vix.before_open > 65 and facts.local(life.view.at).strftime("%H:%M") < "10:15":
        yield "an entry before 10:15 after a wild opening"


# 14
def approved(e, entry, life):
    if entry.rulebook != life.entries[0].rulebook:
        yield f"under {entry.rulebook}"


POINTS = (listed, paid, covered, sized, within_dollars, unrepeated, uncrossed, paced, quoted, unrestricted, permitted,
          approved)  # fmt: skip
