"""A paper account in a browser while its engine runs: watched, paused, resumed, halted, and not re-armed by a slip."""

import re
import signal
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from tests.console.pages.conftest import ROOT, served, visiting
from tests.office import homes

RUN = ("run", "--plugins", "gen_acc,rev_acc,protocol", "--mode", "paper", "--pace", "real", "--from", "2026-01-05",
       "--to", "2026-01-30", "--no-record")  # fmt: skip

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


@pytest.fixture
def house(tmp_path):
    """A folder with one home that is quiet, and one in which an engine runs."""
    homes.write(tmp_path / "quiet")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.console.pages.hurried", *RUN, "--home", str(tmp_path / "paper")], cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield tmp_path
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        finally:
            process.kill()


def told(page, action, reason, *, phrase=""):
    """Tell it by its dialog; returns the dialog once it has said what came of it."""
    page.get_by_role("button", name=action, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill(reason)
    if phrase:
        dialog.get_by_label(re.compile("^Type: ")).fill(phrase)
    dialog.get_by_role("button", name=action, exact=True).click()
    expect(dialog.get_by_role("status")).to_contain_text(re.compile("Done|Not done"))
    return dialog


def close(dialog):
    dialog.get_by_role("button", name=re.compile("Close|Cancel")).click()
    expect(dialog).to_have_count(0)


def test_an_operator_watches_a_running_account_pauses_it_resumes_it_and_halts_all(chromium, house):
    with served(house) as url, visiting(chromium, url) as ann:
        page = ann.page
        ann.log_in()
        page.get_by_role("link", name="paper").click()
        positions, orders = (page.get_by_role("region", name=name) for name in ("Positions", "Working orders"))
        expect(page.get_by_role("heading", name="paper", level=1)).to_be_visible()
        page.evaluate("window.unloaded = false")
        expect(positions.get_by_role("row").filter(has_text="short")).not_to_have_count(0)
        expect(orders.get_by_role("row").filter(has_text="sell to open")).not_to_have_count(0)
        assert page.evaluate("window.unloaded") is False, "it came without the page being loaded anew"

        positions.get_by_role("link", name=re.compile("^short ")).first.click()
        expect(page.locator("#main")).to_contain_text("SOLD")
        page.get_by_role("link", name="paper").click()

        done = told(page, "Pause", "too hot")
        expect(done).to_contain_text("paused: the account, by ann: too hot (KS-7)")
        expect(done).to_contain_text("open: 0 orders working")
        close(done)
        expect(orders).to_contain_text("No order works.")
        expect(page.get_by_role("status").first).to_contain_text("tier SAFE")
        expect(page.get_by_role("region", name="State machine and switches")).to_contain_text("USER of account")

        close(told(page, "Resume", "cooler"))
        expect(page.get_by_role("status").first).to_contain_text("tier NONE")

        page.get_by_role("link", name="Accounts", exact=True).first.click()
        done = told(page, "Halt all", "fire drill", phrase="halt everything")
        expect(done).to_contain_text("Not done")
        expect(page.locator("tr[data-key=paper]")).not_to_contain_text("EMERGENCY")
        done.get_by_label(re.compile("^Type: ")).fill("halt all")
        done.get_by_role("button", name="Halt all", exact=True).click()
        expect(done.get_by_role("status")).to_contain_text("paper: halted: the account, by ann: fire drill (KS-7)")
        expect(done.get_by_role("status")).to_contain_text("quiet: halted")
        close(done)
        expect(page.locator("tr[data-key=paper]")).to_contain_text("EMERGENCY")

        page.get_by_role("link", name="paper").click()
        done = told(page, "Re-arm", "over", phrase="rearm the account")
        expect(done).to_contain_text("Not done")
        expect(done).to_contain_text("type 'rearm paper' to confirm")
        close(done)
        expect(page.get_by_role("status").first).to_contain_text("EMERGENCY")
        assert not ann.faults
