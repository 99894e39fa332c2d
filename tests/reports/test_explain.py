"""The story of a symbol, from journals by hand."""

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.model import events as ev
from allusr_sdk.reports.explain import explain
from tests.reports.journals import CALL, PUT, decided, order
from tests.reports.stories import ABOUT, CHOSEN, KEY, SOLD, D, lines, texts

# --- orders ---------------------------------------------------------------------------------------------------------


def test_an_order_is_one_line_with_why_this_contract_and_why_so_many(journal):
    ready = decided("ready", "CAD-4", "delta in 0.40-0.45 and the only strike there", CHOSEN)
    (line,) = lines(journal((SOLD[0], ready, *SOLD[1:])))
    assert line.text == (
        "SOLD 3 × AAPL 13 Feb 270 put at 1.69 (mid 1.70; first 1.70, one step down), credit 507.00 less 2.10"
    )
    assert line.rules == ("CAD-4", "CAD-8")
    assert [(detail.text, detail.rules) for detail in line.details] == [
        (
            "chosen: delta 0.401 is in 0.40-0.45 and the only strike there; OI 6,347, volume 26,882, spread 0.6 %",
            ("CAD-8", "LQ-1"),
        ),
        (
            "three: symbol cap 100,000 / 27,000 = 3; 81,000 reserved, 299,000 of 380,000 deployable left",
            ("CAD-10", "RULE-1"),
        ),
    ]
    assert line.entries == (3, 4, 5, 6, 7)
    assert line.numbers["fees"] == D("2.10")


def test_unknown_numbers_are_said_to_be_unknown(journal):
    numbers = CHOSEN | {"open_interest": None, "volume": float("nan")}
    (line,) = lines(
        journal(("12 10:09", *order("k", PUT, -3, [("1.70", -3)], numbers=numbers, why="delta low; cover")))
    )
    assert "OI unknown, volume unknown" in line.details[0].text


def test_an_order_that_nobody_took_says_how_far_it_went(journal):
    canceled = ev.OrderChanged(**ABOUT, rule="ORD-1", key="k", status="canceled", reason="ladder ended")
    (line,) = lines(journal(("12 10:09", *order("k", PUT, -3, [], walked=("1.69",)), canceled)))
    assert line.kind == "unfilled"
    assert line.text == (
        "NOT FILLED: sell 3 × AAPL 13 Feb 270 put, offered from 1.70 to 1.69 (mid 1.70): canceled, ladder ended"
    )
    assert line.rules[-1] == "ORD-1"


def test_a_part_of_an_order_is_told_as_a_part(journal):
    (line,) = lines(journal(("12 10:09", *order("k", PUT, -3, [("1.70", -1)]))))
    assert line.text.startswith("SOLD 1 × AAPL 13 Feb 270 put of 3 at 1.70")


def test_a_close_tells_its_result_and_its_reason(journal):
    closing = order(
        "c", PUT, 3, [("0.50", 3)], action="close", cause="CC-1", limit="0.50", rule="CC-1", why="captured 70%"
    )
    line = lines(journal(SOLD, ("12 15:00", *closing)))[-1]
    assert line.text == (
        "BOUGHT BACK 3 × AAPL 13 Feb 270 put at 0.50 (mid 0.50; at the first limit 0.50), "
        "cost 150.00 plus 2.10; result 352.80"
    )
    assert [detail.text for detail in line.details] == ["because: captured 70%"]


def test_a_roll_tells_both_legs_and_the_net(journal):
    later = "AAPL  260220P00260000"
    intent = ev.IntentRecorded(
        **ABOUT, rule="PE-7 PE-8", key="r", action="roll", legs=((PUT, 3), (later, -3)), limit=D("0.10"),
        mid=D("0.10"), worst=D("0.10"), opening=False, cause="roll", position=KEY, why="level 2: rung A",
    )  # fmt: skip
    about = {**ABOUT, "rule": "PE-8", "key": "r", "cause": "roll", "touch": None, "fee": D("2.10")}
    bought = ev.Filled(**about, execution="1", instrument=PUT, quantity=3, price=D(3), opening=False)
    sold = ev.Filled(**about, execution="2", instrument=later, quantity=-3, price=D("2.90"), opening=True, rolls=1)
    chapter = explain(journal(SOLD, ("12 13:00", intent, bought, sold)), "AAPL")[0]
    assert chapter.lines[-1].text == (
        "ROLLED: bought back 3 × AAPL 13 Feb 270 put at 3.00, sold 3 × AAPL 20 Feb 260 put at 2.90; "
        "debit 30.00, fees 4.20, result -397.20"
    )
    assert chapter.position == "short 3 × 20 Feb 260 put"


def test_shares_are_bought_by_number(journal):
    buying = order(
        "b", "AAPL", 100, [("260", 100)], action="buy", limit="260", rule="CAD-9", why="tranche 1 of 4: 100 shares"
    )
    chapter = explain(journal(("12 10:09", *buying)), "AAPL")[0]
    assert chapter.lines[0].text.startswith("BOUGHT 100 AAPL shares at 260.00")
    assert chapter.lines[0].details[0].text == "tranche 1 of 4: 100 shares"
    assert chapter.position == "100 shares at a basis of 260.01"


# --- what ended, and what was not done ------------------------------------------------------------------------------

ENDS = {
    "expired": (
        ev.Expired(**ABOUT, rule="LQ-6", instrument=PUT, quantity=-3, settlement=D("275.5")),
        "EXPIRED worthless 3 × AAPL 13 Feb 270 put: AAPL settled at 275.50, 5.50 over the strike; 504.90 kept",
    ),
    "assigned": (
        ev.Assigned(**ABOUT, rule="LQ-6", instrument=PUT, quantity=-3, settlement=D("259.48")),
        "ASSIGNED 3 × AAPL 13 Feb 270 put: AAPL settled at 259.48, 10.52 under the strike; "
        "300 shares bought at 270.00, basis 80,495.10 after the premium",
    ),
    "settled": (
        ev.Assigned(**ABOUT, rule="LQ-6", instrument=PUT, quantity=-3, settlement=D("268"), cash=D("2")),
        "ASSIGNED 3 × AAPL 13 Feb 270 put: AAPL settled at 268.00, 2.00 under the strike; "
        "settled in cash; result -95.10",
    ),
    "unsettled": (
        ev.Unsettled(
            **ABOUT, rule="RULE-0", instrument=PUT, quantity=-3, reserved=D("81000"),
            why="no closing price of AAPL in the data: give one with --daily, or close by hand",
        ),
        "UNSETTLED 3 × AAPL 13 Feb 270 put: no closing price of AAPL in the data; 81,000 stay reserved. "
        "Give one with --daily, or close by hand.",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("event", "text"), ENDS.values(), ids=ENDS)
def test_an_end_tells_the_price_and_what_it_left(event, text, journal, request):
    line = lines(journal(SOLD, ("13 16:15", event)))[-1]
    assert line.text == text
    assert line.kind == request.node.callspec.id


def test_a_call_that_is_assigned_delivers_its_shares(journal):
    run = journal(
        ("12 10:00", *order("b", "AAPL", 100, [("270", 100)], action="buy", limit="270", why="tranche")),
        ("12 10:09", *order("k", CALL, -1, [("1.00", -1)], limit="1.00")),
        ("13 16:15", ev.Assigned(**ABOUT, rule="LQ-6", instrument=CALL, quantity=-1, settlement=D("285"))),
    )
    assert lines(run)[-1].text.endswith("5.00 over the strike; 100 shares delivered at 280.00; result 1,098.80")


def test_a_refusal_tells_the_contract_its_reasons_and_the_nearest_misses(journal):
    about = CHOSEN | {"contract": PUT, "below": "269 (delta 0.38)"}
    run = journal(("12 10:09", decided("refuse", "LQ-1 CAD-4", "LQ-1 open interest 115 < 500", about)))
    (line,) = lines(run)
    assert line.text == "REFUSED AAPL 13 Feb 270 put: LQ-1 open interest 115 < 500"
    assert [detail.text for detail in line.details] == [
        "it had delta 0.401, OI 6,347, volume 26,882, spread 0.6 %",
        "nearest: below 269 (delta 0.38)",
    ]


def test_a_size_that_is_refused_tells_what_would_have_been_sold(journal):
    ready = decided("ready", "CAD-4", "delta in 0.40-0.45", CHOSEN)
    refused = decided("refuse", "CAD-10", "budget left 6,991 / 27,000 = 0", CHOSEN)
    (line,) = lines(journal(("12 10:09", ready, refused)))
    assert line.text == "REFUSED: budget left 6,991 / 27,000 = 0"
    assert line.details[0].text.startswith("chosen: delta 0.401 is in 0.40-0.45")


def test_refusals_of_a_day_are_joined_and_days_are_kept_apart(journal):
    def refused(interest):
        return decided("refuse", "LQ-1", f"LQ-1 open interest {interest} < 500")

    run = journal(("12 10:00", refused(115)), ("12 10:05", refused(120)), ("13 10:00", refused(130)))
    assert [(line.times, line.text[-9:]) for line in lines(run)] == [(2, "120 < 500"), (1, "130 < 500")]


def test_a_closed_window_goes_under_the_line_that_tells_more(journal):
    closed = decided("skip", "CAD-7", "outside the entry window 09:45-10:55")
    both = decided("skip", "CAD-6 CAD-7", "too early; outside the entry window 09:45-10:55")
    run = journal(("12 9:30", both), ("12 10:00", decided("skip", "CAD-6", "too early")), ("12 11:00", both),
                  ("13 11:00", closed))  # fmt: skip
    assert [(line.text, line.entries) for line in lines(run)] == [
        ("nothing opened: too early", (4, 3, 5)),
        ("nothing opened: outside the entry window 09:45-10:55", (6,)),
    ]


def test_a_gap_is_told_only_while_something_is_held(journal):
    gap = ev.DataGap(symbol="AAPL", rule="CAD-14", minutes=169)
    ended = ev.Expired(**ABOUT, rule="LQ-6", instrument=PUT, quantity=-3, settlement=D("275"))
    run = journal(("12 10:00", gap), SOLD, ("12 12:58", gap), ("13 16:15", ended), ("17 10:00", gap))
    assert [line.kind for line in lines(run)] == ["sold", "gap", "expired"]
    assert lines(run)[1].text.startswith("DATA_GAP: 169 minutes")


def test_what_binds_the_sleeve_or_the_account_is_in_every_chapter_that_it_reaches(journal):
    other = ev.Frozen(ledger="rev_acc", symbol="*", rule="PE-7", why="elsewhere")
    run = journal(SOLD, (
        "12 13:00",
        ev.Frozen(ledger="gen_acc", symbol="*", rule="PE-7", why="at level 2"),
        ev.SwitchChanged(rule="KS-1", before="NONE", after="SAFE", value=66.0, threshold=65.0, reason="VIX"),
        ev.Quarantined(ledger="gen_acc", plugin="gen_acc", rule="RULE-0", why="it raised"),
        other,
        ev.Thawed(ledger="gen_acc", symbol="*", rule="PE-7", why="calm"),
    ))  # fmt: skip
    assert texts(run)[1:] == [
        "ENTRIES FROZEN of the whole sleeve: at level 2",
        "KILL SWITCH VIX, account, NONE -> SAFE: VIX (66.00, threshold 65)",
        "SLEEVE QUARANTINED: it raised",
        "entries of the whole sleeve permitted again: calm",
    ]


# --- chapters -------------------------------------------------------------------------------------------------------


def test_the_ledger_that_traded_comes_first_and_each_has_its_own_chapter(journal):
    skip = decided("skip", "CAD-6", "too early", ledger="com_acc")
    funded = ev.Funded(ledger="com_acc", rule="CAD-12", amount=D("300000"))
    chapters = explain(journal(("11 9:31", funded), ("12 10:00", skip), SOLD), "aapl")
    assert [chapter.ledger for chapter in chapters] == ["gen_acc", "com_acc"]
    assert [chapter.spot for chapter in chapters] == [271.364, 271.364]
    assert [c.ledger for c in explain(journal(SOLD), "AAPL", ledger="gen_acc")] == ["gen_acc"]


def test_a_week_tells_its_symbols_as_they_stood_at_its_end(journal):
    ended = ev.Expired(**ABOUT, rule="LQ-6", instrument=PUT, quantity=-3, settlement=D("275"))
    run = journal(SOLD, ("12 11:00", decided("skip", "CAD-6", "too early", symbol="AMZN")), ("17 16:15", ended))
    week = explain(run, "2026-w07")
    assert [(chapter.symbol, chapter.position) for chapter in week] == [
        ("AAPL", "short 3 × 13 Feb 270 put"),
        ("AMZN", "none"),
    ]
    assert [line.kind for line in explain(run, "2026-W08")[0].lines] == ["expired"]
    assert explain(run, "AAPL")[0].weeks == ("2026-W07", "2026-W08")


def test_a_symbol_that_only_the_data_spoke_of_has_a_chapter_without_a_ledger(journal):
    notice = decided("skip", "CAD-1", "snapshot of a holiday", ledger="", symbol="SPX")
    (chapter,) = explain(journal(("12 10:00", notice)), "SPX")
    assert (chapter.ledger, chapter.lines[0].text) == ("", "data: snapshot of a holiday")


@pytest.mark.parametrize(
    ("subject", "ledger", "says"),
    [
        ("APL", None, "run 1 says nothing of APL; did you mean 'AAPL'?"),
        ("2026-W20", None, "run 1 has no week 2026-W20: it goes from 2026-W07 to 2026-W07"),
        ("AAPL", "gen", "run 1 has no ledger 'gen'; did you mean 'gen_acc'?"),
    ],
)
def test_what_the_journal_does_not_know_is_refused_with_the_nearest(subject, ledger, says, journal):
    with pytest.raises(InputError) as refused:
        explain(journal(SOLD), subject, ledger=ledger)
    assert str(refused.value) == says
