"""Every page for everybody: readable by machines and on a phone, by keyboard, and for a viewer without any action."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.console.pages.conftest import DESK, PHONE, visiting

PAGES = (
    "/", "/a/paper", "/a/paper/story?of=AAPL", "/a/paper/story?of=2026-W07", "/a/paper/entry/4", "/a/paper/reports",
    "/a/paper/reports/week/2026-02-12", "/a/paper/rules", "/reports", "/rules", "/trail", "/proposals",
)  # fmt: skip
ACTIONS = ("Pause", "Resume", "Halt", "Re-arm", "Halt all", "Approve")

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]


def faults(page):
    """What axe finds that is serious or critical, with where."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found
            if one["impact"] in ("serious", "critical")]  # fmt: skip


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark"), (DESK, "dark"), (PHONE, "light")])
def test_no_page_has_a_serious_fault_or_is_wider_than_its_screen(chromium, console, size, scheme):
    with visiting(chromium, console, size=size, scheme=scheme) as someone:
        someone.page.goto(f"{console}/login")
        assert not faults(someone.page)
        someone.log_in()
        expect(someone.page.locator("#main h1")).to_be_visible()
        for path in PAGES:
            someone.open(path)
            assert not faults(someone.page), path
            assert someone.page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
        assert not someone.faults


def test_a_dialog_has_no_serious_fault_and_is_left_by_escape(ann):
    ann.open("/a/paper")
    for action in ("Pause", "Halt", "Re-arm"):
        button = ann.page.get_by_role("button", name=action, exact=True)
        button.click()
        dialog = ann.page.get_by_role("dialog", name=f"{action} paper")
        expect(dialog.get_by_label("Reason")).to_be_focused()
        assert not faults(ann.page), action
        ann.page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
        expect(button).to_be_focused()


def test_for_a_viewer_no_page_has_any_action(vic):
    for path in PAGES:
        vic.open(path)
        for action in ACTIONS:
            expect(vic.page.get_by_role("button", name=action, exact=True)).to_have_count(0)
        expect(vic.page.locator(".actions, .q-btn, [role=dialog]")).to_have_count(0)


def test_an_operator_approves_a_proposal_with_its_figures_in_sight(ann):
    page = ann.page
    ann.open("/proposals")
    proposal = page.get_by_role("region", name="paper · proposal 2")
    expect(proposal).to_contain_text("waits for approval")
    expect(proposal.get_by_role("row").filter(has_text="symbol_cap")).to_contain_text("0.25 share")
    expect(proposal.get_by_role("row").filter(has_text="equity")).to_contain_text("+71.00")
    page.get_by_role("button", name="Approve", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Approve", exact=True).click()
    expect(dialog).to_contain_text("Not done")
    dialog.get_by_label("Reason").fill("agreed")
    dialog.get_by_role("button", name="Approve", exact=True).click()
    expect(dialog).to_contain_text("proposal 2 is approved by ann: rulebook 2.1.0+")
    page.reload()
    expect(proposal).to_contain_text("approved")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    ann.open("/trail")
    expect(page.get_by_role("row").filter(has_text="approve").filter(has_text="agreed")).to_contain_text("done")


def test_a_story_leads_to_its_entries_and_an_entry_to_its_rules(ann):
    page = ann.page
    ann.open("/a/paper")
    page.get_by_role("link", name="short 3 × AAPL 13 Feb 270 put").click()
    expect(page.locator("#main")).to_contain_text("SOLD 3 × AAPL 13 Feb 270 put at 1.70")
    page.get_by_text(re.compile(r"^\d+ entries$")).first.click()
    page.get_by_role("link", name=re.compile("^#")).nth(1).click()
    expect(page.get_by_role("heading", name=re.compile("^Entry #"))).to_be_visible()
    ann.open("/a/paper/entry/3")
    page.get_by_role("link", name="LQ-1").click()
    expect(page.locator("#LQ-1")).to_be_in_viewport()


def test_what_is_not_there_is_said_with_the_nearest_that_is(ann):
    for path, says in (
        ("/a/papers", "there is no account 'papers'"),
        ("/a/paper/entry/99", "there is no entry #99"),
        ("/a/paper/story?of=AAPLE", "AAPL"),
        ("/a/paper/reports/week/2025-02-12", "begins on 2026-02-11"),
        ("/a/paper/reports/week/soon", "no date"),
    ):
        ann.open(path)
        expect(ann.page.get_by_role("alert")).to_contain_text(says)


def test_a_reader_who_is_signed_out_sees_nothing_more(ann):
    ann.open("/a/paper")
    ann.page.get_by_role("button", name="Log out").click()
    expect(ann.page.get_by_role("button", name="Log in")).to_be_visible()
    ann.page.goto(f"{ann.url}/a/paper")
    expect(ann.page.get_by_role("button", name="Log in")).to_be_visible()


def test_a_wrong_password_is_said_and_tells_not_which_half_is_wrong(visitor):
    visitor.log_in(password="incorrect horse")
    expect(visitor.page.get_by_role("alert")).to_have_text("The name or the password is wrong.")


def test_the_reader_chooses_light_or_dark_and_it_stays(ann):
    ground = "getComputedStyle(document.body).backgroundColor"
    before = ann.page.evaluate(ground)
    ann.page.get_by_role("button", name="Theme").click()
    chosen = ann.page.evaluate(ground)
    assert chosen != before
    ann.open("/trail")
    assert ann.page.evaluate(ground) == chosen
