"""Layers that multiply by a learnt matrix, and the one that looks rows of it up."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .. import ops
from ..dim import Dim, product
from ..initialise import Array, FanInUniform, Initialiser, Normal
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .activated import Activated
from .demands import axes_at_least, real, whole
from .layer import Example, Layer, Size, Tensor, argument
from .spelling import Spelling, code


class Linear(Activated):
    """Each output is a weighted sum of all features of the last axis, plus a bias: the fully connected layer.

    Weights are shared by everything in front of the last axis: a batch, or each step of a sequence.
    """

    category = "linear"
    formula = "y = x · weightᵀ + bias"
    keywords = ("Dense", "fully connected", "FC", "affine", "matrix", "LazyLinear")
    example = Example(inputs={"x": (3, 5)}, arguments={"out_features": 4})
    takes_features = True

    out_features: Size = argument(help="How many numbers come out for each example", minimum=1, initial=64)
    bias: bool = argument(default=True, help="Whether a learnt number is added to each output")

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight (out, in), and bias (out)."""
        axes_at_least("x", x, 1, "features last")
        fan_in = x.shape[-1]
        weight = Tensor(axes=("out", "in"), shape=(self.out_features, fan_in), initialiser=FanInUniform())
        first = FanInUniform(fan_in if isinstance(fan_in, int) else None)
        bias = Tensor(axes=("out",), shape=(self.out_features,), initialiser=first)
        return {"weight": weight, "bias": bias} if self.bias else {"weight": weight}

    def forward(self, x: Ref, *, weight: Ref, bias: Ref | None = None) -> Ref:
        """One matrix product over all rows, (…, in) -> (…, out)."""
        real("x", x)
        *lead, features = x.shape
        rows = x if len(lead) == 1 else ops.reshape(x, (product(lead), features))  # (…, in) -> (N, in)
        y = ops.matmul(rows, weight, transpose_b=True)  # (N, in) · (out, in)ᵀ -> (N, out)
        y = y if bias is None else ops.add(y, bias)
        return self.activated(ops.reshape(y, (*lead, weight.shape[0])))

    def pytorch(self, x: Type) -> Spelling:
        """nn.Linear."""
        defaults = {"bias": True}
        made = code("nn.Linear", x.shape[-1], self.out_features, bias=self.bias, defaults=defaults)
        return Spelling(construct=made)


class Embedding(Layer):
    """A table with a learnt row for each word or class: a whole number goes in, its row comes out.

    The row `padding_idx` starts as zeros and is never trained: it stands for padding.
    """

    category = "linear"
    formula = "y = weight[x]"
    keywords = ("lookup", "word", "token", "vector", "table", "one-hot")
    example = Example(
        inputs={"x": (2, 6)}, arguments={"num_embeddings": 5, "embedding_dim": 3}, integers={"x": 5}
    )

    num_embeddings: Size = argument(
        help="How many rows: inputs are from 0 to one less", minimum=1, initial=1000
    )
    embedding_dim: Size = argument(help="How many numbers a row has", minimum=1, initial=64)
    padding_idx: int | None = argument(
        default=None, help="The number that stands for padding; -1 is the last row"
    )

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight (entries, channels), drawn normally."""
        shape = (self.num_embeddings, self.embedding_dim)
        first: Initialiser = Normal() if self.padding_idx is None else NormalRows(self.padding_idx)
        return {"weight": Tensor(axes=("entry", "channel"), shape=shape, initialiser=first)}

    def forward(self, x: Ref, *, weight: Ref) -> Ref:
        """The rows, (…) -> (…, embedding_dim)."""
        whole("x", x)
        return ops.gather(weight, x, self._padding_row(weight.shape[0]))

    def _padding_row(self, rows: Dim) -> int | None:
        if self.padding_idx is None or not isinstance(rows, int):
            return self.padding_idx
        if not -rows <= self.padding_idx < rows:
            raise ShapeError(
                None,
                tr(
                    "padding_idx {padding_idx} is not among the {rows} rows",
                    padding_idx=self.padding_idx,
                    rows=rows,
                ),
            )
        return self.padding_idx % rows

    def pytorch(self, x: Type) -> Spelling:
        """nn.Embedding."""
        defaults = {"padding_idx": None}
        sizes = (self.num_embeddings, self.embedding_dim)
        return Spelling(
            construct=code("nn.Embedding", *sizes, padding_idx=self.padding_idx, defaults=defaults)
        )


@dataclass(frozen=True)
class NormalRows(Initialiser):
    """Normally with mean 0 and deviation 1, but for one row of zeros."""

    zero_row: int

    def draw(self, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
        """Independent draws; the row keeps its share of the generator's numbers."""
        values = generator.normal(size=shape)
        values[self.zero_row] = 0
        return values
