"""A console in a process of its own, and Chromium in front of it; without Chromium these tests are skipped."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import frozen
from playwright.sync_api import Browser, Page, expect, sync_playwright

from allusr_sdk.governance import Governance
from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.events import RulesProposed
from allusr_sdk.rulebook import Rulebook
from tests.console.conftest import PASSWORD, users
from tests.office import homes

CHROMIUM = os.environ.get("ALLUSR_CHROMIUM") or shutil.which("chromium") or ""
ROOT = Path(__file__).parents[3]
PATIENCE = 30_000  # milliseconds for what is sure to come, on a machine that has much else to do
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def chromium():
    """Chromium without a window; a module's own, for its loop must not outlive the module."""
    if not CHROMIUM:
        pytest.skip("no chromium: install Debian's, or name one in ALLUSR_CHROMIUM")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield made
        made.close()


@contextmanager
def served(home):
    """The address of a console over a home or a folder of homes, with Ann and Vic as its users."""
    users(Path(home))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.console.pages.serving", str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    """A console over one home by hand, in which a change of a rule is proposed."""
    home = homes.write(tmp_path_factory.mktemp("console") / "paper")
    propose(home)
    with served(home) as url:
        yield url


def propose(home):
    """Propose a smaller cap for one symbol."""
    with open_ledger(home) as ledger:
        before = Rulebook.default()
        wishes = {"CAD-10.symbol_cap": "0.2"}
        Governance(ledger).propose(RulesProposed(
            rule="RULE-3", changes=wishes, author="Ann", reason="less of one name", base=before.stamp,
            hash=before.adopted(wishes).hash, period="2026-02-05 to 2026-02-06",
            old={"equity": Decimal("991829.20"), "sold": 2}, new={"equity": Decimal("991900.20"), "sold": 1},
        ), datetime.now(UTC))  # fmt: skip


@frozen
class Visitor:
    """Somebody in front of Chromium. `asked` are the addresses that it asked for, `faults` what its console said."""

    page: Page
    url: str
    asked: list[str]
    faults: list[str]

    def open(self, path):
        """Go to a page and wait until it is written."""
        self.page.goto(f"{self.url}{path}")
        expect(self.page.locator("#main h1")).to_be_visible()

    def log_in(self, name="ann", password=PASSWORD):
        """Fill in the form; where it leads to is the caller's to look at."""
        self.page.goto(f"{self.url}/login")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        return self


@contextmanager
def visiting(chromium: Browser, url, *, size=DESK, scheme="light"):
    """A new visitor, with neither cookies nor anything kept."""
    context = chromium.new_context(viewport=size, color_scheme=scheme, bypass_csp=False)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    made = Visitor(page, url, [], [])
    page.on("request", lambda request: made.asked.append(request.url))
    page.on("websocket", lambda socket: made.asked.append(socket.url))
    page.on("console", lambda said: made.faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda fault: made.faults.append(str(fault)))
    try:
        yield made
    finally:
        context.close()


@pytest.fixture
def visitor(chromium, console):
    """Nobody known yet, in front of the console."""
    with visiting(chromium, console) as made:
        yield made


@pytest.fixture
def ann(visitor):
    """An operator, signed in."""
    visitor.log_in()
    expect(visitor.page.locator("#main h1")).to_be_visible()
    return visitor


@pytest.fixture
def vic(visitor):
    """A viewer, signed in."""
    visitor.log_in("vic")
    expect(visitor.page.locator("#main h1")).to_be_visible()
    return visitor
