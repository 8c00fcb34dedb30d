"""Prints a layer's primitives as a PyTorch class, for layers that PyTorch has no word for."""

import re
from collections.abc import Mapping

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
from ..format import Line, statement
from ..primitive_class import Parts, PrimitivePrinter, Use
from ..values import literal, written
from .primitives import parts


class PyTorchPrimitives(PrimitivePrinter):
    """A class of primitives in PyTorch."""

    base = "nn.Module"

    def parts(self, use: Use) -> Parts:
        """The templates of a primitive's results."""
        return parts(use)

    def tensor(self, one: Composed, name: str, tensor: Tensor) -> list[Line]:
        """Registers a parameter or buffer."""
        first = first_values(tensor, one.given)
        attribute = one.attributes[name]
        if name in one.learnt:
            return statement(f"self.{attribute} = nn.Parameter({first})", 2)
        return statement(f'self.register_buffer("{attribute}", {first})', 2)

    def renewed(self, attribute: str, value: str) -> str:
        """Puts a new value into a buffer."""
        return f"self.{attribute} = {value}.detach()"


def first_values(tensor: Tensor, names: Mapping[str, str]) -> str:
    """The first values of a parameter as an expression."""
    spelled = [written(dim, names) for dim in tensor.shape]
    shape = ", ".join(spelled) or "()"
    match tensor.initialiser:
        case Constant(value=0.0 | 1.0 as value):
            return f"torch.{'ones' if value else 'zeros'}({shape})"
        case Constant(value=value):
            return f"torch.full({written(tensor.shape, names)}, {literal(value)})"
        case Sinusoids():
            return f"sinusoids({shape})"
    return _drawn(tensor.initialiser, shape)


def _drawn(initialiser: Initialiser, shape: str) -> str:
    empty = f"torch.empty({shape})"
    match initialiser:
        case Uniform(low=low, high=high):
            return f"{empty}.uniform_({literal(low)}, {literal(high)})"
        case Normal(mean=mean, deviation=deviation):
            return f"{empty}.normal_({literal(mean)}, {literal(deviation)})"
        case XavierUniform():
            return f"nn.init.xavier_uniform_({empty})"
        case FanInUniform(fan_in=int(fan_in)):
            return _within_root(str(fan_in), shape)
        case FirstAxisUniform():
            return _within_root(shape.split(", ")[0] if shape != "()" else "1", shape)
        case FanInUniform() if ", " in shape:
            return f"nn.init.kaiming_uniform_({empty}, a=5**0.5)"
    return f"torch.randn({shape})"


def _within_root(size: str, shape: str) -> str:
    """Evenly within ±1/√size."""
    n = size if re.fullmatch(r"\w+", size) else f"({size})"
    return f"torch.empty({shape}).uniform_(-({n}**-0.5), {n}**-0.5)"
