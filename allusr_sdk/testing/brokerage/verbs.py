"""Which questions there are: a table by name, what each takes, and how one is answered from a line of JSON."""

import inspect
from collections.abc import Callable, Mapping
from typing import cast, get_type_hints

import msgspec

from allusr_sdk.errors import InputError
from allusr_sdk.testing.brokerage.account import Account
from allusr_sdk.testing.brokerage.house import House

ENGINE = ("identity", "statement", "submit", "reprice", "cancel", "news")
_OF_HOUSE = (
    "behave", "release_acks", "release_news", "pass_as", "basis", "value", "orders", "entries", "look",
)  # fmt: skip
_OF_ACCOUNT = (
    "play", "fill", "correct", "late", "lose", "assign", "exercise", "expire", "settle", "split", "become", "dividend",
    "line", "shift", "foreign_order", "foreign_position", "advance",
)  # fmt: skip
_ONLY_LOOKING = frozenset({"orders", "entries", "look"})


class Question(msgspec.Struct):
    """One line from a client: the method, and its arguments by name."""

    verb: str
    give: msgspec.Raw = msgspec.Raw(b"{}")


class Answer(msgspec.Struct):
    """One line to a client: a value, or why there is none."""

    value: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""


def engine(house: House, question: Question) -> object:
    """Answer an engine. Raises `InputError` for what cannot be asked, `Unanswered` where no answer is to be given."""
    if question.verb not in ENGINE:
        raise InputError(f"{question.verb}: an engine asks {', '.join(ENGINE)}")
    found = _called(House, house, question)
    house.collect()
    return found


def control(house: House, question: Question) -> object:
    """Do what a test says. Raises `InputError` for what cannot be done; then nothing was."""
    owner: type = House if question.verb in _OF_HOUSE else Account
    if question.verb not in (*_OF_HOUSE, *_OF_ACCOUNT):
        raise InputError(f"{question.verb}: nothing that a control can do")
    found = _called(owner, house if owner is House else house.account, question)
    if question.verb not in _ONLY_LOOKING:
        house.note("control", question.verb, detail=question.give)
    house.collect()
    return found


def _called(owner: type, on: object, question: Question) -> object:
    method = cast("Callable[..., object]", getattr(owner, question.verb))
    if question.verb not in _TAKES:
        _TAKES[question.verb] = _arguments(question.verb, method)
    try:
        given = msgspec.json.decode(question.give, type=_TAKES[question.verb])
    except msgspec.MsgspecError as why:
        raise InputError(f"{question.verb}: {why}") from None
    try:
        return method(on, **{name: getattr(given, name) for name in given.__struct_fields__})
    except ValueError as why:
        raise InputError(f"{question.verb}: {why}") from None


_TAKES: dict[str, type[msgspec.Struct]] = {}


def _arguments(verb: str, method: Callable[..., object]) -> type[msgspec.Struct]:
    """The arguments of a method as something that JSON is read into."""
    hints: Mapping[str, object] = get_type_hints(method)
    fields = [
        (name, hints[name]) if p.default is p.empty else (name, hints[name], p.default)
        for name, p in inspect.signature(method).parameters.items()
        if name != "self"
    ]
    return msgspec.defstruct(verb, cast("list[tuple[str, type]]", fields), kw_only=True, forbid_unknown_fields=True)
