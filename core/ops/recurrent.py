"""Recurrent layers over a whole sequence: LSTM, GRU and the plain one, a primitive each.

x is (B, T, F) with T steps, a state (B, H). Weights stand as PyTorch has them: w_ih (gates*H, F), w_hh
(gates*H, H), and both biases (gates*H) or neither. `reverse` goes from the last step to the first. What a
backward reads of the forward is kept as further outputs. A gradient primitive goes back through the steps;
the gradients of weights and inputs are matrix products over all steps at once.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal as OneOf

import numpy as np

from ..condition import agree
from ..dim import Dim, product
from ..text import tr
from ..types import Shape, ShapeError, Type
from .matrix import matmul
from .primitive import Array, Primitive, Ref, Step, apply
from .reduce import sum
from .shape import pad, reshape, slice

Nonlinearity = OneOf["tanh", "relu"]


def lstm(x: Ref, w_ih: Ref, w_hh: Ref, *biases: Ref, reverse: bool = False) -> Ref:
    """The hidden state after each step, (B, T, F) -> (B, T, H); gates i, f, g, o."""
    return apply("lstm", x, w_ih, w_hh, *biases, reverse=reverse)[0]


def gru(x: Ref, w_ih: Ref, w_hh: Ref, *biases: Ref, reverse: bool = False) -> Ref:
    """The state after each step, (B, T, F) -> (B, T, H); gates r, z, n, reset after the product."""
    return apply("gru", x, w_ih, w_hh, *biases, reverse=reverse)[0]


def rnn(x: Ref, w_ih: Ref, w_hh: Ref, *biases: Ref, reverse: bool = False, nonlinearity: str = "tanh") -> Ref:
    """The state after each step, (B, T, F) -> (B, T, H)."""
    return apply("rnn", x, w_ih, w_hh, *biases, reverse=reverse, nonlinearity=nonlinearity)[0]


class _Recurrence(Primitive):
    """What the three share; `kept` is how many (B, T, H) a further output holds, for each of them."""

    gates: ClassVar[int]
    kept: ClassVar[tuple[int, ...]] = ()

    def types(self, x: Type, w_ih: Type, w_hh: Type, *biases: Type, **settings: Any) -> tuple[Type, ...]:
        batch, steps, features = _sequence(x)
        hidden = w_hh.shape[-1]
        rows = self.gates * hidden
        wanted = ((w_ih, (rows, features)), (w_hh, (rows, hidden)), *((b, (rows,)) for b in biases))
        for weight, shape in wanted:
            if weight.rank != len(shape) or not all(map(agree, weight.shape, shape)):
                raise ShapeError(
                    None, tr("expected a weight of {shape}, got {weight}", shape=Type(shape), weight=weight)
                )
        return tuple(x.with_shape((batch, steps, count * hidden)) for count in (1, *self.kept))

    def macs(self, x: Type, w_ih: Type, w_hh: Type, *biases: Type, **settings: Any) -> Dim:
        """Both products of every step."""
        batch, steps, _ = x.shape
        return batch * steps * (product(w_ih.shape) + product(w_hh.shape))

    def backward(self, step: Step, *cotangents: Ref | None) -> Sequence[Ref | None]:
        x, w_ih, _, *biases = step.inputs
        before_input, before_state = self.emit_back(step, cotangents)
        y = step.outputs[0]
        flat = _rows(before_input)  # (B*T, gates*H)
        dx = reshape(matmul(flat, w_ih), x.shape)
        dw_ih = matmul(flat, _rows(x), transpose_a=True)
        dw_hh = matmul(_rows(before_state), _rows(_previous(y, step.settings["reverse"])), transpose_a=True)
        dbiases = [sum(one, (0, 1)) for one in (before_input, before_state)] if biases else []
        return dx, dw_ih, dw_hh, *dbiases

    def emit_back(self, step: Step, cotangents: Sequence[Ref | None]) -> tuple[Ref, Ref]:
        """The cotangents of what the gates are given by the input and by the state, (B, T, gates*H) each."""
        given = tuple(cotangent is not None for cotangent in cotangents)
        known = [cotangent for cotangent in cotangents if cotangent is not None]
        settings = {**step.settings, "given": given}
        found = apply(f"{self.name}_grad", step.inputs[2], *step.outputs, *known, **settings)
        return found[0], found[-1]


class _RecurrenceGrad(Primitive):
    """Inputs: w_hh, the forward's outputs, then the cotangents of those outputs that are `given`."""

    gates: ClassVar[int]
    results: ClassVar[int] = 1

    def types(self, w_hh: Type, y: Type, *others: Type, **settings: Any) -> tuple[Type, ...]:
        batch, steps, hidden = y.shape
        return (y.with_shape((batch, steps, self.gates * hidden)),) * self.results

    def macs(self, w_hh: Type, y: Type, *others: Type, **settings: Any) -> Dim:
        """The product that goes from each step to the one before."""
        batch, steps, _ = y.shape
        return batch * steps * product(w_hh.shape)


class _LSTM(_Recurrence):
    """c = f*c + i*g, h = o*tanh(c); i, f, o = sigmoid and g = tanh of w_ih·x + b_ih + w_hh·h + b_hh.

    Outputs: h (B, T, H), c (B, T, H), and i, f, g, o (B, T, 4H). Hochreiter & Schmidhuber 1997, with the
    forget gate of Gers et al. 2000.
    """

    name = "lstm"
    gates = 4
    kept = (1, 4)

    def reference(
        self, x: Array, w_ih: Array, w_hh: Array, *biases: Array, reverse: bool, **settings: Any
    ) -> tuple[Array, ...]:
        gates = _by_input(x, w_ih, *biases)  # (T, B, 4H)
        steps, batch, hidden = len(gates), len(x), w_hh.shape[1]
        # σ(a) = tanh(a/2)/2 + 1/2: one tanh serves the four gates, and cannot overflow.
        slope = np.repeat(np.array([0.5, 0.5, 1, 0.5], x.dtype), hidden)
        y, cells = (np.empty((steps, batch, hidden), x.dtype) for _ in range(2))
        h = c = np.zeros((batch, hidden), x.dtype)
        for t in _order(steps, reverse):
            gates[t] += h @ w_hh.T
            gates[t] = np.tanh(gates[t] * slope) * slope + (1 - slope)
            i, f, g, o = (_block(gates[t], k, hidden) for k in range(4))
            c = np.add(f * c, i * g, out=cells[t])
            h = np.multiply(o, np.tanh(c), out=y[t])
        return tuple(one.transpose(1, 0, 2) for one in (y, cells, gates))


class _LSTMGrad(_RecurrenceGrad):
    """The cotangent of what the gates are given, (B, T, 4H), by the chain rule from the last step on."""

    name = "lstm_grad"
    gates = 4

    def reference(
        self,
        w_hh: Array,
        y: Array,
        cells: Array,
        kept: Array,
        *cotangents: Array,
        reverse: bool,
        given: tuple[bool, ...],
        **settings: Any,
    ) -> tuple[Array, ...]:
        dy, dcells, dkept = _with_zeros((y, cells, kept), cotangents, given)
        hidden = y.shape[2]
        dgiven = np.empty_like(kept)
        dh = dc = np.zeros_like(y[:, 0])
        for t, before in _back(y.shape[1], reverse):
            i, f, g, o = (_block(kept[:, t], k, hidden) for k in range(4))
            squashed = np.tanh(cells[:, t])
            dh = dh + dy[:, t]
            dc = dc + dcells[:, t] + dh * o * (1 - squashed * squashed)
            c = np.zeros_like(dc) if before is None else cells[:, before]
            dgates = np.concatenate((dc * g, dc * c, dc * i, dh * squashed), 1) + dkept[:, t]
            slope = np.concatenate((i * (1 - i), f * (1 - f), 1 - g * g, o * (1 - o)), 1)
            dgiven[:, t] = dgates * slope
            dh, dc = dgiven[:, t] @ w_hh, dc * f
        return (dgiven,)


class _GRU(_Recurrence):
    """h = n + z*(h - n); r, z = sigmoid of w_ih·x + b_ih + w_hh·h + b_hh, n = tanh(w_ih·x + b_ih + r*m).

    m = w_hh·h + b_hh, for n's rows. Outputs: h (B, T, H), and r, z, n, m (B, T, 4H). Cho et al. 2014, with
    the reset after the product as in cuDNN and PyTorch.
    """

    name = "gru"
    gates = 3
    kept = (4,)

    def reference(
        self, x: Array, w_ih: Array, w_hh: Array, *biases: Array, reverse: bool, **settings: Any
    ) -> tuple[Array, ...]:
        given = _by_input(x, w_ih, *biases[:1])  # (T, B, 3H)
        steps, batch, hidden = len(given), len(x), w_hh.shape[1]
        y, kept = (np.empty((batch, steps, n * hidden), x.dtype) for n in (1, 4))
        h = np.zeros((batch, hidden), x.dtype)
        for t in _order(steps, reverse):
            a, b = given[t], h @ w_hh.T  # (B, 3H) each
            b = b + biases[1] if biases else b
            r, z = (_logistic(_block(a, k, hidden) + _block(b, k, hidden)) for k in (0, 1))
            m = _block(b, 2, hidden)
            n = np.tanh(_block(a, 2, hidden) + r * m)
            h = n + z * (h - n)
            y[:, t], kept[:, t] = h, np.concatenate((r, z, n, m), 1)
        return y, kept


class _GRUGrad(_RecurrenceGrad):
    """The cotangents of what the input and what the state give to the gates, (B, T, 3H) each."""

    name = "gru_grad"
    gates = 3
    results = 2

    def reference(
        self,
        w_hh: Array,
        y: Array,
        kept: Array,
        *cotangents: Array,
        reverse: bool,
        given: tuple[bool, ...],
        **settings: Any,
    ) -> tuple[Array, ...]:
        dy, dkept = _with_zeros((y, kept), cotangents, given)
        batch, steps, hidden = y.shape
        by_input, by_state = (np.empty((batch, steps, 3 * hidden), y.dtype) for _ in range(2))
        dh = np.zeros_like(y[:, 0])
        for t, before in _back(steps, reverse):
            r, z, n, m = (_block(kept[:, t], k, hidden) for k in range(4))
            further = [_block(dkept[:, t], k, hidden) for k in range(4)]
            dh = dh + dy[:, t]
            h = np.zeros_like(dh) if before is None else y[:, before]
            dn = (dh * (1 - z) + further[2]) * (1 - n * n)
            dz = (dh * (h - n) + further[1]) * z * (1 - z)
            dr = (dn * m + further[0]) * r * (1 - r)
            by_input[:, t] = np.concatenate((dr, dz, dn), 1)
            by_state[:, t] = np.concatenate((dr, dz, dn * r + further[3]), 1)
            dh = dh * z + by_state[:, t] @ w_hh
        return by_input, by_state


class _RNN(_Recurrence):
    """h = tanh, or relu, of w_ih·x + b_ih + w_hh·h + b_hh (Elman 1990)."""

    name = "rnn"
    gates = 1

    def reference(
        self,
        x: Array,
        w_ih: Array,
        w_hh: Array,
        *biases: Array,
        reverse: bool,
        nonlinearity: Nonlinearity,
        **settings: Any,
    ) -> tuple[Array, ...]:
        given = _by_input(x, w_ih, *biases)  # (T, B, H)
        y = np.empty((len(x), len(given), w_hh.shape[1]), x.dtype)
        h = np.zeros_like(y[:, 0])
        for t in _order(len(given), reverse):
            a = given[t] + h @ w_hh.T
            h = np.tanh(a) if nonlinearity == "tanh" else np.maximum(a, 0)
            y[:, t] = h
        return (y,)


class _RNNGrad(_RecurrenceGrad):
    """The cotangent of what stands inside the function, (B, T, H)."""

    name = "rnn_grad"
    gates = 1

    def reference(
        self,
        w_hh: Array,
        y: Array,
        *cotangents: Array,
        reverse: bool,
        nonlinearity: Nonlinearity,
        **settings: Any,
    ) -> tuple[Array, ...]:
        (dy,) = cotangents
        slope = 1 - y * y if nonlinearity == "tanh" else (y > 0).astype(y.dtype)
        dgiven = np.empty_like(y)
        dh = np.zeros_like(y[:, 0])
        for t, _ in _back(y.shape[1], reverse):
            dgiven[:, t] = (dh + dy[:, t]) * slope[:, t]
            dh = dgiven[:, t] @ w_hh
        return (dgiven,)


def _sequence(x: Type) -> Shape:
    if x.rank != 3:
        raise ShapeError(None, tr("expected 3 axes (batch, steps, features), got {x}", x=x))
    return x.shape


def _rows(x: Ref) -> Ref:
    """(B, T, F) -> (B*T, F)."""
    return reshape(x, (product(x.shape[:2]), x.shape[2]))


def _previous(y: Ref, reverse: bool) -> Ref:
    """The state before each step, zeros before the first: (B, T, H) -> (B, T, H)."""
    steps = y.shape[1]
    low, high = (0, 1) if reverse else (1, 0)
    return slice(pad(y, ((0, 0), (low, high), (0, 0))), 1, high, high + steps)


def _by_input(x: Array, w_ih: Array, *biases: Array) -> Array:
    """What the input gives to the gates of each step, (B, T, F) -> (T, B, gates*H)."""
    steps = np.ascontiguousarray(x.transpose(1, 0, 2))
    given = (steps.reshape(-1, x.shape[2]) @ w_ih.T).reshape(*steps.shape[:2], len(w_ih))
    for bias in biases:
        given += bias
    return given


def _order(steps: int, reverse: bool) -> range:
    return range(steps - 1, -1, -1) if reverse else range(steps)


def _back(steps: int, reverse: bool) -> Iterator[tuple[int, int | None]]:
    """The steps from the last that was computed, each with the one before it."""
    order = list(_order(steps, reverse))
    return zip(reversed(order), [*reversed(order[:-1]), None], strict=True)


def _block(a: Array, place: int, hidden: int) -> Array:
    """The columns of one gate."""
    return a[:, place * hidden : (place + 1) * hidden]


def _with_zeros(
    outputs: Sequence[Array], cotangents: Sequence[Array], given: Sequence[bool]
) -> Iterator[Array]:
    """A cotangent for each output: those that are not given are zeros, which take no memory."""
    known = iter(cotangents)
    for output, here in zip(outputs, given, strict=True):
        yield next(known) if here else np.broadcast_to(output.dtype.type(0), output.shape)


def _logistic(x: Array) -> Array:
    """1 / (1 + e^-x) as (1 + tanh(x/2)) / 2, which cannot overflow and is one pass of NumPy's SIMD."""
    half = x.dtype.type(0.5)
    return np.asarray(np.tanh(x * half) * half + half)
