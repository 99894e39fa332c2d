"""Live trading from a home that is a database: no folder for a lock, and a password that is never shown."""

import pytest

from tests.cli.desk import ANN, DAY, Desk
from tests.ledger import servers

PASSWORD = "hunter22-pg"


@pytest.fixture(scope="module")
def server():
    """A real server, or a skip that says why there is none."""
    with servers.running() as found:
        yield found


@pytest.fixture
def url(server):
    """An empty database, by a URL with a password that this server does not ask for."""
    with servers.database(server) as found:
        yield found.replace("postgres@", f"postgres:{PASSWORD}@")


def test_the_arming_of_a_database_holds_what_was_locked(allusr, tmp_path, monkeypatch, url):
    desk = Desk(allusr, tmp_path, monkeypatch, url)
    assert "refused: lock: no folder to keep it in: `allusr arm --lock FILE`" in desk.runs().err
    lock = tmp_path / "plugins.lock"
    assert desk.told("plugins", "lock", "--file", lock).code == 0
    done = desk.told("arm", *ANN, "--lock", lock)
    assert (done.code, done.err) == (0, "")
    assert desk.runs().err == ""
    lock.unlink()
    assert desk.runs().err == ""
    assert desk.told("doctor", "--mode", "live").code == 0
    desk.module.write_text(desk.module.read_text() + "\n# changed\n")
    assert "refused: lock: other plugins than were armed, wanted as armed: " in desk.runs().err


def test_what_a_run_says_to_type_next_has_no_password(allusr, url):
    printed = []
    for command in (("run", "--plugins", "gen_acc,protocol", *DAY), ("status",), ("ledger", "verify"), ("doctor",)):
        done = allusr(*command, "--home", url)
        assert (done.code, done.err) == (0, "")
        printed.append(done.out)
    assert "--home postgresql://postgres@127.0.0.1:" in printed[0]
    assert PASSWORD not in "".join(printed)
