"""`allusr ledger balances --statement`, `export` and `lots` on a real run of four weeks."""

import json
from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.cli.entry import invoke
from allusr_sdk.ledger import open_ledger

D = Decimal


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """The home of four weeks of the synthetic market."""
    home = tmp_path_factory.mktemp("month")
    period = ("--from", "2026-01-05", "--to", "2026-01-30", "--symbols", "SPY,AAPL,NVDA")
    assert invoke(["run", *period, "--home", str(home), "--json"]) == 0
    return home


@pytest.fixture
def asked(allusr, month):
    """A statement as JSON, with its rows by key and column."""

    def ask(*arguments):
        done = allusr("ledger", "balances", *arguments, "--home", month, "--json")
        assert (done.code, done.err) == (0, "")
        body = json.loads(done.out)
        names = [column["name"] for column in body["columns"]]
        body["by"] = {row["key"]: dict(zip(names, row["amounts"], strict=True)) for row in body["rows"]}
        return body

    return ask


def test_the_balance_sheet_of_four_weeks_is_what_status_says_to_the_cent(allusr, asked, month):
    sheet, status = asked("--statement", "balance"), json.loads(allusr("status", "--home", month, "--json").out)
    rows = sheet["by"]
    assert (rows["cash"]["user"], rows["marked"]["user"]) == (status["cash"], status["equity"])
    assert sheet["unmarked"] == []
    for column in ("gen_acc", "rev_acc", "com_acc", "user"):
        assert D(rows["assets"][column]) == D(rows["liabilities"][column]) + D(rows["equity"][column]) > 0
    with open_ledger(month, create=False) as ledger:
        for name, book in ledger.latest().book.ledgers.items():
            found = [D(rows[key][name]) for key in ("cash", "marked", "retained")]
            assert found == [book.cash, book.equity, book.realised]


def test_income_and_cash_flow_of_the_weeks_sum_to_those_of_the_month(asked):
    weeks = [("2026-01-05", "2026-01-09"), ("2026-01-10", "2026-01-16"), ("2026-01-17", "2026-01-30")]
    for statement in ("income", "cash"):
        parts = [asked("--statement", statement, "--from", first, "--at", last)["by"] for first, last in weeks]
        whole = asked("--statement", statement)["by"]
        for key in ("realised", "unrealised") if statement == "income" else ("premium", "delivered", "change"):
            assert sum(D(part[key]["user"]) for part in parts) == D(whole[key]["user"]) != 0


def test_one_ledger_or_one_account_alone(asked):
    assert [c["name"] for c in asked("--statement", "cash", "--ledger", "rev_acc")["columns"]] == ["rev_acc"]
    root = asked("--statement", "cash", "--account", "root")["columns"]
    assert [c["kind"] for c in root] == ["ledger", "ledger", "ledger", "user"]


def test_the_statement_is_readable(allusr, month):
    shown = allusr("ledger", "balances", "--statement", "income", "--at", "2026-01-16", "--home", month).out
    assert shown.splitlines()[0] == "Income statement of run 1 from the beginning to the end of 2026-01-16"
    assert "Realised P&L - short puts" in shown
    assert "Interest income" not in shown


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--from", "2026-01-05"), "--from 2026-01-05: a trial has no period"),
        (("--statement", "cash", "--from", "2026-01-06", "--at", "2026-01-05"), "it is after --at 2026-01-05"),
        (("--ledger", "gen_acc", "--account", "root"), "--ledger and --account: give one of them"),
        (("--ledger", "gen_ac"), "run 1 has no ledger 'gen_ac'; did you mean 'gen_acc'?"),
        (("--account", "rot"), "run 1 has no account 'rot'; did you mean 'root'?"),
    ],
)
def test_what_cannot_be_asked_is_refused(allusr, month, arguments, why):
    done = allusr("ledger", "balances", *arguments, "--home", month)
    assert done.code == 2
    assert why in done.err


def test_open_lots_are_listed_without_a_sale(allusr, month):
    held = json.loads(allusr("ledger", "lots", "--home", month, "--json").out)["lots"]
    positions = json.loads(allusr("status", "--home", month, "--json").out)["positions"]
    units = {}
    for lot in held:
        units[lot["ledger"], lot["instrument"]] = units.get((lot["ledger"], lot["instrument"]), 0) + lot["units"]
    assert sorted(units.values()) == sorted(position["quantity"] for position in positions)
    assert allusr("ledger", "lots", "--take", "a=1", "--home", month).code == 2


def loaded(text):
    loader = pytest.importorskip("beancount.loader", reason="beancount is not installed: it is in the group dev")
    return loader.load_string(text)


@pytest.mark.parametrize("at", [(), ("--at", "2026-01-16")])
def test_beancount_takes_the_books_and_every_balance(allusr, month, at):
    exported = allusr("ledger", "export", "--format", "beancount", *at, "--home", month)
    assert exported.code == 0
    entries, errors, _ = loaded(exported.out)
    assert errors == []
    kinds = [type(entry).__name__ for entry in entries]
    assert kinds.count("Balance") == 3
    told = [entry for entry in entries if type(entry).__name__ == "Transaction"]
    shown = json.loads(allusr("ledger", "show", "--limit", "100000", "--home", month, "--json").out)
    last = date.fromisoformat(at[1]) if at else date.max
    posts = {entry["seq"]: entry["hash"] for entry in shown["entries"] if entry["postings"]}
    assert {int(entry.meta["entry"]): entry.meta["hash"] for entry in told} == {
        seq: name for seq, name in posts.items() if not at or seq in {int(e.meta["entry"]) for e in told}
    }
    assert max(entry.date for entry in told) <= last
    assert bool(at) is (len(told) < len(posts))


def test_every_account_of_the_export_has_the_balance_of_the_trial(allusr, month):
    entries, _, _ = loaded(allusr("ledger", "export", "--format", "beancount", "--home", month).out)
    sums = {}
    for entry in entries:
        for posting in getattr(entry, "postings", ()):
            if posting.units.currency == "USD":
                ledger, account = posting.account.split(":")[2:4]
                key = ledger.lower().replace("-", "_"), account[:4]
                sums[key] = sums.get(key, D(0)) + posting.units.number
    trial = json.loads(allusr("ledger", "balances", "--home", month, "--json").out)["balances"]
    assert sums == {(row["ledger"], row["account"]): D(row["amount"]) for row in trial}


def test_a_changed_cent_is_seen_by_beancount(allusr, month):
    text = allusr("ledger", "export", "--format", "beancount", "--home", month).out
    changed = text.replace("  400000.00 USD", "  400000.01 USD", 1)
    assert changed != text
    assert [type(error).__name__ for error in loaded(changed)[1]][:1] == ["ValidationError"]


def test_an_export_goes_into_a_file(allusr, month, tmp_path):
    done = allusr("ledger", "export", "--format", "beancount", "--out", tmp_path / "b.beancount", "--home", month)
    printed = allusr("ledger", "export", "--format", "beancount", "--home", month).out
    assert done.out == f"{tmp_path / 'b.beancount'}\n"
    assert (tmp_path / "b.beancount").read_text("utf-8") == printed
    refused = allusr("ledger", "export", "--format", "beancount", "--out", tmp_path / "no" / "b", "--home", month)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
