"""Week types (WK-3): section 5's vectors, the record (WK-4), versions, the same bytes for the same events (WK-5)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from allusr_sdk.ledger import Entry, open_ledger
from allusr_sdk.model import events as ev
from allusr_sdk.model.positions import Book, LedgerBook, Watch
from allusr_sdk.reports import weeks
from allusr_sdk.reports.weeks import CALM, PREDICATES, Week, classify, effective, ordered, typed
from tests.reports.conftest import STAMP, at
from tests.reports.journals import CALL, PUT, decided, order

D = Decimal
ABOUT = {"ledger": "gen_acc", "symbol": "AAPL"}
KEY = f"gen_acc:{PUT}"
LEAP = "AAPL  270319C00300000"
HEDGE_PUT = "SPY   260821P00540000"


def filled(instrument, quantity, *, cause="entry", opening=True, price="2", ledger="gen_acc", key="k"):
    symbol = instrument[:6].strip()
    return ev.Filled(
        ledger=ledger, symbol=symbol, rule="CAD-4", key=key, execution=key, instrument=instrument, quantity=quantity,
        price=D(price), fee=D("0.70") * abs(quantity), touch=None, opening=opening, cause=cause,
    )  # fmt: skip


def level(before, after, *, position=KEY):
    return ev.LevelChanged(**ABOUT, rule="PE-4", position=position, before=before, after=after, m=1.2)


def switch(cause, before, after, *, ledger="", value=None):
    return ev.SwitchChanged(ledger=ledger, cause=cause, rule="KS-1", before=before, after=after, value=value,
                            threshold=None)  # fmt: skip


def assigned(instrument=PUT, quantity=-1, **more):
    return ev.Assigned(**ABOUT, rule="LQ-6", instrument=instrument, quantity=quantity, settlement=D("260"), **more)


def earnings(verdict, what):
    return decided(verdict, "CC-3", "EARNINGS", {"earnings": what})


L1 = level(0, 1)
ROLL = filled("AAPL  260220P00260000", -1, cause="roll")
ROLLED_LEAP = filled(LEAP, 1, cause="roll")
HEDGE_L2 = filled(HEDGE_PUT, 1, cause="hedge:L2")
L3_EXIT = level(2, 3)
HEDGED_MODE = switch("VIX", "NONE", "HEDGED", value=52.3)
EVERYTHING = (ROLL, HEDGE_L2, HEDGED_MODE, assigned(), earnings("refuse", "skip"), L1, L3_EXIT)


def entries(*events, when="12 10:00"):
    return tuple(Entry(i + 2, at(when), 1, "MONITORING", STAMP, e, "", "") for i, e in enumerate(events))


def week_of(*events, start=None, **more):
    start = start or Book({"gen_acc": LedgerBook("gen_acc"), "rev_acc": LedgerBook("rev_acc")})
    return classify(Week("2026-W07", start, entries(*events, **more)), status="FINAL")


def gen(*events, **more):
    return week_of(*events, **more)[0]


# --- the rulebook's vectors -----------------------------------------------------------------------------------------

VECTORS = {
    "nothing": ((), "CALM_INCOME"),
    "level 1 alone": ((L1,), "CALM_INCOME"),
    "roll and its hedge": ((ROLL, HEDGE_L2), "ROLL"),
    "roll and put assigned": ((ROLL, assigned()), "ROLL"),
    "hedged mode and roll": ((HEDGED_MODE, ROLL), "HEDGED"),
    "earnings skip and call assigned": ((earnings("refuse", "skip"), assigned(CALL)), "ASSIGNMENT"),
    "level 3 exit and everything": (EVERYTHING, "PRESERVATION"),
    "a LEAP's roll": ((ROLLED_LEAP,), "CALM_INCOME"),
}


@pytest.mark.parametrize(("events", "primary"), VECTORS.values(), ids=VECTORS)
def test_the_vectors_of_section_5_have_their_primary_label(events, primary):
    assert gen(*events).primary == primary


LABELS = {
    "a put's level 3": (L3_EXIT, "PRESERVATION"),
    "the shares' level 3": (level(2, 3, position="gen_acc:AAPL"), "PRESERVATION"),
    "SAFE by level 3": (switch("L3", "NONE", "SAFE", ledger="gen_acc"), "PRESERVATION"),
    "SAFE by VIX": (switch("VIX", "HEDGED", "SAFE", value=66.0), "PRESERVATION"),
    "SAFE by a day's loss": (switch("LOSS", "FREEZE", "SAFE"), "PRESERVATION"),
    "a halt of any cause": (switch("USER", "NONE", "HALT"), "PRESERVATION"),
    "a halt that is left": (switch("VIX", "HALT", "SAFE"), "PRESERVATION"),
    "VIX over 50": (HEDGED_MODE, "HEDGED"),
    "VIX's switch let go": (switch("VIX", "HEDGED", "NONE"), "HEDGED"),
    "a skip": (earnings("refuse", "skip"), "EARNINGS_FILTER"),
    "a cover reduced": (earnings("skip", "reduce"), "EARNINGS_FILTER"),
    "an early assignment": (assigned(early=True), "ASSIGNMENT"),
}  # fmt: skip


@pytest.mark.parametrize(("event", "label"), LABELS.values(), ids=LABELS)
def test_an_event_gives_its_label_and_is_named_as_its_source(event, label):
    record = gen(L1, event)
    assert label in record.labels
    assert record.sources == (3,)


@pytest.mark.parametrize("trigger", ["VIX30x5", "SPX_DD20", "BREADTH20", "VIX50"])
def test_a_hedge_against_the_market_makes_a_week_hedged(trigger):
    assert gen(filled(HEDGE_PUT, 1, cause=f"hedge:{trigger}")).labels == ("HEDGED",)


PLAIN = {
    "a covered call at level 3": level(2, 3, position=f"gen_acc:{CALL}"),
    "SAFE over stale data": switch("STALE", "NONE", "SAFE"),
    "SAFE by a guard": switch("GUARD", "NONE", "SAFE"),
    "a frozen account": switch("LOSS", "NONE", "FREEZE"),
    "SAFE by a week's loss": switch("WEEK", "NONE", "SAFE"),
    "a pivot": switch("PIVOT", "NONE", "CALLS", ledger="gen_acc"),
    "a hedge sold again": filled(HEDGE_PUT, -1, cause="hedge:VIX50", opening=False),
    "the leg that a roll buys back": filled(PUT, 1, cause="roll", opening=False),
    "a put bought back for profit": filled(PUT, 1, cause="CC-1", opening=False),
    "a refusal for liquidity": decided("refuse", "LQ-1", "open interest", {"open_interest": 12}),
    "a week's earlier record": ev.WeekTyped(
        ledger="gen_acc", week="2026-W07", version=1, status="FINAL", labels=("HEDGED",), primary="HEDGED"
    ),
}  # fmt: skip


@pytest.mark.parametrize("event", PLAIN.values(), ids=PLAIN)
def test_what_no_predicate_names_leaves_the_week_calm(event):
    assert gen(event).labels == (CALM,)


def test_labels_are_a_set_in_the_order_of_gravity_and_calm_stands_alone():
    assert gen(*EVERYTHING).labels == ("PRESERVATION", "HEDGED", "ROLL", "ASSIGNMENT", "EARNINGS_FILTER")
    assert ordered([CALM, "ROLL"]) == ("ROLL",)
    assert set(PREDICATES) | {CALM} == {"PRESERVATION", "HEDGED", "ROLL", "ASSIGNMENT", "EARNINGS_FILTER", CALM}


def test_a_switch_that_stood_all_week_binds_the_week():
    own = {"gen_acc": LedgerBook("gen_acc", switches={"USER": "HALT"}), "rev_acc": LedgerBook("rev_acc")}
    first, second, account = week_of(start=Book(own, {"VIX": "HEDGED"}))
    assert first.labels == account.labels == ("PRESERVATION", "HEDGED")
    assert second.labels == ("HEDGED",)
    assert first.sources == ()
    safe = Book({"gen_acc": LedgerBook("gen_acc")}, {"STALE": "SAFE", "L3": "SAFE"})
    assert week_of(start=safe)[0].labels == (CALM,)


# --- the record -----------------------------------------------------------------------------------------------------


def test_a_sleeve_answers_for_itself_and_the_account_for_all():
    other = switch("L3", "NONE", "SAFE", ledger="rev_acc")
    first, second, account = week_of(ROLL, other, earnings("refuse", "skip"))
    assert (first.ledger, first.primary, first.sources) == ("gen_acc", "ROLL", (2, 4))
    assert (second.ledger, second.primary, second.sources) == ("rev_acc", "PRESERVATION", (3,))
    assert (account.ledger, account.labels) == ("", ("PRESERVATION", "ROLL", "EARNINGS_FILTER"))
    assert account.sources == (2, 3, 4)


def test_flags_count_level_1_and_tell_an_attached_hedge_and_an_idle_week():
    assert gen(L1, HEDGE_L2, level(1, 2)).flags == {"hedge_l2": 1, "l1_count": 1, "idle": 0}
    first, second, account = week_of(L1)
    assert first.flags == {"hedge_l2": 0, "l1_count": 1, "idle": 1}
    assert second.flags["l1_count"] == 0
    assert account.flags == first.flags
    assert week_of(ROLL)[2].flags["idle"] == 0


def test_the_record_has_the_weeks_numbers(journal):
    buying = filled(HEDGE_PUT, 1, cause="hedge:VIX50", price="5", key="h")
    run = journal(
        ("12 10:09", *order("k", PUT, -3, [("1.69", -3)])),
        ("12 10:10", buying),
        ("12 13:00", level(0, 1), ev.Watched(**ABOUT, rule="PE-4", position=KEY, watch=Watch(level=1), m=1.2)),
        ("12 15:00", *order("c", PUT, 2, [("0.50", 2)], action="close", cause="CC-1", limit="0.50")),
        ("12 15:30", ev.SwitchWaiting(rule="KS-2", tier="HEDGED", count=1, value=51.0)),
        ("13 16:15", assigned()),
        (
            "13 16:15",
            ev.Valued(ledger="gen_acc", day=date(2026, 2, 13), cash=D(0), equity=D(0), realised=D(0),
                      unrealised=D("-41.50"), reserved=D(0), at_touch=D(0)),
        ),
    )  # fmt: skip
    record = typed(run, "2026-W07", status="PROVISIONAL")[0]
    assert record.labels == ("HEDGED", "ASSIGNMENT")
    assert (record.premium, record.premium_net) == (D("507.00"), D("504.90"))
    assert record.realised == D("504.90") / 3 * 2 - D("101.40")
    assert (record.hedge_cost, record.unrealised) == (D("500.70"), D("-41.50"))
    assert (record.assignments, record.rolls, record.max_vix) == (1, 0, 51.0)
    assert record.levels == {"AAPL": 1}
    assert (record.classifier, record.status, record.version) == (weeks.CLASSIFIER, "PROVISIONAL", 1)


def test_a_level_that_stood_from_before_is_the_weeks_highest(journal):
    run = journal(("12 10:09", *order("k", "AAPL  260220P00270000", -1, [("1.69", -1)])),
                  ("12 13:00", level(0, 1, position="gen_acc:AAPL  260220P00270000")),
                  ("17 10:00", decided("hold", "PE-2", "level 1", subject="x")))  # fmt: skip
    assert typed(run, "2026-W08", status="FINAL")[0].levels == {"AAPL": 1}


def test_capital_that_no_sleeve_works_with_has_no_week(journal):
    idle = ev.Funded(ledger="undeployed", rule="CAD-12", amount=D("1000"))
    assert [r.ledger for r in typed(journal(("11 9:31", idle)), "2026-W07", status="FINAL")] == ["gen_acc", ""]


# --- when things count ----------------------------------------------------------------------------------------------


def test_an_assignment_counts_on_its_expiry_however_late_it_is_known(journal):
    run = journal(("12 10:09", *order("k", PUT, -1, [("1.69", -1)])), ("17 8:30", assigned()))
    assert typed(run, "2026-W07", status="FINAL")[0].labels == ("ASSIGNMENT",)
    assert typed(run, "2026-W08", status="PROVISIONAL")[0].labels == (CALM,)


def test_an_early_assignment_counts_in_the_session_whose_night_it_was():
    later = "AAPL  260220P00270000"
    known = Entry(9, at("17 8:30"), 1, "SAFE", STAMP, assigned(later, early=True, effective=date(2026, 2, 13)), "", "")
    assert effective(known) == date(2026, 2, 13)
    assert effective(evolve(known, event=assigned(later))) == date(2026, 2, 17)


def test_the_week_begins_on_monday_midnight_in_new_york(journal):
    sunday = decided("refuse", "CC-3", "EARNINGS", {"earnings": "skip"})
    run = journal(("15 23:59", sunday), ("16 0:01", decided("skip", "CAD-7", "closed")))
    assert typed(run, "2026-W07", status="FINAL")[0].labels == ("EARNINGS_FILTER",)
    assert typed(run, "2026-W08", status="FINAL")[0].labels == (CALM,)


def write(run, records, when):
    for record in records:
        run.append(record, at=at(when), cycle=9, state="SAFE", rulebook=STAMP)


def test_a_journal_that_is_read_again_types_its_weeks_alike(tmp_path):
    head = ev.RunStarted(mode="backtest", market="", first=date(2026, 2, 11), last=date(2026, 3, 31), seed=1,
                         capital=D(0), settings="", rulebook=STAMP)  # fmt: skip
    with open_ledger(tmp_path) as ledger:
        run = ledger.start_run(head, at("11 9:30"), batch=True)
        run.append(
            ev.Funded(ledger="gen_acc", amount=D("400000")), at=at("11 9:30"), cycle=1, state="SAFE", rulebook=""
        )
        for days in range(0, 42, 7):
            event = switch("VIX", "NONE", "HEDGED") if days == 7 else decided("skip", "CAD-7", f"closed {days}")
            run.append(event, at=at("12 10:00") + timedelta(days=days), cycle=1, state="SAFE", rulebook="")
        run.flush()
        fresh = ledger.run(run.id)
        for week in ("2026-W07", "2026-W08", "2026-W09", "2026-W12"):
            assert typed(fresh, week, status="FINAL") == typed(run, week, status="FINAL")
        found = {week: typed(run, week, status="FINAL")[0].primary for week in ("2026-W07", "2026-W08", "2026-W12")}
    assert found == {"2026-W07": CALM, "2026-W08": "HEDGED", "2026-W12": "HEDGED"}


def test_a_week_reads_its_own_entries_alone(journal, monkeypatch):
    rows = [(f"{12 + 7 * i} {9 + j % 8}:00", decided("hold", "PE-2", f"{j}")) for i in range(2) for j in range(40)]
    run = journal(*rows, ("27 10:00", L1_FREE), ("27 11:00", decided("skip", "CAD-7", "closed")))
    read = []
    original = type(run).entries

    def counted(self, **about):
        for entry in original(self, **about):
            read.append(entry.seq)
            yield entry

    monkeypatch.setattr(type(run), "entries", counted)
    typed(run, "2026-W09", status="PROVISIONAL")
    assert set(read) == {run.seq - 1, run.seq}


L1_FREE = ev.SwitchWaiting(rule="KS-2", tier="HEDGED", count=1, value=50.5)


# --- the same bytes for the same events -----------------------------------------------------------------------------

EVENTS = st.sampled_from([*EVERYTHING, ROLLED_LEAP, *PLAIN.values(), *(event for event, _ in LABELS.values())])


@settings(max_examples=60)
@given(st.lists(EVENTS, max_size=12), st.randoms(use_true_random=False))
def test_the_order_in_which_entries_are_read_changes_no_byte(events, random):
    start = Book({"gen_acc": LedgerBook("gen_acc"), "rev_acc": LedgerBook("rev_acc")})
    listed = entries(*events)
    shuffled = random.sample(listed, len(listed))
    first = [r.payload() for r in classify(Week("2026-W07", start, listed), status="FINAL")]
    assert first == [r.payload() for r in classify(Week("2026-W07", start, tuple(shuffled)), status="FINAL")]


@settings(max_examples=60)
@given(st.lists(EVENTS, max_size=10), st.lists(EVENTS, max_size=10))
def test_more_events_only_add_labels_and_never_lower_the_gravity(some, more):
    few, many = set(gen(*some).labels) - {CALM}, set(gen(*some, *more).labels) - {CALM}
    assert few <= many
    gravity = (*ordered([*PREDICATES]), CALM)
    assert gravity.index(gen(*some, *more).primary) <= gravity.index(gen(*some).primary)


@settings(max_examples=25)
@given(st.lists(EVENTS.filter(lambda e: not isinstance(e, ev.Filled | ev.Assigned | ev.LevelChanged)), max_size=8))
def test_typing_again_after_writing_gives_the_same_bytes(events):
    head = ev.RunStarted(mode="backtest", market="", first=date(2026, 2, 11), last=date(2026, 2, 13), seed=1,
                         capital=D(0), settings="", rulebook=STAMP)  # fmt: skip
    with open_ledger("sqlite://") as ledger:
        run = ledger.start_run(head, at("11 9:30"))
        for event in (ev.Funded(ledger="gen_acc", amount=D(1000)), *events):
            run.append(event, at=at("12 10:00"), cycle=1, state="SAFE", rulebook=STAMP)
        first = typed(run, "2026-W07", status="PROVISIONAL")
        write(run, first, "13 16:30")
        assert [r.payload() for r in typed(run, "2026-W07", status="PROVISIONAL")] == [r.payload() for r in first]
        run.append(decided("hold", "PE-2", "late"), at=at("13 16:31"), cycle=1, state="SAFE", rulebook=STAMP)
        assert [r.payload() for r in typed(run, "2026-W07", status="PROVISIONAL")] == [r.payload() for r in first]
