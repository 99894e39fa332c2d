"""The facts of one run as the page asks for them: estimates, daily curves, switches, ledgers."""

import shlex
from collections.abc import Mapping
from datetime import date
from functools import cached_property

import numpy as np
from attrs import frozen

from allusr_sdk.reports.evidence import Curve
from tests.evidence.plans import Window

RUN = "This run"
_BOOKED = {"written": ("4010", "4020"), "hedges": ("4030", "4040"), "shares": ("4100",), "dividends": ("4200",)}


@frozen(slots=False)
class Facts:
    """What `running.made` keeps of a run."""

    body: Mapping

    @property
    def market(self) -> str:
        """The market's description."""
        return self.body["evidence"]["market"]

    @property
    def rulebook(self) -> str:
        """Version and hash of the rules."""
        return self.body["evidence"]["rulebook"]

    @property
    def rate(self) -> float:
        """Riskless, a year (RATE-1)."""
        return self.body["evidence"]["rate"]

    @property
    def ledgers(self) -> list[dict]:
        """Of each ledger and of all what it did and has."""
        return self.body["ledgers"]

    @property
    def worked(self) -> Mapping[str, float]:
        """Share of equity at work by year."""
        return self.body["worked"]

    def parts(self, ledger: str) -> dict[str, float]:
        """What a ledger's result is made of, or everybody's (`total`), dollars: it adds up to equity less base."""
        facts = next(one for one in self.ledgers if one["ledger"] == ledger)
        mine = self.body["balances"].values() if ledger == "total" else [self.body["balances"][ledger]]
        booked = {
            name: 0.0 - sum(float(found.get(code, 0)) for found in mine for code in codes)
            for name, codes in _BOOKED.items()
        }
        kept = float(facts["premium_kept"])
        return {
            "options": kept, "hedges": booked["written"] - kept + booked["hedges"], "shares": booked["shares"],
            "open": float(facts["unrealised"]), "dividends": booked["dividends"],
        }  # fmt: skip

    def capital(self, ledger: str) -> float:
        """What was contributed to a ledger, or to all (`total`), dollars."""
        mine = self.body["balances"].values() if ledger == "total" else [self.body["balances"][ledger]]
        return -sum(float(found["3010"]) for found in mine)

    @property
    def command(self) -> str:
        """The run as a person types it, a line an option."""
        line = "allusr"
        for word in self.body["words"]:
            line += f" \\\n    {shlex.quote(word)}" if word.startswith("--") else f" {shlex.quote(word)}"
        return line

    @property
    def unbelieved(self) -> list[str]:
        """Highs and lows that the market did not believe."""
        said = [f"{n['symbol']} {n['why']}" for n in self.body["notices"] if "not believed" in n["why"]]
        return [text.partition(" is no price")[0] for text in said]

    @cached_property
    def curves(self) -> Mapping[str, dict]:
        """Evaluated curves by key."""
        return {curve["key"]: curve for curve in self.body["evidence"]["curves"]}

    def estimate(self, key: str, curve: str = "run") -> dict:
        """One measure of one curve; without a value where there is none."""
        found = self.curves.get(curve, {"estimates": ()})["estimates"]
        return next((one for one in found if one["key"] == key), {"value": None, "low": None, "unit": "number"})

    @cached_property
    def paths(self) -> Mapping[str, dict[date, float]]:
        """Daily values by curve, in dollars from the same capital."""
        return {
            name.removesuffix(" (WHAT-IF)"): {date.fromisoformat(day): value for day, value in path}
            for name, path in self.body["paths"].items()
        }

    @property
    def path(self) -> dict[date, float]:
        """Daily equity of the run."""
        return self.paths[RUN]

    def curve(self, first: date = date.min, last: date = date.max) -> Curve:
        """The run between two days, the last value before the first of them included."""
        days = [day for day in self.path if day <= last]
        before = [day for day in days if day < first][-1:]
        path = {day: self.path[day] for day in (*before, *(d for d in days if d >= first))}
        return Curve(key="run", name=RUN, path=path, options="modelled")

    def standing(self, cause: str, scope: str = "") -> dict[date, str]:
        """At each session's end the tier at which a cause stands for the account or a ledger."""
        moves = [(date.fromisoformat(m["day"]), m["after"]) for m in self.body["switches"]
                 if m["cause"] == cause and m["scope"] == scope]  # fmt: skip
        found, tier, at = {}, "NONE", 0
        for day in self.path:
            while at < len(moves) and moves[at][0] <= day:
                tier, at = moves[at][1], at + 1
            found[day] = tier
        return found

    def moves(self, window: Window) -> list[dict]:
        """Every move of the account's VIX switch in some months."""
        inside = (m for m in self.body["switches"] if str(window.first) <= m["day"] <= str(window.last))
        return [move for move in inside if move["cause"] == "VIX" and not move["scope"]]

    def causes(self) -> list[str]:
        """Every cause that threw a switch."""
        return sorted({move["cause"] for move in self.body["switches"]})


def grown(path: Mapping[date, float]) -> float:
    """Return from the first value of a path to its last."""
    values = list(path.values())
    return values[-1] / values[0] - 1


def fallen(path: Mapping[date, float]) -> float:
    """The deepest fall of a path from a peak."""
    values = np.array(list(path.values()))
    return float((values / np.maximum.accumulate(values) - 1).min())


def by_year(path: Mapping[date, float]) -> dict[str, float]:
    """Return of each calendar year, from the value at the end of the year before, or the first one."""
    ends: dict[str, float] = {}
    days = list(path)
    for day in days[1:]:
        ends[str(day.year)] = path[day]
    values = [path[days[0]], *ends.values()]
    return {year: after / before - 1 for year, before, after in zip(ends, values[:-1], values[1:], strict=True)}
