"""Checks 101 to 104: it loads, its settings hold, it says what it is, its methods fit."""

import inspect
import re
import tomllib
from importlib.metadata import distribution, version
from typing import Any, cast

from allusr_sdk.config import Config
from allusr_sdk.contracts import Sleeve
from allusr_sdk.contracts.plugins import Configured
from allusr_sdk.errors import AllusrError, SettingsError
from allusr_sdk.host import Host
from allusr_sdk.host.discovery import discover
from allusr_sdk.model.intents import Band
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.settings import Field, declared, is_settings, load, schema
from allusr_sdk.testing.checks.asks import METHODS
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.subject import BASES
from allusr_sdk.testing.checks.toml import written
from allusr_sdk.testing.checks.trial import Trial

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SDK = "allusr-sdk"
_METHODS = {kind: (*names, "bands", "next_expiry", "calm") for kind, names in METHODS.items()}


def loads(trial: Trial) -> int:
    """The name is usable, the host builds it, and what it is installed as allows this SDK."""
    subject = trial.subject
    if not _NAME.fullmatch(subject.name):
        raise Broken(f"its name {subject.name!r} is not lower case letters, digits and _, a letter first")
    try:
        Host.of(subject.cls, config=Config.read(scenario=subject.tables()))
    except AllusrError as error:
        raise Broken(str(error)) from None
    for found in discover():
        if found.name == subject.plugin and found.distribution:
            _allows(found.distribution)
    return 1


def _allows(name: str) -> None:
    needs = [text for text in distribution(name).requires or () if re.match(rf"{_SDK}\b", text, re.IGNORECASE)]
    if not needs:
        raise Broken(f"{name} does not require {_SDK}, so any version of it may be installed beside it")
    try:
        from packaging.requirements import Requirement
    except ImportError:
        return
    ours = version(_SDK)
    if refusing := [text for text in needs if not Requirement(text).specifier.contains(ours, prereleases=True)]:
        raise Broken(f"{name} requires {refusing[0]}, and this is {_SDK} {ours}")


# --- settings -------------------------------------------------------------------------------------------------------


def settings(trial: Trial) -> int:
    """Defaults construct, TOML gives the same back, every setting has help, and strangers are refused."""
    kind = trial.subject.cls.settings_type()
    if not is_settings(kind):
        raise Broken(f"{kind.__name__} is not made by @settings")
    if mute := [name for name, field in declared(kind).items() if not field.spec.help.strip()]:
        raise Broken(f"{kind.__name__}.{mute[0]} has no help")
    _round_trip(kind, trial.subject.fresh().settings)
    _refuses(kind, trial.subject.settings)
    _schema(kind)
    return 1 + len(declared(kind))


def _round_trip(kind: type[object], made: object) -> None:
    text = written(made)
    try:
        back: object = load(kind, tomllib.loads(text))
    except (SettingsError, tomllib.TOMLDecodeError) as error:
        raise Broken(f"its settings as TOML cannot be read back: {error}") from None
    if back != made:
        raise Broken(f"its settings come back from TOML otherwise: {back} instead of {made}")


def _refuses(kind: type, table: object) -> None:
    given = dict(cast("dict[str, object]", table))
    wrong: list[dict[str, object]] = [{"no_such_setting": 1}]
    wrong += [{field.name: value} for field in declared(kind).values() for value in _beyond(field)]
    for values in wrong:
        try:
            load(kind, {**given, **values})
        except SettingsError:
            continue
        raise Broken(f"{kind.__name__} takes {values} as a setting")


def _beyond(field: Field) -> list[object]:
    """Values that a number's bounds exclude."""
    if field.hint not in (int, float):
        return []
    low, high = field.spec.ge, field.spec.le
    return [*([low - 1] if low is not None else []), *([high + 1] if high is not None else [])]


def _schema(kind: type) -> None:
    body: dict[str, Any] = schema(kind)
    named = body["$defs"][body["$ref"].rsplit("/", 1)[-1]]
    if set(named["properties"]) != set(declared(kind)) or named["additionalProperties"] is not False:
        raise Broken(f"the JSON Schema of {kind.__name__} does not name its settings alone")


# --- words ----------------------------------------------------------------------------------------------------------


def described(trial: Trial) -> int:
    """A docstring of its own; of a sleeve sound bands and symbols."""
    cls = trial.subject.cls
    if not (cls.__doc__ or "").strip():
        raise Broken(f"{cls.__name__} has no docstring")
    made = trial.fresh()
    return 1 + (_bands(made) if isinstance(made, Sleeve) else 0)


def _bands(sleeve: Sleeve[Any]) -> int:
    found = tuple(sleeve.bands(Rulebook.default()))
    if not found:
        raise Broken("it declares no band, so everything it sells quarantines it")
    if not sleeve.symbols:
        raise Broken("it has no symbol")
    for band in found:
        if not _sound(band):
            raise Broken(f"{band} is no band: deltas in (0, 1) in order, days in order, unit sessions or calendar")
    return len(found)


def _sound(band: Band) -> bool:
    days = 0 <= band.nearest <= band.furthest and band.unit in ("sessions", "calendar")
    return 0 < band.low <= band.high < 1 and band.reach >= 0 and days and bool(band.rule)


# --- signatures -----------------------------------------------------------------------------------------------------


def typed(trial: Trial) -> int:
    """Every overridden method has the base's arguments and, where it writes types, the base's types."""
    cls, base = trial.subject.cls, BASES[trial.subject.kind]
    names = [name for name in _METHODS[trial.subject.kind] if hasattr(base, name)]
    for name in names:
        _fits(cls, base, name)
    return len(names)


def _fits(cls: type[Configured[Any]], base: type, name: str) -> None:
    ours, theirs = (inspect.signature(getattr(k, name)).parameters for k in (cls, base))
    if inspect.iscoroutinefunction(getattr(cls, name)) or inspect.isasyncgenfunction(getattr(cls, name)):
        raise Broken(f"{cls.__name__}.{name} is async: the kernel calls it and waits for no loop")
    if list(ours) != list(theirs) or any(p.kind is not theirs[n].kind for n, p in ours.items()):
        raise Broken(f"{cls.__name__}.{name} takes ({', '.join(ours)}), the contract passes ({', '.join(theirs)})")
    for argument, parameter in ours.items():
        wrote, wants = (_plain(p.annotation) for p in (parameter, theirs[argument]))
        if wrote and wants and wrote != wants:
            raise Broken(f"{cls.__name__}.{name} types {argument} as {wrote}, the contract as {wants}")


def _plain(annotation: object) -> str:
    """A type's name without its module; empty where none is written."""
    if annotation is inspect.Parameter.empty:
        return ""
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    return text.strip("\"'").rpartition(".")[2]
