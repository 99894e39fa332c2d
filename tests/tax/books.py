"""A taxpayer's life in short forms: buy, sell, write, assign, on New York days, in a ledger in memory."""

from datetime import date, datetime, time
from decimal import Decimal
from itertools import count

from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import (
    Assigned,
    Corrected,
    DividendPaid,
    Exercised,
    Expired,
    Filled,
    Funded,
    Marked,
    RunStarted,
    SplitApplied,
)
from allusr_sdk.model.options import Contract
from allusr_sdk.tax.terms import Terms
from allusr_sdk.tax.year import report


class Books:
    """Every verb appends an event at noon of a day (`2026-06-15`) and returns the entry."""

    def __init__(self, mode="backtest", ledger=None):
        self.ledger = ledger or open_ledger("sqlite://")
        self.numbers = count(1)
        head = RunStarted(
            mode=mode, market="books", first=date(2024, 1, 2), last=date(2030, 12, 31), seed=0,
            capital=Decimal("9000000.00"), settings="none", rulebook="books",
        )  # fmt: skip
        self.run = self.ledger.start_run(head, self.noon("2014-01-02"), batch=True)
        self.funded = set()

    def close(self):
        self.ledger.close()

    @staticmethod
    def noon(day):
        return datetime.combine(date.fromisoformat(day), time(12), NEW_YORK)

    def tell(self, day, event):
        if event.ledger not in self.funded:
            self.funded.add(event.ledger)
            self.tell(day, Funded(ledger=event.ledger, amount=Decimal("3000000.00")))
        return self.run.append(event, at=self.noon(day), cycle=1, state="MONITORING", rulebook="books")

    def fill(self, day, instrument, quantity, price, *, opening, ledger="gen_acc", fee="0.00", key=None):
        number = next(self.numbers)
        symbol = Contract.parse(instrument, adjusted=True).underlying if len(instrument) > 15 else instrument
        return self.tell(day, Filled(
            ledger=ledger, symbol=symbol, instrument=instrument, key=key or f"k{number}", execution=f"e{number}",
            quantity=quantity, price=Decimal(price), fee=Decimal(fee), touch=None, opening=opening,
        ))  # fmt: skip

    def buy(self, day, instrument, quantity, price, **more):
        return self.fill(day, instrument, quantity, price, opening=True, **more)

    def sell(self, day, instrument, quantity, price, **more):
        return self.fill(day, instrument, -quantity, price, opening=False, **more)

    def write(self, day, instrument, quantity, price, **more):
        return self.fill(day, instrument, -quantity, price, opening=True, **more)

    def back(self, day, instrument, quantity, price, **more):
        return self.fill(day, instrument, quantity, price, opening=False, **more)

    def expire(self, day, instrument, quantity, ledger="gen_acc"):
        return self.tell(day, Expired(**self.where(instrument, ledger), quantity=quantity))

    def assign(self, day, instrument, quantity, ledger="gen_acc", fee="0.00", cash=None):
        where = self.where(instrument, ledger)
        return self.tell(day, Assigned(**where, quantity=-quantity, fee=Decimal(fee), cash=cash))

    def exercise(self, day, instrument, quantity, ledger="gen_acc"):
        return self.tell(day, Exercised(**self.where(instrument, ledger), quantity=quantity))

    def split(self, day, symbol, ratio, ledger="gen_acc"):
        return self.tell(day, SplitApplied(ledger=ledger, symbol=symbol, ratio=ratio))

    def dividend(self, day, symbol, shares, each, ledger="gen_acc"):
        cash = Decimal(each) * shares
        return self.tell(
            day, DividendPaid(ledger=ledger, symbol=symbol, shares=shares, per_share=Decimal(each), cash=cash)
        )

    def mark(self, day, instrument, price, ledger="gen_acc"):
        symbol = self.where(instrument, ledger)["symbol"] if len(instrument) > 15 else instrument
        return self.tell(
            day, Marked(ledger=ledger, symbol=symbol, position=f"{ledger}:{instrument}", mark=Decimal(price))
        )

    def correct(self, day, execution, amount, *, key, instrument, fee="0.00", ledger="gen_acc"):
        return self.tell(day, Corrected(
            ledger=ledger, symbol=instrument[:6].strip(), instrument=instrument, key=key, execution=f"{execution}.1",
            corrects=execution, amount=Decimal(amount), fee=Decimal(fee),
        ))  # fmt: skip

    @staticmethod
    def where(instrument, ledger):
        symbol = Contract.parse(instrument, adjusted=True).underlying
        return {"ledger": ledger, "symbol": symbol, "instrument": instrument, "settlement": Decimal("1.00")}

    def year(self, year=2026, mode="taxpayer", **terms):
        """The year in one mode."""
        return self.report(year, mode=mode, **terms).chosen

    def report(self, year=2026, **terms):
        return report(self.run, year, Terms(**terms))
