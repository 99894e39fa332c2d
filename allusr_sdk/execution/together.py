"""Several accounts in one engine: a step of the market after another, each account its turn at every step.

An account has its own plugins, kernel, switches, simulated venue and journal, and shares the market alone. One that
raises has come to its end and the others go on; one that hangs is stopped by the watch over its plugins' calls, and
costs the others time, but no entry: theirs is the market's clock.
"""

from collections.abc import Callable, Generator, Mapping

type Life[End] = Generator[bool, None, End]
"""An account's run: each turn says whether a step was taken; what it returns is the account's end."""


def together[End](
    lives: Mapping[str, Life[End]], turns: Callable[[str], None] = lambda name: None
) -> Mapping[str, End | Exception]:  # fmt: skip
    """Live several accounts to their ends, and return these by name: what each returned, or what it raised.

    No account sees a step before all have taken the one before it, so none looks at a market that has moved on.

    Args:
        lives: the accounts' runs, by name.
        turns: told whose turn it is.
    """
    ends: dict[str, End | Exception] = {}
    try:
        while len(ends) < len(lives):
            _step({name: life for name, life in lives.items() if name not in ends}, turns, ends)
    finally:
        for life in lives.values():
            life.close()
    return {name: ends[name] for name in lives}


def _step[End](
    going: dict[str, Life[End]], turns: Callable[[str], None], ends: dict[str, End | Exception]
) -> None:  # fmt: skip
    """One step of the market: who waits for the wall clock lets others have their turns meanwhile."""
    while going:
        for name, life in tuple(going.items()):
            turns(name)
            try:
                taken = next(life)
            except StopIteration as end:
                taken, ends[name] = True, end.value
            except Exception as error:  # its end alone
                taken, ends[name] = True, error
            if taken:
                del going[name]
