"""Positions, weeks and single entries as subjects of a story."""

from decimal import Decimal

import pytest

from allusr_sdk.errors import InputError
from allusr_sdk.model import events as ev
from allusr_sdk.reports.explain import explain
from allusr_sdk.reports.headings import OPEN, headings
from allusr_sdk.reports.weeks import typed
from tests.reports.conftest import STAMP, at
from tests.reports.journals import PUT, decided, order

D = Decimal
ABOUT = {"ledger": "gen_acc", "symbol": "AAPL"}
KEY = f"gen_acc:{PUT}"
LATER = "AAPL  260220P00260000"
READY = decided("ready", "CAD-4", "delta in 0.40-0.45", {"contract": PUT, "delta": -0.4})
SOLD = ("12 10:09", READY, *order("k", PUT, -3, [("1.69", -3)]))
OTHER = ("12 10:20", *order("o", LATER, -1, [("2.00", -1)], limit="2.00"))
LEVEL = ev.LevelChanged(**ABOUT, rule="PE-4", position=KEY, before=0, after=3, m=3.1, numbers={"spot": 255.0})
SAFE = ev.SwitchChanged(ledger="gen_acc", cause="L3", rule="PE-11", before="NONE", after="SAFE", value=3.1,
                        threshold=3.0, reason="level 3 in ATR")  # fmt: skip
EXIT = order("x", PUT, 3, [("9.00", 3)], action="close", cause="PE-11", limit="9.00", rule="PE-11", position=KEY)
REFUSED = decided("refuse", "KS-6", "KS-6 SAFE permits no entry")


def whole(journal):
    """A put and another one; the first reaches level 3 and leaves; then an entry is refused."""
    return journal(SOLD, OTHER, ("12 13:00", LEVEL, SAFE, *EXIT), ("13 10:00", REFUSED))


def kinds(chapter):
    return [line.kind for line in chapter.lines]


def seq_of(run, event):
    return next(entry.seq for entry in run.entries() if entry.event == event)


# --- positions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [PUT, PUT.replace(" ", ""), PUT.lower(), KEY])
def test_a_position_is_told_from_its_sale_to_its_end_with_what_bound_its_ledger(name, journal):
    (chapter,) = explain(whole(journal), name)
    assert (chapter.title, chapter.ledger, chapter.position) == ("AAPL 13 Feb 270 put", "gen_acc", "none")
    assert kinds(chapter) == ["sold", "level", "switch", "closed"]


def test_a_position_that_stands_says_so_and_leaves_others_out(journal):
    (chapter,) = explain(whole(journal), LATER)
    assert chapter.position == "short 1 × 20 Feb 260 put"
    assert kinds(chapter) == ["sold"]


def test_shares_are_named_by_their_ledger(journal):
    assert [c.ledger for c in explain(whole(journal), "gen_acc:AAPL")] == ["gen_acc"]


def test_a_roll_is_told_from_both_of_its_sides(journal):
    intent = ev.IntentRecorded(
        **ABOUT, rule="PE-8", key="r", action="roll", legs=((PUT, 3), (LATER, -3)), limit=D(1), mid=D(1), worst=D(1),
        opening=False, cause="roll", position=KEY,
    )  # fmt: skip
    about = {**ABOUT, "rule": "PE-8", "key": "r", "cause": "roll", "touch": None, "fee": D("2.10")}
    bought = ev.Filled(**about, execution="1", instrument=PUT, quantity=3, price=D(3), opening=False)
    sold = ev.Filled(**about, execution="2", instrument=LATER, quantity=-3, price=D("2.90"), opening=True, rolls=1)
    run = journal(SOLD, ("12 13:00", intent, bought, sold))
    assert kinds(explain(run, PUT)[0]) == ["sold", "rolled"]
    assert kinds(explain(run, LATER)[0]) == ["rolled"]


def test_a_contract_that_was_never_held_is_refused_with_the_nearest(journal):
    with pytest.raises(InputError, match="never held AAPL 13 Feb 275 put; did you mean 'AAPL 13 Feb 270 put'"):
        explain(whole(journal), "AAPL260213P00275000")


# --- entries --------------------------------------------------------------------------------------------------------


def test_a_fill_is_told_with_its_order_and_what_was_ready_for_it(journal):
    run = whole(journal)
    number = next(entry.seq for entry in run.entries(kind="Filled"))
    (chapter,) = explain(run, f"#{number}")
    assert chapter.title == f"entry #{number} Filled"
    assert kinds(chapter) == ["sold"]
    assert chapter.lines[0].entries == (3, 4, 5, 6)
    assert explain(run, str(number)) == (chapter,)


def test_an_exit_is_told_with_the_life_of_its_position_up_to_it(journal):
    run = whole(journal)
    (chapter,) = explain(run, f"#{seq_of(run, EXIT[0])}")
    assert kinds(chapter) == ["sold", "level", "closed"]
    assert chapter.lines[-1].entries == tuple(seq_of(run, event) for event in EXIT)


def test_a_refusal_is_told_with_the_switch_that_stands_and_what_is_held(journal):
    run = whole(journal)
    (chapter,) = explain(run, f"#{seq_of(run, REFUSED)}")
    assert kinds(chapter) == ["sold", "switch", "refused"]
    assert "20 Feb 260 put" in chapter.lines[0].text


def test_a_switch_is_told_with_the_level_that_threw_it(journal):
    run = whole(journal)
    assert kinds(explain(run, f"#{seq_of(run, SAFE)}")[0]) == ["level", "switch"]


def test_a_vix_switch_is_told_with_its_samples_and_its_earlier_moves(journal):
    moves = [
        ev.SwitchWaiting(rule="KS-2", tier="HEDGED", count=2, value=51.0),
        ev.SwitchChanged(rule="KS-1", before="NONE", after="HEDGED", value=52.0, threshold=50.0, reason="VIX"),
        ev.SwitchChanged(rule="KS-10", cause="LOSS", before="NONE", after="FREEZE", value=0.03, threshold=0.03),
        ev.SwitchChanged(rule="KS-1", before="HEDGED", after="SAFE", value=66.0, threshold=65.0, reason="VIX"),
    ]
    run = journal(("12 10:00", moves[0]), ("12 10:05", moves[1]), ("12 11:00", moves[2]), ("12 12:00", moves[3]))
    told = explain(run, f"#{seq_of(run, moves[3])}")[0].lines
    assert [line.text[:34] for line in told] == [
        "KILL SWITCH VIX, account, NONE -> ",
        "KILL SWITCH VIX, account, HEDGED -",
    ]
    assert kinds(explain(run, f"#{seq_of(run, moves[1])}")[0]) == ["waiting", "switch"]


def test_an_entry_that_no_story_tells_stands_as_the_journal_has_it(journal):
    chapter = explain(whole(journal), "#2")[0]
    assert chapter.lines[0].text.startswith('Funded {"amount":"400000')


@pytest.mark.parametrize("number", ["0", "#999"])
def test_a_number_that_no_entry_has_is_refused(number, journal):
    run = whole(journal)
    with pytest.raises(InputError, match=rf"has no entry #\d+: it has entries #1 to #{run.seq}"):
        explain(run, number)


# --- weeks ----------------------------------------------------------------------------------------------------------


def test_a_week_is_headed_by_its_type_and_the_entries_that_gave_it(journal):
    run = whole(journal)
    account, gen = headings(run, "2026-W07")
    assert (account.ledger, gen.ledger, gen.status, gen.primary) == ("", "gen_acc", OPEN, "PRESERVATION")
    assert [(c.label, c.entries) for c in gen.causes] == [
        ("PRESERVATION", (seq_of(run, LEVEL),)),
        ("PRESERVATION", (seq_of(run, SAFE),)),
    ]
    assert gen.causes[0].text == "Thu 13:00 gen_acc AAPL 13 Feb 270 put reached level 3 at 3.10 ATR"
    assert gen.causes[1].text.startswith("Thu 13:00 gen_acc switch L3, gen_acc, NONE -> SAFE: level 3 in ATR (3.10")
    assert [h.ledger for h in headings(run, "2026-W07", ledger="gen_acc")] == ["gen_acc"]


def test_what_the_journal_typed_last_heads_the_week(journal):
    run = journal(SOLD)
    for status in ("PROVISIONAL", "FINAL"):
        for record in typed(run, "2026-W07", status=status):
            run.append(record, at=at("13 16:30"), cycle=9, state="SAFE", rulebook=STAMP)
    assert [(h.status, h.primary) for h in headings(run, "2026-W07")] == [("FINAL", "CALM_INCOME")] * 2
    record = next(entry for entry in run.entries(kind="WeekTyped"))
    assert explain(run, f"#{record.seq}")[0].lines[-1].kind == "entry"


def test_a_calm_week_says_why_it_is_calm(journal):
    level = ev.LevelChanged(**ABOUT, rule="PE-4", position=KEY, before=0, after=1, m=1.1)
    said = [headings(run, "2026-W07")[1].causes[0].text for run in (
        journal(), journal(SOLD), journal(SOLD, ("12 13:00", level)),
    )]  # fmt: skip
    assert said == [
        "nothing was traded and nothing ended",
        "nothing stood against it",
        "nothing but level 1, reached 1 time",
    ]


def test_a_switch_from_before_is_named_as_standing(journal):
    hedged = ev.SwitchChanged(rule="KS-1", before="NONE", after="HEDGED", value=52.0, threshold=50.0, reason="VIX")
    run = journal(("12 10:00", hedged), ("17 10:00", decided("skip", "CAD-7", "closed")))
    cause = headings(run, "2026-W08")[0].causes[0]
    assert (cause.label, cause.entries) == ("HEDGED", ())
    assert cause.text == "a switch that stood when the week began"


def test_a_decision_on_a_whole_sleeve_has_a_chapter_in_its_week(journal):
    skip = decided("skip", "PE-10", "SPX_DD20 is unknown", symbol="", subject="hedge")
    run = journal(("12 10:00", skip))
    chapter = next(c for c in explain(run, "2026-W07") if not c.symbol)
    assert (chapter.title, chapter.lines[0].text) == ("the sleeve as a whole", "hedge: SPX_DD20 is unknown")


def test_a_refusal_that_repeats_is_one_cause_and_says_only_what_it_says_of_earnings(journal):
    why = "KS-6 tier SAFE opens nothing; CC-3 EARNINGS_SKIP: report {} AMC"
    refused = [decided("refuse", "KS-6 CC-3", why.format(day), {"earnings": "skip"}) for day in ("2026-02-12",) * 2]
    run = journal(("12 10:00", refused[0]), ("12 10:05", refused[1]))
    (cause,) = headings(run, "2026-W07", ledger="gen_acc")[0].causes
    assert cause.text == "Thu 10:00 gen_acc AAPL: EARNINGS_SKIP: report 2026-02-12 AMC (2 times until Thu 10:05)"
    assert (cause.rules, cause.entries) == (("CC-3",), (3, 4))
