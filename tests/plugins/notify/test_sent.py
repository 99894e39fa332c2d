"""Sending: at least once and each over its channels, what waits and what breaks through, and no secret anywhere."""

import json
import os
import signal
import stat
import threading
import time

import pytest
from allusr_notify.state import kept

from allusr_sdk.model import events as ev
from tests.plugins.notify.conftest import PASSWORD, SECRET
from tests.reports.journals import PUT, decided, order

FILL = order("k", PUT, -1, [("1.70", -1)])
HALT = ev.SwitchChanged(rule="KS-2", before="NONE", after="HALT", value=81.0, threshold=80.0)


def state(hand):
    return json.loads((hand.folder / "notify.state").read_text())


def test_it_begins_with_what_happens_from_now_on_and_sends_each_entry_once(hand, notify, inbox):
    hand.write("12 10:00", *FILL)
    assert notify("--once").out == "messages sent: 0\n"
    hand.write("12 11:00", HALT)
    assert notify("--once").code == 0
    assert notify("--once", "--json").json == {"sent": 0, "failed": [], "waiting": {}}
    ((path, title, text, mood),) = inbox.came
    assert (path, title, mood) == (f"/{SECRET}/a", "CRITICAL allusr: HALT", "failure")
    assert text.splitlines()[1] == "Thu 2026-02-12 11:00:00 New York · run 1 #6 · KS-2"


def test_a_home_without_a_run_is_waited_for_and_its_first_run_told_from_its_head(tmp_path, notify, inbox):
    from tests.plugins.handmade import Hand

    home = tmp_path / "new"
    home.mkdir()
    assert notify("--once", home=home).out == "messages sent: 0\n"
    Hand(home).begin()
    notify("--once", home=home)
    assert inbox.texts()[0].startswith("a paper run begins: 2026-02-11 to 2026-02-13, capital 400,000.00")


def test_what_a_channel_does_not_take_waits_and_is_sent_when_it_does_by_it_alone(hand, notify, inbox, monkeypatch):
    monkeypatch.setenv("ALLUSR_NOTIFY_URLS", f"phone={inbox.url('a')} {inbox.url('b')}")
    notify("--once")
    inbox.refuses = {"b"}
    hand.write("12 11:00", HALT)
    done = notify("--once", "--json")
    assert (done.code, done.json) == (1, {"sent": 1, "failed": ["channel 2"], "waiting": {"channel 2": 1}})
    assert done.error.startswith("not taken by channel 2: ")
    inbox.refuses = set()
    assert notify("--once").code == 0
    assert (len(inbox.texts("a")), inbox.texts("a")) == (1, inbox.texts("b"))


def test_after_a_crash_between_sending_and_keeping_it_comes_again_with_the_same_numbers(hand, notify, inbox):
    notify("--once")
    before = (hand.folder / "notify.state").read_bytes()
    hand.write("12 11:00", HALT)
    notify("--once")
    (hand.folder / "notify.state").write_bytes(before)
    notify("--once")
    first, again = inbox.texts()
    assert first == again
    assert "run 1 #3" in first


def test_a_journal_that_was_put_back_is_told_as_another_and_from_its_end(hand, notify, inbox):
    hand.write("12 10:00", HALT)
    notify("--once")
    found = state(hand)
    found["accounts"][""] |= {"seq": 3, "hash": "f" * 64}
    (hand.folder / "notify.state").write_text(json.dumps(found))
    hand.write("12 11:00", HALT)
    notify("--once")
    (text,) = inbox.texts()
    assert text.startswith("the journal of run 1 is another than was told up to #3")


# --- what waits ----------------------------------------------------------------------------------------------------


def test_what_matters_least_is_gathered_and_refusals_are_counted_by_rule(hand, notify, inbox):
    notify("--once")
    refusals = [decided("refuse", "LQ-1", f"open interest {i} < 500", subject=f"x{i}") for i in range(3)]
    hand.write("12 10:00", *FILL, *refusals, decided("refuse", "CC-3", "earnings", symbol="MSFT"))
    assert notify("--once", "--json", gather=30).json["waiting"] == {"channel 1": 5}
    assert inbox.came == []
    notify("--once")
    ((_, title, text, mood),) = inbox.came
    assert (title, mood) == ("allusr: 5 notes", "info")
    assert text.splitlines()[0] == "- 4 refusals: LQ-1 3 (AAPL); CC-3 1 (MSFT); run 1 #6 to run 1 #9"
    assert text.splitlines()[1].startswith("- sold 1 × AAPL 13 Feb 270 put at 1.70; credit 170.00")


def test_in_quiet_hours_only_what_breaks_through_is_sent(hand, notify, inbox):
    quiet = ("--set", "notify.quiet=00:00-23:59:59", "--set", "notify.digest=[]", "--once")
    notify(*quiet)
    hand.write("12 10:00", *FILL, HALT)
    notify(*quiet)
    assert [title for _, title, _, _ in inbox.came] == ["CRITICAL allusr: HALT"]
    notify("--once", "--set", "notify.digest=[]")
    assert [title for _, title, _, _ in inbox.came][1:] == ["allusr: filled AAPL"]


def test_beyond_an_hours_rate_it_waits_but_what_is_critical_does_not(hand, notify, inbox):
    rate = ("--set", "notify.rate=1", "--set", "notify.digest=[]", "--once", "--json")
    notify(*rate)
    for n in range(2):
        hand.write("12 10:00", *order(f"k{n}", PUT, -1, [("1.70", -1)]))
        done = notify(*rate).json
    assert done == {"sent": 0, "failed": [], "waiting": {"channel 1": 1}}
    hand.write("12 10:05", HALT)
    assert notify(*rate).json["sent"] == 1


def test_kinds_and_severities_are_routed_by_tag_and_nothing_after_the_sign_is_nowhere(hand, notify, inbox, monkeypatch):
    monkeypatch.setenv("ALLUSR_NOTIFY_URLS", f"phone={inbox.url('a')} mail={inbox.url('b')}")
    routes = ("--set", "notify.routes=['critical=phone+mail', 'info=mail', 'refusal=']", "--once")
    notify(*routes)
    hand.write("12 10:00", *FILL, HALT, decided("refuse", "LQ-1", "open interest 2 < 500"))
    notify(*routes)
    assert ([len(inbox.texts(name)) for name in "ab"], "REFUSED" in str(inbox.came)) == ([1, 2], False)


def test_a_route_to_nobody_is_refused(notify, inbox, monkeypatch):
    monkeypatch.setenv("ALLUSR_NOTIFY_URLS", f"phone={inbox.url()}")
    done = notify("--once", "--set", "notify.routes=['critical=phon']")
    assert (done.code, done.error) == (2, "notify.routes: no channel has the tag phon; did you mean 'phone'?")


def test_what_waits_for_a_channel_that_is_gone_is_sent_by_those_that_are_there(hand, notify, inbox, monkeypatch):
    monkeypatch.setenv("ALLUSR_NOTIFY_URLS", f"phone={inbox.url('a')}")
    notify("--once")
    inbox.refuses = {"a"}
    hand.write("12 11:00", HALT)
    notify("--once")
    monkeypatch.setenv("ALLUSR_NOTIFY_URLS", f"mail={inbox.url('b')}")
    notify("--once")
    assert [title for _, title, _, _ in inbox.came] == ["CRITICAL allusr: HALT"]


def test_a_severity_of_the_settings_goes_before_the_tables(hand, notify, inbox):
    louder = ("--once", "--set", "notify.severities=['fill=critical']")
    notify(*louder)
    hand.write("12 10:00", *FILL)
    notify(*louder)
    assert inbox.came[0][1] == "CRITICAL allusr: filled AAPL"


# --- a process -----------------------------------------------------------------------------------------------------


def test_it_follows_until_sigterm_and_pings_while_all_is_well(hand, notify, inbox, monkeypatch):
    monkeypatch.setenv("ALLUSR_NOTIFY_PING", f"http://127.0.0.1:{inbox.port}/ping/{SECRET}")
    hand.beat()

    def outside():
        for come in (inbox.pings, inbox.came):
            for _ in range(200):
                if come:
                    break
                time.sleep(0.02)
            if come is inbox.pings:
                hand.write("12 10:00", HALT)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    thread = threading.Thread(target=outside)
    thread.start()
    done = notify("--set", "notify.look=0.05")
    thread.join()
    signal.signal(signal.SIGTERM, before)
    assert (done.code, len(inbox.came), inbox.pings[0]) == (0, 1, f"/ping/{SECRET}")


def test_nothing_is_pinged_while_an_engine_is_gone(hand, notify, inbox, monkeypatch):
    monkeypatch.setenv("ALLUSR_NOTIFY_PING", f"http://127.0.0.1:{inbox.port}/ping")
    hand.beat(pid=2**22 + 1)
    notify("--once")
    assert inbox.pings == []
    assert inbox.came[0][1] == "CRITICAL allusr: ENGINE"
    hand.beat(ended=True)
    notify("--once")
    assert (inbox.came[1][1], len(inbox.pings)) == ("allusr: well again", 1)


def test_once_a_day_it_says_that_it_is_alive_and_where_accounts_stand(hand, notify, inbox):
    daily = ("--once", "--set", "notify.alive=00:00", "--set", "notify.zone=UTC")
    notify(*daily)
    notify(*daily)
    (text,) = inbox.texts()
    assert text.startswith("run 1 (paper), ")
    assert "equity 400,000.00" in text


def test_one_process_follows_a_home(hand, notify, inbox):
    with kept(hand.folder / "notify.state"):
        done = notify("--once")
    assert (done.code, "another `allusr notify` has" in done.error) == (3, True)


def test_a_home_that_cannot_be_read_any_more_is_told_once_it_lasts_and_when_it_can_be_again(
    hand, notify, inbox, monkeypatch
):
    notify("--once")
    ledger = hand.folder / "ledger.db"
    ledger.rename(hand.folder / "elsewhere")
    assert notify("--once").out == "messages sent: 0\n"
    monkeypatch.setattr("allusr_notify.watching._PATIENCE", 0.0)
    for _ in range(2):
        notify("--once")
    assert [title for _, title, _, _ in inbox.came] == ["CRITICAL allusr: home cannot be read"]
    (hand.folder / "elsewhere").rename(ledger)
    notify("--once")
    assert inbox.texts()[1].startswith("the home can be read again")


# --- secrets -------------------------------------------------------------------------------------------------------


def planted(*texts):
    return [secret for secret in (SECRET, PASSWORD) if any(secret in text for text in texts)]


def test_no_address_is_in_the_state_the_log_or_what_is_printed(hand, notify, inbox, tmp_path, monkeypatch):
    monkeypatch.setenv("ALLUSR_NOTIFY_PING", f"http://127.0.0.1:9/{SECRET}")
    log = ("--set", f"logs.file={tmp_path / 'log'}", "--set", "logs.level=debug")
    notify("--once", *log)
    inbox.answer = 500
    hand.write("12 10:00", HALT, ev.PluginFaulted(rule="RULE-0", plugin="p", where="x", error=f"GET {inbox.url()}"))
    done = [notify(*words, *log) for words in (("--once",), ("--once", "--json"), ("--test",), ("--test", "--json"))]
    written = (tmp_path / "log-notify").read_text()
    assert "a message was not taken" in written
    assert planted(written, *(text for one in done for text in (one.out, one.error))) == []
    assert planted((hand.folder / "notify.state").read_text()) == []
    assert stat.S_IMODE((hand.folder / "notify.state").stat().st_mode) == 0o600


@pytest.mark.parametrize("address", [f"nonsense://{SECRET}", f"{SECRET}", f"phone=tgram://{SECRET}"])
def test_an_address_that_is_none_is_refused_by_its_place_and_not_shown(notify, inbox, monkeypatch, address):
    monkeypatch.setenv("ALLUSR_NOTIFY_URLS", f"{inbox.url()} {address}")
    done = notify("--once")
    assert (done.code, done.error.partition(":")[0]) == (2, "address 2 of ALLUSR_NOTIFY_URLS")
    assert planted(done.error, done.out) == []


def test_a_file_of_channels_must_be_closed_to_others(notify, inbox, tmp_path, monkeypatch):
    file = tmp_path / "channels"
    file.write_text(f"# mine\nphone,mail={inbox.url('b')}\n\nping=http://127.0.0.1:{inbox.port}/p\n")
    monkeypatch.delenv("ALLUSR_NOTIFY_URLS")
    file.chmod(0o644)
    assert "chmod 600" in notify("--test", "--set", f"notify.file={file}").error
    file.chmod(0o600)
    assert notify("--test", "--set", f"notify.file={file}").out == "phone+mail (JSON): taken\n"
    assert inbox.texts("b") == ["This is a test: notes of allusr reach this channel."]
    assert "no channel" in notify("--once").error


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("notify.quiet=late", "'late' is no time of day, as 22:00"),
        ("notify.zone=Mars/Base", "zone 'Mars/Base' is no time zone"),
        ("notify.routes=['fil=phone']", "did you mean 'fill'?"),
        ("notify.severities=['fill=loud']", "'fill=loud'"),
        ("notify.through=['loud']", "'loud' is not one of"),
    ],
)
def test_settings_that_make_no_sense_are_refused(notify, inbox, said, why):
    done = notify("--once", "--set", said)
    assert (done.code, why in done.error) == (2, True), done.error


def test_of_too_much_that_waits_the_least_is_let_go_and_that_is_told(hand, notify, inbox):
    notify("--once")
    inbox.answer = 500
    hand.write("12 10:00", HALT, *(decided("refuse", "LQ-1", f"no {i}", subject=f"x{i}") for i in range(2100)))
    assert notify("--once", "--json").json["waiting"] == {"channel 1": 1801}
    inbox.answer = 200
    notify("--once")
    titles = [title for _, title, _, _ in inbox.came]
    assert titles == ["CRITICAL allusr: HALT", "WARNING allusr: a channel takes no notes", "allusr: 1799 notes"]
    assert inbox.texts()[1].startswith("301 notes were let go")
