"""What the wires would carry if a layer were put into one of them: tried on a copy of the design."""

from core import edits
from core.calls import ModuleCall
from core.document import Document
from core.edits import EditError
from core.problem import Problem
from core.record import Wire
from core.resolve import Resolver
from core.types import Type

from .canvas.stage import Foretold
from .editor import Editor


def foretold(editor: Editor, wire: str, kind: str) -> Foretold:
    """Shapes that would change and errors that would arise at the wires of the open module, by wire id.

    The wire itself tells what would leave the layer.
    """
    if not isinstance(editor.document.get(wire), Wire):
        return {}
    trial = Document(editor.document.records.values())
    try:
        node = edits.insert_on_wire(trial, wire, kind)
    except EditError:
        return {}
    resolver = Resolver(trial)
    now, then = _open_call(editor, editor.resolver), _open_call(editor, resolver)
    if now is None or then is None:
        return {}
    errors = _errors(then)
    told: dict[str, str | Problem] = {}
    for old in editor.document.wires(editor.session.module):
        behind = old if old.id != wire else _leaving(trial, node) or old
        problem = _first_error(errors, old, behind, node if old.id == wire else old.target)
        type_ = _type(then, behind)
        if problem is not None:
            told[old.id] = problem
        elif type_ is not None and (old.id == wire or type_ != _type(now, old)):
            told[old.id] = str(type_)
    if not told:
        # Another call of the module would fail before the open one is reached.
        told.update(
            {wire: problem for problem in resolver.resolution.problems[:1] if problem.kind == "error"}
        )
    return told


def _open_call(editor: Editor, resolver: Resolver) -> ModuleCall | None:
    path = editor.session.path
    return resolver.definition(editor.session.module) if path is None else resolver.resolution.call(path)


def _errors(call: ModuleCall) -> dict[tuple[str, str | None], Problem]:
    """The errors of a module's own nodes by node and port."""
    own = [problem for problem in call.problems if len(problem.path) == 1 and problem.kind == "error"]
    return {(problem.path[0], problem.port): problem for problem in reversed(own)}


def _first_error(
    errors: dict[tuple[str, str | None], Problem], old: Wire, behind: Wire, entered: str
) -> Problem | None:
    """What goes wrong at the layer that is put in, or at the input where the wire ends."""
    if entered != old.target:
        found = next((problem for (node, _), problem in errors.items() if node == entered), None)
        if found is not None:
            return found
    return errors.get((behind.target, behind.target_port))


def _leaving(document: Document, node: str) -> Wire | None:
    module = document.node(node).module
    return next((wire for wire in document.wires(module) if wire.source == node), None)


def _type(call: ModuleCall, wire: Wire) -> Type | None:
    """What flows through a wire."""
    found = call.nodes.get(wire.source)
    if found is None or wire.source not in call.ports:
        return None
    names = call.ports[wire.source].outputs
    place = names.index(wire.source_port) if wire.source_port in names else len(names)
    return found.outputs[place] if place < len(found.outputs) else None
