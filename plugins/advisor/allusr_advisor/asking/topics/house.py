"""What a home knows besides its run: restarts and proposals; and what no ledger knows."""

from typing import TYPE_CHECKING

from allusr_advisor.asking.facts import Answer, Fact, Piece, count, moment, number, quote, say
from allusr_advisor.asking.question import Question
from allusr_advisor.asking.record import Record
from allusr_advisor.asking.topics.positions import next_expiry
from allusr_advisor.asking.topics.waiting import waits
from allusr_sdk.office.proposals import listed

if TYPE_CHECKING:
    from allusr_sdk.office.proposals import Proposed


def restarts(record: Record, asked: Question) -> Answer:
    """How often the run was started again."""
    told = record.told["restarts"]
    times, last = told["count"], told["last"]  # type: ignore[index]
    if not times:
        return Answer(direct=(say("the run was never restarted"),))
    text = "the run was restarted {count}, last on {at} by New York's clock"
    return Answer(direct=(say(text, count=count(times, "time"), at=moment(last)),))


def proposals(record: Record, asked: Question) -> Answer:
    """Changes of the rulebook: which wait, which were approved; a home has its own, whatever its run."""
    found = listed(record.home)
    stamp = Piece("state", record.rulebook.stamp, record.rulebook.stamp)
    if not found:
        return Answer(
            direct=(say("no change of the rulebook was proposed in this home: {stamp} is in force", stamp=stamp),)
        )
    waiting = [one for one in found if one.waiting]
    direct = say(
        "{count} proposed, of which {waiting} for a person; {stamp} is in force",
        stamp=stamp,
        count=count(len(found), "change of the rulebook was", "changes of the rulebook were"),
        waiting=count(len(waiting), "waits", "wait"),
    )
    return Answer(direct=(direct,), why=tuple(map(_proposed, found[-5:])))


def _proposed(one: "Proposed") -> Fact:
    wishes = ", ".join(f"{key} = {value}" for key, value in one.wishes.items())
    stands = (
        "it was approved as {stamp}" if one.approved else "it waits" if one.waiting else "it can be approved no more"
    )
    return say(
        f"proposal {{seq}} of {{at}} by {{author}}: {{wishes}}, because of {{reason}}; {stands}",
        seq=number(one.number, 0),
        at=moment(one.at),
        author=quote(one.author),
        wishes=quote(wishes),
        reason=quote(one.reason),
        stamp=Piece("state", one.approved, one.approved),
    )


def future(record: Record, asked: Question) -> Answer:
    """That a ledger knows nothing of what has not happened, and what is due."""
    direct = say(
        "a ledger says what has happened and nothing of what will; {command} has forecasts and what they were worth",
        command=quote("allusr advise"),
    )
    return Answer(direct=(direct,), open=(*next_expiry(record, asked), *waits(record, asked)))
