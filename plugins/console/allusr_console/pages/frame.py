"""What stands around every page: style, the bar above, and parts that follow what they show."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.resources import files

from markupsafe import Markup
from nicegui import ui

from allusr_console.console import Console
from allusr_console.pages.live import Live
from allusr_console.pages.reader import Reader
from allusr_console.pages.rendering import render

_LINKS = (("/", "Accounts"), ("/reports", "Reports"), ("/trail", "Audit log"), ("/proposals", "Proposals"),
          ("/rules", "Rules"))  # fmt: skip
_TICK = 0.1  # seconds between two looks for something newer


@contextmanager
def frame(title: str, reader: Reader, here: str = "") -> Iterator[None]:
    """A page with its bar; what is made inside stands under it.

    Args:
        title: of the browser's tab.
        reader: who reads it.
        here: which link of the bar it is.
    """
    ui.page_title(f"{title} · ALL-USE")
    ui.add_head_html(look())
    still(render("frame", links=_LINKS, here=here, who=reader.who, form=reader.form))
    with ui.element("div").classes("page").props("id=main tabindex=-1"):
        yield


@cache
def look() -> Markup:
    """Style, and the choice between light and dark, for a page's head."""
    folder = files("allusr_console.pages")
    style, theme = (folder.joinpath(name).read_text("utf-8") for name in ("style.css", "theme.js"))
    return Markup(f"<style>{style}</style><script>{{{theme}}}</script>")


class Parts:
    """Parts of a page that are written from the same values."""

    def __init__(self) -> None:
        self._parts: dict[str, Live] = {}

    def add(self, *templates: str) -> None:
        """Put empty parts here, one a template."""
        for name in templates:
            self._parts[name] = Live()

    def show(self, values: Mapping[str, object]) -> None:
        """Write all of them anew; what comes out the same is not sent."""
        for name, part in self._parts.items():
            part.show(render(name, **values))


def follow(console: Console, reader: Reader, version: Callable[[], object], show: Callable[[], None]) -> None:
    """Show now, and again whenever the version is another one, as long as somebody looks who is signed in still."""
    shown = version()
    show()

    def look() -> None:
        nonlocal shown
        if not console.access.still(reader.who):
            ui.navigate.to("/login")
            return
        newest = version()
        if newest != shown:
            shown = newest
            show()

    ui.timer(_TICK, look)


def still(html: Markup) -> None:
    """A part that stays as it is."""
    Live(html)
