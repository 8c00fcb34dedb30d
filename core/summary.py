"""The network in numbers: a row per call, and totals, for the terminal, the outline and the status line."""

from collections.abc import Iterator
from dataclasses import dataclass

from .calls import ModuleCall, NodeCall
from .dim import Dim, Symbolic, substitute as put_in, symbols
from .document import Document
from .problem import Path
from .record import Node
from .resolve import Resolution
from .types import Type


@dataclass(frozen=True)
class Row:
    """One call; counts are per sample where the inputs' first axis is a symbol."""

    path: Path
    names: tuple[str, ...]
    kind: str
    """The layer's name, or the module's."""
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


def _rows(
    document: Document, resolution: Resolution, module: ModuleCall, path: Path, names: tuple[str, ...]
) -> Iterator[Row]:
    for key, call in module.nodes.items():
        node = document.node(key)
        if node.kind in ("Input", "Output"):
            continue
        yield _row(document, resolution, (*path, key), (*names, node.name), node, call)
        if call.inner is not None:
            yield from _rows(document, resolution, call.inner, (*path, key), (*names, node.name))


def _row(
    document: Document, resolution: Resolution, path: Path, names: tuple[str, ...], node: Node, call: NodeCall
) -> Row:
    return Row(
        path=path,
        names=names,
        kind=node.kind if node.definition is None else document.module(node.definition).name,
        is_module=node.definition is not None,
        outputs=call.outputs,
        parameters=number(call.parameters, resolution),
        macs=number(call.macs, resolution),
        memory=number(call.memory, resolution),
    )
