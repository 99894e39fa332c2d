"""A break at a broker that outlives its engines: found by an audit, told by the command, explained, and survived."""

from contextlib import closing
from datetime import datetime

import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.execution.replay import replay
from allusr_sdk.execution.run import simulate
from allusr_sdk.host import Host
from allusr_sdk.ledger import open_ledger
from allusr_sdk.ledger.inbox import Inbox
from allusr_sdk.market.recording import RecordedMarket, Recorder
from allusr_sdk.market.recording.store import place
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import OperatorAsked
from tests.crash.brokered import Brokered, Days, calm_week


@pytest.fixture(autouse=True)
def always_looking(monkeypatch):
    """The inbox is looked at between any two instants, however fast they follow."""
    monkeypatch.setattr("allusr_sdk.execution.operator.POLL", 0.0)


def clock(text):
    return datetime.fromisoformat(f"2026-02-12T{text}").replace(tzinfo=NEW_YORK)


def wish(action, about=""):
    return OperatorAsked(rule="RECON", action=action, actor="Ann", reason="my own shares", about=about)


class Telling:
    """What happens behind the instants of a market: a wish to the home, or a deed at the broker."""

    def __init__(self, home, **deeds):
        self.home, self.deeds = home, {clock(f"10:{minute[1:]}"): deed for minute, deed in deeds.items()}

    def __call__(self, step):
        deed = self.deeds.pop(step.view.at.astimezone(NEW_YORK), None)
        if isinstance(deed, OperatorAsked):
            with open_ledger(self.home) as ledger:
                Inbox(ledger).ask(deed)
        elif deed is not None:
            deed()


def audited(home, capsys):
    """Exit code of `allusr audit`, and what it printed."""
    capsys.readouterr()
    code = invoke(["audit", "--home", str(home)])
    return code, capsys.readouterr().out


@pytest.mark.parametrize("dies", [None, *(("statement", number) for number in range(5, 12))], ids=str)
def test_shares_of_a_stranger_freeze_their_symbol_until_a_person_explains_them(tmp_path, capsys, dies):
    home = tmp_path / "home"
    with Brokered(tmp_path, calm_week()) as account:
        strange = Telling(
            home, m05=lambda: account.control.foreign_position("AAPL", 100), m10=wish("audit"),
            m30=wish("explain", "B01 AAPL"),
        )  # fmt: skip
        assert account.live(on_step=strange, dies=dies) is (dies is None)
        assert dies is None or account.live(on_step=strange)
        opened, *_ = [e for e in account.entries if e.kind == "Broken"]
        (closed,) = [e for e in account.entries if e.kind == "Mended"]
        assert (opened.event.rule, opened.event.subject, closed.event.how) == ("B01", "AAPL", "explained")
        between = [e for e in account.entries if opened.seq < e.seq < closed.seq]
        assert not [e for e in between if e.kind in ("IntentRecorded", "Filled")]
        assert [e for e in account.entries if e.kind == "IntentRecorded" and e.seq > closed.seq]
        assert account.book.breaks == {}
    assert audited(home, capsys)[0] == 0


def test_an_explanation_that_waits_for_an_engine_is_obeyed_by_its_next_life(tmp_path, capsys):
    home = tmp_path / "home"
    with Brokered(tmp_path, calm_week()) as account:
        strange = Telling(home, m05=lambda: account.control.foreign_position("AAPL", 100), m10=wish("audit"))
        assert not account.live(on_step=strange, dies=("statement", 9))
        assert audited(home, capsys)[0] == 4
        words = ("--explain", "B01", "AAPL", "--by", "Ann", "--reason", "my own shares", "--wait", "0")
        assert invoke(["audit", *words, "--home", str(home)]) == 0
        assert account.live()
        (closed,) = account.events("Mended")
        assert (closed.how, closed.actor, closed.theirs) == ("explained", "Ann", "100")
    assert audited(home, capsys)[0] == 0


class Recorded(Brokered):
    """One whose views are kept."""

    def replayed(self, folder, on_step):
        """Live once, and let the same code decide again on what was kept."""
        line = self.broker.connection()
        with closing(line), open_ledger(folder / "home") as ledger:
            lived = self._plan(line, ())
            run = simulate(lived, ledger, recorder=Recorder(folder), on_step=on_step)
            host = Host.of(*self._sleeves, config=lived.host.config)
            return replay(RecordedMarket(place(folder, run.id)), run, host, lived.rules)


def test_a_recorded_day_with_a_break_replays_equal(tmp_path):
    days = Days().at("10:00", "10:05", "10:10", "10:15", "10:20", "10:25", "10:30").close()
    with Recorded(tmp_path, days) as account:
        strange = Telling(
            tmp_path / "home", m00=lambda: account.control.foreign_position("AAPL", 100),
            m15=lambda: account.control.foreign_position("AAPL", -100),
        )  # fmt: skip
        went = account.replayed(tmp_path, strange)
        assert [(e.before, e.after) for e in account.events("StateChanged")] == [("SAFE", "AUDIT"), ("AUDIT", "SAFE")]
        assert (went.cycles, went.different) == (8, 0)


def test_the_command_shows_what_the_engine_left_open(tmp_path, capsys):
    with Brokered(tmp_path, calm_week()) as account:
        account.live(on_step=Telling(tmp_path / "home", m05=lambda: account.control.shift(250)))
    code, said = audited(tmp_path / "home", capsys)
    assert code == 4
    assert "\nB09 cash: cash\n" in said
    assert "\n    ACCOUNT: the account is SAFE\n" in said
    assert ", a person was called\n" in said
