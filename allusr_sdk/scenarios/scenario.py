"""`Scenario`: what a scenario file says, read and checked."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files

from attrs import Factory, frozen

from allusr_sdk.errors import InputError, SettingsError
from allusr_sdk.settings import nearest

Table = Mapping[str, object]


@frozen(kw_only=True)
class Scenario:
    """A market that goes as told, and the account that meets it.

    Attributes:
        name: of the file, as `--scenario` names it.
        story: what happens, in a sentence or two.
        rules: ids of the rules that it shows.
        first, last: first and last day; options may choose others.
        config: tables as in `allusr.toml`, over the defaults and under a file and options.
        market: what the synthetic market is told (market.synthetic.Script).
        operator: what a person does meanwhile: `at` (New York), `action`, `ledger`, `actor`, `reason`, `closes`; with
            `weekly`, a time of day in place of `at`, on the first session of each week.
        faults: what goes wrong between desk and venue, by name, as `execution.faults.Faults` has them.
    """

    name: str
    story: str
    rules: tuple[str, ...]
    first: date
    last: date
    config: Mapping[str, Table] = Factory(dict)
    market: Table = Factory(dict)
    operator: tuple[Table, ...] = ()
    faults: Mapping[str, float] = Factory(dict)

    @property
    def layer(self) -> Mapping[str, Table]:
        """Its part of the configuration: its own tables, and its name where the settings' digest sees it."""
        return {**self.config, "market": {**self.config.get("market", {}), "scenario": self.name}}

    @classmethod
    def read(cls, name: str, text: str) -> "Scenario":
        """A scenario from the text of its file.

        Raises:
            InputError: the text is no TOML, or lacks something.
            SettingsError: a key is unknown or of another type, all problems at once.
        """
        try:
            body = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"scenario {name}: not a TOML file: {' '.join(str(error).split())}") from None
        if problems := [*_unknown(body), *_missing(body), *_mistyped(body)]:
            raise SettingsError([f"scenario {name}: {problem}" for problem in problems])
        return cls(
            name=name, story=" ".join(body["story"].split()), rules=tuple(body["rules"]),
            first=body["from"], last=body["to"], config=body.get("config", {}), market=body.get("market", {}),
            operator=tuple(body.get("operator", ())), faults=body.get("faults", {}),
        )  # fmt: skip


_KINDS: Mapping[str, type] = {
    "story": str,
    "rules": list,
    "from": date,
    "to": date,
    "config": dict,
    "market": dict,
    "operator": list,
    "faults": dict,
}
_NEEDED = ("story", "rules", "from", "to")


def _unknown(body: Table) -> list[str]:
    return [f"{key}: unknown; {nearest(key, _KINDS)}" for key in body if key not in _KINDS]


def _missing(body: Table) -> list[str]:
    return [f"{key}: is missing" for key in _NEEDED if key not in body]


def _mistyped(body: Table) -> list[str]:
    found = [(key, value) for key, value in body.items() if key in _KINDS]
    return [
        f"{key}: expected {_KINDS[key].__name__}, got {value!r}"
        for key, value in found
        if not isinstance(value, _KINDS[key]) or isinstance(value, datetime)
    ]


@lru_cache(maxsize=1)
def packaged() -> Mapping[str, Scenario]:
    """The scenarios that come with the package, by name."""
    found = [file for file in files(__package__).iterdir() if file.name.endswith(".toml")]
    made = [Scenario.read(file.name.removesuffix(".toml"), file.read_text("utf-8")) for file in found]
    return {scenario.name: scenario for scenario in sorted(made, key=lambda scenario: scenario.name)}


def scenario(name: str, others: Mapping[str, Scenario]) -> Scenario:
    """A packaged scenario, or one of those that plugins bring. Raises `InputError` for an unknown name."""
    known = {**packaged(), **others}
    if name not in known:
        raise InputError(f"--scenario {name}: unknown; {nearest(name, known)}")
    return known[name]
