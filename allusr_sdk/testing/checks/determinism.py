"""Checks 301 and 302: the same run gives the same journal anywhere, and an interrupted one goes on as it would have."""

import os

from allusr_sdk.testing.checks import elsewhere
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.resuming import restarted
from allusr_sdk.testing.checks.trial import Lab, Trial, Walk

HASH_SEEDS = ("4242", "1")


def repeatable(trial: Trial) -> int:
    """A second run in this process, and one in another whose hashes are seeded otherwise."""
    first, place = trial.walk, elsewhere.place(trial.subject)
    seed = next(seed for seed in HASH_SEEDS if seed != os.environ.get("PYTHONHASHSEED"))
    other = elsewhere.start(place, trial.scenario, trial.lab.seed, seed) if place is not None else None
    _same(first, Lab(trial.subject, trial.lab.seed).walk(trial.tape))
    if other is not None and (told := elsewhere.told(other)) != first.fingerprint:
        how = told if " " in told else "its order comes from a set or a hash"
        raise Broken(f"in another process (PYTHONHASHSEED={seed}) it gives another journal: {how}")
    return len(first.asks)


def _same(first: Walk, second: Walk) -> None:
    for one, other in zip(first.asks, second.asks, strict=False):
        if one.said != other.said:
            raise Broken(f"run again, {one} answered {other.said[:160]} instead of {one.said[:160]}")
    lines = (walk.done.journal.splitlines() for walk in (first, second))
    for before, now in zip(*lines, strict=False):
        if before != now:
            raise Broken(f"run again, the journal has {now[:160]} instead of {before[:160]}")


def resumable(trial: Trial) -> int:
    """A new object for every question; and kernel and plugin built anew over the journal before every session."""
    walk = trial.walk
    for ask in walk.asks:
        again = ask.again(trial.fresh())
        if again.said != ask.said:
            raise Broken(f"restarted just before it, {ask} answered {again.said[:160]} instead of {ask.said[:160]}")
    if trial.subject.kind in ("sleeve", "protocol"):
        _same_deeds(walk, restarted(trial))
    return len(walk.asks)


def _same_deeds(walk: Walk, cut: Walk) -> None:
    how = "with a restart before every session the journal has"
    for one, other in zip(walk.done.entries, cut.done.entries, strict=False):
        if (one.at, one.event) != (other.at, other.event):
            raise Broken(f"{how} {str(other.event)[:160]} instead of {str(one.event)[:160]}")
    if len(walk.done.entries) != len(cut.done.entries):
        raise Broken(f"{how} {len(cut.done.entries)} entries instead of {len(walk.done.entries)}")
