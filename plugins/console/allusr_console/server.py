"""The console as an ASGI application, and the server that runs it."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from allusr_console import signing
from allusr_console.access import Access
from allusr_console.api.routes import router
from allusr_console.audit import Audit
from allusr_console.console import Console
from allusr_console.desk import Desk
from allusr_console.guard import Guard
from allusr_console.house import House
from allusr_console.people import Register
from allusr_console.problems import answered
from allusr_console.settings import Settings
from allusr_console.snapshots import UNREAD
from allusr_console.threads import Apart
from allusr_sdk.errors import AllusrError
from allusr_sdk.model.calendar import xnys

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_LOOK = 0.2  # seconds between two looks whether an account was read


def make(settings: Settings, *, hasher: "PasswordHasher | None" = None) -> Console:
    """The parts of a console; nothing runs yet but the threads that write notes.

    Raises:
        InputError: there is no home, or the file of users cannot be used.
    """
    house = House(settings.home)
    audit = Audit(house)
    access = Access(Register(settings.users), audit, hasher=hasher)
    return Console(settings, house, access, audit, Desk(house, access, settings.wait))


def create(settings: Settings, console: Console | None = None, *, pages: bool = True) -> FastAPI:
    """The application: read API, signing in and out, pages, and the gate before all of them.

    Args:
        settings: what it is started with.
        console: its parts, if they are made already; they are started and stopped with the application.
        pages: whether pages are made too. They are one process's: a second application cannot have them.

    Raises:
        InputError: there is no home, or the file of users cannot be used.
    """
    parts = console or make(settings)
    app = FastAPI(
        title="ALL-USE console", version=version("allusr-console"), docs_url=None, redoc_url=None,
        openapi_url="/api/openapi.json", lifespan=_lives(parts),
        description="What stands in the ledgers of some accounts. Reading only: nothing here changes anything.",
    )  # fmt: skip
    app.state.console = parts
    for error, handler in _HANDLERS.items():
        app.add_exception_handler(error, handler)
    signing.mount(app, parts)
    app.include_router(router(parts.house))
    if pages:
        _pages(app, parts)
    app.add_middleware(Guard, settings=settings, access=parts.access)
    return app


def _pages(app: FastAPI, console: Console) -> None:
    """The pages. Their library keeps a folder, which must not be where the console happens to be started."""
    os.environ.setdefault("NICEGUI_STORAGE_PATH", os.path.join(tempfile.gettempdir(), f"allusr-console-{os.getuid()}"))
    from allusr_console import pages

    pages.mount(app, console)


def _lives(console: Console) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lives(app: FastAPI) -> AsyncIterator[None]:
        console.start()
        warming = asyncio.create_task(_warm(console))
        yield
        warming.cancel()
        await asyncio.to_thread(console.stop)

    return lives


async def _warm(console: Console) -> None:
    """Read every journal once for questions, and load what reports need, before anybody asks."""
    for name in console.house.accounts:
        while console.house.snapshot(name).problem == UNREAD:
            await asyncio.sleep(_LOOK)
        with suppress(AllusrError):
            await console.house.ask(name).warm()
    with suppress(AllusrError):
        await Apart().do("loads the calendar", xnys)


# --- errors --------------------------------------------------------------------------------------------------------


async def _of_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, AllusrError)
    code, text, hint = answered(error)
    return JSONResponse({"error": text, "hint": hint}, code)


async def _unfit(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:])
    return JSONResponse({"error": f"{where}: {first['msg']}", "hint": "see /api/openapi.json"}, 422)


async def _other(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = " ".join(str(error.detail).split()).lower()
    return JSONResponse({"error": text, "hint": "see /api/openapi.json"}, error.status_code, error.headers)


_HANDLERS = {AllusrError: _of_ours, RequestValidationError: _unfit, HTTPException: _other}
