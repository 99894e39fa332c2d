"""Check 601: paper mode decides as the backtest did."""

from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial


def same_in_paper(trial: Trial) -> int:
    """The same market in both modes: the same questions, answers and journal, heads aside."""
    ours, paper = trial.walk, trial.lab.walk(trial.market, mode="paper")
    for one, other in zip(ours.asks, paper.asks, strict=False):
        if one.said != other.said:
            raise Broken(f"in paper {one} answered {other.said[:200]}, in the backtest {one.said[:200]}")
    events = [[(e.at, e.event) for e in walk.done.entries if e.kind != "RunStarted"] for walk in (ours, paper)]
    for one_event, other_event in zip(*events, strict=False):
        if one_event != other_event:
            raise Broken(
                f"in paper the journal has {str(other_event[1])[:200]}, in the backtest {str(one_event[1])[:200]}"
            )
    if len(events[0]) != len(events[1]):
        raise Broken(f"in paper the journal has {len(events[1])} entries, in the backtest {len(events[0])}")
    return len(ours.asks)
