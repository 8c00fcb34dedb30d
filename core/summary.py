"""The network in numbers: a row per call, and totals, for the terminal, the outline and the status line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .calls import ModuleCall, NodeCall
from .dim import Dim, Symbolic, product, substitute as put_in, symbols
from .document import Document
from .ports import as_owner
from .problem import Path
from .record import INSTANCE_MARK, Module, Node, Tie
from .resolve import Resolution
from .ties import tensor_of
from .types import Type
from .use import SLOT_MARK


@dataclass(frozen=True)
class Row:
    """One call; counts are per sample where the inputs' first axis is a symbol."""

    path: Path
    names: tuple[str, ...]
    kind: str
    """The name of the layer or module that the node is at this call, whatever a slot or a tie gives."""
    times: Dim | None
    """How many calls in a row the node stands for; None where it is not repeated."""
    is_module: bool
    outputs: tuple[Type | None, ...]
    parameters: int | None
    macs: int | None
    memory: int | None
    """Bytes of the outputs in float32."""


def rows(document: Document, resolution: Resolution) -> Iterator[Row]:
    """Every call from the root down, in order, modules before what is inside them; ports are left out."""
    yield from _rows(document, resolution, resolution.root, (), ())


def total(resolution: Resolution) -> Row:
    """The whole network as a row; counts are None where they depend on a size that has no number."""
    root = resolution.root
    return Row(
        path=(),
        names=(),
        kind="",
        times=None,
        is_module=True,
        outputs=root.outputs,
        parameters=number(root.parameters, resolution),
        macs=number(root.macs, resolution),
        memory=number(root.memory, resolution),
    )


def number(dim: Dim, resolution: Resolution) -> int | None:
    """A count with every size at its example and the batch at 1; None where a size has no example."""
    if isinstance(dim, int):
        return dim
    batch = batch_symbol(resolution)
    counted = put_in(dim, {**resolution.symbols, **({batch: 1} if batch else {})})
    return counted if isinstance(counted, int) else None


def batch_symbol(resolution: Resolution) -> str | None:
    """The symbol of the first axis of the first input; None where that is a number."""
    for type_ in resolution.root.inputs:
        if type_ is not None and type_.shape:
            first = type_.shape[0]
            return min(symbols(first), default=None) if isinstance(first, Symbolic) else None
    return None


def kind_of(document: Document, node: Node, call: NodeCall | None) -> str:
    """What a node is made of at a call: a layer's name, or `@` and a module's id; a slot that is open itself.

    Calls in a row that are not all made of the same give the kind of the first.
    """
    own = as_owner(document, node).kind
    while call is not None and not call.kind and call.structure == "repeat" and call.parts:
        call = call.parts[0][1]
    return own if call is None or not call.kind else call.kind


def kind_name(document: Document, kind: str) -> str:
    """What the user calls a kind: the name of a layer or module, the expression of a slot."""
    if kind.startswith(INSTANCE_MARK):
        module = document.get(kind[len(INSTANCE_MARK) :])
        return module.name if isinstance(module, Module) else kind
    return kind[len(SLOT_MARK) :] if kind.startswith(SLOT_MARK) else kind


def row_count(document: Document, resolution: Resolution) -> int:
    """How many rows there are, counted without making them."""
    return _Counting(document, {}, {}).module(resolution.root)


def times_of(call: NodeCall) -> Dim | None:
    """How many calls in a row a node stands for; None where it is not repeated."""
    if call.structure != "repeat":
        return None
    return len(call.parts) if call.count is None else call.count


def _rows(
    document: Document,
    resolution: Resolution,
    module: ModuleCall,
    path: Path,
    names: tuple[str, ...],
    counted: bool = True,
    tied: tuple[tuple[Path, Dim], ...] = (),
) -> Iterator[Row]:
    """The rows of a module's calls; without parameters where its weights are `counted` elsewhere.

    `tied` has the calls with a parameter that a tie further out gives another one's values, and its size.
    """
    tied = (*tied, *_tied_in(document, module, path))
    for key, call in module.nodes.items():
        node = document.node(key)
        if node.kind not in ("Input", "Output"):
            place = ((*path, key), (*names, node.name))
            yield from _of_call(document, resolution, node, call, *place, counted and not call.tied, tied)


def _tied_in(document: Document, module: ModuleCall, path: Path) -> Iterator[tuple[Path, Dim]]:
    """The calls with a parameter that is another's by a tie of this module, and how many numbers it has."""
    for tie in (record for record in document.members(module.module) if isinstance(record, Tie)):
        call = module.call(tie.path)
        tensor = None if call is None else tensor_of(call, tie.parameter)
        if tensor is not None:
            yield (*path, *tie.path), product(tensor.shape)


def _of_call(
    document: Document,
    resolution: Resolution,
    node: Node,
    call: NodeCall,
    path: Path,
    names: tuple[str, ...],
    counted: bool,
    tied: tuple[tuple[Path, Dim], ...],
) -> Iterator[Row]:
    """The row of a node or of a part of one, and those of what is inside."""
    row = _row(document, resolution, path, names, node, call)
    shared = sum((size for place, size in tied if place[: len(path)] == path), start=0)
    own_parameters = number(call.parameters - shared, resolution) if counted else 0
    yield replace(row, parameters=own_parameters)
    if call.inner is not None:
        yield from _rows(document, resolution, call.inner, path, names, counted, tied)
    for place, (key, part) in enumerate(call.parts):
        own = counted and not (call.shared and place)
        yield from _of_call(document, resolution, node, part, (*path, key), (*names, key), own, tied)


def _row(
    document: Document, resolution: Resolution, path: Path, names: tuple[str, ...], node: Node, call: NodeCall
) -> Row:
    return Row(
        path=path,
        names=names,
        kind=kind_name(document, _kind_at(document, node, call, path)),
        times=times_of(call),
        is_module=call.inner is not None,
        outputs=call.outputs,
        parameters=number(call.parameters, resolution),
        macs=number(call.macs, resolution),
        memory=number(call.memory, resolution),
    )


def _kind_at(document: Document, node: Node, call: NodeCall, path: Path) -> str:
    """The kind of a call; of a part of a branch or loop, which has a kind of its own, what it is made of."""
    is_part = path[-1] != node.id
    return (made_of(call) if is_part else "") or kind_of(document, node, call)


def made_of(call: NodeCall) -> str:
    """The kind of a part as its call tells it; empty where that is in error."""
    if call.kind:
        return call.kind
    if call.inner is not None:
        return INSTANCE_MARK + call.inner.module
    return "" if call.layer is None else type(call.layer).__name__


@dataclass(frozen=True)
class _Counting:
    """Counts rows, each distinct call once."""

    document: Document
    modules: dict[ModuleCall, int]
    nodes: dict[NodeCall, int]

    def module(self, module: ModuleCall) -> int:
        if module not in self.modules:
            self.modules[module] = sum(
                self.node(call)
                for key, call in module.nodes.items()
                if self.document.node(key).kind not in ("Input", "Output")
            )
        return self.modules[module]

    def node(self, call: NodeCall) -> int:
        if call not in self.nodes:
            inside = 0 if call.inner is None else self.module(call.inner)
            self.nodes[call] = 1 + inside + sum(self.node(part) for _, part in call.parts)
        return self.nodes[call]
