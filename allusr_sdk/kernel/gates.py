"""The gates of an entry: pure functions in a table, each under its rule.

`GATES` asks whether something may be opened at all; a symbol that passes them is eligible for CAD-10. All are asked and
every veto is kept. Risk-reducing orders are held by `agreed` alone (RULE-0).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from math import isfinite

from allusr_sdk.contracts import liquidity
from allusr_sdk.contracts.earnings import earnings_week
from allusr_sdk.contracts.windows import outside_entry, too_late
from allusr_sdk.kernel import freezes
from allusr_sdk.kernel.limits import Entry, Vetoes, pinned, step_of
from allusr_sdk.kernel.switches import PERMITS, Permit, rule_of, unknown_vix, wild_before_open
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.intents import Sell, Shares, Veto
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.model.positions import LedgerBook, Wheel
from allusr_sdk.model.views import Grain

Gate = Callable[[Entry], Iterable[Veto]]

_RESTS = frozenset({"EMERGENCY", "MAINTENANCE", "AUDIT"})


def permitted(entry: Entry) -> Iterator[Veto]:
    """Every kill switch that binds the ledger lets this through, and so does the state (KS-6, KS-11.12)."""
    for scope, switches in (("", entry.book.switches), (entry.ledger.name, entry.ledger.switches)):
        for cause, tier in sorted(switches.items()):
            if not _lets(PERMITS[tier], entry):
                what = "nothing" if not PERMITS[tier].entries else "covered calls alone"
                why = f"tier {tier} of {scope or 'the account'} ({cause}) opens {what}"
                yield Veto(rule_of(cause, scope), why, {"tier": tier, "cause": cause, "scope": scope or "account"})
    if entry.book.state in _RESTS:
        yield Veto("KS-11", f"state {entry.book.state} opens nothing")


def _lets(permit: Permit, entry: Entry) -> bool:
    """Calls on shares need leave for entries, all that takes on more needs leave for puts."""
    return permit.entries if entry.call else permit.entries and permit.puts


def calm(entry: Entry) -> Iterator[Veto]:
    """The VIX is known, young, and waits for no confirmation of a tier (KS-2, KS-5)."""
    if veto := unknown_vix(entry.view, entry.rules):
        yield veto
    tier, count = entry.book.waiting
    if count:
        yield Veto("KS-2", f"{count} VIX samples ask for tier {tier}: entries wait for the next", {"samples": count})
    if veto := wild_before_open(entry.view, entry.rules):
        yield veto


def unfrozen(entry: Entry) -> Iterator[Veto]:
    """Neither the sleeve nor the symbol is frozen or quarantined (PE-7); calls on frozen shares go on (PE-3)."""
    for scope in ("*", entry.intent.symbol):
        rule = entry.ledger.frozen.get(scope)
        if rule and not (entry.call and rule == "PE-3"):
            yield Veto("PE-7", f"entries of {'the sleeve' if scope == '*' else scope} are frozen by {rule}")
    if entry.ledger.quarantined:
        yield Veto("RULE-0", f"the sleeve is quarantined: {entry.ledger.quarantined}")


def staying(entry: Entry) -> Iterator[Veto]:
    """Nothing is opened in an account that is to be merged (FK-3)."""
    if entry.ledger.closing:
        yield Veto("FK-3", f"{entry.ledger.node} is to be merged: {entry.ledger.closing}")


def agreed(entry: Entry) -> Iterable[Veto]:
    """Books and broker agree about the symbol; this one holds back what reduces risk too (RECON)."""
    return freezes.vetoes(entry.book, entry.intent.symbol)


def in_window(entry: Entry) -> Iterator[Veto]:
    """Entries lie in the entry window and away from open and close (CAD-7); end-of-day data has none (CAD-14)."""
    if why := outside_entry(entry.view, entry.rules):
        yield Veto("CAD-7", why)
    if why := too_late(entry.view, entry.contract.expiry if entry.contract else None):
        yield Veto("CAD-14" if entry.view.grain is Grain.EOD else "CAD-1", why)


def not_tried(entry: Entry) -> Iterator[Veto]:
    """One attempt a step: what was sent and came to nothing is tried again at the next one (CAD-7, ORD-1)."""
    if entry.view.grain is not Grain.GRID:
        return
    began = entry.view.at - step_of(entry)
    for sent in entry.book.sent:
        mine = sent.opening and (sent.ledger, sent.symbol) == (entry.ledger.name, entry.intent.symbol)
        same = (sent.quantity < 0) == isinstance(entry.intent, Sell)  # contracts are written, shares are bought
        if mine and same and began <= sent.at < entry.view.at:
            yield Veto("CAD-7", f"sent at {sent.at.astimezone(NEW_YORK):%H:%M:%S}: the next attempt is a step later")
            return


def current(entry: Entry) -> Iterator[Veto]:
    """The market that the intent rests on is of this instant, and trades (KS-11.9, KS-11.10, RULE-0)."""
    symbol, limit = entry.intent.symbol, entry.rules.number("KS-11.quote_age")
    snapshot = entry.view.fresh(symbol)
    if snapshot is None:
        yield Veto("KS-11", f"no market of {symbol} at this instant")
    elif not 0 < snapshot.spot < float("inf"):
        yield Veto("RULE-0", f"the price of {symbol} is unknown", {"spot": snapshot.spot})
    if isinstance(entry.intent, Sell):
        age = (entry.view.at - entry.intent.quote.at).total_seconds()
        if not 0 <= age <= limit:
            yield Veto("KS-11", f"the quote is {age:g} seconds old", {"age": age, "limit": limit})
    if symbol in entry.view.halted:
        yield Veto("KS-11", f"trading in {symbol} is halted")


def standard(entry: Entry) -> Iterator[Veto]:
    """The contract is standard, settles on a price that a close can give, and is not restricted (KS-11.1, LQ-4)."""
    if entry.intent.symbol in entry.rules.texts("KS-11.restricted"):
        yield Veto("KS-11", f"{entry.intent.symbol} is on the restricted list")
    if entry.contract is None:
        return
    if entry.contract.kind.morning:
        yield Veto("KS-11", f"{entry.contract.root} settles on an opening print, which no close replaces")
    if entry.contract.kind.adjusted:
        yield Veto("LQ-4", f"{entry.contract.root} is adjusted: its deliverable is not 100 shares")


def approved_rules(entry: Entry) -> Iterator[Veto]:
    """The rules in force are those that the run was started under (KS-11.14)."""
    if entry.rules.stamp != entry.approved:
        yield Veto("KS-11", f"rulebook {entry.rules.stamp} is not the approved {entry.approved}")


def wheel_allows(entry: Entry) -> Iterator[Veto]:
    """The wheel's state permits this side (CAD-9): a put from CASH, a call on uncovered shares."""
    if entry.contract is None:
        return
    symbol, ledger = entry.intent.symbol, entry.ledger
    if entry.call:
        if ledger.uncovered(symbol) < 1:
            yield Veto("CAD-10", "no hundred uncovered shares", {"uncovered": ledger.uncovered(symbol)})
        return
    state, puts = ledger.wheel(symbol), _puts(symbol, ledger)
    beside = entry.rules.flag("CAD-9.csp_while_long") and state in (Wheel.STOCK, Wheel.SHORT_CALL) and not puts
    if not (state is Wheel.CASH or beside or (state is Wheel.SHORT_PUT and _next_pod(entry, puts))):
        yield Veto("CAD-9", f"{symbol} is in {state}, a put starts from CASH", {"state": str(state)})
    for osi, reserved in sorted(pinned(symbol, ledger).items()):
        yield Veto("LQ-6", f"{osi} may still be assigned until morning", {"reserved": str(reserved)})


def _puts(symbol: str, ledger: LedgerBook) -> tuple[datetime | None, ...]:
    """When each short put of a symbol was opened or sent."""
    held = [
        (p.contract, p.opened) for p in ledger.positions.values() if p.symbol == symbol and p.short and not p.hedges
    ]
    sent = [(w.contract, w.sent) for w in ledger.working.values() if w.symbol == symbol and w.opening and not w.hedges]
    return tuple(at for contract, at in (*held, *sent) if contract is not None and contract.is_put)


def _next_pod(entry: Entry, puts: Sequence[datetime | None]) -> bool:
    """Whether another pod may add its put: all there are were sold in this session, and no shares are held (LQ-3)."""
    assert isinstance(entry.intent, Sell)
    today = entry.view.session.day
    fresh = all(at is not None and at.astimezone(NEW_YORK).date() == today for at in puts)
    return entry.intent.pod is not None and fresh and not entry.ledger.shares(entry.intent.symbol)


def earnings_clear(entry: Entry) -> Iterator[Veto]:
    """No report lies in the week or before expiry; an old or absent calendar counts as one (CC-3). Puts only."""
    if entry.contract is None or entry.call:
        return
    if reason := earnings_week(entry.intent.symbol, entry.contract.expiry, entry.view, entry.rules):
        yield Veto("CC-3", f"EARNINGS_SKIP: {reason}", {"earnings": "skip"})


def in_band(entry: Entry) -> Iterator[Veto]:
    """Own delta and days to expiry lie inside the band that the intent rests on (KS-11.13)."""
    if not isinstance(entry.intent, Sell):
        return
    intent, band, day = entry.intent, entry.intent.band, entry.view.session.day
    size, expiry = abs(intent.delta), intent.quote.contract.expiry
    if not band.low - band.reach <= size <= band.high:
        yield Veto("KS-11", f"delta {size:.3f} is outside {band.low - band.reach:g}-{band.high:g}", {"delta": size})
    sessions = entry.view.calendar.sessions_left(day, expiry) if expiry >= day else -1
    left = sessions if band.unit == "sessions" else (expiry - day).days
    if not band.nearest <= left <= band.furthest:
        yield Veto("KS-11", f"{left} {band.unit} to expiry is outside {band.nearest}-{band.furthest}", {"dte": left})


def over_basis(entry: Entry) -> Iterator[Veto]:
    """A call is struck at its shares' basis or above; a recovery call may be, one ATR over spot (CAD-8, CAD-9)."""
    if not isinstance(entry.intent, Sell):
        return
    strike, band = entry.intent.quote.contract.strike, entry.intent.band
    floor, held = band.floor, entry.ledger.positions.get(f"{entry.ledger.name}:{entry.intent.symbol}")
    if entry.call and held is not None:
        basis = held.amount / held.quantity
        floor = max(floor, min(basis, _one_range_up(entry)) if band.rule == "CAD-9" else basis)
    if strike < floor:
        yield Veto("CAD-8", f"strike {strike} is under the basis {floor:.2f}", {"floor": f"{floor:.2f}"})


def _one_range_up(entry: Entry) -> Decimal:
    """Spot and one ATR, dollars; infinite where either is unknown."""
    snapshot, atr = entry.view.fresh(entry.intent.symbol), entry.ranges(entry.intent.symbol)
    level = snapshot.spot + atr.value if snapshot is not None and atr is not None else float("inf")
    return Decimal(str(level)) if isfinite(level) else Decimal("Infinity")


def liquid(entry: Entry) -> Iterator[Veto]:
    """The contract meets LQ-1; of shares that are bought its spread is asked."""
    if isinstance(entry.intent, Sell):
        yield from liquidity.illiquid(entry.intent.quote, entry.volumes, entry.rules)
        return
    shown, widest = entry.view.fresh(entry.intent.symbol), entry.rules.number("LQ-1.spread")
    if shown is not None and 0 < shown.bid < shown.ask:
        spread = 2 * (shown.ask - shown.bid) / (shown.ask + shown.bid)
        if not round(spread, 9) <= widest:
            yield Veto("LQ-1", f"the shares' spread {spread:.2%} > {widest:.2%}", {"spread": spread})


def worth_it(entry: Entry) -> Iterator[Veto]:
    """The credit covers the minimum (CAD-11)."""
    if not isinstance(entry.intent, Sell) or not entry.intent.quote.sound:
        return
    rules, mid = entry.rules, entry.intent.quote.mid
    least = max(
        rules.money("CAD-11.min_credit"),
        rules.money("CAD-11.fee_multiple") * rules.money("FEE-1.option") / MULTIPLIER,
    )
    if mid < least:
        yield Veto("CAD-11", f"credit {mid} < {least}", {"credit": str(mid), "required": str(least)})


GATES: tuple[Gate, ...] = (
    permitted, calm, unfrozen, staying, agreed, in_window, not_tried, current, standard, approved_rules, wheel_allows,
    earnings_clear, in_band, over_basis, liquid, worth_it,
)  # fmt: skip


def asked(entry: Entry) -> Vetoes:
    """Every veto of the gates; shares to be sold reduce risk, and wait for a break of their symbol alone (RULE-0)."""
    if isinstance(entry.intent, Shares) and entry.intent.quantity < 0:
        return tuple(agreed(entry))
    return tuple(veto for gate in GATES for veto in gate(entry))
