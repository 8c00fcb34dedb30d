"""Where the labels of wires stand: on the wire where there is room, else above or below, else nowhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .geometry import Geometry
from .view import Box, Point

PILL_HEIGHT = 16.0
CHARACTER = 6.0
"""Advance of the pills' monospaced type, in scene units."""

PILL_PADDING = 5.0
ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82)
"""Parts of the way at which a label tries to stand on its wire, in this order."""

_GAP = 5.0


@dataclass(frozen=True)
class Placed:
    """A label's box, and the point of the wire that it belongs to where it stands off it."""

    box: Box
    leader: Point | None = None


def pill_size(text: str) -> tuple[float, float]:
    """The size of the pill that holds a shape."""
    return len(text) * CHARACTER + 2 * PILL_PADDING, PILL_HEIGHT


class Pills:
    """Places labels so that none covers a node or another label, and remembers where."""

    def __init__(self, geometry: Geometry) -> None:
        self._geometry = geometry
        self._placed: dict[str, tuple[tuple[float, float], Placed | None]] = {}

    def clear(self) -> None:
        """Forgets every place, as nodes or wires are elsewhere now."""
        self._placed.clear()

    def forget(self, wires: Iterable[str]) -> None:
        """Forgets the places of these wires' labels."""
        for wire in wires:
            self._placed.pop(wire, None)

    def fresh(self) -> "Pills":
        """Places for the same drawing, as if no label stood yet."""
        return Pills(self._geometry)

    def place(self, sizes: dict[str, tuple[float, float]]) -> dict[str, Placed]:
        """Places for the labels of these wires; those without room are left out."""
        found: dict[str, Placed] = {}
        waiting = []
        for wire, size in sizes.items():
            known = self._placed.get(wire)
            if known is None or known[0] != size:
                self._placed.pop(wire, None)
                waiting.append(wire)
            elif known[1] is not None:
                found[wire] = known[1]
        # Tall labels are errors: they choose first.
        for wire in sorted(waiting, key=lambda key: -sizes[key][1]):
            taken = [place.box for _, place in self._placed.values() if place is not None]
            place = self._free_place(wire, sizes[wire], taken)
            self._placed[wire] = (sizes[wire], place)
            if place is not None:
                found[wire] = place
        return found

    def _free_place(self, wire: str, size: tuple[float, float], taken: Sequence[Box]) -> Placed | None:
        left, top, right, bottom = self._geometry.wire_box(wire)
        width, height = size
        room = (left - width, top - 120 - height, right + width, bottom + 120 + height)
        walls = [self._geometry.box(node) for node in self._geometry.nodes_in(room)]
        taken = [box for box in taken if _meet(box, room)]
        for place in self._candidates(wire, size):
            if not any(_meet(place.box, wall) for wall in walls) and not any(
                _meet(place.box, other) for other in taken
            ):
                return place
        return None

    def _candidates(self, wire: str, size: tuple[float, float]) -> Iterable[Placed]:
        points = self._geometry.wire_points((wire,))[0].tolist()
        for part in ALONG:
            yield Placed(_around(_at(points, part), size))
        record = self._geometry.wires[wire]
        middle = _at(points, 0.5)
        ends = [self._geometry.box(record.source), self._geometry.box(record.target)]
        above = min(box[1] for box in ends) - size[1] / 2 - _GAP
        below = max(box[3] for box in ends) + size[1] / 2 + _GAP
        for step in (0.0, size[1] + _GAP, 2 * (size[1] + _GAP)):
            yield Placed(_around((middle[0], above - step), size), middle)
            yield Placed(_around((middle[0], below + step), size), middle)


def _at(points: Sequence[Sequence[float]], part: float) -> Point:
    place = part * (len(points) - 1)
    index = min(int(place), len(points) - 2)
    rest = place - index
    (x0, y0), (x1, y1) = points[index], points[index + 1]
    return x0 + (x1 - x0) * rest, y0 + (y1 - y0) * rest


def _around(middle: Point, size: tuple[float, float]) -> Box:
    (x, y), (width, height) = middle, size
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
