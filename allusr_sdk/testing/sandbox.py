"""`Sandbox`: the real kernel and the simulated venue over a tape, with a ledger in memory."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from weakref import finalize

from allusr_sdk.config import Config
from allusr_sdk.errors import InputError
from allusr_sdk.execution.informed import Informed
from allusr_sdk.execution.plan import Plan
from allusr_sdk.execution.run import simulate
from allusr_sdk.execution.split import split
from allusr_sdk.host import Host
from allusr_sdk.ledger import Ledger, Run, open_ledger
from allusr_sdk.testing.broker import Broker
from allusr_sdk.testing.market import Market
from allusr_sdk.testing.played import Played
from allusr_sdk.testing.tape import Tape

_MODES = ("backtest", "paper")


class Sandbox:
    """Runs plugins as `allusr run` does: what it decides, executes and books is decided by the same code.

    Args:
        market: what is played; a `Market` is walked once however often it is used.
        plugins: contract classes, modules, objects with hooks, or names of installed plugins, in the order of asking.
        config: tables as in `allusr.toml`, over the packaged defaults.
        capital: dollars, split over the sleeves as the command line does (CAD-12).
        mode: `backtest`, or `paper`, in which each entry is durable before the next.
        broker: what goes wrong between desk and venue.
        seed: of fills and faults.
        ledger: where the run is kept; without one it lives in memory as long as what was played.

    Raises:
        InputError: an unknown mode, or what a plugin or the configuration has wrong, when it is run.
    """

    def __init__(
        self, market: Market | Tape, *plugins: object, config: Mapping[str, object] | None = None,
        capital: Decimal | int = 1_000_000, mode: str = "backtest", broker: Broker | None = None, seed: int = 7,
        ledger: Ledger | None = None,
    ) -> None:  # fmt: skip
        if mode not in _MODES:
            raise InputError(f"sandbox: mode {mode!r} is none of {', '.join(_MODES)}")
        self._market, self._plugins, self._config = market, plugins, config or {}
        self._capital, self._mode, self._seed = Decimal(capital), mode, seed
        self._broker, self._ledger = broker or Broker(), ledger

    def run(self) -> Played:
        """Play the whole tape with plugins built anew.

        Raises:
            BreakError: books and venue disagreed.
        """
        plan = self.plan()
        if self._ledger is not None:
            return Played(simulate(plan, self._ledger))
        return in_memory(lambda ledger: simulate(plan, ledger))

    def plan(self) -> Plan:
        """Everything that the run depends on, resolved."""
        config = self._configured()
        host = Host.of(*self._plugins, config=config)
        tape = self._broker.over(self._market.tape() if isinstance(self._market, Market) else self._market)
        return Plan(
            mode=self._mode, source=Informed(tape, host) if host.informed else tape, first=tape.first, last=tape.last,
            capital=config.account.capital, seed=config.run.seed, host=host, rules=config.rulebook,
            split=split(tuple(host.sleeves), config.rulebook, shares=config.account.shares),
            fills=config.execution.fill, rebuild=config.execution.rebuild, settings=host.digest,
            faults=self._broker.faults(config.run.seed),
        )  # fmt: skip

    def _configured(self) -> Config:
        named = [plugin for plugin in self._plugins if isinstance(plugin, str)]
        given = {"plugins.use": named, "account.capital": self._capital, "run.seed": self._seed}
        return Config.read(scenario=self._config, options=given)


def in_memory(play: Callable[[Ledger], Run]) -> Played:
    """What is played over a ledger in memory, which is closed when nobody holds the result any more."""
    ledger = open_ledger("sqlite://")
    try:
        played = Played(play(ledger))
    except BaseException:
        ledger.close()
        raise
    finalize(played, ledger.close)
    return played
