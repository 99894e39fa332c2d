"""Records of a week that stand, and those that take the next version (WK-5)."""

from attrs import evolve

from allusr_sdk.reports import weeks
from allusr_sdk.reports.weeks import CALM, typed
from tests.reports.conftest import STAMP, at
from tests.reports.journals import PUT, decided, order
from tests.reports.test_weeks import assigned, write


def test_a_record_keeps_its_version_until_late_events_change_it(journal):
    run = journal(("12 10:09", *order("k", PUT, -1, [("1.69", -1)])))
    write(run, typed(run, "2026-W07", status="PROVISIONAL"), "13 16:30")
    calm = typed(run, "2026-W07", status="FINAL")
    assert [(r.version, r.primary) for r in calm] == [(1, CALM), (1, CALM)]
    run.append(assigned(), at=at("17 8:30"), cycle=9, state="SAFE", rulebook=STAMP)
    late = typed(run, "2026-W07", status="FINAL")
    assert [(r.version, r.primary, r.status) for r in late] == [(2, "ASSIGNMENT", "FINAL")] * 2
    write(run, late, "17 8:30")
    assert [r.payload() for r in typed(run, "2026-W07", status="FINAL")] == [r.payload() for r in late]


def test_records_stand_while_nothing_counts_in_their_week(journal, monkeypatch):
    run = journal(("12 10:09", *order("k", PUT, -1, [("1.69", -1)])))
    write(run, typed(run, "2026-W07", status="PROVISIONAL"), "13 16:30")
    run.append(decided("hold", "PE-2", "quiet"), at=at("17 8:30"), cycle=9, state="SAFE", rulebook=STAMP)
    again = typed(run, "2026-W07", status="FINAL")
    with monkeypatch.context() as patched:
        patched.setattr(weeks, "classify", None)
        assert typed(run, "2026-W07", status="FINAL") == again
    assert [(r.ledger, r.version, r.status) for r in again] == [("gen_acc", 1, "FINAL"), ("", 1, "FINAL")]


def test_records_of_an_older_classifier_do_not_stand(journal):
    run = journal(("12 10:09", *order("k", PUT, -1, [("1.69", -1)])))
    old = [evolve(record, classifier="0") for record in typed(run, "2026-W07", status="PROVISIONAL")]
    write(run, old, "13 16:30")
    again = typed(run, "2026-W07", status="FINAL")
    assert [(r.version, r.classifier) for r in again] == [(2, weeks.CLASSIFIER)] * 2


def test_a_typing_that_was_cut_short_is_done_again(journal):
    run = journal(("12 10:09", *order("k", PUT, -1, [("1.69", -1)])))
    first = typed(run, "2026-W07", status="PROVISIONAL")
    write(run, first[:1], "13 16:30")
    assert typed(run, "2026-W07", status="PROVISIONAL") == first
