"""Recurrent layers as Keras writes them, one level after the other."""

from collections.abc import Mapping
from typing import Any

from ...expression import Expression
from ...layers import recurrent
from ...layers.layer import Layer
from ...layers.spelling import Code, Spell, Spelling, Stored, code
from ...types import Type
from ..arrangement import Summed, permuted
from ..made import Container, Row, Several
from .arrangements import GateBiases, Gates

CALLED: Mapping[type[Layer], str] = {
    recurrent.LSTM: "layers.LSTM",
    recurrent.GRU: "layers.GRU",
    recurrent.RNN: "layers.SimpleRNN",
}
"""Keras's layer for each of ours."""

GRU_ORDER = (1, 0, 2)
"""Keras keeps the gate that renews before the one that resets."""


def _recurrent(layer: Any, x: Type, *states: Type) -> Spelling | None:
    """The layer; None for projections, and where several levels give or are given states."""
    fixed = type(layer.bidirectional) is bool and type(layer.bias) is bool
    if not fixed or getattr(layer, "proj_size", 0) != 0:
        return None
    wants_states = layer.returns in ("state", "sequence and state")
    if wants_states or states:
        return _with_states(layer, bool(states)) if layer.num_layers == 1 else None
    whole = layer.returns == "sequence"
    if layer.num_layers == 1:
        return Spelling(construct=_level(layer, whole), kept=_kept)
    if isinstance(layer.num_layers, Expression):
        if layer.dropout != 0:
            return None
        more = True if whole else Expression(f"i < {_factor(layer.num_layers.source)} - 1")
        row = Row(_level(layer, more), Expression(layer.num_layers.source), Container(), not whole)
        return Spelling(construct=Code("keras.Sequential", (row,)), kept=_kept_each)
    between = () if layer.dropout == 0 else (Code("layers.Dropout", (layer.dropout,)),)
    made: list[Code] = []
    for level in range(layer.num_layers):
        made += [*(between if level else ()), _level(layer, whole or level < layer.num_layers - 1)]
    return Spelling(construct=Code("keras.Sequential", (Several(tuple(made)),)), kept=_kept_each)


def _factor(source: str) -> str:
    return source if source.isidentifier() else f"({source})"


def _level(layer: Any, sequences: Any, **more: Any) -> Code:
    nonlinearity = getattr(layer, "nonlinearity", "tanh")
    settings = {
        "activation": nonlinearity,
        "use_bias": layer.bias,
        "return_sequences": sequences,
    }
    defaults = {"activation": "tanh", "use_bias": True, "return_sequences": False}
    made = code(CALLED[type(layer)], layer.hidden_size, defaults=defaults, **settings, **more)
    return Code("layers.Bidirectional", (made,)) if layer.bidirectional else made


def _with_states(layer: Any, started: bool) -> Spelling:
    """One level that gives its states, or is given them: (directions, B, H) each."""
    names = layer.state_names
    start = ""
    if started:
        ways = range(2 if layer.bidirectional else 1)
        start = f", initial_state=[{', '.join(f'{{{name}}}[{way}]' for way in ways for name in names)}]"
    call = f"{{self}}({{x}}{start})"
    if layer.returns in ("sequence", "last"):
        return Spelling(construct=_level(layer, layer.returns == "sequence"), apply=call, kept=_kept)
    made = _level(layer, True, return_state=True)
    apply = f"with_states({call}, {len(names)})"
    if layer.returns == "state":
        apply += "[1:]" if len(names) > 1 else "[1]"
    return Spelling(construct=made, apply=apply, kept=_kept)


def _kept(layer: Any) -> tuple[Stored, ...]:
    """What one level keeps."""
    return _kept_by(layer, 0, "")


def _kept_each(layer: Any) -> tuple[Stored, ...]:
    """What levels in a Sequential keep; between them may stand Dropout."""
    step = 1 if layer.dropout == 0 else 2
    return tuple(
        one for level in range(layer.num_layers) for one in _kept_by(layer, level, f"layers.{level * step}.")
    )


def _kept_by(layer: Any, level: int, path: str) -> tuple[Stored, ...]:
    gru = isinstance(layer, recurrent.GRU)
    kernel = Gates(GRU_ORDER) if gru else permuted((1, 0))
    bias = GateBiases(GRU_ORDER) if gru else Summed()
    found: list[Stored] = []
    ways = {"": "forward_layer.", "_reverse": "backward_layer."} if layer.bidirectional else {"": ""}
    for way, inside in ways.items():
        at, end = f"{path}{inside}cell.", f"_l{level}{way}"
        found.append(Stored(f"{at}kernel", (f"weight_ih{end}",), kernel))
        found.append(Stored(f"{at}recurrent_kernel", (f"weight_hh{end}",), kernel))
        if layer.bias:
            found.append(Stored(f"{at}bias", (f"bias_ih{end}", f"bias_hh{end}"), bias))
    return tuple(found)


RECURRENT: Mapping[type[Layer], Spell] = dict.fromkeys(CALLED, _recurrent)
"""By the layer."""
