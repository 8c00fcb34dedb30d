"""Winograd's minimal filtering F(m×m, 3×3): its matrices.

y = A^T [(G g G^T) ⊙ (B^T d B)] A for a square d of m + 2 pixels a side, a filter g and the m×m pixels y that
it gives (Lavin and Gray 2016). The matrices come of polynomials: a signal's values at points, of which the
last is infinity. F(4×4) takes the points 0, ±√½, ±√2 rather than 0, ±1, ±2, since points c and 1/c leave a
quarter of the error (Alam, Anderson, Barabasz and Gregg 2022).
"""

from collections.abc import Sequence
from math import prod, sqrt

FILTER = 3
"""Places of a filter along an axis."""

POINTS = {2: (1.0,), 4: (sqrt(0.5), sqrt(2.0))}
"""By the pixels m of a result's square: the points, beside 0 and infinity, that come with their negatives."""

Matrix = tuple[tuple[float, ...], ...]


def side(size: int) -> int:
    """The pixels along a side of what a square of so many results is made from."""
    return size + FILTER - 1


def _finite(size: int) -> list[float]:
    return [0.0, *(sign * point for point in POINTS[size] for sign in (1.0, -1.0))]


def _polynomial(roots: Sequence[float]) -> list[float]:
    """The coefficients of Π(x - root), the lowest power first; a root and its negative must be neighbours."""
    made = [1.0]
    places = iter(range(len(roots)))
    for at in places:
        root = roots[at]
        if at + 1 < len(roots) and root and roots[at + 1] == -root:
            next(places)
            factor = [-root * root, 0.0, 1.0]
        else:
            factor = [-root, 1.0]
        made = [
            sum(made[i] * factor[k - i] for i in range(len(made)) if 0 <= k - i < len(factor))
            for k in range(len(made) + len(factor) - 1)
        ]
    return made


def input_matrix(size: int) -> Matrix:
    """B^T: side × side."""
    roots = _finite(size)
    rows = [[*_polynomial([q for q in roots if q != p]), 0.0] for p in roots]
    return tuple(map(tuple, [*rows, _polynomial(roots)]))


def filter_matrix(size: int) -> Matrix:
    """G: side × 3."""
    roots = _finite(size)
    rows = [tuple(p**power / prod(p - q for q in roots if q != p) for power in range(FILTER)) for p in roots]
    return (*rows, (0.0, 0.0, 1.0))


def output_matrix(size: int) -> Matrix:
    """A: side × m."""
    rows = [tuple(p**power for power in range(size)) for p in _finite(size)]
    return (*rows, (*[0.0] * (size - 1), 1.0))


def turned(matrix: Matrix) -> Matrix:
    """The transposed matrix."""
    return tuple(zip(*matrix, strict=True))
