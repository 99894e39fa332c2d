"""How a market's description says that its options were modelled, for whatever shows a run to a person."""

MARK = "options MODELLED"
"""The words in a description, in parentheses behind them by what."""


def modelled(description: str) -> str:
    """The heading of everything that rests on modelled options; empty where a market does not say so of itself."""
    _, found, by = description.partition(MARK)
    if not found:
        return ""
    said = by.strip().removeprefix("(").partition(")")[0]
    return f"MODELLED OPTIONS: no option price here was ever quoted; {said}"
