"""Secrets stay where they were planted: not in the ledger, a recording, a report or an error; every file is private."""

import json
import os
import stat
from contextlib import contextmanager

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.market.recording import RecordedMarket
from allusr_sdk.settings.secrets import Secret, veiled
from tests.cli.desk import Desk

PLANTED = {
    "CHATTY_TOKEN": "tok-3f9c1e77", "GUARD_KEY": "key with/slash+7d", "DESK_PASSWORD": "correct-horse-9",
    "UNUSED_TOKEN": "nobody-asks-for-this",
}  # fmt: skip
IN_CLEAR, OF_URL = "written-in-clear-5", "hunter22-pg"
ALL = (*PLANTED.values(), "key%20with%2Fslash%2B7d", IN_CLEAR, OF_URL)

LOGIN = """
from allusr_sdk.settings import Secret

PASSWORD = Secret(os.environ['DESK_PASSWORD'])


class Desk:"""
FAILS = "ConnectionError(f'login with {PASSWORD.reveal()!r} failed')"

CHATTY = '''
"""A sleeve, a guard and an observer that keep a secret each, and tell it whenever they are asked."""

import os

from allusr_sdk import Band, Sleeve, hookimpl, setting, settings
from allusr_sdk.settings import Secret


@settings
class ChattySettings:
    """What the sleeve is told."""

    token: Secret = setting(secret=True, help="Of a service.")
    symbols: tuple[str, ...] = setting(default=("SPY",), help="Underlyings.")
    key: Secret | None = setting(default=None, secret=True, help="Of another.")


class Chatty(Sleeve[ChattySettings]):
    """Says why it does nothing."""

    name = "chatty"

    def bands(self, rules):
        return (Band("CAD-8", 0.28, 0.32, 3, 5, unit="calendar"),)

    def propose(self, view):
        said = f"the service at https://me:{self.settings.token.reveal()}@nowhere says no"
        for symbol in self.symbols:
            yield view.skip(symbol, "CAD-9", said)
        if view.clock.minute == 55:
            raise ConnectionError(said)


KEY = Secret(os.environ["GUARD_KEY"])


@hookimpl
def allusr_sleeves():
    return [Chatty]


@hookimpl
def allusr_screen(intent, view):
    raise PermissionError(f"no way in with {KEY.reveal()}")


@hookimpl
def allusr_event(event):
    raise OSError(f"cannot post to https://nowhere/{os.environ['GUARD_KEY']}")
'''


class Planted(Desk):
    """A desk that keeps all that is ever printed."""

    def __init__(self, allusr, folder, monkeypatch):
        super().__init__(allusr, folder, monkeypatch)
        self.printed, self.chatty = [], folder / "chatty.py"
        self.chatty.write_text(CHATTY)
        code = self.module.read_text().replace("class Desk:", LOGIN)
        self.module.write_text(code.replace('ConnectionError(self.told["raises"])', FAILS))

    def told(self, *arguments, home=None):
        done = self._allusr(*arguments, "--home", home or self.home)
        self.printed.append(done.out + done.err)
        return done

    def configure(self, *lines):
        self.config.write_text("\n".join(lines))


@pytest.fixture
def planted(allusr, tmp_path, monkeypatch):
    """A home, and plugins that know secrets."""
    for name, value in PLANTED.items():
        monkeypatch.setenv(name, value)
    return Planted(allusr, tmp_path, monkeypatch)


def leaks(planted):
    """What of the planted values stands in a file of the home, or was printed."""
    texts = {path.name: path.read_bytes() for path in planted.home.rglob("*") if path.is_file()}
    texts |= {f"printed {i}": text.encode() for i, text in enumerate(planted.printed)}
    return [(place, value) for place, text in texts.items() for value in ALL if value.encode() in text]


def test_what_plugins_tell_of_their_secrets_is_veiled_everywhere(planted):
    planted.configure(
        "[plugins]", 'use = ["gen_acc", "protocol", "./chatty.py"]',
        "[account]", 'shares = ["gen_acc=50", "chatty=50"]',
        "[sleeves.chatty]", 'token = "env:CHATTY_TOKEN"', 'key = "env:GUARD_KEY"',
    )  # fmt: skip
    run = ("run", "--mode", "paper", "--from", "2026-01-08", "--to", "2026-01-08", "--config", planted.config)
    assert planted.told(*run).err == ""
    commands = (
        ("status",), ("status", "--json"), ("ledger", "show", "--limit", "500"), ("ledger", "show", "--json"),
        ("explain", "SPY", "--entries"), ("explain", "2026-W02"), ("ledger", "verify"), ("ledger", "balances"),
        ("doctor", "--config", planted.config), ("plugins", "show", planted.chatty),
        ("plugins", "show", planted.chatty, "--json"), ("plugins", "show", planted.chatty, "--schema"),
        ("plugins", "list", "--config", planted.config), ("plugins", "check", planted.chatty, "--only", "S102"),
        ("rules", "show"), ("ledger", "backup"), ("audit",), ("replay", "latest", "--config", planted.config),
    )  # fmt: skip
    for command in commands:
        planted.told(*command)
    with open_ledger(planted.home, create=False) as ledger:
        faults = [e.event.error for e in ledger.latest().entries(kind="PluginFaulted")]
        skips = [e.event.why for e in ledger.latest().entries(kind="Decided", ledger="chatty")]
    assert any("no way in with ***" in error for error in faults)
    assert any("the service at https://me:***@nowhere says no" in why for why in skips)
    head = RecordedMarket(next((planted.home / "views").glob("*.views"))).head
    assert head.tables["sleeves"]["chatty"] == {"token": "env:CHATTY_TOKEN", "key": "env:GUARD_KEY"}
    assert [value for value in ALL if value in repr(head)] == []
    assert leaks(planted) == []


def test_a_secret_that_is_written_down_is_refused_and_not_repeated(planted):
    for line in (f'token = "{IN_CLEAR}"', f'token = ["{IN_CLEAR}"]', f'tokem = "{IN_CLEAR}"'):
        planted.configure("[plugins]", 'use = ["protocol", "./chatty.py"]', "[sleeves.chatty]", line)
        assert planted.told("run", "--config", planted.config).code == 2
    for lines in (("[sleeves]", f'chatty = "{IN_CLEAR}"'), ("[broker]", f'password = "{IN_CLEAR}"'),
                  (f'token = "{IN_CLEAR}"',), (f'[sleeves.chatty]\ntoken = {IN_CLEAR}',)):  # fmt: skip
        planted.configure(*lines)
        assert planted.told("run", "--config", planted.config).code == 2
        assert planted.told("doctor", "--config", planted.config).code == 2
    for pair in (f"sleeves.chatty.token={IN_CLEAR}", f"sleeves..token={IN_CLEAR}"):
        assert planted.told("run", "--plugins", f"protocol,{planted.chatty}", "--set", pair).code == 2
    assert leaks(planted) == []


def test_a_secret_that_is_not_set_is_told_by_its_name(planted, monkeypatch):
    monkeypatch.delenv("CHATTY_TOKEN")
    planted.configure("[plugins]", 'use = ["protocol", "./chatty.py"]', "[sleeves.chatty]", 'token="env:CHATTY_TOKEN"')
    done = planted.told("run", "--config", planted.config)
    assert (done.code, done.err) == (
        2, "error: sleeves.chatty.token: environment variable CHATTY_TOKEN is not set\n",
    )  # fmt: skip


def test_a_plugin_that_cannot_be_imported_or_built_takes_no_secret_with_it(planted):
    broken = planted.chatty.read_text().replace(
        "@hookimpl\ndef allusr_sleeves", "1 / 0 if KEY else 0\n\n\n@hookimpl\ndef allusr_sleeves"
    )
    planted.chatty.write_text(broken.replace("1 / 0 if KEY", "open(KEY.reveal()) if KEY"))
    for command in (
        ("run", "--plugins", f"protocol,{planted.chatty}"),
        ("plugins", "list", "--plugins", planted.chatty),
    ):
        assert "***" in "".join((done := planted.told(*command)).out + done.err)
    assert leaks(planted) == []


def test_a_broker_whose_login_fails_does_not_say_with_what(planted):
    planted.says(raises="yes")
    for command in (("doctor", "--mode", "live"), ("arm", "--by", "Ann", "--reason", "x", "--confirm", "U7"),
                    ("run", "--mode", "paper", "--from", "2026-01-05", "--to", "2026-01-05")):  # fmt: skip
        done = planted.told(*command, "--config", planted.config)
        assert done.code == 3
        assert "login with '***' failed" in done.out + done.err
    assert leaks(planted) == []


def test_errors_of_our_own_kind_that_plugins_raise_are_veiled_too(planted):
    code = planted.module.read_text().replace("ConnectionError(", "BrokerSilent(")
    planted.module.write_text("from allusr_sdk.errors import BrokerSilent\n" + code)
    planted.says(raises="yes")
    assert "login with '***' failed" in planted.told("doctor", "--json", "--config", planted.config).out
    planted.chatty.write_text(
        CHATTY + '\nfrom allusr_sdk.errors import PluginError\n\nraise PluginError("chatty", f"no {KEY.reveal()}")\n'
    )
    for command in (("plugins", "list"), ("doctor", "--json"), ("doctor",), ("run",)):
        done = planted.told(*command, "--plugins", f"protocol,{planted.chatty}")
        assert "no ***" in done.out + done.err
    assert leaks(planted) == []


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://me:{OF_URL}@127.0.0.1:1/books",
        f"postgresql://127.0.0.1:1/books?user=me&password={OF_URL}",
        f"postgresql://me:{OF_URL}@127.0.0.1:port/books",
        f"mysql://me:{OF_URL}@127.0.0.1/books",
        f"postgresql://me:{OF_URL}@127.0.0.1:1/books?nonsense=1",
    ],
)
def test_the_password_of_a_database_that_is_out_of_reach_is_not_repeated(planted, url):
    commands = (
        ("run", "--plugins", "protocol"), ("status",), ("doctor",), ("ledger", "verify"), ("ledger", "show"),
        ("halt", "--by", "Ann", "--reason", "x"), ("explain", "SPY"), ("run", "--record"), ("plugins", "lock"),
        ("ledger", "backup"), ("disarm", "--by", "Ann", "--reason", "x"), ("audit",),
        ("replay", "latest"),
    )  # fmt: skip
    for command in commands:
        assert planted.told(*command, home=url).err.startswith("error: "), command
    assert leaks(planted) == []


def test_what_a_home_is_called_has_no_password():
    from allusr_sdk.office.places import shown

    assert shown(f"postgresql://me:{OF_URL}@host:5/books?password={OF_URL}") == "postgresql://me@host:5/books"
    assert shown("postgresql://host/books") == "postgresql://host/books"
    assert shown("./home?x") == "./home?x"


def test_a_secret_is_veiled_as_long_as_it_is_kept():
    kept = Secret("s3cr3t-value/1")
    assert veiled("with s3cr3t-value/1, or s3cr3t-value%2F1") == "with ***, or ***"
    assert repr(kept) == "Secret(***)"
    del kept
    assert veiled("with s3cr3t-value/1") == "with s3cr3t-value/1"


def test_a_secret_of_three_letters_does_not_veil_ordinary_words():
    kept = Secret("the")
    assert veiled("the cat") == "the cat"
    assert kept.reveal() == "the"


# --- files ---------------------------------------------------------------------------------------------------------


@contextmanager
def permitting_all():
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def test_whatever_writes_into_a_home_keeps_it_to_its_owner(planted, allusr):
    day = ("--from", "2026-01-05", "--to", "2026-01-05")
    with permitting_all():
        assert planted.told("plugins", "lock", "--config", planted.config).code == 0
        assert (
            planted.told("arm", "--by", "Ann", "--reason", "x", "--confirm", "U7", "--config", planted.config).code == 0
        )
        assert planted.told("run", "--mode", "paper", "--plugins", "gen_acc,protocol", *day).code == 0
        assert planted.told("halt", "--by", "Ann", "--reason", "x", "--wait", "0").code == 0
        assert planted.told("ledger", "backup").code == 0
        assert (
            planted.told(
                "rules", "propose", "--by", "Ann", "--reason", "x", "--set", "lq_1.open_interest=600", *day
            ).code
            == 0
        )
        with open_ledger(planted.home) as ledger, ledger.lease(), ledger.engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM entries")
            modes = {
                path.relative_to(planted.home).as_posix(): (path.is_dir(), stat.S_IMODE(path.stat().st_mode))
                for path in (planted.home, *planted.home.rglob("*"))
            }
    assert {"plugins.lock", "ledger.db", "ledger.db-wal", "heartbeat", "writer.lock", "views", "backups"} < modes.keys()
    assert {name: oct(mode) for name, (folder, mode) in modes.items() if mode != (0o700 if folder else 0o600)} == {}
    assert (
        json.loads(allusr("doctor", "--mode", "backtest", "--home", planted.home, "--json").out)["checks"][4]["found"]
        == "closed to others"
    )
