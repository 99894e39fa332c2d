"""What a screen shows beside the books rests on entries, and never on those of another position of the same key."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from allusr_sdk.ledger import Entry
from allusr_sdk.model import events as ev
from allusr_sdk.model.options import Contract
from allusr_sdk.model.positions import Position
from allusr_sdk.office.followed import Followed
from allusr_sdk.office.sighted import Sightings, distance

MONDAY = datetime(2026, 2, 9, 15, tzinfo=UTC)
PUT, CALL = "AAPL  260213P00270000", "AAPL  260213C00270000"


def entry(seq: int, event: ev.Event, at: datetime = MONDAY) -> Entry:
    return Entry(seq=seq, at=at, cycle=1, state="MONITORING", rulebook="r", event=event, prev_hash="", hash="")


def held(osi: str, quantity: int = -3) -> Position:
    return Position(
        ledger="gen_acc", symbol="AAPL", contract=Contract.parse(osi), quantity=quantity, price=Decimal("1.69"),
        amount=Decimal("504.90"), opened=MONDAY,
    )  # fmt: skip


def level(m: float, spot: float) -> ev.LevelChanged:
    return ev.LevelChanged(
        ledger="gen_acc", symbol="AAPL", position=f"gen_acc:{PUT}", before=0, after=1, m=m,
        numbers={"m": m, "spot": spot},
    )  # fmt: skip


def test_a_level_says_where_the_position_was_seen():
    seen = Sightings()
    seen.take(entry(7, level(1.4, 262.15), MONDAY + timedelta(minutes=5)))
    found = seen.of(held(PUT))
    assert found.spot is not None
    assert (found.spot.value, found.spot.seq) == (Decimal("262.15"), 7)
    assert found.m is not None
    assert found.m.value == (1.4, 1.4)
    assert found.mark is None


def test_a_hold_says_between_which_distances_it_was_seen():
    seen, why = Sightings(), "level 0, m from -2.5 to -2.0 ATR"
    seen.take(entry(8, ev.Decided(symbol="AAPL", subject=f"gen_acc:{PUT}", verdict="hold", why=why)))
    found = seen.of(held(PUT)).m
    assert found is not None
    assert (found.value, found.seq) == ((-2.5, -2.0), 8)


def test_what_was_said_before_a_position_was_opened_is_about_another_one():
    seen, before = Sightings(), MONDAY - timedelta(days=7)
    seen.take(entry(2, level(1.4, 262.15), before))
    seen.take(entry(3, ev.Marked(symbol="AAPL", position=f"gen_acc:{PUT}", mark=Decimal("2.10")), before))
    found = seen.of(held(PUT))
    assert found.m is None
    assert found.mark is None
    assert found.spot is not None
    assert found.spot.at == before, "the underlying's price is the same one's"


@pytest.mark.parametrize(
    ("osi", "quantity", "spot", "wanted"),
    [(PUT, -3, "262.15", "-7.85"), (PUT, -3, "275", "5"), (CALL, -3, "262.15", "7.85"), (PUT, 3, "262.15", None)],
)
def test_distance_is_positive_out_of_the_money_and_none_of_what_is_owned(osi, quantity, spot, wanted):
    assert distance(held(osi, quantity), Decimal(spot)) == (None if wanted is None else Decimal(wanted))


def test_distance_to_an_unknown_price_is_unknown():
    assert distance(held(PUT), None) is None


def test_a_new_week_begins_with_nothing():
    seen = Sightings()
    fill = ev.Filled(
        ledger="gen_acc", symbol="AAPL", key="k", execution="k#1", instrument=PUT, quantity=-3, price=Decimal("1.69"),
        fee=Decimal("2.10"), touch=Decimal("1.69"), opening=True, cause="entry",
    )  # fmt: skip
    seen.take(entry(4, fill))
    assert (seen.week, seen.measures.cell("premium").value) == ("2026-W07", Decimal("507.00"))
    seen.take(entry(5, ev.Decided(symbol="AAPL", subject="AAPL", verdict="skip", why="no"), MONDAY + timedelta(days=7)))
    assert (seen.week, seen.measures.cell("premium").value) == ("2026-W08", Decimal("0.00"))


def test_a_followed_run_counts_each_fill_of_the_running_week_once(home):
    with Followed(home) as followed:
        followed.look()
        followed.look()
        seen = followed.sightings
        assert (seen.week, seen.measures.cell("premium").value) == ("2026-W07", Decimal("510.00"))
