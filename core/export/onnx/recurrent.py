"""LSTM, GRU and the plain recurrence as ONNX nodes, whose gates stand in another order than PyTorch's."""

from collections.abc import Sequence

from ...ops.primitive import Step
from ...text import tr
from .scope import Refused, Scope, number


def lstm(scope: Scope, step: Step, inputs: Sequence[str]) -> Sequence[str]:
    """Gates i, o, f, c from i, f, g, o; the states, and the last cell."""
    return _recurrence(scope, step, inputs, "LSTM", (0, 3, 1, 2), cells="started" in step.settings)


def gru(scope: Scope, step: Step, inputs: Sequence[str]) -> Sequence[str]:
    """Gates z, r, h from r, z, n; the reset comes after the product."""
    return _recurrence(scope, step, inputs, "GRU", (1, 0, 2), linear_before_reset=1)


def rnn(scope: Scope, step: Step, inputs: Sequence[str]) -> Sequence[str]:
    """One gate."""
    activation = {"tanh": "Tanh", "relu": "Relu"}[step.settings["nonlinearity"]]
    return _recurrence(scope, step, inputs, "RNN", (0,), activations=(activation,))


def _recurrence(
    scope: Scope,
    step: Step,
    inputs: Sequence[str],
    op: str,
    order: Sequence[int],
    cells: bool = False,
    **told: int | tuple[str, ...],
) -> Sequence[str]:
    x, w_ih, w_hh, *others = inputs
    settings = step.settings
    biased = settings.get("biased", len(others) == 2)
    biases, others = others[: 2 * biased], others[2 * biased :]
    shown = others.pop(0) if settings.get("projected", False) else ""
    if shown and others:
        raise Refused(tr("ONNX has no LSTM with a projection that begins with given states"))
    # What is shown is a matrix times what is kept, so the two matrices of the way round may be one.
    w_hh = scope.one("MatMul", w_hh, shown) if shown else w_hh
    hidden = number(step.inputs[1].shape[0]) // len(order)
    first = scope.integers([0])
    taken = [x, *(_stacked(scope, one, order, hidden) for one in (w_ih, w_hh))]
    taken[0] = scope.one("Transpose", x, perm=(1, 0, 2))  # (B, T, F) -> (T, B, F)
    if biases or others:
        both = [_ordered(scope, one, order, hidden) for one in biases]
        taken.append(scope.one("Unsqueeze", scope.one("Concat", *both, axis=0), first) if both else "")
    if others:
        taken += ["", *(scope.one("Unsqueeze", state, first) for state in others)]
    direction = "reverse" if settings["reverse"] else "forward"
    states, *last = scope.several(
        op, taken, 3 if cells else 1, hidden_size=hidden, direction=direction, **told
    )
    y = scope.one("Transpose", scope.one("Squeeze", states, scope.integers([1])), perm=(1, 0, 2))
    if shown:
        y = scope.one("MatMul", y, scope.one("Transpose", shown, perm=(1, 0)))
    return (y, scope.one("Squeeze", last[1], first)) if cells else (y,)


def _stacked(scope: Scope, weight: str, order: Sequence[int], hidden: int) -> str:
    """(gates·H, …) -> (1, gates·H, …)."""
    return scope.one("Unsqueeze", _ordered(scope, weight, order, hidden), scope.integers([0]))


def _ordered(scope: Scope, weight: str, order: Sequence[int], hidden: int) -> str:
    if len(order) == 1:
        return weight
    gates = scope.several("Split", (weight, scope.integers([hidden] * len(order))), len(order), axis=0)
    return scope.one("Concat", *(gates[place] for place in order), axis=0)
