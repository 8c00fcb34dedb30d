"""Ports of a module, stored values, and the layer that does nothing."""

from collections.abc import Mapping
from typing import Any

from .. import initialise
from ..ops.primitive import Ref
from ..types import parse_shape
from .layer import Example, Layer, Outputs, Tensor, argument
from .spelling import Code, Spelling, code


class Input(Layer):
    """Where values enter a module: in the whole network the data, in a block what the caller wires to it.

    The shape lists every axis, the batch first. A name such as `B` stands for a size that may vary; each name
    has an example size, so that the network can be run.
    """

    category = "input"
    formula = "y = what is given"
    keywords = ("data", "source", "placeholder", "x")
    example = Example(inputs={}, arguments={"shape": "B, 20"})
    structural = True

    shape: str = argument(
        default="",
        initial="B, 20",
        dimensions=True,
        help="Sizes of all axes with commas between them; inside a block, empty means as the caller gives",
    )
    dtype: str = argument(
        default="float32",
        choices=("float32", "int64"),
        help="Real numbers, or whole numbers such as word indices",
    )
    bound: int = argument(
        default=10, minimum=1, help="Whole numbers are below this; not read for real numbers"
    )
    sizes: str = argument(default="", help="An example size for each name in the shape: B=2, T=5")
    order: int = argument(default=0, help="Its place among the module's inputs")
    default: float | None = argument(
        default=None, help="The number that it is where nothing is wired to it; without one it must be wired"
    )
    hidden: bool = argument(default=False, help="Leave it out on the canvas where nothing is wired to it")

    def forward(self, *, value: Ref) -> Ref:
        """What the caller gives."""
        return value


class Output(Layer):
    """Where values leave a module: the network's result, or what a block hands to the layers after it."""

    category = "input"
    formula = "result = x"
    keywords = ("result", "return", "target", "y")
    example = Example(inputs={"x": (2, 10)})
    outputs = ()
    structural = True

    order: int = argument(default=0, help="Its place among the module's outputs")
    hidden: bool = argument(default=False, help="Leave it out on the canvas where nothing is wired to it")

    def forward(self, x: Ref) -> Outputs:
        """Nothing of its own: the module's caller takes x."""
        return Outputs((), {})


class _Stored(Layer, abstract=True):
    """A tensor that a node holds, and how its first values are made."""

    shape: str = argument(
        dimensions=True, initial="20, 20", help="Sizes of all axes, with commas between them"
    )
    initial: str = argument(
        default="zeros",
        choices=("zeros", "ones", "uniform", "normal", "fill"),
        help="First values: uniform is between 0 and 1, normal has mean 0 and deviation 1",
    )
    fill: float = argument(default=0.0, help="The value everywhere where first values are fill")

    def _value(self) -> Mapping[str, Tensor]:
        """The value, whose axes no framework permutes."""
        shape = parse_shape(self.shape)
        return {"value": Tensor(axes=("",) * len(shape), shape=shape, initialiser=self._initialiser())}

    def _initialiser(self) -> initialise.Initialiser:
        choices: dict[str, initialise.Initialiser] = {
            "zeros": initialise.Constant(0.0),
            "ones": initialise.Constant(1.0),
            "uniform": initialise.Uniform(0.0, 1.0),
            "normal": initialise.Normal(0.0, 1.0),
            "fill": initialise.Constant(self.fill),
        }
        return choices[self.initial]

    def forward(self, *, value: Ref) -> Ref:
        """The stored value."""
        return value

    def _first_value(self) -> Code:
        shape: tuple[Any, ...] = parse_shape(self.shape)
        makers = {
            "zeros": "torch.zeros",
            "ones": "torch.ones",
            "uniform": "torch.rand",
            "normal": "torch.randn",
        }
        if self.initial == "fill":
            return code("torch.full", shape, self.fill) if shape else code("torch.tensor", float(self.fill))
        return code(makers[self.initial], *(shape or ((),)))


class Constant(_Stored):
    """A stored tensor that is never trained, such as a fixed random weight or a mask.

    It is saved with the weights (a buffer); wire it to MatMul, Add or Multiply. One that is trained is a
    Parameter.
    """

    category = "input"
    formula = "y = value"
    keywords = ("buffer", "fixed", "tensor", "zeros", "ones", "random")
    example = Example(inputs={}, arguments={"shape": "3, 4", "initial": "normal"})

    def buffers(self) -> Mapping[str, Tensor]:
        """The value."""
        return self._value()

    def pytorch(self) -> Spelling:
        """A buffer that the class registers."""
        return Spelling(apply="{self}", buffers={"value": self._first_value()})


class Parameter(_Stored):
    """A tensor that is learnt: a class token, an embedding of positions, the temperature of an attention.

    It is the same for every example of a batch; wire it to Add, Concat or MatMul. One that is never trained
    is a Constant.
    """

    category = "input"
    formula = "y = value"
    keywords = ("weight", "learnable", "trainable", "tensor", "class token", "positional embedding", "query")
    example = Example(inputs={}, arguments={"shape": "3, 4", "initial": "normal"})

    def parameters(self) -> Mapping[str, Tensor]:
        """The value."""
        return self._value()

    def pytorch(self) -> Spelling:
        """A parameter that the class registers."""
        return Spelling(apply="{self}", parameters={"value": self._first_value()})


class Identity(Layer):
    """Passes its input on unchanged: a place for a name, or the plain way around a block."""

    category = "shape"
    formula = "y = x"
    keywords = ("pass", "none", "skip", "no operation", "noop")
    example = Example(inputs={"x": (2, 5)})

    def forward(self, x: Ref) -> Ref:
        """x itself."""
        return x

    def pytorch(self, x: Any) -> Spelling:
        """The input's own name; a module in a chain."""
        return Spelling(apply="{x}", module=code("nn.Identity"))
