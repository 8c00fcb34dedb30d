"""Where the labels of wires stand: on the wire where there is room, else above or below, else nowhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .geometry import Geometry, Mask
from .route import Array
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
        self._arrangement = geometry.arrangement

    def clear(self) -> None:
        """Forgets every place."""
        self._placed.clear()

    def keep_up(self) -> None:
        """Forgets every place where nodes are elsewhere now."""
        if self._arrangement != self._geometry.arrangement:
            self._arrangement = self._geometry.arrangement
            self.clear()

    def forget(self, wires: Iterable[str]) -> None:
        """Forgets the places of these wires' labels."""
        for wire in wires:
            self._placed.pop(wire, None)

    def fresh(self) -> "Pills":
        """Places for the same drawing, as if no label stood yet."""
        return Pills(self._geometry)

    def place(self, sizes: Mapping[str, tuple[float, float]]) -> dict[str, Placed]:
        """Places for the labels of these wires; those without room are left out."""
        waiting = []
        for wire, size in sizes.items():
            known = self._placed.get(wire)
            if known is None or known[0] != size:
                self._placed.pop(wire, None)
                waiting.append(wire)
        # Tall labels are errors: they choose first.
        waiting.sort(key=lambda wire: -sizes[wire][1])
        if waiting:
            self._place_all(waiting, sizes)
        placed = ((wire, self._placed[wire][1]) for wire in sizes)
        return {wire: place for wire, place in placed if place is not None}

    def _place_all(self, wires: list[str], sizes: Mapping[str, tuple[float, float]]) -> None:
        """Puts labels in the middle of their wires at once, and looks about for those without room there."""
        middle = self._boxes(wires, sizes, ALONG[:1])[:, 0]  # (W, 4)
        taken = [place.box for _, place in self._placed.values() if place is not None]
        others = np.concatenate((middle, np.array(taken).reshape(-1, 4)))
        crowd = _meeting(middle[:, None], others)
        crowd[np.arange(len(wires)), np.arange(len(wires))] = False
        alone = ~crowd.any(axis=1) & ~_meeting(middle[:, None], self._walls(middle)).any(axis=1)
        for index in np.flatnonzero(alone).tolist():
            place = Placed(_box(middle[index]))
            self._placed[wires[index]] = (sizes[wires[index]], place)
            taken.append(place.box)
        rest = [wires[index] for index in np.flatnonzero(~alone).tolist()]
        if rest:
            self._look_about(rest, sizes, taken)

    def _look_about(
        self, wires: list[str], sizes: Mapping[str, tuple[float, float]], taken: list[Box]
    ) -> None:
        boxes = self._boxes(wires, sizes, ALONG)
        free = np.asarray(~_meeting(boxes[:, :, None], self._walls(boxes)).any(axis=2))  # (W, ALONG)
        for wire, along, is_free in zip(wires, boxes, free, strict=True):
            place = self._free_place(wire, sizes[wire], [_box(box) for box in along[is_free]], taken)
            self._placed[wire] = (sizes[wire], place)
            if place is not None:
                taken.append(place.box)

    def _boxes(
        self, wires: list[str], sizes: Mapping[str, tuple[float, float]], parts: Sequence[float]
    ) -> Array:
        """The boxes of labels at parts of the way: (W, parts, 4)."""
        half = np.array([sizes[wire] for wire in wires])[:, None] / 2
        middles = _along(self._geometry.wire_points(wires), parts)
        return np.concatenate((middles - half, middles + half), axis=2)

    def _walls(self, boxes: Array) -> Array:
        """The nodes among these boxes: (N, 4)."""
        flat = boxes.reshape(-1, 4)
        room = (*flat[:, :2].min(axis=0).tolist(), *flat[:, 2:].max(axis=0).tolist())
        return self._geometry.boxes_of(self._geometry.nodes_in(room))

    def _free_place(
        self, wire: str, size: tuple[float, float], on_wire: Sequence[Box], taken: Sequence[Box]
    ) -> Placed | None:
        for box in on_wire:
            if not any(_meet(box, other) for other in taken):
                return Placed(box)
        for place in self._beside(wire, size):
            walled = self._geometry.nodes_in(place.box)
            if not walled and not any(_meet(place.box, other) for other in taken):
                return place
        return None

    def _beside(self, wire: str, size: tuple[float, float]) -> Iterator[Placed]:
        """Places above and below the two nodes of a wire, ever farther off."""
        middle = _along(self._geometry.wire_points((wire,)), ALONG[:1])[0, 0].tolist()
        record = self._geometry.wires[wire]
        ends = [self._geometry.box(record.source), self._geometry.box(record.target)]
        above = min(box[1] for box in ends) - size[1] / 2 - _GAP
        below = max(box[3] for box in ends) + size[1] / 2 + _GAP
        for step in (0.0, size[1] + _GAP, 2 * (size[1] + _GAP)):
            for y in (above - step, below + step):
                yield Placed(_around((middle[0], y), size), (middle[0], middle[1]))


def _along(points: Array, parts: Sequence[float]) -> Array:
    """The points of polylines at parts of the way: (W, P, 2) -> (W, parts, 2)."""
    places = np.array(parts) * (points.shape[1] - 1)
    index = places.astype(int)
    rest = (places - index)[:, None]
    way: Array = points[:, index] * (1 - rest) + points[:, index + 1] * rest
    return way


def _meeting(a: Array, b: Array) -> Mask:
    """Which boxes overlap, the last axis being left, top, right, bottom; the others broadcast."""
    mask: Mask = (
        (a[..., 0] < b[..., 2]) & (b[..., 0] < a[..., 2]) & (a[..., 1] < b[..., 3]) & (b[..., 1] < a[..., 3])
    )
    return mask


def _box(row: Array) -> Box:
    left, top, right, bottom = row.tolist()
    return left, top, right, bottom


def _around(middle: Point, size: tuple[float, float]) -> Box:
    (x, y), (width, height) = middle, size
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _meet(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
