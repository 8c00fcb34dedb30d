"""Layers that read a sequence step by step and carry a state along."""

from collections.abc import Mapping
from typing import Any, ClassVar

from .. import ops
from ..condition import agree, at_most
from ..dim import Dim, text
from ..initialise import FanInUniform
from ..ops.primitive import Ref
from ..text import tr
from ..types import Shape, ShapeError, Type
from .demands import real, sequence
from .layer import ArgumentError, Example, Layer, Outputs, Size, Tensor, argument
from .spelling import Spelling, code


class _Recurrent(Layer, abstract=True):
    """What LSTM, GRU and RNN share: levels, directions, their weights, and what is returned."""

    gates: ClassVar[int]
    state_names: ClassVar[tuple[str, ...]] = ("h",)
    """What goes from step to step, and is given or returned as (levels * directions, batch, features)."""
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
        choices=("sequence", "last", "state", "sequence and state"),
        help="The state after every step, or after the last step that was read; state is what each level and "
        "direction ends with, (levels * directions, batch, features), fit to begin another one with",
    )
    initial_state: str = argument(
        default="zeros",
        choices=("zeros", "given"),
        help="Whether it begins with zeros, or with states that are wired to it, "
        "(levels * directions, batch, features) as another one returns them",
    )
    bias: bool = argument(default=True, help="Whether learnt numbers are added before the functions")
    dropout: float = argument(
        default=0.0,
        minimum=0.0,
        maximum=1.0,
        help="The part that is dropped between stacked ones while training",
    )

    @classmethod
    def ports_for(cls, arguments: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """x and the states to begin with; the sequence, the states, or both."""
        started = arguments.get("initial_state") == "given"
        outputs = {"state": cls.state_names, "sequence and state": ("y", *cls.state_names)}
        given = ("x", *cls.state_names) if started else ("x",)
        returns = arguments.get("returns")
        return given, outputs.get(returns, ("y",)) if isinstance(returns, str) else ("y",)

    def parameters(self, x: Type, *states: Type) -> Mapping[str, Tensor]:
        """weight_ih (gates*H, in), weight_hh (gates*H, H) and two biases, of each level and direction."""
        hidden, shown = self.hidden_size, self.state_sizes()[0]
        first = FanInUniform(hidden if isinstance(hidden, int) else None)
        rows = self.gates * hidden
        found: dict[str, Tensor] = {}
        for level in range(self._levels()):
            features = shown * len(self._directions()) if level else sequence("x", x)[2]
            for direction in self._directions():
                shapes: dict[str, Shape] = {"weight_ih": (rows, features), "weight_hh": (rows, shown)}
                shapes |= {name: (rows,) for name in BIASES if self.bias}
                shapes |= self.projection()
                for name, shape in shapes.items():
                    axes = ("out", "in")[: len(shape)]
                    key = f"{name}_l{level}{direction}"
                    found[key] = Tensor(axes=axes, shape=shape, initialiser=first)
        return found

    def projection(self) -> Mapping[str, Shape]:
        """The matrix that makes what is shown of what is kept, by its name; none where that is the same."""
        return {}

    def state_sizes(self) -> tuple[Dim, ...]:
        """How many features each state has."""
        return (self.hidden_size,) * len(self.state_names)

    def forward(self, x: Ref, *states: Ref, training: bool, **weights: Ref) -> Ref | Outputs:
        """(B, T, F) -> (B, T, H), or (B, H) after the last step; twice H where it goes both ways.

        States are (levels * directions, B, H) each.
        """
        batch = sequence("x", x)[0]
        levels, directions = self._levels(), self._directions()
        self._check_states(states, levels * len(directions), batch)
        reads: list[tuple[Ref, ...]] = []
        for level in range(levels):
            if level and training and self.dropout > 0:
                x = ops.multiply(x, ops.random_mask(x, 1 - self.dropout))
            reads += [self._read(x, level, direction, weights, states) for direction in directions]
            if level < levels - 1 or self.returns in ("sequence", "sequence and state"):
                x = ops.concat(*(y for y, *_ in reads[-len(directions) :]), axis=2)
        return x if self.returns == "sequence" else self._ended(x, reads)

    def _ended(self, x: Ref, reads: list[tuple[Ref, ...]]) -> Ref | Outputs:
        """The last states of those that were read, with x where the sequence is wanted too."""
        ways = len(self._directions())
        if self.returns == "last":
            return ops.concat(*(_after(y, bool(i)) for i, (y, *_) in enumerate(reads[-ways:])), axis=1)
        ends = [(_after(y, i % ways == 1), *others) for i, (y, *others) in enumerate(reads)]
        stacked = tuple(_stacked([end[i] for end in ends]) for i in range(len(self.state_names)))
        return Outputs(stacked if self.returns == "state" else (x, *stacked))

    def _check_states(self, states: tuple[Ref, ...], places: int, batch: Dim) -> None:
        for port, state, size in zip(self.state_names, states, self.state_sizes(), strict=False):
            wanted = Type((places, batch, size))
            real(port, state)
            if state.type.rank != 3 or not all(map(agree, state.shape, wanted.shape)):
                raise ShapeError(
                    port,
                    tr(
                        "expected {wanted} (levels and directions, batch, features), got {state}",
                        wanted=wanted,
                        state=state.type,
                    ),
                )

    def _read(
        self, x: Ref, level: int, direction: str, weights: Mapping[str, Ref], states: tuple[Ref, ...]
    ) -> tuple[Ref, ...]:
        """The states of one level in one direction, then what else it ends with."""
        kinds = ("weight_ih", "weight_hh", *(BIASES if self.bias else ()))
        own = [weights[f"{kind}_l{level}{direction}"] for kind in kinds]
        place = level * len(self._directions()) + bool(direction)
        settings: dict[str, Any] = {"reverse": bool(direction)}
        settings |= {"start": tuple(_entry(state, place) for state in states)} if states else {}
        for name in self.projection():
            settings["w_hr"] = weights[f"{name}_l{level}{direction}"]
        return self.recur(x, *own, **settings)

    def recur(self, x: Ref, *weights: Ref, **settings: Any) -> tuple[Ref, ...]:
        """One level in one direction: the states, (B, T, H), then what else it ends with, (B, H)."""
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

    def pytorch(self, x: Type, *states: Type) -> Spelling | None:
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
        names = ", ".join(f"{{{name}}}" for name in self.state_names)
        start = f", ({names})" if len(self.state_names) > 1 else f", {names}"
        return Spelling(construct=made, apply=self._returned(f"{{self}}({{x}}{start if states else ''})"))

    def _returned(self, call: str) -> str:
        """What of the module's result is wanted: it is the sequence, and the state or a pair of these."""
        match self.returns:
            case "sequence":
                return f"{call}[0]"
            case "state":
                return f"{call}[1]"
            case "sequence and state":
                return f"with_states({call})" if len(self.state_names) > 1 else call
        if not self.bidirectional:
            return f"{call}[0][:, -1]"
        return f"torch.cat(list({call}{self.state_pytorch}[-2:]), dim=1)"


BIASES = ("bias_ih", "bias_hh")

DEFAULTS: Mapping[str, Any] = {
    "num_layers": 1,
    "nonlinearity": "tanh",
    "proj_size": 0,
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
    state_names = ("h", "c")
    state_pytorch = "[1][0]"

    proj_size: Size = argument(
        default=0,
        minimum=0,
        help="How many numbers it shows after each step, made of the memory by a learnt matrix; fewer than "
        "hidden_size. 0: it shows as many as the memory has, without a matrix",
    )

    def projection(self) -> Mapping[str, Shape]:
        """weight_hr (P, H)."""
        if isinstance(self.proj_size, int) and self.proj_size == 0:
            return {}
        if not at_most(self.proj_size + 1, self.hidden_size):
            message = tr(
                "expected fewer than the {hidden} of hidden_size, got {size}",
                hidden=text(self.hidden_size),
                size=text(self.proj_size),
            )
            raise ArgumentError("proj_size", message)
        return {"weight_hr": (self.proj_size, self.hidden_size)}

    def state_sizes(self) -> tuple[Dim, ...]:
        """What is shown, and the memory."""
        return self.proj_size if self.projection() else self.hidden_size, self.hidden_size

    def recur(self, x: Ref, *weights: Ref, **settings: Any) -> tuple[Ref, ...]:
        """The hidden states and the last cell."""
        return ops.lstm(x, *weights, **settings)

    def settings_pytorch(self) -> dict[str, Any]:
        """The projection."""
        return {"proj_size": self.proj_size}


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

    def recur(self, x: Ref, *weights: Ref, **settings: Any) -> tuple[Ref, ...]:
        """The states."""
        return (ops.gru(x, *weights, **settings),)


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

    def recur(self, x: Ref, *weights: Ref, **settings: Any) -> tuple[Ref, ...]:
        """The states."""
        return (ops.rnn(x, *weights, nonlinearity=self.nonlinearity, **settings),)

    def settings_pytorch(self) -> dict[str, Any]:
        """The function."""
        return {"nonlinearity": self.nonlinearity}


def _after(y: Ref, reverse: bool) -> Ref:
    """The state after the last step that was read: (B, T, H) -> (B, H)."""
    batch, steps, hidden = y.shape
    last: Dim = 0 if reverse else steps - 1
    return ops.reshape(ops.slice(y, 1, last, last + 1), (batch, hidden))


def _entry(states: Ref, place: int) -> Ref:
    """One of the states: (places, B, H) -> (B, H)."""
    return ops.reshape(ops.slice(states, 0, place, place + 1), states.shape[1:])


def _stacked(states: list[Ref]) -> Ref:
    """(B, H) each -> (places, B, H)."""
    return ops.concat(*(ops.reshape(one, (1, *one.shape)) for one in states), axis=0)
