"""The implied volatility of many prices at once, in numpy alone.

Prices are those of out-of-the-money options, by their distance from the forward: x = |ln(forward / strike)| and
beta = price / (discount * sqrt(forward * strike)). Their total volatility s (volatility times the square root of time)
solves

    beta = exp(-x/2) N(t - h) - exp(x/2) N(-t - h)          h = x / s, t = s / 2

which is half of exp(-(h*h + t*t) / 2) times a difference of scaled complementary error functions of |h - t| and
h + t; what is missing to the highest price, exp(-x/2), is the same with their sum. Where the total volatility is under
that of the steepest ascent, sqrt(2x), the logarithm of beta is solved for, else that of what is missing: neither is
ever the difference of near numbers, nor underflows. As functions of ln s both are so straight that from the first guess
two steps of Householder's third order are enough for every x and beta: no loop waits for its slowest row.

Sources: Jaeckel, Let's Be Rational (Wilmott, January 2015) for the form with scaled error functions and the parting at
the steepest ascent; Householder, The Numerical Treatment of a Single Nonlinear Equation (1970) for the step; Shepherd
and Laframboise, Chebyshev Approximation of (1+2x)exp(x^2)erfc x (Mathematics of Computation 36, 1981) for the error
function, its coefficients computed here with 50 digits. The first guess is our own: the line through the steepest
ascent and the parabola that ln(missing) tends to, or the line and the two exponentials of ln s that ln(beta) tends to.
"""

from math import pi, sqrt

import numpy as np

from allusr_sdk.model.chains import Flags, Floats

STEPS = 2
_HALF, _DENSITY = sqrt(0.5), sqrt(2 / pi)
# (1 + 2y) exp(y^2) erfc(y) as a polynomial in (y - 3.75) / (y + 3.75), exact to 6e-17 for all y >= 0.
_MIDDLE = 3.75
_SCALED = (
    1.2375126308378275, -0.14024059858554697, 0.0035854154854790257, 0.0822767384901452, -0.10880393014244462,
    0.09230432116037748, -0.05869339857664934, 0.028362277418956392, -0.00974657968326525, 0.0017556258528953683,
    0.00029371437804490326, -0.00029015408054114525, 5.164652974193095e-05, 2.2384239155889575e-05,
    -1.1438048033631918e-05, -9.73559898137086e-07, 1.741982158951425e-06, -5.721822902775565e-08,
    -2.485712627127677e-07, 2.3263507601499514e-08, 3.197926680817349e-08, -3.7442096395570236e-09,
    -2.6231073623858514e-09, 3.1114326199531873e-10,
)  # fmt: skip
_EVEN, _ODD = np.array(_SCALED[0::2])[:, None], np.array(_SCALED[1::2])[:, None]


def scaled_erfc(y: Floats) -> Floats:
    """exp(y^2) erfc(y) of a row of numbers from zero up, to 1e-15 of its value."""
    # Estrin's scheme: a quarter of the calls of Horner's, which is what small arrays pay for.
    z = (y - _MIDDLE) / (y + _MIDDLE)
    square = z * z
    fourth = square * square
    eighth = fourth * fourth
    pairs = _ODD * z
    pairs += _EVEN
    fours = pairs[1::2] * square
    fours += pairs[0::2]
    eights = fours[1::2] * fourth
    eights += fours[0::2]
    return ((eights[2] * eighth + eights[1]) * eighth + eights[0]) / (1 + 2 * y)  # type: ignore[no-any-return]


def tails(h: Floats, t: Floats) -> tuple[Floats, Floats]:
    """Scaled complementary error functions of \\|h - t\\| and h + t, over the square root of two."""
    both = scaled_erfc(np.concatenate((np.abs(h - t), h + t)) * _HALF)
    return both[: len(h)], both[len(h) :]


def total_volatility(x: Floats, beta: Floats) -> Floats:
    """The total volatility of prices; every x at least 0 and every beta within 0 and exp(-x/2), both excluded."""
    highest = np.exp(-0.5 * x)
    turned = scaled_erfc(np.sqrt(x))
    under = beta < 0.5 * highest * (1 - turned)
    side = np.where(under, -1.0, 1.0)
    at_turn = 1 + side * turned
    sought = np.log(np.where(under, beta, highest - beta))
    fall = np.log(0.5 * highest * at_turn) - sought
    s = _guess(x, under, fall, _DENSITY / at_turn)
    for _ in range(STEPS):
        s = s * np.exp(_step(x, s, side, sought))
    return s


def _guess(x: Floats, under: Flags, fall: Floats, slope: Floats) -> Floats:
    """From the steepest ascent, where the logarithm sought has `slope`, to where it has fallen by `fall`."""
    turn = np.sqrt(2 * x)
    above = turn + 4 * (np.sqrt(slope * slope + 0.5 * fall) - slope)
    near, bend = 0.5 * slope * turn + ~under, 0.25 * x + ~under
    v = np.minimum(fall / near, np.log(2 + fall / bend))
    for _ in range(2):
        up = np.exp(v)
        down = 1 / up
        v -= (near * v + bend * (up + down - 2) - fall) / (near + bend * (up - down))
    return np.where(under, turn * np.exp(-0.5 * v), above)


def _step(x: Floats, s: Floats, side: Floats, sought: Floats) -> Floats:
    """Householder's step in ln s; derivatives of the logarithm sought are by ln s too."""
    h, t = x / s, 0.5 * s
    near, far = tails(h, t)
    weight = near + side * far
    hh, tt = h * h, t * t
    first = -side * _DENSITY * s / weight
    bent = hh - tt - first
    second = 1 + bent
    third = 1 + bent * (3 + bent - first) - 3 * hh - tt
    newton = (sought - np.log(0.5 * weight) + 0.5 * (hh + tt)) / first
    return newton * (1 + 0.5 * second * newton) / (1 + newton * (second + third * newton / 6))
