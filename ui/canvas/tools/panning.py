"""The drawing is dragged under the window."""

from ..stage import Pointer, Stage
from ..view import Point
from .tool import Tool


class Panning(Tool):
    """Follows the mouse from pixel to pixel; Escape goes back to where it was."""

    def __init__(self, start: Pointer, before: Tool) -> None:
        self._first: Point = start.pixel
        self._last: Point = start.pixel
        self._before = before

    def on_move(self, stage: Stage, pointer: Pointer) -> Tool:
        (x, y), (to_x, to_y) = self._last, pointer.pixel
        self._last = pointer.pixel
        stage.host.pan(to_x - x, to_y - y)
        return self

    def on_release(self, stage: Stage, pointer: Pointer) -> Tool:
        return self._before

    def on_cancel(self, stage: Stage) -> Tool:
        (x, y), (to_x, to_y) = self._last, self._first
        stage.host.pan(to_x - x, to_y - y)
        return self._before

    @property
    def cursor(self) -> str:
        return "closed hand"
