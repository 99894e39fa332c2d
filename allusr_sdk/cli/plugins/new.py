"""`allusr plugins new`: a project that is green on its first check."""

from pathlib import Path
from typing import Annotated

import typer

from allusr_sdk.cli.options import Json
from allusr_sdk.scaffold import Kind


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The plugin's name: small letters, digits and _.")],
    kind: Annotated[Kind, typer.Option(help="What it is.")] = Kind.SLEEVE,
    folder: Annotated[
        Path, typer.Option("--dir", metavar="DIR", help="Where its folder allusr-NAME is made.")
    ] = Path(),
    as_json: Json = False,
) -> None:
    """Write a new plugin's project, green on its first check.

    A typed module, a test, a README and a settings example. A sleeve trades at once: `allusr run --plugins
    ./allusr-NAME,protocol`.
    """
    from allusr_sdk.cli.output import emit
    from allusr_sdk.scaffold import write

    made = write(name, kind, folder)
    if as_json:
        emit({"name": name, "kind": kind.value, "folder": str(made.folder), "files": made.files})
        return
    print(f"{made.folder}: a {kind.value} named {name}")
    for file in made.files:
        print(f"  {file}")
    print(f"next: allusr plugins check {made.folder if made.folder.is_absolute() else f'./{made.folder}'}")
