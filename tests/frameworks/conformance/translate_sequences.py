"""Recurrent layers and attention: ours have the batch first, and an axis of one example where none is."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from core.layers import LAYERS

from .bench import Bench, Missing
from .plain import BATCHED, FIRST, layer_name, only, tensors_of

torch: Any = pytest.importorskip("torch")

STATES = "only the top level's last states are an output of ours"
WEIGHTS = "the weights of attention are no output of ours"


def recurrent(bench: Bench, module: Any, x: Any, state: Any = None) -> Any:
    """The states of all steps, and of the last states those that ours gives."""
    name = layer_name(module)
    single, front = x.dim() == 2, not module.batch_first
    if state is not None:
        raise Missing(f"{name}: a first state")
    if single:
        bench.note(BATCHED)
        x = x.unsqueeze(0)
    elif front:
        bench.note(FIRST)
        x = x.transpose(0, 1)
    told = ("hidden_size", "num_layers", "bidirectional", "bias", "dropout", "proj_size")
    arguments = {key: getattr(module, key) for key in told}
    inert = {"proj_size": 0}
    if name == "RNN":
        arguments["nonlinearity"] = module.nonlinearity
    y = only(bench(name, [x], arguments, tensors_of(module), inert))
    if single:
        y = y.squeeze(0)
    elif front:
        y = y.transpose(0, 1)
    bench.note(STATES)
    return (y, (None, None)) if name == "LSTM" else (y, None)


def cell(bench: Bench, module: Any, x: Any, state: Any) -> Any:
    name = layer_name(module)
    if name not in LAYERS:
        raise Missing(name)
    states = list(state) if isinstance(state, tuple) else [state]
    single = x.dim() == 1
    given = [x, *states]
    if single:
        bench.note(BATCHED)
        given = [t.unsqueeze(0) for t in given]
    arguments = {"hidden_size": module.hidden_size, "bias": bool(module.bias)}
    if name == "RNNCell":
        arguments["nonlinearity"] = module.nonlinearity
    results = bench(name, given, arguments, tensors_of(module), {"nonlinearity": "tanh"})
    return only(tuple(y.squeeze(0) for y in results) if single else results)


def attention(
    bench: Bench,
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    key_padding_mask: Any = None,
    attn_mask: Any = None,
) -> Any:
    name = "MultiheadAttention"
    for what, there in (("add_bias_kv", module.bias_k is not None), ("add_zero_attn", module.add_zero_attn)):
        if there and what not in {spec.name for spec in LAYERS[name].arguments}:
            raise Missing(f"{name}.{what}")
    if key_padding_mask is not None or attn_mask is not None:
        raise Missing(f"{name}: a mask")
    single, front = query.dim() == 2, not module.batch_first
    given: Sequence[Any] = (query, key, value)
    if single:
        bench.note(BATCHED)
        given = [x.unsqueeze(0) for x in given]
    elif front:
        bench.note(FIRST)
        given = [x.transpose(0, 1) for x in given]
    arguments = {
        "num_heads": module.num_heads,
        "dropout": module.dropout,
        "bias": module.in_proj_bias is not None,
        "add_bias_kv": module.bias_k is not None,
        "add_zero_attn": module.add_zero_attn,
    }
    inert = {"add_bias_kv": False, "add_zero_attn": False}
    y = only(bench(name, given, arguments, tensors_of(module), inert))
    bench.note(WEIGHTS)
    y = y.squeeze(0) if single else y.transpose(0, 1) if front else y
    return y, None


SEQUENCES: Mapping[str, Any] = {
    "RNN": recurrent,
    "LSTM": recurrent,
    "GRU": recurrent,
    "RNNCell": cell,
    "LSTMCell": cell,
    "GRUCell": cell,
    "MultiheadAttention": attention,
}
