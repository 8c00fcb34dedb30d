"""The button is down on a node or comment: a click picks it, a drag moves the selection."""

from ..stage import Pointer, Stage
from .moving import Moving
from .tool import Tool


class Pointing(Tool):
    """Waits whether it becomes a click or a drag."""

    def __init__(self, key: str, start: Pointer, before: Tool) -> None:
        self._key = key
        self._start = start
        self._before = before

    def on_move(self, stage: Stage, pointer: Pointer) -> Tool:
        if not pointer.is_away_from(self._start):
            return self
        ids = stage.selected()
        # A Ctrl+click may just have dropped the node under the mouse.
        if self._key not in ids:
            return self
        return Moving.begin(stage, ids, self._key, self._start, self._before).on_move(stage, pointer)

    def on_release(self, stage: Stage, pointer: Pointer) -> Tool:
        if not (pointer.ctrl or pointer.shift):
            stage.session.select((self._key,), self._key)
        return self._before

    def on_cancel(self, stage: Stage) -> Tool:
        return self._before
