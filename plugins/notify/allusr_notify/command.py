"""`allusr notify`: a process of its own that follows homes and tells people."""

import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allusr_sdk.errors import InputError, KernelError
from allusr_sdk.settings import nearest

if TYPE_CHECKING:
    from allusr_notify.channels import Channel
    from allusr_notify.posting import Post
    from allusr_notify.state import State
    from allusr_notify.wanted import Notify
    from allusr_notify.watching import Watched
    from allusr_sdk.settings import Secret

LOG = logging.getLogger("allusr.notify")


def notify(
    once: Annotated[
        bool, typer.Option("--once", help="Look and send once; what is held back waits for the next.")
    ] = False,
    test: Annotated[bool, typer.Option("--test", help="Send a note to every channel and say which took it.")] = False,
    dry: Annotated[bool, typer.Option("--print", help="Print what would be sent; nothing is sent or kept.")] = False,
    after: Annotated[
        int | None,
        typer.Option("--after", min=0, metavar="N", help="Begin after this entry of the newest run, the first time."),
    ] = None,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="FILE", help="What was told. [default: HOME/notify.state]")
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="A TOML file with [notify].")] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="K=V", help="A setting, as notify.quiet=22:00-07:00.")
    ] = None,
    home: Annotated[
        str,
        typer.Option("--home", envvar="ALLUSR_HOME", metavar="DIR", help="A home, or a folder with one an account."),
    ] = "~/.allusr",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Tell people what an account does, by mail, chat or push: fills, levels, halts, breaks, weeks, and its silence.

    A process of its own that reads homes and changes nothing in them. Channels are addresses as apprise knows them, in
    ALLUSR_NOTIFY_URLS or a file that [notify] names; they are never shown. A note is sent until its channel has taken
    it; after a crash it may come twice, with the same entry numbers. It begins with what happens from now on.
    """
    from allusr_notify.channels import channels, ping
    from allusr_notify.wanted import Notify
    from allusr_sdk.logs import Logs, written
    from allusr_sdk.office.tables import homes, own

    wanted = own(Notify, "notify", config, sets or ())
    where = homes(home, config)
    found = () if dry else channels(wanted.file)
    if not found and not dry:
        raise InputError("no channel: put addresses into ALLUSR_NOTIFY_URLS, or into a file that [notify] file names")
    _reachable(wanted, found)
    with written(own(Logs, "logs", config, sets or ()), who="notify"):
        if test:
            _test([(channel.name, channel.service, channel.send) for channel in found], as_json=as_json)
            return
        _require(where)
        if dry:
            _print(wanted, where, after, as_json=as_json)
            return
        from allusr_notify.posting import Post
        from allusr_notify.state import kept, place_of

        place = place_of(home, state)
        with kept(place) as held:
            follow = Follow(wanted, where, after, Post(wanted=wanted, channels=found, state=held), place)
            follow.address = ping(wanted.file)
            _once(follow, held, as_json=as_json) if once else follow.run()


# --- once and on ---------------------------------------------------------------------------------------------------


class Follow:
    """Looks at homes, lets notes wait in the state, and sends what is due.

    Args:
        wanted: the settings.
        homes: by account.
        after: see `Watched`.
        post: sends; its state is kept in the file `place`.
    """

    address: "Secret | None" = None

    def __init__(
        self, wanted: "Notify", homes: Mapping[str, str], after: int | None, post: "Post", place: Path
    ) -> None:  # fmt: skip
        self._wanted, self._post, self._place = wanted, post, place
        self._watched, self._pinged = watched(wanted, homes, after, post.state), 0.0

    def turn(self, now: float) -> list[tuple[str, bool]]:
        """Look once and send what is due; the channels and whether they took each message.

        What was read is kept before anything is sent, and what was taken after each message.
        """
        from allusr_notify.state import write

        for account in self._watched:
            for note in account.look():
                self._post.put(note, now)
        self._alive(now)
        self._post.shed(now)
        write(self._place, self._post.state)
        done = []
        for channel, taken in self._post.send(now):
            write(self._place, self._post.state)
            done.append((channel, taken))
        write(self._place, self._post.state)
        self._ping(now)
        return done

    def run(self) -> None:
        """Turn until asked to end by SIGTERM or an interrupt."""
        names = ", ".join(account.teller.account or account.home for account in self._watched)
        print(
            f"following {names}; channels: {len(self._post.channels)}; state {self._place}", file=sys.stderr, flush=True
        )
        with _asked() as stop:
            while not stop.is_set():
                try:
                    self.turn(time.time())
                except OSError as why:  # a full disk; notes are told again then
                    LOG.error("the state %s cannot be kept: %s", self._place, why)
                stop.wait(self._wanted.look)
        self.close()

    def close(self) -> None:
        """Give every connection back."""
        for account in self._watched:
            account.close()

    def _alive(self, now: float) -> None:
        day = self._wanted.alive_day(datetime.fromtimestamp(now, UTC))
        if not day or day == self._post.state.alive:
            return
        self._post.state.alive = day
        for account in self._watched:
            how = account.summary if account.well else f"NOT WELL: {account.summary or 'it cannot be read'}"
            self._post.put(account.teller.note("alive", how, ref=day), now)

    def _ping(self, now: float) -> None:
        """Ask for the address of ALLUSR_NOTIFY_PING while all is well, so that somebody misses it when it is not."""
        ill = any(not account.well for account in self._watched) or any(
            trouble.times > 1 for trouble in self._post.troubles.values()
        )
        if self.address is None or ill or now - self._pinged < self._wanted.ping_seconds:
            return
        from urllib.request import urlopen

        self._pinged = now
        try:
            with urlopen(self.address.reveal(), timeout=10) as answer:
                answer.read(1)
        except (OSError, ValueError) as why:
            LOG.warning("the address of ALLUSR_NOTIFY_PING does not answer (%s)", type(why).__name__)


def watched(wanted: "Notify", homes: Mapping[str, str], after: int | None, state: "State") -> "list[Watched]":
    """The accounts as they are watched, each with its place in the state."""
    from allusr_notify.notes import Teller
    from allusr_notify.state import Cursor
    from allusr_notify.watching import Watched
    from allusr_sdk.office.places import shown

    return [
        Watched(
            home=home, teller=Teller(account=name, home=shown(home), severities=wanted.matters),
            cursor=state.accounts.setdefault(name, Cursor()), after=after,
        )
        for name, home in homes.items()
    ]  # fmt: skip


def _once(follow: Follow, state: "State", *, as_json: bool) -> None:
    from allusr_notify.posting import counts

    done = follow.turn(time.time())
    follow.close()
    failed, waits = [name for name, taken in done if not taken], dict(counts(state))
    if as_json:
        print(json.dumps({"sent": len(done) - len(failed), "failed": failed, "waiting": waits}))
    else:
        held = ", ".join(f"{count} wait for {name}" for name, count in waits.items())
        print(f"messages sent: {len(done) - len(failed)}{f'; {held}' if held else ''}")
    if failed:
        raise KernelError(
            f"not taken by {', '.join(dict.fromkeys(failed))}: what waits is sent by the next `allusr notify`"
        )


def _print(wanted: "Notify", homes: Mapping[str, str], after: int | None, *, as_json: bool) -> None:
    from attrs import asdict

    from allusr_notify.state import State

    notes = []
    for account in watched(wanted, homes, after, State()):
        notes += list(account.look())
        account.close()
    if as_json:
        print(json.dumps({"notes": [asdict(note) for note in notes]}, ensure_ascii=False, indent=2))
        return
    for note in notes:
        print(f"[{note.severity}] {note.title}\n{note.body}\n")


def _test(found: list[tuple[str, str, Callable[[str, str, str], bool]]], *, as_json: bool) -> None:
    """Send a note to each channel."""
    text = "This is a test: notes of allusr reach this channel."
    took = [(name, service, send("allusr: test", text, "info")) for name, service, send in found]
    if as_json:
        rows = [{"channel": name, "service": service, "taken": taken} for name, service, taken in took]
        print(json.dumps({"channels": rows}))
    else:
        for name, service, taken in took:
            print(f"{name} ({service}): {'taken' if taken else 'NOT TAKEN'}")
    if bad := [name for name, _, taken in took if not taken]:
        raise KernelError(f"not taken by {', '.join(bad)}: see its address and whether this machine reaches it")


def _reachable(wanted: "Notify", found: "Sequence[Channel]") -> None:
    """Raise `InputError` where notes are routed to a tag that no channel has: they would be told to nobody."""
    known = {name for channel in found for name in (channel.name, *channel.tags)}
    if found and (missing := [tag for tag in wanted.named if tag not in known]):
        raise InputError(f"notify.routes: no channel has the tag {missing[0]}; {nearest(missing[0], tuple(known))}")


def _require(homes: Mapping[str, str]) -> None:
    from allusr_sdk.office.engine import folder

    there = [place for place in map(folder, homes.values()) if place is not None]
    if there and not any(place.is_dir() for place in there):
        raise InputError(f"no home at {there[0]}: `allusr run --home {there[0]}` makes one")


@contextmanager
def _asked() -> "Iterator[threading.Event]":
    """Set when this process is asked to end."""
    stop = threading.Event()
    asks = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in asks}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
