"""Copy, paste and duplicate: a clip carries the nodes, the wires between them and the modules they need."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from ..document import Document
from ..expression import Expression, Value
from ..record import Comment, Module, Node, Record, Wire, fresh_id, instance_kind, module_of
from ..text import tr
from .basic import Point, check_kind, nested, next_order
from .definitions import bring_definitions
from .naming import argument_names, is_name, taken_names, unique_name
from .scope import put_in
from .sizes import example_shape, inputs_by_name, size_reads, with_reads


class Clip(Struct, frozen=True, kw_only=True):
    """What was copied. `scope` holds the values of the module arguments its expressions read.

    `shapes` holds the shapes of the inputs whose sizes they read, as examples. `document` is the key of the
    document it was copied from.
    """

    nodes: tuple[Node, ...] = ()
    wires: tuple[Wire, ...] = ()
    comments: tuple[Comment, ...] = ()
    definitions: tuple[Record, ...] = ()
    module: str = ""
    scope: Mapping[str, Value] = {}
    shapes: Mapping[str, tuple[int, ...]] = {}
    document: str = ""


def copy(document: Document, ids: Iterable[str]) -> Clip:
    """The nodes and comments of that selection, the wires between them, and the modules they use."""
    chosen = {key for key in ids if isinstance(document.get(key), Node | Comment)}
    if not chosen:
        return Clip()
    module = module_of(document.records[min(chosen)])
    nodes = tuple(node for node in document.nodes(module) if node.id in chosen)
    needed = {d for node in nodes if node.definition for d in _known_nested(document, node.definition)}
    shapes = {name: example_shape(document, node) for name, node in inputs_by_name(document, module).items()}
    return Clip(
        nodes=nodes,
        wires=tuple(w for w in document.wires(module) if w.source in chosen and w.target in chosen),
        comments=tuple(comment for comment in document.comments(module) if comment.id in chosen),
        definitions=tuple(r for r in document.records.values() if module_of(r) in needed),
        module=module,
        scope={argument.name: argument.default for argument in document.module(module).arguments},
        shapes={name: shape for name, shape in shapes.items() if shape is not None},
        document=document.key,
    )


def paste(document: Document, module: str, clip: Clip, offset: Point = (40.0, 40.0)) -> list[str]:
    """Puts a clip into a module, moved by `offset` canvas units, and returns the new ids.

    A module the clip needs is used as it stands here where it was copied from here or has the same content,
    else it comes in under a name of its own. Arguments and sizes that the module lacks become the values they
    had. Raises EditError where a module would contain itself.
    """
    if not clip.nodes and not clip.comments:
        return []
    with document.edit(tr("Paste")):
        definitions = bring_definitions(document, clip.definitions, at_home=clip.document == document.key)
        fresh = {node.id: fresh_id() for node in clip.nodes}
        names = _names(document, module, clip)
        for node in clip.nodes:
            new = _retold(document, module, clip, node, names)
            kind = _kind(document, module, node, definitions)
            if kind in ("Input", "Output"):
                order = next_order(document, module, kind)
                new = replace(new, arguments={**new.arguments, "order": order})
            at = (node.at[0] + offset[0], node.at[1] + offset[1])
            document.put(
                replace(new, id=fresh[node.id], module=module, kind=kind, name=names[node.id], at=at)
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
    with document.edit(tr("Duplicate")):
        return paste(document, clip.module, clip)


def _kind(document: Document, module: str, node: Node, definitions: Mapping[str, str]) -> str:
    """The node's kind here; EditError where it would put a module into itself."""
    if node.definition is None:
        return node.kind
    kind = instance_kind(definitions.get(node.definition, node.definition))
    check_kind(document, module, kind)
    return kind


def _known_nested(document: Document, module: str) -> set[str]:
    return nested(document, module) if isinstance(document.get(module), Module) else set()


def _put_comment(document: Document, module: str, comment: Comment, offset: Point) -> str:
    at = (comment.at[0] + offset[0], comment.at[1] + offset[1])
    new = replace(comment, id=fresh_id(), module=module, at=at)
    document.put(new)
    return new.id


def _names(document: Document, module: str, clip: Clip) -> dict[str, str]:
    """What each node of the clip is called here, by its old id."""
    names: dict[str, str] = {}
    for node in clip.nodes:
        names[node.id] = unique_name(
            taken_names(document, module, node.kind) | set(names.values()), node.name
        )
    return names


def _retold(document: Document, module: str, clip: Clip, node: Node, names: Mapping[str, str]) -> Node:
    """The node as it reads here: Inputs that came along by their new names, what is missing by its value."""
    along = {n.name: names[n.id] for n in clip.nodes if n.kind == "Input"}
    renamed = {old: Expression(new) for old, new in along.items() if old != new and is_name(new)}
    known = argument_names(document, module)
    lost = {name: value for name, value in clip.scope.items() if name not in known}
    shapes = {
        name: shape
        for name, shape in clip.shapes.items()
        if name not in along and name not in inputs_by_name(document, module)
    }
    arguments = {key: _sized(value, shapes) for key, value in node.arguments.items()}
    return put_in(replace(node, arguments=arguments), {**renamed, **lost}, lost)


def _sized(value: Value, shapes: Mapping[str, tuple[int, ...]]) -> Value:
    """The value with sizes of these shapes as numbers, where it reads them one by one."""
    if not isinstance(value, Expression):
        return value
    reads = [
        read
        for read in size_reads(value, shapes)
        if read.axis is not None and -len(shapes[read.input]) <= read.axis < len(shapes[read.input])
    ]
    return with_reads(value, reads, {read.source: str(shapes[read.input][read.axis or 0]) for read in reads})
