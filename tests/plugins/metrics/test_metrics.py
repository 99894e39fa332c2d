"""What Prometheus reads: parsed by its own library, from homes by hand."""

import os
import signal
import socket
import threading
import time
from decimal import Decimal
from urllib.request import urlopen

import allusr_metrics
import pytest
from prometheus_client.parser import text_string_to_metric_families

from allusr_sdk.ledger import open_ledger
from allusr_sdk.model import events as ev
from tests.plugins.handmade import Hand, at, caller
from tests.reports.journals import PUT, decided, order

ABOUT = {"ledger": "gen_acc", "symbol": "AAPL"}


def parsed(text):
    """Every sample by its name and its labels' values, account first where it has one."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        for sample in family.samples:
            found[(sample.name, *(value for _, value in sorted(sample.labels.items())))] = sample.value
    return found


@pytest.fixture
def hand(tmp_path):
    """A home with a put sold, a level, refusals, a halt, a break and a restart."""
    hand = Hand(tmp_path / "homes" / "main")
    hand.folder.parent.mkdir()
    hand.begin().write("12 10:00", *order("k", PUT, -2, [("1.70", -2)]))
    hand.write(
        "12 11:00",
        decided("refuse", "LQ-1", "open interest 2 < 500"),
        decided("refuse", "LQ-1", "open interest 3 < 500", subject="other"),
        ev.SwitchChanged(rule="KS-2", before="NONE", after="HALT", value=81.0, threshold=80.0),
        ev.Broken(rule="B01", what="a holding differs", ours="1", theirs="2", subject=PUT, symbol="AAPL"),
    )
    with open_ledger(hand.folder) as ledger:
        ledger.start_chain("restarts", ev.Resumed(run=1, seq=9, head="h", evening=None), at("12 9:01"), rulebook="r")
    return hand


@pytest.fixture
def metrics(capsys, hand):
    """Call `allusr metrics`."""
    call = caller(allusr_metrics, capsys)
    return lambda *arguments, home=None: call("metrics", "--home", home or hand.folder.parent, *arguments)


def test_money_positions_refusals_switches_breaks_and_restarts_are_told_by_account(hand, metrics):
    hand.beat(ago=30)
    found = parsed(metrics("--once").out)
    assert found["allusr_up", "main"] == 1
    assert found["allusr_cash_dollars", "main", "gen_acc"] == 400_000 + 340 - 1.40
    assert found["allusr_premium_taken_dollars", "main", "gen_acc"] == 340
    assert found["allusr_positions", "main", "gen_acc"] == 1
    assert found["allusr_positions_at_level", "main", "gen_acc", "0"] == 1
    assert found["allusr_contracts_total", "main", "sold", "gen_acc"] == 2
    assert found["allusr_refusals_total", "main", "gen_acc", "LQ-1"] == 2
    assert found["allusr_tier", "main", "HALT"] == 1
    assert found["allusr_switch", "main", "VIX", "account", "HALT"] == 1
    assert found["allusr_breaks_open", "main"] == 1
    assert found["allusr_needs", "main", "broken"] == 1
    assert found["allusr_restarts", "main"] == 1
    assert found["allusr_followed_lag_entries", "main"] == 0
    assert found["allusr_engine", "main", "silent"] == 1
    assert 30 <= found["allusr_heartbeat_age_seconds", "main"] < 60


def test_what_is_not_known_is_absent_and_not_zero(hand, metrics, tmp_path):
    found = {name for name, *_ in parsed(metrics("--once").out)}
    assert "allusr_heartbeat_age_seconds" not in found
    nowhere = parsed(metrics("--once", home=tmp_path / "nowhere").out)
    assert nowhere == {("allusr_up", ""): 0, ("allusr_engine", "", "none"): 1}


def test_eight_accounts_are_told_beside_each_other_and_one_that_is_broken_harms_no_other(hand, metrics):
    for number in range(7):
        Hand(hand.folder.parent / f"a{number}").begin()
    (hand.folder.parent / "a6" / "ledger.db").write_bytes(b"no ledger")
    found = parsed(metrics("--once").out)
    ups = {account: value for (name, account, *_), value in found.items() if name == "allusr_up"}
    assert ups == {"main": 1, "a6": 0, **{f"a{number}": 1 for number in range(6)}}
    assert found["allusr_equity_dollars", "a3", "gen_acc"] == 400_000
    assert ("allusr_equity_dollars", "a6", "gen_acc") not in found


def test_accounts_of_a_configuration_are_found_where_it_says(hand, metrics, tmp_path):
    file = tmp_path / "allusr.toml"
    file.write_text(f"[metrics]\nport = 0\n[accounts.mine]\nhome = '{hand.folder}'\n[accounts.other]\n")
    found = parsed(metrics("--once", "--config", file).out)
    assert (found["allusr_up", "mine"], found["allusr_up", "other"]) == (1, 0)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.7", "example.org"])
def test_only_the_loopback_is_listened_on(metrics, host):
    done = metrics("--set", f"metrics.host={host}")
    assert (done.code, "only a loopback address" in done.error) == (2, True)


def asked(port):
    """What is answered; None before anybody listens."""
    try:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            return parsed(answer.read().decode())
    except OSError:
        return None


def test_it_answers_with_what_was_written_meanwhile_until_sigterm(hand, metrics):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = metrics("--set", f"metrics.port={port}")
    assert (refused.code, f"127.0.0.1:{port}: cannot be listened on" in refused.error) == (2, True)
    seen = []

    def outside():
        cash = "allusr_cash_dollars", "main", "gen_acc"
        for _ in range(500):
            found = asked(port)
            if found and not seen:
                hand.write("12 12:00", ev.Funded(ledger="gen_acc", rule="CAD-12", amount=Decimal(1000)))
            seen.extend([found] if found else [])
            if found and found[cash] > 401_000:
                break
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    thread = threading.Thread(target=outside)
    thread.start()
    done = metrics("--set", f"metrics.port={port}", "--set", "metrics.look=0.05")
    thread.join()
    signal.signal(signal.SIGTERM, before)
    assert done.code == 0
    assert seen[-1]["allusr_cash_dollars", "main", "gen_acc"] == 401_000 + 340 - 1.40
    assert seen[-1]["allusr_journal_entries", "main"] == seen[0]["allusr_journal_entries", "main"] + 1
