"""Takes an argument that nobody passes."""

from tests.bad_sleeves.honest import Honest

CHECK = "S104"


class Liar(Honest):
    """Honest, if one does not ask it for more."""

    name = "stretched"

    def propose(self, view, eagerness=1):
        return super().propose(view)
