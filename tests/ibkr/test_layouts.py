"""Layouts at server version 178: golden lines are read and written unchanged, and a field more or less is seen."""

from decimal import Decimal

import pytest

from allusr_sdk.errors import KernelError
from allusr_sdk.testing.tws.codec import decode, encode, frame, unframed
from allusr_sdk.testing.tws.layout import UNSET, Layout
from allusr_sdk.testing.tws.messages import MESSAGES
from allusr_sdk.testing.tws.requests import REQUESTS
from tests.ibkr.golden import GOLDEN, IDS, least


def test_every_message_has_a_golden_line():
    assert {name for name, *_ in GOLDEN} == set(MESSAGES)


@pytest.mark.parametrize(("name", "number", "fields"), [(n, i, rest) for n, i, *rest in GOLDEN], ids=IDS)
class TestGolden:
    def test_is_read_to_its_last_field(self, name, number, fields):
        message, wrong = decode(MESSAGES[name], fields)
        assert wrong == ()
        assert MESSAGES[name].number == int(number)
        assert message.name == name

    def test_is_written_as_it_was_read(self, name, number, fields):
        message, _ = decode(MESSAGES[name], fields)
        written = encode(MESSAGES[name], dict(message.raw))
        assert len(written) == len(fields) + 1
        different = [(old, new) for old, new in zip(fields, written[1:], strict=True) if old != new]
        assert all(old == "" for old, _ in different), "only what was left empty is filled in"

    def test_a_field_more_is_seen(self, name, number, fields):
        assert decode(MESSAGES[name], [*fields, "0"])[1]

    def test_a_field_less_is_seen(self, name, number, fields):
        if fields:
            assert decode(MESSAGES[name], fields[:-1])[1]

    def test_a_field_less_at_any_place_shifts_the_rest_and_is_seen(self, name, number, fields):
        for place in range(len(fields)):
            assert decode(MESSAGES[name], fields[:place] + fields[place + 1 :])[1]


@pytest.mark.parametrize("layout", REQUESTS.values(), ids=lambda layout: layout.name)
def test_a_request_with_a_field_more_or_less_is_seen(layout):
    fields = least(layout)
    assert decode(layout, fields)[1] == ()
    assert decode(layout, [*fields, ""])[1]
    assert decode(layout, fields[:-1])[1]


def test_both_spellings_of_unset_are_nothing():
    layout = Layout.read("sample", 1, "price:num size:int name")
    for unset in UNSET:
        message, wrong = decode(layout, [unset, unset, "x"])
        assert wrong == ()
        assert message.amount("price") is None
        assert message.number("size") == 0


@pytest.mark.parametrize(
    "word", ["nan", "True", "1,5", "a"], ids=["a float that is none", "a flag of numpy", "a comma", "text"]
)
def test_what_is_no_number_is_told(word):
    layout = Layout.read("sample", 1, "price:num")
    assert decode(layout, [word])[1] == (f"sample: field price is {word!r}, no num",)


def test_a_block_is_there_if_a_field_says_so():
    layout = Layout.read("sample", 1, "kind ?kind=BAG(legs*(conId:int)) last")
    message, wrong = decode(layout, ["BAG", "2", "7", "8", "end"])
    assert wrong == ()
    assert [leg.number("conId") for leg in message.rows("legs")] == [7, 8]
    assert decode(layout, ["OPT", "end"])[1] == ()


def test_a_writer_is_as_strict_as_a_reader():
    layout = Layout.read("sample", 5, "id:int price:num=0.0")
    assert encode(layout, {"id": 3, "price": Decimal("1.50")}) == ("5", "3", "1.50")
    assert encode(layout, {"id": 3}) == ("5", "3", "0.0")
    for given, said in (({}, "id is not given"), ({"id": "x"}, "no int"), ({"id": 1, "size": 2}, "no field size")):
        with pytest.raises(KernelError, match=said):
            encode(layout, given)


def test_a_frame_is_its_length_and_fields_that_end():
    assert frame(["49", "1"]) == b"\x00\x00\x00\x0549\x001\x00"
    assert unframed(b"49\x001\x00") == ["49", "1"]
    with pytest.raises(ValueError, match="NUL"):
        unframed(b"49")
