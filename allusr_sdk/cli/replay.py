"""`allusr replay`: a recorded run through today's code, and what it would decide otherwise."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, cast

import typer
from attrs import define

from allusr_sdk.cli.options import HOME, Home, Json, Sets, day, names
from allusr_sdk.errors import InputError
from allusr_sdk.office.places import place

if TYPE_CHECKING:
    from allusr_sdk.config import Config
    from allusr_sdk.execution.replay import Difference, Replayed
    from allusr_sdk.host import Host
    from allusr_sdk.ledger import Run
    from allusr_sdk.market.recording import Head
    from allusr_sdk.model.events import Event

DIFFERENT = 4
BY_PATH = "file:"
"""What versions of plugins begin with that a path selected."""


def replay(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run by its number, or latest.")],
    first: Annotated[str | None, typer.Option("--from", metavar="D", help="First day that is compared.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="D", help="Last day that is compared.")] = None,
    plugins: Annotated[str | None, typer.Option(metavar="A,B", help="Other plugins than the run's.")] = None,
    sets: Sets = None,
    home: Home = HOME,
    as_json: Json = False,
) -> None:
    """Let today's code decide again on what a recorded run saw. Shows what it would write otherwise.

    The stored views meet the books as they stood before each pass; settings are the run's own, but for --plugins and
    --set. Nothing is sent or written. Ends with 0 where all is equal, with 4 where something differs.
    """
    from allusr_sdk.cli.views import recorded
    from allusr_sdk.execution.replay import replay as compare
    from allusr_sdk.host import Host
    from allusr_sdk.office.places import opened

    with opened(home, _number(run)) as found:
        market = recorded(place(home), found.id)
        config = _config(market.head, place(home), names(plugins, "--plugins"), sets or ())
        host = Host.load(config)
        went = compare(market, found, host, config.rulebook, first=day(first, "--from"), last=day(last, "--to"))
        if not went.cycles:
            raise InputError(f"run {found.id} has no recorded cycle in the period: nothing was compared")
        notes = (*_changed(market.head, host, told=bool(plugins or sets)), *_missing(went))
        _show(found, went, notes, as_json=as_json)
    if went.different:
        raise typer.Exit(DIFFERENT)


def _number(run: str) -> int | None:
    if run == "latest":
        return None
    if not run.isdecimal():
        raise InputError(f"run {run!r}: expected a number, as `allusr ledger show` lists them, or latest")
    return int(run)


def _config(head: "Head", home: str, plugins: tuple[str, ...] | None, sets: "Sequence[str]") -> "Config":
    """The run's own settings, with what is asked of this replay over them."""
    from allusr_sdk.config import Config
    from allusr_sdk.office.places import in_force

    if plugins is None:
        _placed(head)
    options: Mapping[str, object] = {} if plugins is None else {"plugins.use": list(plugins)}
    rules = in_force(home).what_if(head.rules)
    return Config.read(scenario=head.tables, sets=sets, options=options, rulebook=rules)


def _placed(head: "Head") -> None:
    """Refuse to look for plugins that a path selected: where they were is not known."""
    used = cast("Mapping[str, Sequence[str]]", head.tables["plugins"])["use"]
    unplaced = [name for name in used if head.plugins.get(name, "").startswith(BY_PATH)]
    if unplaced:
        told = ",".join(f"./{name}.py" if name in unplaced else name for name in used)
        raise InputError(
            f"plugin {', '.join(unplaced)} was selected by its path, which no recording keeps: name all plugins of the "
            f"run, as --plugins {told}"
        )


def _changed(head: "Head", host: "Host", *, told: bool) -> Iterator[str]:
    """What of the code or the rules is not as the run had it, apart from what this replay was told."""
    for name, version in host.versions.items():
        if (before := head.plugins.get(name, version)) != version:
            yield f"plugin {name}: the run had {before}, today it is {version}"
    if told:
        return
    if head.rulebook != (stamp := host.config.rulebook.stamp):
        yield f"rulebook: the run had {head.rulebook}, today it is {stamp}"
    if head.settings != host.digest:
        yield "settings: what the run did not name has other defaults today"


def _missing(went: "Replayed") -> Iterator[str]:
    if went.torn:
        yield f"the last frame of the recording is torn: its {went.torn} bytes are left out"
    if went.unseen:
        yield f"cycles of the journal without a recorded view, which are not replayed: {went.unseen:,}"


# --- showing -------------------------------------------------------------------------------------------------------


def _show(run: "Run", went: "Replayed", notes: tuple[str, ...], *, as_json: bool) -> None:
    from allusr_sdk.cli.output import emit

    if as_json:
        emit({
            "run": run.id, "cycles": went.cycles, "equal": went.equal, "different": went.different, "notes": notes,
            "differences": [_raw(difference) for difference in went.differences],
        })  # fmt: skip
        return
    for note in notes:
        print(f"note: {note}")
    for line in _lines(went.differences):
        print(line)
    print(f"run {run.id}: {went.cycles:,} cycles replayed, {went.equal:,} equal, {went.different:,} different")


def _raw(difference: "Difference") -> dict[str, object]:
    sides = {"stored": difference.stored, "today": difference.today}
    return {"at": difference.at, "cycle": difference.cycle, "ended": difference.ended} | {
        side: None if event is None else {
            "kind": event.kind, "ledger": event.ledger, "symbol": event.symbol, "rule": event.rule,
            "payload": event.payload().decode(),
        }
        for side, event in sides.items()
    }  # fmt: skip


@define
class _Shown:
    """A difference as it is shown: the instants at which it is the same one stand in one place."""

    first: "Difference"
    last: "Difference"
    times: int = 1


def _lines(differences: "tuple[Difference, ...]") -> Iterator[str]:
    """Each difference as a line for what is stored and one for what would be; what repeats in a session once."""
    found: dict[tuple[object, ...], _Shown] = {}
    for one in differences:
        key = (_date(one), *map(_about, (one.stored, one.today)), one.ended)
        if key in found:
            found[key].last, found[key].times = one, found[key].times + 1
        else:
            found[key] = _Shown(one, one)
    for shown in found.values():
        yield from _difference(shown)


def _date(difference: "Difference") -> str:
    from allusr_sdk.reports.words import clock

    return f"{clock(difference.at):%Y-%m-%d}"


def _about(event: "Event | None") -> tuple[object, ...]:
    """What of an event makes it the same as at another instant: all but its numbers."""
    from allusr_sdk.reports.journal import words

    return () if event is None else (event.kind, event.ledger, event.symbol, event.rule, words(event))


def _difference(shown: _Shown) -> Iterator[str]:
    from allusr_sdk.reports.words import clock

    one = shown.first
    at = f"{clock(one.at):%a %Y-%m-%d %H:%M}"
    again = f" ({shown.times} times until {clock(shown.last.at):%H:%M})" if shown.times > 1 else ""
    if one.ended:
        yield f"? {at} {one.ended}{again}"
        return
    for mark, event, other in (("-", one.stored, one.today), ("+", one.today, one.stored)):
        if event is not None:
            yield f"{mark} {at} {_told(event, other)}{again}"
            again = ""


def _told(event: "Event", other: "Event | None") -> str:
    """Ledger, symbol, kind, rule, words, and the numbers that the other side has not."""
    from allusr_sdk.reports.journal import numbers, words

    known = frozenset(numbers(other)) if other is not None else frozenset()
    own = [part for part in numbers(event) if part not in known]
    parts = (event.ledger or "account", event.symbol or "-", event.kind, f"[{event.rule}]", words(event))
    return " ".join(part for part in (*parts, f"| {' '.join(own)}" if own else "") if part)
