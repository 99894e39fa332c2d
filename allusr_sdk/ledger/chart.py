"""The chart of accounts (LG-2), and where the amount and the result of a lot stand in it."""

from allusr_sdk.ledger.lots import contract_of
from allusr_sdk.model.positions import Lot

CHART = {
    "1010": "Cash",
    "1100": "Stock inventory (cost)",
    "1200": "Long options (cost)",
    "1290": "MTM adj - long",
    "1300": "Dividends receivable",
    "1900": "Due from other ledger",
    "2100": "Short option premium liability",
    "2190": "MTM adj - short",
    "2900": "Due to other ledger",
    "3010": "Contributed capital",
    "3020": "Fork capital in/out",
    "3030": "Merge capital in/out",
    "3100": "Retained earnings",
    "3500": "Appropriated: tax reserve",
    "3510": "Appropriated: contracts budget",
    "3520": "Appropriated: LEAP budget",
    "4010": "Realised P&L - short puts",
    "4020": "Realised P&L - short calls",
    "4030": "Realised P&L - long options (growth)",
    "4040": "Realised P&L - hedges",
    "4100": "Realised P&L - stock",
    "4200": "Dividend income",
    "4300": "Interest income",
    "5200": "Interest expense",
    "6010": "Unrealised P&L - short options",
    "6020": "Unrealised P&L - long",
}

CASH = "1010"
RECEIVABLE = "1300"
DUE_FROM, DUE_TO = "1900", "2900"
CONTRIBUTED = "3010"
FORKED, MERGED = "3020", "3030"
RETAINED, RESERVE = "3100", "3500"
BUDGETS = {"contracts": "3510", "leaps": "3520"}
DIVIDENDS = "4200"
INTEREST = "4300"
CHARGES = "5200"
"""Interest paid, and what a broker charges for no trade: the chart has no account of its own for it."""
REALISED = frozenset(account for account in CHART if "4000" <= account < "6000")
ADJUSTMENTS, UNREALISED = frozenset({"1290", "2190"}), frozenset({"6010", "6020"})

# (written, put): where its amount stands while it is open, and where its result goes. Shares have no right (None).
_ACCOUNTS = {
    (True, True): ("2100", "4010"),
    (True, False): ("2100", "4020"),
    (False, True): ("1200", "4040"),
    (False, False): ("1200", "4030"),
    (False, None): ("1100", "4100"),
}


def accounts_of(lot: Lot) -> tuple[str, str]:
    """The balance and the result account of a lot."""
    return _ACCOUNTS[lot.quantity < 0, lot.contract.is_put if lot.contract else None]


def result_of(instrument: str, *, written: bool) -> str:
    """The account of what an instrument realised that was written, or owned."""
    contract = contract_of(instrument)
    return _ACCOUNTS[written, contract.is_put if contract else None][1]
