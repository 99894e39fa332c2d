"""The income statement: what was realised in a period, by account of the chart; unrealised results apart."""

from datetime import date

from allusr_sdk.ledger import Run
from allusr_sdk.ledger.chart import CHART, REALISED
from allusr_sdk.ledger.queries import balances
from allusr_sdk.reports.statements.layout import Statement, by_account, columns, less, line, total
from allusr_sdk.reports.statements.unrealised import Unrealised, before, unrealised


def income_statement(run: Run, first: date | None = None, at: date | None = None) -> Statement:
    """What was realised from one New York date to another, both included.

    Args:
        run: the run.
        first: the first date; None is the run's beginning.
        at: the last date; None is the journal's end.
    """
    now, start = by_account(balances(run, at)), before(first)
    amounts = less(now, by_account(balances(run, start)) if start else {})
    across = columns(run, (ledger for ledger, _ in now))
    rows = [
        line(account, CHART[account], "line", [total(amounts, column, (account,), -1) for column in across])
        for account in sorted(REALISED)
    ]
    rows.append(line("realised", "Realised", "total", [total(amounts, column, REALISED, -1) for column in across]))
    ended, begun = unrealised(run, at), unrealised(run, start) if start else Unrealised({})
    change = [
        None if new is None or old is None else new - old
        for new, old in zip(ended.of(across), begun.of(across), strict=True)
    ]
    rows.append(line("unrealised", "Change of unrealised at last marks", "apart", change))
    return Statement("income", first, at, across, tuple(rows), tuple(sorted({*ended.unmarked, *begun.unmarked})))
