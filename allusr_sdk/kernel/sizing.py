"""How many contracts: CAD-10 and CAD-11 as pure arithmetic over deployable capital."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from attrs import evolve, frozen

from allusr_sdk.rulebook import Rulebook


@frozen
class Capital:
    """What a sleeve may commit, in dollars.

    Attributes:
        deployable: D of CAD-10.
        share: the share of D that may be committed (0.95, half in a hedged week).
        committed: already tied in puts, working orders and shares.
        universe: number of symbols of the sleeve.
        eligible: symbols that passed every gate in this session's window, the ones now asked included.
    """

    deployable: Decimal
    share: Decimal
    committed: Decimal
    universe: int
    eligible: int

    def symbol_cap(self, rules: Rulebook) -> Decimal:
        """The most that one symbol may tie."""
        return max(rules.money("CAD-10.symbol_cap"), Decimal(1) / self.universe) * self.deployable


@frozen
class Demand:
    """One contract that passed every gate: strike in dollars, credit per share, the symbol's exposure, an upper cap."""

    symbol: str
    strike: Decimal
    credit: Decimal
    exposure: Decimal
    cap: int


@frozen
class Allotment:
    """Contracts granted, the bound that set them with its numbers, and the rules behind it."""

    lots: int
    why: str
    numbers: Mapping[str, object]
    rule: str = "CAD-10"


def allot(demands: Sequence[Demand], capital: Capital, rules: Rulebook) -> dict[str, Allotment]:
    """Contracts for each symbol (CAD-10): a floor by budget, symbol cap and target, then one more at a time by yield.

    Where no symbol reaches one contract, the cheapest may have one if it fits the small-account exception (CAD-11).
    """
    granted: dict[str, Allotment] = {}
    for demand in demands:
        allotment = _first_pass(demand, capital, rules)
        granted[demand.symbol] = allotment
        capital = evolve(capital, committed=capital.committed + allotment.lots * _unit(demand, rules))
    granted = _second_pass(demands, capital, rules, granted)
    if demands and not any(a.lots for a in granted.values()):
        return granted | _exception(demands, capital, rules, granted)
    return granted


def _unit(demand: Demand, rules: Rulebook) -> Decimal:
    return 100 * demand.strike + rules.money("FEE-1.option")


def _room(demand: Demand, capital: Capital, rules: Rulebook, lots: int = 0) -> dict[str, Decimal]:
    budget = capital.share * capital.deployable - capital.committed
    cap = capital.symbol_cap(rules) - demand.exposure - lots * 100 * demand.strike
    return {"budget left": budget, "symbol cap": cap}


def _first_pass(demand: Demand, capital: Capital, rules: Rulebook) -> Allotment:
    room = _room(demand, capital, rules)
    room["target"] = capital.share * capital.deployable / max(capital.eligible, 1)
    bound = min(room, key=lambda name: room[name])
    unit = _unit(demand, rules)
    lots = max(0, min(int(room[bound] // unit), demand.cap))
    capped = lots == demand.cap and int(room[bound] // unit) > demand.cap
    why = f"capped at {lots}" if capped else f"{bound} {room[bound]:,.0f} / {100 * demand.strike:,.0f} = {lots}"
    numbers = {name: str(value) for name, value in room.items()} | {
        "deployable": str(capital.deployable * capital.share),
        "eligible": capital.eligible,
        "left": str(room["budget left"] - lots * 100 * demand.strike),
    }
    return Allotment(lots, why, numbers)


def _second_pass(
    demands: Sequence[Demand], capital: Capital, rules: Rulebook, granted: dict[str, Allotment]
) -> dict[str, Allotment]:
    by_yield = sorted(demands, key=lambda d: (-d.credit / (100 * d.strike), d.symbol))
    first, growing = dict(granted), True
    while growing:
        growing = False
        for demand in by_yield:
            got = granted[demand.symbol]
            room = min(_room(demand, capital, rules, got.lots).values())
            if got.lots < demand.cap and room >= _unit(demand, rules):
                more = got.lots + 1 - first[demand.symbol].lots
                why = f"{first[demand.symbol].why}, {'one' if more == 1 else more} more by yield"
                granted[demand.symbol] = evolve(got, lots=got.lots + 1, why=why)
                capital = evolve(capital, committed=capital.committed + _unit(demand, rules))
                growing = True
    return granted


def _exception(
    demands: Sequence[Demand], capital: Capital, rules: Rulebook, refused: Mapping[str, Allotment]
) -> dict[str, Allotment]:
    """One contract of the cheapest symbol, or for how much it misses the exception; nothing in a sleeve with ties."""
    cheapest = min(demands, key=lambda d: (d.strike, d.symbol))
    unit, limit = _unit(cheapest, rules), rules.money("CAD-11.min_lot_share") * capital.deployable
    if capital.committed or cheapest.cap < 1:
        return {}
    least = min(limit, capital.share * capital.deployable)
    numbers = {"unit": str(unit), "limit": str(least)}
    if unit > least:
        miss = refused[cheapest.symbol]
        why = f"{miss.why}; CAD-11 min-lot exception: {unit:,.2f} > {least:,.2f}"
        return {cheapest.symbol: Allotment(0, why, {**miss.numbers, **numbers})}
    why = f"min-lot exception: {cheapest.symbol} is the cheapest"
    return {cheapest.symbol: Allotment(1, why, numbers, "CAD-10 CAD-11")}
