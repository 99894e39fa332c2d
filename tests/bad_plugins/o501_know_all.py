"""Knows every kind of event that there is today."""

from allusr_sdk import hookimpl
from allusr_sdk.model import events
from allusr_sdk.model.events import Event

KIND, CHECK = "observer", "O501"
KNOWN = frozenset(kind for kind in Event.kinds if hasattr(events, kind))


class Ear:
    """Has a word for each kind, and none for a new one."""

    name = "know_all"

    @hookimpl
    def allusr_event(self, event):
        return dict.fromkeys(KNOWN)[event.kind]


Liar = Ear()
