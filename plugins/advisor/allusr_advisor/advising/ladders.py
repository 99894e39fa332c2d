"""What a growth ladder's numbers speak for: rule values that a person may have proposed (LL-4)."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

from allusr_advisor.advice import NEEDED, Climate, LadderState, Missing, RungState, Suggestion, regime, suggest_ladder
from allusr_advisor.advising.reading import Briefing, index_bars
from allusr_sdk.hookspecs import Advice
from allusr_sdk.market import pricing
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.ladders import GROWTH, style_of
from allusr_sdk.model.positions import LedgerBook, Position

_YEAR = 252

Value = float | int | tuple[float, float]


def ladder(known: Briefing) -> Advice:
    """Suggestions for the rules of growth ladders, or why there are none; `changes` may be proposed by a person."""
    rules, climate = _rules(known), _climate(known)
    held = [b for b in known.book.ledgers.values() if style_of(b) == GROWTH and not b.closed]
    if not held:
        return Advice("ladder", "no growth ladder has begun: nothing to suggest", about=str(known.day))
    found: dict[str, Suggestion] = {}
    silent = []
    for book in held:
        told = suggest_ladder(_state(known, book), rules, climate)
        found = {**{s.key: s for s in told.suggestions}, **found}
        silent += [f"{book.name}: {told.why}"] if told.why else []
    lines = [f"{s.key} {_toml(s.before)} -> {_toml(s.after)}: {s.why}." for s in found.values()]
    numbers = {f"{s.key} {name}": value for s in found.values() for name, value in s.numbers.items()}
    return Advice(
        "ladder", "\n".join(lines or silent), about=str(known.day), numbers=numbers,
        changes={s.key: _toml(s.after) for s in found.values()},
    )  # fmt: skip


def _rules(known: Briefing) -> Mapping[str, Value]:
    return {key: value for key in NEEDED if (value := _value(known.rules.get(key))) is not None}


def _value(found: object) -> Value | None:
    if isinstance(found, int | float):
        return found
    if isinstance(found, list | tuple) and len(found) == 2:
        return float(found[0]), float(found[1])
    return None


def _climate(known: Briefing) -> Climate:
    days = sorted(known.vix)
    closes = [known.vix[day] for day in days]
    fresh = bool(days) and (known.day - days[-1]).days <= 5
    vix = closes[-1] if fresh else None
    rank = sum(close <= closes[-1] for close in closes) / len(closes) if fresh and len(closes) >= _YEAR else None
    bars = index_bars(known)
    state = None if isinstance(bars, str) else regime(bars)
    turbulent = None if state is None or isinstance(state, Missing) else state.turbulent
    return Climate(vix=vix, vix_rank=rank, turbulent=turbulent)


def _state(known: Briefing, book: LedgerBook) -> LadderState:
    return LadderState(rungs=tuple(_rungs(known, book)), budget=book.free)


def _rungs(known: Briefing, book: LedgerBook) -> Iterator[RungState]:
    today = known.instant.astimezone(NEW_YORK).date()
    for held in sorted(book.positions.values(), key=lambda p: p.key):
        if held.contract is not None and held.quantity > 0:
            yield RungState(
                contract=str(held.contract), days=(held.contract.expiry - today).days, cost=held.amount,
                value=None if held.mark is None else held.value, delta=_delta(known, held),
            )  # fmt: skip


def _delta(known: Briefing, held: Position) -> float | None:
    """Delta at the last close, from the position's mark there; None where price or mark is unknown."""
    contract = held.contract
    bars = known.bars(contract.underlying) if contract is not None else ()
    rate = _value(known.rules.get("RATE-1.rate"))
    if contract is None or held.mark is None or not bars or bars[-1].day != known.day or isinstance(rate, tuple | None):
        return None
    left = pricing.years(_close(known.day), pricing.expiry_close(contract.expiry, xnys()))
    terms = {"spot": bars[-1].close, "strike": float(contract.strike), "years": left, "rate": float(rate)}
    volatility = float(pricing.implied_volatility(float(held.mark), put=contract.is_put, **terms))
    found = float(pricing.delta(put=contract.is_put, volatility=volatility, **terms))
    return found if found == found else None


def _close(day: date) -> datetime:
    session = xnys().session(day)
    assert session is not None
    return session.close


def _toml(value: Value | Decimal) -> str:
    return f"[{value[0]:g}, {value[1]:g}]" if isinstance(value, tuple) else f"{value:g}"
