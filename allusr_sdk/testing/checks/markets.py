"""Checks of market sources: steps that repeat, in order, sound, and that know nothing of later."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import cast

from allusr_sdk.errors import InputError
from allusr_sdk.model.chains import Chain
from allusr_sdk.model.views import MarketSource, MarketView, Snapshot, Step
from allusr_sdk.testing.checks.barriers import watched
from allusr_sdk.testing.checks.check import Check
from allusr_sdk.testing.checks.outcome import Broken, Unfit
from allusr_sdk.testing.checks.trial import Lab, Trial
from allusr_sdk.testing.checks.views import COLUMNS, deep

_FIRST, _DAYS = date(2026, 1, 5), timedelta(days=11)


def _made(trial: Trial) -> MarketSource:
    """The source of the settings' `path`; whoever needs one and has none cannot be asked."""
    place = str(trial.subject.settings.get("path", ""))
    try:
        return cast(MarketSource, trial.subject.maker(place, trial.lab.seed))
    except InputError as error:
        raise Unfit(f"it cannot be made of {place!r}: {error}") from None


def _period(source: MarketSource) -> tuple[date, date]:
    """Two weeks of what the source says that it has; of January 2026 where it does not say."""
    known = tuple(getattr(source, "sessions", ()))
    return (known[0], known[: _DAYS.days][-1]) if known else (_FIRST, _FIRST + _DAYS)


@cache
def _steps(lab: Lab, time: int) -> tuple[Step, ...]:
    source = _made(Trial(lab))
    return tuple(source.steps(*_period(source)))


def loads(trial: Trial) -> int:
    """It is made from a place and a seed, says what it is without saying where, and has a step."""
    try:
        source = _made(trial)
    except Unfit as unfit:
        raise Broken(f"{unfit}; in a test give its place, as market_checks(..., settings={{'path': ...}})") from None
    said = source.description
    if not said or "/" in said or "\\" in said:
        raise Broken(f"its description is {said!r}: say the kind of source and its seed or content, never a path")
    return len(_steps(trial.lab, 1))


def repeatable(trial: Trial) -> int:
    """Two sources of one seed, walked to the end, give the same steps to the last quote."""
    first, second = _steps(trial.lab, 1), _steps(trial.lab, 2)
    for one, other in zip(first, second, strict=False):
        if _content(one) != _content(other):
            raise Broken(f"made and walked again, the step of {one.view.at:%Y-%m-%d %H:%M} UTC is another")
    if len(first) != len(second):
        raise Broken(f"made and walked again, it has {len(second)} steps instead of {len(first)}")
    return len(first)


def _content(step: Step) -> str:
    view = step.view
    return deep((view.at, step.closing, step.settlements, step.actions, view.vix, view.earnings, view.snapshots))


def ordered(trial: Trial) -> int:
    """Instants rise, lie in their sessions and the period asked for, and each session ends with one closing step."""
    steps, (first, last) = _steps(trial.lab, 1), _period(_made(trial))
    closed: date | None = None
    for before, step in zip((None, *steps), steps, strict=False):
        day, at = step.view.session.day, step.view.at
        if at.tzinfo is None or at.utcoffset() != timedelta(0):
            raise Broken(f"{at} is not in UTC")
        if before is not None and at <= before.view.at:
            raise Broken(f"{at:%Y-%m-%d %H:%M} UTC does not come after {before.view.at:%Y-%m-%d %H:%M}")
        if not first <= day <= last or closed == day:
            raise Broken(
                f"a step of {day}, {'after its closing step' if closed == day else f'outside {first} to {last}'}"
            )
        if before is not None and before.view.session.day != day and not before.closing:
            raise Broken(f"the session of {before.view.session.day} has no closing step")
        if step.closing and at < step.view.session.close:
            raise Broken(f"the closing step of {day} comes before the close")
        closed = day if step.closing else closed
    if steps and not steps[-1].closing:
        raise Broken(f"the session of {steps[-1].view.session.day} has no closing step")
    return len(steps)


def blind_ahead(trial: Trial) -> int:
    """No snapshot, bar, report or VIX of a view is newer than the view."""
    steps = _steps(trial.lab, 1)
    for step in steps:
        if why := next(_newer(step), ""):
            raise Broken(f"at {step.view.at:%Y-%m-%d %H:%M} UTC it knows {why}")
    return len(steps)


def _newer(step: Step) -> Iterator[str]:
    view, day = step.view, step.view.session.day
    for symbol, snapshot in view.snapshots.items():
        if snapshot.at > view.at:
            yield f"a snapshot of {symbol} of {snapshot.at:%Y-%m-%d %H:%M}"
        late = [bar.day for bar in view.bars.before(symbol, day, 5) if bar.day >= day]
        if late:
            yield f"as bars before {day} one of {late[0]}"
        ahead = [bar.day for bar in view.bars.before(symbol, day + timedelta(days=7), 5) if _open(bar.day, step)]
        if ahead:
            yield f"a bar of {symbol} of {ahead[0]}, which is not over"
    if view.vix is not None and view.vix.at > view.at:
        yield f"a VIX of {view.vix.at:%Y-%m-%d %H:%M}"
    for report in (r for known in view.earnings.values() for r in known if r.as_of > day):
        yield f"a report of {report.symbol} as it was known on {report.as_of}"


def _open(day: date, step: Step) -> bool:
    today = step.view.session.day
    return day > today or (day == today and not step.closing)


def sound(trial: Trial) -> int:
    """Chains are of their snapshot's symbol and instant, their columns of one length; quotes agree with rows."""
    seen = 0
    for step in _steps(trial.lab, 1):
        for symbol, snapshot in step.view.snapshots.items():
            chain = snapshot.chain
            if snapshot.symbol != symbol:
                raise Broken(f"under {symbol} stands the snapshot of {snapshot.symbol}")
            if chain is not None:
                seen += 1
                _agrees(chain, snapshot, step.view)
    return seen


def _agrees(chain: Chain, snapshot: Snapshot, view: MarketView) -> None:
    where = f"the chain of {snapshot.symbol} at {view.at:%Y-%m-%d %H:%M} UTC"
    if (chain.symbol, chain.at) != (snapshot.symbol, snapshot.at):
        raise Broken(f"{where} is of {chain.symbol} at {chain.at:%Y-%m-%d %H:%M}")
    lengths = {name: len(getattr(chain, name)) for name in COLUMNS}
    if len(set(lengths.values())) > 1:
        raise Broken(f"{where} has columns of lengths {lengths}")
    if not len(chain):
        return
    row = chain.quote(len(chain) // 2)
    single = snapshot.quotes([row.contract])[0]
    if single is None or repr((single.bid, single.ask)) != repr((row.bid, row.ask)):
        raise Broken(
            f"{where} quotes {row.contract} as {row.bid} x {row.ask}, singly {single and (single.bid, single.ask)}"
        )


def quiet_views(trial: Trial) -> int:
    """Looking at a view that was given opens no file: what is lazy was read before, or is arithmetic."""
    steps = _steps(trial.lab, 1)
    with watched() as deeds:
        for step in steps[:: max(1, len(steps) // 40)]:
            deep(step.view)
            if deeds:
                raise Broken(f"looking at the view of {step.view.at:%Y-%m-%d %H:%M} UTC did {deeds[0]}")
    return len(steps)


def plays(trial: Trial) -> int:
    """The plain wheel lives through it in the sandbox: no fault, and books that verify."""
    from allusr_sdk.ledger.verify import verify
    from allusr_sdk.testing.checks.company import Company
    from allusr_sdk.testing.sandbox import Sandbox
    from allusr_sdk.testing.tape import Tape

    source = _made(trial)
    steps = _steps(trial.lab, 1)
    symbols = sorted({name for step in steps for name in step.view.snapshots})
    tape = Tape(source.description, steps)
    played = Sandbox(tape, Company, config={"sleeves": {"company": {"symbols": symbols}}}).run()
    if played.faults or played.quarantined:
        raise Broken(f"the plain wheel failed on it: {[*played.faults, *played.quarantined.values()][0]}")
    if (bad := verify(played.run).bad) is not None:
        raise Broken(f"the ledger of a run over it does not verify: {bad}")
    return len(played.entries)


CHECKS_OF_MARKETS: tuple[Check, ...] = (
    Check(
        101, ("market",), "it is made from place and seed, and says what it is without saying where",
        "The journal's head has to tell one market from another, and the same data elsewhere is the same run.",
        "Take (place, seed); let description name the kind of source and its seed or content.",
        loads,
    ),
    Check(
        201, ("market",), "looking at a view reads nothing",
        "A chain that is read from disk when somebody looks may be another one, or gone, when somebody looks again.",
        "Read while the step is made; let make_chain and quotes compute from what was read.",
        quiet_views,
    ),
    Check(
        301, ("market",), "equal arguments give equal steps",
        "A backtest that cannot be run again proves nothing.",
        "Draw from random.Random(seed) of your own; sort files and sets.",
        repeatable,
    ),
    Check(
        302, ("market",), "steps come in order of time, each session with one closing step at its end",
        "Expiries are settled and the day is valued at the closing step; without it nothing ever ends.",
        "Yield instants in UTC as they come, then Step(view, closing=True, settlements=...) at or after the close.",
        ordered,
    ),
    Check(
        303, ("market",), "no view knows anything newer than itself",
        "Every sleeve would look brilliant over a market that tells it tomorrow's price.",
        "Let bars.before end the day before, bars.on say None until the close, earnings carry the day they were known.",
        blind_ahead,
    ),
    Check(
        401, ("market",), "chains belong to their snapshot, and single quotes agree with them",
        "What is held is quoted singly and what is sold is chosen from the chain: where they differ, books are wrong.",
        "Give chain and snapshot one symbol and instant, all columns one length, and quotes from the same rows.",
        sound,
    ),
    Check(
        601, ("market",), "a plain wheel lives through it",
        "A market on which nothing can be held or settled is no market.",
        "Look at the fault that is named; allusr run --market on it shows the rest.",
        plays,
    ),
)  # fmt: skip
