"""Copy, paste and duplicate: a clip carries the nodes, the wires between them and the modules they need."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec import Struct
from msgspec.structs import replace

from ..document import Document
from ..expression import Expression, Value
from ..ports import as_owner
from ..record import Comment, Module, Node, Record, Tie, Wire, fresh_id, module_of
from ..text import tr
from ..value import definitions_of, mapped, uses_of, with_kinds
from .basic import Point, nested, next_order
from .definitions import Brought, bring_definitions, check_made_of
from .naming import argument_names, is_name, taken_names, unique_name
from .scope import names_read, put_in
from .sizes import example_shape, inputs_by_name, size_reads, with_reads


class Clip(Struct, frozen=True, kw_only=True):
    """What was copied. `scope` holds the values of the module arguments that may be read inside.

    `shapes` holds the shapes of the inputs whose sizes they read, as examples. `document` is the key of the
    document it was copied from.
    """

    nodes: tuple[Node, ...] = ()
    wires: tuple[Wire, ...] = ()
    ties: tuple[Tie, ...] = ()
    comments: tuple[Comment, ...] = ()
    definitions: tuple[Record, ...] = ()
    module: str = ""
    scope: Mapping[str, Value] = {}
    shapes: Mapping[str, tuple[int, ...]] = {}
    document: str = ""


def copy(document: Document, ids: Iterable[str]) -> Clip:
    """The nodes and comments of that selection, the wires and ties between them, and the modules they use.

    A tied node that comes without its owner is that one's equal, with weights of its own.
    """
    chosen = {key for key in ids if isinstance(document.get(key), Node | Comment)}
    if not chosen:
        return Clip()
    module = module_of(document.records[min(chosen)])
    nodes = _on_their_own(document, [node for node in document.nodes(module) if node.id in chosen])
    scope = {argument.name: argument.default for argument in document.module(module).arguments}
    shapes = {name: example_shape(document, node) for name, node in inputs_by_name(document, module).items()}
    needed = _needed(document, nodes, scope)
    return Clip(
        nodes=tuple(nodes),
        wires=tuple(w for w in document.wires(module) if w.source in chosen and w.target in chosen),
        ties=tuple(
            record
            for record in document.members(module)
            if isinstance(record, Tie) and {record.owner[:1], record.path[:1]} <= {(key,) for key in chosen}
        ),
        comments=tuple(comment for comment in document.comments(module) if comment.id in chosen),
        definitions=tuple(r for r in document.records.values() if module_of(r) in needed),
        module=module,
        scope=scope,
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
        brought = bring_definitions(document, clip.definitions, at_home=clip.document == document.key)
        fresh = {node.id: fresh_id() for node in clip.nodes}
        retelling = _Retelling(document, module, clip, brought)
        for node in clip.nodes:
            new = retelling.retold(node)
            if new.kind in ("Input", "Output"):
                order = next_order(document, module, new.kind)
                new = replace(new, arguments={**new.arguments, "order": order})
            at = (node.at[0] + offset[0], node.at[1] + offset[1])
            owner = fresh.get(node.owner, "")
            new = replace(new, id=fresh[node.id], module=module, owner=owner, at=at)
            check_made_of(document, new)
            document.put(new)
        for wire in clip.wires:
            ends = {"source": fresh[wire.source], "target": fresh[wire.target]}
            document.put(replace(wire, id=fresh_id(), module=module, **ends))
        for tie in clip.ties:
            owner_path, path = brought.path(tie.owner, fresh), brought.path(tie.path, fresh)
            document.put(replace(tie, id=fresh_id(), module=module, owner=owner_path, path=path))
        comments = [_put_comment(document, module, comment, offset) for comment in clip.comments]
    return [*fresh.values(), *comments]


def duplicate(document: Document, ids: Iterable[str]) -> list[str]:
    """Copies a selection beside itself and returns the new ids."""
    clip = copy(document, ids)
    if not clip.module:
        return []
    with document.edit(tr("Duplicate")):
        return paste(document, clip.module, clip)


def _on_their_own(document: Document, nodes: list[Node]) -> list[Node]:
    """The nodes, each tied to another of them or to none; the first of those whose owner stays leads them."""
    chosen = {node.id for node in nodes}
    leaders: dict[str, str] = {}
    found: list[Node] = []
    for node in nodes:
        whole = as_owner(document, node)
        if not node.owner or whole is node:
            found.append(replace(node, owner="") if node.owner else node)
        elif whole.owner in chosen:
            found.append(replace(node, owner=whole.owner))
        elif leaders.setdefault(whole.owner, node.id) == node.id:
            found.append(replace(whole, owner=""))
        else:
            found.append(replace(node, owner=leaders[whole.owner]))
    return found


def _needed(document: Document, nodes: Iterable[Node], scope: Mapping[str, Value]) -> set[str]:
    """The modules that the nodes are built of, those among them that come by the module's arguments."""
    read = {name for node in nodes for name in names_read(node)}
    given = [use.kind[1:] for name in read & scope.keys() for use in uses_of(scope[name])]
    named = {*given, *(key for node in nodes for key in definitions_of(node))}
    return {
        inside
        for key in named
        if isinstance(document.get(key), Module)
        for inside in nested(document, key)
        if isinstance(document.get(inside), Module)
    }


def _put_comment(document: Document, module: str, comment: Comment, offset: Point) -> str:
    at = (comment.at[0] + offset[0], comment.at[1] + offset[1])
    new = replace(comment, id=fresh_id(), module=module, at=at)
    document.put(new)
    return new.id


@dataclass
class _Retelling:
    """Makes a clip's nodes read what they read in a module of this document."""

    document: Document
    module: str
    clip: Clip
    brought: Brought

    def __post_init__(self) -> None:
        document, module, clip = self.document, self.module, self.clip
        self.names: dict[str, str] = {}
        for node in clip.nodes:
            taken = taken_names(document, module, node.kind) | set(self.names.values())
            self.names[node.id] = unique_name(taken, node.name)
        along = {n.name: self.names[n.id] for n in clip.nodes if n.kind == "Input"}
        renamed = {old: Expression(new) for old, new in along.items() if old != new and is_name(new)}
        known = argument_names(document, module)
        self.lost = {name: self._of_here(value) for name, value in clip.scope.items() if name not in known}
        self.values: dict[str, Value] = {**renamed, **self.lost}
        here = inputs_by_name(document, module)
        shapes = clip.shapes.items()
        self.shapes = {name: shape for name, shape in shapes if name not in along and name not in here}

    def retold(self, node: Node) -> Node:
        """Inputs that came along by their new names, what is missing by its value, modules by their ids."""
        arguments = {key: mapped(value, self._sized) for key, value in node.arguments.items()}
        repeat = None if node.repeat is None else mapped(node.repeat, self._sized)
        named = replace(node, name=self.names[node.id], arguments=arguments, repeat=repeat)
        return put_in(with_kinds(named, self.brought.kinds), self.values, self.lost)

    def _of_here(self, value: Value) -> Value:
        kinds = self.brought.kinds
        return mapped(value, lambda same: same, lambda kind: kinds.get(kind, kind))

    def _sized(self, value: Expression) -> Value:
        """The value with sizes of the lost inputs as numbers, where it reads them one by one."""
        shapes = self.shapes
        reads = [
            read
            for read in size_reads(value, shapes)
            if read.axis is not None and -len(shapes[read.input]) <= read.axis < len(shapes[read.input])
        ]
        texts = {read.source: str(shapes[read.input][read.axis or 0]) for read in reads}
        return with_reads(value, reads, texts)
