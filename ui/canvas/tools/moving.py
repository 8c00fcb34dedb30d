"""Nodes and comments follow the mouse, snap to their neighbours, and may be dropped into a wire."""

from core import edits
from core.edits import EditError

from ..hit import wire_at
from ..snap import Snap, snapped
from ..stage import WIRE_REACH_PX, Feedback, Pointer, Stage
from ..view import Point
from .tool import Tool

SNAP_PX = 6.0


class Moving(Tool):
    """A gesture of the document: released it is one entry of the history, cancelled it is none."""

    def __init__(self, start: Pointer, leader: str, places: dict[str, Point], before: Tool) -> None:
        self._start = start
        self._leader = leader
        self._places = places
        self._before = before
        self._wire: str | None = None

    @classmethod
    def begin(cls, stage: Stage, ids: list[str], leader: str, start: Pointer, before: Tool) -> "Moving":
        """Takes hold of these ids; `leader` is the one under the mouse, which snaps."""
        stage.document.begin("Move")
        stage.host.hold(ids)
        places = {key: stage.geometry.item_box(key)[:2] for key in ids}
        return cls(start, leader, places, before)

    def on_move(self, stage: Stage, pointer: Pointer) -> Tool:
        dx, dy = pointer.at[0] - self._start.at[0], pointer.at[1] - self._start.at[1]
        snap = self._snap(stage, dx, dy)
        moved = {
            key: (x + dx + snap.dx, y + dy + snap.dy)
            for key, (x, y) in self._places.items()
            if key in stage.geometry
        }
        try:
            edits.move(stage.document, moved)
        except EditError as error:
            stage.host.say(str(error))
            return self.on_cancel(stage)
        self._wire = self._wire_under(stage, pointer)
        stage.show(Feedback(guides=snap.guides, wire=self._wire))
        return self

    def on_release(self, stage: Stage, pointer: Pointer) -> Tool:
        if self._wire is not None and self._wire in stage.geometry.wires:
            try:
                edits.splice(stage.document, self._wire, self._leader)
            except EditError as error:
                stage.host.say(str(error))
        stage.document.commit()
        return self._end(stage)

    def on_cancel(self, stage: Stage) -> Tool:
        stage.document.cancel()
        return self._end(stage)

    @property
    def cursor(self) -> str:
        return "closed hand"

    def _end(self, stage: Stage) -> Tool:
        stage.show()
        stage.host.let_go()
        return self._before

    def _snap(self, stage: Stage, dx: float, dy: float) -> Snap:
        if self._leader not in stage.geometry:
            return Snap()
        x, y = self._places[self._leader]
        return snapped(
            stage.geometry,
            self._leader,
            (x + dx, y + dy),
            SNAP_PX / stage.view.scale,
            stage.visible(),
            but=self._places,
        )

    def _wire_under(self, stage: Stage, pointer: Pointer) -> str | None:
        """The wire that the one moved node would be inserted into: only a node without wires is."""
        geometry = stage.geometry
        if len(self._places) != 1 or not geometry.is_node(self._leader) or geometry.wires_of(self._leader):
            return None
        card = geometry.card(self._leader)
        if not card.inputs or not card.outputs:
            return None
        left, top, right, bottom = geometry.box(self._leader)
        reach = max(WIRE_REACH_PX / stage.view.scale, (bottom - top) / 3)
        return wire_at(geometry, ((left + right) / 2, (top + bottom) / 2), reach)
