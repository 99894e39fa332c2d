"""Check 304: started some sessions later, it decides the same once it is warm and holds the same."""

from attrs import evolve

from allusr_sdk.contracts import Sleeve
from allusr_sdk.testing.checks.asks import Ask
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial

_LATER = 3  # sessions; odd, so that whoever counts in twos is found out
_WEEK, _LONGEST = 5, 60


def settles(trial: Trial) -> int:
    """The calm market, and the same market entered some sessions later with the books of the first walk."""
    warmup = getattr(trial.subject.cls, "warmup", Sleeve.warmup)
    if not 0 <= warmup <= _LONGEST:
        raise Broken(f"its warmup is {warmup} sessions: it lies between 0 and {_LONGEST}")
    market = trial.lab.market("calm")
    tape = trial.lab.tape(evolve(market, weeks=market.weeks + -(-warmup // _WEEK)))
    full, late = trial.lab.walk(tape), trial.lab.walk(tape.after(_LATER))
    known = {ask.at: ask for ask in full.proposals()}
    warm = tape.sessions[_LATER + warmup]
    compared = [ask for ask in late.proposals() if ask.view.session.day >= warm and ask.at in known]
    for ask in compared:
        _same(known[ask.at], ask, trial)
    return len(compared)


def _same(full: Ask, late: Ask, trial: Trial) -> None:
    """The first walk's books with what the later one has noted: all that may still tell them apart."""
    notes = late.view.book.notes
    straight = full.again(trial.fresh())
    again = full.seen(lambda view: evolve(view, book=evolve(view.book, notes=notes))).again(trial.fresh())
    if again.said != straight.said:
        told = f"{again.said[:160]} instead of {straight.said[:160]}"
        raise Broken(f"started {_LATER} sessions later, {full} answers with the same books {told}")
