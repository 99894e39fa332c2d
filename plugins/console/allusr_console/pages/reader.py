"""Who reads a page, and with what its forms are sent."""

from typing import TYPE_CHECKING

from attrs import frozen

from allusr_console.console import Console
from allusr_console.guard import who_of
from allusr_console.problems import Forbidden
from allusr_console.roles import Who

if TYPE_CHECKING:
    from starlette.requests import Request


@frozen
class Reader:
    """Somebody in front of a page.

    Attributes:
        who: as of the request; what changes something asks again.
        form: what a form carries in its field `csrf`.
        origin: address of the browser.
    """

    who: Who
    form: str
    origin: str


def reader(console: Console, request: "Request") -> Reader:
    """Who asks for a page. Raises `Forbidden` for nobody, whom the gate lets through to no page."""
    who = who_of(request)
    if who is None:
        raise Forbidden("nobody is signed in")
    return Reader(who, console.access.form_token(request), request.client.host if request.client else "")
