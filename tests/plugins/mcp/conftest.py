"""A home by hand, and a client of its server in this process."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import anyio
import pytest
from allusr_mcp.accounts import Accounts
from allusr_mcp.server import server
from attrs import frozen
from mcp import Client

from tests.office.homes import write


@frozen
class Said:
    """What a tool answered: its structure, or the error's text."""

    body: Mapping
    error: str = ""

    @property
    def only(self):
        """The answer of the one account that was asked."""
        (answer,) = self.body["accounts"]
        return answer


class Talk:
    """A conversation with the server of some homes; each call is a connection of its own."""

    def __init__(self, accounts):
        self._server = server(accounts)

    def do[T](self, what: Callable[[Client], T]) -> T:
        async def talk():
            async with Client(self._server) as client:
                return await what(client)

        return anyio.run(talk)

    def __call__(self, tool, **arguments):
        result = self.do(lambda client: client.call_tool(tool, arguments))
        if result.is_error:
            return Said({}, result.content[0].text)
        return Said(result.structured_content)


@pytest.fixture
def home(tmp_path):
    """A put of AAPL sold, MSFT refused, an order that works."""
    return str(write(tmp_path / "home"))


@pytest.fixture
def serve():
    """Talk with the server of homes by account."""
    opened: list[AbstractContextManager] = []

    def made(homes):
        accounts = Accounts(homes)
        opened.append(accounts)
        return Talk(accounts)

    yield made
    for accounts in opened:
        accounts.__exit__(None, None, None)


@pytest.fixture
def talk(serve, home):
    """Talk with the server of the one home."""
    return serve({"": home})
