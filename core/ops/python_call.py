"""Functions of a user's Python file as primitives; the file is known by its hash and must be loaded."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dim import Dim, Symbolic
from ..text import tr
from ..types import ShapeError, Type
from ..user_code import LOADED, Code, UserCodeError
from .primitive import Array, Primitive, Ref, Step, apply

Settings = tuple[tuple[str, Any], ...]


def python_call(*xs: Ref, code: str, arguments: Settings = ()) -> Ref:
    """What `forward` of the loaded file with that hash gives for these arrays."""
    return apply("python_call", *xs, code=code, arguments=arguments)[0]


class _PythonCall(Primitive):
    """y = forward(*arrays) of a user's file."""

    name = "python_call"

    def types(self, *inputs: Type, code: str, arguments: Settings) -> tuple[Type, ...]:
        loaded = _loaded(code)
        try:
            found = loaded.call("shape", *[x.shape for x in inputs], **dict(arguments))
        except UserCodeError as error:
            raise ShapeError(None, str(error)) from None
        return (Type(_shape(loaded, found)),)

    def reference(self, *inputs: Array, code: str, arguments: Settings) -> tuple[Array, ...]:
        loaded = _loaded(code)
        found = loaded.call("forward", *map(np.copy, inputs), **dict(arguments))
        sizes = loaded.call("shape", *[x.shape for x in inputs], **dict(arguments))
        return (_array(loaded, "forward", found, tuple(sizes), inputs),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        if not _loaded(step.settings["code"]).differentiates:
            return [None] * len(step.inputs)
        return apply("python_call_grad", dy, *step.inputs, **step.settings)


class _PythonCallGrad(Primitive):
    """dx1, dx2, … = backward(dy, *arrays) of a user's file."""

    name = "python_call_grad"

    def types(self, dy: Type, *inputs: Type, **settings: Any) -> tuple[Type, ...]:
        return inputs

    def reference(self, dy: Array, *inputs: Array, code: str, arguments: Settings) -> tuple[Array, ...]:
        loaded = _loaded(code)
        found = loaded.call("backward", np.copy(dy), *map(np.copy, inputs), **dict(arguments))
        parts = found if isinstance(found, tuple | list) else (found,)
        if len(parts) != len(inputs):
            raise UserCodeError(
                tr("backward of {file} gave {given} gradients for {count} inputs",
                   file=loaded.name, given=len(parts), count=len(inputs))
            )  # fmt: skip
        return tuple(
            _array(loaded, "backward", part, x.shape, inputs) for part, x in zip(parts, inputs, strict=True)
        )


def _loaded(code: str) -> Code:
    if code not in LOADED:
        raise UserCodeError(tr("a layer's Python file is not loaded here"))
    return LOADED[code]


def _shape(loaded: Code, found: Any) -> tuple[Dim, ...]:
    sizes: list[Dim] = []
    for size in found if isinstance(found, tuple | list) else (None,):
        if isinstance(size, bool) or not isinstance(size, int | Symbolic):
            shown = repr(found)[:60]
            raise ShapeError(
                None, tr("expected shape of {file} to give sizes, got {found}", file=loaded.name, found=shown)
            )
        sizes.append(size)
    return tuple(sizes)


def _array(loaded: Code, function: str, found: Any, shape: tuple[int, ...], inputs: Sequence[Array]) -> Array:
    """The result in the inputs' float type. UserCodeError where it is of another shape than was said."""
    dtype = next((x.dtype for x in inputs if x.dtype.kind == "f"), np.dtype(np.float64))
    array = np.asarray(found)
    if array.dtype.kind not in "fiub" or array.shape != shape:
        raise UserCodeError(
            tr("{function} of {file} gave {dtype} {found}, {shape} numbers would fit", function=function,
               file=loaded.name, dtype=array.dtype, found=array.shape, shape=shape)
        )  # fmt: skip
    return np.array(array, dtype)
