"""A wire is dragged from a port: to another port, or to the empty canvas for a search of what fits."""

from core import edits
from core.edits import EditError
from core.text import tr

from ..hit import PortHit, Side, nearest_port, node_at, ports_of
from ..stage import Feedback, Pointer, SearchRequest, Stage
from .tool import Tool

REACH_PX = 20.0
"""How near to a port the wire's end must come to go there."""


class Wiring(Tool):
    """One end stands at a port, the other follows the mouse; a loop is refused while it is dragged."""

    def __init__(self, fixed: PortHit, start: Pointer, before: Tool, detached: str | None = None) -> None:
        self._fixed = fixed
        self._start = start
        self._before = before
        self._detached = detached
        self._moved = False
        self._goal: PortHit | None = None
        self._refusal = ""

    @classmethod
    def from_port(
        cls, stage: Stage, port: PortHit, pointer: Pointer, before: Tool, *, detach: bool
    ) -> "Wiring":
        """Starts at a port; `detach` takes the end of the wire that is at an input instead."""
        wire = stage.geometry.wire_into(port.node, port.port) if detach and port.side == "in" else None
        if wire is None:
            return cls(port, pointer, before)
        record = stage.geometry.wires[wire]
        at = stage.geometry.port_place(record.source, "out", record.source_port)
        return cls(PortHit(record.source, "out", record.source_port, at), pointer, before, wire)

    def on_move(self, stage: Stage, pointer: Pointer) -> Tool:
        if not self._moved and not pointer.is_away_from(self._start):
            return self
        self._moved = True
        if self._fixed.node not in stage.geometry:
            return self.on_cancel(stage)
        self._goal = self._port_for(stage, pointer)
        loop = self._loop(stage)
        self._refusal = refusal(stage, loop)
        end = self._goal.at if self._goal is not None else pointer.at
        ends = (self._fixed.at, end) if self._fixed.side == "out" else (end, self._fixed.at)
        stage.show(
            Feedback(
                draft=ends,
                port=self._goal or self._fixed,
                wire=self._detached,
                loop=loop,
                refusal=self._refusal,
                refused_at=pointer.at,
            )
        )
        return self

    def on_release(self, stage: Stage, pointer: Pointer) -> Tool:
        draft = stage.feedback.draft
        stage.show()
        if self._refusal:
            stage.host.say(self._refusal)
        elif self._goal is not None:
            self._connect(stage, self._goal)
        elif self._detached is not None and self._moved:
            self._disconnect(stage, self._detached)
        elif self._moved:
            # The wire stays in sight while the search is open.
            stage.show(Feedback(draft=draft))
            stage.host.search(SearchRequest(pointer.at, pointer.pixel, self._fixed))
        else:
            stage.session.select((self._fixed.node,), self._fixed.node)
        return self._before

    def on_cancel(self, stage: Stage) -> Tool:
        stage.show()
        return self._before

    @property
    def cursor(self) -> str:
        return "cross"

    @staticmethod
    def _disconnect(stage: Stage, wire: str) -> None:
        try:
            edits.disconnect(stage.document, wire)
        except EditError as error:
            stage.host.say(str(error))

    def _connect(self, stage: Stage, goal: PortHit) -> None:
        source, target = (self._fixed, goal) if self._fixed.side == "out" else (goal, self._fixed)
        try:
            with stage.document.edit(_name(stage, source, target)):
                if self._detached is not None and self._detached in stage.geometry.wires:
                    edits.disconnect(stage.document, self._detached)
                edits.connect(stage.document, source.node, source.port, target.node, target.port)
        except EditError as error:
            stage.host.say(str(error))

    def _port_for(self, stage: Stage, pointer: Pointer) -> PortHit | None:
        """The port that the free end would go to: the nearest one, or that of the node under the mouse."""
        side: Side = "in" if self._fixed.side == "out" else "out"
        near = nearest_port(stage.geometry, pointer.at, REACH_PX / stage.view.scale, side)
        if near is not None:
            return near
        node = node_at(stage.geometry, pointer.at)
        if node is None or node == self._fixed.node:
            return None
        ports = ports_of(stage.geometry, node, side)
        free = [port for port in ports if stage.geometry.wire_into(node, port.port) is None]
        return next(iter([*free, *ports] if side == "in" else ports), None)

    def _loop(self, stage: Stage) -> tuple[str, ...]:
        if self._goal is None:
            return ()
        ends = (self._fixed.node, self._goal.node)
        source, target = ends if self._fixed.side == "out" else ends[::-1]
        return stage.find_loop(stage.geometry.module, source, target)


def refusal(stage: Stage, loop: tuple[str, ...]) -> str:
    """Why a wire that closes a loop is not drawn; empty where there is no loop."""
    if not loop:
        return ""
    names = [stage.geometry.card(node).title for node in (*loop, loop[0]) if stage.geometry.is_node(node)]
    return tr("this would close a loop: {loop}", loop=" → ".join(names))


def _name(stage: Stage, source: PortHit, target: PortHit) -> str:
    card = stage.geometry.card
    return tr("Connect {source} to {target}", source=card(source.node).title, target=card(target.node).title)
