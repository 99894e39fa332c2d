"""What of the waiting notes is sent now, over which channel, and as which message."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from attrs import Factory, define

from allusr_notify.channels import Channel
from allusr_notify.notes import Note, together
from allusr_notify.state import State, Waiting
from allusr_notify.wanted import Notify

LOG = logging.getLogger("allusr.notify")

_HOUR = 3600.0
_SINGLE = 5  # more notes at once are one message
_FIRST, _LONGEST = 5.0, 600.0  # seconds until a channel that failed is tried again, and at most
_GIVEN_UP = 6  # failures in a row after which the other channels are told


@define
class Trouble:
    """How often a channel has failed in a row, and before when it is not tried again."""

    times: int = 0
    until: float = 0.0


@define
class Post:
    """Sends what waits, and takes off what was taken.

    Attributes:
        wanted: the settings.
        channels: in their order.
        state: whose waiting notes are sent.
        troubles: by channel.
    """

    wanted: Notify
    channels: Sequence[Channel]
    state: State
    troubles: dict[str, Trouble] = Factory(dict)

    def put(self, note: Note, now: float) -> None:
        """Let a note wait for its channels; one that is routed to none is dropped."""
        names = [channel.name for channel in self._of(note)]
        if names:
            self.state.waiting.append(Waiting(note=note, channels=names, since=now))

    def shed(self, now: float) -> None:
        """Let go of what is too much to keep, and say how much that was."""
        if gone := self.state.shed():
            text = f"{gone} notes were let go, those of least severity first, for too many waited; the journal has all"
            self.put(Note(account="", kind="channel", severity="warning", text=text, next="allusr status"), now)

    def send(self, now: float) -> Iterator[tuple[str, bool]]:
        """Send what is due; after each message its channel and whether it was taken, so that the state can be kept."""
        known = {channel.name for channel in self.channels}
        for one in self.state.waiting:  # a channel that is gone leaves its notes to those that are there
            here = [name for name in one.channels if name in known]
            one.channels = here or [channel.name for channel in self._of(one.note)]
        for channel in self.channels:
            for message in self.due(channel.name, now):
                taken = self._sent(channel, message, now)
                yield channel.name, taken
                if not taken:
                    break
        self.state.waiting = [one for one in self.state.waiting if one.channels]

    def due(self, channel: str, now: float) -> list[list[Waiting]]:
        """The messages that a channel is sent now, each as the notes in it."""
        trouble = self.troubles.get(channel, Trouble())
        mine = [one for one in self.state.waiting if channel in one.channels]
        if not mine or now < trouble.until:
            return []
        urgent = [one for one in mine if one.note.severity in self.wanted.through]
        others = [one for one in mine if one.note.severity not in self.wanted.through]
        if self.wanted.is_quiet(datetime.fromtimestamp(now, UTC)):
            others = []
        gathered = [one for one in others if one.note.severity in self.wanted.digest]
        if gathered and now - gathered[0].since < 60 * self.wanted.digest_minutes:
            others = [one for one in others if one not in gathered]
            gathered = []
        alone = [one for one in others if one not in gathered]
        calm = [[one] for one in alone] if len(alone) <= _SINGLE else [alone]
        return [*_few(urgent), *self._within([*calm, *([gathered] if gathered else [])], channel, now)]

    def _within(self, messages: list[list[Waiting]], channel: str, now: float) -> list[list[Waiting]]:
        """As many messages as the hour still has room for; all of them as one where it has not room for each."""
        sent = [at for at in self.state.sent.get(channel, []) if now - at < _HOUR]
        self.state.sent[channel] = sent
        room = self.wanted.rate - len(sent)
        if room <= 0:
            return []
        return messages if len(messages) <= room else [[one for message in messages for one in message]]

    def _sent(self, channel: Channel, message: Sequence[Waiting], now: float) -> bool:
        title, body, severity = together([one.note for one in message])
        if not channel.send(title, body, severity):
            self._failed(channel, now)
            return False
        self.troubles.pop(channel.name, None)
        self.state.sent.setdefault(channel.name, []).append(now)
        for one in message:
            one.channels.remove(channel.name)
        LOG.info("sent to %s: %s", channel.name, title)
        return True

    def _failed(self, channel: Channel, now: float) -> None:
        trouble = self.troubles.setdefault(channel.name, Trouble())
        trouble.times += 1
        wait = min(_FIRST * 2 ** (trouble.times - 1), _LONGEST)
        trouble.until = now + wait
        LOG.warning("%s: a message was not taken, try %d; again in %.0f s", channel.name, trouble.times, wait)
        if trouble.times == _GIVEN_UP:
            text = f"{channel.name} ({channel.service}) has not taken a message {_GIVEN_UP} times; it is tried on"
            others = [other.name for other in self.channels if other.name != channel.name]
            note = Note(account="", kind="channel", severity="warning", text=text, next="allusr notify --test")
            if others:
                self.state.waiting.append(Waiting(note=note, channels=others, since=now))

    def _of(self, note: Note) -> Iterator[Channel]:
        tags = self.wanted.tags(note.kind, note.severity)
        for channel in self.channels:
            if tags is None or channel.name in tags or set(tags) & set(channel.tags):
                yield channel


def _few(urgent: list[Waiting]) -> list[list[Waiting]]:
    return [[one] for one in urgent] if len(urgent) <= _SINGLE else [urgent]


def counts(state: State) -> Mapping[str, int]:
    """How many notes wait for each channel."""
    names = [name for one in state.waiting for name in one.channels]
    return {name: names.count(name) for name in dict.fromkeys(names)}
