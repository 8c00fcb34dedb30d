"""A rubber band is drawn over the empty canvas and picks what it touches."""

from ..hit import band
from ..stage import Feedback, Pointer, Stage
from ..view import Box
from .tool import Tool


class Banding(Tool):
    """Picks while it is drawn; Shift adds to what was picked, Ctrl turns it round."""

    def __init__(self, start: Pointer, selection: frozenset[str], before: Tool) -> None:
        self._start = start
        self._selection = selection
        self._before = before

    def on_move(self, stage: Stage, pointer: Pointer) -> Tool:
        if stage.feedback.band is None and not pointer.is_away_from(self._start):
            return self
        (x0, y0), (x1, y1) = self._start.at, pointer.at
        box: Box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        found = frozenset(band(stage.geometry, box))
        if self._start.shift:
            found |= self._selection
        elif self._start.ctrl:
            found ^= self._selection
        stage.session.select(found)
        stage.show(Feedback(band=box))
        return self

    def on_release(self, stage: Stage, pointer: Pointer) -> Tool:
        if stage.feedback.band is None and not (self._start.shift or self._start.ctrl):
            stage.session.select(())
        stage.show()
        return self._before

    def on_cancel(self, stage: Stage) -> Tool:
        stage.session.select(self._selection)
        stage.show()
        return self._before
