"""`allusr sweep`: variants of one backtest beside one another, kept, shown, and a row proposed."""

import json

import pyarrow.parquet as pq
import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.ledger import open_ledger
from allusr_sdk.office.proposals import listed
from allusr_sdk.trials.kept import RESULTS

DAYS = ("--from", "2026-01-05", "--to", "2026-01-07", "--symbols", "SPY")
HERE = ("--workers", "0")
OVER = ("--over", "sleeves.gen_acc.dte_max=0,1", "--over", "lq_1.open_interest=500,90000")


def printed(arguments):
    """What a command prints as JSON."""
    import io
    from contextlib import redirect_stdout

    with redirect_stdout(io.StringIO()) as out:
        assert invoke([str(argument) for argument in (*arguments, "--json")]) == 0
    return json.loads(out.getvalue())


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Where the sweep and the home lie."""
    return tmp_path_factory.mktemp("sweep")


@pytest.fixture(scope="module")
def body(place):
    """A sweep of two settings by two values of a rule over three days, as JSON."""
    return printed(["sweep", *OVER, *DAYS, *HERE, "--out", place / "out", "--home", place / "home"])


def test_every_combination_is_a_row_with_its_journal_and_says_what_was_tried(body):
    assert sorted(tuple(row["values"].values()) for row in body["rows"]) == [
        ("0", "500"), ("0", "90000"), ("1", "500"), ("1", "90000")]  # fmt: skip
    assert len({head for row in body["rows"] for head in row["heads"].values()}) == 4
    assert (body["options"], body["judged"]["variants"], body["judged"]["ended"]) == ("modelled", 4, 4)
    assert body["headings"][0].startswith("MODELLED OPTIONS: no option price here was ever quoted")
    assert body["sentences"][0].startswith("4 variants tried")


def test_a_trial_has_the_journal_that_the_backtest_of_its_settings_has(body, place, allusr):
    row = next(row for row in body["rows"] if row["values"] == {
        "sleeves.gen_acc.dte_max": "1", "lq_1.open_interest": "90000"})  # fmt: skip
    sets = [f"--set={key}={value}" for key, value in row["values"].items()]
    assert allusr("run", *DAYS, *sets, "--home", place / "alone").code == 0
    with open_ledger(place / "alone") as ledger:
        assert ledger.latest().head == row["heads"]["7"]


@pytest.mark.usefixtures("body")
def test_the_tables_and_the_page_lie_in_the_folder(place):
    table = pq.read_table(place / "out" / "trials.parquet")
    assert table.column("status").to_pylist() == ["ended"] * 4
    assert pq.read_table(place / "out" / "returns.parquet").num_rows == 4 * 4
    assert "MODELLED OPTIONS" in (place / "out" / "sweep.html").read_text()


@pytest.mark.usefixtures("body")
def test_no_home_is_written(place):
    assert not (place / "home").exists()


def test_a_sweep_goes_on_where_it_was_to_the_same_end(body, place, allusr, tmp_path):
    (tmp_path / "plan.json").write_bytes((place / "out" / "plan.json").read_bytes())
    lines = (place / "out" / RESULTS).read_bytes().splitlines(keepends=True)
    (tmp_path / RESULTS).write_bytes(b"".join(lines[1:3]) + lines[3][:50])
    done = allusr("sweep", *OVER, *DAYS, *HERE, "--out", tmp_path, "--home", place / "home")
    assert (done.code, done.err) == (0, "2 of 4 trials are there already: it goes on\n")
    assert sorted((tmp_path / RESULTS).read_bytes().splitlines(keepends=True)) == sorted(lines)


@pytest.mark.usefixtures("body")
def test_a_person_reads_prices_and_number_of_trials_before_the_rows(place, allusr):
    done = allusr("sweep", "show", place / "out")
    lines = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert lines[0].startswith("MODELLED OPTIONS")
    assert lines[1].startswith("Sweep over gen_acc.dte_max, lq_1.open_interest · 2026-01-05 to 2026-01-07")
    rows = next(i for i, line in enumerate(lines) if line.startswith("row"))
    assert any(line.startswith("4 variants tried") for line in lines[:rows])
    assert lines[-1].startswith(f"Next: {place / 'out' / 'sweep.html'}")


@pytest.mark.usefixtures("body")
def test_rules_of_a_row_become_a_proposal_that_says_where_it_comes_from(place, allusr):
    done = allusr("sweep", "propose", place / "out", "2", "--by", "Ada", "--home", place / "home")
    assert (done.code, done.err) == (0, "")
    assert "LQ-1.open_interest" in done.out
    assert "row 2 of a sweep of 4 variants" in done.out
    assert "options modelled" in done.out
    assert "Settings are no part of the rulebook; for a configuration, or with --set:" in done.out
    assert "[sleeves.gen_acc]\ndte_max = 0\n" in done.out
    (proposal,) = listed(str(place / "home"))
    assert proposal.waiting
    assert proposal.wishes == {"LQ-1.open_interest": "90000"}
    assert proposal.reason.startswith("row 2 of a sweep of 4 variants")


@pytest.mark.usefixtures("body")
@pytest.mark.parametrize(
    ("row", "by", "said"), [("9", "Ada", "row 9: the sweep has rows 1 to 4"), ("1", " ", "(--by)")]
)
def test_a_row_that_cannot_be_proposed_is_refused_by_why(place, allusr, row, by, said):
    done = allusr("sweep", "propose", place / "out", row, "--by", by, "--home", place / "home")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert said in done.err


def test_a_combination_that_is_refused_where_its_values_are_not_is_a_row_that_says_why(tmp_path):
    over = (
        "--over",
        'plugins.use=["gen_acc"],["gen_acc", "rev_acc"]',
        "--over",
        'account.shares=[],["gen_acc=50", "rev_acc=50"]',
    )
    day = ("--from", "2026-01-05", "--to", "2026-01-05", "--symbols", "SPY", "--home", tmp_path / "home")
    body = printed(["sweep", *over, *day, *HERE, "--out", tmp_path / "out"])
    assert {row["row"]: row["why"] for row in body["rows"]} == {
        1: "", 2: "account.shares: rev_acc=50: no such sleeve; did you mean 'gen_acc'?", 3: "", 4: ""}  # fmt: skip
    assert (body["judged"]["variants"], body["judged"]["ended"]) == (4, 3)


def test_settings_alone_are_printed_as_a_configuration_takes_them_and_nothing_is_proposed(allusr, tmp_path):
    over = ("--over", "sleeves.gen_acc.dte_max=0", "--set", 'sleeves.gen_acc.symbols=["SPY"]')
    day = ("--from", "2026-01-05", "--to", "2026-01-05", "--symbols", "SPY")
    assert allusr("sweep", *over, *day, *HERE, "--out", tmp_path / "out", "--home", tmp_path / "home").code == 0
    done = allusr("sweep", "propose", tmp_path / "out", "1", "--by", "Ada", "--home", tmp_path / "home")
    assert done.code == 0
    assert "No rule differs in this row, so nothing was proposed." in done.out
    assert '[sleeves.gen_acc]\nsymbols = ["SPY"]\ndte_max = 0\n' in done.out
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(("more", "code", "said"), [
    (["--over", "sleeves.gen_acc.nothing=1,2"], 2, "sleeves.gen_acc.nothing: unknown setting"),
    (["--over", "sleeves.gen_acc.dte_max=1,zero"], 2, "sleeves.gen_acc.dte_max"),
    (["--over", "lq_1.open_interest=1,600"], 2, "LQ-1: open_interest is fixed"),
    (["--over", "lq_99.what=1"], 2, "lq_99"),
    (["--over", "run.seed=1,2"], 2, "several seeds are --seeds N"),
    (["--workers", "2"], 2, "needs something to try"),
    (["--over", "lq_1.open_interest=600", "--workers", "-1"], 2, "--workers: give 0 or more"),
])  # fmt: skip
def test_what_cannot_be_tried_is_refused_in_one_line_before_anything_is_run(allusr, tmp_path, more, code, said):
    done = allusr("sweep", *more, *DAYS, "--out", tmp_path / "out", "--home", tmp_path)
    assert (done.code, done.err.count("\n")) == (code, 1)
    assert said in done.err
    assert not (tmp_path / "out").exists()
