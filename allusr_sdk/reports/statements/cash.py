"""The cash flow of a period: where each ledger's cash came from and went, fees inside what they were paid for."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from allusr_sdk.ledger import Run
from allusr_sdk.ledger.chart import CASH
from allusr_sdk.ledger.queries import balances
from allusr_sdk.ledger.sums import Flow, flows
from allusr_sdk.model.money import ZERO
from allusr_sdk.reports.statements.layout import Statement, by_account, columns, less, line, total
from allusr_sdk.reports.statements.unrealised import before

LABELS = {
    "contributed": "Capital contributed",
    "premium": "Premium received, after fees",
    "bought_back": "Written options bought back",
    "options_bought": "Options bought",
    "options_sold": "Options sold",
    "shares_bought": "Shares bought",
    "shares_sold": "Shares sold",
    "delivered": "Assignments and exercises",
    "dividends": "Dividends",
    "interest": "Interest received",
    "charges": "Interest and fees paid",
    "transfers": "Transfers between ledgers",
    "other": "Other",
}
_KINDS = {"Funded": "contributed"}
_KINDS |= dict.fromkeys(("Assigned", "Exercised"), "delivered")
_KINDS |= dict.fromkeys(("DividendPaid", "DividendReceived"), "dividends")
_MOVES = ("ForkPaid", "ForkFunded", "MergeSent", "MergeTaken", "TransferSent", "TransferTaken")
_KINDS |= dict.fromkeys(_MOVES, "transfers")
_BY_ACCOUNT = frozenset({"Filled", "Corrected", "CashBooked"})
# (account, debit): a lot that begins stands on one side of its account, what ends on the other or in the result.
_ACCOUNTS = {
    ("2100", False): "premium", ("2100", True): "bought_back",
    ("1200", True): "options_bought", ("1200", False): "options_sold",
    ("1100", True): "shares_bought", ("1100", False): "shares_sold",
}  # fmt: skip
_ACCOUNTS |= {(account, side): key for side in (True, False) for account, key in (
    ("4010", "bought_back"), ("4020", "bought_back"), ("4030", "options_sold"), ("4040", "options_sold"),
    ("4100", "shares_sold"), ("4200", "dividends"), ("4300", "interest"), ("5200", "charges"),
)}  # fmt: skip


def cash_flow(run: Run, first: date | None = None, at: date | None = None) -> Statement:
    """What cash did from one New York date to another, both included; the rows sum to its change in every column.

    Args:
        run: the run.
        first: the first date; None is the run's beginning.
        at: the last date; None is the journal's end.
    """
    now, start = by_account(balances(run, at)), before(first)
    earlier = by_account(balances(run, start)) if start else {}
    amounts = less(_sorted(flows(run, at)), _sorted(flows(run, start)) if start else {})
    across = columns(run, (ledger for ledger, _ in now))
    rows = [line(key, label, "line", [total(amounts, column, (key,), -1) for column in across])
            for key, label in LABELS.items()]  # fmt: skip
    rows = [row for row in rows if row.key != "other" or any(row.amounts)]
    rows += [
        line("change", "Change of cash", "total", [total(amounts, column, LABELS, -1) for column in across]),
        line("before", "Cash before", "apart", [total(earlier, column, (CASH,)) for column in across]),
        line("after", "Cash at the end", "apart", [total(now, column, (CASH,)) for column in across]),
    ]
    return Statement("cash", first, at, across, tuple(rows))


def _sorted(found: Iterable[Flow]) -> dict[tuple[str, str], Decimal]:
    """Dollars by ledger and row, debits positive. Kinds that move no cash sum to zero under `other`."""
    sums: dict[tuple[str, str], Decimal] = {}
    for flow in found:
        by_kind = _KINDS.get(flow.kind, "other")
        key = _ACCOUNTS.get((flow.account, flow.debit), "other") if flow.kind in _BY_ACCOUNT else by_kind
        sums[flow.ledger, key] = sums.get((flow.ledger, key), ZERO) + flow.amount
    return sums
