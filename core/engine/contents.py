"""What stands where in an arena while something is played on intervals instead of numbers."""

from bisect import bisect_left


class Contents:
    """Whose value stands where: intervals in order that do not overlap."""

    def __init__(self) -> None:
        self._offsets: list[int] = []
        self._ends: list[int] = []
        self._owners: list[int] = []

    def hold(self, owner: int, offset: int, size: int) -> None:
        """Writes so many bytes, one at least; every value that this reaches is gone."""
        end = offset + max(1, size)
        start = bisect_left(self._offsets, offset)
        if start > 0 and self._ends[start - 1] > offset:
            start -= 1
        stop = bisect_left(self._offsets, end)
        self._offsets[start:stop] = [offset]
        self._ends[start:stop] = [end]
        self._owners[start:stop] = [owner]

    def holds(self, owner: int, offset: int) -> bool:
        """Whether the whole value still stands there."""
        index = bisect_left(self._offsets, offset)
        here = index < len(self._offsets) and self._offsets[index] == offset
        return here and self._owners[index] == owner
