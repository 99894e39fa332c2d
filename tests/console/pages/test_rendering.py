"""What pages write: escaped, unknown in words, signs that can be read, and nothing that is old as if it were new."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from allusr_console import snapshots
from allusr_console.asking import Under
from allusr_console.pages import stories
from allusr_console.pages.account import Screen, Unreadable, screen
from allusr_console.pages.positions import held
from allusr_console.pages.refused import alike
from allusr_console.pages.rendering import atr, away, price, render, shown, signed, usd
from allusr_console.pages.switches import OUTSIDE, RING
from allusr_console.snapshots import Snapshot
from attrs import evolve

from allusr_sdk.model.events import Decided, LevelChanged, Watched
from allusr_sdk.model.positions import Watch
from allusr_sdk.office.followed import Followed
from allusr_sdk.office.refusals import Reason, Refusal
from allusr_sdk.office.sighted import Point, Sighting
from allusr_sdk.office.story import Story
from tests.office import homes

PARTS = (
    "heading", "figures", "needs", "breaks", "positions", "orders", "sleeves", "machine", "week", "tree", "ladders",
    "refusals", "activity",
)  # fmt: skip
HOSTILE = "<img src=x onerror=alert(1)>"
NOON = datetime(2026, 2, 12, 17, tzinfo=UTC)


def read(home):
    """A snapshot of a home, as a console publishes it."""
    with Followed(str(home)) as followed:
        followed.look()
        return snapshots.of(followed, Snapshot(name="paper", home=str(home)), datetime.now(UTC))


def page(found):
    """All parts of an account's page as one text."""
    values = {"s": screen(found), "found": found, "ring": RING, "outside": OUTSIDE}
    return "".join(render(name, **values) for name in PARTS)


def test_an_account_says_what_is_held_what_works_and_what_was_refused(tmp_path):
    found = page(read(homes.write(tmp_path)))
    for text in ("short 3 × AAPL 13 Feb 270 put", "sell to open", "open interest 116 &lt; 500", "No switch", "#10"):
        assert (text in found) is (text != "No switch"), text


def test_what_a_plugin_or_a_source_says_is_text_and_nothing_else(tmp_path):
    rows = (("12 10:30", Decided(ledger="gen_acc", symbol="MSFT", rule="LQ-1", verdict="refuse", why=HOSTILE)),)
    found = page(read(homes.write(tmp_path, (*homes.ROWS, *rows))))
    assert "&lt;img src=x onerror=alert(1)&gt;" in found
    assert "<img" not in found


def test_modelled_options_head_an_account_a_report_and_a_story(tmp_path):
    market = "replay SPY sha256:0 seed 7: real daily bars and VIX; options MODELLED (surface from VIX)"
    wanted = '<h2 class="hint">MODELLED OPTIONS: no option price here was ever quoted; surface from VIX</h2>'
    found = read(homes.write(tmp_path))
    shown = screen(found)
    assert "MODELLED" not in page(found)
    assert wanted in render("heading", s=evolve(shown, market=market), found=found)
    assert "MODELLED OPTIONS</span>" in render("overview", seen=[evolve(shown, market=market)])
    story = Story(run=1, what_if={}, chapters=(), weeks=(), journal=())
    under = Under(run=1, seq=1, head="", instant=NOON)
    assert wanted in render("story", name="paper", title="SPY", story=story, under=under, market=market)


def test_a_level_is_on_the_page_with_its_distance_and_its_entry(tmp_path):
    rows = (("12 12:58", LevelChanged(
        ledger="gen_acc", symbol="AAPL", rule="PE-1", position="gen_acc:AAPL  260213P00270000", before=0, after=1,
        m=1.4, numbers={"m": 1.4, "spot": 262.15},
    )),)  # fmt: skip
    found = page(read(homes.write(tmp_path, (*homes.ROWS, *rows))))
    for text in ("1 Enhanced", "1.40 ATR in", "7.85 in the money at spot 262.15", "/a/paper/entry/11"):
        assert text in found, text


def test_an_account_that_was_never_read_says_that_nothing_is_known():
    found = Snapshot(name="paper", home="nowhere", problem="no ledger there")
    assert screen(found) == Unreadable(name="paper", problem="no ledger there")
    assert "Nothing is known of this account." in render("heading", s=screen(found), found=found)
    assert "no ledger there" in render("overview", seen=[screen(found)])


def test_figures_that_may_be_old_are_said_to_be(tmp_path):
    found = read(homes.write(tmp_path))
    assert "Stale" not in render("heading", s=screen(found), found=found)
    failed = evolve(found, problem="the database is out of reach")
    text = render("heading", s=screen(failed), found=failed)
    assert "Stale: what is shown is as of" in text
    assert "the database is out of reach" in text


def test_a_price_of_an_earlier_day_is_marked_as_old_in_words(tmp_path):
    snapshot = read(homes.write(tmp_path))
    assert snapshot.book is not None
    position = snapshot.book.positions[0]
    row = held(position, Sighting(spot=Point(Decimal(275), 3, NOON - timedelta(days=1))), Decimal(0), NOON)
    assert "old:" in render("position", name="paper", h=row)
    assert "no mark yet" in render("position", name="paper", h=row)


def test_refusals_that_say_the_same_are_told_once_with_their_number():
    def one(seq, text):
        return Refusal(seq=seq, at=NOON + timedelta(minutes=seq), ledger="gen_acc", symbol="MSFT", what="entry",
                       reasons=(Reason("LQ-1", text),))  # fmt: skip

    first, second = alike((one(9, "no"), one(8, "never"), one(7, "no")))
    assert (first.seq, first.times, first.since) == (9, 2, NOON + timedelta(minutes=7))
    assert (second.seq, second.times) == (8, 1)


@pytest.mark.parametrize(("text", "wanted"), [
    (usd(None), '<span class="unknown">unknown</span>'), (shown(None, "usd"), '<span class="unknown">unknown</span>'),
    (usd(Decimal("-1234.5")), '<span class="n neg">\N{MINUS SIGN}1,234.50</span>'), (signed(71, "+,.0f"), "+71"),
    (price(Decimal("0.9438")), "0.9438"), (price(Decimal("1.70")), "1.70"), (shown(0.05, "fraction"), "5.0%"),
    (atr((1.4, 1.4)), "1.40 ATR in"), (atr((-2.5, -2.0)), "2.0 to 2.5 ATR out"),
    (atr(None), '<span class="unknown">unknown</span>'),
    (away(Decimal("-7.85")), "7.85 in the money"), (away(Decimal(5)), "5.00 out of the money"),
])  # fmt: skip
def test_values_are_written_for_people(text, wanted):
    assert text == wanted


def test_a_screen_rests_on_one_entry(tmp_path):
    found = screen(read(homes.write(tmp_path)))
    assert isinstance(found, Screen)
    assert (found.seq, found.state, found.place, found.week) == (10, "SAFE", "MONITORING", "2026-W07")
    assert {title: value for title, value, _ in found.week_figures}["Premium taken"] == Decimal("510.00")


def test_what_happened_tells_no_decision_as_if_nothing_had_come_of_it(tmp_path):
    found = screen(read(homes.write(tmp_path)))
    assert isinstance(found, Screen)
    told = " ".join(one.text for one in found.activity)
    assert "sold 3 × AAPL 13 Feb 270 put at 1.70" in told
    assert "no order followed" not in told
    assert "open interest" not in told


def test_an_entry_is_told_without_the_ways_of_the_language():
    watch = Watch(level=1, rising_at=NOON)
    event = Watched(ledger="gen_acc", symbol="AAPL", position="gen_acc:AAPL", watch=watch, m=1.2, rule="PE-4")
    fields = dict(stories.said(event))
    assert fields["watch"] == "level 1, rising 0, rising at 2026-02-12 17:00:00 UTC, calm 0"
    assert (fields["m"], fields.get("rule")) == ("1.2", None)
