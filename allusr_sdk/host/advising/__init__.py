"""What plugins advise (`allusr_advise`), over a journal and daily data that they can read and nothing else."""

from allusr_sdk.host.advising.asking import TOPICS, Advised, advised
from allusr_sdk.host.advising.briefing import Briefing

__all__ = ["TOPICS", "Advised", "Briefing", "advised"]
