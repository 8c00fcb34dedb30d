"""Where everything of one module is: node boxes, ports and wire curves in numpy, followed from changes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from core.document import Change, Document
from core.ports import as_owner
from core.record import Comment, Module, Node, Record, Tie, Wire
from core.value import definitions_of

from .around import LONG, crosses, level_round
from .card import Card, Measure
from .made_card import has_ports_of_wires, made_card, only_moved
from .marks import partners
from .route import POINTS, Array, route
from .table import Table
from .view import Box, Point

DETOUR = 1500.0
"""How far up and down a way round other nodes is looked for, in scene units."""

Mask = np.ndarray[Any, np.dtype[np.bool_]]


class Geometry:
    """The drawing of a module in scene units; `apply` follows the document, everything else reads."""

    def __init__(self, document: Document, module: str, measure: Measure) -> None:
        self.module = module
        self._document = document
        self._measure = measure
        self.arrangement = 0
        """Another number whenever a node was added, moved, resized or taken out."""
        self._boxes = Table(4)
        self._points = Table(POINTS, 2)
        self._wire_boxes = Table(4)
        self._cards: dict[str, Card] = {}
        self._wires: dict[str, Wire] = {}
        self._wires_of: dict[str, dict[str, None]] = {}
        self._comments: dict[str, Comment] = {}
        self._users = Counter(
            definition
            for record in document.records.values()
            if isinstance(record, Node)
            for definition in definitions_of(record)
        )
        self._partners = partners(document, module)
        for record in document.members(module):
            self._note(record)
        self._place(node.id for node in document.nodes(module))
        self._route(self._wires)

    # Following

    def apply(self, change: Change) -> frozenset[str]:
        """Follows a change of the document and returns the ids whose picture is another one now."""
        redone: dict[str, None] = {}
        moved: dict[str, None] = {}
        wires: dict[str, None] = {}
        gone: set[str] = set()
        for before, after in change.diff.values():
            self._follow_elsewhere(before, after, redone)
            # What goes to another module, or comes from one, goes or comes for this drawing.
            before, after = self._if_here(before), self._if_here(after)
            record = after or before
            if record is None:
                continue
            self._forget(before)
            if after is None:
                gone.add(record.id)
            else:
                self._note(after)
            if isinstance(record, Wire):
                self._follow_wire(before, after, redone, wires)
            elif isinstance(after, Node):
                (moved if only_moved(before, after) else redone)[after.id] = None
        self._follow_ties(change, redone)
        redone = {key: None for key in redone if isinstance(self._document.get(key), Node)}
        placed = (*redone, *moved, *gone)
        wires.update(dict.fromkeys(self._long_wires_at(placed)))
        self._drop(gone)
        self._place(redone)
        for key in moved:
            self._move(key)
        wires.update(dict.fromkeys(self._long_wires_at(placed)))
        for node in (*redone, *moved):
            wires.update(self._wires_of.get(node, {}))
        rerouted = self._route(key for key in wires if key in self._wires)
        comments = {key for key in change.diff if key in self._comments}
        return frozenset({*redone, *moved, *rerouted, *gone, *comments})

    def _if_here(self, record: Record | None) -> Node | Wire | Comment | None:
        return record if isinstance(record, Node | Wire | Comment) and record.module == self.module else None

    # Reading

    @property
    def nodes(self) -> list[str]:
        """The ids of the nodes, the topmost last."""
        return self._boxes.keys

    @property
    def wires(self) -> dict[str, Wire]:
        """The wires that are drawn: those with both nodes there."""
        return self._wires

    def __contains__(self, key: str) -> bool:
        return key in self._boxes or key in self._wires or key in self._comments

    def is_node(self, key: str) -> bool:
        """Whether a node of the module has that id."""
        return key in self._boxes

    def is_drawn(self, key: str) -> bool:
        """Whether it is a wire with both its ends there."""
        return key in self._points

    @property
    def document(self) -> Document:
        """What is drawn."""
        return self._document

    def partners(self, node: str) -> frozenset[str]:
        """The nodes that have weights in common with this one."""
        return self._partners.get(node, frozenset())

    def card(self, node: str) -> Card:
        """The card of a node."""
        return self._cards[node]

    @property
    def boxes(self) -> Array:
        """Where every node is, in the order of `nodes`: (N, 4), only to be read."""
        return self._boxes.rows

    def boxes_of(self, nodes: Iterable[str]) -> Array:
        """Where these nodes are: (N, 4)."""
        return self._boxes.pick(nodes)

    def box(self, node: str) -> Box:
        """Where a node is."""
        left, top, right, bottom = self._boxes.row(node).tolist()
        return left, top, right, bottom

    def wires_of(self, node: str) -> list[str]:
        """The wires that end at a node."""
        return [key for key in self._wires_of.get(node, ()) if key in self._points]

    def wire_into(self, node: str, port: str) -> str | None:
        """The wire at an input port."""
        for key in self._wires_of.get(node, ()):
            wire = self._wires[key]
            if (wire.target, wire.target_port) == (node, port):
                return key
        return None

    def wire_points(self, wires: Iterable[str]) -> Array:
        """The polylines of wires: (M, POINTS, 2)."""
        return self._points.pick(wires)

    def wire_box(self, wire: str) -> Box:
        """The box around a wire's curve."""
        left, top, right, bottom = self._wire_boxes.row(wire).tolist()
        return left, top, right, bottom

    def nodes_in(self, box: Box) -> list[str]:
        """The nodes whose card meets the box."""
        return self._boxes.named(_meeting(self._boxes.rows, box))

    def wires_in(self, box: Box) -> list[str]:
        """The wires whose own box meets the box."""
        return self._wire_boxes.named(_meeting(self._wire_boxes.rows, box))

    def wires_inside(self, box: Box) -> list[str]:
        """The wires that lie in the box as a whole."""
        rows = self._wire_boxes.rows
        inside = np.logical_and(rows[:, :2] >= box[:2], rows[:, 2:] <= box[2:]).all(axis=1)
        return self._wire_boxes.named(np.asarray(inside))

    def comments_in(self, box: Box) -> list[Comment]:
        """The comments that meet the box."""
        left, top, right, bottom = box
        return [
            self._comments[key]
            for key, (x0, y0, x1, y1) in self.comment_boxes()
            if x0 <= right and left <= x1 and y0 <= bottom and top <= y1
        ]

    def comment_boxes(self) -> Iterator[tuple[str, Box]]:
        """Each comment's id and where it is."""
        for key, comment in self._comments.items():
            (x, y), (width, height) = comment.at, comment.size
            yield key, (x, y, x + width, y + height)

    def item_box(self, key: str) -> Box:
        """Where a node, a wire or a comment is; KeyError where there is none."""
        if key in self._boxes:
            return self.box(key)
        if key in self._wire_boxes:
            return self.wire_box(key)
        (x, y), (width, height) = self._comments[key].at, self._comments[key].size
        return x, y, x + width, y + height

    def bounds(self, keys: Iterable[str] | None = None) -> Box | None:
        """The box around these items, or around everything; None where there is nothing."""
        if keys is not None:
            boxes = [self.item_box(key) for key in keys if key in self]
        else:
            rows = [table.rows for table in (self._boxes, self._wire_boxes) if len(table)]
            boxes = [box for _, box in self.comment_boxes()]
            boxes += [(*part[:, :2].min(axis=0).tolist(), *part[:, 2:].max(axis=0).tolist()) for part in rows]
        if not boxes:
            return None
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    def port_place(self, node: str, side: str, port: str) -> Point:
        """Where a port is; the middle of its edge where the node has no port of that name."""
        left, top, right, bottom = self.box(node)
        card = self._cards[node]
        found = card.input(port) if side == "in" else card.output(port)
        return (left if side == "in" else right), (top + found.y if found else (top + bottom) / 2)

    # Inside

    def _note(self, record: object) -> None:
        if isinstance(record, Wire):
            self._wires[record.id] = record
            self._wires_of.setdefault(record.source, {})[record.id] = None
            self._wires_of.setdefault(record.target, {})[record.id] = None
        elif isinstance(record, Comment):
            self._comments[record.id] = record

    def _forget(self, record: object) -> None:
        if isinstance(record, Wire):
            self._wires.pop(record.id, None)
            for node in (record.source, record.target):
                self._wires_of.get(node, {}).pop(record.id, None)
        elif isinstance(record, Comment):
            self._comments.pop(record.id, None)

    def _follow_wire(
        self, before: object, after: object, redone: dict[str, None], wires: dict[str, None]
    ) -> None:
        for record in (before, after):
            if not isinstance(record, Wire):
                continue
            wires[record.id] = None
            for node in (record.source, record.target):
                if node in self._boxes and self._has_ports_of_wires(node):
                    redone[node] = None

    def _follow_elsewhere(self, before: object, after: object, redone: dict[str, None]) -> None:
        """Marks the instances whose module got another name, other ports or other users."""
        definitions: set[str] = set()
        for record, sign in ((before, -1), (after, 1)):
            if isinstance(record, Node):
                for definition in definitions_of(record):
                    self._users[definition] += sign
                    if before is None or after is None:
                        definitions.add(definition)
            if isinstance(record, Node) and record.kind in ("Input", "Output"):
                definitions.add(record.module)
            if isinstance(record, Module):
                definitions.add(record.id)
        if definitions:
            for node in self._document.nodes(self.module):
                is_given = node.slot is not None and self.module in definitions
                if is_given or not definitions.isdisjoint(definitions_of(node)):
                    redone[node.id] = None

    def _follow_ties(self, change: Change, redone: dict[str, None]) -> None:
        """Marks the nodes that have other partners now, and those that are what a changed one is."""
        records = [record for pair in change.diff.values() for record in pair if record is not None]
        if not any(
            isinstance(r, Tie) or (isinstance(r, Node) and (r.owner or self._partners)) for r in records
        ):
            return
        before, self._partners = self._partners, partners(self._document, self.module)
        for key in before.keys() | self._partners.keys():
            if before.get(key) != self._partners.get(key) or not self.partners(key).isdisjoint(redone):
                redone[key] = None

    def _drop(self, gone: set[str]) -> None:
        for key in gone:
            if key in self._boxes:
                self._boxes.remove(key)
                self.arrangement += 1
                del self._cards[key]
                # Wires that a damaged file left without their node are not drawn, but kept for its return.
                self._undraw(self._wires_of.get(key, ()))
            self._undraw((key,))

    def _undraw(self, wires: Iterable[str]) -> None:
        for key in wires:
            if key in self._points:
                self._points.remove(key)
                self._wire_boxes.remove(key)

    def _place(self, nodes: Iterable[str]) -> None:
        for key in nodes:
            node = self._document.node(key)
            card = self._cards[key] = self._card_of(node)
            x, y = node.at
            box = (x, y, x + card.width, y + card.height)
            if key not in self._boxes or self.box(key) != box:
                self.arrangement += 1
                self._boxes.put(key, box)

    def _move(self, key: str) -> None:
        (x, y), card = self._document.node(key).at, self._cards[key]
        self._boxes.put(key, (x, y, x + card.width, y + card.height))
        self.arrangement += 1

    def _card_of(self, node: Node) -> Card:
        definition = as_owner(self._document, node).definition
        return made_card(
            self._document,
            node,
            [self._wires[key] for key in self._wires_of.get(node.id, ())],
            self._measure,
            users=None if definition is None else self._users[definition],
            tied=node.id in self._partners,
        )

    def _has_ports_of_wires(self, key: str) -> bool:
        node = self._document.get(key)
        return isinstance(node, Node) and has_ports_of_wires(self._document, node)

    def _route(self, wires: Iterable[str]) -> list[str]:
        """Leads wires from port to port, and returns those whose way is another one now."""
        keys = [key for key in wires if self._has_both_ends(key)]
        if not keys:
            return []
        ends = np.array([self._ends(key) for key in keys])
        bodies = np.array([self._bodies(key) for key in keys])
        points = route(ends, bodies)
        levels = np.full(len(keys), np.nan)
        for index in np.flatnonzero(ends[:, 2] - ends[:, 0] > LONG).tolist():
            levels[index] = self._level(keys[index], ends[index], points[index])
        if not np.isnan(levels).all():
            points = route(ends, bodies, levels)
        other = [
            key
            for key, way in zip(keys, points, strict=True)
            if key not in self._points or not np.array_equal(self._points.row(key), way)
        ]
        self._points.put_all(keys, points)
        self._wire_boxes.put_all(keys, np.concatenate((points.min(axis=1), points.max(axis=1)), axis=1))
        return other

    def _level(self, key: str, ends: Array, points: Array) -> float:
        """The height at which a long wire goes round what its straight way would run through, else NaN."""
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        wire, boxes = self._wires[key], self._boxes.rows
        column = _meeting(boxes, (left, top - DETOUR, right, bottom + DETOUR))
        column[[self._boxes.slot(wire.source), self._boxes.slot(wire.target)]] = False
        others = boxes[column]
        return level_round(ends, others) if crosses(points, others) else float("nan")

    def _long_wires_at(self, nodes: Iterable[str]) -> list[str]:
        """The wires long enough to go round one of these nodes, or to do so no more."""
        rows = self._wire_boxes.rows
        long = np.flatnonzero(rows[:, 2] - rows[:, 0] > LONG)
        boxes = rows[long]
        if not long.size:
            return []
        met: Mask = np.zeros(long.size, dtype=np.bool_)
        for node in nodes:
            if node in self._boxes:
                met |= _meeting(boxes, self.box(node))
        return [self._wire_boxes.keys[slot] for slot in long[met].tolist()]

    def _has_both_ends(self, key: str) -> bool:
        wire = self._wires[key]
        return wire.source in self._boxes and wire.target in self._boxes

    def _ends(self, key: str) -> tuple[float, float, float, float]:
        wire = self._wires[key]
        start = self.port_place(wire.source, "out", wire.source_port)
        return (*start, *self.port_place(wire.target, "in", wire.target_port))

    def _bodies(self, key: str) -> tuple[float, float, float, float]:
        wire = self._wires[key]
        source, target = self.box(wire.source), self.box(wire.target)
        return source[1], source[3], target[1], target[3]


def _meeting(rows: Array, box: Box) -> Mask:
    left, top, right, bottom = box
    mask: Mask = (rows[:, 0] <= right) & (rows[:, 2] >= left) & (rows[:, 1] <= bottom) & (rows[:, 3] >= top)
    return mask
