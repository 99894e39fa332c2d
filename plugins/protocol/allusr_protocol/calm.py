"""How long a hold stands: the spot, the time and the mid up to which every rule would say the same again.

Only on a grid and without the triggers of PE-6, which look at every quote. Bounds lie a hair inside the true ones, so
that no rounding of m can tell the difference.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil, inf, nextafter, sqrt

from attrs import evolve

from allusr_protocol.levels import TOP, scaled
from allusr_protocol.oneday import written_early
from allusr_protocol.seen import is_call, is_put, option
from allusr_protocol.triggers import needs_quote
from allusr_sdk import Assessment, Calm, Grain, Position, SleeveView

_HAIR = 1e-6
_CENT = 0.01
