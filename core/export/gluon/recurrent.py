"""How recurrent layers are written in Gluon, where its own compute the same.

Measured in 1.9.1: rnn.LSTM and the others drop between levels outside of training too, and the gradients of
a third level of an rnn.RNN are wrong. Such levels are layers of their own, one after the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...layers.spelling import Code, Spelling, Stored, code
from ...types import Type
from ..arrangement import Same

LEVELS = 10
"""Gluon reads the number of a level as one digit."""


@dataclass(frozen=True)
class Fused:
    """What one layer of Gluon keeps for so many levels of ours, or the levels of several layers in a row."""

    apart: bool

    def __call__(self, layer: Any) -> tuple[Stored, ...]:
        """Each of our tensors by what `save_parameters` calls it."""
        return tuple(self._stored(layer))

    def _stored(self, layer: Any) -> Iterator[Stored]:
        for level in range(layer.num_layers):
            for direction in ("", "_reverse") if layer.bidirectional else ("",):
                for kind in ("ih", "hh"):
                    for what in ("weight", "bias"):
                        ours = (f"{what}_{kind}_l{level}{direction}",)
                        yield Stored(self._path(layer, level, direction, f"{kind}_{what}"), ours, Same())

    def _path(self, layer: Any, level: int, direction: str, tensor: str) -> str:
        side = ("r_cell." if direction else "l_cell.") if layer.bidirectional else ""
        start = f"{_place(layer, level)}._unfused.0" if self.apart else f"_unfused.{level}"
        return f"{start}.{side}{tensor[0]}2{tensor[1:]}"


def _place(layer: Any, level: int) -> int:
    """Which of a Sequential's entries a level is, where there is a Dropout between each two."""
    return level * (2 if layer.dropout else 1)


def recurrent(layer: Any, types: tuple[Type, ...]) -> Spelling | None:
    """rnn.LSTM, rnn.GRU or rnn.RNN; None where it is printed from its primitives."""
    if not isinstance(layer.bidirectional, bool) or layer.bias is not True:
        return None
    if getattr(layer, "proj_size", 0) != 0:
        return None
    levels = layer.num_layers
    if isinstance(levels, int) and levels > LEVELS:
        return None
    if levels == 1 or (type(layer).__name__ != "RNN" and layer.dropout == 0.0):
        apply = _returned(layer)
        return Spelling(construct=_made(layer, levels), apply=apply, kept=Fused(apart=False))
    plain = layer.initial_state == "zeros" and layer.returns == "sequence"
    if not isinstance(levels, int) or not isinstance(layer.dropout, float) or not plain:
        return None
    rows: list[Code] = []
    for level in range(levels):
        rows += [code("nn.Dropout", layer.dropout)] if level and layer.dropout else []
        rows.append(_made(layer, 1))
    return Spelling(construct=code("sequential", *rows), kept=Fused(apart=True))


def _made(layer: Any, levels: Any) -> Code:
    kind = type(layer).__name__
    settings: dict[str, Any] = {"num_layers": levels} if levels != 1 else {}
    if kind == "RNN":
        settings["activation"] = layer.nonlinearity
    settings["layout"] = "NTC"
    if layer.bidirectional:
        settings["bidirectional"] = True
    return code(f"rnn.{kind}", layer.hidden_size, **settings)


def _returned(layer: Any) -> str:
    """What of the layer's results is wanted: it gives the sequence, and the states where it is given some."""
    count = len(layer.state_names)
    given = "".join(f", {{{name}}}" for name in layer.state_names) if layer.initial_state == "given" else ""
    ends = f"with_states({{self}}, {{x}}{given})"
    match layer.returns:
        case "sequence":
            return f"{ends}[0]" if given else ""
        case "last" if not layer.bidirectional:
            return f"{ends}[0][:, -1]" if given else "{self}({x})[:, -1]"
        case "last":
            return f"np.concatenate([*{ends}[1][-2:]], axis=1)"
        case "state":
            return f"{ends}[1]" if count == 1 else f"{ends}[1:]"
    return ends
