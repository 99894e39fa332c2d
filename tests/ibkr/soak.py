"""`uv run python -m tests.ibkr.soak`: a live run over a simulated TWS, 24 hours of it in 24 minutes, with faults.

Market and orders come over the one gateway, the market's time is the gateway's, 60 times as fast as the wall's. At its
end the books are the simulator's, to the cent, and since the second hour no process has grown by more than a tenth.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic, sleep

from attrs import define, field

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.broker import reference
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.testing.tws import Fault, Tws
from tests.ibkr.engines_happening import FOLDER

ACCOUNT, PLUGINS = "U7", "gen_acc,rev_acc,com_acc,protocol"
SYMBOLS, MONDAY, LAST = "NVDA,QQQ,TSLA", date(2026, 1, 5), date(2026, 1, 9)
SETTINGS = (
    "look=0.1",
    "stale=60",
    "retry=0.1",
    "retry_most=0.5",
    "grace=0.1",
    "settle=0.2",
    "fees=0.5",
    "acknowledged=2",
)
BAND = 1.10
"""Resident memory of a process at any hour from the second on, against that at the second."""
CUTS = (("placeOrder", "cut"), ("placeOrder", "cut_after"), ("openOrder", "cut"), ("orderStatus", "cut_after"))
HOUR = timedelta(hours=1)


@define
class Soak:
    """A live run in a home of its own."""

    folder: Path
    tws: Tws
    memory: list[tuple[int, float, float]] = field(factory=list)

    # --- the command line ---

    def options(self):
        sets = (f"ibkr.port={self.tws.port}", *(f"ibkr.{each}" for each in SETTINGS), f"broker.account={ACCOUNT}")
        return ["--home", self.home, "--plugins", PLUGINS, "--broker", "ibkr", *(p for s in sets for p in ("--set", s))]

    def run(self, *more):
        period = ("--from", MONDAY, "--to", LAST, "--symbols", SYMBOLS, "--earnings", self.reports)
        return [
            "run",
            "--mode",
            "live",
            "--pace",
            "real",
            "--market",
            "ibkr",
            "--no-record",
            *self.options(),
            *period,
            *more,
        ]

    def start(self, *arguments):
        given = {**os.environ, FOLDER: str(self.folder / "tws")}
        command = [sys.executable, "-m", "tests.ibkr.soak_process", *map(str, arguments)]
        with (self.folder / "said").open("w") as said:
            return subprocess.Popen(command, env=given, stdout=said, stderr=said, start_new_session=True)

    def ends(self, *arguments):
        """The exit code of a command, and what it said."""
        return self.start(*arguments).wait(120), (self.folder / "said").read_text()

    @property
    def home(self):
        return self.folder / "home"

    @property
    def reports(self):
        """A file of report dates: a gateway tells none."""
        file = self.folder / "earnings.csv"
        far = LAST + timedelta(days=60)
        rows = (f"{symbol},{far},AMC,true,{MONDAY}\n" for symbol in SYMBOLS.split(","))
        file.write_text("symbol,date,session,confirmed,as_of\n" + "".join(rows))
        return file

    # --- what is asserted ---

    def is_armed_first(self):
        """Live is refused until plugins are locked and a person has armed the account, and with other plugins after."""
        by = ("--by", "Ann", "--reason", "soak")
        expect(self.ends(*self.run()), 3, "lock")
        expect(self.ends("arm", *by, "--confirm", ACCOUNT, *self.options()), 3, "lock")
        expect(self.ends("plugins", "lock", "--plugins", PLUGINS, "--home", self.home), 0, "")
        expect(self.ends(*self.run()), 3, "not armed")
        expect(self.ends("arm", *by, "--confirm", "U8", *self.options()), 2, "not armed")
        expect(self.ends("arm", *by, "--confirm", ACCOUNT, *self.options()), 0, f"armed: live trading of {ACCOUNT}")
        expect(self.ends(*self.run("--plugins", "gen_acc,protocol")), 3, "plugins")

    def weigh(self, hour, engine):
        """Resident memory of both processes, MB."""
        self.memory.append((hour, resident(engine.pid), resident(self.tws._process.pid)))
        print(f"hour {hour:2}: engine {self.memory[-1][1]:.1f} MB, simulator {self.memory[-1][2]:.1f} MB", flush=True)

    def is_flat(self):
        """No process has grown beyond the band since its second hour."""
        later = [each for each in self.memory if each[0] >= 2]
        for place, name in ((1, "engine"), (2, "simulator")):
            sizes = [each[place] for each in later]
            print(
                f"{name}: {min(sizes):.1f} to {max(sizes):.1f} MB from hour 2 on, {max(sizes) / sizes[0]:.3f} of hour 2"
            )
            assert max(sizes) <= BAND * sizes[0], (name, sizes)

    def agrees(self):
        """Books and simulator are equal, and nothing was done twice; gives what was traded in words."""
        control = self.tws.control
        with open_ledger(self.home, create=False) as ledger:
            assert all(report.ok for report in verify_all(ledger))
            (listed,) = ledger.runs()
            run = ledger.run(listed.id)
            book, entries = run.book, tuple(run.entries())
        there = control.account(ACCOUNT)
        held = Counter()
        for position in book.positions:
            held[position.contract.osi if position.contract else position.symbol] += position.quantity
        assert {name: count for name, count in held.items() if count} == there.holdings, (held, there.holdings)
        assert sum(each.cash for each in book.ledgers.values()) == there.cash
        sent = [each.reference for each in control.orders()]
        assert len(sent) == len(set(sent))
        assert set(sent) <= {reference(e.event.key) for e in entries if e.kind == "IntentRecorded"}
        booked = sorted(e.event.execution for e in entries if e.kind == "Filled")
        assert booked == sorted(each.id for each in control.fills() if each.reference and not each.combo)
        assert control.violations() == ()
        rates = control.rates()
        assert sum(each.strikes for each in rates) == 0, rates
        peak = max(each.peak for each in rates)
        return (
            f"{len(sent)} orders, {len(booked)} executions, {len(entries)} entries, {len(rates)} connections; "
            f"at most {peak} messages within a second"
        )


def expect(told, code, words):
    assert (told[0], words in told[1]) == (code, True), told


def resident(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def troubles(began, hours):
    """What goes wrong when: cuts all the day, two outages, the gateway's restart, an assignment in the night."""
    for number in range(2 * hours):
        yield began + timedelta(minutes=7 + 30 * number), lambda control, n=number: broken(control, n)
    for number, code in enumerate((1102, 1101)):
        lost = began + timedelta(minutes=50 + 190 * number)
        yield lost, lambda control: control.link(1100)
        yield lost + timedelta(minutes=6), lambda control, code=code: control.link(code)
    evening = datetime.combine(MONDAY, time(23, 45), NEW_YORK).astimezone(UTC)
    yield evening, lambda control: control.down()
    yield evening + timedelta(minutes=10), lambda control: control.up()
    yield evening + timedelta(hours=3), assigned


def broken(control, number):
    """Every other time the next order is cut off, else everybody at once."""
    if number % 2:
        control.cut()
    else:
        message, deed = CUTS[number // 2 % len(CUTS)]
        control.fault(Fault(message=message, deed=deed))


def assigned(control):
    """One contract of the first put that is short."""
    short = sorted(n for n, held in control.account(ACCOUNT).holdings.items() if held < 0 and n[12:13] == "P")
    if short:
        control.assign(ACCOUNT, short[0], 1)


def soak(folder, hours, speed):
    """Let it run so many hours of its market at so many times the wall's pace; what it came to in words."""
    with Tws(
        folder / "tws", market="synthetic", symbols=SYMBOLS, seed=7, first=str(MONDAY), last=str(LAST),
        accounts=f"{ACCOUNT}:1000000", fills="seeded", seconds=600,
    ) as tws:  # fmt: skip
        one = Soak(folder, tws)
        one.is_armed_first()
        began = tws.control.now()
        engine = one.start(*one.run())
        try:
            wait_until(lambda: len(tws.control.clients()) == 2, 120)
            tws.control.pace(speed)
            live(one, engine, began, hours)
            tws.control.mend()
            sleep(2)
            tws.control.pace(0)
            sleep(3)
        finally:
            engine.send_signal(signal.SIGINT)
            engine.wait(60)
        one.is_flat()
        return one.agrees()


def live(one, engine, began, hours):
    """All troubles in their time, and the memory hour by hour."""
    control, waiting = one.tws.control, sorted(troubles(began, hours), key=lambda each: each[0])
    for hour in range(1, hours + 1):
        while (now := control.now()) < began + hour * HOUR:
            while waiting and waiting[0][0] <= now:
                waiting.pop(0)[1](control)
            assert engine.poll() is None, (one.folder / "said").read_text()
            sleep(0.05)
        one.weigh(hour, engine)


def wait_until(holds, seconds):
    end = monotonic() + seconds
    while not holds():
        assert monotonic() < end, "it did not come about in time"
        sleep(0.05)


def main():
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--hours", type=int, default=24, help="of the market")
    given.add_argument("--speed", type=float, default=60, help="market seconds a second")
    told = given.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(soak(Path(folder), told.hours, told.speed))


if __name__ == "__main__":
    main()
