"""The shape of the source: files and functions that can be read at a sitting, and imports that run one way."""

import pytest

from tests.shape.source import ROOT, circles, files, graph, read

FILE, FUNCTION = 350, 60

OURS = ("allusr_sdk", "plugins", "examples")


def test_no_file_is_longer_than_can_be_read_at_a_sitting():
    lines = {str(file.relative_to(ROOT)): file.read_text().count("\n") for file in files(*OURS, "tests")}
    assert {name: count for name, count in lines.items() if count > FILE} == {}


def test_no_function_is_longer_than_a_screen():
    functions = {f"{file.relative_to(ROOT)}: {name}": n for file in files(*OURS) for name, n in read(file)[0].items()}
    assert {name: lines for name, lines in functions.items() if lines > FUNCTION} == {}


def test_no_import_leads_back_to_where_it_came_from_not_even_one_inside_a_function():
    assert circles(graph(types=False)) == []


KNOWN_AS_TYPES = {
    "deeds of the kernel that are told in files of their own, and name it in their signatures":
        {"kernel.cycle", "kernel.audit", "kernel.commands"},
    "a chain that asks its board for columns when they are looked at": {"market.synthetic.board",
                                                                       "market.synthetic.ondemand"},
    "the hand of a test, held by the server that it turns": {"testing.tws.deeds", "testing.tws.server"},
}  # fmt: skip


@pytest.mark.parametrize("names", KNOWN_AS_TYPES.values(), ids=KNOWN_AS_TYPES.keys())
def test_what_knows_another_both_ways_knows_it_one_way_as_a_type_alone(names):
    assert {f"allusr_sdk.{name}" for name in names} in circles(graph(types=True))


def test_nothing_else_knows_another_both_ways():
    known = [{f"allusr_sdk.{name}" for name in names} for names in KNOWN_AS_TYPES.values()]
    assert [group for group in circles(graph(types=True)) if group not in known] == []
