"""The console in a browser, in a few seconds: signing in, an account, nothing from elsewhere."""

from urllib.parse import urlsplit

from playwright.sync_api import expect


def test_a_user_signs_in_and_sees_an_account_and_nothing_is_fetched_from_elsewhere(visitor):
    page = visitor.page
    visitor.log_in()
    expect(page.get_by_role("heading", name="Accounts", level=1)).to_be_visible()
    page.get_by_role("link", name="paper").click()
    expect(page.get_by_role("heading", name="paper", level=1)).to_be_visible()
    row = page.get_by_role("row").filter(has_text="short 3 × AAPL 13 Feb 270 put")
    expect(row).to_contain_text("1.70")
    expect(page.get_by_role("region", name="Working orders")).to_contain_text("k2")
    expect(page.get_by_role("region", name="Refused, newest first")).to_contain_text("open interest 116 < 500")
    assert {urlsplit(asked).hostname for asked in visitor.asked if not asked.startswith("data:")} == {"127.0.0.1"}
    assert not visitor.faults
