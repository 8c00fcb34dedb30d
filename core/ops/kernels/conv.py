"""Columns back into images, the half of a convolution's backward that is no matrix product."""

from typing import Any

from ..jit import kernel

_PATCH = ", ".join(["int64"] * 7)


@kernel(f"void(float32[:,:,:,::1], float32[:,:,::1], {_PATCH})")
def fold(
    columns: Any, image: Any, across: int, down: int, right: int, top: int, left: int, dy: int, dx: int
) -> None:
    """(M, T, P, Q) -> (M, H, W): each pixel is the sum of what the windows that see it hold of it.

    T taps in rows of `across`; `down`, `right` are the strides, `top`, `left` the padding, `dy`, `dx` the
    dilation.
    """
    height, width = image.shape[1], image.shape[2]
    rows, places = columns.shape[2], columns.shape[3]
    image[:] = 0
    for tap in range(columns.shape[1]):
        first_row, first = (tap // across) * dy - top, (tap % across) * dx - left
        begin = min(max((right - 1 - first) // right, 0), places)
        count = max(min((width - first + right - 1) // right, places) - begin, 0)
        corner = first + begin * right
        for m in range(columns.shape[0] if count else 0):
            for p in range(rows):
                row = first_row + p * down
                if row < 0 or row >= height:
                    continue
                held = columns[m, tap, p, begin:]
                pixels = image[m, row, corner:]
                if right == 1:
                    for q in range(count):
                        pixels[q] += held[q]
                else:
                    for q in range(count):
                        pixels[q * right] += held[q]
