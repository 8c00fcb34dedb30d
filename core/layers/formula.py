"""The layer that the user writes as a formula."""

from collections.abc import Mapping
from typing import Any

from ..expression import ExpressionError, parse, shaped_names
from ..formula.declared import Declared, declarations, places
from ..formula.pytorch import traced_and_spelled
from ..formula.syntax import names, read
from ..formula.trace import Tracing
from ..ops.primitive import Ref, Trace
from ..text import tr
from ..types import ShapeError, Type
from .argument import ArgumentError, TextForm, placed
from .demands import real
from .layer import Example, Layer, Tensor, argument
from .spelling import Spelling

_FORMULA = TextForm(read, lambda source: ())
_DECLARED = TextForm(declarations, places)


def _tensor(one: Declared, types: Mapping[str, Type]) -> Tensor:
    try:
        shape = one.shape(types)
    except ExpressionError as error:
        read = frozenset().union(*(shaped_names(parse(size)) for size in one.sizes)) & types.keys()
        if not read:
            raise ArgumentError("learnable", placed(error)) from None
        reason = tr("the shape of {name} does not exist: {reason}", name=one.name, reason=error.message)
        raise ShapeError(min(read), reason) from None
    return Tensor(axes=("",) * len(shape), shape=shape, initialiser=one.initialiser)


class Expression(Layer):
    """A formula of your own over its inputs, such as x - mean(x): every name in it becomes an input.

    It has NumPy's signs and functions: + - * / ** @, comparison with where, exp, log, sqrt, abs, tanh,
    sigmoid, relu, gelu, silu, softplus, sin, cos, maximum, minimum, sum, mean, max, min, softmax, transpose,
    swapaxes, reshape, concatenate, x.T, x.shape[-1] and slices such as x[:, 0].

    Names that are declared as parameters are learnt: W: x.shape[-1], 20; b: 20 = zeros. The first values are
    uniform, normal, zeros, ones or a number.
    """

    category = "structure"
    formula = "y = whatever you write"
    keywords = ("formula", "custom", "equation", "lambda", "NumPy", "own layer", "function")
    example = Example(
        inputs={"x": (3, 5)},
        arguments={
            "expression": "tanh(x @ W + b) * g",
            "learnable": "W: x.shape[-1], 4; b: 4 = zeros; g: 4 = ones",
        },
    )

    expression: str = argument(
        initial="x - mean(x)", form=_FORMULA, help="The formula; its names are the inputs and the parameters"
    )
    learnable: str = argument(
        default="",
        form=_DECLARED,
        help="Which names are learnt, with their sizes and first values: W: x.shape[-1], 20; b: 20 = zeros",
    )

    @classmethod
    def ports_for(cls, arguments: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """An input for each name that is no parameter, as they first appear."""
        source, declared = arguments.get("expression"), arguments.get("learnable", "")
        if not isinstance(source, str) or not isinstance(declared, str):
            return (), ("y",)
        try:
            learnt = {one.name for one in declarations(declared)}
            return tuple(name for name in names(source) if name not in learnt), ("y",)
        except ExpressionError:
            return (), ("y",)

    def parameters(self, *inputs: Type) -> Mapping[str, Tensor]:
        """What is declared; no framework permutes it."""
        types = dict(zip(self._ports, inputs, strict=True))
        return {one.name: _tensor(one, types) for one in declarations(self.learnable)}

    def forward(self, *xs: Ref, **tensors: Ref) -> Ref:
        """The formula in primitives."""
        ports = dict(zip(self._ports, xs, strict=True))
        for port, x in ports.items():
            real(port, x)
        return Tracing(self.expression, {**ports, **tensors}).result

    def pytorch(self, *inputs: Type) -> Spelling:
        """The formula under torch's names; with parameters a small class of its own."""
        trace = Trace()
        tensors = {name: Type(one.shape) for name, one in self.parameters(*inputs).items()}
        types = {**dict(zip(self._ports, inputs, strict=True)), **tensors}
        text = traced_and_spelled(
            self.expression, {name: trace.input(type_) for name, type_ in types.items()}
        )
        return Spelling(body=text) if tensors else Spelling(apply=text)

    @property
    def _ports(self) -> tuple[str, ...]:
        return self.ports_for(vars(self))[0]
