"""A ledger of as many postings as one wants: ten years of weekly puts, written in bulk with the hashes they have."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from attrs import frozen
from sqlalchemy import insert, update

from allusr_sdk.ledger.entry import GENESIS, digest, line_rows, payload_text, utc_text
from allusr_sdk.ledger.outcomes import outcome
from allusr_sdk.ledger.postings import lines_of
from allusr_sdk.ledger.tables import entries, postings, runs
from allusr_sdk.model.events import Assigned, Expired, Filled, Funded, RunStarted

SYMBOLS = ("AAPL", "MSFT", "NVDA", "AMZN", "GOOG", "META", "TSLA", "AMD", "JPM", "XOM")
LEDGERS = ("gen_acc", "rev_acc", "com_acc")
FIRST, WEEKS = date(2016, 1, 4), 520
BATCH = 20_000
D = Decimal


@frozen
class Made:
    """A run's number, its postings, and lots that it leaves open."""

    run: int
    postings: int
    open: int


class Maker:
    """Rows of a run. Of 50 puts a week 25 are bought back, 24 lapse, one in four weeks is assigned and one stays."""

    def __init__(self, ledger, run=1):
        self._engine, self._run = ledger.engine, run
        self._seq, self._head, self._posted = 0, GENESIS, 0
        self._entries, self._postings, self._open = [], [], 0

    def make(self, wanted):
        """Write until there are as many postings as wanted."""
        noon = datetime(FIRST.year, FIRST.month, FIRST.day, 15, 0, tzinfo=UTC)
        begun = {"id": self._run, "started": utc_text(noon), "entries": 0, "head": GENESIS, "chain": "run"}
        with self._engine.begin() as connection:
            connection.execute(insert(runs), begun)
            self._write(connection, noon, RunStarted(
                mode="backtest", market="bench", first=FIRST, last=FIRST + timedelta(weeks=WEEKS), seed=1,
                capital=D("900000000"), settings="none", rulebook="bench",
            ))  # fmt: skip
            for name in LEDGERS:
                self._write(connection, noon, Funded(ledger=name, amount=D("300000000.00")))
            each = wanted // WEEKS
            for week in range(WEEKS):
                self._week(connection, week, noon + timedelta(weeks=week), each * (week + 1))
            self._flush(connection)
            connection.execute(update(runs).where(runs.c.id == self._run).values(entries=self._seq, head=self._head))
        return Made(self._run, self._posted, self._open)

    def _week(self, connection, week, opens, wanted):
        number, expiry = 0, (opens + timedelta(days=4)).date()
        while self._posted < wanted:
            symbol, ledger = SYMBOLS[number % 10], LEDGERS[number % 3]
            put = f"{symbol:<6}{expiry:%y%m%d}P{100_000 + 500 * (number // 10):08d}"
            about = {"ledger": ledger, "symbol": symbol, "instrument": put}
            at = opens + timedelta(milliseconds=number)
            self._write(connection, at, self._fill(about, -1, "1.69", opening=True))
            self._end(connection, week, number, about, at)
            number += 1

    def _end(self, connection, week, number, about, at):
        if number % 2:
            self._write(connection, at, self._fill(about, 1, "0.42", opening=False))
        elif number == 48 and week % 4 == 0:
            self._write(connection, at, Assigned(**about, quantity=-1, settlement=D("90.00")))
            self._open += 1
        elif number == 46 and week >= WEEKS - 2:
            self._open += 1
        else:
            self._write(connection, at, Expired(**about, quantity=-1, settlement=D("300.00")))

    def _fill(self, about, quantity, price, *, opening):
        key = f"k{self._seq}"
        return Filled(
            **about, rule="CAD-4", key=key, execution=f"e{self._seq}", quantity=quantity, price=D(price),
            fee=D("0.70"), touch=D(price), opening=opening,
        )  # fmt: skip

    def _write(self, connection, at, event):
        lines = self._lines(event, at.date())
        self._seq += 1
        row = {
            "seq": self._seq, "at": utc_text(at), "cycle": 1, "state": "MONITORING", "kind": event.kind,
            "ledger": event.ledger, "symbol": event.symbol, "rule": event.rule, "rulebook": "bench",
            "payload": payload_text(event), "prev_hash": self._head,
        }  # fmt: skip
        row["hash"] = self._head = digest(row, lines)
        self._entries.append({"run": self._run, **row})
        self._postings += [{"run": self._run, **each} for each in line_rows(self._seq, lines)]
        self._posted += len(lines)
        if len(self._entries) >= BATCH:
            self._flush(connection)

    def _lines(self, event, day):
        """As the fold posts them: what ends is the lot that the entry before it began."""
        opening = isinstance(event, Filled) and event.opening
        result = outcome(event, {} if opening else self._held(), day)
        if result is None:
            return ()
        self._lots = result.lots if opening else {}
        return lines_of(event.ledger, result)

    def _held(self):
        return getattr(self, "_lots", {})

    def _flush(self, connection):
        for table, rows in ((entries, self._entries), (postings, self._postings)):
            if rows:
                connection.execute(insert(table), rows)
        self._entries, self._postings = [], []
