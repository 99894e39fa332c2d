"""Signing in and out: the two requests that change something by themselves."""

from urllib.parse import parse_qs, urlencode

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from starlette.responses import JSONResponse, RedirectResponse

from allusr_console.access import LASTS, SESSION
from allusr_console.console import Console
from allusr_console.guard import cookie, who_of
from allusr_console.limits import Buckets, Rate

_MOST = 16_384  # bytes of a form
_TRIES = Rate(20, 0.5)  # logins of one address, whatever their names


def mount(app: FastAPI, console: Console) -> None:
    """Add ``POST /auth/login`` and ``POST /auth/logout``."""
    access, secure, tries = console.access, console.settings.secure, Buckets(_TRIES)

    async def login(request: Request) -> Response:
        form = await _form(request)
        if form is None or not access.form_right(request, form.get("csrf", "")):
            return _stale()
        name, onward = form.get("user", ""), _own(form.get("next", ""))
        if wait := tries.wait(_address(request)):
            return _on(_again(wait, onward))
        made = await anyio.to_thread.run_sync(access.sign_in, name, form.get("password", ""), _address(request))
        if isinstance(made, str):
            return _on(onward, cookie(SESSION, made, secure=secure, seconds=int(LASTS)))
        return _on(_again(made, onward))

    async def logout(request: Request) -> Response:
        form, who = await _form(request), who_of(request)
        if form is None or not access.form_right(request, form.get("csrf", "")):
            return _stale()
        if who is not None and who.by == "session":
            await anyio.to_thread.run_sync(access.sign_out, who, _address(request))
        return _on("/login", cookie(SESSION, "", secure=secure, seconds=0))

    app.add_api_route("/auth/login", login, methods=["POST"], include_in_schema=False)
    app.add_api_route("/auth/logout", logout, methods=["POST"], include_in_schema=False)


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of a form; None where it is too long or none."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _MOST:
            return None
    try:
        return {name: values[0] for name, values in parse_qs(body.decode(), max_num_fields=16).items()}
    except ValueError:
        return None


def _own(onward: str) -> str:
    """A path of ours to go on to; the first page where it is none, as another site's address."""
    fine = onward.startswith("/") and not onward.startswith(("//", "/\\", "/auth/", "/login")) and onward.isprintable()
    return onward if fine else "/"


def _again(locked: float, onward: str) -> str:
    """The page of the form, which says why: refused, or locked out for so many seconds."""
    why = {"why": "locked", "seconds": f"{max(1.0, locked):.0f}"} if locked else {"why": "refused"}
    return f"/login?{urlencode({**why, 'next': onward})}"


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _on(onward: str, set_cookie: str = "") -> Response:
    answer = RedirectResponse(onward, 303)
    if set_cookie:
        answer.headers.append("Set-Cookie", set_cookie)
    return answer


def _stale() -> Response:
    return JSONResponse({"error": "the form is of another session", "hint": "load the page again"}, 403)
