"""Applications of each primitive to test its rules on: shapes with symbols, settings, what is special."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.dim import Symbolic, substitute, symbol
from core.ops.compare import RELATIONS
from core.ops.primitive import Array
from core.types import Type
from tests.derivative import numbers

B, T, C = symbol("B"), symbol("T"), symbol("C")
SIZES: Mapping[str, int] = {"B": 2, "T": 3, "C": 4}


@dataclass(frozen=True, kw_only=True)
class Case:
    """`integers` gives the exclusive bound of inputs of whole numbers; `low`, `high` where others are drawn.

    `nan` lists the inputs whose NaN must show in an output.
    """

    name: str
    shapes: tuple[tuple[Any, ...], ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    integers: Mapping[int, int] = field(default_factory=dict)
    low: float = -2.0
    high: float = 2.0
    nan: tuple[int, ...] = (0,)

    def symbolic_types(self) -> list[Type]:
        """The inputs' types with symbols."""
        return [
            Type(shape, "int64" if i in self.integers else "float32") for i, shape in enumerate(self.shapes)
        ]

    def types(self) -> list[Type]:
        """The inputs' types with numbers."""
        return [type_.with_shape(bound(type_.shape)) for type_ in self.symbolic_types()]

    def numbers(self) -> dict[str, Any]:
        """The settings with numbers."""
        return {name: bound(value) for name, value in self.settings.items()}

    def arrays(self, rng: np.random.Generator) -> list[Array]:
        """Random inputs in float64."""
        return [
            rng.integers(0, self.integers[i], numbers(type_))
            if i in self.integers
            else rng.uniform(self.low, self.high, numbers(type_))
            for i, type_ in enumerate(self.types())
        ]

    def __str__(self) -> str:
        return f"{self.name} {dict(self.settings)}" if self.settings else self.name


def bound(value: Any) -> Any:
    """The value with the sizes put in for its symbols."""
    if isinstance(value, tuple):
        return tuple(bound(part) for part in value)
    return substitute(value, SIZES) if isinstance(value, Symbolic) else value


def _recurrent(name: str, gates: int, kept: tuple[int, ...] = (), **settings: Any) -> list[Case]:
    """The recurrence from zeros and from states that are given, with and without biases, both ways."""
    rows = gates * HIDDEN
    weights = ((rows, C), (rows, HIDDEN))
    states = ((B, HIDDEN),) * (2 if name == "lstm" else 1)
    settings |= {"projected": False} if name == "lstm" else {}
    found = []
    for reverse in (False, True):
        for biases in ((), ((rows,), (rows,))):
            for start in ((), states):
                told = {"reverse": reverse, "biased": bool(biases), "started": bool(start), **settings}
                others = (*biases, *start)
                nan = tuple(range(3 + len(others)))
                found.append(Case(name=name, shapes=((B, T, C), *weights, *others), settings=told, nan=nan))
    return [*found, *_recurrent_back(name, rows, kept, settings)]


HIDDEN = 2


def _recurrent_back(name: str, rows: int, kept: tuple[int, ...], settings: Mapping[str, Any]) -> list[Case]:
    """The gradient's primitive where the states alone have a cotangent."""
    last = ((B, HIDDEN),) if name == "lstm" else ()
    outputs = ((B, T, HIDDEN), *last, *((B, T, count * HIDDEN) for count in kept))
    some = (True, *(False for _ in outputs[1:]))
    read = () if name == "rnn" else ((B, HIDDEN),)
    return [
        Case(
            name=f"{name}_grad",
            shapes=((rows, HIDDEN), *first, *outputs, (B, T, HIDDEN)),
            settings={"reverse": False, "biased": False, "started": started, "given": some, **settings},
            nan=(0, len(first) + len(outputs) + 1),
        )
        for started, first in ((False, ()), (True, read))
    ]


def _projected() -> list[Case]:
    """An LSTM of two cells that shows three numbers."""
    others = ((8,), (8,), (3, 2))
    states = ((B, 3), (B, 2))
    outputs = ((B, T, 3), (B, 2), (B, T, 2), (B, T, 8))
    told = {"projected": True, "biased": True}
    back = {**told, "reverse": True, "given": (True, True, False, False)}
    forward = [
        Case(
            name="lstm",
            shapes=((B, T, C), (8, C), (8, 3), *others, *start),
            settings={**told, "reverse": reverse, "started": bool(start)},
            nan=tuple(range(6 + len(start))),
        )
        for reverse, start in ((False, ()), (True, ()), (False, states), (True, states))
    ]
    backward = [
        Case(
            name="lstm_grad",
            shapes=((8, 3), (3, 2), *first, *outputs, (B, T, 3), (B, 2)),
            settings={**back, "started": bool(first)},
            nan=(0, 1, len(first) + 6, len(first) + 7),
        )
        for first in ((), ((B, 2),))
    ]
    return [*forward, *backward]


def _binary(name: str, **keywords: Any) -> list[Case]:
    shapes = (((B, T), (B, T)), ((B, T), (T,)), ((B, 1, T), (C, 1)))
    return [Case(name=name, shapes=pair, nan=(0, 1), **keywords) for pair in shapes]


def _unary(name: str, **keywords: Any) -> Case:
    return Case(name=name, shapes=((B, T),), **keywords)


def _grad(name: str, nan: tuple[int, ...] = (0, 1), **settings: Any) -> Case:
    return Case(name=name, shapes=((B, T), (B, T)), settings=settings, nan=nan)


SMOOTH = {"ignore_index": 2, "label_smoothing": 0.1}
PLAIN = {"ignore_index": -100, "label_smoothing": 0.0}

CASES: list[Case] = [
    *_binary("add"),
    *_binary("subtract"),
    *_binary("multiply"),
    *_binary("divide", low=0.5),
    *_binary("maximum"),
    Case(name="maximum_grad", shapes=((B, T), (B, T), (B, T)), nan=(0, 1, 2)),
    *_binary("minimum"),
    _unary("clamp", settings={"low": -0.5, "high": 1.0, "inclusive": True}),
    _unary("clamp", settings={"low": None, "high": 1.0, "inclusive": False}),
    # Below the bound its rule is no derivative: the loss that uses it is compared with PyTorch's there.
    _unary("at_least", settings={"low": 0.25}, low=0.5),
    _grad("clamp_grad", nan=(1,), low=-0.5, high=1.0, inclusive=True),
    _grad("clamp_grad", nan=(1,), low=-0.5, high=None, inclusive=False),
    _unary("power", settings={"exponent": 3.0}),
    _unary("power", settings={"exponent": -0.5}, low=0.5),
    _unary("power", settings={"exponent": 0.0}, nan=()),
    _unary("full_like", settings={"value": 0.5}, nan=()),
    *(
        Case(name="compare", shapes=((B, 1, T), (C, 1)), settings={"relation": relation}, nan=())
        for relation in RELATIONS
    ),
    _unary("compare_number", settings={"value": 0.5, "relation": "less"}, nan=()),
    Case(
        name="compare_number",
        shapes=((B, T),),
        settings={"value": 1.0, "relation": "equal"},
        integers={0: 3},
        nan=(),
    ),
    Case(name="where", shapes=((B, C, T), (C, 1), ()), integers={0: 2}, nan=(1, 2)),
    Case(
        name="where_grad", shapes=((B, T, C), (B, T, C)), settings={"taken": True}, integers={0: 2}, nan=(1,)
    ),
    Case(
        name="where_grad", shapes=((B, T, C), (B, T, C)), settings={"taken": False}, integers={0: 2}, nan=(1,)
    ),
    _unary("scale", settings={"factor": -1.5}),
    _unary("offset", settings={"value": 0.5}),
    _unary("exp"),
    _unary("log", low=0.5),
    _unary("sqrt", low=0.5),
    _unary("absolute"),
    _grad("absolute_grad"),
    _unary("relu"),
    _grad("relu_grad", nan=(1,)),
    _unary("leaky_relu", settings={"slope": 0.1}),
    _grad("leaky_relu_grad", nan=(1,), slope=0.1),
    _unary("sigmoid"),
    _grad("sigmoid_grad"),
    _unary("tanh"),
    _grad("tanh_grad"),
    _unary("gelu", settings={"approximate": "none"}),
    _unary("gelu", settings={"approximate": "tanh"}),
    _grad("gelu_grad", approximate="none"),
    _grad("gelu_grad", approximate="tanh"),
    _unary("silu"),
    _grad("silu_grad"),
    _unary("sin"),
    _unary("cos"),
    *_binary("raise_to", low=0.5),
    Case(name="raise_to_base_grad", shapes=((B, T), (B, T), (B, T)), low=0.5, nan=(0, 1, 2)),
    Case(name="raise_to_exponent_grad", shapes=((B, T), (B, T), (B, T)), low=0.5, nan=(0, 1, 2)),
    _unary("elu", settings={"alpha": 0.5, "factor": 1.5}),
    _grad("elu_grad", alpha=0.5, factor=1.5),
    _unary("softplus", settings={"beta": 2.0, "threshold": 40.0}),
    _grad("softplus_grad", beta=2.0, threshold=40.0),
    Case(name="reshape", shapes=((B, T, C),), settings={"shape": (C, B * T)}),
    Case(name="permute", shapes=((B, T, C),), settings={"axes": (2, 0, 1)}),
    Case(name="slice", shapes=((B, C),), settings={"axis": 1, "start": 1, "stop": C, "step": 2}),
    Case(name="slice", shapes=((C, T),), settings={"axis": 0, "start": C - 2, "stop": C - 1, "step": 1}),
    Case(
        name="slice_grad",
        shapes=((B, 2),),
        settings={"axis": 1, "start": 1, "stop": C, "step": 2, "size": C},
    ),
    Case(name="flip", shapes=((B, T, C),), settings={"axes": (0, 2)}),
    Case(name="pad", shapes=((B, T),), settings={"pads": ((0, 0), (1, B)), "value": 0.5}),
    Case(name="pad_edge", shapes=((B, T),), settings={"axis": 1, "low": 2, "high": 1, "mode": "reflect"}),
    Case(name="pad_edge", shapes=((B, T),), settings={"axis": 0, "low": 2, "high": T, "mode": "replicate"}),
    Case(
        name="pad_edge_grad", shapes=((B, 6),), settings={"axis": 1, "low": 2, "high": 1, "mode": "reflect"}
    ),
    Case(name="concat", shapes=((B, T), (B, C), (B, 1)), settings={"axis": 1}, nan=(0, 1, 2)),
    *(
        Case(name="take_along", shapes=(shape, shape), settings={"axis": axis}, integers={1: 2})
        for shape, axis in (((B, T), 0), ((B, T, C), 1), ((B, T), 1))
    ),
    Case(name="take_along", shapes=((B, C), (B, 6)), settings={"axis": 1}, integers={1: 4}),
    Case(
        name="take_along_grad",
        shapes=((B, 6, T), (B, 6, T)),
        settings={"axis": 1, "shape": (B, C, T)},
        integers={0: 4},
        nan=(1,),
    ),
    Case(name="scale_along", shapes=((B, 3, C),), settings={"factors": (0.5, -2.0, 0.0), "axis": 1}),
    Case(name="scale_along", shapes=((3,),), settings={"factors": (0.5, -2.0, 3.0), "axis": 0}),
    Case(name="one_hot", shapes=((B, T),), settings={"count": C}, integers={0: 4}, nan=()),
    Case(name="one_hot", shapes=((),), settings={"count": 1}, integers={0: 1}, nan=()),
    Case(name="argmax", shapes=((B, T, C),), settings={"axis": 1}, nan=()),
    Case(name="argmax", shapes=((C,),), settings={"axis": 0}, nan=()),
    Case(name="sum", shapes=((B, T, C),), settings={"axes": (0, 2), "keepdims": False}),
    Case(name="sum", shapes=((B, T),), settings={"axes": (0, 1), "keepdims": False}),
    Case(name="mean", shapes=((B, T, C),), settings={"axes": (1,), "keepdims": True}),
    Case(name="mean", shapes=((B, T),), settings={"axes": (0, 1), "keepdims": False}),
    *(
        Case(name=name, shapes=((B, T, C),), settings={"axes": (0, 2), "keepdims": keep})
        for name in ("max", "min")
        for keep in (False, True)
    ),
    Case(name="extreme_grad", shapes=((B, T), (B, 1), (B, 1)), settings={"axes": (1,)}, nan=(0, 1, 2)),
    Case(name="broadcast_to", shapes=((B, 1),), settings={"shape": (C, B, T)}),
    Case(name="sum_grad", shapes=((B, 1),), settings={"shape": (B, T)}),
    Case(name="mean_grad", shapes=((B, 1),), settings={"shape": (B, T)}),
    *(
        Case(
            name="matmul",
            shapes=((B, C, T) if turn_a else (B, T, C), (5, C) if turn_b else (C, 5)),
            settings={"transpose_a": turn_a, "transpose_b": turn_b},
            nan=(0, 1),
        )
        for turn_a in (False, True)
        for turn_b in (False, True)
    ),
    Case(
        name="matmul",
        shapes=((B, 1, 2, 3), (C, 3, 2)),
        settings={"transpose_a": False, "transpose_b": False},
        nan=(0, 1),
    ),
    Case(name="softmax", shapes=((B, T, C),), settings={"axis": 1}),
    Case(name="softmax", shapes=((B, T, C),), settings={"axis": 2}),
    Case(name="softmax_grad", shapes=((B, C), (B, C)), settings={"axis": 1}, nan=(0, 1)),
    Case(name="log_softmax", shapes=((B, T, C),), settings={"axis": 0}),
    Case(name="log_softmax", shapes=((B, C),), settings={"axis": 1}),
    Case(name="log_softmax_grad", shapes=((B, C), (B, C)), settings={"axis": 1}, nan=(0, 1)),
    Case(name="gather", shapes=((C, T), (B, 6)), settings={"unlearnt": None}, integers={1: 4}),
    Case(
        name="scatter_add", shapes=((B, 6, T), (B, 6)), settings={"count": C, "unlearnt": 2}, integers={1: 4}
    ),
    Case(name="cross_entropy", shapes=((6, C), (6,)), settings=SMOOTH, integers={1: 4}),
    Case(name="cross_entropy", shapes=((B, C, T), (B, T)), settings=PLAIN, integers={1: 4}),
    Case(name="cross_entropy_grad", shapes=((6, C), (6,), ()), settings=SMOOTH, integers={1: 4}, nan=(0, 2)),
    Case(
        name="cross_entropy_grad", shapes=((B, C, T), (B, T), ()), settings=PLAIN, integers={1: 4}, nan=(0, 2)
    ),
    Case(name="nll", shapes=((6, C), (6,)), settings={"ignore_index": 2}, integers={1: 4}),
    Case(name="nll", shapes=((B, C, T), (B, T)), settings={"ignore_index": -100}, integers={1: 4}),
    Case(name="nll_grad", shapes=((6, C), (6,), ()), settings={"ignore_index": 2}, integers={1: 4}, nan=(2,)),
    Case(name="random_normal", shapes=((B, T),), settings={"key": "node#1"}, nan=()),
    Case(name="random_mask", shapes=((B, T),), settings={"keep": 0.5, "key": "node#1"}, nan=()),
    Case(name="over_root", shapes=((B, T),), settings={"size": C}),
    Case(name="causal_mask", shapes=((B, T, C),), settings={"value": -1.5}),
    Case(name="causal_mask", shapes=((C, T),), settings={"value": 0.0}),
    *_recurrent("lstm", 4, kept=(1, 4)),
    *_projected(),
    *_recurrent("gru", 3, kept=(4,)),
    *_recurrent("rnn", 1, nonlinearity="tanh"),
    *_recurrent("rnn", 1, nonlinearity="relu"),
]
