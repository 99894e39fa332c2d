"""How far a gateway is reached, by what it says; and what its codes mean."""

from datetime import UTC, datetime, time

import pytest

from allusr_sdk.execution.ibkr.errors import TABLE, Context, Meaning, meaning
from allusr_sdk.execution.ibkr.link import Link, Reach, quiet


def told(link, *codes):
    for code in codes:
        link = link.told(meaning(code, Context.NONE), "Market data farm connection is broken:usfarm")
    return link


def test_nothing_is_sent_and_quoted_before_a_connection():
    link = Link()
    assert (link.reach, link.trades, link.quotes) == (Reach.DOWN, False, False)
    assert told(link, 1102) == link


def test_a_connection_asks_for_everything_and_all_lines():
    link = Link().joined()
    assert (link.reach, link.reads, link.lines, link.quotes) == (Reach.CONNECTED, 1, 1, True)


@pytest.mark.parametrize("code", [1100, 2110, 1300])
def test_a_cut_that_is_told_many_times_is_one(code):
    once = told(Link().joined(), code)
    assert (once.reach, once.trades) == (Reach.DEGRADED, False)
    assert told(once, code, code) == once


def test_a_restored_link_asks_for_everything_again_and_for_lines_where_they_are_lost():
    cut = told(Link().joined(), 1100)
    kept, lost = told(cut, 1102), told(cut, 1101)
    assert (kept.reach, kept.reads, kept.lines) == (Reach.CONNECTED, 2, 1)
    assert (lost.reach, lost.reads, lost.lines) == (Reach.CONNECTED, 2, 2)


@pytest.mark.parametrize(("broken", "mended"), [(2103, 2104), (2105, 2106), (2157, 2158)])
def test_quotes_are_unusable_while_a_farm_is_broken_and_orders_leave(broken, mended):
    link = told(Link().joined(), broken)
    assert (link.quotes, link.trades) == (False, True)
    assert told(link, mended).quotes


def test_a_connection_that_ended_says_why_and_knows_no_farms():
    link = told(Link().joined(), 2103).parted("it was cut")
    assert (link.reach, link.why, link.broken) == (Reach.DOWN, "it was cut", frozenset())
    assert link.joined().reads == 2


@pytest.mark.parametrize(
    ("at", "inside"),
    [("2026-02-10T04:44", False), ("2026-02-10T04:45", True), ("2026-02-10T05:04", True), ("2026-02-10T05:05", False)],
)
def test_the_daily_restart_is_quiet_over_midnight(at, inside):
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)  # 23:45 in New York is 04:45 UTC
    assert quiet(moment, time(23, 45), 20, "America/New_York") is inside


@pytest.mark.parametrize(
    ("code", "context", "means"),
    [
        (201, Context.NEW, Meaning.REJECT),
        (201, Context.CHANGE, Meaning.KEPT),
        (110, Context.NEW, Meaning.REJECT),
        (110, Context.CHANGE, Meaning.KEPT),
        (202, Context.WORKING, Meaning.CANCELED),
        (10148, Context.CANCEL, Meaning.KEPT),
        (161, Context.CANCEL, Meaning.KEPT),
        (10147, Context.CANCEL, Meaning.UNKNOWN),
        (321, Context.CHANGE, Meaning.KEPT),
        (321, Context.REQUEST, Meaning.FAIL),
        (200, Context.REQUEST, Meaning.FAIL),
        (162, Context.REQUEST, Meaning.FAIL),
        (2104, Context.REQUEST, Meaning.FARM_OK),
    ],
)
def test_a_code_means_what_its_context_says(code, context, means):
    assert meaning(code, context) is means


@pytest.mark.parametrize("code", [399, 404, 2109, 10349, 99_999])
def test_a_notice_about_an_order_and_a_code_nobody_knows_change_no_order(code):
    assert {meaning(code, context) for context in (Context.NEW, Context.WORKING, Context.CHANGE)} == {Meaning.INFO}


def test_each_code_has_one_meaning_in_a_context():
    assert len(TABLE) == len({(code, context) for code, context in TABLE})
    assert {code for code, context in TABLE if context is Context.NONE} >= {1100, 1101, 1102, 2103, 2104, 326}
