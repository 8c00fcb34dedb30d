"""A layer from the palette is held over the canvas: over a wire it foretells the shapes behind it."""

from core import edits
from core.edits import EditError
from core.files import FileError
from ui.structures import put_made, stands_for

from ..hit import wire_at
from ..stage import Feedback, Foretold, Pointer, Stage
from ..view import Box, Point
from .tool import Tool

GHOST = (112.0, 44.0)
"""The size of the node that is shown before it exists."""

REACH_PX = 18.0


class Dropping(Tool):
    """Shows where the layer would go; released, it is put there."""

    def __init__(self, kind: str, title: str, before: Tool) -> None:
        self._kind = kind
        self._title = title
        self._before = before
        self._wire: str | None = None
        self._foretold: Foretold = {}

    def on_move(self, stage: Stage, pointer: Pointer) -> Tool:
        wire = wire_at(stage.geometry, pointer.at, REACH_PX / stage.view.scale)
        if wire != self._wire:
            self._wire = wire
            self._foretold = {} if wire is None else stage.foretell(wire, stands_for(self._kind))
        x, y = self._corner(pointer)
        ghost: Box = (x, y, x + GHOST[0], y + GHOST[1])
        stage.show(Feedback(wire=wire, foretold=self._foretold, ghost=(ghost, self._title)))
        return self

    def on_release(self, stage: Stage, pointer: Pointer) -> Tool:
        stage.show()
        try:
            node = put_made(
                stage.document,
                stage.geometry.module,
                self._kind,
                lambda kind: self._put(stage, pointer, kind),
                stage.bring,
            )
        except (EditError, FileError) as error:
            stage.host.say(str(error))
            return self._before
        stage.session.select((node,), node)
        return self._before

    def on_cancel(self, stage: Stage) -> Tool:
        stage.show()
        return self._before

    def _put(self, stage: Stage, pointer: Pointer, kind: str) -> str:
        if self._wire is not None and self._wire in stage.geometry.wires:
            return edits.insert_on_wire(stage.document, self._wire, kind)
        return edits.add_node(stage.document, stage.geometry.module, kind, self._corner(pointer))

    @staticmethod
    def _corner(pointer: Pointer) -> Point:
        return pointer.at[0] - GHOST[0] / 2, pointer.at[1] - GHOST[1] / 2
