"""What a person decides for the taxpayer, in the home's chain `lots`."""

from attrs import field, frozen

from allusr_sdk.model.events.base import Event


@frozen(kw_only=True)
class Picked:
    """Units of a lot: `lot` is the id of the execution that bought it, or ``#`` and the number of its entry."""

    lot: str
    units: int


@frozen(kw_only=True)
class LotsChosen(Event):
    """A person chose which lots a sale ends, before it settled (TX-3). The newest choice for a sale counts."""

    run: int
    head: str = field(metadata={"doc": "hash of the run's first entry"})
    sale: str = field(metadata={"doc": "the broker's id of the execution"})
    lots: tuple[Picked, ...]
    actor: str
    reason: str
