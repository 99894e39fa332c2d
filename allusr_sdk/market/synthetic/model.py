"""The numbers of the synthetic market that belong to no single underlying."""

from datetime import date

START = date(2024, 1, 2)
"""First session of every path, whatever period is asked for; so two runs see one market."""

WARMUP = 300
"""Sessions of daily bars that exist before the first step."""

ANCHOR = date(2026, 1, 2)
"""The table's spots hold at the close before this day."""

SESSIONS = 252.0
"""Sessions a year, for variances."""

PREMIUM = 1.12
"""Implied over realised volatility, on average: the small premium that option sellers are paid."""

MARKET_VOL, TECH_VOL = 0.15, 0.07
"""Mean implied volatility of the market factor (SPY) and of the technology factor, a year."""

DRIFT = 0.06
"""Log-return of the market factor a year, beside dividends."""

GAP_SHARE = 0.25
"""Share of a session's variance that comes overnight."""

HALF_DAY = 0.65
"""Intraday variance of a half day, a share of a full day's."""

MARKET_JUMPS, MARKET_JUMP_MEAN, MARKET_JUMP_SD = 4.0, -1.5, 2.0
"""Jumps of the market a year; mean and standard deviation of one, in daily standard deviations."""

OWN_JUMPS, OWN_JUMP_SD = 3.0, 3.0
"""Jumps of a single name a year (reports apart), and the standard deviation of one in daily standard deviations."""

LEVERAGE, VOL_NOISE, VOL_REVERSION = 0.07, 0.03, 0.035
"""Market log-volatility: rise when the market falls one daily standard deviation, own daily noise, daily pull back."""

OWN_LEVERAGE, OWN_VOL_NOISE, OWN_VOL_REVERSION = 0.03, 0.025, 0.05
"""The same of a single name's own log-volatility against its own return."""

VOL_BOUNDS, OWN_VOL_BOUNDS = (-0.6, 2.2), (-0.8, 1.2)
"""Where log-volatility is held, market (VIX from 10 to 165) and own."""

VOL_BETA = 0.75
"""Share of the market's log-volatility that single names take over; funds take all of it."""

LEAST_OWN_SHARE = 0.25
"""Least share of a name's volatility that is its own."""

VIX_RATIO = 1.22
"""VIX over the 30-day at-the-money volatility of SPY: the weight of its skew."""

MEAN_VIX = 100 * VIX_RATIO * MARKET_VOL
"""VIX at the mean volatility of SPY."""

MEAN_LIFE = 0.25
"""Years in which a deviation of volatility from its mean fades from the term structure by about 1/e."""

TERM_SLOPE = 0.08
"""Power by which at-the-money volatility rises with maturities beyond 30 days."""

VIX_NEAR_VOL, VIX_FAR_VOL = 1.10, 0.40
"""Volatility of VIX forwards, a year: of one that is due at once, and of a far one."""
