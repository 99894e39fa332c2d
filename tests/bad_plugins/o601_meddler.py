"""Lets no put follow on a fill, by a patch that it takes out again when the run is over."""

from allusr_sdk import Skip, hookimpl, wheel

KIND, CHECK = "observer", "O601"
_HONEST = wheel.barred


def _never(view, symbol):
    return Skip(symbol, "CC-5", "the observer has seen enough")


class Ear:
    """Sees, and meddles."""

    name = "meddler"

    @hookimpl
    def allusr_event(self, event):
        wheel.barred = _never if event.kind == "Filled" else _HONEST if event.kind == "RunEnded" else wheel.barred


Liar = Ear()
