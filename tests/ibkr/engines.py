"""Engines in processes of their own over one simulated TWS that outlives them: each can be killed and started again."""

import json
import signal
from collections import Counter

from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.verify import verify_all
from allusr_sdk.model.broker import reference
from allusr_sdk.testing.tws import Tws
from tests.crash.lives import KILLER, REAPER
from tests.forking import forked
from tests.ibkr.engines_happening import ACCOUNT, FOLDER

SHORT = {
    "retry": 0.05,
    "retry_most": 0.2,
    "grace": 0.02,
    "settle": 0.02,
    "fees": 0.5,
    "seconds": 3,
    "acknowledged": 1,
    "heartbeat": 1,
}
"""Waits of the broker by the wall clock, in seconds."""
STARTS, REFUSED = 5, 3


class Engines:
    """One account of a simulated TWS that shows the synthetic market, and a home.

    Args:
        plans: what happens to the simulator: instant, verb, what it is given.
        options: of `Tws`.
    """

    def __init__(
        self, folder, symbols, first, last, seed, plans=(), sleeves="gen_acc,rev_acc,com_acc,protocol", **options
    ):
        self.folder, self.home = folder, folder / "home"
        period = {"first": str(first), "last": str(last)}
        self.tws = Tws(
            folder / "tws", market="synthetic", symbols=symbols, seed=seed, **{"seconds": 900, **period, **options}
        )
        self._plans = [(at.isoformat(), verb, given) for at, verb, given in plans]
        self._options = (
            "--plugins", f"{sleeves},{KILLER},{REAPER}", "--symbols", symbols, "--seed", seed, "--from", first,
            "--to", last,
        )  # fmt: skip

    def __enter__(self):
        self.tws.start()
        self.control.turn(rate=100_000)
        (self.folder / "tws" / "plans").write_text(json.dumps(self._plans))
        return self

    def __exit__(self, *error):
        self.tws.__exit__(None, None, None)

    @property
    def control(self):
        return self.tws.control

    def start(self, *, kill_at=0, kill_after=0.0, reap=()):
        """Start one and wait for its end, or its kill; returns whether it came to the end of the market.

        One that is cut off before it knows whose account it is refuses to run, and is started once more.
        """
        given = {
            "ALLUSR_KILL_AT": kill_at, "ALLUSR_KILL_AFTER": kill_after, "ALLUSR_REAP": ";".join(reap),
            "ALLUSR_REAPED": self.folder / "reaped", FOLDER: self.folder / "tws",
        }  # fmt: skip
        for _ in range(STARTS):
            code, said = self._run({name: str(value) for name, value in given.items()})
            if not (code == REFUSED and "refused: broker" in said):
                break
        assert code in (0, -signal.SIGKILL), said
        return code == 0

    def _run(self, given):
        settings = {"port": self.tws.port, **SHORT}
        sets = [part for name, value in settings.items() for part in ("--set", f"ibkr.{name}={value}")]
        told = ("--mode", "paper", "--json", "--no-record", "--home", self.home, "--broker", "ibkr")
        words = [str(part) for part in ("run", *told, *self._options, *sets)]
        done = forked(words, given, of="tests.ibkr.engines_process")
        return done.returncode, done.stderr

    # --- what stands on both sides ---

    def read(self, look):
        """Whatever is asked of the run, verified."""
        with open_ledger(self.home, create=False) as ledger:
            assert all(report.ok for report in verify_all(ledger))
            (listed,) = ledger.runs()
            return look(ledger.run(listed.id))

    def events(self, kind):
        return [entry.event for entry in self.read(lambda run: tuple(run.entries(kind=kind)))]

    def once(self):
        """One order an intent at the broker, none without one, and no execution booked twice or made up."""
        sent = Counter(order.reference for order in self.control.orders())
        assert {name: count for name, count in sent.items() if count > 1} == {}
        assert sent.keys() <= {reference(each.key) for each in self.events("IntentRecorded")}
        booked = Counter(each.execution for each in self.events("Filled"))
        assert {name: count for name, count in booked.items() if count > 1} == {}
        assert booked.keys() <= self.told
        assert self.control.violations() == ()

    @property
    def told(self):
        """Ids of the executions of our orders, combos by their legs."""
        return {each.id for each in self.control.fills() if each.reference and not each.combo}

    def agree(self):
        """Every execution is booked with what it cost; books and broker are equal to the contract and the cent."""
        self.once()
        told = {each.id: each.fee for each in self.control.fills() if each.id in self.told}
        booked = {each.execution: each.fee for each in self.events("Filled")}
        for each in self.events("Corrected"):  # a fee that came late took the place of an estimate (B08)
            booked[each.corrects] += each.fee
        differing = sorted(name for name in booked.keys() | told.keys() if booked.get(name) != told.get(name))
        assert not differing, {name: (booked.get(name), told.get(name)) for name in differing}
        book, there = self.read(lambda run: run.book), self.control.account(ACCOUNT)
        held = Counter()
        for position in book.positions:
            held[position.contract.osi if position.contract else position.symbol] += position.quantity
        assert {name: count for name, count in held.items() if count} == there.holdings
        assert sum(ledger.cash for ledger in book.ledgers.values()) == there.cash
        assert not [key for ledger in book.ledgers.values() for key in ledger.working]
        assert (dict(book.breaks), {"BREAK", "LINK"} & book.switches.keys()) == ({}, set())
