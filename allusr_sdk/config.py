"""The effective configuration: packaged defaults, then a scenario, a file, and `--set` pairs and options.

`allusr.toml` has the tables [plugins], [account], [run], [market], [execution], [broker], [ibkr], [tax], [reports],
[logs], [protocol], [sleeves.NAME], [ladders.NAME], [forks.NAME] and [rules]. Tables of plugins are kept plain here; the
host loads them with each plugin's own settings class. [accounts.NAME] has any of these tables again, for one account of
several, and its `home`. Tables of commands that look at homes from outside, as [notify], are theirs alone to read.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from attrs import asdict, frozen

from allusr_sdk import _deprecations
from allusr_sdk.errors import RuleError, SettingsError
from allusr_sdk.ibkr import Ibkr
from allusr_sdk.layers import Table, accounts, complaints, leaves, less, merged, of_file, of_pairs, own, says, toml
from allusr_sdk.logs import Logs
from allusr_sdk.model.nodes import AccountMap
from allusr_sdk.model.rearming import LOOKS, NEVER
from allusr_sdk.rulebook import Rulebook
from allusr_sdk.settings import digest, load, nearest, setting, settings
from allusr_sdk.settings.loading import kind_of


@settings
class Plugins:
    """[plugins]"""

    use: tuple[str, ...] = setting(
        default=(), help="Plugins to load by name or path, in the order in which they are asked."
    )
    protocol: str = setting(default="", help="Name of the protocol, where more than one is loaded.")


@settings
class Account:
    """[account]"""

    capital: Decimal = setting(
        default=Decimal(1_000_000), ge=1, unit="USD", help="Capital at the start, split by CAD-12."
    )
    shares: tuple[str, ...] = setting(
        default=(), help="Part of each sleeve as name=percent, where CAD-12's split is not wanted or not enough."
    )
    broker_accounts: tuple[str, ...] = setting(
        default=(),
        help="Broker's accounts as LEDGER=ACCOUNT, where ledgers do not all lie in one (CAD-13); root, m1 or f1 for"
        " all ledgers of an account.",
    )


@settings
class Run:
    """[run]"""

    seed: int = setting(default=7, ge=0, help="Seed of the synthetic market and of the fill model.")
    rearm: str = setting(
        default=NEVER, choices=(NEVER, *LOOKS),
        help="When a person is assumed to re-arm what stopped (KS-7), at 09:31 of a session; backtests alone.",
    )  # fmt: skip
    plugin_seconds: float = setting(
        default=5.0, ge=1, le=60, unit="s", help="A plugin's call that takes longer is stopped, and the account SAFE."
    )
    plugin_memory: int = setting(
        default=1024, ge=16, unit="MB", help="A plugin that adds more to the process is stopped, and the account SAFE."
    )


@settings
class Market:
    """[market]"""

    kind: str = setting(
        default="synthetic", help="Kind of source: synthetic, chains, lean, replay, ibkr, or a plugin's."
    )
    path: str = setting(default="", help="Folder or file of the source.")
    daily: str = setting(default="", help="Folder with daily bars a symbol and VIX.csv.")
    earnings: str = setting(default="", help="CSV with report dates.")
    symbols: tuple[str, ...] = setting(default=(), help="Underlyings to read; empty for all.")
    scenario: str = setting(default="", help="Name of the scenario that the synthetic market plays.")


@settings
class Execution:
    """[execution]"""

    fill: str = setting(default="seeded", choices=("seeded", "touch"), help="Fill model of the simulated venue.")
    rebuild: str = setting(default="week", choices=("week", "month"), help="How often the venue may be rebuilt.")
    seed: int = setting(
        default=0, ge=0, help="Of fills and early assignments where accounts of one market differ; 0: run.seed."
    )


@settings
class Broker:
    """[broker]"""

    use: str = setting(default="", help="Broker connection, by the name that a plugin gives it; empty: simulated.")
    account: str = setting(default="", help="Account that the connection must reach (KS-11.15).")
    currency: str = setting(default="USD", help="Currency of the account.")
    permissions: tuple[str, ...] = setting(
        default=("shares", "options"), help="What the account must be permitted to trade."
    )
    ntp: str = setting(
        default="",
        help="Time server, as host or host:port, that the clock is compared with; empty: the broker's clock.",
    )


@settings
class Tax:
    """[tax]"""

    box: str = setting(
        default="covered",
        choices=("covered", "basis", "none"),
        help="What a 1099-B says: basis reported (boxes A, D), basis not reported (B, E), no 1099-B (C, F).",
    )
    written: str = setting(
        default="gross",
        choices=("gross", "net"),
        help="Written options with proceeds and cost, or as a 1099-B has them: net proceeds, no basis (TX-2).",
    )
    outside: str = setting(
        default="", help="CSV (date, account, symbol, quantity) of purchases in other accounts, for wash sales (TX-4)."
    )
    deep_put: Decimal = setting(
        default=Decimal("0.10"), ge=Decimal("0.01"), le=1, unit="share of the strike",
        help="A put written for at least this much is deep in the money, and replaces shares sold at a loss (TX-4).",
    )  # fmt: skip
    signed_off: str = setting(
        default="", help="CPA who signed these pages' method off, with a date; without, a live account's are drafts."
    )


@settings
class Reports:
    """[reports]"""

    write: str = setting(
        default="auto", choices=("auto", "on", "off"),
        help="Whether the engine writes reports into the home's folder `reports`; auto: in paper and live.",
    )  # fmt: skip
    formats: tuple[str, ...] = setting(
        default=("auto",), help="What it writes: html, pdf, json, csv; auto: json, and html where plotly is installed."
    )


_TYPED: Mapping[str, type] = {
    "plugins": Plugins,
    "account": Account,
    "run": Run,
    "market": Market,
    "execution": Execution,
    "broker": Broker,
    "ibkr": Ibkr,
    "tax": Tax,
    "reports": Reports,
    "logs": Logs,
}
_PLAIN = ("protocol", "sleeves", "ladders", "forks", "rules")
_OUTSIDE = ("notify", "metrics", "console", "advisor", "mcp", "advice")  # of commands that are no part of a run
_PLACES = (
    "path",
    "daily",
    "earnings",
)  # where data lies must not enter a hash: the same data elsewhere is the same run
_LIMITS = ("plugin_seconds", "plugin_memory")  # nor how long a plugin may take: it changes nothing that is decided


@frozen
class Config:
    """What a run is told. Build it with `Config.read`.

    Attributes:
        sleeves, ladders, forks: a plain table for each plugin object, by its name.
        protocol: the protocol's plain table.
        rulebook: with the overrides of [rules], `--set` and `--what-if` applied.
        origins: `default`, `scenario`, `file`, `account` or `set` for each value that they name, by dotted path.
    """

    plugins: Plugins
    account: Account
    run: Run
    market: Market
    execution: Execution
    broker: Broker
    ibkr: Ibkr
    tax: Tax
    reports: Reports
    logs: Logs
    sleeves: Mapping[str, Table]
    ladders: Mapping[str, Table]
    forks: Mapping[str, Table]
    protocol: Table
    rulebook: Rulebook
    origins: Mapping[str, str]

    @classmethod
    def read(
        cls,
        file: Path | None = None,
        *,
        sets: Sequence[str] = (),
        what_if: Sequence[str] = (),
        options: Mapping[str, object] = MappingProxyType({}),
        scenario: Table = MappingProxyType({}),
        rulebook: Rulebook | None = None,
        account: str | None = None,
    ) -> "Config":
        """Read and check the configuration.

        Args:
            file: a TOML file over the packaged defaults.
            sets: `a.b=value` pairs, values as TOML or plain text; `lq_1.open_interest=600` reaches a rule as
                `rules.lq_1.open_interest=600` does.
            what_if: `rule.value=...` pairs that may loosen what the user fixed.
            options: values by dotted path, as command-line options give them; they come last.
            scenario: tables of a scenario, over the defaults and under the file.
            rulebook: in force, before any override; the packaged one if left out.
            account: whose tables [accounts.NAME] lie over the file's others; nobody's if left out.

        Raises:
            InputError: the file cannot be read, or has no such account.
            SettingsError: with all problems of the typed tables at once.
            RuleError: a fixed rule would be loosened, or a rule or value is unknown.
        """
        layers = {
            "default": toml(files("allusr_sdk").joinpath("default.toml").read_bytes(), "default.toml"),
            "scenario": scenario,
            "file": of_file(file),
            "account": {},
            "set": of_pairs(sets, options),
        }
        several, known = accounts(layers.values()), (*_TYPED, *_PLAIN)
        layers["account"] = own(several, account, known)
        layers = {name: _deprecations.renamed(less(layer, "accounts")) for name, layer in layers.items()}
        layers = {name: {k: v for k, v in layer.items() if k not in _OUTSIDE} for name, layer in layers.items()}
        tables = merged(layers.values())
        origins = {path: name for name, layer in layers.items() for path, _ in leaves(layer)}
        problems = list(complaints(several, known))
        typed = _check(tables, problems, lambda p: f"accounts.{account}.{p}" if says(layers["account"], p) else p)
        rules = (rulebook or Rulebook.default()).tightened(dict(leaves(tables.get("rules", {}))))
        return cls(
            **typed,
            **{name: tables.get(name, {}) for name in _PLAIN if name != "rules"},
            rulebook=rules.what_if(dict(_rule_pairs(what_if))) if what_if else rules,
            origins=MappingProxyType(origins),
        )

    def origin(self, path: str) -> str:
        """Where the value at a dotted path comes from: `default`, `scenario`, `file`, `account` or `set`."""
        return self.origins.get(path, "default")

    @property
    def broker_accounts(self) -> AccountMap:
        """In which of the broker's accounts ledgers lie (CAD-13)."""
        return AccountMap(dict(_placed(pair) for pair in self.account.broker_accounts), self.broker.account)

    @property
    def digest(self) -> str:
        """sha256 of all that the host has not loaded for a plugin, paths left out."""
        typed = {name: asdict(getattr(self, name)) for name in _TYPED}
        typed["market"] = {k: v for k, v in typed["market"].items() if k not in _PLACES}
        typed["run"] = {k: v for k, v in typed["run"].items() if k not in _LIMITS}
        if self.run.rearm == NEVER:
            del typed["run"]["rearm"]  # a run that nobody re-arms is what it was before one could be
        del typed["ibkr"]  # how a broker is reached decides nothing
        del typed["reports"]  # tells what was done
        del typed["logs"]  # likewise
        del typed["tax"]  # reads the journal afterwards, and decides nothing
        del typed["account"]["broker_accounts"]  # may keep a run from its start, and decides nothing in it
        if not self.execution.seed:
            del typed["execution"]["seed"]  # one that draws by run.seed is what it was before it could not
        if not self.broker.use:
            del typed["broker"]  # a simulated account is what it was before there were others
        return digest(typed)


def _check(tables: Table, problems: list[str], told: Callable[[str], str]) -> dict[str, Any]:
    """The typed tables. Raises `SettingsError` with what is a problem already and all others, `told` each."""
    found: list[str] = []
    known = (*_TYPED, *_PLAIN, "accounts")
    found += [f"{name}: unknown table; {nearest(name, known)}" for name in tables if name not in known]
    for name in _PLAIN:
        found += _not_tables(name, tables.get(name, {}), inner=name in ("sleeves", "ladders", "forks"))
    typed: dict[str, Any] = {}
    for name, kind in _TYPED.items():
        try:
            typed[name] = load(kind, tables.get(name, {}), where=name)
        except SettingsError as error:
            found += error.problems
    if "account" in typed:
        found += _misplaced(typed["account"].broker_accounts)
    if problems or found:
        raise SettingsError([*problems, *map(told, found)])
    return typed


def _misplaced(pairs: Sequence[str]) -> Iterator[str]:
    """What is wrong with a map of ledgers to broker accounts."""
    names = Counter(_placed(pair)[0] for pair in pairs)
    for pair in pairs:
        if not all(_placed(pair)):
            yield f"account.broker_accounts: {pair!r} is no LEDGER=ACCOUNT"
    yield from (f"account.broker_accounts: {name} lies in one account, and is named {n} times"
                for name, n in names.items() if name and n > 1)  # fmt: skip


def _placed(pair: str) -> tuple[str, str]:
    ledger, _, account = pair.partition("=")
    return ledger.strip(), account.strip()


def _not_tables(name: str, body: object, *, inner: bool) -> list[str]:
    if not isinstance(body, Mapping):
        return [f"{name}: expected a table, got {kind_of(body)}"]
    return [
        f"{name}.{key}: expected a table, got {kind_of(value)}; write [{name}.NAME]"
        for key, value in body.items()
        if inner and not isinstance(value, Mapping)
    ]


def _rule_pairs(what_if: Sequence[str]) -> Iterator[tuple[str, object]]:
    for pair in what_if:
        key, equals, text = pair.partition("=")
        if not equals:
            raise RuleError(f"{key}: --what-if {pair}: expected rule.value=number")
        yield key.strip().removeprefix("rules."), text.strip()
