"""`allusr plugins lock`: written once, compared ever after."""

import json

import pytest


@pytest.fixture
def locked(allusr, tmp_path):
    assert allusr("plugins", "lock", "--plugins", "gen_acc,protocol", "--home", tmp_path).code == 0
    return tmp_path


def test_a_lock_is_written_into_the_home_and_told(allusr, tmp_path):
    done = allusr("plugins", "lock", "--home", tmp_path / "home")
    assert done.out.startswith(f"locked 4 plugins in {tmp_path / 'home' / 'plugins.lock'}\n")
    assert "allusr-gen-acc 0.1.0 sha256 " in done.out
    assert (tmp_path / "home" / "plugins.lock").read_text().startswith("# Written by `allusr plugins lock`.")


def test_a_lock_may_be_a_file_of_its_own(allusr, tmp_path):
    options = ("--file", tmp_path / "mine.lock", "--plugins", "protocol")
    told = json.loads(allusr("plugins", "lock", *options, "--json").out)
    assert list(told["plugins"]) == ["protocol"]
    assert allusr("plugins", "lock", *options, "--check").out == f"every plugin is as {tmp_path / 'mine.lock'} says\n"


def test_what_drifted_is_named_and_exits_3(allusr, locked):
    done = allusr("plugins", "lock", "--check", "--plugins", "gen_acc,rev_acc", "--home", locked)
    assert (done.code, done.err) == (
        3,
        f"error: plugins drifted from {locked / 'plugins.lock'}: rev_acc: is not in the lock; protocol: is locked and "
        "no longer selected. Look at what changed, then lock again\n",
    )
    told = allusr("plugins", "lock", "--check", "--plugins", "gen_acc", "--home", locked, "--json")
    assert (told.code, json.loads(told.out)["drift"]) == (
        3, [{"plugin": "protocol", "what": "is locked and no longer selected"}],
    )  # fmt: skip


def test_the_list_shows_what_drifted_where_there_is_a_lock(allusr, locked, tmp_path):
    file = locked / "plugins.lock"
    file.write_text(file.read_text().replace('version = "0.1.0"', 'version = "0.0.9"', 1))
    rows = json.loads(allusr("plugins", "list", "--home", locked, "--json").out)["plugins"]
    told = {row["name"]: row["lock"] for row in rows}
    assert told["gen_acc"] == "DRIFTED: version 0.0.9 is locked, 0.1.0 is installed"
    assert (told["protocol"], told["rev_acc"]) == ("locked", "DRIFTED: is not in the lock")
    assert "DRIFTED" in allusr("plugins", "list", "--home", locked).out
    assert "lock" not in allusr("plugins", "list", "--home", tmp_path / "elsewhere").out.splitlines()[0]


def test_a_backtest_does_not_look_at_the_lock(allusr, locked):
    (locked / "plugins.lock").write_text("damaged")
    assert allusr("run", "--to", "2026-01-05", "--home", locked).code == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--check", "--home", "nowhere"), "`allusr plugins lock` writes it"),
        (("--plugins", "gen_ac"), "did you mean 'gen_acc'?"),
        (("--home", "postgresql://somewhere"), "say with --file where the lock is"),
        (("--plugins", "./wheel.py"), "is selected by its path and cannot be locked"),
    ],
)
def test_what_cannot_be_locked_or_compared_is_one_line_exit_2(allusr, tmp_path, monkeypatch, options, words):
    monkeypatch.chdir(tmp_path)
    done = allusr("plugins", "lock", *options)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert words in done.err
