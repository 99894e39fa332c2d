"""`allusr doctor`: what it looks at, what it calls well, and that it touches nothing."""

import json
import os
import socket
import sqlite3
import struct
import threading
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime

import pytest

from allusr_sdk.ledger.schema import HEAD
from tests.cli.desk import ANN, Desk


class Looked(Desk):
    """A desk that doctor looks at."""

    def checks(self, *arguments):
        """What each check found, by its name, and the exit code."""
        done = self.told("doctor", "--json", *arguments)
        assert done.err == ""
        found = json.loads(done.out)
        assert found["well"] is (done.code == 0)
        return {row["name"]: row for row in found["checks"]} | {"code": done.code}


@pytest.fixture
def desk(allusr, tmp_path, monkeypatch):
    """A broker whose account is the one that is meant, and a home in which nothing is yet."""
    return Looked(allusr, tmp_path, monkeypatch)


def state(checks, *names):
    return tuple(checks[name]["state"] for name in names)


def test_a_fresh_installation_is_well_for_paper(allusr, tmp_path):
    done = allusr("doctor", "--home", tmp_path / "home")
    assert (done.code, done.err) == (0, "")
    rows = {line.split()[0]: line for line in done.out.splitlines()[1:]}
    run = ["python", "sdk", "plugins", "names", "home", "disk", "schema", "engine", "halt", "rulebook"]
    beside = ["packages", "installed", "zones", "calendar", "database", "reports"]
    assert list(rows)[:16] == [*run, *beside]
    assert {"notify", "metrics", "console", "ask", "mcp", "ports"} <= set(rows)
    assert "schema of no ledger yet" in rows["schema"]
    assert not (tmp_path / "home").exists()


def test_live_wants_lock_and_arming_and_says_how(desk):
    found = desk.checks("--mode", "live")
    assert state(found, "account", "flag", "currency", "permissions", "clock") == ("ok",) * 5
    assert state(found, "lock", "armed") == ("failed", "failed")
    assert (found["code"], found["armed"]["do"]) == (3, "`allusr arm`")
    desk.told("plugins", "lock")
    desk.told("arm", *ANN)
    again = desk.checks("--mode", "live")
    assert (again["code"], again["armed"]["found"]) == (0, "by Ann")


def test_for_people_it_is_a_table_and_one_line_that_names_the_first_thing(desk):
    desk.says(account="U8")
    done = desk.told("doctor", "--mode", "live")
    assert done.code == 3
    assert done.err == (
        "error: not well for live: account: U8, wanted U7: name the account in [broker] account, or reach the one that "
        "is named\n"
    )
    assert any(line.split() == ["account", "FAILED", "U8", "U7"] for line in done.out.splitlines())
    assert "\nlock: look at what changed, then `allusr plugins lock` and `allusr arm`\n" in done.out


def test_what_paper_does_not_need_is_a_note(desk):
    desk.says(live=False, skew=60.0)
    found = desk.checks()
    assert (found["code"], found["clock"]["state"], found["clock"]["matters"]) == (0, "failed", False)
    assert "(not needed for paper)" in desk.told("doctor").out


def test_a_broker_that_is_silent_is_unknown_and_that_is_as_bad(desk):
    desk.says(raises="line cut")
    found = desk.checks()
    assert (found["code"], state(found, "broker", "account", "flag")) == (3, ("unknown",) * 3)
    assert found["broker"]["found"] == "desk: ConnectionError: line cut"


def test_a_broker_that_no_plugin_brings_is_told_with_the_nearest(desk):
    found = desk.checks("--broker", "dsk")
    assert "did you mean 'desk'?" in found["broker"]["found"]


@pytest.mark.parametrize(("mode", "code"), [("backtest", 0), ("paper", 3)])
def test_a_backtest_needs_no_broker(desk, mode, code):
    desk.says(raises="line cut")
    assert desk.checks("--mode", mode)["code"] == code


# --- the installation ----------------------------------------------------------------------------------------------


def test_plugins_that_cannot_be_imported_are_named_with_their_error(desk):
    desk.module.write_text("raise RuntimeError('half written')\n")
    found = desk.checks()
    assert (found["code"], found["plugins"]["state"]) == (3, "failed")
    assert found["plugins"]["found"].startswith("desk: IMPORT FAILED: ")
    assert "RuntimeError: half written" in found["plugins"]["found"]
    assert found["broker"]["found"] == "desk: the selected plugins cannot be used"


def test_settings_that_do_not_fit_a_plugin_are_told(desk):
    found = desk.checks("--set", "sleeves.gen_acc.dte_mix=1")
    assert "sleeves.gen_acc.dte_mix: unknown setting" in found["plugins"]["found"]


def test_a_name_that_two_distributions_bring_and_a_module_from_elsewhere_are_told(desk, tmp_path, monkeypatch):
    first = tmp_path / "first"
    first.mkdir()
    (first / desk.module.name).write_text(desk.module.read_text())
    monkeypatch.syspath_prepend(str(first))
    found = desk.checks()["names"]
    assert (found["state"], found["found"]) == (
        "failed", f"module {desk.module.stem} is imported from {first / desk.module.name}, and not from allusr-desk",
    )  # fmt: skip
    info = first / "allusr_desk-0.9.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: allusr-desk\nVersion: 0.9\n")
    (info / "entry_points.txt").write_text(f"[allusr.v1]\ndesk = {desk.module.stem}\n")
    assert "allusr-desk 0.9 hides 1.0, later on the path" in desk.checks()["names"]["found"]


def test_a_plugins_market_under_a_packaged_name_is_told(desk):
    desk.module.write_text(desk.module.read_text().replace('{"now": Now}', '{"now": Now, "chains": Now}'))
    assert desk.checks()["names"]["found"] == "market chains: a plugin's hides the packaged one"


# --- the home ------------------------------------------------------------------------------------------------------


def test_a_home_that_others_may_read_matters_for_live(desk):
    desk.home.mkdir(mode=0o755)
    os.chmod(desk.home, 0o755)
    assert "0755" in desk.checks("--mode", "live")["home"]["found"]
    found = desk.checks()["home"]
    assert (found["state"], found["matters"]) == ("failed", False)


def test_a_disk_that_is_full_is_told(desk, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("", (), {"free": 12_345_678})())
    found = desk.checks()
    assert (found["code"], found["disk"]["found"]) == (3, "12 MB free")


@pytest.mark.parametrize(("version", "do"), [("0001", "`allusr status` migrates it"), ("9999", "update allusr-sdk")])
def test_a_ledger_of_another_version_is_told_and_not_migrated(desk, allusr, version, do):
    allusr("run", "--plugins", "gen_acc,protocol", "--to", "2026-01-05", "--home", desk.home)
    with closing(sqlite3.connect(desk.home / "ledger.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", (version,))
        database.commit()
    before = sorted(path.name for path in desk.home.iterdir())
    found = desk.checks()
    assert (found["code"], found["schema"]["found"], found["schema"]["wanted"]) == (
        3, f"schema {version}", f"schema {HEAD}",
    )  # fmt: skip
    assert do in found["schema"]["do"]
    assert sorted(path.name for path in desk.home.iterdir()) == before


def test_what_is_no_ledger_is_told(desk):
    desk.home.mkdir(mode=0o700)
    (desk.home / "ledger.db").write_text("this is no database, only a long enough line of text to look at\n" * 20)
    found = desk.checks()
    assert (found["code"], found["schema"]["state"]) == (3, "failed")
    assert "file is not a database" in found["schema"]["found"]


def test_an_engine_that_runs_and_a_halt_that_stands_are_told(desk, allusr):
    allusr("run", "--plugins", "gen_acc,protocol", "--to", "2026-01-05", "--home", desk.home)
    assert state(desk.checks("--mode", "backtest"), "engine", "halt") == ("ok", "ok")
    allusr("halt", "--by", "Ann", "--reason", "too hot", "--wait", "0", "--home", desk.home)
    (desk.home / "HALT").write_text("fire")
    found = desk.checks("--mode", "backtest")
    assert found["halt"]["found"] == "a file HALT: fire; the account by Ann: too hot"


def test_the_ledger_is_as_it_was_before(desk, allusr):
    allusr("run", "--plugins", "gen_acc,protocol", "--to", "2026-01-05", "--home", desk.home)
    before = allusr("ledger", "verify", "--home", desk.home, "--json").out
    desk.checks("--mode", "live")
    assert allusr("ledger", "verify", "--home", desk.home, "--json").out == before


def test_a_database_out_of_reach_is_told_without_its_password(desk, allusr):
    done = allusr("doctor", "--home", "postgresql://me:hunter22@127.0.0.1:1/books", "--json")
    schema = next(row for row in json.loads(done.out)["checks"] if row["name"] == "schema")
    assert (done.code, schema["state"], "hunter22" in done.out + done.err) == (3, "failed", False)


def test_of_several_accounts_one_is_looked_at(desk):
    desk.config.write_text(
        desk.config.read_text() + "[accounts.ann.broker]\naccount = 'U7'\n[accounts.bob.broker]\naccount = 'U8'\n"
    )
    assert desk.told("doctor").err == "error: --account: name one of ann, bob\n"
    assert state(desk.checks("--mode", "live", "--account", "ann"), "account") == ("ok",)
    assert state(desk.checks("--mode", "live", "--account", "bob"), "account") == ("failed",)


def test_a_mode_that_is_none_is_bad_input(allusr):
    done = allusr("doctor", "--mode", "lve")
    assert (done.code, done.err) == (2, "error: --mode lve: did you mean 'live'?\n")


# --- the clock -----------------------------------------------------------------------------------------------------


@contextmanager
def time_server(answers):
    """A time server on this machine for one question after another; it stops by itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(5)

        def serve():
            with suppress(TimeoutError):
                for answer in answers:
                    question, asker = line.recvfrom(512)
                    line.sendto(answer(question), asker)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{line.getsockname()[1]}"
        finally:
            thread.join()


def ntp(off=0.0, stratum=2, leap=0, mark=None):
    """An answer of a server whose clock is so many seconds off."""

    def answer(question):
        now = (datetime.now(UTC) - datetime(1900, 1, 1, tzinfo=UTC)).total_seconds() + off
        stamp = struct.pack(">II", int(now) % 2**32, int(now % 1 * 2**32))
        return bytes([leap << 6 | 0x24, stratum]) + bytes(22) + (mark or question[40:48]) + bytes(8) + stamp

    return answer


@pytest.mark.parametrize(("off", "found"), [(0.0, "ok"), (60.0, "failed"), (-60.0, "failed")])
def test_the_clock_is_compared_with_a_time_server_where_one_is_named(desk, off, found):
    desk.says(skew=500.0)
    with time_server([ntp(off)]) as server:
        clock = desk.checks("--mode", "live", "--set", f"broker.ntp={server}")["clock"]
    assert (clock["state"], server in clock["found"]) == (found, True)


@pytest.mark.parametrize("answer", [
    ntp(stratum=0), ntp(leap=3), ntp(mark=b"8 others"), lambda question: question, lambda question: b"",
], ids=["kiss of death", "clock not set", "no answer to us", "echo", "empty"])  # fmt: skip
def test_what_is_no_answer_of_a_time_server_leaves_the_clock_unknown(desk, answer):
    with time_server([answer]) as server:
        found = desk.checks("--mode", "live", "--set", f"broker.ntp={server}")["clock"]
    assert (found["state"], found["matters"]) == ("unknown", True)


def test_how_far_the_clock_may_be_off_is_a_rule(desk):
    desk.says(skew=3.0)
    assert desk.checks("--mode", "live")["clock"]["state"] == "failed"
    assert desk.checks("--mode", "live", "--set", "ks_9.skew_seconds=5")["clock"]["state"] == "ok"
