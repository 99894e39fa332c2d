"""Acts by rules that stand nowhere."""

from tests.bad_sleeves.honest import Honest

CHECK = "S406"


class Liar(Honest):
    """Honest in what it does, but not in why."""

    name = "moody"

    def propose(self, view):
        for intent in super().propose(view):
            yield (
                view.skip(intent.symbol, "MOOD-7", "it does not feel like it")
                if view.session.day.weekday() == 4
                else intent
            )
