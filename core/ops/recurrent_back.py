"""Back through the steps of recurrent layers: the cotangents of what their gates are given, a primitive each.

Inputs of a primitive: w_hh, an LSTM's w_hr where it is `projected`, the first state that the backward reads
where it is `started`, the forward's outputs, then the cotangents of those outputs that are `given`. Outputs:
the cotangents of what the gates are given, (B, T, gates*H), then those of the first states.
"""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal as OneOf

import numpy as np

from ..dim import Dim, product
from ..types import Type
from .primitive import Array, Primitive

Nonlinearity = OneOf["tanh", "relu"]


class _RecurrenceGrad(Primitive):
    """What the three share; `results` is how many (B, T, gates*H) there are."""

    gates: ClassVar[int]
    results: ClassVar[int] = 1

    def types(self, w_hh: Type, *others: Type, **settings: Any) -> tuple[Type, ...]:
        started = settings["started"]
        y = others[1] if started and self.reads_start else others[0]
        batch, steps, hidden = y.shape
        states = (y.with_shape((batch, hidden)),) if started else ()
        return *((y.with_shape((batch, steps, self.gates * hidden)),) * self.results), *states

    reads_start: ClassVar[bool] = False
    """Whether a first state is among its inputs."""

    def macs(self, w_hh: Type, *others: Type, **settings: Any) -> Dim:
        """The product that goes from each step to the one before."""
        y = others[1] if settings["started"] and self.reads_start else others[0]
        batch, steps, _ = y.shape
        return batch * steps * product(w_hh.shape)


class _LSTMGrad(_RecurrenceGrad):
    """The cotangent of what the gates are given, (B, T, 4H), by the chain rule from the last step on.

    Where it is projected, that of the shown states (B, T, P) follows; where started, those of the first
    hidden state and cell.
    """

    name = "lstm_grad"
    gates = 4

    def types(self, w_hh: Type, *others: Type, **settings: Any) -> tuple[Type, ...]:
        projected, started = settings["projected"], settings["started"]
        y, last, _, kept = others[projected + started :][:4]
        batch, _, shown = y.shape
        states = (y.with_shape((batch, shown)), last) if started else ()
        return kept, *((y,) if projected else ()), *states

    def macs(self, w_hh: Type, *others: Type, **settings: Any) -> Dim:
        """The products that go from each step to the one before."""
        projected: bool = settings["projected"]
        started: bool = settings["started"]
        batch, steps, _ = others[projected + started].shape
        return batch * steps * (product(w_hh.shape) + (product(others[0].shape) if projected else 0))

    def reference(
        self,
        w_hh: Array,
        *others: Array,
        reverse: bool,
        started: bool,
        projected: bool,
        given: tuple[bool, ...],
        **settings: Any,
    ) -> tuple[Array, ...]:
        w_hr = others[0] if projected else None
        first = others[projected] if started else None
        y, last, cells, kept, *cotangents = others[projected + started :]
        dy, dlast, dcells, dkept = with_zeros((y, last, cells, kept), cotangents, given)
        hidden = cells.shape[2]
        dgiven, dshown = np.empty_like(kept), np.empty_like(y)
        dh, dc = np.zeros((len(y), y.shape[2]), y.dtype), np.array(dlast)
        for t, before in back(y.shape[1], reverse):
            i, f, g, o = (block(kept[:, t], k, hidden) for k in range(4))
            squashed = np.tanh(cells[:, t])
            dshown[:, t] = dh + dy[:, t]
            dh = dshown[:, t] if w_hr is None else dshown[:, t] @ w_hr
            dc = dc + dcells[:, t] + dh * o * (1 - squashed * squashed)
            c = _before(cells, before, first, dc)
            dgates = np.concatenate((dc * g, dc * c, dc * i, dh * squashed), 1) + dkept[:, t]
            slope = np.concatenate((i * (1 - i), f * (1 - f), 1 - g * g, o * (1 - o)), 1)
            dgiven[:, t] = dgates * slope
            dh, dc = dgiven[:, t] @ w_hh, dc * f
        return dgiven, *((dshown,) if projected else ()), *((dh, dc) if started else ())


class _GRUGrad(_RecurrenceGrad):
    """The cotangents of what the input and what the state give to the gates, (B, T, 3H) each."""

    name = "gru_grad"
    gates = 3
    results = 2
    reads_start = True

    def reference(
        self,
        w_hh: Array,
        *others: Array,
        reverse: bool,
        started: bool,
        given: tuple[bool, ...],
        **settings: Any,
    ) -> tuple[Array, ...]:
        first = others[0] if started else None
        y, kept, *cotangents = others[started:]
        dy, dkept = with_zeros((y, kept), cotangents, given)
        batch, steps, hidden = y.shape
        by_input, by_state = (np.empty((batch, steps, 3 * hidden), y.dtype) for _ in range(2))
        dh = np.zeros((batch, hidden), y.dtype)
        for t, before in back(steps, reverse):
            r, z, n, m = (block(kept[:, t], k, hidden) for k in range(4))
            further = [block(dkept[:, t], k, hidden) for k in range(4)]
            dh = dh + dy[:, t]
            h = _before(y, before, first, dh)
            dn = (dh * (1 - z) + further[2]) * (1 - n * n)
            dz = (dh * (h - n) + further[1]) * z * (1 - z)
            dr = (dn * m + further[0]) * r * (1 - r)
            by_input[:, t] = np.concatenate((dr, dz, dn), 1)
            by_state[:, t] = np.concatenate((dr, dz, dn * r + further[3]), 1)
            dh = dh * z + by_state[:, t] @ w_hh
        return by_input, by_state, *((dh,) if started else ())


class _RNNGrad(_RecurrenceGrad):
    """The cotangent of what stands inside the function, (B, T, H)."""

    name = "rnn_grad"
    gates = 1

    def reference(
        self,
        w_hh: Array,
        y: Array,
        dy: Array,
        *,
        reverse: bool,
        started: bool,
        nonlinearity: Nonlinearity,
        **settings: Any,
    ) -> tuple[Array, ...]:
        slope = 1 - y * y if nonlinearity == "tanh" else (y > 0).astype(y.dtype)
        dgiven = np.empty_like(y)
        dh = np.zeros((len(y), y.shape[2]), y.dtype)
        for t, _ in back(y.shape[1], reverse):
            dgiven[:, t] = (dh + dy[:, t]) * slope[:, t]
            dh = dgiven[:, t] @ w_hh
        return dgiven, *((dh,) if started else ())


def order(steps: int, reverse: bool) -> range:
    """The steps as they are read."""
    return range(steps - 1, -1, -1) if reverse else range(steps)


def back(steps: int, reverse: bool) -> Iterator[tuple[int, int | None]]:
    """The steps from the last that was computed, each with the one before it."""
    ordered = list(order(steps, reverse))
    return zip(reversed(ordered), [*reversed(ordered[:-1]), None][:steps], strict=True)


def block(a: Array, place: int, hidden: int) -> Array:
    """The columns of one gate."""
    return a[:, place * hidden : (place + 1) * hidden]


def with_zeros(
    outputs: Sequence[Array], cotangents: Sequence[Array], given: Sequence[bool]
) -> Iterator[Array]:
    """A cotangent for each output: those that are not given are zeros, which take no memory."""
    known = iter(cotangents)
    for output, here in zip(outputs, given, strict=True):
        yield next(known) if here else np.broadcast_to(output.dtype.type(0), output.shape)


def _before(states: Array, step: int | None, first: Array | None, like: Array) -> Array:
    """The state after that step; before all of them the first one, or zeros."""
    if step is not None:
        return np.asarray(states[:, step])
    return np.zeros_like(like) if first is None else first
