"""The story of a position's levels: the distance, the ATR, each rung, the calm on the way down."""

from allusr_sdk.reports.explain import explain
from tests.reports.stories import SOLD, D, held, level, lines, rung, watched


def test_a_level_tells_the_distance_the_atr_and_each_rung(journal):
    run = journal(SOLD, (
        "12 12:58", level(0, 1), watched(1, 1.40424),
        rung("A", False, "debit 4.25, over the limit 0.845", debit=D("4.25"), delta=-0.41, buyback="8.05"),
        rung("B", False, "open interest 115 < 500", instrument="AAPL  260227P00262500", rule="LQ-1"),
        rung("C", True, "credit 1.25, within the limit 0.845", instrument="AAPL  260220P00270000", debit=D("-1.25")),
        rung("C", True, "credit 2.22, within the limit 0.845", instrument="AAPL  260227P00270000", debit=D("-2.22")),
        held("level 1"),
    ))  # fmt: skip
    line = lines(run)[-1]
    assert line.text == (
        "LEVEL 0 -> 1 Enhanced, 13 Feb 270 put. Spot 262.15 is 7.85 under the strike: 1.40 ATR "
        "(ATR 5.59 = 2 % of 279.51: no bars)"
    )
    assert line.rules == ("PE-1", "PE-2", "PE-4")
    assert [(detail.text.strip(), detail.rules) for detail in line.details] == [
        (
            "roll prepared, none sent (level 2 would send it); buying back costs 8.05, credit was 1.69",
            ("PE-8",),
        ),
        ("A  20 Feb 260 put, delta 0.41: debit 4.25, refused: over the limit 0.845", ("PE-8",)),
        ("B  27 Feb 262.5 put: refused: open interest 115 < 500", ("LQ-1",)),
        ("C  20 Feb 270 put: credit 1.25, within the limit 0.845; would be taken", ("PE-8",)),
        ("C  27 Feb 270 put: credit 2.22, within the limit 0.845; a rung before it comes first", ("PE-8",)),
    ]


def test_a_jump_names_every_level_between(journal):
    run = journal(SOLD, ("12 12:58", level(0, 1, 3.4), level(1, 2, 3.4), level(2, 3, 3.4), watched(3, 3.4)))
    assert lines(run)[-1].text.startswith("LEVEL 0 -> 1 -> 2 -> 3 Preservation")
    assert explain(run, "AAPL")[0].level_name == "Preservation"


def test_a_level_seen_once_says_what_it_still_wants(journal):
    run = journal(SOLD, ("13 10:50", watched(1, 2.00744, rising=2), held("level 1; level 2 seen once")))
    assert lines(run)[-1].text == (
        "13 Feb 270 put stays at level 1: 2.01 ATR once; level 2 wants two samples in a row or 2.25 ATR "
        "(spot 259.48, ATR 5.24 = 2 % of 262.15: no bars)"
    )


def test_calm_samples_are_counted_on_the_way_down(journal):
    run = journal(SOLD, ("13 10:50", watched(1, 0.6, calm=2)))
    assert "0.60 ATR, calm sample 2 on the way to level 0" in lines(run)[-1].text


def test_holds_in_a_row_are_told_once_with_their_range(journal):
    rows = [(f"12 {10 + i}:30", held(f"level 0, m from {i / 2 - 1} to {i / 2 - 0.5} ATR")) for i in range(4)]
    line = lines(journal(SOLD, *rows))[-1]
    assert line.text == "holds the 13 Feb 270 put: level 0, spot -1.0 to 1.0 ATR past the strike"
    assert (line.times, len(line.entries), f"{line.until:%H:%M}") == (4, 4, "13:30")


def test_a_hold_after_a_level_is_not_joined_with_one_before_it(journal):
    run = journal(SOLD, ("12 11:00", held("level 0, m from 0.0 to 0.5 ATR")), ("12 12:00", level(0, 1)),
                  ("12 13:00", held("level 1, m from 1.0 to 1.5 ATR")))  # fmt: skip
    assert [line.kind for line in lines(run)] == ["sold", "hold", "level", "hold"]
