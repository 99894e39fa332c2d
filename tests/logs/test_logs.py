"""The log beside the journal: what a line says, what it hides, and that it can harm nothing."""

import json
import logging
import stat

import pytest

from allusr_sdk.config import Config
from allusr_sdk.errors import InputError
from allusr_sdk.logs import Logs, file_of, written
from allusr_sdk.settings import Secret

LOG = logging.getLogger("allusr.somewhere")


def known():
    return {"account": "main", "home": "/h", "run": 3, "instant": None}


def lines(place):
    return [json.loads(line) for line in place.read_text().splitlines()]


def test_a_line_for_people_names_its_time_its_logger_and_where_it_was(capsys):
    with written(Logs(), known):
        LOG.warning("the %s was\nnot made", "week")
        LOG.info("below what is asked for")
    (line,) = capsys.readouterr().err.splitlines()
    at, _, rest = line.partition(" ")
    assert at.endswith("Z")
    assert rest == "warning allusr.somewhere: the week was not made (account=main home=/h run=3)"


def test_a_json_line_is_one_object_with_the_same_and_an_errors_trace(tmp_path):
    place = tmp_path / "logs" / "allusr.log"
    with written(Logs(format="json", level="info", file=str(place)), known):
        try:
            raise ValueError("no such thing")
        except ValueError:
            LOG.exception("it went\nwrong", extra={"seq": 7})
    (line,) = lines(place)
    assert {key: line[key] for key in ("event", "level", "logger", "account", "run", "seq")} == {
        "event": "it went\nwrong", "level": "error", "logger": "allusr.somewhere", "account": "main", "run": 3,
        "seq": 7,
    }  # fmt: skip
    assert "ValueError: no such thing" in line["exception"]
    assert "instant" not in line


def test_no_secret_is_in_a_line_whether_it_was_said_given_or_raised(tmp_path, capsys):
    secret = Secret('pass"word/1')
    for form in ("text", "json"):
        with written(Logs(format=form, file=str(tmp_path / form)), lambda: {"home": secret.reveal()}):
            try:
                raise ValueError(secret.reveal())
            except ValueError:
                LOG.exception("by %s", secret.reveal(), extra={"said": secret.reveal()})
        text = (tmp_path / form).read_text()
        assert "pass" not in text
        assert text.count("***") >= 3


def test_files_are_closed_to_others_and_old_ones_are_put_aside(tmp_path):
    place = tmp_path / "logs" / "allusr.log"
    with written(Logs(file=str(place), megabytes=1, kept=1)):
        for _ in range(3):
            LOG.warning("x" * 600_000)
    assert sorted(path.name for path in place.parent.iterdir()) == ["allusr.log", "allusr.log.1"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.parent.iterdir()} == {0o600}


def test_each_process_has_a_file_of_its_own(tmp_path):
    logs = Logs(file=str(tmp_path / "allusr.log"))
    assert file_of(logs, "main") == tmp_path / "allusr-main.log"
    assert file_of(Logs(), "main") is None


def test_a_file_that_cannot_be_written_is_refused_at_once_and_a_link_is_not_followed(tmp_path):
    (tmp_path / "theirs").write_text("")
    (tmp_path / "link").symlink_to(tmp_path / "theirs")
    for name in ("theirs/allusr.log", "link"):
        with (
            pytest.raises(InputError, match=r"^logs\.file: .* cannot be written \("),
            written(Logs(file=str(tmp_path / name))),
        ):
            pass


def test_a_disk_that_fills_is_told_once_and_harms_nothing(tmp_path, capsys):
    with written(Logs(file="/dev/full")):
        for _ in range(3):
            LOG.warning("x")
    assert capsys.readouterr().err.count("warning: /dev/full cannot be written to") == 1


def test_the_table_is_read_and_changes_no_run(tmp_path):
    file = tmp_path / "allusr.toml"
    file.write_text("[logs]\nformat = 'json'\n[notify]\nquiet = '22:00-07:00'\n")
    assert Config.read(file).logs.format == "json"
    assert Config.read(file).digest == Config.read().digest


def test_a_run_writes_where_it_begins_and_ends(tmp_path, capsys):
    from allusr_sdk.cli.entry import invoke

    place = tmp_path / "allusr.log"
    code = invoke([
        "run", "--from", "2026-01-05", "--to", "2026-01-05", "--home", str(tmp_path / "home"),
        "--set", f"logs.file={place}", "--set", "logs.format=json", "--set", "logs.level=info",
    ])  # fmt: skip
    first, last = lines(place)
    assert (code, first["logger"], first["event"]) == (
        0, "allusr.run", "a backtest run begins: 2026-01-05 to 2026-01-05, fast",
    )  # fmt: skip
    assert (last["event"], last["run"], last["instant"][:10]) == ("it has come to its end", 1, "2026-01-05")
