"""What wires would carry if a layer were put into one of them: asked while it is still held over it."""

from collections.abc import Mapping
from dataclasses import dataclass

from .calls import ModuleCall
from .document import Document
from .edits import EditError, insert_on_wire
from .problem import Path, Problem
from .record import Wire
from .resolve import Resolver

Carried = str | Problem
"""The shape that a wire carries, or what is wrong where it ends; an empty text where that is not known."""


def foretell(document: Document, path: Path | None, wire: str, kind: str) -> dict[str, Carried]:
    """What the wires would carry that would carry something else, if a layer of `kind` were put into `wire`.

    `path` is the call that is looked at, None for the bare definition. Said of `wire` itself is what would
    leave the new layer, or what would be wrong with it. The document stays as it is.
    """
    module = document.wire(wire).module
    draft = Document(document.records.values())
    try:
        node = insert_on_wire(draft, wire, kind)
    except EditError as error:
        return {wire: Problem((), str(error))}
    now, then = _look(document, module, path), _look(draft, module, path)
    told: dict[str, Carried] = {}
    for record in draft.wires(module):
        if record.source == node:
            told[wire] = then.carried(record)
        elif record.target != node and then.carried(record) != now.carried(record):
            told[record.id] = then.carried(record)
    wrong = [problem for (at, _), problem in then.errors.items() if at == node]
    if wrong:
        told[wire] = wrong[0]
    return {key: said for key, said in told.items() if said}


@dataclass(frozen=True)
class _Look:
    """A call of a module, and the errors in it by node and port."""

    call: ModuleCall | None
    errors: Mapping[tuple[str, str | None], Problem]

    def carried(self, wire: Wire) -> Carried:
        """What a wire carries."""
        return self.errors.get((wire.target, wire.target_port)) or _shape(self.call, wire)


def _look(document: Document, module: str, path: Path | None) -> _Look:
    resolver = Resolver(document)
    call = resolver.definition(module) if path is None else resolver.resolution.call(path)
    placed = () if call is None else call.placed((), resolver.resolution.symbols)
    errors = {(p.path[0], p.port): p for p in placed if p.kind == "error" and p.path}
    return _Look(call, errors)


def _shape(call: ModuleCall | None, wire: Wire) -> str:
    source = None if call is None else call.nodes.get(wire.source)
    if call is None or source is None:
        return ""
    ports = call.ports[wire.source].outputs
    place = ports.index(wire.source_port) if wire.source_port in ports else len(ports)
    found = source.outputs[place] if place < len(source.outputs) else None
    return "" if found is None else str(found)
