"""LLMS, the LEAP ladder management system: growth calls and hedges over their whole life (LL-1 to LL-4)."""

from allusr_llms.ladder import Llms, LlmsSettings
from allusr_sdk import LadderManager, hookimpl


@hookimpl
def allusr_ladders() -> list[type[LadderManager[LlmsSettings]]]:
    """The ladder that this distribution brings."""
    return [Llms]
