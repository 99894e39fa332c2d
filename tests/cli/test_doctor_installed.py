"""`allusr doctor` on the installation: packages, plugins, extras, time, database and ports; secrets stay unsaid."""

import json
import socket
from importlib.metadata import PathDistribution

import pytest

from allusr_sdk.cli import added


@pytest.fixture
def checks(allusr, tmp_path, monkeypatch):
    """What each check found, by its name; every plugin's command counts as installed."""
    words = [added.Word(word, word, "") for word in ("console", "notify", "metrics", "ask", "mcp")]
    monkeypatch.setattr(added, "words", lambda: iter(words))
    monkeypatch.delenv("ALLUSR_NOTIFY_URLS", raising=False)

    def told(*arguments):
        done = allusr("doctor", "--json", "--home", tmp_path / "home", *arguments)
        found = json.loads(done.out)
        return {row["name"]: row for row in found["checks"]} | {"code": done.code, "text": done.out + done.err}

    return told


def test_what_the_packages_are_is_told_and_that_they_fit(checks):
    found = checks()
    assert (found["code"], found["packages"]["state"], found["installed"]["state"]) == (0, "ok", "ok")
    assert "nautilus_trader 1." in found["packages"]["found"]
    assert "ib_async 2." in found["packages"]["found"]
    assert (found["zones"]["state"], found["calendar"]["state"], found["database"]["state"]) == ("ok",) * 3


def test_a_package_of_another_version_is_not_well(checks, tmp_path, monkeypatch):
    info = tmp_path / "site" / "attrs-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: attrs\nVersion: 1.0\n")
    assert PathDistribution(info).version == "1.0"
    monkeypatch.syspath_prepend(str(info.parent))
    found = checks()
    assert (found["code"], found["packages"]["state"]) == (3, "failed")
    assert "attrs 1.0, and allusr-sdk asks for <27,>=25.3" in found["packages"]["found"]


def test_channels_are_counted_and_never_shown(checks, tmp_path, monkeypatch):
    assert (checks()["notify"]["state"], checks()["notify"]["found"]) == ("failed", "no channel")
    file = tmp_path / "channels"
    file.write_text("# mine\nmail=mailto://ann:s3cret@example.org\nping=https://example.org/s3cret\n")
    file.chmod(0o600)
    monkeypatch.setenv("ALLUSR_NOTIFY_URLS", "json://127.0.0.1/s3cret phone=json://127.0.0.1/other")
    found = checks("--set", f"notify.file={file}")
    assert (found["notify"]["state"], found["notify"]["found"]) == ("ok", "channels: 3")
    assert "s3cret" not in found["text"]
    file.chmod(0o640)
    assert "open to others" in checks("--set", f"notify.file={file}")["notify"]["found"]


def test_who_words_answers_is_told_by_the_models_name(checks):
    assert checks()["ask"]["found"] == "answers are written by rules; no model is set"
    assert "(openai:small)" in checks("--set", "advisor.model=openai:small")["ask"]["found"]


def test_a_port_that_is_taken_is_a_note(checks):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = checks("--set", f"metrics.port={port}")
    assert (found["code"], found["ports"]["state"], found["ports"]["matters"]) == (0, "failed", False)
    assert found["ports"]["found"] == f"{port} of metrics is taken"


def test_a_time_server_is_asked_also_where_no_broker_is(checks):
    found = checks("--set", "broker.ntp=127.0.0.1:9")
    assert (found["code"], found["time"]["state"]) == (0, "unknown")
    assert found["time"]["found"] == "no answer of 127.0.0.1:9"


def test_reports_say_which_forms_they_can_have(checks, monkeypatch):
    monkeypatch.setattr("allusr_sdk.cli.installed.find_spec", lambda name: None)
    found = checks()["reports"]
    assert (found["state"], found["found"], found["matters"]) == ("failed", "json, csv", False)
