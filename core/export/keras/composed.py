"""Prints a layer's primitives as a Keras layer, for layers that Keras has no word for."""

import re
from collections.abc import Mapping
from dataclasses import replace

from ...initialise import (
    Constant,
    FanInUniform,
    FirstAxisUniform,
    Initialiser,
    Normal,
    Sinusoids,
    Uniform,
    XavierUniform,
)
from ...layers.layer import Tensor
from ..composed import Composed
from ..constructor import constructor_head
from ..format import Item, Line, statement
from ..primitive_class import Parts, PrimitivePrinter, Use
from ..values import literal, written
from .primitives import parts


class KerasPrimitives(PrimitivePrinter):
    """A layer of primitives in keras.ops."""

    base = "layers.Layer"
    forward = "call"
    arguments = ("training=False",)
    training = "training"

    def parts(self, use: Use) -> Parts:
        """The templates of a primitive's results."""
        return parts(use)

    def lines(self, one: Composed) -> list[Line]:
        """The class's lines; how large a batch is, is known only when it is run."""
        names = {size: dynamic(text) for size, text in one.names.items()}
        return super().lines(replace(one, names=names))

    def constructor_head(self, given: tuple[Item, ...]) -> list[Line]:
        """The constructor's first lines."""
        return constructor_head(given, passes_on=True)

    def tensor(self, one: Composed, name: str, tensor: Tensor) -> list[Line]:
        """Adds a weight, one that is not trained for a buffer."""
        added = added_weight(tensor, one.given, name in one.learnt)
        return statement(f"self.{one.attributes[name]} = {added}", 2)

    def renewed(self, attribute: str, value: str) -> str:
        """Puts a new value into a weight."""
        return f"self.{attribute}.assign(ops.stop_gradient({value}))"


def dynamic(text: str) -> str:
    """The text with the sizes of first axes read when the layer is run."""
    return re.sub(r"\b(\w+)\.shape\[(0|:\d+)\]", r"ops.shape(\1)[\2]", text)


def added_weight(tensor: Tensor, names: Mapping[str, str], learnt: bool) -> str:
    """The call that makes a weight."""
    rest = "" if learnt else ", trainable=False"
    rest += "" if tensor.dtype == "float32" else f', dtype="{tensor.dtype}"'
    shape = written(tensor.shape, names)
    return f"self.add_weight(shape={shape}, initializer={first_values(tensor, names)}{rest})"


def first_values(tensor: Tensor, names: Mapping[str, str]) -> str:
    """The initializer as an expression."""
    sizes = [written(dim, names) for dim in tensor.shape]
    match tensor.initialiser:
        case Constant(value=0.0 | 1.0 as value):
            return '"ones"' if value else '"zeros"'
        case Constant(value=value):
            return f"keras.initializers.Constant({literal(value)})"
        case Sinusoids():
            return "sinusoids"
    return _drawn(tensor.initialiser, sizes)


def _drawn(initialiser: Initialiser, sizes: list[str]) -> str:
    match initialiser:
        case Uniform(low=low, high=high):
            return f"keras.initializers.RandomUniform({literal(low)}, {literal(high)})"
        case Normal(mean=mean, deviation=deviation):
            return f"keras.initializers.RandomNormal({literal(mean)}, {literal(deviation)})"
        case XavierUniform():
            return '"glorot_uniform"'
        case FanInUniform(fan_in=int(fan_in)):
            return _within_root(str(fan_in))
        case FirstAxisUniform():
            return _within_root(sizes[0] if sizes else "1")
        case FanInUniform() if len(sizes) > 1:
            return _within_root(" * ".join(sizes[1:]))
    return "keras.initializers.RandomNormal(0.0, 1.0)"


def _within_root(size: str) -> str:
    """Evenly within ±1/√size."""
    root = f"{size}**-0.5" if re.fullmatch(r"\w+", size) else f"({size}) ** -0.5"
    return f"keras.initializers.RandomUniform(-({root}), {root})"
