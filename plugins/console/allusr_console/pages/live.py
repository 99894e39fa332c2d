"""A part of a page that the server writes and the browser changes in place."""

from markupsafe import Markup
from nicegui.element import Element

NOTHING = Markup()


class Live(Element, component="live.js"):
    """HTML that was rendered with its values escaped; what stays the same keeps its focus and its scrolling.

    Args:
        html: only what a template has escaped (`Markup`), for nothing is cleaned here.
    """

    def __init__(self, html: Markup = NOTHING) -> None:
        super().__init__()
        self._props["html"] = str(html)

    def show(self, html: Markup) -> bool:
        """Show something else; whether it was something else."""
        if self._props["html"] == html:
            return False
        self._props["html"] = str(html)
        return True
