"""The gate that every request and websocket goes through: whose it is, where it comes from, how often, what may show.

A plain ASGI layer, for websockets go through it too.
"""

import secrets
from http.cookies import SimpleCookie
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allusr_console.access import FORM, Access
from allusr_console.limits import Buckets
from allusr_console.roles import Who
from allusr_console.settings import Settings
from allusr_sdk.errors import AllusrError

_SAFE = ("GET", "HEAD", "OPTIONS")
_OPEN = ("/login", "/auth/", "/_nicegui/", "/favicon.ico")
_API, _SOCKET, _RENDERED = "/api/", "/_nicegui_ws", "/rendered"

_PAGE = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_REPORT = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}  # fmt: skip


class Guard:
    """Lets through what may be let through.

    Args:
        app: what stands behind it.
        settings: which hosts and origins are ours, and how often may be asked.
        access: who is signed in.
    """

    def __init__(self, app: ASGIApp, settings: Settings, access: Access) -> None:
        self._app, self._settings, self._access = app, settings, access
        self._buckets = Buckets(settings.rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or go on with who it is in ``scope["state"]["who"]``."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        fresh = self._known(request)
        path = scope["path"]
        refused = self._refused(request, path)
        if refused is not None:
            await _refuse(refused, scope, receive, self._dressed(send, path, ""))
        else:
            await self._app(scope, receive, self._dressed(send, path, fresh))

    def _known(self, request: HTTPConnection) -> str:
        """Find out who it is; the value of a new cookie for a browser's forms, empty where it has one."""
        state = request.scope.setdefault("state", {})
        try:
            state["who"] = self._access.who(request)
        except AllusrError as why:
            state["who"], state["trouble"] = None, str(why)
        had = request.cookies.get(FORM, "")
        fresh = "" if len(had) == 32 and had.isalnum() else secrets.token_hex(16)
        state["form"] = fresh or had
        return fresh

    def _refused(self, request: HTTPConnection, path: str) -> Response | None:
        """Why it is not let through, as an answer."""
        headers, who = request.headers, request.scope["state"]["who"]
        if headers.get("host", "").lower() not in self._settings.hosts:
            return _no(400, "the header Host names another host", "open the console under the address that it printed")
        if strange := self._strange(request, path):
            return _no(403, strange, "open the console in its own pages")
        address = request.client.host if request.client else ""
        if wait := self._buckets.wait(f"{who.by} {who.sid}" if who else f"address {address}"):
            return _no(429, "too many requests", f"wait {wait:.1f} s", {"Retry-After": f"{max(1, round(wait))}"})
        return None if who or path.startswith(_OPEN) else self._unknown(request, path)

    def _strange(self, request: HTTPConnection, path: str) -> str:
        """Whether it comes from a page of another site, in words; empty where it does not."""
        origin, scope = request.headers.get("origin"), request.scope
        changes = scope["type"] == "websocket" or scope["method"] not in _SAFE
        if origin is not None:
            return "" if origin.lower() in self._settings.origins else f"the request comes from {origin[:100]}"
        if changes:
            return "a request that changes something names no Origin"
        site = request.headers.get("sec-fetch-site", "none")
        strange = path.startswith(_SOCKET) and site not in ("none", "same-origin")
        return "the request comes from another site" if strange else ""

    def _unknown(self, request: HTTPConnection, path: str) -> Response:
        if trouble := request.scope["state"].get("trouble"):
            return _no(403, trouble, "the server's terminal says more")
        if path.startswith((_API, _SOCKET)) or request.scope["type"] == "websocket":
            return _no(401, "nobody is signed in", "sign in, or send a token: `allusr console token add`", {
                "WWW-Authenticate": "Bearer",
            })  # fmt: skip
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/login?next={quote(path + query, safe='')}", 303)

    def _dressed(self, send: Send, path: str, fresh: str) -> Send:
        """Send with our headers, and the new cookie of a browser's forms where it has none."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers["Content-Security-Policy"] = _REPORT if path.endswith(_RENDERED) else _PAGE
                if not path.startswith("/_nicegui/"):
                    headers["Cache-Control"] = "no-store"
                if self._settings.secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                if fresh and not path.startswith((_API, "/_nicegui")):
                    headers.append("Set-Cookie", cookie(FORM, fresh, secure=self._settings.secure))
            await send(message)

        return dressed


def cookie(name: str, value: str, *, secure: bool, seconds: int | None = None) -> str:
    """A cookie's header: for this site alone, unseen by scripts."""
    made: SimpleCookie = SimpleCookie()
    made[name] = value
    made[name]["path"], made[name]["httponly"], made[name]["samesite"] = "/", True, "Strict"
    if secure:
        made[name]["secure"] = True
    if seconds is not None:
        made[name]["max-age"] = str(seconds)
    return made[name].OutputString()


def who_of(request: HTTPConnection) -> Who | None:
    """Who a request is of, as the gate found out."""
    found = request.scope.get("state", {}).get("who")
    return found if isinstance(found, Who) else None


async def _refuse(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await answer(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 4403, "reason": "refused"})


def _no(code: int, error: str, hint: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": error, "hint": hint}, code, headers)
