"""The parameters and buffers below a call: a tree that is worked out where it is unfolded. No Qt."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from core.call_path import is_part, written
from core.calls import ModuleCall, NodeCall
from core.dim import Dim
from core.document import Document
from core.initialise import Array
from core.inputs import bound_shape
from core.ports import as_owner
from core.problem import Path
from core.record import Node, Tie
from core.resolve import Resolution
from core.text import tr
from core.types import Type
from ui.editor import Editor

MOST_OFFERED = 24
"""Parameters that one can be tied to; nobody reads a longer menu."""


@dataclass(frozen=True)
class Leaf:
    """A parameter or buffer of a layer's call; `slot` is where its array is kept."""

    path: Path
    name: str
    slot: str
    shape: tuple[int, ...]
    is_learnt: bool
    shared: str = ""
    """Whose it is, in words, where it is another's."""
    tie: str = ""
    """The tie's id, where that makes it so."""
    transposed: bool = False

    @property
    def count(self) -> int:
        """How many numbers it holds."""
        return int(np.prod(self.shape, dtype=np.int64))

    def array(self, arrays: Mapping[str, Array]) -> Array | None:
        """Its numbers among kept arrays; None where there are none that fit."""
        found = arrays.get(self.slot)
        if found is None:
            return None
        turned: Array = found.T if self.transposed else found
        return turned if turned.shape == self.shape else None


@dataclass(frozen=True)
class Branch:
    """A call with parameters inside."""

    path: Path
    name: str
    count: Dim
    shared: str = ""


Item = Leaf | Branch


def items(editor: Editor, path: Path) -> list[Item]:
    """What stands directly below a call: its tensors, or the calls inside that hold some."""
    resolution = editor.resolution
    call = resolution.node_call(path) if path else None
    module = resolution.root if not path else None if call is None else call.inner
    if module is not None:
        return _of_module(editor, module, path)
    if call is None:
        return []
    if call.parts:
        return _of_parts(call, path)
    return list(_of_layer(editor, call, path))


def leaves(editor: Editor, path: Path) -> Iterator[Leaf]:
    """Every tensor below a call that is its own."""
    for item in items(editor, path):
        if isinstance(item, Leaf):
            if not item.shared or item.path == path:
                yield item
        elif item.count != 0 or not item.shared:
            yield from leaves(editor, item.path)


def held(document: Document, resolution: Resolution, path: Path) -> Path:
    """Where the weights of a call are kept: with a tied node's owner, in the first of calls that share."""
    found: Path = ()
    call: NodeCall | None = None
    for key in path:
        node = document.get(key)
        if isinstance(node, Node) and not is_part(document, key):
            made = as_owner(document, node)
            key = made.owner or key
            call = None
            found = (*found, key)
            call = resolution.node_call(found)
        else:
            if call is not None and call.structure == "repeat" and call.shared:
                key = call.parts[0][0] if call.parts else key
            found = (*found, key)
            call = None if call is None else call.part(key)
    return found


def offers(editor: Editor, module: Path, leaf: Leaf) -> list[tuple[Leaf, bool]]:
    """The parameters of the module call that one could be tied to, and whether with axes turned round."""
    found: list[tuple[Leaf, bool]] = []
    for other in leaves(editor, module):
        if other.slot == leaf.slot or not other.is_learnt or not other.path[len(module) :]:
            continue
        if other.shape == leaf.shape:
            found.append((other, False))
        elif len(other.shape) == 2 and other.shape[::-1] == leaf.shape:
            found.append((other, True))
        if len(found) >= MOST_OFFERED:
            break
    return found


def _of_module(editor: Editor, module: ModuleCall, path: Path) -> list[Item]:
    document = editor.document
    found: list[Item] = []
    for key, call in module.nodes.items():
        node = document.get(key)
        if not isinstance(node, Node):
            continue
        if call.tied:
            made = as_owner(document, node)
            owner = document.get(made.owner)
            count = module.nodes[made.owner].parameters if made.owner in module.nodes else 0
            if isinstance(owner, Node) and count != 0:
                found.append(Branch((*path, key), node.name, 0, tr("shared with {node}", node=owner.name)))
        elif _holds(call):
            found.append(Branch((*path, key), node.name, call.parameters))
    return found


def _holds(call: NodeCall) -> bool:
    """Whether there are parameters or buffers below a call."""
    if call.parameters != 0:
        return True
    return call.layer is not None and bool(call.layer.tensor_names)


def _of_parts(call: NodeCall, path: Path) -> list[Item]:
    parts = call.parts[:1] if call.shared else call.parts
    shared = tr("one for all {count} calls", count=len(call.parts)) if call.shared else ""
    return [
        Branch((*path, key), f"[{key}]" if key.isdecimal() else key, part.parameters, shared)
        for key, part in parts
        if _holds(part)
    ]


def _of_layer(editor: Editor, call: NodeCall, path: Path) -> Iterator[Leaf]:
    types = [type_ for type_ in call.inputs if type_ is not None]
    if call.layer is None or call.faults or len(types) < len(call.inputs):
        return
    document, resolution = editor.document, editor.resolution
    sizes = dict(resolution.symbols)
    place = held(document, resolution, path)
    owner = _owner_words(document, path, place)
    for learnt, tensors in ((True, call.layer.parameters(*types)), (False, call.layer.buffers(*types))):
        for name, tensor in tensors.items():
            shape = bound_shape(Type(tensor.shape), sizes)
            tie, prefix = _tie_of(editor, place, name)
            if tie is None:
                yield Leaf(path, name, "/".join((*place, name)), shape, learnt, owner)
                continue
            other = (*prefix, *tie.owner)
            slot = "/".join((*held(document, resolution, other), tie.owner_parameter))
            words = tr("shared with {node}", node=f"{written(document, tie.owner)}.{tie.owner_parameter}")
            yield Leaf(path, name, slot, shape, learnt, words, tie.id, tie.transposed)


def _owner_words(document: Document, path: Path, place: Path) -> str:
    if path == place:
        return ""
    step = next(at for at in range(len(path)) if path[at] != place[at])
    return tr("shared with {node}", node=written(document, place[: step + 1]) or place[step])


def _tie_of(editor: Editor, path: Path, name: str) -> tuple[Tie | None, Path]:
    """The tie that gives a parameter away, and the call path of the module that it stands in."""
    document = editor.document
    for end in range(len(path)):
        holder = document.get(path[end])
        if not isinstance(holder, Node):
            continue
        for record in document.members(holder.module):
            if isinstance(record, Tie) and (record.path, record.parameter) == (path[end:], name):
                return record, path[:end]
    return None, ()


def title_of(document: Document, leaf: Leaf, below: Path) -> str:
    """`conv1.weight`: a tensor as it is called below a call."""
    inside = leaf.path[len(below) :]
    return ".".join(filter(None, (written(document, inside) if inside else "", leaf.name)))


def is_single(editor: Editor, path: Path) -> bool:
    """Whether a call is one layer, whose tensors stand in cards."""
    call = editor.resolution.node_call(path) if path else None
    return call is not None and call.inner is None and not call.parts
