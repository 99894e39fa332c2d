"""What the tests of gates and checks ask: an entry, an order, and the rules that object."""

from decimal import Decimal

from allusr_sdk.contracts import Atr
from allusr_sdk.kernel.limits import Entry
from allusr_sdk.kernel.orders import Leg, Order, ladder, middle
from allusr_sdk.model.intents import Band, Shares
from allusr_sdk.model.positions import Working
from tests.builders import (
    CALL,
    RULES,
    account,
    books,
    contract,
    market,
    quote,
    sell,
    snapshot,
)

PUT_270 = contract(270)
CALL_280 = contract(280, right=CALL)
CALL_BAND = Band("CAD-8", 0.40, 0.45, 0, 1, "sessions", 0.10)


def entry(
    intent=None, *, view=None, ledger=None, others=(), universe=7, rules=RULES, approved=RULES.stamp, atr=2.0, **of_book
):
    held = ledger or books(cash="400000")
    seen = view or market(snapshot(spot=272.0))
    ranges = Atr(atr, "SMA5") if atr is not None else None
    return Entry(
        intent or sell(quote(PUT_270)), seen, held, account(held, *others, **of_book), rules, universe, approved,
        lambda symbol: ranges,
    )  # fmt: skip


def order(intent, lots=1, *, ledger="gen_acc", prices=None, rule="CAD-4 CAD-10"):
    found = intent.quote
    mid, bid, ask = middle(found), Decimal(str(found.bid)), Decimal(str(found.ask))
    walk = prices or ladder(mid, bid, found.contract, RULES, selling=True, steps=10)
    reserve = found.contract.notional * lots if found.contract.is_put else Decimal("0.00")
    return Order(
        key="k", ledger=ledger, symbol=intent.symbol, legs=(Leg(found.contract, -lots, bid, ask),),
        prices=tuple(Decimal(p) for p in walk), mid=mid, step_seconds=10, opening=True, rule=rule, reserve=reserve,
    )  # fmt: skip


def share_purchase(count=100, *, ask="272.01", ledger="gen_acc"):
    intent = Shares("AAPL", "CAD-9", quantity=count)
    price = Decimal(ask)
    made = Order(
        key="k", ledger=ledger, symbol="AAPL", legs=(Leg("AAPL", count, price - Decimal("0.02"), price),),
        prices=(price,), mid=price - Decimal("0.01"), step_seconds=10, opening=count > 0, rule="CAD-9",
        reserve=price * max(count, 0),
    )  # fmt: skip
    return intent, made


def working(ledger, what, *, opening):
    return Working("w", ledger, "AAPL", what, 1, opening)


def rules_of(vetoes):
    return [v.rule for v in vetoes]


def reasons(vetoes):
    return "; ".join(f"{v.rule} {v.why}" for v in vetoes)
