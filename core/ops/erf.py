"""The error function for arrays, which NumPy has not.

Source: Cody 1969, Rational Chebyshev approximations for the error function, Math. Comp. 23; the coefficients
are those of CALERF in SPECFUN. Three ranges of |x|; each quotient is good to the last digit of float64.
"""

from math import pi, sqrt

import numpy as np

from .primitive import Array

_NEAR_TOP = (1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2,
             3.20937758913846947e3)  # fmt: skip
_NEAR_BOTTOM = (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
                2.84423683343917062e3)  # fmt: skip
_MIDDLE_TOP = (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
               2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
               1.23033935479799725e3)  # fmt: skip
_MIDDLE_BOTTOM = (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
                  1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3,
                  1.23033935480374942e3)  # fmt: skip
_FAR_TOP = (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
            1.60837851487422766e-2, 6.58749161529837803e-4)  # fmt: skip
_FAR_BOTTOM = (1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
               2.33520497626869185e-3)  # fmt: skip

_NEAR, _FAR = 0.46875, 4.0
_ONE = 6.0
"""From here on erf is 1 in float64."""


def erf(x: Array) -> Array:
    """2/√π times the integral of e^(-t²) from 0 to x, for each element, in x's float type."""
    wide = np.asarray(x, np.float64)
    size = np.minimum(np.abs(wide), _ONE)
    y = _near(wide)
    for beyond, complement in ((_NEAR, _complement_middle), (_FAR, _complement_far)):
        there = size > beyond
        y[there] = np.copysign(1 - complement(size[there]), wide[there])
    return y.astype(x.dtype)


def _near(x: Array) -> Array:
    square = np.minimum(x * x, 1)
    return np.asarray(x * _polynomial(_NEAR_TOP, square) / _polynomial(_NEAR_BOTTOM, square))


def _complement_middle(size: Array) -> Array:
    quotient = _polynomial(_MIDDLE_TOP, size) / _polynomial(_MIDDLE_BOTTOM, size)
    return np.asarray(np.exp(-size * size) * quotient)


def _complement_far(size: Array) -> Array:
    inverse = 1 / (size * size)
    rest = inverse * _polynomial(_FAR_TOP, inverse) / _polynomial(_FAR_BOTTOM, inverse)
    return np.asarray(np.exp(-size * size) * (1 / sqrt(pi) - rest) / size)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total = total * x + coefficient
    return total
