"""A question as it was understood."""

from attrs import frozen

from allusr_advisor.asking.periods import Period


@frozen(kw_only=True)
class Question:
    """What a question asks for.

    Attributes:
        text: as it was typed.
        intent: why, what, when, how much, how many, which, whether or should.
        topic: what it is about; empty where no rule reads it.
        ledgers: names of ledgers of the run; `named` are those as they were typed.
        symbols: underlyings; `contract` is an OSI symbol, or strike and right as ``270P``; empty for none.
        period: the days; None where none are named.
        rules: ids of rules; `entry` the number of a journal entry, 0 for none.
        absent: sleeves and symbols that were asked for and that the run does not know.
        aside: words that no rule reads.
        follows: whether it goes on from the question before.
    """

    text: str
    intent: str = "what"
    topic: str = ""
    ledgers: tuple[str, ...] = ()
    symbols: tuple[str, ...] = ()
    contract: str = ""
    period: Period | None = None
    rules: tuple[str, ...] = ()
    entry: int = 0
    absent: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    follows: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing of it was understood but a period."""
        return not (self.topic or self.ledgers or self.symbols or self.rules or self.entry or self.contract)
