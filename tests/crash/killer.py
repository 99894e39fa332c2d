"""An observer that kills its process: some milliseconds after the event that ALLUSR_KILL_AT names by number."""

import os
import signal
import threading
import time

from allusr_sdk import hookimpl

AT, AFTER = int(os.environ.get("ALLUSR_KILL_AT", "0")), float(os.environ.get("ALLUSR_KILL_AFTER", "0"))
_seen = [0]


def _kill():
    time.sleep(AFTER)
    os.kill(os.getpid(), signal.SIGKILL)


@hookimpl
def allusr_event(event):
    _seen[0] += 1
    if _seen[0] == AT and AFTER:
        threading.Thread(target=_kill, daemon=True).start()
    elif _seen[0] == AT:
        _kill()
