"""Views taken apart: copies of their own, digests of all that can be written to, rows and symbols in another order."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, cast

import attrs
import numpy as np
from attrs import evolve

from allusr_sdk.contracts import SleeveView
from allusr_sdk.model.chains import Chain, Quote
from allusr_sdk.model.options import Contract
from allusr_sdk.model.views import MarketView, Snapshot

COLUMNS = ("root", "expiry", "strike", "put", "bid", "ask", "volume", "open_interest", "delta")


def of_market(view: SleeveView, change: Callable[[MarketView], MarketView]) -> SleeveView:
    """The view over a changed market."""
    return evolve(view, market=change(view.market))


def with_snapshots(view: SleeveView, snapshots: Mapping[str, Snapshot]) -> SleeveView:
    """The view with other snapshots."""
    return of_market(view, lambda market: evolve(market, snapshots=snapshots))


def with_chain(snapshot: Snapshot, change: Callable[[Chain], Chain]) -> Snapshot:
    """A snapshot whose chain, and every quote with it, is changed; it is made when somebody looks."""
    if snapshot.make_chain is None:
        return evolve(snapshot)
    made: list[Chain] = []

    def chain() -> Chain:
        if not made:
            made.append(change(cast(Chain, snapshot.chain)))
        return made[0]

    def quotes(contracts: Sequence[Contract]) -> Sequence[Quote | None]:
        return [chain().find(contract) for contract in contracts]

    return evolve(snapshot, make_chain=chain, quotes=quotes)


def own_copy(view: SleeveView) -> SleeveView:
    """The same view over dictionaries and columns of its own: what is written there reaches nobody else."""
    snapshots = {name: with_chain(snapshot, _copied) for name, snapshot in view.market.snapshots.items()}
    books: dict[str, Any] = {n: dict(v) for n, v in _mappings(view.book)}
    known: dict[str, Any] = {n: dict(v) for n, v in _mappings(view.market) if n != "snapshots"}
    market = evolve(view.market, snapshots=snapshots, **known)
    return evolve(view, market=market, book=evolve(view.book, **books))


def _turned[K, V](held: Mapping[K, V]) -> list[tuple[K, V]]:
    return [*held.items()][::-1]


def _mappings(value: object) -> list[tuple[str, Mapping[object, object]]]:
    named = [(f.name, getattr(value, f.name)) for f in _fields(value)]
    return [(name, held) for name, held in named if isinstance(held, Mapping)]


def _copied(chain: Chain) -> Chain:
    columns: dict[str, Any] = {name: getattr(chain, name).copy() for name in COLUMNS}
    return evolve(chain, **columns)


def shuffled(view: SleeveView, seed: int) -> SleeveView:
    """The view with rows of every chain, symbols and positions in another order."""

    def rows(chain: Chain) -> Chain:
        return chain.where(np.random.default_rng(seed).permutation(len(chain)))

    turned = {n: evolve(with_chain(s, rows), quotes=s.quotes) for n, s in _turned(view.market.snapshots)}
    changed: dict[str, Any] = {n: dict(_turned(v)) for n, v in _mappings(view.book)}
    return evolve(with_snapshots(view, turned), book=evolve(view.book, **changed))


# --- digests --------------------------------------------------------------------------------------------------------


def deep(value: object) -> str:
    """A digest of all that somebody could write into a value: fields, mappings, columns of chains that are made."""
    state = blake2b(digest_size=16)
    _feed(value, state.update, set())
    return state.hexdigest()


def _feed(value: object, add: Callable[[bytes], None], above: set[int]) -> None:
    if id(value) in above:
        return
    above = above | {id(value)}
    if isinstance(value, np.ndarray):
        add(value.tobytes())
    elif isinstance(value, Snapshot):
        _each((value.bid, value.ask, value.last, value.at, value.chain), add, above)
    elif isinstance(value, Mapping):
        _each([part for pair in value.items() for part in pair], add, above)
    elif isinstance(value, tuple | list):
        _each(value, add, above)
    elif attrs.has(type(value)):
        _each([getattr(value, f.name) for f in _fields(value) if not f.name.startswith("_")], add, above)
    elif not callable(value):
        add(repr(value).encode())


def _each(values: Sequence[object], add: Callable[[bytes], None], above: set[int]) -> None:
    for value in values:
        add(b"|")
        _feed(value, add, above)


def _fields(value: object) -> "tuple[attrs.Attribute[Any], ...]":
    return cast("tuple[attrs.Attribute[Any], ...]", attrs.fields(cast("type[attrs.AttrsInstance]", type(value))))
