"""Channels: where notes go. Their addresses are secrets, and nothing but apprise sees them."""

import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

from allusr_sdk.errors import InputError
from allusr_sdk.settings import Secret

if TYPE_CHECKING:
    from apprise import NotifyBase

URLS, PING = "ALLUSR_NOTIFY_URLS", "ALLUSR_NOTIFY_PING"
_TAGGED = re.compile(r"([\w-]+(?:,[\w-]+)*)=(\S*)")
_LONG = 8  # characters of a part of an address that may be a token
_IP = re.compile(r"[\d.]+")


@frozen(kw_only=True)
class Channel:
    """A channel.

    Attributes:
        name: its tags and place, as ``phone`` or ``channel 2``; nothing of its address.
        service: of apprise, as ``JSON`` or ``Telegram``.
        parts: of the address, kept so that no word of this process shows them.
    """

    name: str
    tags: tuple[str, ...]
    service: str
    address: Secret = field(repr=False)
    parts: tuple[Secret, ...] = field(repr=False, default=())

    def send(self, title: str, body: str, severity: str) -> bool:
        """Whether the channel took a message."""
        from apprise import NotifyType

        mood = {"critical": NotifyType.FAILURE, "warning": NotifyType.WARNING}.get(severity, NotifyType.INFO)
        try:
            made = _made(self.address.reveal())
            return made is not None and bool(made.notify(body=body, title=title, notify_type=mood))
        except Exception:  # whatever a service's library raises; its words may hold the address
            return False


def channels(file: str) -> tuple[Channel, ...]:
    """The channels of a file and of ALLUSR_NOTIFY_URLS.

    Raises:
        InputError: the file cannot be read or is open to others, or an address is none that apprise knows; says which
            by its place, never by itself.
    """
    found: list[Channel] = []
    for where, tags, address in _lines(file):
        if tags != ("ping",):
            found.append(_channel(where, tags, address, {channel.name for channel in found}))
    return tuple(found)


def ping(file: str) -> Secret | None:
    """The address that is asked for as long as all is well; None where there is none.

    Raises:
        InputError: the file cannot be read, or the address is not of http or https.
    """
    told = [address for _, tags, address in _lines(file) if tags == ("ping",)]
    address = os.environ.get(PING) or next(iter(told), "")
    if address and urlsplit(address).scheme not in ("http", "https"):
        raise InputError(f"{PING}: an address of http or https is expected")
    return Secret(address) if address else None


def _lines(file: str) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Each address with its tags and where it stands."""
    for number, word in enumerate(os.environ.get(URLS, "").split(), 1):
        yield f"address {number} of {URLS}", *_tagged(word)
    for number, line in enumerate(_read(file) if file else (), 1):
        if (word := line.strip()) and not word.startswith("#"):
            yield f"line {number} of notify.file", *_tagged(word)


def _tagged(word: str) -> tuple[tuple[str, ...], str]:
    found = _TAGGED.fullmatch(word)
    return (tuple(found[1].split(",")), found[2]) if found and "://" not in found[1] else ((), word)


def _read(file: str) -> list[str]:
    place = Path(file).expanduser()
    try:
        mode = place.stat().st_mode
        if mode & 0o077:
            raise InputError(f"notify.file: {place} is open to others ({mode & 0o777:04o}): chmod 600 it")
        return place.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as why:
        raise InputError(f"notify.file: {place} cannot be read ({getattr(why, 'strerror', 'no text')})") from None


def _channel(where: str, tags: tuple[str, ...], address: str, taken: set[str]) -> Channel:
    made = _made(address) if "://" in address else None
    if made is None:
        raise InputError(f"{where}: no address that apprise knows: see its list of services, as json://host/path")
    name = "+".join(tags) or f"channel {len(taken) + 1}"
    return Channel(
        name=name if name not in taken else f"{name} {len(taken) + 1}", tags=tags, service=str(made.service_name),
        address=Secret(address), parts=tuple(map(Secret, _parts(address))),
    )  # fmt: skip


def _made(address: str) -> "NotifyBase | None":
    """apprise's own object of an address; None where it knows no such."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of what it imports
        from apprise import Apprise

        return Apprise.instantiate(address)


def _parts(address: str) -> Iterator[str]:
    """What of an address may be a secret by itself: a password, and whatever looks like a token."""
    try:
        told = urlsplit(address)
        password = told.password or ""
    except ValueError:
        return
    words = (*re.split(r"[/:@]", told.netloc), *told.path.split("/"), *re.split(r"[&=]", told.query))
    tokens = {word for word in words if len(word) >= _LONG and any(map(str.isdigit, word)) and not _IP.fullmatch(word)}
    yield from {form for word in (*tokens, password) if word for form in (word, unquote(word))}
