"""Knows that every week has a Friday."""

from tests.bad_sleeves.honest import Honest

CHECK = "S503"


class Liar(Honest):
    """Honest in ordinary weeks."""

    name = "fridays"

    def propose(self, view):
        friday = next(session for session in view.week if session.day.weekday() == 4)
        assert friday is not None
        return super().propose(view)
