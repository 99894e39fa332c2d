"""`allusr report`, and the reports that an engine writes into its home."""

import json

import pytest

from allusr_sdk.cli.entry import invoke

PLUGIN = '''
"""A plugin with a section of its own, and one that fails."""
from allusr_sdk import Section, hookimpl


@hookimpl
def allusr_report(period, ledger):
    if hasattr(ledger, "append") or period == "2026-01":
        raise ValueError("no month for me")
    return Section("What <b>I</b> saw", f"{period}: {sum(1 for _ in ledger.entries())} entries, {ledger.seq}")
'''


@pytest.fixture(scope="module")
def plugin(tmp_path_factory):
    file = tmp_path_factory.mktemp("plugin") / "teller.py"
    file.write_text(PLUGIN)
    return file


@pytest.fixture(scope="module")
def home(tmp_path_factory, plugin):
    """A home whose engine wrote reports over two weeks and a month's end."""
    home = tmp_path_factory.mktemp("report")
    period = ("--from", "2026-01-26", "--to", "2026-02-03", "--symbols", "SPY,AAPL", "--set", "reports.write=on")
    plugins = f"gen_acc,protocol,{plugin}"
    assert invoke(["run", *period, "--plugins", plugins, "--home", str(home), "--json"]) == 0
    return home


def test_without_options_the_newest_week_is_told_in_words(allusr, home):
    done = allusr("report", "--home", home)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Week 2026-W06 of run 1, open\n")
    assert "Equity ended at" in done.out


def test_the_engine_wrote_weeks_and_month_and_the_pages_script_once(home):
    names = {path.name for path in (home / "reports").iterdir()}
    assert names == {"plotly.min.js", *(f"{name}.{form}" for form in ("html", "json")
                                        for name in ("week-2026-W05", "month-2026-01"))}  # fmt: skip


def test_what_the_engine_wrote_is_what_the_command_says(allusr, home, plugin):
    written = json.loads((home / "reports" / "week-2026-W05.json").read_text())
    said = json.loads(allusr("report", "week", "--at", "2026-01-30", "--home", home, "--json",
                             "--set", f'plugins.use=["gen_acc", "protocol", "{plugin}"]').out)  # fmt: skip
    assert said["status"] == written["status"] == "FINAL"
    assert [said[key] for key in ("headline", "tables", "words", "linked")] == [
        written[key] for key in ("headline", "tables", "words", "linked")
    ]


def test_a_plugins_section_stands_in_the_report_and_its_error_in_place_of_it(home):
    (week,) = json.loads((home / "reports" / "week-2026-W05.json").read_text())["sections"]
    (month,) = json.loads((home / "reports" / "month-2026-01.json").read_text())["sections"]
    assert week["title"] == "What <b>I</b> saw"
    assert week["text"].startswith("2026-W05: ")
    assert month["failed"] is True
    assert "no month for me" in month["text"]
    assert "What &lt;b&gt;I&lt;/b&gt; saw" in (home / "reports" / "week-2026-W05.html").read_text()


def test_a_plugin_that_is_gone_is_told_and_the_report_stands(allusr, home):
    done = allusr("report", "week", "--home", home, "--json", "--set", 'plugins.use=["nobody"]')
    (section,) = json.loads(done.out)["sections"]
    assert section["failed"] is True
    assert "nobody" in section["text"]


def test_the_suffix_of_the_file_is_the_format(allusr, home, tmp_path):
    for name, start in (("w.csv", b"section,"), ("w.json", b"{"), ("w.html", b"<!doctype html>"), ("w.pdf", b"%PDF")):
        done = allusr("report", "week", "--home", home, "--out", tmp_path / name)
        assert (done.code, done.out.strip()) == (0, str(tmp_path / name))
        assert (tmp_path / name).read_bytes().startswith(start)


def test_benchmarks_come_from_daily_bars(allusr, home, tmp_path):
    bars = [
        (f"2026-01-{day}", price) for day, price in (("26", 100), ("27", 101), ("28", 90), ("29", 110), ("30", 105))
    ]
    for name in ("SPY", "IRX"):
        rows = "".join(
            f"{day},{p},{p},{p},{p},1\n" for day, p in (bars if name == "SPY" else [(d, 4) for d, _ in bars])
        )
        (tmp_path / f"{name}.csv").write_text(f"Date,Open,High,Low,Close,Volume\n{rows}")
    said = json.loads(
        allusr("report", "month", "--at", "2026-01-30", "--daily", tmp_path, "--home", home, "--json").out
    )
    rows = {
        row["cells"][0]["value"]: row["cells"] for t in said["tables"] if t["key"] == "performance" for row in t["rows"]
    }
    assert rows["SPY"][2]["value"] == pytest.approx(0.05)
    assert rows["SPY"][4]["value"] == pytest.approx(90 / 101 - 1, rel=1e-5)
    assert rows["QQQ"][2]["value"] is None
    assert rows["T-bill"][3]["value"] == pytest.approx(0.04)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--format", "pdf"), "--format pdf: give --out FILE"),
        (("--out", "week.doc"), "--out week.doc: take a name that ends in one of .html, .pdf, .json, .csv, or give"),
        (("--at", "2027-01-01"), "--at 2027-01-01: run 1 ends on 2026-02-03"),
        (("--at", "2026-01-20"), "--at 2026-01-20: run 1 begins on 2026-01-26"),
        (("--at", "soon"), "--at soon: expected a date"),
        (("--daily", "/nowhere"), "--daily /nowhere: no such folder"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(allusr, home, arguments, says):
    done = allusr("report", "week", *arguments, "--home", home)
    assert done.code != 0
    assert says in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_a_backtest_writes_no_reports_by_itself(allusr, tmp_path):
    done = allusr("run", "--from", "2026-01-29", "--to", "2026-02-02", "--symbols", "SPY", "--home", tmp_path, "--json")
    assert done.code == 0
    assert not (tmp_path / "reports").exists()


def test_a_run_is_the_same_with_reports_and_without(allusr, tmp_path):
    heads = []
    for write in ("on", "off"):
        home = tmp_path / write
        done = allusr("run", "--from", "2026-01-29", "--to", "2026-02-02", "--symbols", "SPY", "--home", home, "--json",
                      "--set", f"reports.write={write}")  # fmt: skip
        heads.append(json.loads(done.out)["head"])
    assert heads[0] == heads[1]
    assert (tmp_path / "on" / "reports").exists()


def test_a_form_that_nobody_knows_is_refused_before_anything_trades(allusr, tmp_path):
    done = allusr("run", "--from", "2026-01-29", "--to", "2026-01-30", "--symbols", "SPY", "--home", tmp_path,
                  "--set", "reports.write=on", "--set", 'reports.formats=["docx"]')  # fmt: skip
    assert done.code != 0
    assert "reports.formats: docx: known are html, pdf, json, csv" in done.err


def test_a_report_that_cannot_be_written_stops_no_run(allusr, tmp_path, caplog):
    (tmp_path / "reports").write_text("no folder")
    done = allusr("run", "--from", "2026-01-30", "--to", "2026-02-02", "--symbols", "SPY", "--home", tmp_path,
                  "--set", "reports.write=on", "--json")  # fmt: skip
    assert done.code == 0
    assert "week-2026-W05.json was not written" in caplog.text
    assert json.loads(done.out)["complete"] is True
