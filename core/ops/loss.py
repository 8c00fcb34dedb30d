"""How little class scores, or log-probabilities, say of the right class numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..types import Type
from .gather import check_indices
from .primitive import Array, Primitive, Ref, Step, apply


def cross_entropy(logits: Ref, target: Ref, ignore_index: int = -100, label_smoothing: float = 0.0) -> Ref:
    """The mean over the targets of -ln softmax(logits)[target]; classes stand along axis 1 of the logits."""
    settings = {"ignore_index": ignore_index, "label_smoothing": float(label_smoothing)}
    return apply("cross_entropy", logits, target, **settings)[0]


def nll(log_probability: Ref, target: Ref, ignore_index: int = -100) -> Ref:
    """The mean over the targets of -x[target]; classes stand along axis 1 of x."""
    return apply("nll", log_probability, target, ignore_index=ignore_index)[0]


class _NLL(Primitive):
    """y = mean of -x[t] over the targets t other than ignore_index."""

    name = "nll"

    def types(self, x: Type, target: Type, **settings: Any) -> tuple[Type, ...]:
        return (x.with_shape(()),)

    def reference(self, x: Array, target: Array, *, ignore_index: int) -> tuple[Array, ...]:
        rows, target = _rows(x, target)
        kept = np.flatnonzero(target != ignore_index)
        check_indices(target[kept], rows.shape[1])
        total = -rows[kept, target[kept]].sum()
        return (np.asarray(total / x.dtype.type(kept.size), x.dtype),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return apply("nll_grad", *step.inputs, dy, **step.settings)[0], None


class _NLLGrad(Primitive):
    """dx = -dy / n at x[t] for the n targets t that count, 0 elsewhere."""

    name = "nll_grad"

    def types(self, x: Type, target: Type, dy: Type, **settings: Any) -> tuple[Type, ...]:
        return (x,)

    def reference(self, x: Array, target: Array, dy: Array, *, ignore_index: int) -> tuple[Array, ...]:
        rows, target = _rows(x, target)
        kept = np.flatnonzero(target != ignore_index)
        check_indices(target[kept], rows.shape[1])
        grad = np.zeros(rows.shape, x.dtype)
        grad[kept, target[kept]] = -dy / x.dtype.type(kept.size)
        return (_unrowed(grad, x.shape),)


class _CrossEntropy(Primitive):
    """y = mean of -Σ_c q_c ln softmax(x)_c over the targets t other than ignore_index.

    q = (1 - ε) at c = t, plus ε/C everywhere, ε being the label smoothing.
    """

    name = "cross_entropy"

    def types(self, logits: Type, target: Type, **settings: Any) -> tuple[Type, ...]:
        return (logits.with_shape(()),)

    def reference(
        self, logits: Array, target: Array, *, ignore_index: int, label_smoothing: float, **settings: Any
    ) -> tuple[Array, ...]:
        scores, target = _rows(logits, target)
        kept = target != ignore_index
        check_indices(target[kept], scores.shape[1])
        log_probability = _log_softmax(scores[kept])
        chosen = log_probability[np.arange(len(log_probability)), target[kept]]
        smooth = log_probability.mean(1) * label_smoothing if label_smoothing else 0.0
        loss = -((1 - label_smoothing) * chosen + smooth)
        return (np.asarray(loss.sum() / scores.dtype.type(kept.sum()), scores.dtype),)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        return apply("cross_entropy_grad", *step.inputs, dy, **step.settings)[0], None


class _CrossEntropyGrad(Primitive):
    """dx = (softmax(x) - q) * dy / n at the n targets that count, 0 at the others."""

    name = "cross_entropy_grad"

    def types(self, logits: Type, target: Type, dy: Type, **settings: Any) -> tuple[Type, ...]:
        return (logits,)

    def reference(
        self,
        logits: Array,
        target: Array,
        dy: Array,
        *,
        ignore_index: int,
        label_smoothing: float,
        **settings: Any,
    ) -> tuple[Array, ...]:
        scores, classes = _rows(logits, target)
        kept = classes != ignore_index
        check_indices(classes[kept], scores.shape[1])
        grad = np.exp(_log_softmax(scores)) - label_smoothing / scores.shape[1]
        grad[np.flatnonzero(kept), classes[kept]] -= 1 - label_smoothing
        grad *= dy / scores.dtype.type(kept.sum())
        grad[~kept] = 0
        return (_unrowed(grad.astype(scores.dtype, copy=False), logits.shape),)


def _rows(logits: Array, target: Array) -> tuple[Array, Array]:
    """(N, C, …) and (N, …) as rows: (M, C) and (M,)."""
    scores = np.moveaxis(logits, 1, -1) if logits.ndim > 1 else logits
    return scores.reshape(-1, scores.shape[-1]), target.reshape(-1)


def _unrowed(rows: Array, shape: tuple[int, ...]) -> Array:
    if len(shape) == 1:
        return rows.reshape(shape)
    batch, classes, *rest = shape
    return np.ascontiguousarray(np.moveaxis(rows.reshape(batch, *rest, classes), -1, 1))


def _log_softmax(scores: Array) -> Array:
    """(M, C), along C."""
    shifted = scores - scores.max(1, keepdims=True, initial=-np.inf)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(1, keepdims=True)))
