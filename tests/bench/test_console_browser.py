"""The console in Chromium over eight accounts: a page until it can be read, an entry until it stands on the screen."""

from time import perf_counter, sleep

import pytest
from playwright.sync_api import expect

from allusr_sdk.ledger import open_ledger
from tests.bench.test_console import ACCOUNTS, EVENTS, GOAL, Engines, home
from tests.console.pages.conftest import chromium, served, visiting

__all__ = ["chromium"]

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]
ROUNDS = 20


@pytest.fixture(scope="module", params=(25, 200), ids=lambda each: f"{each}_positions_in_each")
def ann(request, tmp_path_factory, chromium):
    """An operator in front of eight accounts that were read."""
    root = tmp_path_factory.mktemp("console") / f"{ACCOUNTS * request.param} positions"
    root.mkdir()
    for number in range(1, ACCOUNTS + 1):
        home(root / f"a{number}", request.param)
    with served(root) as url, visiting(chromium, url) as made:
        made.log_in()
        expect(made.page.locator("tbody tr")).to_have_count(ACCOUNTS)
        expect(made.page.get_by_text("unknown")).to_have_count(0)
        yield made, root


def engines(root, first=1):
    return Engines([root / f"a{number}" for number in range(first, ACCOUNTS + 1)], second=2)


@pytest.mark.parametrize("path", ["/", "/a/a1"])
def test_a_page_until_it_can_be_read(ann, path, figures):
    made, root = ann
    with engines(root):
        taken = [opened(made, path) for _ in range(ROUNDS)]
    figures.add(f"{path} until it can be read", taken, "ms", group=root.name, **GOAL)


def opened(made, path):
    """Milliseconds from asking for a page to its rows being there."""
    began = perf_counter()
    made.page.goto(f"{made.url}{path}", wait_until="commit")
    made.page.locator("tbody tr").first.wait_for()
    taken = 1000 * (perf_counter() - began)
    sleep(0.2)
    return taken


def test_an_entry_until_it_stands_on_the_screen(ann, figures):
    made, root = ann
    made.open("/a/a1")
    with engines(root, 2) as others, open_ledger(root / "a1", create=False) as ledger:
        run = ledger.latest()
        taken = [seen(made.page, others, run) for _ in range(EVENTS)]
    figures.add("an entry until it stands on the screen", taken, "ms", group=root.name, most=1000)


def seen(page, others, run):
    """Milliseconds from an entry's being durable to its number in the heading."""
    seq = others.write(run)
    began = perf_counter()
    page.locator(f"#main a[href='/a/a1/entry/{seq}']").first.wait_for()
    taken = 1000 * (perf_counter() - began)
    sleep(0.37)
    return taken
