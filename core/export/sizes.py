"""Which sizes a class must be told by its caller, and what they are called."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..dim import Dim
from ..layers.layer import Tensor
from ..types import Type
from .made import Choice, codes_in
from .names import identifier
from .values import Names, bare, written

if TYPE_CHECKING:
    from .spelled import Spelled

_BY_ROLE = {"in": "in_features", "out": "out_features", "channel": "features", "entry": "entries"}
_WITH_KERNEL = {"in": "in_channels", "out": "out_channels"}


def size_name(symbol: str, calls: Iterable["Spelled"], taken: Iterable[str]) -> str:
    """What a person would call a size: in_channels where a convolution reads it first, or its own name.

    `calls` are those of the definition, in order.
    """
    for call in calls:
        role = _role_in(call, symbol)
        if role:
            return identifier(role, set(taken), "size")
    return identifier(symbol, set(taken), "size")


def _role_in(call: "Spelled", symbol: str) -> str | None:
    for code in codes_in(call.made):
        form = call.callees.get(code.target)
        passed = zip(form.given, code.positional, strict=False) if form is not None else ()
        for one, value in passed:
            if symbol in (bare(value), bare(value.then) if isinstance(value, Choice) else None):
                return one.name
    for _, part in call.parts:
        found = _role_in(part, symbol)
        if found is not None:
            return found
    if call.layer is None:
        return None
    tensors = {**call.layer.parameters(*call.types), **call.layer.buffers(*call.types)}
    return next((name for tensor in tensors.values() if (name := _role(tensor, symbol))), None)


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
    """`(B, 64, H, W)` or `scalar`, with the element type where it is not the run's float."""
    shape = written(tuple(type_.shape), names) if type_.shape else "scalar"
    return shape if type_.dtype == "float32" else f"{shape} {type_.dtype}"


def with_images_last(type_: Type) -> Type:
    """What has four axes or more with its channels behind all others."""
    shape = type_.shape
    return type_ if type_.rank < 4 else type_.with_shape((shape[0], *shape[2:], shape[1]))
