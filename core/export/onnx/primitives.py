"""Each primitive as ONNX nodes: what layers without an operator of their own are written in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...dim import Dim, Symbolic
from ...ops.primitive import Step
from ...text import tr
from ...types import Type
from .images import adaptive_avg_pool, adaptive_max_pool, avg_pool, conv, conv_input_grad, max_pool, resample
from .recurrent import gru, lstm, rnn
from .scope import Refused, Scope

WHOLE = 2**63 - 1
"""The end of every axis, to Slice."""

Spelling = Callable[["Use"], str | Sequence[str]]
"""Adds the operators of a primitive, and gives the names of its results."""


@dataclass(frozen=True)
class Use:
    """One primitive to be written: where, and the names of its inputs."""

    scope: Scope
    step: Step
    inputs: Sequence[str]

    def __getitem__(self, setting: str) -> Any:
        return self.step.settings[setting]

    @property
    def types(self) -> tuple[Type, ...]:
        """The inputs' types."""
        return tuple(ref.type for ref in self.step.inputs)

    def one(self, op: str, *inputs: str, **attributes: Any) -> str:
        """A node with one output."""
        return self.scope.one(op, *inputs, **attributes)


def spelled(scope: Scope, step: Step, inputs: Sequence[str]) -> Sequence[str]:
    """Puts a primitive's nodes into the scope; the names of its results, of the first ones alone in places.

    Raises Refused where ONNX cannot do it, NeedsNumber where it has to know a size.
    """
    name = step.primitive.name
    if name not in SPELLINGS:
        raise Refused(tr("ONNX has nothing for {name}", name=name))
    found = SPELLINGS[name](Use(scope, step, inputs))
    return (found,) if isinstance(found, str) else found


def _op(op: str) -> Spelling:
    return lambda use: use.one(op, *use.inputs)


def _reduced(op: str) -> Spelling:
    def spell(use: Use) -> str:
        if not use["axes"]:
            return use.one("Identity", use.inputs[0])
        axes = use.scope.integers(use["axes"])
        return use.one(op, use.inputs[0], axes, keepdims=int(use["keepdims"]))

    return spell


def _with_number(op: str, setting: str) -> Spelling:
    return lambda use: use.one(op, use.inputs[0], use.scope.like(use[setting], use.types[0]))


def _reshape(use: Use) -> str:
    return reshaped(use.scope, use.inputs[0], use.types[0].shape, use["shape"])


def reshaped(scope: Scope, x: str, before: Sequence[Dim], shape: Sequence[Dim]) -> str:
    """x under another shape; sizes that stay where they are, and one other, need not be worked out."""
    kept = [a == b and isinstance(b, Symbolic) for a, b in zip(before, shape, strict=False)]
    kept += [False] * (len(shape) - len(kept))
    others = [place for place, dim in enumerate(shape) if isinstance(dim, Symbolic) and not kept[place]]
    if len(others) > 1:
        return scope.one("Reshape", x, scope.shape(shape))
    told = [0 if same else -1 if isinstance(dim, Symbolic) else dim
            for same, dim in zip(kept, shape, strict=True)]  # fmt: skip
    return scope.one("Reshape", x, scope.integers(told))


def _slice(use: Use) -> str:
    scope, axis = use.scope, use["axis"]
    at_end = use["stop"] == use.types[0].shape[axis]
    stop = scope.integers([WHOLE]) if at_end else scope.shape([use["stop"]])
    steps = () if use["step"] == 1 else (scope.integers([use["step"]]),)
    return use.one("Slice", use.inputs[0], scope.shape([use["start"]]), stop, scope.integers([axis]), *steps)


def _flip(use: Use) -> str:
    count, scope = len(use["axes"]), use.scope
    if not count:
        return use.one("Identity", use.inputs[0])
    bounds = (scope.integers([value] * count) for value in (-1, -WHOLE))
    return use.one("Slice", use.inputs[0], *bounds, scope.integers(use["axes"]), scope.integers([-1] * count))


def _pad(use: Use) -> str:
    sides = [side for place in (0, 1) for side in (pair[place] for pair in use["pads"])]
    if not sides:
        return use.one("Identity", use.inputs[0])
    value = use.scope.like(use["value"], use.types[0])
    return use.one("Pad", use.inputs[0], use.scope.shape(sides), value, mode="constant")


def _pad_edge(use: Use) -> str:
    mode = {"reflect": "reflect", "replicate": "edge"}[use["mode"]]
    sides = [0] * (2 * use.types[0].rank)
    axis = use["axis"]
    padded: list[Dim] = [*sides]
    padded[axis], padded[use.types[0].rank + axis] = use["low"], use["high"]
    return use.one("Pad", use.inputs[0], use.scope.shape(padded), mode=mode)


def _concat(use: Use) -> str:
    return use.one("Concat", *use.inputs, axis=use["axis"])


def _broadcast_to(use: Use) -> str:
    shape: tuple[Dim, ...] = use["shape"]
    before = (1,) * (len(shape) - use.types[0].rank) + use.types[0].shape
    # Expand broadcasts both ways: where nothing changes, 1 will do.
    told = [1 if old == new else new for old, new in zip(before, shape, strict=True)]
    return use.one("Expand", use.inputs[0], use.scope.shape(told))


def _clamp(use: Use) -> str:
    low, high = ("" if use[end] is None else use.scope.real(use[end]) for end in ("low", "high"))
    return use.one("Clip", use.inputs[0], low, *((high,) if high else ()))


def _full_like(use: Use) -> str:
    value = use.scope.like(use["value"], use.types[0])
    return use.one("Expand", value, use.one("Shape", use.inputs[0]))


def _relation(use: Use, a: str, b: str) -> str:
    relation = use["relation"]
    if relation == "not_equal":
        return use.one("Not", use.one("Equal", a, b))
    op = {
        "greater": "Greater",
        "greater_equal": "GreaterOrEqual",
        "less": "Less",
        "less_equal": "LessOrEqual",
        "equal": "Equal",
    }
    return use.one(op[relation], a, b)


def _compare(use: Use) -> str:
    return _relation(use, *use.inputs)


def _compare_number(use: Use) -> str:
    x = use.inputs[0]
    if use.types[0].dtype != "float32":
        x = use.one("Cast", x, to=1)
    return _relation(use, x, use.scope.real(use["value"]))


def as_truth(scope: Scope, x: str, type_: Type) -> str:
    """Whether each element is other than 0 (NaN counts as such)."""
    if type_.dtype == "bool":
        return x
    return scope.one("Not", scope.one("Equal", x, scope.like(0, type_)))


def _where(use: Use) -> str:
    condition, a, b = use.inputs
    condition = as_truth(use.scope, condition, use.types[0])
    if use.types[1].dtype != "bool":
        return use.one("Where", condition, a, b)
    # onnxruntime has no Where for truth values.
    return use.one("Or", use.one("And", condition, a), use.one("And", use.one("Not", condition), b))


def _gelu(use: Use) -> str:
    return use.one("Gelu", use.inputs[0], approximate=use["approximate"])


def _silu(use: Use) -> str:
    return use.one("Mul", use.inputs[0], use.one("Sigmoid", use.inputs[0]))


def _elu(use: Use) -> str:
    y = use.one("Elu", use.inputs[0], alpha=float(use["alpha"]))
    return y if use["factor"] == 1 else use.one("Mul", y, use.scope.real(use["factor"]))


ROUNDED = 20.0
"""From here on ln(1 + e^x) is x in float32: e^-20 is less than half of the last place of 20."""


def _softplus(use: Use) -> str:
    (x,), real = use.inputs, use.scope.real
    beta, threshold = use["beta"], use["threshold"]
    raised = x if beta == 1 else use.one("Mul", x, real(beta))
    y = use.one("Softplus", raised)
    y = y if beta == 1 else use.one("Div", y, real(beta))
    if threshold >= ROUNDED:
        return y
    return use.one("Where", use.one("Greater", raised, real(threshold)), x, y)


def _along(op: str) -> Spelling:
    return lambda use: use.one(op, use.inputs[0], axis=use["axis"])


def _matmul(use: Use) -> str:
    (a, b), types = use.inputs, use.types
    turns = {"transA": int(use["transpose_a"]), "transB": int(use["transpose_b"])}
    if all(type_.rank == 2 for type_ in types) and any(turns.values()):
        return use.one("Gemm", a, b, **turns)
    names = [
        _turned(use, name, type_.rank) if turned else name
        for name, type_, turned in zip((a, b), types, turns.values(), strict=True)
    ]
    return use.one("MatMul", *names)


def _turned(use: Use, x: str, rank: int) -> str:
    return use.one("Transpose", x, perm=(*range(rank - 2), rank - 1, rank - 2))


def _over_root(use: Use) -> str:
    size = use["size"]
    if isinstance(size, Symbolic):
        root = use.one("Sqrt", use.one("Cast", use.scope.size(size), to=1))
        return use.one("Div", use.inputs[0], root)
    return use.one("Mul", use.inputs[0], use.scope.real(size**-0.5))


def _causal_mask(use: Use) -> str:
    (x,), scope = use.inputs, use.scope
    past = use.one("Trilu", x, upper=0)
    # Trilu puts zeros, it does not multiply by them: an infinite value stays above the diagonal.
    everywhere = use.one("Expand", scope.real(use["value"]), use.one("Shape", x))
    one = scope.constant(np.array(1, np.int64))
    return use.one("Add", past, use.one("Trilu", everywhere, one, upper=1))


def _normalise(use: Use) -> tuple[str, str, str]:
    x, axes = use.inputs[0], use.scope.integers(use["axes"])
    mean = use.one("ReduceMean", x, axes, keepdims=1)
    centred = use.one("Sub", x, mean)
    variance = use.one("ReduceMean", use.one("Mul", centred, centred), axes, keepdims=1)
    deviation = use.one("Sqrt", use.one("Add", variance, use.scope.real(use["eps"])))
    return use.one("Div", centred, deviation), mean, variance


def _gather(use: Use) -> str:
    return use.one("Gather", *use.inputs, axis=0)


def _cross_entropy(use: Use) -> str:
    logits, target = use.inputs
    axis = min(1, use.types[0].rank - 1)
    scores = use.one("LogSoftmax", logits, axis=axis)
    smoothing = use["label_smoothing"]
    chosen, valid = _chosen(use, scores, target, axis)
    if smoothing:
        even = use.one("ReduceMean", scores, use.scope.integers([axis]), keepdims=0)
        parts = (use.one("Mul", chosen, use.scope.real(1 - smoothing)),
                 use.one("Mul", even, use.scope.real(smoothing)))  # fmt: skip
        chosen = use.one("Add", *parts)
    return _mean_loss(use, chosen, valid)


def _nll(use: Use) -> str:
    x, target = use.inputs
    return _mean_loss(use, *_chosen(use, x, target, min(1, use.types[0].rank - 1)))


def _chosen(use: Use, x: str, target: str, axis: int) -> tuple[str, str]:
    """x at the targets, and which of them count."""
    scope = use.scope
    ignored = scope.like(use["ignore_index"], use.types[1])
    valid = use.one("Not", use.one("Equal", target, ignored))
    known = use.one("Where", valid, target, scope.like(0, use.types[1]))
    places = scope.integers([axis])
    at = use.one("GatherElements", x, use.one("Unsqueeze", known, places), axis=axis)
    return use.one("Squeeze", at, places), valid


def _mean_loss(use: Use, chosen: str, valid: str) -> str:
    kept = use.one("Where", valid, use.one("Neg", chosen), use.scope.real(0))
    total = use.one("ReduceSum", kept, keepdims=0)
    return use.one("Div", total, use.one("ReduceSum", use.one("Cast", valid, to=1), keepdims=0))


def _scatter_add(use: Use) -> str:
    rows, indices = use.inputs
    shape = (use["count"], *use.types[0].shape[use.types[1].rank :])
    table = use.one("Expand", use.scope.real(0), use.scope.shape(shape))
    places = use.one("Unsqueeze", indices, use.scope.integers([-1]))
    return use.one("ScatterND", table, places, rows, reduction="add")


def _scale_along(use: Use) -> str:
    behind = use.types[0].rank - 1 - use["axis"]
    factors = np.array(use["factors"], np.float32).reshape(-1, *(1,) * behind)
    return use.one("Mul", use.inputs[0], use.scope.constant(factors))


def _one_hot(use: Use) -> str:
    values = use.scope.constant(np.array([0, 1], np.float32))
    return use.one("OneHot", use.inputs[0], use.scope.size(use["count"]), values, axis=-1)


SPELLINGS: Mapping[str, Spelling] = {
    "reshape": _reshape,
    "permute": lambda use: use.one("Transpose", use.inputs[0], perm=tuple(use["axes"])),
    "slice": _slice,
    "flip": _flip,
    "pad": _pad,
    "pad_edge": _pad_edge,
    "concat": _concat,
    "sum": _reduced("ReduceSum"),
    "mean": _reduced("ReduceMean"),
    "max": _reduced("ReduceMax"),
    "min": _reduced("ReduceMin"),
    "broadcast_to": _broadcast_to,
    "add": _op("Add"),
    "subtract": _op("Sub"),
    "multiply": _op("Mul"),
    "divide": _op("Div"),
    "maximum": _op("Max"),
    "minimum": _op("Min"),
    "clamp": _clamp,
    "at_least": lambda use: use.one("Clip", use.inputs[0], use.scope.real(use["low"])),
    "power": _with_number("Pow", "exponent"),
    "full_like": _full_like,
    "compare": _compare,
    "compare_number": _compare_number,
    "where": _where,
    "sin": _op("Sin"),
    "cos": _op("Cos"),
    "raise_to": _op("Pow"),
    "scale": _with_number("Mul", "factor"),
    "offset": _with_number("Add", "value"),
    "exp": _op("Exp"),
    "log": _op("Log"),
    "sqrt": _op("Sqrt"),
    "absolute": _op("Abs"),
    "relu": _op("Relu"),
    "leaky_relu": lambda use: use.one("LeakyRelu", use.inputs[0], alpha=float(use["slope"])),
    "sigmoid": _op("Sigmoid"),
    "tanh": _op("Tanh"),
    "gelu": _gelu,
    "silu": _silu,
    "elu": _elu,
    "softplus": _softplus,
    "softmax": _along("Softmax"),
    "log_softmax": _along("LogSoftmax"),
    "matmul": _matmul,
    "over_root": _over_root,
    "causal_mask": _causal_mask,
    "lstm": lambda use: lstm(use.scope, use.step, use.inputs),
    "gru": lambda use: gru(use.scope, use.step, use.inputs),
    "rnn": lambda use: rnn(use.scope, use.step, use.inputs),
    "conv": lambda use: conv(use.scope, use.step, use.inputs),
    "conv_input_grad": lambda use: conv_input_grad(use.scope, use.step, use.inputs),
    "max_pool": lambda use: max_pool(use.scope, use.step, use.inputs),
    "avg_pool": lambda use: avg_pool(use.scope, use.step, use.inputs),
    "adaptive_avg_pool": lambda use: adaptive_avg_pool(use.scope, use.step, use.inputs),
    "adaptive_max_pool": lambda use: adaptive_max_pool(use.scope, use.step, use.inputs),
    "resample": lambda use: resample(use.scope, use.step, use.inputs),
    "normalise": _normalise,
    "gather": _gather,
    "scatter_add": _scatter_add,
    "take_along": lambda use: use.one("GatherElements", *use.inputs, axis=use["axis"]),
    "scale_along": _scale_along,
    "one_hot": _one_hot,
    "argmax": lambda use: use.one("ArgMax", use.inputs[0], axis=use["axis"], keepdims=0),
    "cross_entropy": _cross_entropy,
    "nll": _nll,
}
"""How each primitive that a forward emits in eval mode is written, by its name."""
