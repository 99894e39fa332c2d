"""A worked journal as events: each step is booked as the product books it, beside the lines that it is to post."""

from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from allusr_sdk.ledger.capital import appropriated, at_mark, off_mark
from allusr_sdk.ledger.kind import in_kind
from allusr_sdk.model.calendar import NEW_YORK, iso_week
from allusr_sdk.model.events import (
    Assigned,
    CashBooked,
    DividendAccrued,
    DividendReceived,
    Exercised,
    Expired,
    Filled,
    ForkIntended,
    Funded,
    MergeIntended,
    MergeSent,
    Reinvested,
    RunStarted,
    Share,
    SplitApplied,
)
from allusr_sdk.model.options import Contract

FILLS = {
    "sell_to_open": (-1, True),
    "buy_to_open": (1, True),
    "buy": (1, True),
    "sell_to_close": (-1, False),
    "buy_to_close": (1, False),
    "sell": (-1, False),
}
ENDINGS = {"expire": Expired, "assign": Assigned, "exercise": Exercised}
STAMP = {"cycle": 1, "state": "MONITORING", "rulebook": "vectors"}
CAPITAL = Decimal("1000000.00")


def noon(day):
    return datetime.combine(date.fromisoformat(day), datetime.min.time().replace(hour=12), NEW_YORK)


def instrument_of(step):
    return step.get("contract") or step["symbol"]


def symbol_of(step):
    return Contract.parse(step["contract"]).underlying if "contract" in step else step["symbol"]


# --- one function a kind of step: the events that it makes, given the books and the steps that belong to it --------


def fill(ledger, step, number, book):
    sign, opening = FILLS[step["do"]]
    return Filled(
        ledger=ledger, symbol=symbol_of(step), instrument=instrument_of(step), key=f"k{number}", execution=f"e{number}",
        quantity=sign * step["qty"], price=Decimal(step["price"]), fee=Decimal(step["fee"]), touch=None,
        opening=opening,
    )  # fmt: skip


def ending(ledger, step, number, book):
    about = {"ledger": ledger, "symbol": symbol_of(step), "instrument": instrument_of(step)}
    owned = book.ledgers[ledger].positions[f"{ledger}:{about['instrument']}"].quantity > 0
    kind, more = ENDINGS[step["do"]], {} if step["do"] == "expire" else {"fee": Decimal(step["fee"])}
    return kind(**about, quantity=step["qty"] if owned else -step["qty"], settlement=Decimal("1.00"), **more)


def dividend(ledger, step, number, book):
    about = {"ledger": ledger, "symbol": step["symbol"]}
    cash = Decimal(step["price"]) * step["qty"]
    if step["do"] == "dividend_pay":
        return DividendReceived(**about, cash=cash)
    return DividendAccrued(**about, shares=step["qty"], per_share=Decimal(step["price"]), cash=cash)


def mark(ledger, step, number, book):
    position = f"{ledger}:{instrument_of(step)}"
    held = book.ledgers[ledger]
    return off_mark(held, position) if step["do"] == "unmark" else at_mark(held, position, Decimal(step["price"]))


def fork(ledger, steps, number):
    """The first phase that says all that the steps of a fork say; the books know what follows."""
    shares = [Share(ledger=s["ledger"], style=ledger, amount=Decimal(s["amount"])) for s in steps if "ledger" in s]
    return ForkIntended(
        ledger=ledger, key=f"{ledger}:{number}", node=f"m{number}", form="MINI", amount=Decimal(steps[0]["amount"]),
        week=iso_week(date.fromisoformat(steps[0]["date"])), parent="root", root="root", generation=1,
        shares=tuple(shares),
    )  # fmt: skip


def reinvestment(ledger, step):
    day, gain = date.fromisoformat(step["date"]), Decimal(step["gain"])
    reserve, contracts, leaps = appropriated(gain, Decimal("0.30"), Decimal("0.75"))
    label = f"{day.year}-Q{(day.month + 2) // 3}"
    return Reinvested(ledger=ledger, quarter=label, gain=gain, reserve=reserve, contracts=contracts, leaps=leaps)


STEPS = {
    **dict.fromkeys(FILLS, fill),
    **dict.fromkeys(ENDINGS, ending),
    **dict.fromkeys(("dividend_ex", "dividend_pay"), dividend),
    **dict.fromkeys(("mark", "unmark"), mark),
    "split": lambda ledger, step, number, book: SplitApplied(ledger=ledger, symbol=step["symbol"], ratio=step["qty"]),
}
TOGETHER = {
    "fork_out": "fork", "fork_in": "fork", "merge_out": "merge", "merge_in": "merge", "reinvest": "reinvest",
}  # fmt: skip


def start(ledger, vector):
    first = min([e["date"] for e in vector["events"]] + [lot["acquired"] for lot in vector["opening_lots"]])
    name, asserts = vector["ledger"], vector["asserts"]
    sources = {step.get("ledger", name): step for step in vector["events"] if step["do"] == "merge_out"}
    base, equity = Decimal(asserts.get("base", CAPITAL)), Decimal(asserts.get("gen_equity_before", CAPITAL))
    head = RunStarted(
        mode="backtest", market="vectors", first=date.fromisoformat(first),
        last=date.fromisoformat(vector["events"][-1]["date"]), seed=0, capital=base, settings="none",
        rulebook="vectors",
    )  # fmt: skip
    run = ledger.start_run(head, noon(first))
    if sources:
        begin_mini(run, vector, sources, first)
    else:
        run.append(Funded(ledger=name, amount=base), at=noon(first), **STAMP)
    if equity != base:
        earned = CashBooked(ledger=name, line="before", what="interest", amount=equity - base)
        run.append(earned, at=noon(first), **STAMP)
    held, name = {}, next(iter(sources), name)
    for i, lot in enumerate(vector["opening_lots"]):
        price, held[lot["symbol"]] = Decimal(lot["basis"]) / lot["qty"], held.get(lot["symbol"], 0) + lot["qty"]
        run.append(bought(name, lot["symbol"], lot["qty"], price, i), at=noon(lot["acquired"]), **STAMP)
    for step in vector["events"]:
        if step["do"] == "dividend_ex" and (missing := step["qty"] - held.get(step["symbol"], 0)) > 0:
            run.append(bought(name, step["symbol"], missing, Decimal(100), "ex"), at=noon(first), **STAMP)
    return run


def begin_mini(run, vector, sources, first):
    """A mini with what the ledgers of a merge give: their cash, and the opening lots of the first of them."""
    target = next(s.get("ledger", vector["ledger"]) for s in vector["events"] if s["do"] == "merge_in")
    amounts = {name: -Decimal(expected_lines(step).get("1010", 0)) / 100 for name, step in sources.items()}
    amounts[next(iter(sources))] += sum(Decimal(lot["basis"]) for lot in vector["opening_lots"])
    shares = [{"ledger": name, "amount": amount, "date": first} for name, amount in amounts.items()]
    intended = fork(target, [{"amount": sum(amounts.values()), "date": first}, *shares], 0)
    for event in (Funded(ledger=target, amount=CAPITAL), intended):
        run.append(event, at=noon(first), **STAMP)
    for event in run.book.unfinished[intended.key].missing:
        run.append(event, at=noon(first), **STAMP)


def bought(ledger, symbol, quantity, price, number):
    step = {"do": "buy", "symbol": symbol, "qty": quantity, "price": price, "fee": "0.00"}
    return fill(ledger, step, f"lot{number}", None)


def played(ledger, vector):
    """The run of a vector after its events, and of each entry the lines posted beside those expected."""
    run, rows = start(ledger, vector), []
    numbered = list(enumerate(vector["events"]))
    for kind, group in groupby(numbered, lambda pair: TOGETHER.get(pair[1]["do"], pair[0])):
        rows += whole(run, vector["ledger"], kind, list(group))
    return run, rows


def whole(run, ledger, kind, group):
    """The rows of steps that belong together: (ledger, lines posted, lines expected)."""
    number, first = group[0]
    steps = [step for _, step in group]
    if kind == "fork":
        return [row for i, part in enumerate(forks(steps)) for row in forked(run, ledger, part, f"{number}-{i}")]
    if kind == "merge":
        return merged(run, ledger, steps)
    if kind == "reinvest":
        quarters = groupby(steps, lambda step: (step["date"], step["gain"]))
        return [reinvested(run, ledger, list(parts)) for _, parts in quarters]
    lines = written(run, STEPS[first["do"]](ledger, first, number, run.book), first)
    return [(by_account(lines), expected_lines(first))]


def reinvested(run, ledger, steps):
    if Decimal(steps[0]["gain"]) <= 0:
        return {}, summed(steps)
    lines = written(run, reinvestment(ledger, steps[0]), steps[0])
    return by_account(lines), summed(steps)


def merged(run, ledger, steps):
    """Each gift beside its step, and each that is taken as the books say that it is missing."""
    node = next(node for node in run.book.nodes.values() if node.parent)
    target = next(step.get("ledger", ledger) for step in steps if step["do"] == "merge_in")
    about = {"key": "merge", "node": node.id, "target": target}
    written(run, MergeIntended(**about, ledger=node.ledgers[0], cause="3x", equity=node.amount), steps[0])
    rows = []
    for step in steps:
        book = run.book.ledgers[step.get("ledger", ledger)]
        gift = MergeSent(**about, ledger=book.name, cash=book.cash, lots=in_kind(book))
        event = gift if step["do"] == "merge_out" else run.book.unfinished["merge"].missing[0]
        rows.append((by_account(written(run, event, step)), expected_lines(step)))
    return rows


def forks(steps):
    """The steps of each fork: it begins where capital is reserved."""
    found = []
    for step in steps:
        if step.get("leg") == "reserve":
            found.append([])
        found[-1].append(step)
    return found


def forked(run, ledger, steps, number):
    """Each phase as the books say that it is missing, beside the step that it is to be."""
    first = fork(ledger, steps, number)
    rows = [(by_account(written(run, first, steps[0])), expected_lines(steps[0]))]
    for event, step in zip(run.book.unfinished[first.key].missing, steps[1:], strict=True):
        rows.append((by_account(written(run, event, step)), expected_lines(step)))
    assert first.key not in run.book.unfinished
    return rows


def written(run, event, step):
    lines = run.append(event, at=noon(step["date"]), **STAMP).lines
    assert {line.ledger for line in lines} <= {step.get("ledger", event.ledger)}
    return lines


def by_account(lines):
    """Cents by account: a split moves amounts from one instrument to another within the account."""
    return {a: sum(line.amount for line in lines if line.account == a) for a in (line.account for line in lines)}


def expected_lines(step):
    return {line["acct"]: int((Decimal(line["dr"]) - Decimal(line["cr"])) * 100) for line in step["lines"]}


def summed(steps):
    """The lines of steps that one entry books."""
    total = {}
    for account, amount in (pair for step in steps for pair in expected_lines(step).items()):
        total[account] = total.get(account, 0) + amount
    return total
