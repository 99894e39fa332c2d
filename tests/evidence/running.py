"""One run of `allusr backtest` in a process of its own, and what the page takes of it, kept beside its ledger."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from allusr_sdk.ledger import Run, open_ledger
from allusr_sdk.ledger.queries import balances
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.reports.facts import of_run
from tests.evidence.plans import Bars, Way, words

ROOT = Path(__file__).parents[2]
FACTS = "facts.json"
_ALLUSR = "from allusr_sdk.cli import main; main()"
_CODE = ("allusr_sdk", "plugins")


def made(bars: Bars, way: Way, shared: str, work: Path, *, keep: bool = False) -> dict:
    """The facts of a run: those that stand in `work` where the same code made them, or with `keep` whatever made them.

    Raises:
        RuntimeError: the run did not come to its end.
    """
    place, said = work / f"{bars.key}-{way.key}", words(bars, way, shared)
    stamp = hashlib.sha256(repr((said, code())).encode()).hexdigest()
    if (known := _known(place / FACTS)) and (keep or known["stamp"] == stamp):
        return known
    place.mkdir(parents=True, exist_ok=True)
    _run(place, said)
    facts = {"stamp": stamp, "words": list(said), **gleaned(place)}
    (place / FACTS).write_text(json.dumps(facts))
    return facts


def code() -> str:
    """A hash of everything that decides in a run."""
    found = hashlib.sha256()
    for path in sorted(p for top in _CODE for p in (ROOT / top).rglob("*") if p.suffix in (".py", ".toml")):
        found.update(path.read_bytes())
    return found.hexdigest()


def _known(path: Path) -> dict | None:
    return json.loads(path.read_text()) if path.is_file() else None


def _run(place: Path, said: Iterable[str]) -> None:
    home = place / "home"
    if home.is_dir():
        for file in home.iterdir():
            file.unlink()
    line = (sys.executable, "-c", _ALLUSR, *said, "--home", home, "--out", place / "evidence.json", "--json")
    with (place / "printed.json").open("w") as out:
        done = subprocess.run(line, cwd=ROOT, stdout=out, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{place.name}: {done.stderr.strip() or f'ended with {done.returncode}'}")


def gleaned(place: Path) -> dict:
    """What the page takes of a run's printed evidence, its daily values and its ledger."""
    printed = json.loads((place / "printed.json").read_text())
    report = json.loads((place / "evidence.json").read_text())
    plot = next(plot for plot in report["plots"] if plot["key"] == "compared")
    with open_ledger(place / "home") as ledger:
        run = ledger.latest()
        facts = msgspec.to_builtins(of_run(run))
        return {
            "evidence": printed, "paths": {t["name"]: list(zip(t["x"], t["y"], strict=True)) for t in plot["traces"]},
            "switches": list(_switches(run)), "worked": _worked(run), "ledgers": [*facts["ledgers"], facts["total"]],
            "notices": facts["notices"], "balances": _balances(run),
        }  # fmt: skip


def _balances(run: Run) -> dict[str, dict[str, str]]:
    """Dollars by ledger and account, debits positive."""
    found: dict[str, dict[str, str]] = {}
    for one in balances(run):
        found.setdefault(one.ledger, {})[one.account] = str(one.amount)
    return found


def _switches(run: Run) -> Iterable[dict]:
    for entry in run.entries(kind="SwitchChanged"):
        event = entry.event
        assert isinstance(event, ev.SwitchChanged)
        at = entry.at.astimezone(NEW_YORK)
        yield {"day": str(at.date()), "time": f"{at:%H:%M}", "scope": event.ledger, "cause": event.cause,
               "before": event.before, "after": event.after, "value": event.value, "actor": event.actor}  # fmt: skip


def _worked(run: Run) -> dict[str, list[float]]:
    """By year the mean share of equity that stood in shares, or in cash behind written puts, at sessions' ends."""
    days: dict[str, list[float]] = {}
    for entry in run.entries(kind="Valued"):
        event = entry.event
        assert isinstance(event, ev.Valued)
        sums = days.setdefault(str(event.day), [0.0, 0.0])
        sums[0] += float(event.equity)
        sums[1] += float(event.equity - event.cash + event.reserved)
    years: dict[str, list[float]] = {}
    for day, (equity, bound) in days.items():
        years.setdefault(day[:4], []).append(bound / equity)
    return {year: sum(shares) / len(shares) for year, shares in years.items()}
