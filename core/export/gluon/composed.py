"""Prints a layer's primitives as a Gluon block, for layers that Gluon has no word for."""

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
from ...text import tr
from ..composed import Composed
from ..constructor import constructor_head
from ..error import ExportError
from ..format import Bracket, Item, Line, laid_out, statement
from ..primitive_class import Parts, PrimitivePrinter, Use
from ..values import literal, written
from .primitives import parts


class GluonPrimitives(PrimitivePrinter):
    """A block of primitives in MXNet's NumPy mode."""

    base = "nn.Block"
    training = "autograd.is_training()"

    def parts(self, use: Use) -> Parts:
        """The templates of a primitive's results. ExportError where MXNet has nothing for it."""
        try:
            return parts(use)
        except KeyError as error:
            (operation,) = error.args
            raise ExportError(tr("MXNet 1.9 has no operation for {operation}", operation=operation)) from None

    def tensor(self, one: Composed, name: str, tensor: Tensor) -> list[Line]:
        """Makes a parameter, or one that is not learnt."""
        attribute = one.attributes[name]
        if isinstance(tensor.initialiser, Sinusoids):
            sizes = ", ".join(written(dim, one.given) for dim in tensor.shape)
            text = f'self.params.get_constant("{attribute}", sinusoids({sizes}))'
            return statement(f"self.{attribute} = {text}", 2)
        items = [f'"{attribute}"', f"shape={written(tensor.shape, one.given)}"]
        if name not in one.learnt:
            items.append('grad_req="null"')
        items.append(f"init={first_values(tensor, one.given)}")
        call = Bracket(f"self.{attribute} = self.params.get(", tuple(map(Item, items)))
        return laid_out(call, 2)

    def renewed(self, attribute: str, value: str) -> str:
        """Puts a new value into a buffer."""
        return f"renew(self.{attribute}, {value})"

    def held(self, attribute: str) -> str:
        """A tensor's array."""
        return f"self.{attribute}.data()"

    def constructor_head(self, given: tuple[Item, ...]) -> list[Line]:
        """The constructor's first lines."""
        return constructor_head(given, passes_on=True)


def first_values(tensor: Tensor, names: Mapping[str, str]) -> str:
    """The initializer of a parameter as an expression."""
    match tensor.initialiser:
        case Constant(value=0.0):
            return "mx.init.Zero()"
        case Constant(value=1.0):
            return "mx.init.One()"
        case Constant(value=value):
            return f"mx.init.Constant({literal(value)})"
    return _drawn(tensor.initialiser, [written(dim, names) for dim in tensor.shape])


def _drawn(initialiser: Initialiser, shape: list[str]) -> str:
    match initialiser:
        case Uniform(low=low, high=high) if low == -high:
            return f"mx.init.Uniform({literal(high)})"
        case Normal(deviation=deviation):
            return f"mx.init.Normal({literal(deviation)})"
        case XavierUniform() if len(shape) > 1:
            return "mx.init.Xavier()"
        case FanInUniform(fan_in=int(fan_in)):
            return f"mx.init.Uniform({fan_in}**-0.5)"
        case FirstAxisUniform():
            return f"mx.init.Uniform(({shape[0] if shape else '1'}) ** -0.5)"
        case FanInUniform() if len(shape) > 1:
            return f"mx.init.Uniform(({' * '.join(shape[1:])}) ** -0.5)"
    return "mx.init.Normal(1.0)"
