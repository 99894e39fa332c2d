"""Where each rule lets something be opened, from the rulebook's text: band, days, window, liquidity, instrument."""

from datetime import timedelta
from decimal import Decimal

from allusr_sdk.model.calendar import iso_week, xnys
from tests.properties import facts
from tests.properties.lives import Witness
from tests.properties.shadow import FEE, quarter_of
from tests.properties.weather import contract_of

NEAR = 2e-3
"""Two ways to a delta from the same mid differ by less."""
BANDS = {"gen_acc": (0.40, 0.45), "rev_acc": (0.30, 0.35), "com_acc": (0.20, 0.25)}
RECOVERY, REENTRY = (0.20, 0.25), (0.40, 0.50)


class Openings(Witness):
    """Blames everything that is opened where no rule allows it."""

    def wrote(self, entry, life):
        e = entry.event
        if entry.kind != "IntentRecorded":
            return
        for problem in judged(e, entry, life):
            self.blame(life, f"{problem}: {e}")
        self.seen[f"{e.ledger} {e.action}"] += 1

    def passed(self, orders, entries, life):
        for order in orders:
            if order.action == "roll":
                for problem in rolled(order, life):
                    self.blame(life, f"{problem}: {order}")


def judged(e, entry, life):
    """Everything wrong with where an opening lies."""
    if facts.hedge(e):
        yield from hedged(e, entry, life)
    elif e.opening:
        yield from in_window(e, entry)
        yield from written(e, life) if contract_of(e.legs[0][0]) else bought(e, life)


# --- entries (CAD-4 to CAD-9, LQ-1, CAD-11) --------------------------------------------------------------------------


def in_window(e, entry):
    """09:45 to 10:55, attempts every five minutes; slices of an attempt leave until 10:55 (CAD-7)."""
    at, leaves = facts.local(entry.at), facts.local(entry.at + timedelta(seconds=e.delay))
    if not at.strftime("%H:%M") >= "09:45" or leaves.strftime("%H:%M:%S") > "10:55:00" or at.minute % 5:
        yield f"CAD-7: leaves at {leaves:%H:%M:%S}"


def written(e, life):
    """A put or a covered call of a sleeve."""
    (name, quantity), view, own = e.legs[0], life.view, life.shadow.own[e.ledger]
    contract, quote = contract_of(name), facts.quote_of(name, view)
    if not facts.sound(quote):
        yield f"RULE-0: {quote}"
        return
    delta = facts.own_delta(quote, view)
    if abs(delta - quote.delta) > 0.05 + NEAR:
        yield f"CAD-8 DATA_ANOMALY: own delta {delta}, vendor {quote.delta}"
    if quote.mid < Decimal("0.10"):
        yield f"CAD-11: credit {quote.mid}"
    yield from facts.illiquid(quote, facts.siblings(e, life) - quantity, delta, view)
    usual = [*in_band(BANDS[e.ledger], contract, delta, floor(e, life), view), *tenor(e.ledger, contract, view)]
    if contract.is_put:
        if own.shares(e.symbol):
            yield f"CAD-9: a put beside {own.shares(e.symbol)} shares"
        if e.ledger == "com_acc":
            usual = [*in_band(REENTRY, contract, delta, 0, view), *weekly(contract, view)]
        yield from usual
    elif e.ledger != "com_acc" and under_water(e, life):
        low = min(basis(e, life), view.snapshots[e.symbol].spot + 2 * life.weather.unit[e.symbol])
        yield from in_band(RECOVERY, contract, delta, low, view)
        yield from weekly(contract, view)
    else:
        yield from usual


def basis(e, life):
    held = life.world.book.ledgers[e.ledger].positions[f"{e.ledger}:{e.symbol}"]
    return float(held.amount / held.quantity)


def floor(e, life):
    """The lowest strike of a call: the adjusted basis of its shares (CAD-8)."""
    return 0 if contract_of(e.legs[0][0]).is_put else basis(e, life)


def under_water(e, life):
    book = life.world.book.ledgers[e.ledger]
    near_high = float(book.equity) >= 0.95 * float(book.high_water)
    return life.view.snapshots[e.symbol].spot < basis(e, life) and not near_high


def in_band(band, contract, delta, low, view):
    """Inside the band; under it by 0.10 at most, and only where no strike lies inside (CAD-8)."""
    size = abs(delta)
    if float(contract.strike) < low - 1e-4:
        yield f"CAD-8: strike {contract.strike} under {low}"
    if band[0] - NEAR <= size <= band[1] + NEAR:
        return
    if not band[0] - 0.10 - NEAR <= size < band[0]:
        yield f"CAD-8: delta {delta:.4f} for the band {band}"
        return
    side = view.snapshots[contract.root].chain.side(contract.expiry, contract.right)
    quotes = [side.quote(row) for row in range(len(side))]
    sizes = [abs(facts.own_delta(q, view)) for q in quotes if facts.sound(q) and q.contract.strike >= low]
    if any(band[0] + NEAR < one < band[1] - NEAR for one in sizes):
        yield f"CAD-8: delta {delta:.4f}, though a strike lies in the band {band}"


def tenor(ledger, contract, view):
    """The expiry that the sleeve's cadence names for this session (CAD-4, CAD-5, CAD-6)."""
    day, week = view.session.day, [s.day for s in xnys().week(view.session.day)]
    if ledger == "com_acc":
        yield from weekly(contract, view)
    elif ledger == "gen_acc":
        if contract.expiry != week[-1] or facts.sessions_left(day, week[-1]) > 1:
            yield f"CAD-4: {contract} on {day}"
    else:
        listed = view.snapshots[contract.root].chain.expiries
        fit = [e for e in listed if 3 <= (e - day).days <= 5 and e <= week[-1]]
        if day.weekday() > 2 or not fit or contract.expiry != fit[-1]:
            yield f"CAD-5: {contract} on {day}, of {fit}"


def weekly(contract, view):
    """On the week's first session the expiry nearest to five days, three to seven out, the earlier of two (CAD-6)."""
    day = view.session.day
    fit = [e for e in view.snapshots[contract.root].chain.expiries if 3 <= (e - day).days <= 7]
    first = xnys().week(day)[0].day
    if day != first or not fit or contract.expiry != min(fit, key=lambda e: (abs((e - day).days - 5), e)):
        yield f"CAD-6: {contract} on {day}, of {fit}"


def bought(e, life):
    """Shares are Com's, on the week's first session, in hundreds (CAD-9)."""
    day = life.view.session.day
    if e.ledger != "com_acc" or day != xnys().week(day)[0].day or e.legs[0][1] % 100:
        yield "CAD-9: shares"


# --- rolls (PE-8, PE-3) ----------------------------------------------------------------------------------------------


def rolled(order, life):
    """One rung of the ladder, from level 2, at half the first credit, not more contracts, at most 35 days out."""
    buy, sell = order.legs
    old, new, view = buy.instrument, sell.instrument, life.view
    own = life.shadow.own[order.ledger]
    quote, back = facts.quote_of(new.osi, view), facts.quote_of(old.osi, view)
    rolls, spent, credit = own.chain[old.osi]
    if sell.quantity != -buy.quantity or buy.quantity > -own.held[old.osi]:
        yield f"PE-8: {sell.quantity} for {buy.quantity} of {own.held[old.osi]}"
    if rolls >= 2:
        yield f"PE-8: roll number {rolls + 1}"
    debit = back.mid - quote.mid
    if debit > credit / 2 - spent + Decimal("0.0001"):
        yield f"PE-8: debit {debit} over half of {credit} less {spent}"
    if (new.expiry - view.session.day).days > 35 or new.expiry <= old.expiry or new.right != old.right:
        yield f"PE-8: into {new}"
    level = life.world.book.ledgers[order.ledger].positions[f"{order.ledger}:{old.osi}"].watch.level
    if level < 2:
        yield f"PE-7: at level {level}"
    delta = facts.own_delta(quote, view)
    yield from facts.illiquid(quote, buy.quantity, delta, view)
    if not any(rungs(order, old, new, delta, life)) or (new.strike > old.strike if new.is_put else False):
        yield f"PE-8: {new} with delta {delta:.3f} is no rung from {old}"
    if not new.is_put and new.strike <= old.strike:
        yield f"PE-3: {new} is not up and out of {old}"


def rungs(order, old, new, delta, life):
    """Whether it is A, B or C of the ladder."""
    day, band, unit = life.view.session.day, BANDS[order.ledger], life.weather.unit[order.symbol]
    yield band[0] - 0.10 - NEAR <= abs(delta) <= band[1] + NEAR
    gap = float(old.strike - new.strike) * (1 if old.is_put else -1)
    yield 14 <= (new.expiry - day).days <= 35 and gap >= 2 * unit - 1e-9
    weeks = [xnys().week(old.expiry + timedelta(days=7 * n))[-1].day for n in (1, 2)]
    yield new.strike == old.strike and new.expiry in weeks


# --- hedges (PE-9, PE-10) --------------------------------------------------------------------------------------------


def hedged(e, entry, life):
    """A SPY 10/20 % put spread half a year out, once a trigger and week, within the quarter's budget."""
    view, own, spot = life.view, life.shadow.own[e.ledger], life.view.snapshots["SPY"].spot
    if [name[:6].strip() for name, _ in e.legs] != ["SPY", "SPY"]:
        yield "PE-10: no put spread of SPY, the only class that is listed"
        return
    (near, count), (far, less) = [(contract_of(name), q) for name, q in e.legs]
    quotes = [facts.quote_of(name, view) for name, _ in e.legs]
    side = view.snapshots["SPY"].chain.side(near.expiry, near.right)
    for contract, share in ((near, 0.90), (far, 0.80)):
        under = [k for k in side.strike if k <= share * spot + 1e-9]
        if not contract.is_put or not under or float(contract.strike) != max(under):
            yield f"PE-10: strike {contract.strike} for {share} of {spot}"
    if near.expiry != far.expiry or not 180 <= (near.expiry - view.session.day).days <= 365 or less != -count:
        yield f"PE-10: {near} and {far}"
    if not all(map(facts.sound, quotes)):
        yield f"KS-11.9: {quotes}"
        return
    cost = ((facts.exact(quotes[0].ask) - facts.exact(quotes[1].bid)) * 100 + 2 * FEE) * count
    if cost > budget(e, entry, life):
        yield f"PE-9: costs {cost} of {budget(e, entry, life)}"
    if (e.cause, iso_week(view.session.day)) in own.weeks:
        yield f"PE-7: a second hedge by {e.cause} this week"


def _works(job):
    """What is left of an order's reserve after the fills it has had, dollars."""
    name, total = job.intent.legs[0]
    return job.intent.reserve * abs(job.left[name]) / abs(total)


def budget(e, entry, life):
    """The part for puts of what is left of the quarter's budget, dollars (PE-9)."""
    book, own = life.world.book.ledgers[e.ledger], life.shadow.own[e.ledger]
    year, quarter = quarter_of(entry.at)
    same = book.quarter.label == f"{year}-Q{quarter}"
    gains = book.realised - book.quarter.realised_before if same else Decimal(0)
    promised = [_works(j) for j in own.jobs.values() if facts.hedge(j.intent) and j.intent.parent != e.parent]
    left = max(Decimal("0.05") * max(gains, Decimal(0)), Decimal("0.01") * book.equity)
    left -= own.hedged.get((year, quarter), Decimal(0)) + sum(promised, Decimal(0))
    return min(Decimal("0.01") * book.equity, left * 2 / 3) + Decimal("0.01")
