"""Recurrent layers and attention: ours have the batch first, and an axis of one example where none is."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from .bench import Bench, Missing
from .plain import BATCHED, FIRST, layer_name, only, tensors_of

torch: Any = pytest.importorskip("torch")

TURNED = "masks were turned round: ours are true where one may look"


def recurrent(bench: Bench, module: Any, x: Any, state: Any = None) -> Any:
    """The states of all steps, and the last ones of every level and direction."""
    name = layer_name(module)
    single, front = x.dim() == 2, not module.batch_first
    states = list(state) if isinstance(state, tuple) else [] if state is None else [state]
    if single:
        bench.note(BATCHED)
        x, states = x.unsqueeze(0), [h.unsqueeze(1) for h in states]
    elif front:
        bench.note(FIRST)
        x = x.transpose(0, 1)
    arguments: dict[str, Any] = {key: getattr(module, key) for key in RECURRENT}
    if name == "RNN":
        arguments["nonlinearity"] = module.nonlinearity
    if states:
        arguments["initial_state"] = "given"
    arguments["returns"] = "sequence and state"
    y, *last = bench(name, [x, *states], arguments, tensors_of(module), {"proj_size": 0})
    if single:
        y, last = y.squeeze(0), [h.squeeze(1) for h in last]
    elif front:
        y = y.transpose(0, 1)
    return y, *last


RECURRENT = ("hidden_size", "num_layers", "bidirectional", "bias", "dropout", "proj_size")


def cell(bench: Bench, module: Any, x: Any, state: Any) -> Any:
    name = layer_name(module)
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
    single, front = query.dim() == 2, not module.batch_first
    given: Sequence[Any] = (query, key, value)
    if single:
        bench.note(BATCHED)
        given = [x.unsqueeze(0) for x in given]
    elif front:
        bench.note(FIRST)
        given = [x.transpose(0, 1) for x in given]
    masks = turned(bench, module, len(given[0]), attn_mask, key_padding_mask)
    arguments = {
        "num_heads": module.num_heads,
        "dropout": module.dropout,
        "bias": module.in_proj_bias is not None,
        "add_bias_kv": module.bias_k is not None,
        "add_zero_attn": module.add_zero_attn,
    }
    if masks:
        arguments["mask"] = " and ".join(masks)
    arguments["returns"] = "result and weights"
    y, weights = bench(name, [*given, *masks.values()], arguments, tensors_of(module))
    y = y.squeeze(0) if single else y.transpose(0, 1) if front else y
    return y, weights.squeeze(0) if single else weights


def turned(bench: Bench, module: Any, batch: int, mask: Any, padding: Any) -> dict[str, Any]:
    """PyTorch's masks, which are true where nothing may look, as ours, which are true where one may."""
    name = "MultiheadAttention"
    found: dict[str, Any] = {}
    if mask is not None:
        if mask.dim() == 3:
            heads = mask.unflatten(0, (batch, module.num_heads))
            if not bool((heads == heads[:, :1]).all()):
                raise Missing(f"{name}: a mask for each head")
            mask = heads[:, 0]
        bench.note(TURNED)
        found["mask"] = ~mask
    if padding is not None:
        bench.note(TURNED)
        found["key_mask"] = ~(padding.unsqueeze(0) if padding.dim() == 1 else padding)
    return found


SEQUENCES: Mapping[str, Any] = {
    "RNN": recurrent,
    "LSTM": recurrent,
    "GRU": recurrent,
    "RNNCell": cell,
    "LSTMCell": cell,
    "GRUCell": cell,
    "MultiheadAttention": attention,
}
