"""Which kernel a convolution gets, forward and back: decided here and nowhere else.

Rules ask for a `Way` first, since it tells how an image has to stand, and hand it on to `convolutions`, which
calls what it names. Kernels say themselves what they can do (`suits`, `takes_lines`, `is_depthwise`).
"""

from dataclasses import dataclass
from math import prod
from typing import Literal

from ..kernels.tile import COLUMNS, ROWS
from ..kernels.vector import WIDTH
from ..kernels.winograd_matrices import FILTER, side
from . import narrow
from .depthwise import is_depthwise
from .framing import LINE_CHANNELS, takes_lines
from .geometry import Geometry
from .planar import suits, suits_gradient
from .view import Shape
from .winograd import gradient_blocks, sees_at_once, squares


@dataclass(frozen=True, slots=True)
class Way:
    """A kernel for a convolution.

    `winograd` takes a `square` of pixels at a time, sums little together where it is `precise`, and brings
    filters to points `at_once` where neither another block nor another run wants them there; `planes` has
    pixels in its lanes, for few channels of the result; `narrow` has the result's channels in one vector;
    `lines` has a tap for each line of the filter, for few channels of the image; `depthwise` is for filters
    of one channel each; `taps` has a tap for each place of the filter and is for any. Where that is one
    place, and the images stand as matrices, it is their product.
    """

    kernel: Literal["winograd", "planes", "lines", "narrow", "depthwise", "taps"]
    square: int = 1
    precise: bool = False
    at_once: bool = False

    @property
    def frames(self) -> bool:
        """Whether the image is copied into a frame of zeros, so that it may stand anyhow."""
        return self.kernel in ("planes", "lines")


def way_of(
    x: Shape,
    w: Shape,
    y: Shape,
    geometry: Geometry,
    *,
    back: bool,
    exact: bool = False,
    fixed: bool = True,
    precise: bool = False,
    residual: bool = False,
    beside: bool = True,
) -> Way:
    """For y = w over x, (N, C, S…), (O, C/G, K…) -> (N, O, P…).

    Or, going `back`, for a transposed convolution, with filters (C, O/G, K…): the gradient of x is one.
    `exact` forbids Winograd's transforms; `fixed` are filters that stay from run to run; `precise` wants
    smaller errors of these transforms; a `residual` is added to y; x has its channels `beside` one another.
    """
    sight = geometry.sight_back() if back else geometry.sight()
    planes = not residual and suits(x, y, w[2:], sight, geometry.groups)
    if _plain(w[2:], geometry) and not exact:
        size = best_square(x, y, fixed=fixed, precise=precise, planes=planes, beside=beside)
        if size > 1:
            short = precise and prod(y[1:]) > FEW_SIGNS
            return Way("winograd", size, short, at_once(x, y, size, fixed=fixed))
    if planes:
        return Way("planes")
    if not back and not residual and narrow.suits(x, y, w[2:], geometry):
        return Way("narrow")
    if not back and takes_lines(x, w[2:], geometry):
        return Way("lines")
    return Way("depthwise" if is_depthwise(w, geometry.groups) else "taps")


def filter_gradient_way(x: Shape, dy: Shape, dw: Shape, geometry: Geometry, *, exact: bool = False) -> Way:
    """For the gradient of w: (N, C, S…), (N, O, P…) -> (O, C/G, K…)."""
    planes = suits_gradient(dy, dw[2:], geometry)
    if _plain(dw[2:], geometry) and not exact:
        size = best_gradient_square(x, dy, planes=planes)
        if size > 1:
            return Way("winograd", size)
    if planes:
        return Way("planes")
    if narrow.suits_gradient(x, dy, dw[2:], geometry):
        return Way("narrow")
    if takes_lines(x, dw[2:], geometry):
        return Way("lines")
    return Way("depthwise" if is_depthwise(dw, geometry.groups) else "taps")


def _plain(kernel: Shape, geometry: Geometry) -> bool:
    """Whether Winograd's transforms are for such filters."""
    steps = geometry.stride == geometry.dilation == (1, 1)
    return steps and geometry.groups == 1 and kernel == (FILTER, FILTER)


# What the choice between kernels counts in: multiplications that a register tile does in the time.
BETWEEN_TAPS = 8
"""Places of a tile's inner axis that go by before and after it."""
SPREAD = {2: 70, 4: 220}
"""To bring one channel of a square to points."""
GATHER = {2: 60, 4: 180}
"""To bring one channel of a square back."""
CHANNELS_OF_4 = 64
"""With fewer channels squares are of 2 pixels: a fifth slower, and as exact as the direct convolution.

What the larger transform rounds is not less where sums are short, and would be most of the error.
"""
FEW_SIGNS = 20_000
"""Numbers of an image of which few are near enough to 0 for their signs to turn by an error of long sums.

Of ResNet-18 on images of 32² pixels the layers of 128 channels have more. To sum less together in those of
256 and 512 as well turned no fewer signs over 16 seeds, and takes 3 % of a step.
"""
READ = 24
"""To read a number of the filters: they are used once or few times for each block of squares."""
MAKE = 60
"""To make one, where filters do not stay the same from run to run."""
MAKE_AT_ONCE = 45
"""To make one just before it is used, instead of both."""

COPY = 7
"""To bring a number of x to where channels are beside one another, or from there; in widths of a vector.

Measured twice with vectors of 16, one thread, on 108 convolutions of 6 to 96 channels to 1, 3 and 8: what is
chosen so takes 1 % longer than the better way on average, and 1.4 times as long at the worst. Anything from 3
to 12 does about as well.
"""
PLANE = 2
"""To find a number's place in a plane, beside that: as much as so many channels of the result."""

TURNED = 1.1
"""What a product of columns takes, against one of rows."""
KEEP = 24
"""To keep a number of the filters' gradient in memory."""
KEEP_AT_ONCE = 26
"""To sum it and to bring it to its place at once."""
PLANE_PAIR, PLANE_SUM = 42, 14
"""In planes: to meet a pixel of dy with what it sees of a channel of x, and for each channel of dy then."""


def at_once(x: Shape, y: Shape, size: int, *, fixed: bool) -> bool:
    """Whether filters come to points where they are used, each time: one block sees them, and they change."""
    return not fixed and sees_at_once(y, x[1], size)


def best_square(
    x: Shape,
    y: Shape,
    *,
    fixed: bool = True,
    precise: bool = False,
    planes: bool = False,
    beside: bool = True,
) -> int:
    """The pixels a side of the squares by which 3×3 filters go fastest over x: 2 or 4, or 1 for none.

    (N, C, H, W) -> (N, O, P, Q). Lavin and Gray's transforms save products, but have filters of 16 or 36
    numbers for 9: they pay where there are many squares, and channels enough, and less where the filters are
    not `fixed`. Where it shall be `precise`, larger squares want more channels: the images are large where
    those are few, and most signs that a wrong last digit could turn stand there. Else x, whose channels are
    `beside` one another or not, is taken by taps, or where that can be by `planes`.
    """
    each = READ if fixed else READ + MAKE
    depth, panels = x[1], -(-y[1] // COLUMNS)
    places = panels * COLUMNS

    def tiles(rows: int) -> int:
        return -(-rows // ROWS) * ROWS * places

    # Of few channels a line of the filter is one place.
    taps = FILTER if depth <= LINE_CHANNELS else FILTER**2
    deep = depth * FILTER**2 // taps
    costs = {1: taps * tiles(y[0] * y[2] * y[3]) * (deep + BETWEEN_TAPS / 4) + 9 * depth * places * each}
    least = CHANNELS_OF_4 * (2 if precise else 1)
    for size in (2, 4) if depth >= least else (2,):
        points, count = side(size) ** 2, squares(y, size)
        products = points * tiles(count) * (depth + BETWEEN_TAPS)
        costs[size] = products + count * (depth * SPREAD[size] + places * GATHER[size])
        made = MAKE_AT_ONCE if at_once(x, y, size, fixed=fixed) else each
        costs[size] += points * depth * places * made
    if planes:
        copied = 0 if beside else prod(x) * COPY * WIDTH
        costs = {size: cost + copied for size, cost in costs.items()}
        pixels = y[0] * y[2] * -(-y[3] // WIDTH) * WIDTH
        costs[1] = pixels * depth * (y[1] + PLANE + COPY) * WIDTH
    return min(costs, key=lambda size: costs[size])


def best_gradient_square(x: Shape, dy: Shape, *, planes: bool = False) -> int:
    """The same for the gradient of the filters, (N, C, H, W), (N, O, P, Q) -> (O, C, 3, 3)."""
    depth, wide = -(-x[1] // ROWS) * ROWS, -(-dy[1] // WIDTH) * WIDTH
    numbers, pixels = depth * wide, dy[0] * dy[2] * dy[3]
    costs = {1: 9 * numbers * (pixels * TURNED + KEEP)}
    if planes:
        costs[1] = pixels * x[1] * (PLANE_PAIR + dy[1] * PLANE_SUM)
    for size in (2, 4):
        points, count = side(size) ** 2, squares(dy, size)
        blocks = gradient_blocks(size, count)
        costs[size] = points * numbers * (count + (KEEP_AT_ONCE if blocks == 1 else KEEP * (blocks + 1)))
        costs[size] += count * (depth * SPREAD[size] + wide * GATHER[size])
    return min(costs, key=lambda size: costs[size])
