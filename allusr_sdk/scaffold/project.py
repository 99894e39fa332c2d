"""From a name and a kind to a project on disk: templates filled in, nothing overwritten."""

import re
from collections.abc import Mapping
from enum import StrEnum
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from string import Template

from attrs import frozen

from allusr_sdk.errors import InputError

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 24  # so that no line of a template grows past a page


class Kind(StrEnum):
    """What a plugin is."""

    SLEEVE = "sleeve"
    PROTOCOL = "protocol"
    LADDER = "ladder"
    FORK = "fork"
    MARKET = "market"
    BROKER = "broker"
    OBSERVER = "observer"


@frozen
class Made:
    """A project that was written; `files` relative to its `folder`, as written."""

    folder: Path
    files: tuple[str, ...]


# Where each template goes. A template of the kind's own stands before a common one of the same name.
_FILES: Mapping[str, str] = {
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    "allusr.toml": "allusr.toml",
    "module.py": "allusr_$name/__init__.py",
    "py.typed": "allusr_$name/py.typed",
    "test.py": "tests/test_$name.py",
}

_ABOUT: Mapping[Kind, str] = {
    Kind.SLEEVE: "ALL-USE sleeve: short puts until assigned, then covered calls.",
    Kind.PROTOCOL: "ALL-USE protocol: levels over open positions, and what follows from them.",
    Kind.LADDER: "ALL-USE ladder of long-dated options.",
    Kind.FORK: "ALL-USE fork rule.",
    Kind.MARKET: "ALL-USE market source.",
    Kind.BROKER: "ALL-USE broker connection.",
    Kind.OBSERVER: "ALL-USE observer of what is journaled.",
}


def write(name: str, kind: Kind, parent: Path) -> Made:
    """Write the project `allusr-NAME` into a folder.

    Raises:
        InputError: the name is not usable or taken, or the project's folder is there already; nothing was written.
    """
    if problem := _unusable(name) or _clash(kind, _class(name)):
        raise InputError(f"plugins new {name}: {problem}")
    folder = parent / f"allusr-{name.replace('_', '-')}"
    if folder.exists():
        raise InputError(f"plugins new {name}: {folder} is there already: choose another name or --dir")
    words = _words(name, kind)
    texts = {
        Template(place).substitute(words): Template(_template(kind, file)).substitute(words)
        for file, place in _FILES.items()
    }
    try:
        for place, text in texts.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_text(text, "utf-8")
    except OSError as error:
        raise InputError(f"plugins new {name}: {folder} cannot be written: {error.strerror}") from None
    return Made(folder, tuple(texts))


def _unusable(name: str) -> str:
    from allusr_sdk.host import discover

    if not _NAME.fullmatch(name):
        near = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")
        hint = f", as {near}" if _NAME.fullmatch(near) else ""
        return f"a name is small letters, digits and single _, beginning with a letter{hint}"
    if len(name) > _LONGEST:
        return f"{len(name)} letters are too long: {_LONGEST} at most"
    taken = next((found for found in discover() if found.name == name), None)
    if taken is not None:
        return f"the name is taken by {taken.distribution} {taken.version}, which is installed: choose another"
    return f"the module allusr_{name} is taken: choose another name" if find_spec(f"allusr_{name}") else ""


def _clash(kind: Kind, wanted: str) -> str:
    """Whether the module's class would take a name that it imports."""
    imported = re.findall(r"^(?:from|import)\b[^(\n]*(?:\([^)]*\))?", _template(kind, "module.py"), re.MULTILINE)
    used = set(re.findall(r"\w+", " ".join(imported)))
    return f"its class {wanted} would hide the SDK's own {wanted}: choose another name" if wanted in used else ""


def _class(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _words(name: str, kind: Kind) -> Mapping[str, str]:
    from allusr_sdk.host.requires import running

    parts = name.split("_")
    return {
        "name": name,
        "dashed": "-".join(parts),
        "kind": kind.value,
        "about": _ABOUT[kind],
        "title": " ".join(parts).capitalize(),
        "Name": _class(name),
        "RULE": f"{'-'.join(parts).upper()}-1",
        "sdk": _generation(running() or "0.1"),
    }


def _generation(version: str) -> str:
    """The versions of the SDK whose interface is that of `version`."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return f">={major}.{minor},<{major}.{minor + 1}" if major == 0 else f">={major}.{minor},<{major + 1}"


def _template(kind: Kind, file: str) -> str:
    templates = files(__package__).joinpath("templates")
    own, common = (templates.joinpath(folder, f"{file}.tmpl") for folder in (kind.value, "common"))
    return (own if own.is_file() else common).read_text("utf-8")
