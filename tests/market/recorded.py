"""Markets that are told, and recordings of what was looked at in them."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from allusr_sdk.market.recording import Head, RecordedMarket, Recorder
from allusr_sdk.market.recording.store import place
from allusr_sdk.model.calendar import NEW_YORK, xnys
from allusr_sdk.model.options import Contract, Right
from allusr_sdk.model.views import Bar, Grain, MarketView, Snapshot, Step

DAY, NEXT = date(2026, 1, 8), date(2026, 1, 9)
HEAD = Head(first="0" * 64, market="told", settings="s", rulebook="r", plugins={}, tables={}, rules={})


def record(folder, source, look, first=DAY, last=NEXT, run=1):
    """Walk a source as a run does, looking at each step; returns the recording."""
    recorder = Recorder(folder)
    try:
        for number, step in enumerate(recorder.watch(source, first, last)):
            if not number:
                recorder.begin(run, HEAD)
            look(step)
            recorder.passed("cycle", number, number + 1)
    finally:
        recorder.close()
    assert not recorder.problem
    return RecordedMarket(place(folder, run))


class Told:
    """A source of given steps."""

    description = "told"

    def __init__(self, *steps):
        self._steps = steps

    def steps(self, first, last):
        return iter(self._steps)


class NoBars:
    """A source of bars that knows one."""

    def before(self, symbol, day, count):
        known = [Bar(date(2026, 1, d), 1.0, 2.0, 0.5, 1.5) for d in (2, 5, 6, 7) if date(2026, 1, d) < day]
        return known[-count:]

    def on(self, symbol, day):
        return Bar(day, 1.0, 2.0, 0.5, 1.5) if symbol == "SPY" else None


def step(at="10:00", *, day=DAY, snapshots=(), **parts):
    """A step whose view shows little."""
    instant = datetime.fromisoformat(f"{day} {at}").replace(tzinfo=NEW_YORK).astimezone(ZoneInfo("UTC"))
    told = {name: parts.pop(name) for name in ("closing", "settlements", "actions") if name in parts}
    view = {"vix": None, "earnings": {}, "grain": Grain.COARSE, **parts}
    shown = {s.symbol: s for s in snapshots}
    made = MarketView(
        at=instant, session=xnys().session(day), calendar=xnys(), snapshots=shown, bars=NoBars(), **view
    )  # fmt: skip
    return Step(made, **told)


def snapshot(symbol="SPY", at="10:00", day=DAY, **looks):
    """A snapshot without options."""
    instant = datetime.fromisoformat(f"{day} {at}").replace(tzinfo=NEW_YORK).astimezone(ZoneInfo("UTC"))
    known = {"quotes": lambda wanted: [None for _ in wanted], "volumes": lambda contract: (), **looks}
    return Snapshot(symbol, instant, 99.0, 101.0, 100.0, known.pop("make_chain", None), **known)


def put(strike="100"):
    """A put whose strike is written as given."""
    return Contract("SPY", NEXT, Right.PUT, Decimal(strike))


def shown(view):
    """The light parts of a view, instants with their zones."""
    return (
        view.at, str(view.at.tzinfo), view.session, view.grain, view.vix, view.vix and str(view.vix.at.tzinfo),
        dict(view.earnings), dict(view.dividends), view.rate, view.halted,
        {s: (x.at, str(x.at.tzinfo), repr(x.bid), repr(x.ask), repr(x.last), x.dividend_yield, x.make_chain is None)
         for s, x in view.snapshots.items()},
    )  # fmt: skip


def looks():
    """Looks that are each refused after a walk that looked at nothing, with the words."""
    day = DAY
    yield lambda view: view.snapshots["SPY"].chain, "the chain of SPY at 10:00:00"
    yield lambda view: view.snapshots["SPY"].quotes([put()]), "the quote of SPY 9 Jan 100 put at 10:00:00"
    yield lambda view: view.snapshots["SPY"].volumes(put()), "the volumes of SPY 9 Jan 100 put at 10:00:00"
    yield lambda view: view.bars.before("SPY", day, 30), "30 daily bars of SPY before 2026-01-08"
    yield lambda view: view.bars.on("SPY", day), "the daily bar of SPY on 2026-01-08"
