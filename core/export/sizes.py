"""Which sizes a class must be told by its caller, and what they are called."""

from collections.abc import Iterable

from ..dim import Dim
from ..layers.layer import Layer, Tensor
from ..record import Node
from ..types import Type
from .names import identifier
from .values import Names, bare, written

_BY_ROLE = {"in": "in_features", "out": "out_features", "channel": "features", "entry": "entries"}
_WITH_KERNEL = {"in": "in_channels", "out": "out_channels"}


def size_name(symbol: str, users: Iterable[tuple[Layer, tuple[Type, ...]]], taken: Iterable[str]) -> str:
    """What a person would call a size: in_channels where a convolution reads it first, or its own name.

    `users` are the layers of the definition with their inputs' types, in order.
    """
    for layer, types in users:
        tensors = {**layer.parameters(*types), **layer.buffers(*types)}
        role = next((name for tensor in tensors.values() if (name := _role(tensor, symbol))), None)
        if role:
            return identifier(role, set(taken))
    return identifier(symbol, set(taken), "size")


def _role(tensor: Tensor, symbol: str) -> str | None:
    for axis, dim in zip(tensor.axes, tensor.shape, strict=True):
        if bare(dim) == symbol and axis in _BY_ROLE:
            kernel = "kernel" in tensor.axes
            return _WITH_KERNEL.get(axis, _BY_ROLE[axis]) if kernel else _BY_ROLE[axis]
    return None


def matched(declared: Iterable[Type | None], passed: Iterable[Type | None]) -> dict[str, Dim]:
    """The sizes of a definition at a call: what stands where its own types have a bare symbol."""
    found: dict[str, Dim] = {}
    for inner, outer in zip(declared, passed, strict=False):
        if inner is None or outer is None or inner.rank != outer.rank:
            continue
        for dim, actual in zip(inner.shape, outer.shape, strict=True):
            symbol = bare(dim)
            if symbol is not None:
                found.setdefault(symbol, actual)
    return found


def type_text(type_: Type, names: Names) -> str:
    """`(B, 64, H, W)`, with the element type where it is not the run's float."""
    shape = written(tuple(type_.shape), names)
    return shape if type_.dtype == "float32" else f"{shape} {type_.dtype}"


def index_bound(node: Node) -> int:
    """The exclusive bound of an Input of whole numbers."""
    bound = node.arguments.get("bound", 10)
    return bound if isinstance(bound, int) else 10
