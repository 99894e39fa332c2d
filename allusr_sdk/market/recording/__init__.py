"""Recorded views: what a run looked at, kept beside its ledger, and played again as a market of its own.

`Recorder` watches a source while a run walks it; `RecordedMarket` plays what it wrote. What nobody looked at is not in
a recording, and asking for it raises `NotRecorded`.
"""

from allusr_sdk.market.recording.frames import Head, Pass
from allusr_sdk.market.recording.playing import NotRecorded, RecordedMarket
from allusr_sdk.market.recording.watching import Recorder

__all__ = ["Head", "NotRecorded", "Pass", "RecordedMarket", "Recorder"]
