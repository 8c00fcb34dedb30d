"""Images within a frame of zeros: what padding asks for, once and for all.

A pixel's channels come to stand side by side, as register tiles read them; `planes` keeps them apart.
"""

from typing import Any

from ..ops.jit import kernel
from .vector import ITEM
from .words import floats, word

# The arguments of both, in words; strides of the source and lengths of the frame along three spatial axes.
BATCH, CHANNELS, SIZES, LOW, FRAMED = 0, 1, 2, 5, 8
SOURCE, SOURCE_BATCH, SOURCE_CHANNEL, SOURCE_AXES, TARGET = 11, 12, 13, 14, 17
FRAME_WORDS = TARGET + 1


@kernel("int64(int64, int64, int64)", words=FRAME_WORDS)
def frame(given: Any, thread: Any, threads: Any) -> int:
    """(N, C, S…) of any strides -> (N, F…, C), side by side: the image begins at LOW, around it are zeros."""
    channels, size, low = word(given, CHANNELS), word(given, SIZES + 2), word(given, LOW + 2)
    f0, f1, f2 = word(given, FRAMED), word(given, FRAMED + 1), word(given, FRAMED + 2)
    by_pixel = word(given, SOURCE_AXES + 2) // ITEM
    total = word(given, BATCH) * f0 * f1
    for line in range(total * thread // threads, total * (thread + 1) // threads):
        p1, rest = line % f1 - word(given, LOW + 1), line // f1
        p0, n = rest % f0 - word(given, LOW), rest // f0
        target = word(given, TARGET) + line * f2 * channels * ITEM
        y = floats(target)
        inside = 0 <= p0 < word(given, SIZES) and 0 <= p1 < word(given, SIZES + 1)
        for at in range(low * channels if inside else f2 * channels):
            y[at] = 0.0
        if not inside:
            continue
        z = floats(target + (low + size) * channels * ITEM)
        for at in range((f2 - low - size) * channels):
            z[at] = 0.0
        source = word(given, SOURCE) + n * word(given, SOURCE_BATCH)
        source += p0 * word(given, SOURCE_AXES) + p1 * word(given, SOURCE_AXES + 1)
        for channel in range(channels):
            x = floats(source + channel * word(given, SOURCE_CHANNEL))
            y = floats(target + (low * channels + channel) * ITEM)
            for pixel in range(size):
                y[pixel * channels] = x[pixel * by_pixel]
    return 0
