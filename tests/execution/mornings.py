"""Mornings by hand, and the week they lie in."""

from datetime import date
from decimal import Decimal

D = Decimal
NEXT = date(2026, 2, 20)
MONDAY, TUESDAY = date(2026, 2, 16), date(2026, 2, 17)  # the 16th is Presidents' Day
