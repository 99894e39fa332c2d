"""A put that was sold, what may happen to it, and the lines of its story."""

from decimal import Decimal

from allusr_sdk.model import events as ev
from allusr_sdk.model.positions import Watch
from allusr_sdk.reports.explain import explain
from tests.reports.journals import PUT, decided, order

D = Decimal
ABOUT = {"ledger": "gen_acc", "symbol": "AAPL"}
KEY = f"gen_acc:{PUT}"
CHOSEN = {"delta": -0.401, "open_interest": 6347.0, "volume": 26882.0, "spread": 0.0059, "spot": 271.364}
SIZED = {"deployable": "380000.0000", "left": "299000.0000"}
SOLD = ("12 10:09", *order(
    "k", PUT, -3, [("1.69", -3)], walked=("1.69",), reserve=D("81000.0"), numbers=CHOSEN | SIZED,
    why="delta in 0.40-0.45 and the only strike there; symbol cap 100,000 / 27,000 = 3",
))  # fmt: skip


def watched(level, m, *, rising=None, calm=0, spot=259.475, atr=5.243):
    watch = Watch(level=level, rising=level if rising is None else rising, calm=calm)
    numbers = {"spot": spot, "atr": atr, "m": m, "atr_how": "2 % of 262.15: no bars"}
    return ev.Watched(**ABOUT, rule="PE-4", position=KEY, watch=watch, m=m, numbers=numbers)


def level(before, after, m=1.40424, **numbers):
    about = {"spot": 262.15, "atr": 5.5902, "atr_how": "2 % of 279.51: no bars", **numbers}
    return ev.LevelChanged(**ABOUT, rule="PE-1 PE-2 PE-4", position=KEY, before=before, after=after, m=m, numbers=about)


def rung(name, taken, why, *, instrument="AAPL  260220P00260000", debit=None, delta=None, rule="PE-8", **numbers):
    return ev.RollPrepared(
        **ABOUT, rule=rule, position=KEY, rung=name, taken=taken, instrument=instrument, debit=debit, delta=delta,
        why=why, numbers=numbers,
    )  # fmt: skip


def held(why, rule="PE-2"):
    return decided("hold", rule, why, subject=KEY)


def lines(run, symbol="AAPL"):
    return explain(run, symbol)[0].lines


def texts(run):
    return [line.text for line in lines(run)]
