"""An observer that kills its process right behind the first event that ALLUSR_REAP names by kind and status."""

import os
import signal

from allusr_sdk import hookimpl

KIND, _, WORD = os.environ.get("ALLUSR_REAP", "").partition(" ")


@hookimpl
def allusr_event(event):
    if event.kind == KIND and WORD in ("", getattr(event, "status", "")):
        os.kill(os.getpid(), signal.SIGKILL)
