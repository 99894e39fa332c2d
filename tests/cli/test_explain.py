"""`allusr explain`: the story of a symbol from the ledger alone."""

import json
import re

import pytest


@pytest.fixture
def sentences(allusr, ran):
    """All sentences of a symbol's first chapter, with the rules of each."""

    def of(symbol):
        chapter = json.loads(allusr("explain", symbol, "--home", ran.home, "--json").out)["chapters"][0]
        told = [part for line in chapter["lines"] for part in (line, *line["details"])]
        return "\n".join(f"{part['text']} | {' '.join(part['rules'])}" for part in told)

    return of


def test_the_heading_says_where_the_symbol_stands(allusr, ran):
    first = allusr("explain", "SPY", "--home", ran.home).out.splitlines()[0]
    assert re.split(r" {2,}", first) == [
        "SPY · gen_acc · week 2026-W07",
        "spot 194.90 (Thu 13:00)",
        "position: short 4 × 13 Feb 200 put",
        "level 1 Enhanced",
    ]


def test_a_row_has_its_time_on_the_left_and_its_rules_on_the_right(allusr, ran):
    rows = allusr("explain", "SPY", "--home", ran.home).out.splitlines()
    sold = next(row for row in rows if "SOLD" in row)
    assert sold.startswith("Thu 12 Feb 10:05  SOLD 4 × SPY 13 Feb 200 put at ")
    assert sold.endswith("  CAD-4 CAD-8")


def test_the_story_of_a_sold_put_has_its_numbers_and_rules(sentences):
    told = sentences("SPY")
    walked = r"(first 0\.70, \w+ steps? down|at the first limit 0\.70)"
    assert re.search(rf"SOLD 4 × .* at 0\.\d\d \(mid 0\.70; {walked}\), credit \d+\.00 less 2\.80 \| CAD-4 CAD-8", told)
    assert re.search(r"chosen: delta 0\.409 is in .*OI 6,000, volume 9,000, spread 2\.9 % \| CAD-8 LQ-1", told)
    sized = "four: symbol cap 100,000 / 20,000 = 4; 80,000 reserved, 300,000 of 380,000 deployable left | CAD-10 RULE-1"
    assert sized in told


def test_the_story_tells_gap_level_ladder_and_what_did_not_settle(sentences):
    told = sentences("SPY")
    assert "DATA_GAP: 175 minutes since its last data" in told
    assert re.search(r"LEVEL 0 -> 1 Enhanced.* Spot 194\.90 is 5\.10 under the strike: 1\.27 ATR", told)
    assert "(ATR 4.02 = 2 % of 201.00" in told
    assert re.search(r"A  20 Feb .* put.*: debit \d\.\d\d, refused: over the limit", told)
    assert re.search(r"C  20 Feb 200 put.*would be taken", told)
    assert re.search(r"UNSETTLED 4 × SPY 13 Feb 200 put: no closing price of SPY .*; 80,000 stay reserved", told)
    assert "Give one with --daily, or close by hand. | RULE-0" in told


def test_the_gap_before_anything_was_held_is_not_told(allusr, ran):
    assert allusr("explain", "SPY", "--home", ran.home).out.count("DATA_GAP") == 1
    assert "DATA_GAP" not in allusr("explain", "IWM", "--home", ran.home).out


def test_a_refusal_names_its_limit_and_by_how_much(allusr, ran):
    told = allusr("explain", "IWM", "--home", ran.home).out
    assert re.search(r"REFUSED IWM 13 Feb 99\.5 put: LQ-1 open interest 115 < 500", told)
    assert "it had delta" in told
    assert "EARNINGS_SKIP: no earnings calendar" in allusr("explain", "AAPL", "--home", ran.home).out


def test_every_ledger_that_looked_at_a_symbol_has_a_chapter(allusr, ran):
    told = allusr("explain", "AAPL", "--home", ran.home, "--json")
    assert [chapter["ledger"] for chapter in json.loads(told.out)["chapters"]] == ["gen_acc", "com_acc"]
    one = allusr("explain", "AAPL", "--ledger", "com_acc", "--home", ran.home, "--json")
    assert [chapter["ledger"] for chapter in json.loads(one.out)["chapters"]] == ["com_acc"]


def test_a_closed_window_is_not_told_on_a_day_that_tells_more(allusr, ran):
    told = allusr("explain", "SPY", "--home", ran.home).out
    assert [line[:10] for line in told.splitlines() if "outside the entry window" in line] == ["Wed 11 Feb"]


def test_entries_put_the_journal_under_each_line(allusr, ran):
    told = allusr("explain", "SPY", "--entries", "--home", ran.home).out
    intent = next(line for line in told.splitlines() if "IntentRecorded" in line)
    assert re.match(r'\s+#\d+ IntentRecorded \{"action":"sell"', intent)
    kinds = set(re.findall(r"#\d+ (\w+) ", told))
    assert {"Filled", "OrderChanged", "LevelChanged", "RollPrepared", "Unsettled", "DataGap"} <= kinds


def test_a_week_tells_all_its_symbols_in_order(allusr, ran):
    told = json.loads(allusr("explain", "2026-W07", "--ledger", "gen_acc", "--home", ran.home, "--json").out)
    symbols = [chapter["symbol"] for chapter in told["chapters"]]
    assert symbols == [*sorted(set(symbols) - {""}), ""]
    assert {"AAPL", "IWM", "SPY"} <= set(symbols)
    spy = next(chapter for chapter in told["chapters"] if chapter["symbol"] == "SPY")
    assert spy["position"] == "short 4 × 13 Feb 200 put"


def test_a_week_is_headed_by_its_type_for_the_account_and_each_ledger(allusr, ran):
    lines = allusr("explain", "2026-W07", "--home", ran.home).out.splitlines()
    heads = [line.split("   ")[0] for line in lines if line.startswith("2026-W07 · ")]
    assert heads == [
        "2026-W07 · account · EARNINGS_FILTER",
        "2026-W07 · gen_acc · EARNINGS_FILTER",
        "2026-W07 · rev_acc · CALM_INCOME",
        "2026-W07 · com_acc · CALM_INCOME",
    ]
    assert re.match(r"EARNINGS_FILTER +Thu 10:05 gen_acc AAPL: EARNINGS_SKIP: .* \(#\d+\) +CC-3$", lines[1])
    body = json.loads(allusr("explain", "2026-W07", "--ledger", "gen_acc", "--home", ran.home, "--json").out)
    assert [(week["ledger"], week["status"]) for week in body["weeks"]] == [("gen_acc", "PROVISIONAL")]


@pytest.mark.parametrize("name", ["SPY260213P00200000", "gen_acc:SPY   260213P00200000"])
def test_a_position_is_told_by_its_osi_symbol(name, allusr, ran):
    told = allusr("explain", name, "--home", ran.home).out
    assert told.startswith("SPY 13 Feb 200 put · gen_acc · week 2026-W07   spot 194.90 (Thu 13:00)")
    assert "SOLD 4 ×" in told
    assert "UNSETTLED 4 ×" in told
    assert "outside the entry window" not in told


@pytest.mark.parametrize("form", ["#{}", "{}"])
def test_an_entry_is_told_with_the_chain_that_led_to_it(form, allusr, ran):
    shown = json.loads(allusr("ledger", "show", "--kind", "LevelChanged", "--home", ran.home, "--json").out)
    number = shown["entries"][0]["seq"]
    told = allusr("explain", form.format(number), "--home", ran.home).out.splitlines()
    assert told[0].startswith(f"entry #{number} LevelChanged · SPY · gen_acc")
    assert [line[18:22] for line in told if line[:3] == "Thu"] == ["SOLD", "LEVE"]


def test_json_lines_have_stable_keys(allusr, ran):
    told = json.loads(allusr("explain", "SPY", "--home", ran.home, "--json", "--entries").out)
    line = next(line for line in told["chapters"][0]["lines"] if line["kind"] == "sold")
    keys = {"at", "kind", "text", "subject", "rules", "numbers", "details", "entries", "until", "times"}
    assert set(line) == keys
    assert set(line["entries"]) <= {entry["seq"] for entry in told["journal"]}
    assert line["numbers"]["reserve"] == "80000.0"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("SYP",), "run 1 says nothing of SYP; did you mean 'SPY'?"),
        (("2026-W30",), "run 1 has no week 2026-W30: it goes from 2026-W07 to 2026-W07"),
        (("SPY", "--ledger", "gen"), "run 1 has no ledger 'gen'; did you mean 'gen_acc'?"),
        (("SPY", "--run", "9"), "run 9 is not in this ledger"),
        (("#9999",), "run 1 has no entry #9999: it has entries #1 to #"),
        (("SPY260213P00201000",), "run 1 never held SPY 13 Feb 201 put; did you mean 'SPY 13 Feb 200 put'?"),
        ((), "WHAT is missing"),
    ],
)
def test_what_cannot_be_told_is_one_line(arguments, says, allusr, ran):
    done = allusr("explain", *arguments, "--home", ran.home)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert done.err.count("\n") == 1
