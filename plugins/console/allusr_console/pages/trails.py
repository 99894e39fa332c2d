"""The audit log: who told which home what."""

from allusr_console.console import Console
from allusr_console.pages.frame import frame, still
from allusr_console.pages.reader import Reader
from allusr_console.pages.rendering import render
from allusr_sdk.errors import AllusrError
from allusr_sdk.office.trail import Act

_LIMIT = 100


async def trail(console: Console, reader: Reader, account: str | None) -> None:
    """The newest of one account, or of all of them."""
    names = console.house.accounts if account is None else (account,)
    found = [(name, *await _of(console, name)) for name in names]
    with frame("Audit log", reader, "/trail"):
        still(render("trail", trails=found))


async def _of(console: Console, name: str) -> tuple[tuple[Act, ...], str]:
    try:
        return await console.house.ask(name).trail(_LIMIT), ""
    except AllusrError as why:
        return (), str(why)
