"""What is known of a position at an instant: its quote where a rule needs one, and its assessment."""

from attrs import frozen

from allusr_sdk import Assessment, Contract, Position, Quote, SleeveView


@frozen
class Seen(Assessment):
    """An assessment with the quote that it rests on, None where none was looked at."""

    quote: Quote | None = None


def option(position: Position) -> Contract:
    """The contract of an option position."""
    assert position.contract is not None
    return position.contract


def quote_of(position: Position, seen: Assessment, view: SleeveView) -> Quote | None:
    """The position's fresh quote, looked up once an instant."""
    found = seen.quote if isinstance(seen, Seen) else None
    return found or view.quote(option(position))


def is_put(position: Position) -> bool:
    """Whether it is a short put."""
    return position.contract is not None and position.contract.is_put and position.short


def is_call(position: Position) -> bool:
    """Whether it is a short call."""
    return position.contract is not None and not position.contract.is_put and position.short
