"""One step of a recurrent layer, for loops that are drawn: a While, or a repeat."""

from collections.abc import Mapping
from typing import Any, ClassVar

from .. import ops
from ..condition import agree
from ..initialise import FanInUniform
from ..ops.primitive import Ref
from ..text import tr
from ..types import ShapeError, Type
from .demands import counted, real
from .layer import Example, Layer, Outputs, Size, Tensor, argument
from .spelling import Code, Spelling, code


def _row(port: str, x: Type) -> tuple[Any, Any]:
    """The sizes (batch, features)."""
    if real(port, x).rank != 2:
        raise ShapeError(port, tr("expected {axes} (batch, features), got {x}", axes=counted(2, "axis"), x=x))
    batch, features = x.shape
    return batch, features


class _Cell(Layer, abstract=True):
    """What the cells share: the weights, (gates*H, in) and (gates*H, H), and two biases."""

    gates: ClassVar[int]

    hidden_size: Size = argument(help="How many numbers the state has", minimum=1, initial=64)
    bias: bool = argument(default=True, help="Whether learnt numbers are added before the functions")

    def parameters(self, x: Type, h: Type, c: Type | None = None) -> Mapping[str, Tensor]:
        """weight_ih, weight_hh, and the biases."""
        hidden, rows = self.hidden_size, self.gates * self.hidden_size
        first = FanInUniform(hidden if isinstance(hidden, int) else None)
        shapes = {"weight_ih": (rows, _row("x", x)[1]), "weight_hh": (rows, hidden)}
        found = {
            name: Tensor(axes=("out", "in"), shape=shape, initialiser=first) for name, shape in shapes.items()
        }
        for name in ("bias_ih", "bias_hh") if self.bias else ():
            found[name] = Tensor(axes=("out",), shape=(rows,), initialiser=first)
        return found

    def check(self, x: Ref, **states: Ref) -> None:
        """ShapeError where x is no (batch, features), or a state no (batch, hidden_size)."""
        batch, _ = _row("x", x.type)
        for port, state in states.items():
            wanted = Type((batch, self.hidden_size))
            real(port, state)
            if state.type.rank != 2 or not all(map(agree, state.shape, wanted.shape)):
                raise ShapeError(
                    port,
                    tr(
                        "expected {wanted} (batch, hidden_size), got {state}", wanted=wanted, state=state.type
                    ),
                )

    def blocks(self, x: Ref, weight: Ref, bias: Ref | None) -> list[Ref]:
        """What x gives to each gate: (B, in) -> (B, H) each."""
        y = ops.matmul(x, weight, transpose_b=True)  # (B, gates*H)
        y = y if bias is None else ops.add(y, bias)
        hidden = self.hidden_size
        return [ops.slice(y, 1, hidden * i, hidden * (i + 1)) for i in range(self.gates)]

    def made_pytorch(self, x: Type, **settings: Any) -> Code:
        """The module of the same name."""
        defaults = {"bias": True, "nonlinearity": "tanh"}
        name, hidden = f"nn.{type(self).__name__}", self.hidden_size
        return code(name, x.shape[-1], hidden, defaults=defaults, bias=self.bias, **settings)


class LSTMCell(_Cell):
    """One step of an LSTM: from an input, a state and a memory to the next state and memory.

    The input is (batch, features), state and memory are (batch, hidden_size). Draw the loop yourself where
    each step needs more than an LSTM does: attention, or a word that was chosen.
    """

    category = "attention"
    formula = (
        "c = σ(f)·c + σ(i)·tanh(g), h = σ(o)·tanh(c), "
        "[i, f, g, o] = x · weight_ihᵀ + bias_ih + h · weight_hhᵀ + bias_hh"
    )
    keywords = ("recurrent", "RNN", "long short-term memory", "step", "loop", "decoder")
    example = Example(inputs={"x": (2, 4), "h": (2, 3), "c": (2, 3)}, arguments={"hidden_size": 3})
    outputs = ("h", "c")
    gates = 4

    def forward(
        self,
        x: Ref,
        h: Ref,
        c: Ref,
        *,
        weight_ih: Ref,
        weight_hh: Ref,
        bias_ih: Ref | None = None,
        bias_hh: Ref | None = None,
    ) -> Outputs:
        """(B, F), (B, H), (B, H) -> (B, H), (B, H)."""
        self.check(x, h=h, c=c)
        pairs = zip(self.blocks(x, weight_ih, bias_ih), self.blocks(h, weight_hh, bias_hh), strict=True)
        i, f, g, o = (ops.add(one, other) for one, other in pairs)
        kept = ops.multiply(ops.sigmoid(f), c)
        c = ops.add(kept, ops.multiply(ops.sigmoid(i), ops.tanh(g)))
        return Outputs((ops.multiply(ops.sigmoid(o), ops.tanh(c)), c))

    def pytorch(self, x: Type, h: Type, c: Type) -> Spelling:
        """nn.LSTMCell."""
        return Spelling(construct=self.made_pytorch(x), apply="{self}({x}, ({h}, {c}))")


class GRUCell(_Cell):
    """One step of a GRU: from an input and a state to the next state.

    The input is (batch, features), the state (batch, hidden_size).
    """

    category = "attention"
    formula = (
        "h = (1 - z)·n + z·h, r and z = σ(x · weight_ihᵀ + bias_ih + h · weight_hhᵀ + bias_hh), "
        "n = tanh(x · weight_ihᵀ + bias_ih + r·(h · weight_hhᵀ + bias_hh))"
    )
    keywords = ("recurrent", "RNN", "gated recurrent unit", "step", "loop", "decoder")
    example = Example(inputs={"x": (2, 4), "h": (2, 3)}, arguments={"hidden_size": 3})
    outputs = ("h",)
    gates = 3

    def forward(
        self,
        x: Ref,
        h: Ref,
        *,
        weight_ih: Ref,
        weight_hh: Ref,
        bias_ih: Ref | None = None,
        bias_hh: Ref | None = None,
    ) -> Ref:
        """(B, F), (B, H) -> (B, H)."""
        self.check(x, h=h)
        by_input, by_state = self.blocks(x, weight_ih, bias_ih), self.blocks(h, weight_hh, bias_hh)
        r, z = (ops.sigmoid(ops.add(by_input[i], by_state[i])) for i in range(2))
        n = ops.tanh(ops.add(by_input[2], ops.multiply(r, by_state[2])))
        return ops.add(n, ops.multiply(z, ops.subtract(h, n)))

    def pytorch(self, x: Type, h: Type) -> Spelling:
        """nn.GRUCell."""
        return Spelling(construct=self.made_pytorch(x))


class RNNCell(_Cell):
    """One step of a plain recurrent layer: from an input and a state to the next state.

    The input is (batch, features), the state (batch, hidden_size).
    """

    category = "attention"
    formula = "h = tanh(x · weight_ihᵀ + bias_ih + h · weight_hhᵀ + bias_hh), h on the right the step before"
    keywords = ("recurrent", "Elman", "SimpleRNNCell", "step", "loop")
    example = Example(inputs={"x": (2, 4), "h": (2, 3)}, arguments={"hidden_size": 3})
    outputs = ("h",)
    gates = 1

    nonlinearity: str = argument(
        default="tanh", choices=("tanh", "relu"), help="The function that makes the new state"
    )

    def forward(
        self,
        x: Ref,
        h: Ref,
        *,
        weight_ih: Ref,
        weight_hh: Ref,
        bias_ih: Ref | None = None,
        bias_hh: Ref | None = None,
    ) -> Ref:
        """(B, F), (B, H) -> (B, H)."""
        self.check(x, h=h)
        (by_input,), (by_state,) = self.blocks(x, weight_ih, bias_ih), self.blocks(h, weight_hh, bias_hh)
        function = ops.tanh if self.nonlinearity == "tanh" else ops.relu
        return function(ops.add(by_input, by_state))

    def pytorch(self, x: Type, h: Type) -> Spelling:
        """nn.RNNCell."""
        return Spelling(construct=self.made_pytorch(x, nonlinearity=self.nonlinearity))
