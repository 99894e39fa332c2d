"""`Control`: a test's hand on the simulator's process. What it does is done when the call returns."""

import inspect
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Concatenate, cast, get_type_hints

from allusr_sdk.testing.channel.line import TIMEOUT, Line
from allusr_sdk.testing.tws.deeds import Deeds


class Verb[**P, R]:
    """A method of `Deeds` that is asked for over the line, with the same arguments and the same answer."""

    def __init__(self, deed: Callable[Concatenate[Deeds, P], R]) -> None:
        self._name, self._signature = deed.__name__, inspect.signature(deed)
        self._into: type[R] = get_type_hints(deed)["return"]
        self.__doc__ = deed.__doc__

    def __get__(self, control: "Control", owner: type) -> Callable[P, R]:
        return cast("Callable[P, R]", partial(self._ask, control))

    def _ask(self, control: "Control", *args: object, **given: object) -> R:
        named = self._signature.bind(control, *args, **given).arguments
        named.pop("self")
        return control.line.ask(self._into, self._name, **named)


class Control:
    """Moves world, clock and connections; every method raises `InputError` for what cannot be done.

    Args:
        place: file in which the process writes its ports.
        timeout: seconds that a question waits before `BrokerSilent` is raised.
    """

    def __init__(self, place: Path | str, timeout: float = TIMEOUT) -> None:
        self.line = Line(Path(place), "control", timeout, "TWS simulator")

    reset = Verb(Deeds.reset)

    now = Verb(Deeds.now)
    advance = Verb(Deeds.advance)
    tick = Verb(Deeds.tick)
    step = Verb(Deeds.step)
    pace = Verb(Deeds.pace)
    quote = Verb(Deeds.quote)
    unquote = Verb(Deeds.unquote)
    deny = Verb(Deeds.deny)
    grant = Verb(Deeds.grant)
    farm = Verb(Deeds.farm)
    link = Verb(Deeds.link)

    fill = Verb(Deeds.fill)
    cancel = Verb(Deeds.cancel)
    hold = Verb(Deeds.hold)
    resume = Verb(Deeds.resume)
    inform = Verb(Deeds.inform)
    say = Verb(Deeds.say)
    again = Verb(Deeds.again)
    manual = Verb(Deeds.manual)
    correct = Verb(Deeds.correct)
    release_commissions = Verb(Deeds.release_commissions)

    assign = Verb(Deeds.assign)
    exercise = Verb(Deeds.exercise)
    expire = Verb(Deeds.expire)
    settle = Verb(Deeds.settle)
    late = Verb(Deeds.late)
    split = Verb(Deeds.split)
    become = Verb(Deeds.become)
    dividend = Verb(Deeds.dividend)
    liquidate = Verb(Deeds.liquidate)
    position = Verb(Deeds.position)
    shift = Verb(Deeds.shift)

    fault = Verb(Deeds.fault)
    mend = Verb(Deeds.mend)
    release = Verb(Deeds.release)
    mute = Verb(Deeds.mute)
    silent = Verb(Deeds.silent)
    hold_id = Verb(Deeds.hold_id)
    free_id = Verb(Deeds.free_id)
    cut = Verb(Deeds.cut)
    down = Verb(Deeds.down)
    up = Verb(Deeds.up)
    stop = Verb(Deeds.stop)

    orders = Verb(Deeds.orders)
    fills = Verb(Deeds.fills)
    account = Verb(Deeds.account)
    violations = Verb(Deeds.violations)
    rates = Verb(Deeds.rates)
    clients = Verb(Deeds.clients)
    lines = Verb(Deeds.lines)
    faults = Verb(Deeds.faults)
    con_id = Verb(Deeds.con_id)

    def turn(self, **manners: object) -> None:
        """Change how it behaves, by the names of `Manners`: `turn(reason_first=True)`, `turn(rules=Rules(...))`."""
        self.line.ask(type(None), "turn", change=manners, names=tuple(manners))

    def play(self, **rules: object) -> None:
        """How limits fill and cost from now on, by the names of `Rules`: `play(fills="never")`."""
        self.turn(rules=rules)

    def close(self) -> None:
        """Let the control's own connection go."""
        self.line.close()
