"""The pages' addresses, and what a reader sees of an error."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from inspect import isawaitable

from fastapi import FastAPI, Request
from nicegui import ui
from starlette.responses import HTMLResponse

from allusr_console.console import Console
from allusr_console.pages import accounts, approvals, overview, reports, rulebook, stories, trails
from allusr_console.pages.frame import frame, still
from allusr_console.pages.login import login
from allusr_console.pages.reader import Reader, reader
from allusr_console.pages.rendering import render
from allusr_console.problems import answered
from allusr_sdk.errors import AllusrError, InputError

type Build = Callable[[Console, Reader, Request], Awaitable[None] | None]

_PATIENT = 30.0  # seconds for a page that reads a journal
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0a5486"/>'
    '<path d="M4 12 8 4l4 8M5.6 9.4h4.8" stroke="#fff" stroke-width="1.6" fill="none"/></svg>'
)


def mount(app: FastAPI, console: Console) -> None:
    """Put the pages into an application, behind everything else that it answers.

    Args:
        app: has a gate in front of it (`allusr_console.guard.Guard`).
        console: what is shown.
    """
    for path, build in _PAGES.items():
        ui.page(path, response_timeout=_PATIENT)(_page(console, build))
    app.add_api_route("/login", _login(console), include_in_schema=False, response_class=HTMLResponse)
    ui.run_with(
        app, title="ALL-USE", favicon=_ICON, language="en-US", tailwind=False, show_welcome_message=False,
        reconnect_timeout=10.0,
    )  # fmt: skip


def _page(console: Console, build: Build) -> Callable[[Request], Awaitable[None]]:
    async def page(request: Request) -> None:
        who = reader(console, request)
        try:
            made = build(console, who, request)
            if isawaitable(made):
                await made
        except AllusrError as why:
            _refused(why, who)

    return page


def _refused(why: AllusrError, who: Reader) -> None:
    """A page that says what is wrong, with the code of its kind."""
    code, text, _ = answered(why)
    ui.context.client.status_code = code
    with frame("Not shown", who):
        still(render("problem", title="This cannot be shown", problem=text))


def _login(console: Console) -> Callable[[Request], HTMLResponse]:
    def page(request: Request) -> HTMLResponse:
        return HTMLResponse(login(console.access.form_token(request), request.query_params))

    return page


# --- what addresses say ---------------------------------------------------------------------------------------------


def _name(request: Request) -> str:
    return str(request.path_params["name"])


def _wanted(request: Request) -> str | None:
    return request.query_params.get("account")


def _number(request: Request) -> int:
    text = str(request.path_params["seq"])
    if not text.isdecimal() or len(text) > 12:
        raise InputError(f"entry {text}: no number of an entry")
    return int(text)


def _day(request: Request) -> date:
    text = str(request.path_params["at"])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text}: no date, as 2026-02-13") from None


def _subject(request: Request) -> str:
    found = request.query_params.get("of", "")
    if not found:
        raise InputError("a story is of a symbol, a position, a week or an entry: /a/NAME/story?of=AAPL")
    return found


_PAGES: Mapping[str, Build] = {
    "/": lambda c, r, q: overview.overview(c, r),
    "/a/{name}": lambda c, r, q: accounts.account(c, r, _name(q)),
    "/a/{name}/story": lambda c, r, q: stories.story(c, r, _name(q), _subject(q), q.query_params.get("ledger")),
    "/a/{name}/entry/{seq}": lambda c, r, q: stories.entry(c, r, _name(q), _number(q)),
    "/a/{name}/reports": lambda c, r, q: reports.listed(c, r, _name(q)),
    "/a/{name}/reports/{kind}/{at}": lambda c, r, q: reports.report(
        c, r, _name(q), str(q.path_params["kind"]), _day(q)
    ),
    "/a/{name}/rules": lambda c, r, q: rulebook.rules(c, r, _name(q)),
    "/reports": lambda c, r, q: reports.listed(c, r, None),
    "/rules": lambda c, r, q: rulebook.which(c, r),
    "/trail": lambda c, r, q: trails.trail(c, r, _wanted(q)),
    "/proposals": lambda c, r, q: approvals.proposals(c, r, _wanted(q)),
}  # fmt: skip
