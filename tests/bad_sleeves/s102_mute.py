"""Has a setting that nobody explains."""

from allusr_sdk.settings import setting, settings
from tests.bad_sleeves.honest import Honest

CHECK = "S102"


@settings
class MuteSettings:
    """Settings without a word."""

    symbols: tuple[str, ...] = setting(default=("AAPL", "SPY"), help=" ")


class Liar(Honest):
    """Honest with settings that say nothing."""

    name = "mute"

    @classmethod
    def settings_type(cls):
        return MuteSettings
