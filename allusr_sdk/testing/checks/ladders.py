"""Checks of ladders: what is planned fits the ledger that was asked about, and rungs keep LL-1 and LL-2."""

from decimal import Decimal

from allusr_sdk.contracts import LadderView, ladders
from allusr_sdk.kernel.ladders import broken
from allusr_sdk.model.ladders import Rung
from allusr_sdk.model.options import MULTIPLIER
from allusr_sdk.testing.checks.asks import Ask
from allusr_sdk.testing.checks.check import Check
from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial


def fitting(trial: Trial) -> int:
    """Every plan by the kernel's own `broken`."""
    seen = 0
    for ask in trial.walk.asks:
        for intent in ask.intents:
            seen += 1
            if wrong := broken(intent, _view(ask)):
                raise Broken(f"{ask} of {_view(ask).book.name} planned {wrong}")
    return seen


def _view(ask: Ask) -> LadderView:
    return next(a for a in ask.arguments if isinstance(a, LadderView))


def within(trial: Trial) -> int:
    """Every rung by the limits that the kernel asks too, as far as they lie in its own hands."""
    seen = 0
    for ask in trial.walk.asks:
        for intent in ask.intents:
            seen += 1
            if isinstance(intent, Rung) and (why := _beyond(intent, _view(ask))):
                raise Broken(f"{ask}: {intent.quote.contract} is no rung: {why}")
    return seen


def _beyond(rung: Rung, view: LadderView) -> str:
    contract, day, rules = rung.quote.contract, view.session.day, view.rules
    cost = Decimal(str(rung.quote.bid)) * MULTIPLIER
    thin = "; ".join(veto.why for veto in ladders.illiquid(rung.quote, rules))
    dear = f"one costs {cost:,.0f} of a budget of {view.budget:,.0f}" if not cost <= view.budget else ""
    early = ladders.waits(view.book, day, rules)
    return ladders.misfit(contract, rung.delta, day, rules) or early or thin or dear


def answered(trial: Trial) -> int:
    """Nothing raises, and every question has an answer (RULE-3)."""
    seen = 0
    for ask in trial.walk.asks:
        seen += 1
        if ask.raised:
            raise Broken(f"{ask} raised {ask.raised}")
        if not ask.intents:
            raise Broken(f"{ask} of {_view(ask).book.name} has no answer at all: at least say why nothing is done")
    return seen


CHECKS_OF_LADDERS: tuple[Check, ...] = (
    Check(
        401, ("ladder",), "what it plans fits the ledger that it was asked about",
        "A plan that does not fit buys nothing, and the kernel freezes the ladder for the week (RULE-0).",
        "Close positions of view.book alone; buy rungs where view.growth, hedges where not, one contract or more.",
        fitting, ("calm", "crash", "vix_52"),
    ),
    Check(
        402, ("ladder",), "its rungs keep LL-1 and LL-2 and its budget",
        "The kernel refuses them, so a ladder that counts on them never grows.",
        "Ask ladders.waits first, pick by choose(side, ladders.band(view.rules), view), then ladders.illiquid.",
        within, ("calm", "crash", "thin_chain"),
    ),
    Check(
        403, ("ladder",), "every question has an answer",
        "A ladder that says nothing cannot be told from one that forgot what it holds (RULE-3).",
        "Yield at least one view.skip that says why nothing is done.",
        answered, ("calm", "crash"),
    ),
)  # fmt: skip
