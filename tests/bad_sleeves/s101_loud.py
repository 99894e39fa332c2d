"""Shouts: a name that no ledger, table or option is written with."""

from tests.bad_sleeves.honest import Honest

CHECK = "S101"


class Liar(Honest):
    """Honest under a name with capital letters."""

    name = "Loud"
