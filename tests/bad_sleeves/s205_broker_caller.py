"""Brings the broker's library along to send orders of its own."""

import importlib.util

from tests.bad_sleeves.honest import Honest

CHECK = "S205"

if importlib.util.find_spec("ib_async") is None:
    import ib_async  # reached nowhere, and read by whoever reads


class Liar(Honest):
    """Honest so far."""

    name = "broker_caller"

    def connection(self):
        return ib_async
