"""GOOG in Christmas week 2015, LEAN's minute data: too thin to trade, and what happens where the limits are relaxed."""

from decimal import Decimal

import pytest

from allusr_sdk.model.calendar import NEW_YORK

D = Decimal
# The first four are fixed by the user; the last is a default, which `--set` may change too.
RELAXED = (
    "lq_1.open_interest=0", "lq_1.volume=0", "lq_1.spread=1", "lq_1.adv_share=1", "lq_1.unknown_share_limit=100000",
)  # fmt: skip
PUT = "GOOG  151224P00747500"


@pytest.fixture(scope="module")
def christmas(data_dir, play):
    """Runs the two sessions."""

    def run(what_if=()):
        return play(
            f"lean:{data_dir / 'lean'}", "2015-12-23", "2015-12-24", symbols=("GOOG",), daily=data_dir / "daily",
            earnings=data_dir / "earnings.csv", what_if=what_if,
        )  # fmt: skip

    return run


@pytest.fixture(scope="module")
def strict(christmas):
    """Under the rules."""
    return christmas()


@pytest.fixture(scope="module")
def relaxed(christmas):
    """With LQ-1 loosened."""
    return christmas(RELAXED)


def test_every_entry_of_zero_or_one_day_is_refused_by_lq_1_with_the_limit_and_the_miss(strict):
    refusals = strict.told("Decided", ledger="gen_acc", verdict="refuse")
    by_lq_1 = [e for e in refusals if e.rule.split()[0] == "LQ-1"]
    assert len(by_lq_1) >= 20
    assert {e.rule for e in refusals if e not in by_lq_1} <= {"CAD-4 CAD-8"}
    for e in by_lq_1:
        missed = [n.removesuffix(" missed by") for n in e.numbers if n.endswith(" missed by")]
        assert missed
        for name in missed:
            value, limit = e.numbers[name], e.numbers[f"{name} required"]
            assert e.numbers[f"{name} missed by"] == pytest.approx(abs(limit - value), rel=1e-4)
            assert name in e.why
            assert value > limit if name == "spread" else value < limit
    assert {"open interest 280 < 500", "volume 2 < 100"} <= {part.removeprefix("LQ-1 ") for e in by_lq_1
                                                            for part in e.why.split("; ")}  # fmt: skip


def test_nothing_is_opened_under_the_rules(strict):
    assert not strict.told("IntentRecorded")
    assert strict.book.equity == 1_000_000


def test_both_sessions_are_walked_and_the_half_day_ends_at_one(strict):
    closes = [e.at.astimezone(NEW_YORK) for e in strict.entries if e.kind == "Valued" and e.event.ledger == "gen_acc"]
    assert [f"{at:%a %H:%M}" for at in closes] == ["Wed 16:15", "Thu 13:15"]


def test_with_the_limits_relaxed_it_trades_and_the_journal_says_what_was_loosened(relaxed):
    assert [(at, e.instrument, e.quantity) for at, e in relaxed.timed("Filled")] == [("Wed 09:45", PUT, -1)]
    (fill,) = relaxed.told("Filled")
    (intent,) = relaxed.told("IntentRecorded")
    assert fill.touch <= fill.price <= intent.limit
    assert fill.price >= intent.worst
    (head,) = relaxed.told("RunStarted")
    assert set(head.what_if) == {
        "LQ-1.open_interest", "LQ-1.volume", "LQ-1.spread", "LQ-1.adv_share", "LQ-1.unknown_share_limit",
    }  # fmt: skip


def test_nothing_is_sent_or_filled_after_one_on_the_half_day(relaxed):
    day = [e for e in relaxed.entries if f"{e.at.astimezone(NEW_YORK):%a}" == "Thu"]
    late = [e for e in day if f"{e.at.astimezone(NEW_YORK):%H:%M}" > "13:00"]
    assert {e.kind for e in late} <= {"Expired", "Pinned", "Assigned", "Marked", "Valued", "WeekTyped", "RunEnded"}
    assert not [e for e in day if e.kind in ("IntentRecorded", "Filled")]


def test_the_put_settles_on_the_shares_real_close_of_the_half_day_and_is_booked(relaxed):
    ((at, end),) = relaxed.timed("Expired")
    assert (at, end.instrument, end.settlement, end.rule) == ("Thu 13:15", PUT, D("748.40"), "LQ-6")
    book = relaxed.book.ledgers["gen_acc"]
    (fill,) = relaxed.told("Filled")
    assert book.realised == fill.price * 100 - fill.fee == book.cash - D("400000")
    assert book.positions == {}
    assert book.reserved == book.pinned[PUT] == D("74750.00"), "0.12 % over its strike: UNKNOWN until morning (LQ-6)"


@pytest.mark.parametrize("wish", RELAXED[:4])
def test_the_same_keys_through_set_are_refused_naming_the_rule(allusr, data_dir, tmp_path, wish):
    answer = allusr(
        "run", "--market", f"lean:{data_dir / 'lean'}", "--symbols", "GOOG", "--set", wish, "--home", tmp_path / "h"
    )
    assert answer.code == 2
    assert answer.err.startswith("error: LQ-1: ")
    assert answer.err.count("\n") == 1
    assert not (tmp_path / "h").exists()


def test_a_what_if_in_paper_is_refused_naming_the_rule(allusr, data_dir, tmp_path):
    answer = allusr(
        "run", "--market", f"lean:{data_dir / 'lean'}", "--symbols", "GOOG", "--mode", "paper",
        "--what-if", RELAXED[0], "--home", tmp_path / "h",
    )  # fmt: skip
    assert (answer.code, answer.err.startswith("error: LQ-1: ")) == (2, True)
    assert not (tmp_path / "h").exists()


def test_the_command_with_what_if_trades_and_heads_its_page_with_it(allusr, data_dir, tmp_path):
    relaxing = [part for wish in RELAXED for part in ("--what-if", wish)]
    answer = allusr(
        "run", "--market", f"lean:{data_dir / 'lean'}", "--symbols", "GOOG", "--daily", data_dir / "daily",
        "--earnings", data_dir / "earnings.csv", "--from", "2015-12-23", "--to", "2015-12-24", *relaxing,
        "--home", tmp_path / "h",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert answer.out.startswith("WHAT-IF: ")
    assert "LQ-1.open_interest" in answer.out.splitlines()[0]
