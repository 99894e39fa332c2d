"""The worked journals: every vector gives its postings, its tax lines and its state, whatever happens in it."""

import json
from datetime import date
from decimal import Decimal

import pytest

from allusr_sdk.ledger.chart import CHART
from allusr_sdk.ledger.opening import open_ledger
from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.tax import disposals, form_8949
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.events import DividendPaid
from allusr_sdk.tax.terms import Terms
from allusr_sdk.tax.year import report
from tests.vectors.worked import CAPITAL, STAMP, by_account, noon, played, start, summed


@pytest.fixture
def vectors(vectors_dir):
    path = vectors_dir / "ledger.json"
    found = json.loads(path.read_text()).get("vectors", []) if path.is_file() else []
    if not found:
        pytest.skip("no vectors of journals")
    return found


@pytest.fixture
def play():
    """Plays a vector: see `played`."""
    ledgers = []

    def all_of(vector):
        ledgers.append(open_ledger("sqlite://"))
        return played(ledgers[-1], vector)

    yield all_of
    for ledger in ledgers:
        ledger.close()


def test_the_chart_of_accounts_is_the_rulebooks(vectors_dir):
    path = vectors_dir / "ledger.json"
    accounts = json.loads(path.read_text()).get("accounts") if path.is_file() else None
    if accounts is None:
        pytest.skip("no chart of accounts among the vectors")
    assert accounts == CHART


def test_every_event_posts_the_worked_lines(vectors, play, subtests):
    for vector in vectors:
        with subtests.test(vector["id"]):
            _, rows = play(vector)
            assert rows
            for posted, expected in rows:
                assert posted == expected


def test_a_kind_of_event_that_is_unknown_is_no_vector_that_passes(vectors, play):
    step = {"date": "2026-05-21", "do": "conjure", "lines": []}
    with pytest.raises(KeyError, match="conjure"):
        play({"ledger": "gen_acc", "opening_lots": [], "asserts": {}, "events": [step]})


def test_disposals_of_the_books_give_the_worked_lines_without_adjustments(vectors, play, subtests):
    for vector in vectors:
        if any("f" in line for line in vector["form8949"]):
            continue  # the books know no wash sale; the taxpayer's year below does
        with subtests.test(vector["id"]):
            run, _ = play(vector)
            assert list(form_8949(disposals(run))) == vector["form8949"]


def test_the_taxpayers_years_give_the_worked_lines_of_form_8949(vectors, play, subtests):
    for vector in vectors:
        with subtests.test(vector["id"]):
            run, _ = play(vector)
            days = [*(e["date"] for e in vector["events"]), *(lot["acquired"] for lot in vector["opening_lots"])]
            years = sorted({int(day[:4]) for day in days})
            lines = [line for year in years for line in report(run, year, Terms()).chosen.lines]
            assert [line.columns() for line in lines] == vector["form8949"]


def option(book):
    return next(p for p in book.positions.values() if p.contract)


def stock(book):
    return next(p for p in book.positions.values() if not p.contract)


def liability(run, book, vector):
    return -{b.account: b.amount for b in balances(run)}["2100"]


def effect_of_the_first_mark(run, book, vector):
    """What the day of the first mark changed in assets less liabilities."""
    day = date.fromisoformat(next(e["date"] for e in vector["events"] if e["do"] == "mark"))
    return sum(b.amount for b in balances(run, at=day) if b.account < "3000") - CAPITAL


def last_year(run, vector):
    """The taxpayer's year in which a vector ends."""
    return report(run, int(vector["events"][-1]["date"][:4]), Terms()).chosen


RESULTS = {
    "gain": lambda run, book, vector: book.realised,
    "realised": lambda run, book, vector: book.realised,
    "stock_basis": lambda run, book, vector: stock(book).amount,
    "book_basis_new_lot": lambda run, book, vector: stock(book).amount,
    "open_liability": liability,
    "remaining_liability": liability,
    "liability": liability,
    "contracts_after": lambda run, book, vector: -sum(p.quantity for p in book.positions.values() if p.contract),
    "strike_after": lambda run, book, vector: option(book).contract.strike,
    "premium_per_contract_after": lambda run, book, vector: option(book).amount / -option(book).quantity,
    "shares_after": lambda run, book, vector: sum(p.quantity for p in book.positions.values() if not p.contract),
    "basis_per_share_after": lambda run, book, vector: stock(book).amount / stock(book).quantity,
    "form6781_part1": lambda run, book, vector: sum(d.gain for d in disposals(run) if d.section_1256),
    "equity_effect_day1": effect_of_the_first_mark,
    "base": lambda run, book, vector: book.base,
    "gen_equity_after": lambda run, book, vector: book.own_equity,
    "surplus_after": lambda run, book, vector: book.surplus,
    "reserve": lambda run, book, vector: book.tax_reserve,
    "contracts": lambda run, book, vector: book.contracts_budget,
    "leaps": lambda run, book, vector: book.leap_budget,
    "disallowed": lambda run, book, vector: sum(line.adjustment for line in last_year(run, vector).lines),
    "tax_basis_new_lot": lambda run, book, vector: last_year(run, vector).lots[-1].basis,
    "st_40": lambda run, book, vector: last_year(run, vector).net(long_term=False),
    "lt_60": lambda run, book, vector: last_year(run, vector).net(long_term=True),
}


def test_the_worked_results_stand_in_the_books(vectors, play, subtests):
    for vector in vectors:
        with subtests.test(vector["id"]):
            run, _ = play(vector)
            book = run.book.ledgers[vector["ledger"]]
            stated = vector["asserts"].keys() & RESULTS.keys()
            found = {name: RESULTS[name](run, book, vector) for name in stated}
            assert found == {name: Decimal(vector["asserts"][name]) for name in stated}


def test_journal_balances_and_lots_agree_after_every_vector(vectors, play, subtests):
    for vector in vectors:
        with subtests.test(vector["id"]):
            run, _ = play(vector)
            assert out_of_balance(balances(run), run.book) == ()
            assert verify(run).ok


def test_an_assigned_put_starts_a_lot_at_strike_less_premium_on_the_expiry(vectors, play):
    vector = next((v for v in vectors if "acquired" in v["asserts"]), None)
    if vector is None:
        pytest.skip("no vector of an assigned put")
    run, _ = play(vector)
    (lot,) = run.book.ledgers[vector["ledger"]].lots
    assert lot.amount / lot.quantity == Decimal(vector["asserts"]["basis_per_share"])
    assert lot.opened == date.fromisoformat(vector["asserts"]["acquired"])
    assert list(form_8949(disposals(run))) == []


def test_a_dividend_posts_at_once_what_accrual_and_payment_come_to(vectors):
    found = [v for v in vectors if any(e["do"] == "dividend_pay" for e in v["events"])]
    if not found:
        pytest.skip("no vector of a dividend")
    for vector in found:
        name, step = vector["ledger"], vector["events"][-1]
        about, paid = {"ledger": name, "symbol": step["symbol"]}, Decimal(step["price"])
        with open_ledger("sqlite://") as ledger:
            run = start(ledger, vector)
            event = DividendPaid(**about, shares=step["qty"], per_share=paid, cash=paid * step["qty"])
            entry = run.append(event, at=noon(step["date"]), **STAMP)
            net = {account: amount for account, amount in summed(vector["events"]).items() if amount}
            assert by_account(entry.lines) == net
            assert verify(run).ok


def test_a_fork_in_the_vectors_taxes_nothing_and_keeps_all_its_cash(vectors, play):
    found = [v for v in vectors if any(e["do"] == "fork_out" for e in v["events"])]
    if not found:
        pytest.skip("no vector of a fork")
    for vector in found:
        run, _ = play(vector)
        with open_ledger("sqlite://") as ledger:
            before = start(ledger, vector).book
        assert sum(b.cash for b in run.book.ledgers.values()) == sum(b.cash for b in before.ledgers.values())
        assert disposals(run) == ()
        assert run.book.unfinished == {}
        assert {node.parent for node in run.book.nodes.values() if node.generation == 1} == {"root"}
