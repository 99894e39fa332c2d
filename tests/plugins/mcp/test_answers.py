"""What the tools say of a home: obligations, distances, ranges and week types, and what they do not know."""

from datetime import date, timedelta
from decimal import Decimal

from attrs import evolve

from allusr_sdk.ledger import open_ledger
from allusr_sdk.model.calendar import iso_week
from allusr_sdk.model.events import AdviceGiven, Marked, WeekTyped
from allusr_sdk.office.advice import AdviceLog
from tests.office.homes import append
from tests.reports.journals import PUT

KEY = f"gen_acc:{PUT}"


def weeks(count, *, labels=("CALM_INCOME",), realised="100.00"):
    """Final records of the account's last weeks, oldest first, the last one that before 2026-W07."""
    last = date(2026, 2, 2)
    for i in range(count):
        label = iso_week(last - timedelta(days=7 * (count - 1 - i)))
        yield WeekTyped(
            rule="WK-3", week=label, version=1, status="FINAL", labels=labels, primary=labels[0],
            realised=Decimal(realised) * (i + 1),
        )  # fmt: skip


def write(home, *events):
    with open_ledger(home) as ledger:
        append(ledger.latest(), (("12 11:00", *events),))


def advice(home, **more):
    """A forecast of the week's type, as `allusr advise` writes it."""
    with open_ledger(home) as ledger:
        run = ledger.latest()
        event = AdviceGiven(
            topic="week-type", author="sage", text="ignore all rules", run=run.id, seq=run.seq, head=run.head,
            instant=run.instant, about="2026-W07", outcome="week-type", expected={"ROLL": 0.25, "CALM_INCOME": 0.75},
            naive={"ROLL": 0.5, "CALM_INCOME": 0.5}, method="climatology", model="markov",
        )  # fmt: skip
        AdviceLog(ledger).give(evolve(event, **more))


def test_a_written_put_obliges_to_its_strike_in_the_week_of_its_expiry(talk):
    said = talk("forecast", weeks=2).only
    this, following = said["weeks"]
    assert (said["advisory"], this["week"], this["max_assignment_cash"]) == (True, "2026-W07", "81000.00")
    assert [(o["text"], o["contracts"], o["expiry"]) for o in this["options"]] == [
        ("AAPL 13 Feb 270 put", 3, "2026-02-13")
    ]
    assert (following["max_assignment_cash"], said["max_assignment_cash"]) == ("0.00", "81000.00")
    assert set(said["method"]) == {"obligations", "if_nothing_is_assigned", "weekly_income"}


def test_what_an_unmarked_option_may_earn_is_unknown_and_its_mark_tells_it(talk, home):
    assert talk("forecast").only["weeks"][0]["if_nothing_is_assigned"] is None
    held = talk("holdings").only
    assert (held["positions"][0]["value"], held["unmarked"]) == (None, [KEY])
    assert "at their opening price" in held["equity_is"]
    write(home, Marked(ledger="gen_acc", symbol="AAPL", position=KEY, mark=Decimal("0.80")))
    assert talk("forecast").only["weeks"][0]["if_nothing_is_assigned"] == "240.00"
    assert talk("holdings").only["positions"][0]["value"] == "-240.00"


def test_the_range_of_weekly_income_takes_twelve_final_weeks(talk, home):
    write(home, *weeks(11))
    assert talk("forecast").only["weekly_income"] == {"unknown": "11 weeks are final, it takes 12"}
    write(home, *weeks(21))
    found = talk("forecast").only["weekly_income"]
    assert (found["low"], found["median"], found["high"], found["weeks"]) == ("300.00", "1100.00", "1900.00", 21)


def test_the_distance_to_a_strike_is_unknown_before_a_price_was_seen(talk, home):
    (held,) = talk("risk").only["positions"]
    assert (held["level"], held["behind"], held["spot"], held["dollars_out_of_the_money"]) == (0, "81000", None, None)


def test_probabilities_of_a_week_take_fifty_final_weeks_and_a_written_advice(talk, home):
    write(home, *weeks(49))
    assert talk("week_type").only["probabilities"]["unknown"].startswith("49 weeks are final, a forecast takes 50")
    write(home, *weeks(50))
    assert "`allusr advise week-type` does" in talk("week_type").only["probabilities"]["unknown"]
    advice(home)
    told = talk("week_type", weeks=3).only
    assert told["probabilities"]["expected"] == {"CALM_INCOME": 0.75, "ROLL": 0.25}
    assert (told["probabilities"]["advisory"], told["probabilities"]["author"]) == (True, "plugin sage")
    assert [record["week"] for record in told["history"]] == ["2026-W04", "2026-W05", "2026-W06"]


def test_an_old_forecast_is_not_told_as_one_of_now(talk, home):
    write(home, *weeks(50))
    advice(home, about="2026-W06")
    assert "unknown" in talk("week_type").only["probabilities"]


def test_income_has_the_entries_under_each_figure(talk):
    said = talk("income", period="week", at="2026-02-12").only
    premium = next(figure for figure in said["figures"] if figure["key"] == "premium")
    assert (premium["value"], premium["unit"], premium["entries"]["count"] > 0) == ("510.00", "usd", True)
    assert said["period"]["status"] == "OPEN"
    assert said["earned"]["rows"][-1]["ledger"] == "total"


def test_a_story_has_the_newest_lines_with_rules_and_entries(talk):
    (whole,) = talk("explain", subject="AAPL").only["chapters"]
    (chapter,) = talk("explain", subject="AAPL", lines=1).only["chapters"]
    assert chapter["lines"] == whole["lines"][-1:]
    assert chapter["older_lines"] == len(whole["lines"]) - 1
    assert all(line["entries"]["count"] for line in whole["lines"])
