"""A sweep as tables and as a page: whole rows, the headings on both, and nothing that is fetched."""

import re

import pyarrow.parquet as pq
import pytest

from allusr_sdk.trials.failed import Failed
from allusr_sdk.trials.headings import headings
from allusr_sdk.trials.judged import judged
from allusr_sdk.trials.maps import figure, maps
from allusr_sdk.trials.page import page
from allusr_sdk.trials.parquet import write
from allusr_sdk.trials.rows import rows


@pytest.fixture
def told(sweep, outcome, noise):
    """A sweep of two by two, one of which was refused, as whatever shows it takes it."""
    made = sweep("sleeves.a.x=10,9", "b.y=slow,<b>")
    results = {
        1: outcome(noise[0]),
        2: outcome(noise[1]),
        3: Failed("b.y: too slow", refused=True),
        4: outcome(noise[2]),
    }
    found = judged(made, results)
    return made, results, found, rows(made, results, found)


def test_a_row_a_trial_with_what_was_set_what_came_out_and_why_not(tmp_path, told, noise):
    made, results, found, _ = told
    trials, _ = write(tmp_path, made, results, found)
    table = pq.read_table(trials)
    body = table.to_pylist()
    assert [row["trial"] for row in body] == [1, 2, 3, 4]
    assert [row["sleeves.a.x"] for row in body] == [10.0, 10.0, 9.0, 9.0]
    assert [row["b.y"] for row in body] == ["slow", "<b>", "slow", "<b>"]
    assert [row["status"] for row in body] == ["ended", "ended", "refused", "ended"]
    assert (body[2]["reason"], body[2]["head"], body[2]["cagr"]) == ("b.y: too slow", None, None)
    assert {row["options"] for row in body} == {"modelled"}
    assert body[0]["head"] == "a" * 64
    assert body[0]["cagr_low"] < body[0]["cagr"] < body[0]["cagr_high"]
    assert b"MODELLED OPTIONS" in table.schema.metadata[b"headings"]
    assert b"4 variants tried" in table.schema.metadata[b"judgement"]


def test_daily_returns_stand_beside_it_so_that_all_can_be_worked_out_again(tmp_path, told, noise):
    made, results, found, _ = told
    _, returns = write(tmp_path, made, results, found)
    body = pq.read_table(returns).to_pylist()
    second = [row["return"] for row in body if row["trial"] == 2]
    assert second[0] is None
    assert second[1:] == pytest.approx(noise[1].tolist())
    assert {row["trial"] for row in body} == {1, 2, 4}


def test_the_page_says_what_was_tried_before_it_says_what_was_best(told):
    made, _, found, every = told
    text = page(made, found, every)
    body = text[text.index("<body>") :]
    marks = ("MODELLED OPTIONS", "4 variants tried", "Deflated Sharpe ratio of the", 'id="map-', "<h2>Rows</h2>",
             "Rows that did not end")  # fmt: skip
    places = [body.index(mark) for mark in marks]
    assert places == sorted(places)


def test_the_page_fetches_nothing_and_names_are_text_in_it(told):
    made, _, found, every = told
    text = page(made, found, every)
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=", text)
    assert '<td class="n"><b></td>' not in text
    assert "&lt;b&gt;" in text


def test_a_map_a_measure_over_each_pair_whose_cells_are_means_over_the_rest(sweep, outcome, noise):
    made = sweep("a.x=10,9", "b.y=1,2", "c.z=3,4")
    results = {i: outcome(noise[i - 1]) for i in range(1, 9)}
    every = rows(made, results, judged(made, results))
    pairs = list(maps(made, every))
    assert [(pair[0].up, pair[0].across) for pair in pairs] == [("a.x", "b.y"), ("a.x", "c.z"), ("b.y", "c.z")]
    growth = next(one for one in pairs[0] if one.key == "cagr")
    (drawn,) = figure(growth, every).data
    assert (drawn.y, drawn.x) == (("9", "10"), ("1", "2"))
    assert drawn.z[0][0] == pytest.approx(sum(results[i].estimate("cagr").value for i in (5, 6)) / 2)


def test_many_values_are_points_and_one_parameter_is_a_line_of_them(sweep, outcome, noise):
    made = sweep("a.x=0.1:0.9", "b.y=0.1:0.9", draws=40)
    results = {i: outcome(noise[i % 20]) for i in range(1, 41)}
    every = rows(made, results, judged(made, results))
    ((first, *_),) = maps(made, every)
    assert figure(first, every).data[0].type == "scatter"
    alone = sweep("a.x=1,2,3")
    three = rows(alone, {i: results[i] for i in (1, 2, 3)}, judged(alone, {i: results[i] for i in (1, 2, 3)}))
    ((line, *_),) = maps(alone, three)
    assert figure(line, three).data[0].x == (1.0, 2.0, 3.0)


def test_headings_tell_modelled_prices_unknown_ones_and_loosened_rules(sweep):
    replayed = "replay of x, options MODELLED (by a surface)"
    assert next(headings(sweep("a.x=1", market=replayed))).startswith("MODELLED OPTIONS: ")
    assert next(headings(sweep("a.x=1", market="mine"))).startswith("Whether the options of this market are real")
    assert list(headings(sweep("a.x=1", market="chains of somewhere"))) == []
    loose = sweep("a.x=1", loosening=["lq_1.spread=0.1,0.2"], market="chains of somewhere")
    assert list(headings(loose)) == ["WHAT-IF, rules were loosened: lq_1.spread over 0.1, 0.2"]
