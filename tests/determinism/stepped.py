"""`allusr` under a wall clock that jumps: each look at it is ALLUSR_JUMPS hours off in turn, and it beats often."""

import os
from datetime import timedelta
from itertools import cycle

from allusr_sdk.cli import main
from allusr_sdk.execution import pulse
from allusr_sdk.ledger import clocks

jumps = cycle(timedelta(hours=float(hours)) for hours in os.environ["ALLUSR_JUMPS"].split(","))
right = clocks.now
clocks.now = lambda: right() + next(jumps)
pulse.EVERY = 0.02
main()
