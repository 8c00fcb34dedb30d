"""Layers that multiply tensors as an equation says, or two inputs by what is learnt of their pairs."""

from collections.abc import Mapping
from typing import Any

from .. import ops
from ..condition import agree
from ..dim import Dim, product
from ..expression import ExpressionError
from ..initialise import Constant, FanInUniform
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .activated import Activated
from .demands import axes_at_least, real
from .equation import DENSE_EQUATION, EQUATION, Equation, check_axes, einsum, read, read_dense
from .layer import ArgumentError, Example, Layer, Size, Sizes, Tensor, argument
from .spelling import Spelling, code


class Bilinear(Activated):
    """Each output is a weighted sum of the products of all pairs of features of two inputs, plus a bias.

    It tells what a Linear over both side by side cannot: what they have in common.
    """

    category = "linear"
    formula = "y[o] = Σ_i Σ_j x1[i] · weight[o, i, j] · x2[j] + bias[o]"
    keywords = ("outer product", "tensor product", "interaction", "second order", "fusion", "pair")
    example = Example(inputs={"x1": (3, 4), "x2": (3, 5)}, arguments={"out_features": 2})

    out_features: Size = argument(help="How many numbers come out for each example", minimum=1, initial=64)
    bias: bool = argument(default=True, help="Whether a learnt number is added to each output")

    def parameters(self, x1: Type, x2: Type) -> Mapping[str, Tensor]:
        """weight (out, in1, in2), and bias (out)."""
        for port, x in (("x1", x1), ("x2", x2)):
            axes_at_least(port, real(port, x), 1, "features last")
        first = x1.shape[-1]
        start = FanInUniform(first if isinstance(first, int) else None)
        shape = (self.out_features, first, x2.shape[-1])
        weight = Tensor(axes=("", "", ""), shape=shape, initialiser=start)
        bias = Tensor(axes=("out",), shape=(self.out_features,), initialiser=start)
        return {"weight": weight, "bias": bias} if self.bias else {"weight": weight}

    def forward(self, x1: Ref, x2: Ref, *, weight: Ref, bias: Ref | None = None) -> Ref:
        """(…, in1), (…, in2) -> (…, out): one matrix product by x1, then one by each x2."""
        lead = x1.shape[:-1]
        if len(x2.shape) != len(lead) + 1 or not all(map(agree, x2.shape[:-1], lead)):
            found = Type(lead)
            raise ShapeError(
                "x2", tr("expected {found} in front of the features like x1, got {x}", found=found, x=x2.type)
            )
        rows, (out, size1, size2) = product(lead), weight.shape
        turned = ops.reshape(ops.permute(weight, (1, 0, 2)), (size1, out * size2))  # (O, I, J) -> (I, OJ)
        by_first = ops.matmul(ops.reshape(x1, (rows, size1)), turned)  # (N, I) · (I, OJ)
        pairs = ops.reshape(by_first, (rows, out, size2))
        y = ops.matmul(pairs, ops.reshape(x2, (rows, size2, 1)))  # (N, O, J) · (N, J, 1)
        y = ops.reshape(y, (*lead, out))
        return self.activated(y if bias is None else ops.add(y, bias))

    def pytorch(self, x1: Type, x2: Type) -> Spelling:
        """nn.Bilinear."""
        sizes = (x1.shape[-1], x2.shape[-1], self.out_features)
        return Spelling(construct=code("nn.Bilinear", *sizes, bias=self.bias, defaults={"bias": True}))


class EinsumDense(Layer):
    """A product with a learnt tensor as an equation says: a Linear over several axes, or into several.

    The equation names the axes of the input, of the weight and of the result: abc,cd->abd is a Linear over
    the last axis, abc,cde->abde one whose result is shared out among heads.
    """

    category = "linear"
    formula = "y = Σ x · weight, over the axes that the result has not, plus bias"
    keywords = ("einsum", "tensor product", "Einstein summation", "DenseGeneral", "heads", "projection")
    example = Example(
        inputs={"x": (2, 3, 4)},
        arguments={"equation": "abc,cde->abde", "out_features": (2, 5), "bias_axes": "e"},
    )

    equation: str = argument(
        initial="...x,xy->...y",
        form=DENSE_EQUATION,
        help="The axes of the input, of the weight and of the result; ... stands for any number of axes",
    )
    out_features: Sizes = argument(
        help="The size of each axis of the weight that the input has not, in the weight's order",
        minimum=1,
        initial=64,
    )
    bias_axes: str = argument(
        default="", help="The axes of the result along which a learnt number is added; none where empty"
    )

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight by its own letters, and bias from the first of its letters in the result on."""
        equation = self._read()
        check_axes("x", x, equation.operands[0])
        weight_axes = equation.operands[1]
        full = equation.at([x.rank, len(weight_axes)])
        sizes = dict(zip(full.operands[0], x.shape, strict=True)) | self._new_sizes(full)
        shape = tuple(sizes[letter] for letter in weight_axes)
        summed = product(sizes[letter] for letter in weight_axes if letter not in full.output)
        start = FanInUniform(summed if isinstance(summed, int) else None)
        found = {"weight": Tensor(axes=("",) * len(shape), shape=shape, initialiser=start)}
        if self.bias_axes:
            one: Dim = 1
            behind = full.output[min(map(full.output.index, self.bias_axes)) :]
            kept = tuple(sizes[letter] if letter in self.bias_axes else one for letter in behind)
            found["bias"] = Tensor(axes=("",) * len(kept), shape=kept, initialiser=Constant(0.0))
        return found

    def forward(self, x: Ref, *, weight: Ref, bias: Ref | None = None) -> Ref:
        """As the equation says."""
        y = einsum(self._read(), {"x": x, "weight": weight})
        return y if bias is None else ops.add(y, bias)

    def _read(self) -> Equation:
        try:
            equation = read_dense(self.equation)
        except ExpressionError as error:
            raise ArgumentError("equation", error.message, error.column) from None
        for letter in self.bias_axes:
            if letter not in equation.output:
                raise ArgumentError("bias_axes", tr("{letter} is no axis of the result", letter=letter))
        return equation

    def _new_sizes(self, full: Equation) -> dict[str, Dim]:
        letters = [letter for letter in full.operands[1] if letter not in full.operands[0]]
        given = self.out_features if isinstance(self.out_features, tuple) else (self.out_features,)
        if len(given) != len(letters):
            wanted = ", ".join(letters) or tr("none")
            raise ArgumentError(
                "out_features",
                tr("expected a size for each of {wanted}, got {count}", wanted=wanted, count=len(given)),
            )
        return dict(zip(letters, given, strict=True))

    def pytorch(self, x: Type) -> Spelling:
        """torch.einsum in a small class that holds the weight."""
        text = f'torch.einsum("{self._read()}", {{x}}, {{weight}})'
        return Spelling(body=f"{text} + {{bias}}" if self.bias_axes else text)


class Einsum(Layer):
    """Products of its inputs' elements, summed as an equation says: bij,bjk->bik is a matrix product.

    Each letter is an axis; what the result has not is summed over. ... stands for any number of axes.
    """

    category = "linear"
    formula = "y = Σ x1 · x2 · …, over the axes that the result has not"
    keywords = (
        "einsum",
        "Einstein summation",
        "tensor product",
        "contraction",
        "dot",
        "bmm",
        "outer product",
    )
    example = Example(inputs={"x1": (2, 3, 4), "x2": (2, 4, 5)}, arguments={"equation": "bij,bjk->bik"})

    equation: str = argument(
        initial="bij,bjk->bik",
        form=EQUATION,
        help="The axes of each input, with commas between them, and after -> those of the result",
    )

    @classmethod
    def ports_for(cls, arguments: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """An input for each part between commas."""
        source = arguments.get("equation")
        count = source.partition("->")[0].count(",") + 1 if isinstance(source, str) else 2
        return tuple(f"x{i + 1}" for i in range(count)), ("y",)

    def forward(self, *xs: Ref) -> Ref:
        """As the equation says."""
        try:
            equation = read(self.equation)
        except ExpressionError as error:
            raise ArgumentError("equation", error.message, error.column) from None
        return einsum(equation, {f"x{i}": x for i, x in enumerate(xs, 1)})

    def pytorch(self, *xs: Type) -> Spelling:
        """torch.einsum."""
        places = ", ".join(f"{{x{i}}}" for i in range(1, len(xs) + 1))
        return Spelling(apply=f'torch.einsum("{read(self.equation)}", {places})')
