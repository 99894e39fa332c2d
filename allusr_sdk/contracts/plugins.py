"""The classes that plugins subclass. Each is a pure function of settings and view; none keeps state of its own."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from types import get_original_bases
from typing import ClassVar, Final, Protocol, cast, get_args

from attrs import Factory, frozen

from allusr_sdk.contracts.growth import Fork, Merge, Tree
from allusr_sdk.contracts.ladders import LadderView
from allusr_sdk.contracts.view import SleeveView
from allusr_sdk.model.intents import Band, Candidate, Intent, Numbers
from allusr_sdk.model.positions import Position, Watch
from allusr_sdk.rulebook import Rulebook


class _Trades(Protocol):
    @property
    def symbols(self) -> tuple[str, ...]: ...


class Configured[S]:
    """A plugin object with its settings; `class Wheel(Sleeve[WheelSettings])` ties the two together.

    Attributes:
        name: what stands in the journal and names its table of settings, an identifier.
        settings: the values of that table, frozen.
    """

    name: ClassVar[str] = ""

    def __init__(self, settings: S) -> None:
        self.settings: Final[S] = settings

    @classmethod
    def settings_type(cls) -> type[S]:
        """The settings class named in the subclass's type argument. Raises `TypeError` where none is named."""
        for klass in cls.__mro__:
            for base in get_original_bases(klass):
                arguments = get_args(base)
                if arguments and isinstance(arguments[0], type):
                    return cast("type[S]", arguments[0])
        raise TypeError(f"{cls.__name__} names no settings class: write Sleeve[YourSettings]")


class Sleeve[S](Configured[S]):
    """Decides what is written.

    `deploys` is `base` where profits stay undeployed, `equity` where they work (CAD-10); `prepares` names the rule
    value from which rolls of its positions are prepared, in ATR (PE-2). `warmup` is after how many sessions of a run
    it no longer matters to what it decides when the run began.
    """

    deploys: ClassVar[str] = "base"
    prepares: ClassVar[str] = "PE-2.prepare_gen"
    warmup: ClassVar[int] = 0

    @property
    def symbols(self) -> tuple[str, ...]:
        """The underlyings that the sleeve may trade, those of its settings by default."""
        return tuple(cast(_Trades, self.settings).symbols)

    def bands(self, rules: Rulebook) -> tuple[Band, ...]:
        """Every band that its contracts may come from, the sleeve's own first.

        An intent that rests on none of them quarantines the sleeve.
        """
        raise NotImplementedError(f"{type(self).__name__} declares no bands")

    def propose(self, view: SleeveView) -> Iterable[Intent]:
        """New business at this instant: `Sell`, `Shares` or `Skip` for each symbol that is fresh in the view.

        A list, a tuple or a generator. What raises, or leaves the declared bands, quarantines the sleeve, and none of
        this instant's intents is used.
        """
        raise NotImplementedError(f"{type(self).__name__} proposes nothing")

    def manage(self, position: Position, view: SleeveView) -> Iterable[Intent]:
        """What the sleeve wants of an open position beyond the protocol; nothing by default."""
        return ()

    def next_expiry(self, symbol: str, view: SleeveView) -> date | None:
        """The expiry of the sleeve's next cycle, for a roll (PE-8 A); the next week's last session by default.

        None where the chain does not list it.
        """
        following = view.calendar.week(view.calendar.after(view.week[-1].day).day)[-1].day
        return following if following in view.expiries(symbol) else None


@frozen
class Assessment:
    """What a protocol sees in one position: its new watch, m in ATR, and the numbers behind them."""

    watch: Watch
    m: float
    rule: str
    why: str = ""
    numbers: Numbers = Factory(dict)


@frozen
class Calm:
    """How long a hold stands: `assess` and `respond` would answer just the same at every instant within these limits.

    It speaks for the running session and the same position, and for the sleeve's other books as `alone` says.

    Attributes:
        low, high: dollars; the underlying's spot lies between them, both excluded.
        until: the first instant (aware) at which it stands no longer.
        above: dollars a share; the option's mid lies over it. None where its mid plays no part.
        time_value: dollars a share; the option's bid holds more than this over what exercising it is worth, which
            may be negative. None where that plays no part.
        alone: whether it stands whatever else changes in the sleeve's books, `beside` apart.
        beside: another position of the sleeve that it rests on; None where there is none.
    """

    low: float
    high: float
    until: datetime
    above: float | None = None
    alone: bool = False
    time_value: float | None = None
    beside: Position | None = None


class RiskProtocol[S](Configured[S]):
    """Watches positions and answers with exits, rolls and preparations. One a run."""

    def assess(self, position: Position, view: SleeveView) -> Assessment | None:
        """Level of a position at this instant; None where nothing can be said (no fresh price)."""
        raise NotImplementedError(f"{type(self).__name__} assesses nothing")

    def respond(self, position: Position, assessment: Assessment, view: SleeveView) -> Iterable[Intent | Candidate]:
        """Exits, rolls, preparations and holds that follow from an assessment; at least one."""
        raise NotImplementedError(f"{type(self).__name__} answers nothing")

    def calm(self, position: Position, assessment: Assessment, view: SleeveView) -> Calm | None:
        """How long a hold just given stands, so that it need not be asked for again; None, the default: not at all.

        It saves time and must change nothing: asked again within the limits, the protocol would say the same.
        """
        return None

    def hedge(self, view: SleeveView) -> Iterable[Intent]:
        """Hedges to buy for a sleeve now, hedges to release, and why none; asked once a cycle after its positions."""
        return ()

    def quiet(self, view: SleeveView) -> tuple[datetime, datetime] | None:
        """From when until when (aware) in this session no hedge is wished or released while books and tiers are these.

        Asked when `hedge` wished nothing. It saves time and must change nothing; None, the default: not at all.
        """
        return None

    def triggers(self, view: SleeveView) -> Mapping[str, bool | None]:
        """What calls for hedges of a sleeve, by name: on, off, or unknown (None); for the ladder of hedges (LL-4).

        Nothing is told by default, and a ladder takes what it is not told for unknown.
        """
        return {}


class LadderManager[S](Configured[S]):
    """Runs an account's ladders of long-dated options: one for growth, one of its hedges (LL-1 to LL-4). One a run."""

    def plan(self, view: LadderView) -> Iterable[Intent]:
        """What to do with one ladder: `Rung`, `Close`, `Hedge`, `Note`, and a `Skip` for whatever stays as it is.

        Asked once a session for each ledger that has begun, `view.growth` tells which. Only growth has rungs, only
        the hedges' ledger buys hedges. A roll is a close, and a purchase once it was paid: what must be remembered
        between the two is a note.
        """
        raise NotImplementedError(f"{type(self).__name__} plans nothing")


class ForkRule[S](Configured[S]):
    """Decides when ledgers fork and accounts merge (FK-1 to FK-4); the kernel says whether they may (FK-5, FK-6).

    It is a function of the tree alone: what has left lowers the surplus, so that a rule which is asked once more gets
    what is still due and asks for nothing twice.
    """

    def decide(self, tree: Tree) -> Iterable[Fork | Merge]:
        """Forks and merges due once a week is final, after reconciliation; done in this order, each on its own."""
        raise NotImplementedError(f"{type(self).__name__} decides nothing")
