"""What people are told: each kind in words, with money, rules, entries and what to type."""

from decimal import Decimal

from allusr_sdk.governance import Governance
from allusr_sdk.ledger import open_ledger
from allusr_sdk.model import events as ev
from tests.plugins.handmade import Hand, at
from tests.reports.journals import PUT, decided, order


def notes(notify, *arguments, **more):
    return notify("--print", "--json", "--after", "2", *arguments, **more).json["notes"]


def test_a_fill_is_told_with_contracts_price_credit_fees_and_its_entries(hand, notify):
    hand.write("12 10:00", *order("k", PUT, -3, [("1.70", -2), ("1.65", -1)], rule="CAD-4 CAD-8"))
    (note,) = notes(notify)
    assert note["text"] == "sold 3 × AAPL 13 Feb 270 put at 1.6833; credit 505.00, fees 2.10"
    assert (note["kind"], note["severity"], note["rules"]) == ("fill", "info", ["CAD-4", "CAD-8"])
    assert (note["ref"], note["when"]) == ("run 1 #5 to #6", "Thu 2026-02-12 10:00:00 New York")
    assert note["next"] == f"allusr explain '#6' --home {hand.folder}"


def test_each_kind_of_event_has_its_severity(hand, notify):
    hand.write("12 10:00", *order("k", PUT, -1, [("1.70", -1)]))
    about = {"ledger": "gen_acc", "symbol": "AAPL"}
    hand.write(
        "12 11:00",
        ev.LevelChanged(**about, rule="PE-4", position=f"gen_acc:{PUT}", before=2, after=3, m=3.1),
        decided("refuse", "LQ-1", "open interest 2 < 500"),
        decided("hold", "PE-4", "within its limits"),
        ev.SwitchChanged(rule="KS-2", before="NONE", after="HALT", value=81.0, threshold=80.0),
        ev.Broken(rule="B01", what="a holding differs", ours="1", theirs="2", subject=PUT, symbol="AAPL"),
        ev.Paged(rule="KS-6", subject="k", why="nobody confirms the order's end"),
        ev.PluginFaulted(rule="RULE-0", plugin="gen_acc", where="propose", error="ZeroDivisionError"),
        ev.ForkCapped(ledger="gen_acc", rule="FK-2", key="f", active=10, amount=Decimal(5)),
    )
    found = {note["kind"]: note["severity"] for note in notes(notify)}
    assert found == {
        "fill": "info", "level3": "warning", "refusal": "info", "halt": "critical", "break": "critical",
        "person": "critical", "capital": "notice",
    }  # fmt: skip


def test_a_week_is_told_at_its_end_and_again_only_where_it_became_another(hand, notify):
    week = {"week": "2026-W07", "labels": ("ROLL",), "primary": "ROLL", "premium": Decimal(100), "rule": "WK-3"}
    reports = hand.folder / "reports"
    reports.mkdir()
    (reports / "week-2026-W07.html").write_text("")
    hand.write("13 16:30", ev.WeekTyped(version=1, status="PROVISIONAL", ledger="gen_acc", **week))
    hand.write("13 16:30", ev.WeekTyped(version=1, status="PROVISIONAL", **week))
    hand.write("17 8:30", ev.WeekTyped(version=2, status="FINAL", **week))
    (note,) = notes(notify)
    assert note["text"].startswith("week 2026-W07 (provisional): ROLL; premium 100.00, ")
    assert note["text"].endswith(f"Report: {reports / 'week-2026-W07.html'}")
    hand.write("17 8:31", ev.WeekTyped(version=3, status="FINAL", **week | {"primary": "LOSS"}))
    assert [note["text"][:28] for note in notes(notify)] == [
        "week 2026-W07 (provisional):",
        "week 2026-W07 (final): LOSS;",
    ]


def test_what_stands_in_the_homes_chains_is_told_too(hand, notify):
    with open_ledger(hand.folder) as ledger:
        Governance(ledger).propose(
            ev.RulesProposed(changes={"LQ-1.spread": "0.04"}, author="Ann", reason="too wide", base="b", hash="h",
                             period="one year"), at("12 9:00"),
        )  # fmt: skip
        ledger.start_chain("restarts", ev.Resumed(run=1, seq=9, head="h", evening=None), at("12 9:01"), rulebook="r")
        ledger.start_chain(
            "operator", ev.OperatorAsked(rule="KS-7", action="halt", actor="Ann", reason="news"), at("12 9:02"),
            rulebook="r",
        )  # fmt: skip
    found = {note["kind"]: note for note in notes(notify)}
    assert found["proposal"]["text"] == "Ann proposes LQ-1.spread = 0.04: too wide (simulated over one year)"
    assert found["proposal"]["next"].startswith("allusr approve 2 --home ")
    assert (found["restart"]["ref"], found["restart"]["severity"]) == ("restarts #1", "warning")
    assert found["halt"]["text"] == "halt of the account asked by Ann: news"


def test_a_backtest_in_the_home_is_not_told(tmp_path, notify):
    other = Hand(tmp_path / "other").begin("backtest")
    assert notes(notify, "--after", "0", home=other.folder) == []


def test_an_engine_that_is_gone_or_silent_beyond_ks_9_is_told_and_one_that_waits_is_not(hand, notify):
    cases = (
        ({"ago": 20}, []),
        ({"ago": 100}, ["engine"]),
        ({"pid": 2**22 + 1, "ago": 1}, ["engine"]),
        ({"ended": True}, []),
    )
    for beat, wanted in cases:
        hand.beat(**beat)
        assert [note["kind"] for note in notes(notify)] == wanted, beat


def test_a_plain_note_says_what_happened_the_money_the_entry_and_what_to_type(hand, notify):
    hand.write("12 10:00", *order("k", PUT, -1, [("1.70", -1)]))
    out = notify("--print", "--after", "2").out.splitlines()
    assert out[:2] == ["[info] allusr: filled AAPL", "sold 1 × AAPL 13 Feb 270 put at 1.70; credit 170.00, fees 0.70"]
    assert out[2].startswith("Thu 2026-02-12 10:00:00 New York · gen_acc · run 1 #5 · CAD-4")
    assert out[3] == f"Next: allusr explain '#5' --home {hand.folder}"


def test_an_entry_without_words_is_told_by_its_kind_and_a_strangers_lines_are_one(hand, notify):
    about = {"ledger": "gen_acc", "symbol": "AAPL", "rule": "PE-4"}
    hand.write(
        "12 11:00",
        *order("k", PUT, -1, [("1.70", -1)]),
        ev.LevelChanged(**about, position=f"gen_acc:{PUT}", before=1, after=9, m=3.1),
        ev.PluginFaulted(rule="RULE-0", plugin="p", where="x", error="one\nNext: allusr disarm"),
    )
    _, first, second = notes(notify)
    assert first["text"] == "LevelChanged, which could not be put into words (IndexError)"
    assert second["text"] == "PLUGIN p failed in x: one Next: allusr disarm"
