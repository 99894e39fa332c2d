"""Checks 202, 203 and 205: no clock and no chance, no writing into the view, the public SDK alone."""

import random

import allusr_sdk
from allusr_sdk.contracts import SleeveView
from allusr_sdk.testing.checks import source
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial
from allusr_sdk.testing.checks.views import deep, own_copy

# Names that tell time, draw, or read where the process stands, in full or as the beginning of them.
_CLOCKS = (
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today", "time.",
    "random.", "secrets.", "uuid.uuid1", "uuid.uuid4", "numpy.random.", "os.environ", "os.getenv", "os.urandom",
    "sys.argv",
)  # fmt: skip
_INSTEAD = "use view.at, view.clock or a setting"
_PUBLIC = ("allusr_sdk.settings", "allusr_sdk.testing")
_STRANGERS = frozenset({"nautilus_trader", "ib_async", "sqlalchemy", "alembic", "psycopg", "pluggy", "typer"})


def no_clock(trial: Trial) -> int:
    """The source names no clock, random source or environment, and asking it draws nothing from Python's own."""
    found = source.files(trial.subject.made)
    wrong = [line for path in found for line in source.uses(path) if _tells(line.name)]
    if wrong:
        raise Broken(f"{wrong[0]}: {_INSTEAD}" + (f"; {len(wrong) - 1} more" if wrong[1:] else ""))
    asks = trial.asks(40)  # first: the walk that they come from seeds Python's own
    plugin, before = trial.fresh(), random.getstate()
    for ask in asks:
        ask.again(plugin)
        if random.getstate() != before:
            raise Broken(f"{ask} drew from Python's random state")
    return len(asks)


def _tells(name: str) -> bool:
    return any(name == bad or (bad.endswith(".") and name.startswith(bad)) for bad in _CLOCKS)


def no_mutation(trial: Trial) -> int:
    """Views and positions read the same after it was asked."""
    plugin, asks = trial.fresh(), trial.asks(40)
    for ask in asks:
        copied = tuple(own_copy(a) if isinstance(a, SleeveView) else a for a in ask.arguments)
        given = [*copied]
        before = [deep(value) for value in given]
        asked_of = type(ask)(ask.method, copied)
        asked_of.again(plugin)
        for value, digest in zip(given, before, strict=True):
            if deep(value) != digest:
                raise Broken(f"{ask} changed the {type(value).__name__} that it was asked with")
    return len(asks)


def public_names(trial: Trial) -> int:
    """The source imports public names of the SDK, and no library that only the kernel's inside may use."""
    public = {f"allusr_sdk.{name}" for name in allusr_sdk.__all__}
    found = [line for path in source.files(trial.subject.made) for line in source.imports(path)]
    for line in found:
        top = line.name.partition(".")[0]
        own = line.name in public or line.name == "allusr_sdk" or line.name.startswith(_PUBLIC)
        if top in _STRANGERS or (top == "allusr_sdk" and not own):
            raise Broken(f"{line.file}:{line.number} imports {line.name}, which is not public")
    return 1 + len(found)
