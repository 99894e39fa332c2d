"""The worked journals: every vector whose events the journal knows gives its postings, its tax lines and its state."""

import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from allusr_sdk.ledger.journal import open_ledger
from allusr_sdk.ledger.postings import CHART
from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.tax import disposals, form_8949
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Assigned, Expired, Filled, Funded, RunStarted
from allusr_sdk.model.options import Contract

FILLS = {
    "sell_to_open": (-1, True),
    "buy_to_open": (1, True),
    "buy": (1, True),
    "sell_to_close": (-1, False),
    "buy_to_close": (1, False),
    "sell": (-1, False),
}
KNOWN = {*FILLS, "expire", "assign"}
STAMP = {"cycle": 1, "state": "MONITORING", "rulebook": "vectors"}


def supported(vectors_dir):
    path = vectors_dir / "ledger.json"
    found = json.loads(path.read_text())["vectors"] if path.is_file() else []
    return [vector for vector in found if all(event["do"] in KNOWN for event in vector["events"])]


@pytest.fixture
def vectors(vectors_dir):
    found = supported(vectors_dir)
    if not found:
        pytest.skip("ledger.json holds no vector whose events the journal knows")
    return found


def noon(day):
    return datetime.combine(date.fromisoformat(day), datetime.min.time().replace(hour=12), NEW_YORK)


def event_of(ledger, step, number):
    instrument = step.get("contract") or step["symbol"]
    symbol = Contract.parse(instrument).underlying if "contract" in step else instrument
    where = {"ledger": ledger, "symbol": symbol, "instrument": instrument}
    if step["do"] == "expire":
        return Expired(**where, quantity=-step["qty"], settlement=Decimal("1.00"))
    if step["do"] == "assign":
        return Assigned(**where, quantity=-step["qty"], settlement=Decimal("1.00"), fee=Decimal(step["fee"]))
    sign, opening = FILLS[step["do"]]
    return Filled(
        **where,
        key=f"k{number}",
        execution=f"e{number}",
        quantity=sign * step["qty"],
        price=Decimal(step["price"]),
        fee=Decimal(step["fee"]),
        touch=None,
        opening=opening,
    )


def start(ledger, vector):
    first = min([e["date"] for e in vector["events"]] + [lot["acquired"] for lot in vector["opening_lots"]])
    head = RunStarted(
        mode="backtest",
        market="vectors",
        first=date.fromisoformat(first),
        last=date.fromisoformat(vector["events"][-1]["date"]),
        seed=0,
        capital=Decimal("1000000.00"),
        settings="none",
        rulebook="vectors",
    )
    run = ledger.start_run(head, noon(first))
    run.append(Funded(ledger=vector["ledger"], amount=head.capital), at=noon(first), **STAMP)
    for i, lot in enumerate(vector["opening_lots"]):
        step = {"do": "buy", "symbol": lot["symbol"], "qty": lot["qty"], "fee": "0.00"}
        step["price"] = str(Decimal(lot["basis"]) / lot["qty"])
        run.append(event_of(vector["ledger"], step, f"lot{i}"), at=noon(lot["acquired"]), **STAMP)
    return run


@pytest.fixture
def play():
    """Plays a vector: the run after its events, and the lines that each of them posted."""
    ledgers = []

    def played(vector):
        ledgers.append(open_ledger("sqlite://"))
        run, posted = start(ledgers[-1], vector), []
        for number, step in enumerate(vector["events"]):
            entry = run.append(event_of(vector["ledger"], step, number), at=noon(step["date"]), **STAMP)
            posted.append({line.account: line.amount for line in entry.lines})
        return run, posted

    yield played
    for ledger in ledgers:
        ledger.close()


def expected_lines(step):
    return {line["acct"]: int((Decimal(line["dr"]) - Decimal(line["cr"])) * 100) for line in step["lines"]}


def test_the_chart_of_accounts_is_the_rulebooks(vectors_dir):
    path = vectors_dir / "ledger.json"
    if not path.is_file():
        pytest.skip("no ledger.json among the vectors")
    assert json.loads(path.read_text())["accounts"] == CHART


def test_every_event_posts_the_worked_lines(vectors, play, subtests):
    for vector in vectors:
        with subtests.test(vector["id"]):
            _, posted = play(vector)
            assert posted == [expected_lines(step) for step in vector["events"]]


def test_disposals_give_the_worked_lines_of_form_8949(vectors, play, subtests):
    for vector in vectors:
        if any("f" in line for line in vector["form8949"]):
            continue  # an adjustment column: wash sales are TX-4's
        with subtests.test(vector["id"]):
            run, _ = play(vector)
            assert list(form_8949(disposals(run))) == vector["form8949"]


def test_the_worked_results_stand_in_the_books(vectors, play, subtests):
    for vector in vectors:
        with subtests.test(vector["id"]):
            run, _ = play(vector)
            book, asserts = run.book.ledgers[vector["ledger"]], vector["asserts"]
            trial = {b.account: b.amount for b in balances(run)}
            checks = {
                "gain": lambda book=book: book.realised,
                "realised": lambda book=book: book.realised,
                "stock_basis": lambda book=book: next(p.amount for p in book.positions.values() if not p.contract),
                "open_liability": lambda trial=trial: -trial["2100"],
                "remaining_liability": lambda trial=trial: -trial["2100"],
                "form6781_part1": lambda run=run: sum(d.gain for d in disposals(run) if d.section_1256),
            }
            for name, value in checks.items():
                if name in asserts:
                    assert value() == Decimal(asserts[name]), name


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
