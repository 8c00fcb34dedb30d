"""Which round of each loop is looked at, and what a call gave in it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QObject, Signal

from core.call_path import last_node
from core.engine import rounds as engine_rounds
from core.engine.network import Place
from core.engine.run import Result
from core.initialise import Array
from core.ports import module_ports, port_nodes, ports
from core.problem import Path
from core.record import ROOT, Node
from ui.editor import Editor


class Loop(NamedTuple):
    """A loop around a call: how many rounds there are to look at, and which of them, from 0, it is."""

    path: Path
    rounds: int
    chosen: int


class Rounds(QObject):
    """The rounds that the user has gone to; of other loops it is the last one that ran."""

    changed = Signal()

    def __init__(self, editor: Editor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._chosen: dict[Path, int] = {}

    def forget(self) -> None:
        """Another design is open."""
        self._chosen = {}

    def go_to(self, loop: Path, index: int) -> None:
        """Looks at another round of a loop."""
        if self._chosen.get(loop) != index:
            self._chosen[loop] = index
            self.changed.emit()

    def loops(self, result: Result, path: Path) -> list[Loop]:
        """The loops whose rounds a call lies in, the outermost first, and itself if it is one."""
        found: list[Loop] = []
        known: dict[Path, int] = {}
        own = [path] if self.is_loop(path) and path in result.iterations else []
        for loop in (*engine_rounds.loops_around(result, path), *own):
            count = engine_rounds.iterations_at(result, loop, known)
            if count is None:
                break
            # A condition is asked once more than the body runs.
            asked = count + (path[len(loop) : len(loop) + 1] == ("condition",))
            chosen = min(self._chosen.get(loop, asked - 1), asked - 1)
            known[loop] = max(chosen, 0)
            found.append(Loop(loop, asked, known[loop]))
        return found

    def at(self, result: Result, path: Path) -> Mapping[Path, int]:
        """The round of each loop around a call."""
        return {loop.path: loop.chosen for loop in self.loops(result, path)}

    def is_loop(self, path: Path) -> bool:
        """Whether a call is a loop at run time."""
        call = self._editor.resolution.node_call(path) if path else None
        return call is not None and call.structure == "while"

    def value(self, result: Result, place: Place) -> Array | None:
        """The value of a port in the rounds that are looked at; of a loop that after its round."""
        path, port = place
        known = self.at(result, path)
        inside = self._of_round(result, path)
        if inside is not None:
            found = engine_rounds.value_at(result, inside, port, known)
            if found is not None:
                return found
        return engine_rounds.value_at(result, path, port, known)

    def gradient(self, result: Result, place: Place) -> Array | None:
        """The gradient of a port there; zero where none flows, None where it has none."""
        path, port = place
        if result.cotangent is None:
            return None
        known = self.at(result, path)
        inside = self._of_round(result, path)
        if inside is not None and (inside, port) in result.gradients:
            return engine_rounds.gradient_at(result, inside, port, known)
        found = engine_rounds.gradient_at(result, path, port, known)
        if found is not None:
            return found
        value = self.value(result, place)
        return None if value is None or value.dtype.kind != "f" else np.zeros_like(value)

    def _of_round(self, result: Result, path: Path) -> Path | None:
        """The body of a loop that is looked at in a round before its last."""
        if not self.is_loop(path):
            return None
        own = [loop for loop in self.loops(result, path) if loop.path == path]
        return (*path, "body") if own and own[0].chosen < own[0].rounds - 1 else None


def output_places(editor: Editor, path: Path) -> list[tuple[str, Place]]:
    """The outputs of a call by name, with where a run keeps their values; of an Output what it takes."""
    document = editor.document
    if not path:
        nodes = port_nodes(document, ROOT, "Output")
        return [(node.name, ((node.id,), _first(ports(document, node).inputs))) for node in nodes]
    call = editor.resolution.node_call(path)
    node = document.get(last_node(document, path) or "")
    if call is not None and call.inner is not None:
        found: Sequence[str] = module_ports(document, call.inner.module).outputs
    elif call is not None and call.layer is not None and path[-1] != getattr(node, "id", ""):
        found = call.layer.outputs
    elif isinstance(node, Node):
        known = ports(document, node)
        found = known.outputs or known.inputs[:1]
    else:
        found = ()
    return [(name, (path, name)) for name in found]


def _first(names: Sequence[str]) -> str:
    return names[0] if names else ""
