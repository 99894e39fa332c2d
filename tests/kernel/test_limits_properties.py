"""Whatever is proposed: sizes stay in their bounds, and no order leaves that KS-11 would refuse."""

from datetime import timedelta
from decimal import Decimal
from random import Random

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from allusr_sdk import Shares
from allusr_sdk.kernel.sizing import Capital, Demand, allot
from allusr_sdk.model.views import Grain
from tests.builders import FRIDAY, NAN, RULES, World, board, contract, later, market, moment, sell, snapshot, stub
from tests.kernel.scenes import held_shares

# --- CAD-10 and CAD-11 ----------------------------------------------------------------------------------------------

DOLLARS = st.integers(0, 3_000_000).map(Decimal)
DEMANDS = st.lists(
    st.builds(
        Demand,
        symbol=st.sampled_from("ABCDEFG"),
        strike=st.integers(5, 800).map(Decimal),
        credit=st.integers(10, 900).map(lambda cents: Decimal(cents) / 100),
        exposure=st.integers(0, 200_000).map(Decimal),
        cap=st.integers(0, 200),
    ),
    min_size=1,
    max_size=7,
    unique_by=lambda demand: demand.symbol,
)
CAPITALS = st.builds(
    Capital,
    deployable=DOLLARS,
    share=st.sampled_from([Decimal("0.95"), Decimal("0.475")]),
    committed=st.one_of(st.just(Decimal(0)), st.integers(0, 2_000_000).map(Decimal)),
    universe=st.integers(1, 9),
    eligible=st.integers(0, 9),
)


def tied(demand, lots):
    return lots * 100 * demand.strike


def unit(demand):
    return 100 * demand.strike + RULES.money("FEE-1.option")


@given(DEMANDS, CAPITALS)
def test_no_size_passes_the_budget_the_symbols_cap_or_what_was_asked_for(demands, capital):
    granted = allot(demands, capital, RULES)
    assert set(granted) <= {d.symbol for d in demands}
    spent = sum(granted[d.symbol].lots * unit(d) for d in demands if d.symbol in granted)
    if spent:
        assert capital.committed + spent <= capital.share * capital.deployable
    for demand in demands:
        got = granted.get(demand.symbol)
        if got is None:
            continue
        assert isinstance(got.lots, int)
        assert 0 <= got.lots <= demand.cap
        if got.lots and "CAD-11" not in got.rule:
            assert demand.exposure + tied(demand, got.lots) <= capital.symbol_cap(RULES)


@given(DEMANDS, CAPITALS)
def test_nothing_that_would_still_fit_is_left(demands, capital):
    granted = allot(demands, capital, RULES)
    if any("CAD-11" in a.rule for a in granted.values()):
        return
    budget = capital.share * capital.deployable - capital.committed
    budget -= sum(granted[d.symbol].lots * unit(d) for d in demands)
    for demand in demands:
        lots = granted[demand.symbol].lots
        room = min(budget, capital.symbol_cap(RULES) - demand.exposure - tied(demand, lots))
        assert lots == demand.cap or room < unit(demand)


@given(DEMANDS, st.integers(1_000, 120_000), st.integers(1, 9))
def test_the_exception_is_one_lot_of_the_cheapest_in_an_untouched_sleeve(demands, deployable, universe):
    capital = Capital(Decimal(deployable), Decimal("0.95"), Decimal(0), universe, len(demands))
    granted = allot(demands, capital, RULES)
    got = {s: a.lots for s, a in granted.items() if a.lots}
    cheapest = min(demands, key=lambda d: (d.strike, d.symbol))
    if any("CAD-11" in a.rule for a in granted.values()):
        assert got == {cheapest.symbol: 1}
        assert unit(cheapest) <= Decimal("0.60") * deployable
    elif not got:
        assert unit(cheapest) > Decimal("0.60") * deployable or cheapest.cap == 0
    assert not any(allot(demands, evolve(capital, committed=Decimal(1)), RULES)[d].rule != "CAD-10" for d in granted)


@given(DEMANDS, CAPITALS)
def test_a_hedged_week_never_gives_more(demands, capital):
    half = allot(demands, Capital(capital.deployable, Decimal("0.475"), capital.committed, 4, 1), RULES)
    whole = allot(demands, Capital(capital.deployable, Decimal("0.95"), capital.committed, 4, 1), RULES)
    tied_in = [sum(tied(d, a[d.symbol].lots) for d in demands if d.symbol in a) for a in (half, whole)]
    if tied_in[0]:
        assert capital.committed + tied_in[0] <= Decimal("0.475") * capital.deployable
    if not any("CAD-11" in a.rule for a in (*half.values(), *whole.values())) and len(demands) == 1:
        assert tied_in[0] <= tied_in[1]


# --- orders ---------------------------------------------------------------------------------------------------------

WORLDS = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
STRIKES = [n / 2 for n in range(185, 215)]


def view_of(luck):
    at = moment(clock=luck.choice(["09:45", "10:00", "10:30", "10:50"]))
    volume = luck.choice([90_000.0, 90_000.0, 90_000.0, 3_000.0, 400.0, NAN])
    rows = board("AAPL", 100.0, [FRIDAY], STRIKES, at=at, half=luck.choice([0.01, 0.002]))
    grain = luck.choice([Grain.GRID, Grain.GRID, Grain.COARSE])
    return market(snapshot("AAPL", 100.0, rows, at=at, volumes=(volume, volume)), at=at, grain=grain)


def wish_of(luck, side):
    """What the sleeve asks for at each attempt."""
    lots, pod = luck.choice([None, None, luck.randint(1, 400)]), luck.choice([None, 0, 1])
    count, strike = luck.randint(1, 30_000), luck.choice([99.5, 100] if side == "put" else [100, 100.5])

    def propose(view):
        if side == "shares":
            return [Shares("AAPL", "CAD-9", quantity=count)]
        found = view.quote(contract(strike, right="P" if side == "put" else "C"))
        return [sell(found, delta=-0.42 if side == "put" else 0.42, lots=lots, pod=pod)] if found else []

    return propose


def check_each(order, ledger, view):
    """One order by itself: size, dollars, collar, instant (KS-11.3 to 5, CAD-7)."""
    leg, option = order.legs[0], order.reserve == 0 or order.legs[0].name != "AAPL"
    worth = (leg.instrument.notional if option else max(order.prices)) * order.quantity
    single = order.quantity == 1 and option and ("CAD-11" in order.rule or not leg.instrument.is_put)
    assert worth <= min(Decimal(500_000), ledger.equity / 2) or single
    assert not option or order.quantity <= 50
    low, high = max(leg.bid, order.mid * Decimal("0.95")), order.mid * Decimal("1.05")
    assert all(low <= price if order.selling else price <= high for price in order.prices)
    assert view.clock + timedelta(seconds=order.delay) <= view.session.at(10, 55) or view.grain is Grain.COARSE


def check_together(orders, before, view):
    """All orders of one decision: parent, volume, cash and cover (KS-11.2, 3, 11, LQ-1, RULE-1)."""
    total, leg = sum(o.quantity for o in orders), orders[0].legs[0]
    assert len({o.key for o in orders}) == len(orders)
    assert len({o.group for o in orders}) == 1
    assert sum(o.reserve for o in orders) <= before.cash - before.reserved
    if leg.name == "AAPL":
        return
    volumes = view.snapshots["AAPL"].volumes(leg.instrument)
    assert total <= min(200, volumes[0] / 10)
    if leg.instrument.is_put:
        assert sum(o.reserve for o in orders) == leg.instrument.notional * total
        return
    assert total <= before.uncovered("AAPL")


@WORLDS
@given(st.integers(0, 1_000_000))
def test_no_order_leaves_that_the_pre_trade_list_would_refuse(seed):
    luck = Random(seed)
    funds, side = luck.choice([17_000, 60_000, 400_000, 2_500_000, 20_000_000]), luck.choice(["put", "call", "shares"])
    with World(stub(propose=wish_of(luck, side)), funds={"stub": str(funds)}) as world:
        if side == "call":
            held_shares(world, 100 * luck.randint(1, funds // 15_000), price="99")
        view = view_of(luck)
        for _ in range(3):
            before = world.book.ledgers["stub"]
            orders = world.cycle(view)
            for order in orders:
                check_each(order, before, view)
            if orders:
                check_together(orders, before, view)
            for order in orders:
                ending = luck.choice(["fill", "cancel", "work"])
                if ending != "work":
                    (world.fill if ending == "fill" else world.cancel)(order)
            after = world.book.ledgers["stub"]
            assert after.cash >= after.reserved
            assert after.uncovered("AAPL") >= 0
            view = later(view)
