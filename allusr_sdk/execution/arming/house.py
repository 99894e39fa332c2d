"""Checks of the installation and the home."""

from allusr_sdk.execution.arming.seen import UNKNOWN, Answer, Seen, nothing

DISK = 1_000  # MB: years of a journal, and a backup of it


def python(seen: Seen) -> Answer:
    """The interpreter is one that the SDK supports."""
    from packaging.specifiers import SpecifierSet

    house = seen.house
    fits = SpecifierSet(house.supported).contains(house.python, prereleases=True) if house.supported else None
    return Answer(house.python, house.supported or UNKNOWN, fits, "run allusr with a Python that it supports")


def sdk(seen: Seen) -> Answer:
    """The SDK is installed, and not only lying there."""
    return Answer(seen.house.sdk or "not installed", "installed", bool(seen.house.sdk), "install allusr-sdk")


def plugins(seen: Seen) -> Answer:
    """Every selected plugin can be imported, and its settings fit."""
    return nothing(seen.house.faulty, "all usable", "usable", "see `allusr plugins list`; mend it, or select another")


def names(seen: Seen) -> Answer:
    """What is selected by a name is the only thing of that name."""
    return nothing(seen.house.hidden, "none hides another", "one thing a name", "uninstall or rename all but one")


def private(seen: Seen) -> Answer | None:
    """Nobody but its owner reads the home."""
    if seen.house.open_files is None:
        return None
    return nothing(seen.house.open_files, "closed to others", "0600 and 0700", "chmod -R go= on the home")


def disk(seen: Seen) -> Answer | None:
    """The journal has room."""
    free = seen.house.free
    return None if free is None else Answer(f"{free:,} MB free", f"{DISK:,} MB", free >= DISK, "make room")


def schema(seen: Seen) -> Answer:
    """The ledger is of this version, or is none yet."""
    house = seen.house
    if house.unread:
        return Answer(house.unread, f"schema {house.head}", False, "see the line, or restore a backup")
    if house.schema is None or house.schema == house.head:
        return Answer(f"schema {house.schema or 'of no ledger yet'}", f"schema {house.head}", True)
    older = house.schema < house.head
    do = "`allusr status` migrates it, with a backup first" if older else "update allusr-sdk"
    return Answer(f"schema {house.schema}", f"schema {house.head}", False, do)


def engine(seen: Seen) -> Answer:
    """No other engine runs in the home. A run finds out by its lease."""
    life = seen.house.engine
    ok = None if life == UNKNOWN else life not in ("alive", "silent")
    return Answer(life, "none", ok, "end the engine that runs, or look with `allusr status`")


def halts(seen: Seen) -> Answer:
    """Nobody has halted the home. A run of a halted home starts, obeys the halt, and may be re-armed (KS-7)."""
    return nothing(seen.house.halts, "none", "no halt", "remove the file HALT if there is one, then `allusr rearm`")
