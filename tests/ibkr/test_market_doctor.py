"""`allusr doctor --market ibkr` and `allusr link ibkr` at a simulated TWS."""

import json
import tomllib

import pytest

from allusr_sdk.execution.ibkr.market import checking
from tests.cli.conftest import allusr as allusr
from tests.ibkr.adapter import until

CHECKS = ("gateway", "session", "login", "login kind", "market clock", "data", "competing", "lines")
SEVERAL = ("lines shared", "client ids")


@pytest.fixture
def doctor(allusr, tws, tmp_path, monkeypatch):
    """The checks of the gateway by name; its clock is taken for ours."""
    tws.control.quote("VIX", None, None, last=17.5)

    class Clock:
        @staticmethod
        def now(zone):
            return tws.control.now()

    monkeypatch.setattr(checking, "datetime", Clock)

    def look(*more, mode="paper"):
        sets = (f"ibkr.port={tws.port}", "ibkr.account=DU1", "ibkr.answer=0.2", 'market.symbols=["SPY"]')
        words = [word for one in sets for word in ("--set", one)]
        told = ("--plugins", "gen_acc,protocol", "--mode", mode, "--home", tmp_path / "home", "--json")
        done = allusr("doctor", "--market", "ibkr", *words, *told, *more)
        rows = {row["name"]: row for row in json.loads(done.out)["checks"]}
        return {name: rows[name] for name in (*CHECKS, *SEVERAL) if name in rows}

    return look


def states(rows):
    return {name: row["state"] for name, row in rows.items() if row["state"] != "ok"}


def test_a_gateway_that_is_well_is_well(doctor, tws):
    rows = doctor()
    assert tuple(rows) == CHECKS
    assert states(rows) == {}
    assert rows["data"]["found"] == "VIX, SPY"
    until(lambda: (tws.control.lines(), tws.control.clients()) == (0, ()))


def test_data_that_is_not_subscribed_and_a_competing_session_are_told(doctor, tws):
    tws.control.deny("SPY", 354)
    assert states(doctor()) == {"data": "failed"}
    tws.control.deny("SPY", 10197)
    rows = doctor()
    assert states(rows) == {"data": "failed", "competing": "failed"}
    assert rows["competing"]["found"] == "SPY"


def test_without_lines_it_says_so(doctor, tws):
    tws.control.turn(lines=1)
    assert states(doctor()) == {"data": "failed", "lines": "failed"}


def test_another_account_a_paper_login_for_live_and_a_clock_are_told(doctor, monkeypatch):
    monkeypatch.undo()
    rows = doctor("--set", "ibkr.account=U9", mode="live")
    assert states(rows) == {"login": "failed", "login kind": "failed", "market clock": "failed"}


def test_a_gateway_that_does_not_answer_is_asked_nothing_more(doctor):
    rows = doctor("--set", "ibkr.port=1", "--set", "ibkr.seconds=0.5")
    assert tuple(rows) == ("gateway",)
    assert rows["gateway"]["found"].startswith("IBKR at 127.0.0.1:1, client 72: the time: ")


SHARED = """
[accounts.family.ibkr]
lines = {lines}

[accounts.ira.ibkr]
lines = 50
client_id = 81
data_client = {data}
"""


@pytest.mark.parametrize(
    ("lines", "data", "bad"),
    [(50, 82, {}), (51, 82, {"lines shared": "failed"}), (50, 72, {"client ids": "failed"})],
)
def test_accounts_of_one_login_share_its_lines_and_no_client_id(doctor, tmp_path, lines, data, bad):
    config = tmp_path / "two.toml"
    config.write_text(SHARED.format(lines=lines, data=data))
    rows = doctor("--config", config, "--account", "family")
    assert states(rows) == bad
    assert rows["lines shared"]["found"] == f"family {lines} + ira 50 = {lines + 50}"


def test_only_ibkr_has_a_gateway(allusr, tmp_path):
    done = allusr("doctor", "--market", "lean", "--home", tmp_path / "home")
    assert (done.code, done.err) == (2, "error: --market lean: only ibkr has a gateway to look at\n")


# --- linking -------------------------------------------------------------------------------------------------------


@pytest.fixture
def link(allusr, tws, tmp_path):
    def told(*more, account="DU1", kind="--paper", config="allusr.toml"):
        return allusr(
            "link", "ibkr", "--account", account, kind, "--port", tws.port, "--config", tmp_path / config, *more
        )

    return told


def test_an_account_is_linked_once_the_gateway_has_it(link, tws, tmp_path):
    config = tmp_path / "allusr.toml"
    config.write_text('[plugins]\nuse = ["gen_acc"]  # mine\n')
    done = link()
    assert (done.code, done.err) == (0, "")
    assert done.out == f"linked: paper account DU1 at 127.0.0.1:{tws.port}, in {config}\n"
    assert config.read_text().startswith('[plugins]\nuse = ["gen_acc"]  # mine\n\n[broker]\n')
    told = tomllib.loads(config.read_text())
    assert told["broker"] == {"use": "ibkr", "account": "DU1"}
    assert told["ibkr"] == {"host": "127.0.0.1", "port": tws.port, "client_id": 71, "data_client": 72}
    again = link()
    assert (again.code, "has a table [broker] already" in again.err) == (2, True)


@pytest.mark.parametrize(
    ("options", "code", "why"),
    [
        ({"account": "DU7"}, 2, "the login has DU1, DU2"), ({"kind": "--live"}, 3, "DU1 is paper, wanted live"),
        ({"more": ("--data-client", "71")}, 2, "give another one than --client-id"),
    ],
)  # fmt: skip
def test_what_the_gateway_says_otherwise_is_not_written(link, tmp_path, options, code, why):
    done = link(*options.pop("more", ()), **options)
    assert (done.code, why in done.err) == (code, True)
    assert not (tmp_path / "allusr.toml").exists()
