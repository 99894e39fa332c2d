"""An account of the test broker and what is asked of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from allusr_sdk.model.broker import Part, Report, Ticket
from allusr_sdk.testing.brokerage import Account, Rules

AT = datetime(2026, 2, 12, 15, 0, tzinfo=UTC)
CLOSE = AT + timedelta(hours=6)
PUT, CALL, LOWER = "SPY   260213P00690000", "SPY   260213C00700000", "SPY   260213P00680000"
BID, ASK = Decimal("2.00"), Decimal("2.04")
CASH = Decimal("1000000.00")


def ticket(reference="au-1", quantity=-2, limit="2.00", instrument=PUT, until=CLOSE):
    leg = Part(instrument, quantity, BID, ASK)
    return Ticket(reference=reference, legs=(leg,), limit=Decimal(limit), until=until)


def account(fills="touch", partial=0, seed=7):
    made = Account.opened_with(CASH, rules=Rules(fills=fills, partial=partial, seed=seed))
    made.advance(AT)
    return made


def words(news):
    return [each.status if isinstance(each, Report) else each.quantity for each in news]


def held(statement):
    return {each.instrument: each.quantity for each in statement.holdings}
