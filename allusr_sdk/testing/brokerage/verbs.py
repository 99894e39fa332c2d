"""Which questions there are: a table by name, what each takes, and how one is answered from a line of JSON."""

from datetime import datetime

import msgspec

from allusr_sdk.errors import InputError
from allusr_sdk.testing.brokerage.account import Account
from allusr_sdk.testing.brokerage.house import House
from allusr_sdk.testing.brokerage.records import Planned
from allusr_sdk.testing.channel.calls import Answer as Answer
from allusr_sdk.testing.channel.calls import Question as Question
from allusr_sdk.testing.channel.calls import called, read

ENGINE = ("identity", "statement", "submit", "reprice", "cancel", "news")
_OF_HOUSE = (
    "behave", "release_acks", "release_news", "pass_as", "basis", "value", "orders", "entries", "look",
)  # fmt: skip
_OF_ACCOUNT = (
    "play", "fill", "correct", "late", "lose", "assign", "exercise", "expire", "settle", "split", "become", "dividend",
    "line", "shift", "foreign_order", "foreign_position", "advance",
)  # fmt: skip
_ONLY_LOOKING = frozenset({"orders", "entries", "look"})


class Instant(msgspec.Struct):
    """The instant of the engine's market that some of its questions carry."""

    at: datetime | None = None


class Plan(msgspec.Struct):
    """What a control wants done at an instant."""

    at: datetime
    deed: str
    give: msgspec.Raw


def engine(house: House, question: Question) -> object:
    """Answer an engine. Raises `InputError` for what cannot be asked, `Unanswered` where no answer is to be given."""
    if question.verb not in ENGINE:
        raise InputError(f"{question.verb}: an engine asks {', '.join(ENGINE)}")
    if (at := read(question, Instant).at) is not None:
        _do_due(house, at)
    house.attend()
    found = called(House, house, question)
    house.collect()
    return found


def control(house: House, question: Question) -> object:
    """Do what a test says. Raises `InputError` for what cannot be done; then nothing was."""
    if question.verb == "plan":
        _plan(house, read(question, Plan))
        return None
    owner: type = House if question.verb in _OF_HOUSE else Account
    _known(question.verb)
    found = called(owner, house if owner is House else house.account, question)
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
