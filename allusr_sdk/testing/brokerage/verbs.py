"""Which questions there are: a table by name, what each takes, and how one is answered from a line of JSON."""

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast, get_type_hints

import msgspec

from allusr_sdk.errors import InputError
from allusr_sdk.testing.brokerage.account import Account
from allusr_sdk.testing.brokerage.house import House
from allusr_sdk.testing.brokerage.records import Planned

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


class Instant(msgspec.Struct):
    """The instant of the engine's market that some of its questions carry."""

    at: datetime | None = None


class Plan(msgspec.Struct):
    """What a control wants done at an instant."""

    at: datetime
    deed: str
    give: msgspec.Raw


class Answer(msgspec.Struct):
    """One line to a client: a value, or why there is none."""

    value: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""


def engine(house: House, question: Question) -> object:
    """Answer an engine. Raises `InputError` for what cannot be asked, `Unanswered` where no answer is to be given."""
    if question.verb not in ENGINE:
        raise InputError(f"{question.verb}: an engine asks {', '.join(ENGINE)}")
    if (at := _read(question, Instant).at) is not None:
        _do_due(house, at)
    house.attend()
    found = _called(House, house, question)
    house.collect()
    return found


def control(house: House, question: Question) -> object:
    """Do what a test says. Raises `InputError` for what cannot be done; then nothing was."""
    if question.verb == "plan":
        _plan(house, _read(question, Plan))
        return None
    owner: type = House if question.verb in _OF_HOUSE else Account
    _known(question.verb)
    found = _called(owner, house if owner is House else house.account, question)
    if question.verb not in _ONLY_LOOKING:
        house.note("control", question.verb, detail=question.give)
    house.collect()
    return found


def _plan(house: House, plan: Plan) -> None:
    _known(plan.deed)
    house.plans.append(Planned(at=plan.at, deed=plan.deed, give=bytes(plan.give).decode()))
    house.note("control", "plan", detail=house.plans[-1])


def _do_due(house: House, at: datetime) -> None:
    """Do what was planned for an instant, or for one before it; the account is told each."""
    for plan in house.due(at):
        house.account.advance(plan.at)
        house.collect()
        try:
            control(house, Question(plan.deed, msgspec.Raw(plan.give.encode())))
        except InputError as why:
            house.note("control", "failed", plan.deed, str(why))


def _known(deed: str) -> None:
    if deed not in (*_OF_HOUSE, *_OF_ACCOUNT):
        raise InputError(f"{deed}: nothing that a control can do")


def _called(owner: type, on: object, question: Question) -> object:
    method = cast("Callable[..., object]", getattr(owner, question.verb))
    if question.verb not in _TAKES:
        _TAKES[question.verb] = _arguments(question.verb, method)
    given = _read(question, _TAKES[question.verb])
    try:
        return method(on, **{name: getattr(given, name) for name in given.__struct_fields__})
    except ValueError as why:
        raise InputError(f"{question.verb}: {why}") from None


def _read[T](question: Question, into: type[T]) -> T:
    try:
        return msgspec.json.decode(question.give, type=into)
    except msgspec.MsgspecError as why:
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
