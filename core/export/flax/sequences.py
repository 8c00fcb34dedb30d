"""How layers that read sequences are spelled in Flax: cells in nn.RNN, and attention."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ...layers.spelling import Code, Spelling, Stored, code
from ...types import Type
from ..heads import Projections, is_plain_attention
from ..made import Container, Row, Several, Word
from ..statements import Step
from .arranged import Gate
from .rewritten import NOT_TRAINING

SEQUENTIAL = "nn.Sequential"
"""What runs layers one after the other."""

ATTENTION = "nn.MultiHeadDotProductAttention"
"""Linen's attention by several heads."""


def recurrent(layer: Any, x: Type, *states: Type) -> Spelling | None:
    """nn.RNN around a cell, in both directions and stacked where it is so.

    None where the cells of linen have no such parameters, or states are given or asked for.
    """
    plain = layer.bias is True and not states and getattr(layer, "proj_size", 0) == 0
    both, levels, ends = layer.bidirectional, layer.num_layers, layer.returns
    if not plain or not isinstance(both, bool) or ends not in ("sequence", "last"):
        return None
    carries = both and ends == "last"
    if type(levels) is not int:
        return None if carries or layer.dropout != 0.0 else _stacked(layer, both)
    parts: list[Any] = []
    stored: list[Stored] = []
    for level in range(levels):
        if level and layer.dropout:
            parts.append(code("nn.Dropout", layer.dropout, deterministic=NOT_TRAINING))
        inside = f"layers_{len(parts)}." if levels > 1 else ""
        parts.append(_level(layer, both, carries and level == levels - 1))
        stored += _level_tensors(layer, level, both, inside)
    made = parts[0] if levels == 1 else Code(SEQUENTIAL, (Several(tuple(parts)),))
    return Spelling(construct=made, apply=_returned(layer, both), stored=tuple(stored))


def _stacked(layer: Any, both: bool) -> Spelling:
    """As many as an argument says."""
    made: Any = Row(_level(layer, both, False), layer.num_layers, Container(SEQUENTIAL), False)
    return Spelling(construct=made, apply=_returned(layer, both))


def _returned(layer: Any, both: bool) -> str:
    if layer.returns == "sequence":
        return ""
    call = "{self}({x})"
    if not both:
        return f"{call}[:, -1]"
    if type(layer).__name__ == "LSTM":
        return f"jnp.concatenate([h for _, h in {call}[0]], axis=-1)"
    return f"jnp.concatenate({call}[0], axis=-1)"


def _level(layer: Any, both: bool, carries: bool) -> Code:
    if not both:
        return _one_way(layer)
    told: dict[str, Any] = {"return_carry": True} if carries else {}
    return code("nn.Bidirectional", _one_way(layer), _one_way(layer), **told)


def _one_way(layer: Any) -> Code:
    cells = {"LSTM": "nn.OptimizedLSTMCell", "GRU": "nn.GRUCell", "RNN": "nn.SimpleCell"}
    told: dict[str, Any] = (
        {"activation_fn": Word("nn.relu")} if getattr(layer, "nonlinearity", "") == "relu" else {}
    )
    return code("nn.RNN", code(cells[type(layer).__name__], layer.hidden_size, **told))


def _level_tensors(layer: Any, level: int, both: bool, inside: str) -> Iterator[Stored]:
    for way in ("forward_rnn", "backward_rnn") if both else ("",):
        end = f"_l{level}" + ("_reverse" if way == "backward_rnn" else "")
        start = f"{inside}{way}.cell." if way else f"{inside}cell."
        yield from _cell(type(layer).__name__, start, end)


def _cell(kind: str, start: str, end: str) -> Iterator[Stored]:
    """The tensors of a cell: a kernel for each gate from the input and from the state, and the biases."""
    weight_ih, weight_hh = (f"weight_{one}{end}" for one in ("ih", "hh"))
    bias_ih, bias_hh = (f"bias_{one}{end}" for one in ("ih", "hh"))
    gates = {"LSTM": "ifgo", "GRU": "rzn", "RNN": ""}[kind]
    count = max(len(gates), 1)
    for place in range(count):
        gate = gates[place : place + 1]
        yield Stored(f"{start}i{gate}.kernel", (weight_ih,), Gate(place, count))
        yield Stored(f"{start}h{gate}.kernel", (weight_hh,), Gate(place, count))
        if gate == "n":  # the reset gate acts on one of the two biases alone
            yield Stored(f"{start}in.bias", (bias_ih,), Gate(place, count))
            yield Stored(f"{start}hn.bias", (bias_hh,), Gate(place, count))
        else:
            side = "h" if kind == "LSTM" else "i"
            yield Stored(f"{start}{side}{gate}.bias", (bias_ih, bias_hh), Gate(place, count, 2))


def attention(layer: Any, query: Type, key: Type, value: Type, *masks: Type) -> Spelling | None:
    """nn.MultiHeadDotProductAttention; None where it has more to it."""
    causal: Any = layer.causal
    if not is_plain_attention(layer, masks) or not isinstance(causal, bool):
        return None
    dropped = {"broadcast_dropout": False, "deterministic": NOT_TRAINING} if layer.dropout != 0.0 else {}
    made = code(
        ATTENTION,
        layer.num_heads,
        dropout_rate=layer.dropout,
        **dropped,
        use_bias=layer.bias,
        defaults={"dropout_rate": 0.0, "use_bias": True},
    )
    mask = ", mask=nn.make_causal_mask({query}[..., 0])" if causal else ""
    stored = Projections(layer.is_packed(query, key, value))(layer)
    return Spelling(construct=made, apply=f"{{self}}({{query}}, {{key}}, {{value}}{mask})", stored=stored)


def said_once(step: Step) -> Step:
    """A call of attention that names a sequence once where it is read in several places."""
    sources = dict(step.sources)
    template = step.template
    for port, before in (("value", "key"), ("key", "query")):
        if port in sources and sources[port] == sources[before] and f", {{{port}}}" in template:
            template = template.replace(f", {{{port}}}", "", 1)
            del sources[port]
        else:
            break
    return replace(step, template=template, sources=sources)
