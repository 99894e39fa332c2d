"""What a sleeve's hedges may cost this quarter, and how it is parted between puts and VIX calls (PE-9)."""

from decimal import Decimal

from attrs import frozen

from allusr_sdk import SleeveView

ZERO = Decimal(0)


@frozen
class Budget:
    """Dollars: all that is left of the quarter's budget, and what puts and VIX calls may take of it now."""

    left: Decimal
    puts: Decimal
    calls: Decimal


def budget(view: SleeveView) -> Budget:
    """B of PE-9 less what was spent and what works; the desired parts, scaled in their proportion where B is short."""
    rules, equity = view.rules, max(view.book.equity, ZERO)
    gains, spent = _quarter(view)
    most = max(rules.money("PE-9.gains_share") * max(gains, ZERO), rules.money("PE-9.equity_share") * equity)
    working = sum((order.reserve for order in view.book.working.values() if order.hedges), ZERO)
    left = max(most - spent - working, ZERO)
    puts, calls = rules.money("PE-9.puts_share") * equity, rules.money("PE-9.vix_calls_share") * equity
    desired = puts + calls
    scale = min(Decimal(1), left / desired) if desired > 0 else ZERO
    return Budget(left, puts * scale, calls * scale)


def _quarter(view: SleeveView) -> tuple[Decimal, Decimal]:
    """Result and cost of hedges of the running quarter; both nothing where the books last moved in an earlier one."""
    day, quarter = view.session.day, view.book.quarter
    if quarter.label != f"{day.year}-Q{(day.month + 2) // 3}":
        return ZERO, ZERO
    return view.book.realised - quarter.realised_before, quarter.hedge_cost
