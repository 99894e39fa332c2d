"""The reference pages, made at build time from docstrings, settings, hooks, events, checks and the command line.

Longer than 350 lines: one function a page, all over the same few for tables and cells, and mkdocs loads it by its path.
"""

import inspect
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from importlib.metadata import entry_points
from io import StringIO
from types import ModuleType
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

    from allusr_sdk.settings import Row
    from allusr_sdk.testing.checks.check import Check

PLUGINS = ("gen_acc", "rev_acc", "com_acc", "protocol", "spx_weekly")
"""Plugins whose settings the reference shows: the built-in ones and the first example."""

CHAPTERS: Mapping[str, str] = {
    "contracts.plugins": "What a plugin implements",
    "contracts.view": "The view",
    "contracts.selection": "Choosing a contract",
    "contracts": "Rules as functions",
    "hookspecs": "Hooks and what they answer",
    "model.intents": "Intents",
    "model.options": "Contracts",
    "model.chains": "Chains and quotes",
    "model.positions": "Positions and books",
    "model.views": "Markets",
    "model.calendar": "Sessions and weeks",
    "model.events": "Events",
    "rulebook": "Rules",
    "scenarios": "Scenarios",
}
"""Headings of the page of public names, in its order, by the module under `allusr_sdk` that the names come from."""


ELSEWHERE = frozenset({"events", "setting", "settings"})
"""Public names that another page or another chapter shows."""


def on_files(files: "Files", config: "MkDocsConfig") -> "Files":
    """Add the generated pages; mkdocs calls this by its name."""
    from mkdocs.structure.files import File

    for path, make in PAGES.items():
        files.append(File.generated(config, path, content=make()))
    return files


# --- pieces of Markdown ----------------------------------------------------------------------------------------------


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table without the columns that nothing stands in; what would break a row is escaped."""
    body = [list(row) for row in rows]
    kept = [i for i in range(len(head)) if any(row[i] for row in body)]
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(_cell(line[i]) for i in kept)} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    parts = " ".join(text.split()).split("`")  # between backticks nothing needs an escape
    return "`".join(p if i % 2 else p.replace("|", "\\|").replace("<", "&lt;") for i, p in enumerate(parts))


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def _first(item: object) -> str:
    return (inspect.getdoc(item) or "").partition("\n\n")[0]


def page(title: str, *parts: str) -> str:
    """A page from its parts."""
    return "\n\n".join((f"# {title}", *(part.strip() for part in parts))) + "\n"


# --- pages -----------------------------------------------------------------------------------------------------------


def index() -> str:
    """What the reference has."""
    return page(
        "Reference",
        "Every page here but the rulebook, the promises, the deprecations and the measurements is made from the code "
        "when the site is built, so it says what this version does.",
        table(("page", "made from"), (
            ("[Public names](names.md)", "docstrings of what `allusr_sdk` and `allusr_sdk.settings` export"),
            ("[Test kit](testing.md)", "docstrings of what `allusr_sdk.testing` exports"),
            ("[Settings](settings.md)", "the declarations of `allusr.toml` and of the built-in plugins"),
            ("[Hooks](hooks.md)", "the hook specifications"),
            ("[Events](events.md)", "the kinds of entries in the journal"),
            ("[Conformance checks](checks.md)", "the checks themselves"),
            ("[Command line](cli.md)", "the commands' own help"),
            ("[Rules](../rulebook.md)", "the packaged rulebook (`allusr rules page`)"),
            ("[What is promised, and what shows it](../claims.md)", "hand, and looked up by a test"),
        )),
    )  # fmt: skip


def names() -> str:
    """The public names, by the part of the SDK that they belong to."""
    import allusr_sdk

    homes: dict[str, list[str]] = {}
    for name in allusr_sdk.__all__:
        if name not in ELSEWHERE:
            homes.setdefault(_home(allusr_sdk, name), []).append(name)
    order = sorted(homes, key=lambda home: ([*CHAPTERS, home].index(home), home))
    parts = [f"## {CHAPTERS.get(home, home)}\n\n{_members(allusr_sdk, homes[home])}" for home in order]
    about = (
        "What a plugin may import: `from allusr_sdk import Sleeve`. Each name is imported when it is first used, so "
        "`import allusr_sdk` is cheap. `Secret`, `setting` and `settings` come from `allusr_sdk.settings`; errors "
        "from `allusr_sdk.errors`. The kinds of [events](events.md) have a page of their own."
    )
    settings = "\n\n".join(f"::: allusr_sdk.settings.{name}\n{_LEVEL}" for name in ("setting", "settings", "Secret"))
    return page("Public names", about, *parts, f"## Settings\n\n{settings}")


_LEVEL = "    options:\n      heading_level: 3\n"


def _home(package: ModuleType, name: str) -> str:
    found = getattr(package, name)
    module = found.__name__ if inspect.ismodule(found) else getattr(found, "__module__", "")
    home = str(module).removeprefix("allusr_sdk.")
    return next(
        (known for known in sorted(CHAPTERS, key=len, reverse=True) if f"{home}.".startswith(f"{known}.")), home
    )


def _members(package: ModuleType, members: Iterable[str]) -> str:
    return "\n\n".join(
        f"::: {_path(package, name)}\n{_LEVEL}{_fields(getattr(package, name), without=())}" for name in members
    )


def _fields(kind: object, *, without: Container[str]) -> str:
    """The fields of a value, where its docstring does not list them all."""
    if not (isinstance(kind, type) and attrs.has(kind)):
        return ""
    own = [f for f in attrs.fields(kind) if f.name not in without and f.init]
    listed = (kind.__doc__ or "").partition("Attributes:")[2]
    if all(re.search(rf"\b{f.name}\b", listed) for f in own):
        return ""
    rows = [(_code(f.name), _code(_type(f.type)), _code(_default(f.default))) for f in own]
    return "\n" + table(("field", "type", "default"), rows) if rows else ""


def _default(value: object) -> str:
    if value is attrs.NOTHING:
        return ""
    return f"{value.factory.__name__}()" if isinstance(value, attrs.Factory) else str(value) or "''"  # type: ignore[arg-type]


def _path(package: ModuleType, name: str) -> str:
    found = getattr(package, name)
    if inspect.ismodule(found):
        return found.__name__
    return f"{found.__module__}.{name}"


def testing() -> str:
    """The names of the test kit; of those that differ by the kind of plugin alone one is shown."""
    kit = import_module("allusr_sdk.testing")
    about = (
        "What a plugin's tests may import: `from allusr_sdk.testing import Market, Sandbox`. Installing the SDK brings "
        "the fixtures to pytest as well; nothing heavy is imported before a test asks for it."
    )
    by_kind: dict[type, list[str]] = {}
    plain = []
    for name in kit.__all__:
        found = getattr(kit, name)
        if isinstance(found, type) or inspect.isfunction(found):
            plain.append(name)
        else:
            by_kind.setdefault(type(found), []).append(name)
    families = (_family(kind, members) for kind, members in by_kind.items())
    return page("Test kit", about, _fixtures(), "## Conformance", *families, "## Names", _members(kit, plain))


def _family(kind: type, members: Sequence[str]) -> str:
    quiet = "    options:\n      show_root_heading: false\n      show_root_toc_entry: false\n"
    first, *others = sorted(members, key=lambda name: "sleeve" not in name)
    call = f"::: {kind.__module__}.{kind.__qualname__}.__call__\n{quiet}"
    return f"### {first}\n\nLikewise {', '.join(map(_code, others))}.\n\n{call}"


def _fixtures() -> str:
    from allusr_sdk.testing import plugin

    found = {name: item for name, item in vars(plugin).items() if type(item).__name__ == "FixtureFunctionDefinition"}
    rows = [(_code(name), _first(item)) for name, item in found.items()]
    return f"## Fixtures of pytest\n\n{table(('fixture', 'gives'), rows)}"


def settings() -> str:
    """The tables of `allusr.toml` and the settings of plugins."""
    from allusr_sdk import config
    from allusr_sdk.settings import table as rows

    own = [
        f"## [{name}]\n\n{_settings_table(rows(kind))}"
        for name, kind in config._TYPED.items()  # the one place that ties table to class
    ]
    plugins = [
        f"## [{where}] of {name}\n\n{_settings_table(rows(kind))}" if rows(kind) else
        f"## [{where}] of {name}\n\nNo settings of its own: its numbers are the rulebook's."
        for name, where, kind in _configured()
    ]  # fmt: skip
    about = (
        "What may stand in a file given with `--config`, in `--set TABLE.NAME=VALUE`, or both; a later layer wins: "
        "packaged defaults, a scenario, the file, `--set`, options. `[rules]` takes the values of the "
        "[rulebook](../rulebook.md), which can only be tightened and must "
        "[fit together](../rulebook.md#what-fits-together). Unknown tables and names are refused, all at once."
    )
    return page("Settings", about, *own, *plugins)


def _settings_table(rows: Iterable["Row"]) -> str:
    return table(
        ("setting", "type", "default", "unit", "bounds", "what it is"),
        ((_code(r.name), _code(r.type), _code(r.default), r.unit, r.bounds, r.help) for r in rows),
    )


def _configured() -> Iterator[tuple[str, str, type]]:
    """Name, table and settings class of what the shown plugins bring."""
    from allusr_sdk.host.build import CLASSES

    loaded = {e.name: e.load() for e in entry_points(group="allusr.v1") if e.name in PLUGINS}
    for plugin in (loaded[name] for name in PLUGINS):
        for hook in CLASSES:
            for item in getattr(plugin, hook, tuple)():
                table = "protocol" if hook == "allusr_protocols" else f"{hook.removeprefix('allusr_')}.{item.name}"
                yield item.name, table, item.settings_type()


CALLED: Mapping[str, str] = {
    "allusr_report": "by its reports, and by `allusr report`",
    "allusr_advise": "by `allusr advise`",
    "allusr_commands": "by `allusr`, when a word of the plugin is typed",
}
"""What the kernel does not do yet with a hook. A hook that is missing here is used by every run."""


def hooks() -> str:
    """The hooks: arguments, what they are for, what is called today."""
    from allusr_sdk import hookspecs
    from allusr_sdk.host.verify import HOOKS

    rows = [
        (_code(name), ", ".join(map(_code, arguments)), _first(getattr(hookspecs, name)), CALLED.get(name, "yes"))
        for name, arguments in HOOKS.items()
    ]
    chapters = (f"::: allusr_sdk.hookspecs.{name}" for name in HOOKS)
    about = (
        "A plugin is a module, or an object, that marks functions with `@hookimpl`. A function names the arguments "
        "that it uses and leaves out the others. Answers are collected in the order of `--plugins`."
    )
    return page("Hooks", about, table(("hook", "arguments", "what it is for", "used by a run"), rows), *chapters)


def events() -> str:
    """The kinds of entries in the journal, with their fields."""
    from allusr_sdk.model.events import Event

    about = (
        "Each entry of the journal is one of these. All have `ledger`, `symbol` and `rule`; the journal adds number, "
        "instant, cycle, state, rulebook, postings and hashes. New kinds may come: a reader skips what it does not "
        "know. `allusr ledger show --kind Filled` lists the newest of a kind."
    )
    return page("Events", about, *(f"## {name}\n\n{_event(Event.kinds[name])}" for name in sorted(Event.kinds)))


def _event(kind: type[Any]) -> str:
    return f"{inspect.getdoc(kind) or ''}\n{_fields(kind, without=('ledger', 'symbol', 'rule'))}"


def _type(hint: object) -> str:
    text = hint.__name__ if isinstance(hint, type) and not hasattr(hint, "__args__") else str(hint)
    for prefix in ("collections.abc.", "typing.", "decimal.", "datetime.", "allusr_sdk.model.positions."):
        text = text.replace(prefix, "")
    return text


def checks() -> str:
    """Every conformance check by the kind of plugins that it asks."""
    from allusr_sdk.testing.checks.check import LETTERS
    from allusr_sdk.testing.checks.registry import CHECKS

    about = (
        "`allusr plugins check NAME` runs those of a plugin's kind, and so do `sleeve_checks` and its likes in pytest. "
        "Equal numbers ask the same question of each kind. A check that looks at scenarios is one test for each of "
        "them; one that found nothing to look at fails as vacuous. `--only S202` runs one, `--scenario crash` one "
        "market."
    )
    chapters = []
    for kind in LETTERS:
        mine = [check for check in CHECKS if kind in check.kinds]
        index = table(("id", "asserts"), ((f"[{c.id(kind)}](#{c.id(kind).lower()})", c.asserts) for c in mine))
        chapters += [f"## Of a {kind}\n\n{index}", *(_check(check, check.id(kind)) for check in mine)]
    return page("Conformance checks", about, *chapters)


def _check(check: "Check", number: str) -> str:
    scenarios = f" Scenarios: {', '.join(map(_code, check.scenarios))}." if check.scenarios else ""
    return f"### {number}\n\nAsserts that {check.asserts}.{scenarios}\n\nWhy: {check.why}\n\nTo mend it: {check.mend}"


def command_line() -> str:
    """Every command's own help."""
    import typer.main

    from allusr_sdk.cli.app import app

    root = typer.main.get_command(app)
    about = (
        "Exit codes: 0 done, 2 bad input or settings, 3 refused by state, 4 books and venue or journal and hashes "
        "disagree, 1 else. `ALLUSR_HOME` stands for `--home`; with `ALLUSR_DEBUG=1` an unexpected error tells where. "
        "Every command that shows something takes `--json`."
    )
    return page("Command line", about, *(_command(path) for path in _paths(root, ())))


def _paths(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - typer may carry its own click
    for name, inner in getattr(command, "commands", {}).items():
        if not hasattr(inner, "commands") or inner.params:  # a group that does something itself
            yield (*path, name)
        yield from _paths(inner, (*path, name))


def _command(path: tuple[str, ...]) -> str:
    from allusr_sdk.cli.entry import invoke

    with redirect_stdout(StringIO()) as printed:
        invoke([*path, "--help"])
    return f"## allusr {' '.join(path)}\n\n```text\n{printed.getvalue().strip()}\n```"


PAGES: Mapping[str, Callable[[], str]] = {
    "reference/index.md": index,
    "reference/names.md": names,
    "reference/testing.md": testing,
    "reference/settings.md": settings,
    "reference/hooks.md": hooks,
    "reference/events.md": events,
    "reference/checks.md": checks,
    "reference/cli.md": command_line,
}
