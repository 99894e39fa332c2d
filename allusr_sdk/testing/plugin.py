"""The pytest plugin: fixtures for authors of plugins, each importing what it needs when it is first asked for."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from allusr_sdk.ledger import Ledger
    from allusr_sdk.testing import Broker, Clock, Golden, Market, Played, Recorded
    from allusr_sdk.testing.brokerage import Brokerage

UPDATE = "--allusr-update"
JOURNALS = "journals"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes golden journals anew."""
    group = parser.getgroup("allusr", "plugins of ALL-USE")
    group.addoption(UPDATE, action="store_true", help="Write golden journals anew instead of comparing with them.")


def pytest_configure(config: pytest.Config) -> None:
    """Keep a warning out of authors' reports that nautilus_trader raises under pandas 3: it is not theirs to mend."""
    config.addinivalue_line("filterwarnings", "ignore:Timestamp.utcnow is deprecated")


@pytest.fixture
def market() -> "Market":
    """A calm market of AAPL and SPY, three weeks on a grid of fifteen minutes; tell it more by sentences."""
    from allusr_sdk.testing import Market

    return Market()


@pytest.fixture
def broker() -> "Broker":
    """A broker that does what it should; tell it what goes wrong by sentences."""
    from allusr_sdk.testing import Broker

    return Broker()


@pytest.fixture
def brokerage(tmp_path: Path) -> "Iterator[Brokerage]":
    """A broker process with a new account, ended with the test: `.connection()` for engines, `.control` for tests."""
    from allusr_sdk.testing.brokerage import Brokerage

    with Brokerage(tmp_path / "brokerage", seconds=60) as started:
        yield started


@pytest.fixture
def sandbox(market: "Market") -> "Callable[..., Played]":
    """Plays plugins: `sandbox(Sleeve, market=..., mode="paper", ...)`, on the fixture's market where none is given."""
    from allusr_sdk.testing import Sandbox

    def play(*plugins: object, **options: object) -> "Played":
        return Sandbox(options.pop("market", market), *plugins, **options).run()  # type: ignore[arg-type]

    return play


@pytest.fixture
def clock(market: "Market") -> "Clock":
    """Instants of the fixture's market: `clock.at(3, "10:00")` in its fourth session, as aware UTC."""
    from allusr_sdk.testing import Clock

    return Clock(market)


@pytest.fixture
def ledger(tmp_path: Path) -> "Iterator[Ledger]":
    """An empty ledger in a folder of this test: `sandbox(Sleeve, ledger=ledger)` keeps its run there."""
    from allusr_sdk.ledger import open_ledger

    with open_ledger(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def journal(request: pytest.FixtureRequest) -> "Golden":
    """Golden journals beside the test: `journal.matches(played, "name")` compares with journals/name.txt."""
    from allusr_sdk.testing import Golden

    return Golden(request.path.parent / JOURNALS, update=bool(request.config.getoption(UPDATE)))


@pytest.fixture
def plugin_host() -> "Callable[..., Recorded]":
    """Makes hosts of objects at hand: `plugin_host(Observer())`, whose `calls` are the hooks called, in order."""
    from allusr_sdk.testing import Recorded

    return Recorded.of
