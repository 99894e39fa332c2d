"""`allusr plugins show`: what one plugin says of itself, brings and can be told."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.cli.options import HOME, Home, Json
from allusr_sdk.cli.plugins.options import NameOrPath, quarantined

if TYPE_CHECKING:
    from allusr_sdk.cli.plugins.describe import Shown, Thing
    from allusr_sdk.model.intents import Band

_HEADS = ("setting", "default", "unit", "bounds", "type", "help")


def show(
    plugin: NameOrPath,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of its settings instead.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a section for its README instead.")] = False,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Show what a plugin is, brings and can be told.

    In its own words; then its hooks, what it brings, the bands it promises to stay in, and its settings.
    """
    from allusr_sdk.cli.output import emit
    from allusr_sdk.cli.plugins.describe import described

    found = described(plugin)
    if schema:
        emit({thing.name: thing.schema for thing in found.objects})
    elif markdown:
        print("\n".join(_section(found)))
    elif as_json:
        held = quarantined(home) & {found.name, *(thing.name for thing in found.objects)}
        emit({**_fields(found), "quarantined": bool(held)})
    else:
        _print(found)


def _fields(found: "Shown") -> dict[str, object]:
    from attrs import fields

    return {field.name: getattr(found, field.name) for field in fields(type(found))}


def _print(found: "Shown") -> None:
    from allusr_sdk.cli.output import strong, table

    strong(f"{found.name} {found.version}")
    if found.about:
        print(f"{found.about}\n")
    print(f"hooks: {', '.join(found.hooks)}")
    for what, named in (("markets", found.markets), ("brokers", found.brokers), ("scenarios", found.scenarios)):
        if named:
            print(f"{what}: {', '.join(named)}")
    for thing in found.objects:
        print()
        strong(f"{thing.kind} {thing.name}: {thing.about}")
        if thing.symbols:
            print(f"symbols: {', '.join(thing.symbols)}")
        for band in thing.bands:
            print(f"band {band.rule}: delta {band.low:.2f}-{band.high:.2f}, {band.nearest}-{band.furthest} {band.unit}")
        if thing.settings:
            print(f"\nsettings, under [{thing.table}] in allusr.toml:")
            table(_HEADS, _rows(thing), left=len(_HEADS))
        else:
            print("no settings of its own")


def _section(found: "Shown") -> Iterator[str]:
    """A section for a README: what follows from the plugin's own declarations."""
    yield f"## What `{found.name}` brings"
    yield ""
    yield f"Hooks: {', '.join(f'`{hook}`' for hook in found.hooks)}."
    for what, named in (("Markets", found.markets), ("Brokers", found.brokers), ("Scenarios", found.scenarios)):
        if named:
            yield f"{what}: {', '.join(f'`{name}`' for name in named)}."
    for thing in found.objects:
        yield from ("", f"### {thing.kind.capitalize()} `{thing.name}`", "", thing.about)
        if thing.bands:
            yield from ("", *_grid(("band", "delta", "days to expiry"), [_band(band) for band in thing.bands]))
        if thing.settings:
            yield from ("", f"Settings, under `[{thing.table}]`:", "", *_grid(_HEADS, _rows(thing)))


def _band(band: "Band") -> list[str]:
    reach = f", down to {band.low - band.reach:.2f} where no strike lies inside" if band.reach else ""
    unit = "sessions" if band.unit == "sessions" else "calendar days"
    return [band.rule, f"{band.low:.2f} to {band.high:.2f}{reach}", f"{band.nearest} to {band.furthest} {unit}"]


def _rows(thing: "Thing") -> list[list[str]]:
    return [[row.name, row.default, row.unit, row.bounds, row.type, row.help] for row in thing.settings]


def _grid(heads: tuple[str, ...], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
