"""The end of `allusr run`: switches by cause, weeks by type."""

from types import SimpleNamespace

from allusr_sdk.cli.summary import switch_lines, week_lines
from allusr_sdk.reports.counts import Change, WeekFacts
from allusr_sdk.reports.switches import Standing


def moved(scope, cause, before, after):
    return Change(at="", what="switch", scope=scope, cause=cause, before=before, after=after, rule="KS-1", why="VIX 52")


def facts(*changes, switches=(), tier="NONE"):
    return SimpleNamespace(changes=changes, switches=switches, tier=tier)


def week(number, ledger, primary, status="FINAL"):
    return WeekFacts(week=f"2026-W{number:02d}", ledger=ledger, primary=primary, labels=(primary,), status=status,
                     version=1)  # fmt: skip


def test_switches_are_told_by_scope_and_cause_with_their_last_move():
    run = facts(
        moved("account", "VIX", "NONE", "HEDGED"), moved("gen_acc", "L3", "NONE", "SAFE"),
        moved("account", "VIX", "HEDGED", "SAFE"), tier="SAFE",
        switches=(
            Standing(scope="account", cause="VIX", tier="SAFE"), Standing(scope="gen_acc", cause="L3", tier="SAFE"),
        ),
    )  # fmt: skip
    assert list(switch_lines(run)) == [
        "Kill switches: tier SAFE (VIX of account at SAFE, L3 of gen_acc at SAFE)",
        "  VIX of account moved 2 times: last HEDGED -> SAFE (KS-1 VIX 52)",
        "  L3 of gen_acc moved once: last NONE -> SAFE (KS-1 VIX 52)",
    ]
    assert list(switch_lines(facts())) == ["Kill switches: tier NONE, none moved"]


def test_a_short_run_has_a_line_a_week_with_the_account_first():
    found = (week(6, "gen_acc", "ROLL"), week(6, "", "ROLL"), week(7, "gen_acc", "CALM_INCOME", "PROVISIONAL"))
    assert list(week_lines(found)) == [
        "Week 2026-W06 (final): account ROLL, gen_acc ROLL",
        "Week 2026-W07 (provisional): gen_acc CALM_INCOME",
    ]


def test_a_long_run_counts_its_weeks_by_type():
    found = tuple(week(i, name, "ROLL" if i % 4 else "HEDGED") for i in range(1, 11) for name in ("gen_acc", ""))
    assert list(week_lines(found)) == [
        "Weeks of the account: ROLL 8, HEDGED 2",
        "Weeks of gen_acc: ROLL 8, HEDGED 2",
    ]
