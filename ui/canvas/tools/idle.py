"""Nothing is held: the mouse points at things, and keys act on the selection."""

from .. import commands
from ..hit import CommentHit, Hit, NodeHit, PortHit, WireHit, badge_at
from ..stage import Feedback, Key, Pointer, SearchRequest, Stage
from .banding import Banding
from .panning import Panning
from .pointing import Pointing
from .tool import Tool
from .wiring import Wiring


class Idle(Tool):
    """Waits for a gesture to begin."""

    def on_press(self, stage: Stage, pointer: Pointer) -> Tool:
        stage.show()
        if pointer.button == "middle" or pointer.space:
            return Panning(pointer, self)
        if pointer.button != "left":
            return self._pick_for_menu(stage, pointer)
        badged = stage.code_badge_under(pointer)
        if badged is not None:
            _pick(stage, badged, pointer)
            stage.host.show_code(badged)
            return self
        found = stage.under(pointer)
        if isinstance(found, PortHit):
            return Wiring.from_port(stage, found, pointer, self, detach=pointer.alt)
        key = key_of(found)
        if key is None:
            return Banding(pointer, stage.session.selection, self)
        _pick(stage, key, pointer)
        if badge_at(stage.geometry, pointer.at) == key and not (pointer.ctrl or pointer.shift):
            stage.host.show_calls(key, clicked=True)
            return self
        return self if isinstance(found, WireHit) else Pointing(key, pointer, self)

    def on_move(self, stage: Stage, pointer: Pointer) -> Tool:
        found = stage.under(pointer)
        stage.session.point_at(key_of(found))
        stage.host.show_calls(badge_at(stage.geometry, pointer.at) if isinstance(found, NodeHit) else None)
        port = found if isinstance(found, PortHit) else None
        if stage.feedback.port != port:
            stage.show(Feedback(port=port, draft=stage.feedback.draft))
        return self

    def on_double(self, stage: Stage, pointer: Pointer) -> Tool:
        if stage.code_badge_under(pointer) is not None:
            return self
        found = stage.under(pointer)
        if found is None and pointer.button == "left":
            stage.host.search(SearchRequest(pointer.at, pointer.pixel, here=True))
        elif isinstance(found, NodeHit) and stage.can_enter(found.node):
            stage.host.enter(found.node)
        elif isinstance(found, NodeHit | CommentHit):
            stage.host.rename(key_of(found) or "")
        return self

    def on_key(self, stage: Stage, key: Key) -> Tool:
        commands.on_key(stage, key)
        return self

    @staticmethod
    def _pick_for_menu(stage: Stage, pointer: Pointer) -> Tool:
        key = key_of(stage.under(pointer))
        if key is not None and key not in stage.session.selection:
            stage.session.select((key,), key)
        return Idle()


def key_of(found: Hit) -> str | None:
    """The id of what was hit; a port counts as its node."""
    match found:
        case PortHit() | NodeHit():
            return found.node
        case WireHit():
            return found.wire
        case CommentHit():
            return found.comment
    return None


def _pick(stage: Stage, key: str, pointer: Pointer) -> None:
    session = stage.session
    if pointer.ctrl:
        session.toggle((key,))
    elif pointer.shift:
        session.add((key,), key)
    elif key not in session.selection:
        session.select((key,), key)
