"""Recurrent layers and their gradients: one product for all steps, then the steps."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from ..engine.plan import Instruction
from ..kernels.recurrent import STATE
from ..kernels.vector import ITEM
from .code import Code
from .lowering import Lowering, Rule
from .products import product
from .recurrences import (
    Operand,
    Phase,
    by_columns,
    by_gates,
    everywhere,
    fresh,
    left,
    nothing,
    ping,
    pong,
    row_of,
    run,
    sequence,
    state,
)
from .view import View


class _Given(NamedTuple):
    """The inputs of a recurrence, and the sizes: batch, steps, what is shown, hidden units."""

    x: View
    w_ih: View
    w_hh: View
    biases: tuple[View, ...]
    w_hr: View | None
    start: tuple[View, ...]
    sizes: tuple[int, int, int, int]


def _given(lowering: Lowering, instruction: Instruction, gates: int) -> _Given | None:
    """None where there is nothing to compute."""
    numbers = (*instruction.inputs, *instruction.outputs)
    if not all(prod(lowering.shape(number)) for number in numbers):
        return None
    settings = instruction.settings
    x, w_ih, w_hh, *others = (lowering.view(number) for number in instruction.inputs)
    count, projected = 2 * settings["biased"], settings.get("projected", False)
    start = tuple(_beside(lowering, view) for view in others[count + projected :])
    w_hr = others[count] if projected else None
    batch, steps, _ = x.shape
    sizes = batch, steps, w_hh.shape[1], w_hh.shape[0] // gates
    return _Given(x, w_ih, w_hh, tuple(others[:count]), w_hr, start, sizes)


def _lstm(lowering: Lowering, instruction: Instruction) -> bool:
    given = _given(lowering, instruction, 4)
    if given is None:
        return False
    code, settings = lowering.code, instruction.settings
    batch, steps, shown, hidden = given.sizes
    out, last, cells, kept = instruction.outputs
    y, c = lowering.made(out), lowering.made(last)
    by_input = lowering.made(kept) if lowering.wanted(kept) else fresh(code, (batch, steps, 4 * hidden))
    _by_input(lowering, given, by_input, given.biases)
    junk = everywhere(fresh(code, (hidden,)))
    h = fresh(code, (2, batch, shown))
    first, start = given.start or (nothing(code, shown), nothing(code, hidden))
    squashed = None if given.w_hr is None else fresh(code, (batch, hidden))
    reads = sequence(by_input, hidden), state(c, start)
    writes = (
        left(c), sequence(lowering.made(cells)) if lowering.wanted(cells) else junk,
        *((sequence(y), pong(h)) if squashed is None else (left(squashed), junk)),
        sequence(by_input, hidden) if lowering.wanted(kept) else junk,
    )  # fmt: skip
    phases = [Phase("lstm", batch, hidden, by_gates(code, given.w_hh, 4), ping(h, first), reads, writes)]
    if given.w_hr is not None and squashed is not None:
        projected = by_columns(code, _turned(given.w_hr))
        shows = sequence(y), pong(h)
        none = (_zeros(code, shown),)
        phases.append(Phase("projection", batch, shown, projected, left(squashed), none, shows))
    run(code, steps, settings["reverse"], phases)
    return True


def _gru(lowering: Lowering, instruction: Instruction) -> bool:
    given = _given(lowering, instruction, 3)
    if given is None:
        return False
    code, settings = lowering.code, instruction.settings
    batch, steps, _, hidden = given.sizes
    out, kept = instruction.outputs
    y = lowering.made(out)
    by_input, h = fresh(code, (batch, steps, 3 * hidden)), fresh(code, (2, batch, hidden))
    _by_input(lowering, given, by_input, given.biases[:1])
    bias = nothing(code, 3 * hidden)
    if given.biases:
        bias = _beside(lowering, given.biases[1]).broadcast((1, 3 * hidden))
    junk = everywhere(fresh(code, (hidden,)))
    before = ping(h, given.start[0] if given.start else nothing(code, hidden))
    reads = sequence(by_input, hidden), before, Operand(bias, 0, part=hidden * ITEM)
    noted = sequence(lowering.made(kept), hidden) if lowering.wanted(kept) else junk
    writes = sequence(y), pong(h), noted
    phase = Phase("gru", batch, hidden, by_gates(code, given.w_hh, 3), before, reads, writes)
    run(code, steps, settings["reverse"], [phase])
    return True


def _rnn(lowering: Lowering, instruction: Instruction) -> bool:
    given = _given(lowering, instruction, 1)
    if given is None:
        return False
    code, settings = lowering.code, instruction.settings
    batch, steps, _, hidden = given.sizes
    y, h = lowering.made(instruction.outputs[0]), fresh(code, (2, batch, hidden))
    _by_input(lowering, given, y, given.biases)
    start = given.start[0] if given.start else nothing(code, hidden)
    weights, cell = by_columns(code, _turned(given.w_hh)), f"rnn_{settings['nonlinearity']}"
    writes = sequence(y), pong(h)
    phase = Phase(cell, batch, hidden, weights, ping(h, start), (sequence(y),), writes)
    run(code, steps, settings["reverse"], [phase])
    return True


def _by_input(lowering: Lowering, given: _Given, made: View, biases: Sequence[View]) -> None:
    """What the inputs of all steps give to the gates: (B, T, F) -> (B, T, gates·H)."""
    bias = biases[0] if biases else None
    if len(biases) == 2:
        bias = lowering.step(("add", ()), *biases)
        lowering.chains.close(bias.memory)
    if bias is not None:
        bias = _beside(lowering, bias)
    batch, steps, features = given.x.shape
    x, result = given.x.reshaped((batch * steps, features)), made.reshaped((batch * steps, made.shape[2]))
    if x is None or result is None:
        x, result = given.x, made
    assert product(lowering.code, x, _turned(given.w_ih), result, bias=bias)


class _Back(NamedTuple):
    """What a gradient primitive is given, each cotangent as an operand: rows of zeros where there is none."""

    w_hh: View
    w_hr: View | None
    first: View | None
    outputs: tuple[View, ...]
    cotangents: tuple[Operand, ...]


def _back(
    lowering: Lowering, instruction: Instruction, outputs: int, starts: bool, units: int
) -> _Back | None:
    """None where there is nothing to compute."""
    numbers = (*instruction.inputs, *instruction.outputs)
    if not all(prod(lowering.shape(number)) for number in numbers):
        return None
    settings = instruction.settings
    w_hh, *others = (lowering.view(number) for number in instruction.inputs)
    projected = settings.get("projected", False)
    started = settings["started"] and starts
    values = [_beside(lowering, view) for view in others[projected:]]
    first = values.pop(0) if started else None
    known = iter(values[outputs:])
    zeros = _zeros(lowering.code, max(view.shape[-1] for view in values))
    cotangents = []
    for value, here in zip(values[:outputs], settings["given"], strict=True):
        view = next(known) if here else None
        parts = units if view is not None and view.shape[-1] > units else 0
        if view is None:
            cotangents.append(zeros)
        else:
            cotangents.append(left(view) if value.rank == 2 else sequence(view, parts))
    return _Back(w_hh, others[0] if projected else None, first, tuple(values[:outputs]), tuple(cotangents))


def _lstm_grad(lowering: Lowering, instruction: Instruction) -> bool:
    settings = instruction.settings
    hidden = lowering.shape(instruction.inputs[0])[0] // 4
    back = _back(lowering, instruction, 4, True, hidden)
    if back is None:
        return False
    code = lowering.code
    y, _, cells, kept = back.outputs
    batch, steps, shown = y.shape
    dy, dlast, dcells, dkept = back.cotangents
    dgiven = lowering.made(instruction.outputs[0])
    states = [lowering.made(number) for number in instruction.outputs[1 + settings["projected"] :]]
    ahead = fresh(code, (2, batch, 4 * hidden))
    carried = states[1] if states else fresh(code, (batch, hidden))
    dc = Operand(carried, carried.strides[0], when=STATE, end=_rows(dlast))
    before = sequence(cells, 0, back.first or nothing(code, hidden))
    reads = sequence(kept, hidden), sequence(cells), before, dc, dcells, dkept
    writes = sequence(dgiven, hidden), pong(ahead, hidden), left(carried)
    weights = by_columns(code, back.w_hh)
    phases: list[Phase] = []
    if back.w_hr is None:
        phases.append(Phase("lstm_back", batch, hidden, weights, ping(ahead, None), (dy, *reads), writes))
    else:
        dshown, narrow = lowering.made(instruction.outputs[1]), fresh(code, (batch, shown))
        through = sequence(dshown), left(narrow)
        phases.append(Phase("projection", batch, shown, weights, ping(ahead, None), (dy,), through))
        within, none = by_columns(code, back.w_hr), _zeros(code, hidden)
        phases.append(Phase("lstm_back", batch, hidden, within, left(narrow), (none, *reads), writes))
    return _run_back(code, steps, settings, phases, states, ahead, _zeros(code, shown))


def _gru_grad(lowering: Lowering, instruction: Instruction) -> bool:
    settings = instruction.settings
    hidden = lowering.shape(instruction.inputs[0])[1]
    back = _back(lowering, instruction, 2, True, hidden)
    if back is None:
        return False
    code = lowering.code
    y, kept = back.outputs
    batch, steps, _ = y.shape
    dy, dkept = back.cotangents
    by_input, by_state = (lowering.made(number) for number in instruction.outputs[:2])
    ahead, ddh = fresh(code, (2, batch, 3 * hidden)), fresh(code, (batch, hidden))
    before = sequence(y, 0, back.first or nothing(code, hidden))
    reads = dy, sequence(kept, hidden), before, state(ddh, nothing(code, hidden)), dkept
    writes = sequence(by_input, hidden), sequence(by_state, hidden), pong(ahead, hidden), left(ddh)
    weights = by_columns(code, back.w_hh)
    phase = Phase("gru_back", batch, hidden, weights, ping(ahead, None), reads, writes)
    states = [lowering.made(number) for number in instruction.outputs[2:]]
    return _run_back(code, steps, settings, [phase], states, ahead, left(ddh))


def _rnn_grad(lowering: Lowering, instruction: Instruction) -> bool:
    settings = instruction.settings
    hidden = lowering.shape(instruction.inputs[0])[1]
    back = _back(lowering, instruction, 1, False, hidden)
    if back is None:
        return False
    code = lowering.code
    (y,) = back.outputs
    batch, steps, _ = y.shape
    dgiven, ahead = lowering.made(instruction.outputs[0]), fresh(code, (2, batch, hidden))
    weights, cell = by_columns(code, back.w_hh), f"rnn_{settings['nonlinearity']}_back"
    reads, writes = (back.cotangents[0], sequence(y)), (sequence(dgiven), pong(ahead))
    phase = Phase(cell, batch, hidden, weights, ping(ahead, None), reads, writes)
    states = [lowering.made(number) for number in instruction.outputs[1:]]
    return _run_back(code, steps, settings, [phase], states, ahead, _zeros(code, hidden))


def _run_back(
    code: Code,
    steps: int,
    settings: Mapping[str, Any],
    phases: Sequence[Phase],
    states: Sequence[View],
    ahead: View,
    added: Operand,
) -> bool:
    """All steps from the last one on, and the cotangent of the first hidden state, where there is one.

    That is what the last step leaves `ahead`, times the weights of the first phase, and what is `added`.
    """
    after = None
    if states:
        batch, units = states[0].shape
        writes = left(states[0]), everywhere(fresh(code, (units,)))
        weights = phases[0].weights
        after = Phase("projection", batch, units, weights, ping(ahead, None), (added,), writes)
    run(code, steps, not settings["reverse"], phases, after)
    return True


def _zeros(code: Code, units: int) -> Operand:
    """Zeros for every row and step."""
    return everywhere(row_of(nothing(code, units)))


def _rows(operand: Operand) -> View:
    """An operand (B, units) as an array whose rows are its."""
    units = operand.view.shape[-1]
    return View(operand.view.memory, operand.view.offset, (1, units), (operand.row, ITEM), ITEM)


def _beside(lowering: Lowering, view: View) -> View:
    """The same array with its last axis side by side."""
    return view if view.strides[-1] == ITEM or view.shape[-1] == 1 else lowering.copied(view)


def _turned(view: View) -> View:
    return view.permuted((1, 0))


RECURRENT_RULES: dict[str, Rule] = {
    "lstm": _lstm,
    "gru": _gru,
    "rnn": _rnn,
    "lstm_grad": _lstm_grad,
    "gru_grad": _gru_grad,
    "rnn_grad": _rnn_grad,
}
"""By primitive."""
