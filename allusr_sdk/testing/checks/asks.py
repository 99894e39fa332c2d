"""`Ask`: one question that a plugin was asked, kept so that it can be asked again, and what it answered."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast

from attrs import evolve, frozen

from allusr_sdk.contracts import SleeveView
from allusr_sdk.contracts.plugins import Configured
from allusr_sdk.model.intents import Intent, Sell, Shares
from allusr_sdk.model.positions import Position

METHODS = {
    "sleeve": ("propose", "manage"),
    "protocol": ("assess", "respond", "hedge"),
    "ladder": ("plan",),
    "fork": ("decide",),
}
"""What objects of each kind are asked."""


@frozen(eq=False)
class Ask:
    """One question.

    Attributes:
        method: its name; `arguments` what was passed.
        answer: what came back, a generator as a tuple; None where it raised.
        raised: the exception, in words.
    """

    method: str
    arguments: tuple[object, ...]
    answer: object = None
    raised: str = ""

    @property
    def view(self) -> SleeveView:
        """The view that it was asked with."""
        return next(a for a in self.arguments if isinstance(a, SleeveView))

    @property
    def at(self) -> datetime:
        """Its instant."""
        return self.view.at

    @property
    def intents(self) -> tuple[Intent, ...]:
        """The intents of the answer."""
        found = self.answer if isinstance(self.answer, tuple) else ()
        return tuple(item for item in found if isinstance(item, Intent))

    @property
    def opening(self) -> tuple[Sell | Shares, ...]:
        """What of the answer opens or adds."""
        found = self.intents if self.method == "propose" else ()
        return tuple(i for i in found if isinstance(i, Sell) or (isinstance(i, Shares) and i.quantity > 0))

    @property
    def said(self) -> str:
        """The answer as text: equal answers read alike, unknown numbers (NaN) included."""
        return self.raised or repr(self.answer)

    def seen(self, change: Callable[[SleeveView], SleeveView]) -> "Ask":
        """The same question of another view."""
        changed = (change(a) if isinstance(a, SleeveView) else a for a in self.arguments)
        return evolve(self, arguments=tuple(changed))

    def again(self, plugin: Configured[Any]) -> "Ask":
        """Asked once more, of `plugin`; what it raises is kept."""
        return asked(plugin, self.method, self.arguments)

    def __str__(self) -> str:
        about = next((f" of {a.key}" for a in self.arguments if isinstance(a, Position)), "")
        where = (
            f" at {self.view.clock:%a %Y-%m-%d %H:%M}" if any(isinstance(a, SleeveView) for a in self.arguments) else ""
        )
        return f"{self.method}{about}{where}"


def asked(plugin: Configured[Any], method: str, arguments: tuple[object, ...]) -> Ask:
    """Ask a plugin. Whatever it raises is kept, for a stranger's code may raise anything."""
    try:
        value: object = getattr(plugin, method)(*arguments)
        answer = value if method == "assess" else tuple(cast("Iterable[object]", value))
    except Exception as error:  # kept as the answer: the checks decide what it means
        return Ask(method, arguments, raised=f"{type(error).__name__}: {error}")
    return Ask(method, arguments, answer)


def held(view: SleeveView) -> SleeveView:
    """The view without the kernel behind it: its ATRs as they are now."""
    known = MappingProxyType({symbol: view.atr(symbol) for symbol in view.market.snapshots})
    return evolve(view, ranges=known.get)


def recording[C: Configured[Any]](cls: type[C], methods: Sequence[str], log: list[Ask]) -> type[C]:
    """A subclass that keeps every question and answer; methods that the class leaves to its base stay there."""
    own = [name for name in methods if not _inherited(cls, name)]
    body: dict[str, object] = {name: _kept(cls, name, log) for name in own}
    made = type(cls.__name__, (cls,), {**body, "__doc__": cls.__doc__, "__module__": cls.__module__})
    return cast("type[C]", made)


def _inherited(cls: type, name: str) -> bool:
    owner = next(k for k in cls.__mro__ if name in k.__dict__)
    return owner.__module__ == "allusr_sdk.contracts.plugins"


def _kept(cls: type, name: str, log: list[Ask]) -> Callable[..., object]:
    method = cast("Callable[..., object]", getattr(cls, name))

    def ask(self: object, *arguments: object) -> object:
        kept = tuple(held(a) if isinstance(a, SleeveView) else a for a in arguments)
        try:
            value = method(self, *arguments)
            answer = value if name == "assess" else tuple(cast("Iterable[object]", value))
        except BaseException as error:
            log.append(Ask(name, kept, raised=f"{type(error).__name__}: {error}"))
            raise
        log.append(Ask(name, kept, answer))
        return answer

    return ask
