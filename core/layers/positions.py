"""Layers that tell each step of a sequence where it stands, which attention itself cannot see."""

from collections.abc import Mapping

from .. import ops
from ..condition import at_most
from ..dim import text
from ..initialise import Initialiser, Normal, Sinusoids
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import axes_at_least, real
from .layer import Example, Layer, Size, Tensor, argument
from .spelling import Spelling, code


class _Positions(Layer, abstract=True):
    """A table with a row for each position, of which the first T are added."""

    max_len: Size = argument(
        default=512, minimum=1, help="How many positions there are: no sequence may be longer"
    )

    def table(self, x: Type, initialiser: Initialiser) -> Tensor:
        """The table (max_len, features)."""
        axes_at_least("x", real("x", x), 2, "steps and features last")
        shape = (self.max_len, x.shape[-1])
        return Tensor(axes=("entry", "channel"), shape=shape, initialiser=initialiser)

    def added(self, x: Ref, table: Ref) -> Ref:
        """x with a row added to each step, (…, T, F) -> (…, T, F)."""
        axes_at_least("x", real("x", x), 2, "steps and features last")
        steps = x.shape[-2]
        if not at_most(steps, self.max_len):
            raise ShapeError(
                "x",
                tr(
                    "expected at most {count} steps, got {steps} ({x}); raise max_len",
                    count=text(self.max_len),
                    steps=text(steps),
                    x=x.type,
                ),
            )
        return ops.add(x, ops.slice(table, 0, 0, steps))


class PositionalEncoding(_Positions):
    """Adds to each step a fixed pattern of sines and cosines that tells its position.

    Nothing is learnt. The steps are the axis before the last, the features the last.
    """

    category = "attention"
    formula = "y[t, 2i] = x + sin(t / 10000^(2i/F)),  y[t, 2i+1] = x + cos(t / 10000^(2i/F))"
    keywords = ("sinusoidal", "position embedding", "transformer", "sine", "cosine", "order")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"max_len": 6})

    def buffers(self, x: Type) -> Mapping[str, Tensor]:
        """table (max_len, F)."""
        return {"table": self.table(x, Sinusoids())}

    def forward(self, x: Ref, *, table: Ref) -> Ref:
        """x and the first rows."""
        return self.added(x, table)

    def pytorch(self, x: Type) -> Spelling:
        """A buffer that the class registers."""
        first = code("sinusoids", self.max_len, x.shape[-1])
        apply = f"{{x}} + {{self}}[:{{x}}.shape[{x.rank - 2}]]"
        return Spelling(apply=apply, buffers={"table": first})


class LearnedPositions(_Positions):
    """Adds to each step a learnt row that tells its position, as GPT and BERT do.

    The steps are the axis before the last, the features the last.
    """

    category = "attention"
    formula = "y[t] = x[t] + weight[t]"
    keywords = ("position embedding", "positional encoding", "transformer", "GPT", "BERT", "ViT", "order")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"max_len": 6})

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight (max_len, F), drawn normally."""
        return {"weight": self.table(x, Normal())}

    def forward(self, x: Ref, *, weight: Ref) -> Ref:
        """x and the first rows."""
        return self.added(x, weight)

    def pytorch(self, x: Type) -> Spelling:
        """nn.Embedding, whose first rows are read."""
        made = code("nn.Embedding", self.max_len, x.shape[-1])
        return Spelling(construct=made, apply=f"{{x}} + {{self}}.weight[:{{x}}.shape[{x.rank - 2}]]")
