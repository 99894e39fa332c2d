"""A journal as text."""

from decimal import Decimal

from allusr_sdk.model import events as ev
from allusr_sdk.model.positions import Watch
from allusr_sdk.reports.journal import written
from tests.reports.conftest import at
from tests.reports.journals import PUT, decided, order

D = Decimal
ABOUT = {"ledger": "gen_acc", "symbol": "AAPL"}


def test_an_entry_is_a_line_with_words_numbers_and_postings(journal):
    run = journal(
        ("12 10:05", decided("refuse", "LQ-1", "open interest 115 < 500", {"open interest": 115.0, "contract": PUT})),
        ("12 10:09", *order("k", PUT, -3, [("1.690", -3)])),
        (
            "12 12:58",
            ev.Watched(
                **ABOUT, rule="PE-4", position=f"gen_acc:{PUT}", watch=Watch(level=1, rising_at=at("12 12:58")), m=1.4
            ),
        ),
    )
    lines = list(written(run.entries()))
    assert lines[2] == (
        "#3    2026-02-12 10:05:00 MONITORING  gen_acc  AAPL  Decided        [LQ-1] refuse: open interest 115 < 500 "
        "| contract=AAPL260213P00270000 open_interest=115"
    )
    assert lines[5] == (
        "#6    2026-02-12 10:09:00 MONITORING  gen_acc  AAPL  Filled         [CAD-4 CAD-8 CAD-10] entry "
        "| key=k instrument=AAPL260213P00270000 quantity=-3 price=1.69 fee=2.1 touch=1.69 opening=True "
        "| 1010 +504.90, 2100 -504.90"
    )
    assert "level=1 rising=0 rising_at=2026-02-12T12:58:00" in lines[6]


def test_a_line_names_neither_place_nor_version(journal):
    head = next(written(journal().entries()))
    assert head.endswith("| mode=backtest first=2026-02-11 last=2026-02-13 seed=7 capital=400000")
