"""Copy, paste and duplicate: a clip carries the nodes, the wires between them and the modules they need."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from ..document import Document
from ..expression import Expression, Value
from ..record import Comment, Module, Node, Record, Wire, fresh_id, instance_kind, module_of
from .basic import Point, check_kind, nested, unique_name
from .scope import settled


class Clip(Struct, frozen=True, kw_only=True):
    """What was copied. `scope` holds the values of the module arguments its expressions read."""

    nodes: tuple[Node, ...] = ()
    wires: tuple[Wire, ...] = ()
    comments: tuple[Comment, ...] = ()
    definitions: tuple[Record, ...] = ()
    module: str = ""
    scope: Mapping[str, Value] = {}


def copy(document: Document, ids: Iterable[str]) -> Clip:
    """The nodes and comments of that selection, the wires between them, and the modules they use."""
    chosen = {key for key in ids if isinstance(document.get(key), Node | Comment)}
    if not chosen:
        return Clip()
    module = module_of(document.records[min(chosen)])
    nodes = tuple(node for node in document.nodes(module) if node.id in chosen)
    comments = tuple(comment for comment in document.comments(module) if comment.id in chosen)
    between = tuple(w for w in document.wires(module) if w.source in chosen and w.target in chosen)
    needed = {d for node in nodes if node.definition for d in _known_nested(document, node.definition)}
    definitions = tuple(r for r in document.records.values() if module_of(r) in needed)
    scope = {argument.name: argument.default for argument in document.module(module).arguments}
    return Clip(
        nodes=nodes, wires=between, comments=comments, definitions=definitions, module=module, scope=scope
    )


def paste(document: Document, module: str, clip: Clip, offset: Point = (40.0, 40.0)) -> list[str]:
    """Puts a clip into a module, moved by `offset` canvas units, and returns the new ids.

    A module the clip needs is used as it stands here where it has the same content, else it comes in under a
    name of its own. Expressions over arguments that the module lacks become the values they had.
    Raises EditError where a module would contain itself.
    """
    if not clip.nodes and not clip.comments:
        return []
    with document.edit("Paste"):
        definitions = _bring_definitions(document, clip)
        fresh = {node.id: fresh_id() for node in clip.nodes}
        known = {argument.name for argument in document.module(module).arguments}
        taken = {node.name for node in document.nodes(module)}
        for node in clip.nodes:
            kind = node.kind
            if node.definition is not None:
                kind = instance_kind(definitions.get(node.definition, node.definition))
                check_kind(document, module, kind)
            name = unique_name(taken, node.name)
            taken.add(name)
            arguments = {key: _kept(value, known, clip.scope) for key, value in node.arguments.items()}
            if node.kind in ("Input", "Output"):
                arguments["order"] = _next_order(document, module, node.kind)
            at = (node.at[0] + offset[0], node.at[1] + offset[1])
            document.put(
                replace(
                    node, id=fresh[node.id], module=module, kind=kind, name=name, arguments=arguments, at=at
                )
            )
        for wire in clip.wires:
            ends = {"source": fresh[wire.source], "target": fresh[wire.target]}
            document.put(replace(wire, id=fresh_id(), module=module, **ends))
        comments = [_put_comment(document, module, comment, offset) for comment in clip.comments]
    return [*fresh.values(), *comments]


def duplicate(document: Document, ids: Iterable[str]) -> list[str]:
    """Copies a selection beside itself and returns the new ids."""
    clip = copy(document, ids)
    if not clip.module:
        return []
    with document.edit("Duplicate"):
        return paste(document, clip.module, clip)


def _known_nested(document: Document, module: str) -> set[str]:
    return nested(document, module) if isinstance(document.get(module), Module) else set()


def _next_order(document: Document, module: str, kind: str) -> int:
    orders = [node.arguments.get("order", 0) for node in document.nodes(module) if node.kind == kind]
    return max((order for order in orders if isinstance(order, int)), default=-1) + 1


def _put_comment(document: Document, module: str, comment: Comment, offset: Point) -> str:
    at = (comment.at[0] + offset[0], comment.at[1] + offset[1])
    new = replace(comment, id=fresh_id(), module=module, at=at)
    document.put(new)
    return new.id


def _kept(value: Value, known: set[str], scope: Mapping[str, Value]) -> Value:
    if not isinstance(value, Expression):
        return value
    return settled(value, {name: kept for name, kept in scope.items() if name not in known})


def _bring_definitions(document: Document, clip: Clip) -> dict[str, str]:
    """Brings in the modules that this document lacks or has otherwise; returns old id -> new id."""
    modules = [record for record in clip.definitions if isinstance(record, Module)]
    brought: dict[str, str] = {}
    for module in modules:
        here = document.get(module.id)
        if here is not None and _content(document.members(module.id), here) != _content(
            [r for r in clip.definitions if module_of(r) == module.id and r.id != module.id], module
        ):
            brought[module.id] = fresh_id()
        elif here is None:
            brought[module.id] = module.id
    fresh = {
        record.id: record.id if document.get(record.id) is None else fresh_id()
        for record in clip.definitions
        if module_of(record) in brought and not isinstance(record, Module)
    }
    for record in clip.definitions:
        if module_of(record) in brought:
            document.put(_moved(document, record, brought, fresh))
    return brought


def _moved(
    document: Document, record: Record, modules: Mapping[str, str], fresh: Mapping[str, str]
) -> Record:
    if isinstance(record, Module):
        name = unique_name({module.name for module in document.modules()}, record.name)
        return replace(record, id=modules[record.id], name=name)
    module = modules[record.module]
    if isinstance(record, Wire):
        ends = {
            "source": fresh.get(record.source, record.source),
            "target": fresh.get(record.target, record.target),
        }
        return replace(record, id=fresh[record.id], module=module, **ends)
    if isinstance(record, Node) and record.definition is not None and record.definition in modules:
        kind = instance_kind(modules[record.definition])
        return replace(record, id=fresh[record.id], module=module, kind=kind)
    return replace(record, id=fresh[record.id], module=module)


def _content(members: list[Record], module: Record) -> object:
    """What makes two modules equal: everything but places and comments."""
    kept = [
        replace(r, at=(0.0, 0.0)) if isinstance(r, Node) else r for r in members if not isinstance(r, Comment)
    ]
    return (module, sorted(kept, key=lambda record: record.id))
