"""LSTM, GRU and the plain recurrence as ONNX nodes, whose gates stand in another order than PyTorch's."""

from collections.abc import Sequence

from ...dim import Dim
from ...ops.primitive import Step
from .scope import Scope, number


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
    settings, first = step.settings, scope.integers([0])
    biased = settings.get("biased", len(others) == 2)
    biases, others = others[: 2 * biased], others[2 * biased :]
    shown = others.pop(0) if settings.get("projected", False) else ""
    starts = [scope.one("Unsqueeze", state, first) for state in others]
    hidden = number(step.inputs[1].shape[0]) // len(order)
    x = scope.one("Transpose", x, perm=(1, 0, 2))  # (B, T, F) -> (T, B, F)
    if shown and starts:
        x, w_ih = _started(scope, step, x, w_ih, w_hh, starts[0])
        starts[0] = ""
    # What is shown is a matrix times what is kept, so the two matrices of the way round may be one.
    w_hh = scope.one("MatMul", w_hh, shown) if shown else w_hh
    taken = [x, *(_stacked(scope, one, order, hidden) for one in (w_ih, w_hh))]
    if biases or starts:
        both = [_ordered(scope, one, order, hidden) for one in biases]
        taken.append(scope.one("Unsqueeze", scope.one("Concat", *both, axis=0), first) if both else "")
    if starts:
        taken += ["", *starts]
    direction = "reverse" if settings["reverse"] else "forward"
    states, *last = scope.several(
        op, taken, 3 if cells else 1, hidden_size=hidden, direction=direction, **told
    )
    y = scope.one("Transpose", scope.one("Squeeze", states, scope.integers([1])), perm=(1, 0, 2))
    if shown:
        y = scope.one("MatMul", y, scope.one("Transpose", shown, perm=(1, 0)))
    return (y, scope.one("Squeeze", last[1], first)) if cells else (y,)


def _started(scope: Scope, step: Step, x: str, w_ih: str, w_hh: str, start: str) -> tuple[str, str]:
    """The input and its matrix with the first state beside them, which is 0 at all steps but the first.

    ONNX has no projection, and a state that was projected cannot be given as one that was not.
    """
    rest = step.inputs[0].shape[1] - 1
    sides: list[Dim] = [rest, 0, 0, 0, 0, 0] if step.settings["reverse"] else [0, 0, 0, rest, 0, 0]
    spread = scope.one("Pad", start, scope.shape(sides))  # (1, B, P) -> (T, B, P)
    return scope.one("Concat", x, spread, axis=2), scope.one("Concat", w_ih, w_hh, axis=1)


def _stacked(scope: Scope, weight: str, order: Sequence[int], hidden: int) -> str:
    """(gates·H, …) -> (1, gates·H, …)."""
    return scope.one("Unsqueeze", _ordered(scope, weight, order, hidden), scope.integers([0]))


def _ordered(scope: Scope, weight: str, order: Sequence[int], hidden: int) -> str:
    if len(order) == 1:
        return weight
    gates = scope.several("Split", (weight, scope.integers([hidden] * len(order))), len(order), axis=0)
    return scope.one("Concat", *(gates[place] for place in order), axis=0)
