"""A line that was typed wrong: one line that says what, where and what to do, and exit code 2."""

import pytest


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (("run", "--seed", "abc"), "--seed: expected a whole number (see `allusr run --help`)"),
        (("halt", "--by", "A", "--reason", "b", "--wait", "x"), "--wait: expected a number (see `allusr halt --help`)"),
        (("sweep", "--workers", "-1"), "--workers: give 0 or more (see `allusr sweep --help`)"),
        (("halt",), "--by is missing (see `allusr halt --help`)"),
        (("ledger", "export"), "--format is missing: give beancount (see `allusr ledger export --help`)"),
        (("explain",), "WHAT is missing (see `allusr explain --help`)"),
        (("report", "week", "2026-W07"), "2026-W07: too much, nothing is expected there (see `allusr report --help`)"),
        (("report", "year"), "kind: 'year' is not one of 'week', 'month', 'quarter' (see `allusr report --help`)"),
        (
            ("run", "--capitl", "5"),
            "--capitl: no such option; did you mean --capital, --daily? (see `allusr run",
        ),
        (("audit", "--explain", "X"), "--explain: it takes 2 arguments (see `allusr audit --help`)"),
        (("rn",), "No such command 'rn'. Did you mean 'run'? (see `allusr --help`)"),
        (
            ("run", "--home", ""),
            "--home is empty: give a folder or a database's URL; is a variable of the shell unset?",
        ),
        (("status", "--home", " "), "--home is empty: give a folder or a database's URL"),
        (
            ("run", "--market", ""),
            "--market is empty: give synthetic, chains:DIR or another; is a variable of the shell",
        ),
        (("rules", "diff", "2.0.0", "in-force"), "2.0.0: no rulebook: give default, in-force, a proposal's number, or"),
        (("explain", "#99999999999999999999"), "run 1 has no entry #99999999999999999999: it has entries #1 to #"),
        (("watchdog", "--silence", "nan"), "KS-9: --silence nan is shorter than 2 s, in which an engine may be well"),
        (("tws-sim", "--port", "99999999"), "--port: give 65535 or less (see `allusr tws-sim --help`)"),
        (
            ("rules", "propose", "--set", "cad_10.symbol_cap=0.25", "--by", "A", "--reason", "b"),
            "nothing would change: CAD-10.symbol_cap stands so in the rulebook in force",
        ),
        (("crowd", "--out", "/no/such/crowd.parquet"), "--out /no/such/crowd.parquet: no such folder: give a file's"),
        (("tws-sim", "--accounts", "DU1:-5"), "--accounts DU1:-5: expected names with dollars, as DU1:1000000,DU2:5"),
        (("tws-sim", "--accounts", "DU1:nan"), "--accounts DU1:nan: expected names with dollars, as DU1:1000000,DU2:"),
        (("ledger", "balances", "--at", "1990-01-01"), "--at 1990-01-01: run 1 begins on "),
        (("explain", ""), "WHAT is empty: give a symbol, a position"),
        (("run", "--from", "1200-01-01"), "--from 1200-01-01: sessions are known from 1990-01-02 to 2045-12-31"),
        (("run", "--from", "9999-12-30"), "--from 9999-12-30: sessions are known from 1990-01-02 to 2045-12-31"),
        (("run", "--from", "2045-12-20"), "--to 2046-01-14: sessions are known from 1990-01-02 to 2045-12-31"),
    ],
)
def test_it_is_answered_in_one_line(allusr, ran, tmp_path, monkeypatch, typed, line):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLUSR_HOME", str(ran.home))
    done = allusr(*typed)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {line}")
    assert done.err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_no_tax_year_is_made_up_of_before_the_run(allusr, ran):
    done = allusr("ledger", "tax", "1999", "--home", ran.home)
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: YEAR 1999: run 1 begins in 2026, and nothing is known of the years before\n"


def test_a_folder_of_several_homes_names_them(allusr, tmp_path):
    for name in ("a01", "a02"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ledger.db").touch()
    for command in (("explain", "SPY"), ("report", "week"), ("ledger", "verify")):
        done = allusr(*command, "--home", tmp_path)
        assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    done = allusr("explain", "SPY", "--home", tmp_path)
    where = f"{tmp_path}/a01, or {tmp_path}/a02"
    assert done.err == f"error: {tmp_path} holds several homes: give --home {where}\n"
