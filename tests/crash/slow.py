"""An observer that takes its time: ALLUSR_SLOW seconds an event; it kills its process at a switch of a person's."""

import os
import signal
import time

from allusr_sdk import hookimpl

SLOW, DEADLY = float(os.environ.get("ALLUSR_SLOW", "0")), os.environ.get("ALLUSR_DEADLY", "")


@hookimpl
def allusr_event(event):
    time.sleep(SLOW)
    if DEADLY and event.kind == "SwitchChanged" and event.cause == "USER":
        os.kill(os.getpid(), signal.SIGKILL)
