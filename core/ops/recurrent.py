"""Recurrent layers over a whole sequence: LSTM, GRU and the plain one, a primitive each.

x is (B, T, F) with T steps, a state (B, H). Weights stand as PyTorch has them: w_ih (gates*H, F), w_hh
(gates*H, H), and both biases (gates*H) or neither. `reverse` goes from the last step to the first. What a
backward reads of the forward is kept as further outputs. A gradient primitive goes back through the steps;
the gradients of weights and inputs are matrix products over all steps at once.

Inputs of a primitive: x, w_ih, w_hh, both biases where it is `biased`, an LSTM's w_hr where it is
`projected`, and the states to begin with where it is `started`, (B, H) each; without them these are zeros.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..condition import agree
from ..dim import Dim, product
from ..text import tr
from ..types import Shape, ShapeError, Type
from .activation import tanh
from .elementwise import multiply
from .matrix import matmul
from .primitive import Array, Primitive, Ref, Step, apply
from .recurrent_back import Nonlinearity, block, order
from .reduce import sum
from .shape import concat, pad, reshape, slice


def lstm(
    x: Ref,
    w_ih: Ref,
    w_hh: Ref,
    *biases: Ref,
    w_hr: Ref | None = None,
    start: tuple[Ref, ...] = (),
    reverse: bool = False,
) -> tuple[Ref, Ref]:
    """The hidden state after each step, (B, T, H), and the cell after the last that is read, (B, H).

    Gates i, f, g, o. With w_hr (P, H) the hidden state is (B, T, P), what this matrix makes of it, and w_hh
    is (4H, P). `start` is the hidden state and the cell to begin with.
    """
    shown = () if w_hr is None else (w_hr,)
    settings = {"reverse": reverse, "biased": bool(biases), "projected": bool(shown), "started": bool(start)}
    found = apply("lstm", x, w_ih, w_hh, *biases, *shown, *start, **settings)
    return found[0], found[1]


def gru(
    x: Ref, w_ih: Ref, w_hh: Ref, *biases: Ref, start: tuple[Ref, ...] = (), reverse: bool = False
) -> Ref:
    """The state after each step, (B, T, F) -> (B, T, H); gates r, z, n, reset after the product."""
    settings = {"reverse": reverse, "biased": bool(biases), "started": bool(start)}
    return apply("gru", x, w_ih, w_hh, *biases, *start, **settings)[0]


def rnn(
    x: Ref,
    w_ih: Ref,
    w_hh: Ref,
    *biases: Ref,
    start: tuple[Ref, ...] = (),
    reverse: bool = False,
    nonlinearity: str = "tanh",
) -> Ref:
    """The state after each step, (B, T, F) -> (B, T, H)."""
    settings = {"reverse": reverse, "biased": bool(biases), "started": bool(start)}
    return apply("rnn", x, w_ih, w_hh, *biases, *start, nonlinearity=nonlinearity, **settings)[0]


class _Given(NamedTuple):
    """The inputs of a recurrence behind the first three: types, arrays or references."""

    biases: tuple[Any, ...]
    w_hr: Any
    start: tuple[Any, ...]


def _given(others: Sequence[Any], settings: Mapping[str, Any]) -> _Given:
    count = 2 * settings["biased"]
    projected = settings.get("projected", False)
    w_hr = others[count] if projected else None
    return _Given(tuple(others[:count]), w_hr, tuple(others[count + projected :]))


class _Recurrence(Primitive):
    """What the three share; `kept` is how many (B, T, H) a further output holds, for each of them."""

    gates: ClassVar[int]
    kept: ClassVar[tuple[int, ...]] = ()
    states: ClassVar[int] = 1
    """How many states go from step to step."""
    start_read: ClassVar[int | None] = None
    """Which of the states to begin with the gradient primitive reads."""

    def types(self, x: Type, w_ih: Type, w_hh: Type, *others: Type, **settings: Any) -> tuple[Type, ...]:
        batch, steps, features = _sequence(x)
        shown = w_hh.shape[-1]
        given = _given(others, settings)
        hidden = shown if given.w_hr is None else given.w_hr.shape[-1]
        rows = self.gates * hidden
        wanted = [(w_ih, (rows, features)), (w_hh, (rows, shown)), *((b, (rows,)) for b in given.biases)]
        wanted += [] if given.w_hr is None else [(given.w_hr, (shown, hidden))]
        for weight, shape in wanted:
            if not _fits(weight, shape):
                raise ShapeError(
                    None, tr("expected a weight of {shape}, got {weight}", shape=Type(shape), weight=weight)
                )
        for state, size in zip(given.start, (shown, hidden)[: self.states], strict=settings["started"]):
            if not _fits(state, (batch, size)):
                wanted_state = Type((batch, size))
                raise ShapeError(
                    None,
                    tr("expected a first state of {shape}, got {state}", shape=wanted_state, state=state),
                )
        further = [x.with_shape((batch, steps, count * hidden)) for count in self.kept]
        last = [x.with_shape((batch, hidden))] * (self.states - 1)
        return x.with_shape((batch, steps, shown)), *last, *further

    def macs(self, x: Type, w_ih: Type, w_hh: Type, *others: Type, **settings: Any) -> Dim:
        """The products of every step."""
        batch, steps, _ = x.shape
        given = _given(others, settings)
        shown = 0 if given.w_hr is None else product(given.w_hr.shape)
        return batch * steps * (product(w_ih.shape) + product(w_hh.shape) + shown)

    def backward(self, step: Step, *cotangents: Ref | None) -> Sequence[Ref | None]:
        x, w_ih, w_hh, *others = step.inputs
        given = _given(others, step.settings)
        by_input, by_state, dw_hr, states = self.emit_back(step, w_hh, given, cotangents)
        flat = _rows(by_input)  # (B*T, gates*H)
        before = _previous(step.outputs[0], given.start[:1], step.settings["reverse"])
        dx = reshape(matmul(flat, w_ih), x.shape)
        dw_ih = matmul(flat, _rows(x), transpose_a=True)
        dw_hh = matmul(_rows(by_state), _rows(before), transpose_a=True)
        dbiases = self.biases_back(by_input, by_state) if given.biases else ()
        return dx, dw_ih, dw_hh, *dbiases, *(() if dw_hr is None else (dw_hr,)), *states

    def biases_back(self, by_input: Ref, by_state: Ref) -> tuple[Ref, Ref]:
        """The cotangents of both biases: where the gates are given their sum, they are the same."""
        first = sum(by_input, (0, 1))
        return first, first if by_state is by_input else sum(by_state, (0, 1))

    def emit_back(
        self, step: Step, w_hh: Ref, given: _Given, cotangents: Sequence[Ref | None]
    ) -> tuple[Ref, Ref, Ref | None, tuple[Ref, ...]]:
        """The cotangents of what the gates are given by the input and by the state, (B, T, gates*H) each.

        Then that of w_hr, and those of the first states.
        """
        known = [cotangent for cotangent in cotangents if cotangent is not None]
        settings = {**step.settings, "given": tuple(cotangent is not None for cotangent in cotangents)}
        shown = () if given.w_hr is None else (given.w_hr,)
        first = () if self.start_read is None else given.start[self.start_read :]
        found = apply(f"{self.name}_grad", w_hh, *shown, *first, *step.outputs, *known, **settings)
        states = found[len(found) - len(given.start) :]
        gates = found[: len(found) - len(states) - len(shown)]
        dw_hr = self.projection_back(step, found[len(gates)]) if shown else None
        return gates[0], gates[-1], dw_hr, states

    def projection_back(self, step: Step, dshown: Ref) -> Ref:
        """The cotangent of w_hr from those of what it gives."""
        raise TypeError(f"{self.name} has no projection")


class _LSTM(_Recurrence):
    """c = f*c + i*g, h = o*tanh(c); i, f, o = sigmoid and g = tanh of w_ih·x + b_ih + w_hh·h + b_hh.

    Where it is projected, h = w_hr·(o*tanh(c)). Outputs: h (B, T, H), the last c (B, H), c (B, T, H), and
    i, f, g, o (B, T, 4H). Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000 and the
    projection of Sak et al. 2014.
    """

    name = "lstm"
    gates = 4
    kept = (1, 4)
    states = 2
    start_read = 1

    def reference(
        self, x: Array, w_ih: Array, w_hh: Array, *others: Array, reverse: bool, **settings: Any
    ) -> tuple[Array, ...]:
        given = _given(others, settings)
        gates = _by_input(x, w_ih, *given.biases)  # (T, B, 4H)
        steps, batch, hidden = len(gates), len(x), w_hh.shape[0] // 4
        # σ(a) = tanh(a/2)/2 + 1/2: one tanh serves the four gates, and cannot overflow.
        slope = np.repeat(np.array([0.5, 0.5, 1, 0.5], x.dtype), hidden)
        y = np.empty((steps, batch, w_hh.shape[1]), x.dtype)
        cells = np.empty((steps, batch, hidden), x.dtype)
        h, c = given.start or (np.zeros((batch, size), x.dtype) for size in (w_hh.shape[1], hidden))
        for t in order(steps, reverse):
            gates[t] += h @ w_hh.T
            gates[t] = np.tanh(gates[t] * slope) * slope + (1 - slope)
            i, f, g, o = (block(gates[t], k, hidden) for k in range(4))
            c = np.add(f * c, i * g, out=cells[t])
            h = o * np.tanh(c)
            h = y[t] = h if given.w_hr is None else h @ given.w_hr.T
        inside = (one.transpose(1, 0, 2) for one in (cells, gates))
        return y.transpose(1, 0, 2), c.copy(), *inside

    def projection_back(self, step: Step, dshown: Ref) -> Ref:
        """(P, H): what is shown is the open part of the squashed cells."""
        _, _, cells, gates = step.outputs
        hidden = cells.shape[2]
        shown = multiply(slice(gates, 2, 3 * hidden, 4 * hidden), tanh(cells))
        return matmul(_rows(dshown), _rows(shown), transpose_a=True)


class _GRU(_Recurrence):
    """h = n + z*(h - n); r, z = sigmoid of w_ih·x + b_ih + w_hh·h + b_hh, n = tanh(w_ih·x + b_ih + r*m).

    m = w_hh·h + b_hh, for n's rows. Outputs: h (B, T, H), and r, z, n, m (B, T, 4H). Cho et al. 2014, with
    the reset after the product as in cuDNN and PyTorch.
    """

    name = "gru"
    gates = 3
    kept = (4,)
    start_read = 0

    def reference(
        self, x: Array, w_ih: Array, w_hh: Array, *others: Array, reverse: bool, **settings: Any
    ) -> tuple[Array, ...]:
        biases, _, start = _given(others, settings)
        given = _by_input(x, w_ih, *biases[:1])  # (T, B, 3H)
        steps, batch, hidden = len(given), len(x), w_hh.shape[1]
        y, kept = (np.empty((batch, steps, n * hidden), x.dtype) for n in (1, 4))
        h = start[0] if start else np.zeros((batch, hidden), x.dtype)
        for t in order(steps, reverse):
            a, b = given[t], h @ w_hh.T  # (B, 3H) each
            b = b + biases[1] if biases else b
            r, z = (_logistic(block(a, k, hidden) + block(b, k, hidden)) for k in (0, 1))
            m = block(b, 2, hidden)
            n = np.tanh(block(a, 2, hidden) + r * m)
            h = n + z * (h - n)
            y[:, t], kept[:, t] = h, np.concatenate((r, z, n, m), 1)
        return y, kept


class _RNN(_Recurrence):
    """h = tanh, or relu, of w_ih·x + b_ih + w_hh·h + b_hh (Elman 1990)."""

    name = "rnn"
    gates = 1

    def reference(
        self,
        x: Array,
        w_ih: Array,
        w_hh: Array,
        *others: Array,
        reverse: bool,
        nonlinearity: Nonlinearity,
        **settings: Any,
    ) -> tuple[Array, ...]:
        biases, _, start = _given(others, settings)
        given = _by_input(x, w_ih, *biases)  # (T, B, H)
        y = np.empty((len(x), len(given), w_hh.shape[1]), x.dtype)
        h = start[0] if start else np.zeros((len(x), w_hh.shape[1]), x.dtype)
        for t in order(len(given), reverse):
            a = given[t] + h @ w_hh.T
            h = np.tanh(a) if nonlinearity == "tanh" else np.maximum(a, 0)
            y[:, t] = h
        return (y,)


def _sequence(x: Type) -> Shape:
    if x.rank != 3:
        raise ShapeError(None, tr("expected 3 axes (batch, steps, features), got {x}", x=x))
    return x.shape


def _fits(x: Type, shape: Shape) -> bool:
    return x.rank == len(shape) and all(map(agree, x.shape, shape))


def _rows(x: Ref) -> Ref:
    """(B, T, F) -> (B*T, F)."""
    return reshape(x, (product(x.shape[:2]), x.shape[2]))


def _previous(y: Ref, start: Sequence[Ref], reverse: bool) -> Ref:
    """The state before each step, the first one or zeros before all of them: (B, T, H) -> (B, T, H)."""
    batch, steps, hidden = y.shape
    if start:
        first = reshape(start[0], (batch, 1, hidden))
        if reverse:
            return slice(concat(y, first, axis=1), 1, 1, 1 + steps)
        return slice(concat(first, y, axis=1), 1, 0, steps)
    low, high = (0, 1) if reverse else (1, 0)
    return slice(pad(y, ((0, 0), (low, high), (0, 0))), 1, high, high + steps)


def _by_input(x: Array, w_ih: Array, *biases: Array) -> Array:
    """What the input gives to the gates of each step, (B, T, F) -> (T, B, gates*H)."""
    steps = np.ascontiguousarray(x.transpose(1, 0, 2))
    given = (steps.reshape(-1, x.shape[2]) @ w_ih.T).reshape(*steps.shape[:2], len(w_ih))
    for bias in biases:
        given += bias
    return given


def _logistic(x: Array) -> Array:
    """1 / (1 + e^-x) as (1 + tanh(x/2)) / 2, which cannot overflow and is one pass of NumPy's SIMD."""
    half = x.dtype.type(0.5)
    return np.asarray(np.tanh(x * half) * half + half)
