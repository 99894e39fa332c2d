"""The worked journals: every vector whose events the journal knows gives its postings, its tax lines and its state."""

import json
from datetime import date, datetime
from decimal import Decimal

import pytest

from allusr_sdk.ledger.chart import CHART
from allusr_sdk.ledger.journal import open_ledger
from allusr_sdk.ledger.queries import balances, out_of_balance
from allusr_sdk.ledger.tax import disposals, form_8949
from allusr_sdk.ledger.verify import verify
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.events import Assigned, DividendPaid, Expired, Filled, Funded, RunStarted, SplitApplied
from allusr_sdk.model.options import Contract

FILLS = {
    "sell_to_open": (-1, True),
    "buy_to_open": (1, True),
    "buy": (1, True),
    "sell_to_close": (-1, False),
    "buy_to_close": (1, False),
    "sell": (-1, False),
}
KNOWN = {*FILLS, "expire", "assign", "split"}
STAMP = {"cycle": 1, "state": "MONITORING", "rulebook": "vectors"}


def every(vectors_dir):
    path = vectors_dir / "ledger.json"
    return json.loads(path.read_text())["vectors"] if path.is_file() else []


def supported(vectors_dir):
    return [v for v in every(vectors_dir) if all(event["do"] in KNOWN for event in v["events"])]


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
    if step["do"] == "split":
        return SplitApplied(ledger=ledger, symbol=symbol, ratio=step["qty"])
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
            posted.append(by_account(entry.lines))
        return run, posted

    yield played
    for ledger in ledgers:
        ledger.close()


def by_account(lines):
    """Cents by account: a split moves amounts from one instrument to another within the account."""
    return {a: sum(line.amount for line in lines if line.account == a) for a in (line.account for line in lines)}


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


def option(book):
    return next(p for p in book.positions.values() if p.contract)


def stock(book):
    return next(p for p in book.positions.values() if not p.contract)


def test_the_worked_results_stand_in_the_books(vectors, play, subtests):
    for vector in vectors:
        with subtests.test(vector["id"]):
            run, _ = play(vector)
            book, asserts = run.book.ledgers[vector["ledger"]], vector["asserts"]
            trial = {b.account: b.amount for b in balances(run)}
            checks = {
                "gain": lambda book=book: book.realised,
                "realised": lambda book=book: book.realised,
                "stock_basis": lambda book=book: stock(book).amount,
                "open_liability": lambda trial=trial: -trial["2100"],
                "remaining_liability": lambda trial=trial: -trial["2100"],
                "liability": lambda trial=trial: -trial["2100"],
                "contracts_after": lambda book=book: -sum(p.quantity for p in book.positions.values() if p.contract),
                "strike_after": lambda book=book: next(
                    p.contract.strike for p in book.positions.values() if p.contract
                ),
                "premium_per_contract_after": lambda book=book: next(
                    p.amount / -p.quantity for p in book.positions.values() if p.contract
                ),
                "shares_after": lambda book=book: sum(p.quantity for p in book.positions.values() if not p.contract),
                "basis_per_share_after": lambda book=book: next(
                    p.amount / p.quantity for p in book.positions.values() if not p.contract
                ),
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


def test_a_dividend_posts_what_accrual_and_payment_come_to(vectors_dir):
    found = [v for v in every(vectors_dir) if any(e["do"] == "dividend_pay" for e in v["events"])]
    if not found:
        pytest.skip("no vector of a dividend")
    for vector in found:
        name, step = vector["ledger"], vector["events"][-1]
        shares, paid = step["qty"], Decimal(step["price"])
        net = {}
        for account, amount in (pair for e in vector["events"] for pair in expected_lines(e).items()):
            net[account] = net.get(account, 0) + amount
        with open_ledger("sqlite://") as ledger:
            run = start(ledger, vector)
            buy = {"do": "buy", "symbol": step["symbol"], "qty": shares, "fee": "0.00", "price": "100.00"}
            run.append(event_of(name, buy, 0), at=noon(step["date"]), **STAMP)
            event = DividendPaid(ledger=name, symbol=step["symbol"], shares=shares, per_share=paid, cash=paid * shares)
            entry = run.append(event, at=noon(step["date"]), **STAMP)
            assert by_account(entry.lines) == {account: amount for account, amount in net.items() if amount}
            assert verify(run).ok
