"""`allusr plugins`: what is installed, and what a plugin brings."""

from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, ConfigFile, Home, Json, place

if TYPE_CHECKING:
    from allusr_sdk.contracts.plugins import Configured
    from allusr_sdk.host import Host

app = typer.Typer(help="What is installed, and what a plugin brings.")


@app.command("list")
def list_plugins(
    config: ConfigFile = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """List every installed plugin with its state.

    What is not selected is never imported.
    """
    from allusr_sdk.cli.output import emit, table
    from allusr_sdk.config import Config
    from allusr_sdk.host import survey

    use = Config.read(config).plugins.use
    found = survey(use, quarantined=_quarantined(home))
    rows = [
        {"name": f.name, "status": f.status.value, "version": f.version, "distribution": f.distribution,
         "api": f.api, "problem": f.problem}
        for f in found
    ]  # fmt: skip
    missing = [name for name in use if name not in {f.name for f in found}]
    rows += [{"name": name, "status": "NOT INSTALLED", "version": "", "distribution": "", "api": 0,
              "problem": f"pip install allusr-{name.replace('_', '-')}"} for name in missing]  # fmt: skip
    if as_json:
        emit({"plugins": rows})
        return
    shown = ("name", "status", "version", "distribution", "problem")
    table(list(shown), [[str(row[key]) for key in shown] for row in rows], left=len(shown))


def _quarantined(home: str) -> frozenset[str]:
    """Sleeves that the newest run of a home holds in quarantine; none where there is no ledger."""
    from allusr_sdk.errors import InputError
    from allusr_sdk.ledger import open_ledger

    try:
        with open_ledger(place(home), create=False) as ledger:
            run = ledger.latest()
            return frozenset(n for n, book in run.book.ledgers.items() if book.quarantined) if run else frozenset()
    except InputError:
        return frozenset()


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A plugin, as `allusr plugins list` names it.")],
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of its settings instead.")] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Show a plugin's hooks, objects, bands and settings."""
    from allusr_sdk.cli.output import emit
    from allusr_sdk.config import Config
    from allusr_sdk.host import Host

    host = Host.load(Config.read(options={"plugins.use": [name]}))
    body = _body(name, host)
    if schema:
        emit({entry["name"]: entry["schema"] for entry in body["objects"]})  # type: ignore[attr-defined]
    elif as_json:
        emit(body | {"quarantined": bool(_quarantined(home) & {entry["name"] for entry in body["objects"]})})  # type: ignore[attr-defined]
    else:
        _print(body)


def _body(name: str, host: "Host") -> dict[str, object]:
    objects = [
        *(("sleeve", item) for item in host.sleeves.values()),
        *((("protocol", host.protocol),) if host.protocol else ()),
        *(("ladder", item) for item in host.ladders.values()),
        *(("fork", item) for item in host.forks.values()),
    ]
    return {
        "name": name,
        "version": host.versions[name],
        "hooks": _hooks(name),
        "markets": sorted(host.markets),
        "objects": [_object(kind, item, host) for kind, item in objects],
    }


def _hooks(name: str) -> list[str]:
    from allusr_sdk.host.importing import imported, select
    from allusr_sdk.host.verify import HOOKS

    plugin = imported(select([name])[0])
    return [hook for hook in HOOKS if hasattr(getattr(plugin, hook, None), "allusr_impl")]


def _object(kind: str, item: "Configured[object]", host: "Host") -> dict[str, object]:
    from allusr_sdk.contracts import Sleeve
    from allusr_sdk.settings import schema, table

    settings = item.settings_type()
    sleeve = item if isinstance(item, Sleeve) else None
    return {
        "kind": kind, "name": item.name, "about": (type(item).__doc__ or "").strip().splitlines()[0],
        "symbols": list(sleeve.symbols) if sleeve else [],
        "bands": list(sleeve.bands(host.config.rulebook)) if sleeve else [],
        "settings": list(table(settings)), "schema": schema(settings),
    }  # fmt: skip


def _print(body: dict[str, object]) -> None:
    from allusr_sdk.cli.output import strong, table

    strong(f"{body['name']} {body['version']}")
    print(f"hooks: {', '.join(body['hooks'])}")  # type: ignore[arg-type]
    for entry in body["objects"]:  # type: ignore[attr-defined]
        print()
        strong(f"{entry['kind']} {entry['name']}: {entry['about']}")
        if entry["symbols"]:
            print(f"symbols: {', '.join(entry['symbols'])}")
        for band in entry["bands"]:
            print(f"band {band.rule}: delta {band.low:.2f}-{band.high:.2f}, {band.nearest}-{band.furthest} {band.unit}")
        if entry["settings"]:
            print()
            rows = [[r.name, r.default, r.unit, r.bounds, r.type, r.help] for r in entry["settings"]]
            table(["setting", "default", "unit", "bounds", "type", "help"], rows, left=6)
        else:
            print("no settings of its own")
