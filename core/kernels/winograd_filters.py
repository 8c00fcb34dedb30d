"""3×3 filters at the points of Winograd's transforms, in panels as the register tile reads them."""

from typing import Any

from ..ops.jit import kernel
from .filters import CHANNELS_TOGETHER, bring, room_words
from .tile import COLUMNS
from .vector import CACHE_LINE, ITEM
from .winograd_matrices import FILTER
from .winograd_transforms import spread_filter_2, spread_filter_4
from .words import put_word, word

# Where filters (3, 3, depth, wide) stand, in words: the places stand evenly, and either they or channels or
# filters stand side by side. The FLIPPED ones are turned around.
SOURCE_WORDS = 5
FIRST, BY_TAP, BY_DEPTH, BY_FILTER, FLIPPED = range(SOURCE_WORDS)

_PLACES = FILTER**2
_TABLES = -(-8 * (room_words(_PLACES) + _PLACES) // CACHE_LINE) * CACHE_LINE
FILTER_SCRATCH_BYTES = _TABLES + CHANNELS_TOGETHER * _PLACES * COLUMNS * ITEM


@kernel("int64(int64)")
def point_bytes(rows: Any) -> Any:
    """Bytes from one point to the next, each with so many rows of a panel.

    A line lies between them: else all points of a filter would fall on the same part of a cache.
    """
    return rows * COLUMNS * ITEM + CACHE_LINE


@kernel("void(int64, int64, int64, int64, int64, int64, int64, int64, int64)")
def filters_to_points(
    source: Any, size: Any, panel: Any, have: Any, begin: Any, end: Any, room: Any, into: Any, step: Any
) -> None:
    """Brings channels `begin` to `end` of the `have` filters of a panel to points, so many bytes apart."""
    table, rows = room + _TABLES - 8 * _PLACES, room + _TABLES
    by_tap, by_depth, by_filter = word(source, BY_TAP), word(source, BY_DEPTH), word(source, BY_FILTER)
    first = word(source, FIRST) + panel * COLUMNS * by_filter
    for channel in range(begin, end, CHANNELS_TOGETHER):
        deep = min(CHANNELS_TOGETHER, end - channel)
        for k in range(deep):
            for place in range(_PLACES):
                row = k * _PLACES + (_PLACES - 1 - place if word(source, FLIPPED) else place)
                put_word(room, k * _PLACES + place, rows + row * COLUMNS * ITEM)
        bring(first + channel * by_depth, by_depth, by_filter, by_tap, _PLACES, deep, have, room)
        for k in range(deep):
            for place in range(_PLACES):
                put_word(table, place, rows + (k * _PLACES + place) * COLUMNS * ITEM)
            target = into + (channel - begin + k) * COLUMNS * ITEM
            if size == 2:
                spread_filter_2(table, target, step, COLUMNS)
            else:
                spread_filter_4(table, target, step, COLUMNS)


# The arguments of `winograd_filters`, in words.
FILTERS_WORDS = 5 + SOURCE_WORDS
SCRATCH, SIZE, DEPTH, WIDE, TARGET, SOURCE, *_ = range(FILTERS_WORDS)


@kernel("int64(int64, int64, int64)", words=FILTERS_WORDS)
def winograd_filters(given: Any, thread: Any, threads: Any) -> int:
    """Filters (3, 3, depth, wide) -> (side², panels, depth, COLUMNS)."""
    depth, wide = word(given, DEPTH), word(given, WIDE)
    panels, parts = (wide + COLUMNS - 1) // COLUMNS, (depth + CHANNELS_TOGETHER - 1) // CHANNELS_TOGETHER
    room = word(given, SCRATCH) + thread * FILTER_SCRATCH_BYTES
    step = point_bytes(panels * depth)
    for at in range(panels * parts * thread // threads, panels * parts * (thread + 1) // threads):
        panel, begin = at // parts, at % parts * CHANNELS_TOGETHER
        end, have = min(depth, begin + CHANNELS_TOGETHER), min(COLUMNS, wide - panel * COLUMNS)
        into = word(given, TARGET) + (panel * depth + begin) * COLUMNS * ITEM
        filters_to_points(given + 8 * SOURCE, word(given, SIZE), panel, have, begin, end, room, into, step)
    return 0
