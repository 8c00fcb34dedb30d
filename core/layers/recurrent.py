"""Layers that read a sequence step by step and carry a state along."""

from collections.abc import Mapping
from typing import Any, ClassVar

from .. import ops
from ..dim import Dim, text
from ..initialise import FanInUniform
from ..ops.primitive import Ref
from ..text import tr
from ..types import Type
from .demands import sequence
from .layer import ArgumentError, Example, Layer, Size, Tensor, argument
from .spelling import Spelling, code


class _Recurrent(Layer, abstract=True):
    """What LSTM, GRU and RNN share: levels, directions, their weights, and what is returned."""

    gates: ClassVar[int]
    state_pytorch: ClassVar[str] = "[1]"
    """What the module's result is followed by to give the last hidden states, (levels * directions, B, H)."""

    hidden_size: Size = argument(help="How many numbers the state has", minimum=1, initial=64)
    num_layers: Size = argument(
        default=1, minimum=1, help="How many are stacked, each reading what the one below gives"
    )
    bidirectional: bool = argument(
        default=False, help="Whether a second one reads from the last step to the first; both are joined"
    )
    returns: str = argument(
        default="sequence",
        choices=("sequence", "last"),
        help="The state after every step, or after the last step that was read",
    )
    bias: bool = argument(default=True, help="Whether learnt numbers are added before the functions")
    dropout: float = argument(
        default=0.0,
        minimum=0.0,
        maximum=1.0,
        help="The part that is dropped between stacked ones while training",
    )

    def parameters(self, x: Type) -> Mapping[str, Tensor]:
        """weight_ih (gates*H, in), weight_hh (gates*H, H) and two biases, of each level and direction."""
        hidden = self.hidden_size
        first = FanInUniform(hidden if isinstance(hidden, int) else None)
        rows = self.gates * hidden
        found: dict[str, Tensor] = {}
        for level in range(self._levels()):
            features = hidden * len(self._directions()) if level else sequence("x", x)[2]
            for direction in self._directions():
                for name, columns in (("weight_ih", features), ("weight_hh", hidden)):
                    key = f"{name}_l{level}{direction}"
                    found[key] = Tensor(axes=("out", "in"), shape=(rows, columns), initialiser=first)
                for name in ("bias_ih", "bias_hh") if self.bias else ():
                    key = f"{name}_l{level}{direction}"
                    found[key] = Tensor(axes=("out",), shape=(rows,), initialiser=first)
        return found

    def forward(self, x: Ref, *, training: bool, **weights: Ref) -> Ref:
        """(B, T, F) -> (B, T, H), or (B, H) after the last step; twice H where it goes both ways."""
        sequence("x", x)
        levels = self._levels()
        for level in range(levels):
            if level and training and self.dropout > 0:
                x = ops.multiply(x, ops.random_mask(x, 1 - self.dropout))
            states = [self._read(x, level, direction, weights) for direction in self._directions()]
            if level == levels - 1 and self.returns == "last":
                return ops.concat(*(_after(y, bool(i)) for i, y in enumerate(states)), axis=1)
            x = ops.concat(*states, axis=2)
        return x

    def _read(self, x: Ref, level: int, direction: str, weights: Mapping[str, Ref]) -> Ref:
        kinds = ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if self.bias else ()))
        own = [weights[f"{kind}_l{level}{direction}"] for kind in kinds]
        return self.recur(x, *own, reverse=bool(direction))

    def recur(self, x: Ref, *weights: Ref, reverse: bool) -> Ref:
        """One level in one direction: the states, (B, T, H)."""
        raise TypeError(f"{type(self).__name__} has no recurrence")

    def _levels(self) -> int:
        count = self.num_layers
        if not isinstance(count, int):
            raise ArgumentError(
                "num_layers", tr("must be a number that is known here, got {count}", count=text(count))
            )
        return count

    def _directions(self) -> tuple[str, ...]:
        return ("", "_reverse") if self.bidirectional else ("",)

    def settings_pytorch(self) -> dict[str, Any]:
        """The keywords of the module that the layer's kind adds."""
        return {}

    def pytorch(self, x: Type) -> Spelling | None:
        """The module of the same name; None where it depends on an expression what the last state is."""
        both: Any = self.bidirectional  # an expression where the user wrote one
        if self.returns == "last" and not isinstance(both, bool):
            return None
        made = code(
            f"nn.{type(self).__name__}",
            x.shape[-1],
            self.hidden_size,
            defaults=DEFAULTS,
            num_layers=self.num_layers,
            **self.settings_pytorch(),
            bias=self.bias,
            batch_first=True,
            dropout=0.0 if self.num_layers == 1 else self.dropout,  # PyTorch warns that it does nothing
            bidirectional=both,
        )
        states = f"{{self}}({{x}}){self.state_pytorch}"
        last = f"torch.cat(list({states}[-2:]), dim=1)" if both else f"{states}[-1]"
        return Spelling(construct=made, apply="{self}({x})[0]" if self.returns == "sequence" else last)


DEFAULTS: Mapping[str, Any] = {
    "num_layers": 1,
    "nonlinearity": "tanh",
    "bias": True,
    "dropout": 0.0,
    "bidirectional": False,
}
"""PyTorch's own, which are left out of the code."""


class LSTM(_Recurrent):
    """Reads a sequence step by step with a memory cell that gates fill, keep and show.

    The input is (batch, steps, features). The memory lets it learn over many more steps than a plain RNN.
    """

    category = "attention"
    formula = (
        "c = σ(f)·c + σ(i)·tanh(g), y = σ(o)·tanh(c), "
        "[i, f, g, o] = x · weight_ihᵀ + bias_ih + y · weight_hhᵀ + bias_hh"
    )
    keywords = ("recurrent", "RNN", "long short-term memory", "sequence", "memory", "time series", "text")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"hidden_size": 2})
    gates = 4
    state_pytorch = "[1][0]"

    def recur(self, x: Ref, *weights: Ref, reverse: bool) -> Ref:
        """The hidden states."""
        return ops.lstm(x, *weights, reverse=reverse)[0]


class GRU(_Recurrent):
    """Reads a sequence step by step with a state that gates reset and renew: a lighter LSTM.

    The input is (batch, steps, features).
    """

    category = "attention"
    formula = (
        "y = (1 - z)·n + z·y, r and z = σ(x · weight_ihᵀ + bias_ih + y · weight_hhᵀ + bias_hh), "
        "n = tanh(x · weight_ihᵀ + bias_ih + r·(y · weight_hhᵀ + bias_hh))"
    )
    keywords = ("recurrent", "RNN", "gated recurrent unit", "sequence", "time series", "text")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"hidden_size": 2, "returns": "last"})
    gates = 3

    def recur(self, x: Ref, *weights: Ref, reverse: bool) -> Ref:
        """The states."""
        return ops.gru(x, *weights, reverse=reverse)


class RNN(_Recurrent):
    """Reads a sequence step by step: each state is made of the input and of the state before.

    The input is (batch, steps, features). The plain recurrent layer, which forgets soon; see LSTM and GRU.
    """

    category = "attention"
    formula = "y = tanh(x · weight_ihᵀ + bias_ih + y · weight_hhᵀ + bias_hh), y on the right the step before"
    keywords = ("recurrent", "Elman", "SimpleRNN", "sequence", "time series")
    example = Example(inputs={"x": (2, 3, 4)}, arguments={"hidden_size": 2, "bidirectional": True})
    gates = 1

    nonlinearity: str = argument(
        default="tanh", choices=("tanh", "relu"), help="The function that makes the new state"
    )

    def recur(self, x: Ref, *weights: Ref, reverse: bool) -> Ref:
        """The states."""
        return ops.rnn(x, *weights, reverse=reverse, nonlinearity=self.nonlinearity)

    def settings_pytorch(self) -> dict[str, Any]:
        """The function."""
        return {"nonlinearity": self.nonlinearity}


def _after(y: Ref, reverse: bool) -> Ref:
    """The state after the last step that was read: (B, T, H) -> (B, H)."""
    batch, steps, hidden = y.shape
    last: Dim = 0 if reverse else steps - 1
    return ops.reshape(ops.slice(y, 1, last, last + 1), (batch, hidden))
