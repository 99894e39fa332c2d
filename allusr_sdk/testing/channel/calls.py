"""Questions as lines of JSON: a method by its name, what it takes by names, and a value or the reason why not."""

import inspect
from collections.abc import Callable, Mapping
from typing import cast, get_type_hints

import msgspec

from allusr_sdk.errors import AllusrError, InputError


class Question(msgspec.Struct):
    """One line from a client: the method, and its arguments by name."""

    verb: str
    give: msgspec.Raw = msgspec.Raw(b"{}")


class Answer(msgspec.Struct):
    """One line to a client: a value, or why there is none."""

    value: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""


def called(owner: type, on: object, question: Question) -> object:
    """Call a method of `owner` on an object, its arguments read by its annotations. Raises `InputError`."""
    method = cast("Callable[..., object]", getattr(owner, question.verb))
    if (owner, question.verb) not in _TAKES:
        _TAKES[owner, question.verb] = _arguments(question.verb, method)
    given = read(question, _TAKES[owner, question.verb])
    try:
        return method(on, **{name: getattr(given, name) for name in given.__struct_fields__})
    except ValueError as why:
        raise InputError(f"{question.verb}: {why}") from None


def read[T](question: Question, into: type[T]) -> T:
    """What a question gives, as `into`. Raises `InputError`."""
    try:
        return msgspec.json.decode(question.give, type=into)
    except msgspec.MsgspecError as why:
        raise InputError(f"{question.verb}: {why}") from None


def answered(ask: Callable[[], object]) -> Answer:
    """What asking comes to, as a line."""
    try:
        return Answer(msgspec.Raw(msgspec.json.encode(ask())))
    except AllusrError as why:
        return Answer(error=str(why))


_TAKES: dict[tuple[type, str], type[msgspec.Struct]] = {}


def _arguments(verb: str, method: Callable[..., object]) -> type[msgspec.Struct]:
    """The arguments of a method as something that JSON is read into."""
    hints: Mapping[str, object] = get_type_hints(method)
    fields = [
        (name, hints[name]) if p.default is p.empty else (name, hints[name], p.default)
        for name, p in inspect.signature(method).parameters.items()
        if name != "self"
    ]
    return msgspec.defstruct(verb, cast("list[tuple[str, type]]", fields), kw_only=True, forbid_unknown_fields=True)
