"""Balance sheet, income statement and cash flow: by ledger, by account, and of the whole user (LG-2)."""

from allusr_sdk.reports.statements.balance import balance_sheet
from allusr_sdk.reports.statements.cash import cash_flow
from allusr_sdk.reports.statements.income import income_statement
from allusr_sdk.reports.statements.layout import Column, Row, Statement

__all__ = ["Column", "Row", "Statement", "balance_sheet", "cash_flow", "income_statement"]
