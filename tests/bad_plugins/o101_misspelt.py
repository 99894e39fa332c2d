"""Names an argument that no hook has: it cannot be registered, and so not be played either."""

from allusr_sdk import hookimpl

KIND, CHECK, ALSO = "observer", "O101", {"O501", "O601"}


class Ear:
    """Hears an evnt."""

    name = "ear"

    @hookimpl
    def allusr_event(self, evnt):
        return None


Liar = Ear()
