"""Signing in and out: who gets in, who does not, and what stays behind."""

import pytest
from allusr_console import access as door
from allusr_console import people
from allusr_console.limits import Buckets, Lockouts, Rate
from allusr_console.people import Register
from allusr_console.roles import Role
from starlette.websockets import WebSocketDisconnect

from allusr_sdk.errors import InputError
from allusr_sdk.office.trail import trail
from tests.console.conftest import CHEAP, OURS, PASSWORD, running


def acts(browser):
    assert browser.console.audit.settle()
    return [(act.actor, act.action, act.outcome) for act in trail(browser.console.house.home("paper"))]


def test_nobody_sees_anything_but_the_form(browser):
    refused = browser.get("/api/accounts")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert refused.json()["error"] == "nobody is signed in"
    page = browser.get("/a/paper?tab=2")
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2Fa%2Fpaper%3Ftab%3D2")


def test_a_user_signs_in_and_out_and_both_stand_in_the_trail(browser):
    done = browser.log_in(next="/a/paper")
    assert (done.status_code, done.headers["location"]) == (303, "/a/paper")
    cookie = done.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert browser.get("/api/accounts").status_code == 200
    assert browser.log_out().headers["location"] == "/login"
    assert browser.get("/api/accounts").status_code == 401
    assert acts(browser) == [("ann", "logout", "done"), ("ann", "login", "done")]


def test_a_session_that_was_signed_out_cannot_be_used_again(signed_in):
    stolen = signed_in.client.cookies[door.SESSION]
    signed_in.log_out()
    signed_in.client.cookies.set(door.SESSION, stolen)
    assert signed_in.get("/api/accounts").status_code == 401


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong horse battery"), ("nobody", PASSWORD), ("", "")])
def test_a_wrong_name_and_a_wrong_password_are_refused_in_the_same_words(browser, name, password):
    done = browser.log_in(name, password)
    assert done.headers["location"] == "/login?why=refused&next=%2F"
    assert door.SESSION not in browser.client.cookies
    assert acts(browser)[0][1:] == ("login", "refused")


def test_after_five_failures_the_right_password_is_not_looked_at(browser):
    for _ in range(5):
        last = browser.log_in(password="wrong horse battery")
    assert last.headers["location"].startswith("/login?why=locked&seconds=60")
    assert "why=locked" in browser.log_in().headers["location"]
    assert acts(browser)[0] == ("ann", "lockout", "refused")
    assert browser.log_in("vic").headers["location"] == "/"


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil", "/auth/logout", ""])
def test_one_goes_on_to_our_own_pages_alone(browser, onward):
    assert browser.log_in(next=onward).headers["location"] == "/"


def test_a_form_of_another_browser_is_refused(browser):
    browser.get("/login")
    done = browser.post("/auth/login", {"user": "ann", "password": PASSWORD, "csrf": "0" * 64})
    assert done.status_code == 403
    assert "another session" in done.json()["error"]


def test_a_form_from_before_the_login_does_not_sign_out(browser):
    browser.get("/login")
    before = browser.form
    browser.log_in()
    assert browser.post("/auth/logout", {"csrf": before}).status_code == 403
    assert browser.get("/api/accounts").status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999"])
def test_a_request_from_another_site_is_refused(signed_in, origin):
    assert signed_in.post("/auth/logout", {"csrf": signed_in.form}, Origin=origin).status_code == 403
    assert signed_in.get("/api/accounts", headers={"Origin": origin}).status_code == 403
    assert signed_in.get("/api/accounts").status_code == 200


def test_what_changes_something_has_to_say_where_it_comes_from(browser):
    browser.get("/login")
    done = browser.client.post("/auth/login", data={"user": "ann", "password": PASSWORD, "csrf": browser.form})
    assert (done.status_code, done.json()["error"]) == (403, "a request that changes something names no Origin")


def test_a_host_that_is_not_ours_is_refused(signed_in):
    refused = signed_in.get("/api/accounts", headers={"Host": "rebound.example:8750"})
    assert refused.status_code == 400


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": OURS}])
def test_a_websocket_wants_our_origin_and_a_session(browser, headers):
    if headers.get("Origin") != OURS:
        browser.log_in()
    with pytest.raises(WebSocketDisconnect) as end, browser.client.websocket_connect("/_nicegui_ws/", headers=headers):
        pass
    assert end.value.code == 4403


def test_every_answer_keeps_other_hosts_and_frames_out(signed_in):
    for answer in (signed_in.get("/api/accounts"), signed_in.get("/login"), signed_in.get("/api/none")):
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "http" not in policy
        assert "*" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_too_many_requests_wait(slow_down):
    with running(slow_down(Rate(3, 0.1))) as browser:
        answers = [browser.get("/api/accounts") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert int(answers[-1].headers["retry-after"]) >= 9


# --- users and tokens ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [
    lambda every: people.without_user(every, "ann"),
    lambda every: people.with_user(every, "ann", Role.VIEWER, CHEAP.hash(PASSWORD)),
    lambda every: people.with_user(every, "ann", Role.OPERATOR, CHEAP.hash("another horse battery")),
])  # fmt: skip
def test_who_is_removed_or_changed_is_signed_out_at_once(signed_in, change):
    signed_in.console.access.register.change(change)
    assert signed_in.get("/api/accounts").status_code == 401


def test_a_session_ends_after_twelve_hours(signed_in, monkeypatch):
    now = signed_in.console.access._clock()
    monkeypatch.setattr(signed_in.console.access, "_clock", lambda: now + door.LASTS + 1)
    assert signed_in.get("/api/accounts").status_code == 401


@pytest.mark.parametrize("spoil", [lambda c: c[:-1] + ("0" if c[-1] != "0" else "1"), lambda c: "x" + c, lambda c: "."])
def test_a_cookie_that_was_changed_is_nobodys(signed_in, spoil):
    signed_in.carry(door.SESSION, spoil(signed_in.client.cookies[door.SESSION]))
    assert signed_in.get("/api/accounts").status_code == 401


def test_a_cookie_of_another_key_is_nobodys(signed_in, settings):
    settings.users.with_name(people.KEY).unlink()
    with running(settings) as other:
        other.client.cookies = signed_in.client.cookies
        assert other.get("/api/accounts").status_code == 401


def test_a_token_reads_until_it_is_taken_back_and_is_kept_as_a_hash(browser, settings):
    register = browser.console.access.register
    every, text = people.with_token(register.people, "grafana")
    register.change(lambda _: every)
    bearer = {"Authorization": f"Bearer {text}"}
    assert browser.get("/api/accounts", headers=bearer).status_code == 200
    assert browser.get("/api/accounts", headers={"Authorization": f"Bearer {text}x"}).status_code == 401
    kept = settings.users.read_text()
    assert text.rpartition("_")[2] not in kept
    assert PASSWORD not in kept
    register.change(lambda found: people.without_token(found, every.tokens[-1].id))
    assert browser.get("/api/accounts", headers=bearer).status_code == 401


def test_the_files_are_for_their_owner_alone_and_refused_else(settings):
    with running(settings):
        assert settings.users.stat().st_mode & 0o077 == 0
        assert settings.users.with_name(people.KEY).stat().st_mode & 0o077 == 0
    settings.users.chmod(0o644)
    with pytest.raises(InputError, match="others may read it"):
        _ = Register(settings.users).people


def test_a_file_that_is_spoilt_while_the_console_runs_lets_nobody_in(signed_in, settings):
    settings.users.write_text("{")
    refused = signed_in.get("/api/accounts")
    assert refused.status_code == 403
    assert "no file of a console's users" in refused.json()["error"]


@pytest.mark.parametrize("name", ["", "1st", "a b", "x" * 33, "ann\n", "../x"])
def test_a_name_that_would_not_read_well_in_a_journal_is_refused(name):
    with pytest.raises(InputError, match="a name has letters"):
        people.with_user(people.People(), name, Role.VIEWER, "hash")


# --- limits --------------------------------------------------------------------------------------------------------


class Clock:
    """Seconds that rise when told to."""

    now = 0.0

    def __call__(self):
        return self.now


def test_lockouts_double_and_are_forgotten_after_the_longest():
    clock = Clock()
    locks = Lockouts(tries=2, seconds=60, longest=600, clock=clock)
    found = []
    for _ in range(4):
        found.append(locks.fail("ann"))
        clock.now += found[-1]
    assert found == [0, 60, 120, 240]
    assert locks.locked("ann") == 0
    clock.now += 601
    assert locks.fail("ann") == 0


def test_limits_keep_no_more_than_they_may():
    buckets, locks = Buckets(Rate(1, 1), most=10), Lockouts(most=10)
    for number in range(100):
        buckets.wait(str(number))
        locks.fail(str(number))
    assert (len(buckets), len(locks)) == (10, 10)


def test_a_bucket_fills_again():
    clock = Clock()
    bucket = Buckets(Rate(2, 0.5), clock=clock)
    assert [bucket.wait("a") for _ in range(3)] == [0, 0, 2]
    assert bucket.wait("b") == 0
    clock.now = 2
    assert bucket.wait("a") == 0
