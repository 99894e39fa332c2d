"""A console over a home that is a database, not a folder."""

import pytest
from allusr_console.settings import Settings

from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.events import Broken
from allusr_sdk.office.trail import trail
from tests.console.conftest import running, until, users
from tests.ledger import servers
from tests.office import homes

PASSWORD = "opensesame"


@pytest.fixture(scope="module")
def url():
    """A database with the home of `homes.ROWS`, whose URL has a password."""
    with servers.running() as server, servers.database(server) as found:
        made = found.replace("postgres@", f"postgres:{PASSWORD}@")
        homes.write(made)
        yield made


@pytest.fixture
def browser(url, tmp_path):
    users(tmp_path)
    with running(Settings(home=url, users=tmp_path / "console.json", wait=0)) as made:
        (name,) = made.console.house.accounts
        assert until(lambda: not made.console.house.snapshot(name).problem)
        assert made.log_in().status_code == 303
        made.name = name
        yield made


def test_a_database_is_followed_told_and_noted_in_and_its_password_never_shown(browser, url):
    name, console = browser.name, browser.console
    assert url.endswith(name)
    for path in ("accounts", f"accounts/{name}", f"accounts/{name}/story/AAPL", f"accounts/{name}/trail"):
        answer = browser.get(f"/api/{path}")
        assert answer.status_code == 200
        assert PASSWORD not in answer.text
    with open_ledger(url, create=False) as ledger:
        broken = Broken(rule="B03", symbol="AAPL", subject="AAPL", what="another number", ours="3", theirs="2",
                        action="SYMBOL")  # fmt: skip
        homes.append(ledger.latest(), [("12 10:30", broken)])
    assert until(lambda: console.house.snapshot(name).seq == 11)
    ann = console.access._of(browser.client.cookies["allusr_session"])
    browser.client.portal.call(lambda: console.desk.tell(ann, name, "halt", reason="hot", phrase=f"halt {name}"))
    assert console.audit.settle()
    assert [(act.actor, act.action) for act in trail(url)] == [("ann", "halt"), ("ann", "login")]


def test_a_database_that_cannot_be_read_makes_what_is_known_old_and_its_problem_shows_no_password(
    browser, url, monkeypatch
):
    house = browser.console.house
    with open_ledger(url, create=False) as ledger, ledger.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE entries RENAME TO gone")
        connection.commit()
        try:
            problem = until(lambda: house.snapshot(browser.name).problem)
            (line,) = browser.get("/api/accounts").json()
            assert (line["rests"]["problem"], line["rests"]["stale"]) == (problem, True)
            assert PASSWORD not in str(line)
            assert line["equity"] is not None
        finally:
            connection.exec_driver_sql("ALTER TABLE gone RENAME TO entries")
            connection.commit()
