"""The trees of columns beside the engine's: a run's own steps, lived through by this room's rules, entry for entry."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from attrs import Factory, define, frozen

from allusr_sdk.ledger import Run
from allusr_sdk.model import events as ev
from allusr_sdk.model.calendar import NEW_YORK
from allusr_sdk.model.chains import Flags
from allusr_sdk.model.money import ZERO
from allusr_sdk.montecarlo.draws import Own
from allusr_sdk.montecarlo.forest import Forest
from allusr_sdk.montecarlo.grown import Growing
from allusr_sdk.montecarlo.layout import SLEEVES, Ints, Layout
from allusr_sdk.montecarlo.mornings import Tell
from allusr_sdk.montecarlo.terms import Terms
from allusr_sdk.montecarlo.weeks import Weeks
from allusr_sdk.rulebook import Rulebook

TOLERANCE = Decimal("0.01")
"""Dollars by which an amount may differ: shares are floats, and a cent may be rounded the other way once in a while."""


@frozen(order=True)
class Growth:
    """An entry of capital, of the engine or of columns.

    Attributes:
        day: New York date of its morning.
        kind: ForkIntended, ForkCapped, MergeIntended, MergeSent, Reinvested, TransferSent or, in kind, HedgesSent.
        ledger: whose it is, of a merge that is intended the account's id; `other` the account or ledger that gets it.
        amount: dollars; 0 of what goes in kind, which ledgers' equity tells.
    """

    day: date
    kind: str
    ledger: str
    other: str
    amount: Decimal

    @property
    def key(self) -> tuple[object, ...]:
        """All but the amount."""
        return self.day, self.kind, self.ledger, self.other


_AT_MARKS = frozenset({"MergeSent", "HedgesSent"})


@frozen(kw_only=True)
class Agreement:
    """Both sides of a run.

    Attributes:
        engine, columns: entries of capital of each side, in order.
        alone: those that one side has and the other has not, or with an amount further off than the tolerance.
        apart: by ledger, the dollars by which it differed most on any morning, transfers of the morning done.
        mornings: how many were compared.
        equity: dollars of all ledgers at the end, of the engine and of columns.
    """

    engine: tuple[Growth, ...]
    columns: tuple[Growth, ...]
    alone: tuple[Growth, ...]
    apart: Mapping[str, Decimal]
    mornings: int
    equity: tuple[Decimal, Decimal]

    @property
    def agrees(self) -> bool:
        """Whether every entry is on both sides and no ledger is further off than the tolerance."""
        return not self.alone and max(self.apart.values(), default=ZERO) <= TOLERANCE


def agreement(run: Run, weeks: Weeks, rules: Rulebook, *, alike: bool = False) -> Agreement:
    """Live a run's own steps through in columns, and set the tree beside the run's own.

    Args:
        run: the run.
        weeks: what `weeks_of` read of it.
        rules: in force in it.
        alike: give every ledger what the first account's ledger of its style did, as drawn weeks do: how far that
            simplification goes.

    Raises:
        InputError: the run lacks a sleeve of CAD-12.
    """
    weeks.require_sleeves()
    terms, columns = Terms.of(rules), _Columns(weeks)
    opening = weeks.equity[0, [weeks.ledgers.index(name) for name in SLEEVES]]
    forest = Forest.planted(Layout(terms.most), opening, 1)
    Growing(
        forest, Own(weeks, alike), weeks.calendar, terms, weeks.laddered, columns.watch, columns.hear(forest)
    ).grow()
    last = weeks.calendar.days[-1]
    engine = tuple(sorted(one for one in _engine(run) if one.day <= last))
    heard = tuple(sorted(columns.entries))
    end = Decimal(int(weeks.equity[-1].sum())) / 100, sum(columns.stands[-1].values(), ZERO)
    return Agreement(
        engine=engine, columns=heard, alone=tuple(_alone(engine, heard)), apart=_apart(weeks, columns.stands),
        mornings=len(columns.stands), equity=end,
    )  # fmt: skip


def _alone(engine: Sequence[Growth], columns: Sequence[Growth]) -> Iterator[Growth]:
    """Entries without their like on the other side."""
    for mine, others in ((engine, columns), (columns, engine)):
        amounts: dict[tuple[object, ...], list[Decimal]] = {}
        for one in others:
            amounts.setdefault(one.key, []).append(one.amount)
        for one in mine:
            near = [found for found in amounts.get(one.key, []) if abs(found - one.amount) <= TOLERANCE]
            if not near:
                yield one
            else:
                amounts[one.key].remove(near[0])


def _apart(weeks: Weeks, stands: Sequence[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    names = sorted({name for stand in stands for name in stand} | set(weeks.ledgers))
    theirs = {name: weeks.equity[:, place] for place, name in enumerate(weeks.ledgers)}
    return {
        name: max(
            abs(stand.get(name, ZERO) - (Decimal(int(theirs[name][k])) / 100 if name in theirs else ZERO))
            for k, stand in enumerate(stands)
        )
        for name in names
    }


@define(eq=False)
class _Columns:
    """What happens to the one path of a forest."""

    weeks: Weeks
    entries: list[Growth] = Factory(list)
    stands: list[Mapping[str, Decimal]] = Factory(list)

    def watch(self, k: int, forest: Forest) -> None:
        """Note how ledgers stand after a morning."""
        held = [row for row in range(forest.live) if forest.active[forest.layout.place[row], 0]]
        self.stands.append({_name(row, forest): _dollars(forest.equity[row]) for row in held})

    def hear(self, forest: Forest) -> Callable[[int], Tell]:
        """Note entries of a morning."""

        def on(k: int) -> Tell:
            def tell(what: str, row: int, other: int, where: Flags, amount: Ints) -> None:
                if where[0]:
                    self.entries.append(self._entry(k, what, row, other, amount, forest))

            return tell

        return on

    def _entry(self, k: int, what: str, row: int, other: int, amount: Ints, forest: Forest) -> Growth:
        place = int(forest.layout.place[other if what == "ForkIntended" else row])
        account = forest.layout.node(place, int(forest.ordinal[place, 0]))
        ledger = account if what == "MergeIntended" else _name(row, forest)
        named = {"ForkIntended": account, "TransferSent": _name(other, forest), "HedgesSent": _name(other, forest)}
        told = ZERO if what in _AT_MARKS else _dollars(amount)
        return Growth(self.weeks.calendar.days[k], what, ledger, named.get(what, ""), told)


def _name(row: int, forest: Forest) -> str:
    place = forest.layout.place[row]
    return forest.layout.ledger(row, int(forest.ordinal[place, 0]))


def _dollars(amount: Ints) -> Decimal:
    return Decimal(int(amount[0])) / 100


# --- the engine's side ----------------------------------------------------------------------------------------------


def _engine(run: Run) -> Iterator[Growth]:
    for kind, tell in _TOLD.items():
        for entry in run.entries(kind=kind.__name__):
            yield tell(entry.at.astimezone(NEW_YORK).date(), entry.event)


def _fork(day: date, event: ev.ForkIntended) -> Growth:
    return Growth(day, "ForkIntended", event.ledger, event.node, event.amount)


def _capped(day: date, event: ev.ForkCapped) -> Growth:
    return Growth(day, "ForkCapped", event.ledger, "", event.amount)


def _merging(day: date, event: ev.MergeIntended) -> Growth:
    return Growth(day, "MergeIntended", event.node, "", event.equity)


def _sent(day: date, event: ev.MergeSent) -> Growth:
    return Growth(day, "MergeSent", event.ledger, "", ZERO)


def _reinvested(day: date, event: ev.Reinvested) -> Growth:
    return Growth(day, "Reinvested", event.ledger, "", event.gain)


def _transfer(day: date, event: ev.TransferSent) -> Growth:
    return Growth(day, "HedgesSent" if event.lots else "TransferSent", event.ledger, event.to, event.amount)


_TOLD: dict[type[ev.Event], Callable[..., Growth]] = {
    ev.ForkIntended: _fork,
    ev.ForkCapped: _capped,
    ev.MergeIntended: _merging,
    ev.MergeSent: _sent,
    ev.Reinvested: _reinvested,
    ev.TransferSent: _transfer,
}
