"""Check 305: rows, symbols and positions in another order give the same intents in the same order."""

from allusr_sdk.testing.checks.outcome import Broken
from allusr_sdk.testing.checks.trial import Trial
from allusr_sdk.testing.checks.views import shuffled


def order_free(trial: Trial) -> int:
    """Each question in two other orders."""
    asks = trial.asks(60)
    for ask in asks:
        straight = ask.again(trial.fresh())
        for seed in (1, 2):
            again = ask.seen(lambda view, by=seed: shuffled(view, by)).again(trial.fresh())  # type: ignore[misc]
            if again.said != straight.said:
                told = f"{again.said[:200]} instead of {straight.said[:200]}"
                raise Broken(f"{ask} answers otherwise with rows, symbols and positions in another order: {told}")
    return len(asks)
