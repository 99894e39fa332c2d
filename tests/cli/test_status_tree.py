"""The tree of accounts: what `allusr status`, `run`'s summary and `explain` say of forks and merges (FK-3, FK-4)."""

import json

import pytest

from allusr_sdk.ledger import open_ledger
from allusr_sdk.reports.facts import of_run
from allusr_sdk.reports.tree import tree_lines
from tests.ledger.capital_words import User

LINES = (
    "root ROOT     gen_acc, rev_acc, com_acc",
    "├─ m1 MINI    merged into com_acc on 2029-02-05: 3x",
    "└─ f1 FULL    f1.gen_acc, f1.com_acc",
    "   └─ m2 MINI m2.gen_acc, m2.com_acc; merging into com_acc: 3 years",
)


def grown(user):
    """One mini that was merged, a full account, and a mini of that which is about to be."""
    user.fork("m1")
    user.fork("f1", form="FULL", week="2026-W03")
    user.on(2029, 2, 2)
    user.fork("m2", ledger="f1.gen_acc", parent="f1", generation=2)
    user.tell(user.merge("m1"))
    user.on(2029, 2, 5)
    for name in ("m1.gen_acc", "m1.com_acc"):
        user.tell(user.gift(name))
        user.finish()
    user.tell(user.merge("m2", cause="3 years"))


@pytest.fixture
def home(tmp_path):
    with open_ledger(tmp_path) as ledger:
        grown(User(ledger))
    return tmp_path


def test_status_draws_every_account_behind_its_parent(allusr, home):
    shown = allusr("status", "--home", home)
    assert shown.code == 0
    found = [" ".join(line.split()) for line in shown.out.splitlines()]
    for line in LINES:
        assert any(" ".join(line.split()) in row for row in found), line
    (mini,) = [row for row in found if "m1 MINI" in row]
    assert mini.endswith("3 y 32 d 100,000.00 0.00 1.00x")


def test_the_tree_as_json_has_the_whole_lineage(allusr, home):
    body = json.loads(allusr("status", "--home", home, "--json").out)
    by_id = {account["id"]: account for account in body["tree"]}
    assert list(by_id) == ["root", "m1", "f1", "m2"]
    m2 = by_id["m2"]
    assert (m2["parent"], m2["depth"], m2["form"], m2["generation"]) == ("f1", 2, "MINI", 2)
    assert (m2["since"], m2["funded"], m2["closing"], m2["closed"]) == ("2029-02-02", "100000", "3 years", None)
    assert by_id["m1"]["closed"] == "2029-02-05"
    assert m2["ledgers"] == ["m2.gen_acc", "m2.com_acc"]


def test_status_says_of_the_account_what_its_facts_say(allusr, home):
    body = json.loads(allusr("status", "--home", home, "--json").out)
    with open_ledger(home) as ledger:
        facts = of_run(ledger.latest())
    for name in ("equity", "cash", "collateral"):
        assert body[name] == str(getattr(facts.total, name))
    for name in ("run", "mode", "market", "complete", "state", "cycles", "tier", "entries", "head"):
        assert body[name] == getattr(facts, name), name


def test_an_account_that_never_forked_has_no_tree_to_draw(allusr, tmp_path):
    with open_ledger(tmp_path) as ledger:
        User(ledger)
    shown = allusr("status", "--home", tmp_path)
    assert "ROOT" not in shown.out
    (root,) = json.loads(allusr("status", "--home", tmp_path, "--json").out)["tree"]
    assert (root["id"], root["funded"]) == ("root", "300000.00")


def test_the_tree_shows_the_brokers_accounts_where_a_map_is_given(allusr, home, tmp_path):
    file = tmp_path / "allusr.toml"
    file.write_text('[account]\nbroker_accounts = ["f1=U2", "f1.com_acc=U3", "root=U1"]\n[broker]\naccount = "U9"\n')
    shown = allusr("status", "--home", home, "--config", file)
    rows = [" ".join(line.split()) for line in shown.out.splitlines()]
    assert any(row.startswith("account ledgers") and row.endswith("multiple broker account") for row in rows)
    assert next(row for row in rows if row.startswith("root ROOT")).endswith("x U1")
    assert next(row for row in rows if "f1 FULL" in row).endswith("x f1.gen_acc U2, f1.com_acc U3")
    assert next(row for row in rows if "m2 MINI" in row).endswith("x U9")
    body = json.loads(allusr("status", "--home", home, "--config", file, "--json").out)
    by_id = {account["id"]: account["broker_accounts"] for account in body["tree"]}
    assert by_id["f1"] == {"f1.gen_acc": "U2", "f1.com_acc": "U3"}
    bare = json.loads(allusr("status", "--home", home, "--json").out)
    assert {str(account["broker_accounts"]) for account in bare["tree"]} == {"{}"}


def test_a_map_draws_the_tree_of_an_account_that_never_forked(allusr, tmp_path):
    with open_ledger(tmp_path) as ledger:
        User(ledger)
    shown = allusr("status", "--home", tmp_path, "--set", 'account.broker_accounts=["com_acc=U2"]')
    (row,) = [line for line in shown.out.splitlines() if line.startswith("root ROOT")]
    assert row.endswith("gen_acc not named, rev_acc not named, com_acc U2")


def test_the_summary_has_a_line_and_one_column_for_all_forks(home):
    with open_ledger(home) as ledger:
        facts = of_run(ledger.latest())
    assert list(tree_lines(facts.tree)) == ["Accounts: 2 MINI and 1 FULL forked, 1 merged; 2 active with 200,000.00"]


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("m1", ("account m1", "FORK: 100,000 set aside for m1", "MERGE of m1 into com_acc begins: 3x", "m1 ARCHIVED")),
        ("f1", ("account f1", "ACCOUNT f1: f1.com_acc begins with 50,000, run by com_acc")),
    ],
)
def test_an_account_is_explained_from_its_fork_to_its_merge(allusr, home, subject, said):
    told = allusr("explain", subject, "--home", home)
    assert told.code == 0
    for part in said:
        assert part in told.out
