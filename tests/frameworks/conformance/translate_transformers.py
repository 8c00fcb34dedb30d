"""Transformers: the modules of our library, which have the batch first, and masks that say where to look."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from .bench import Bench
from .plain import BATCHED, FIRST, only
from .translate_sequences import TURNED
from .translate_spatial import per_axes

torch: Any = pytest.importorskip("torch")

JOINED = "masks of places and of keys were joined to one"
FREE = "a mask that forbids nothing stands beside another"

PARTS = {"self_attn": "attention", "multihead_attn": "cross"}
"""What PyTorch's parts are called in our modules."""


@dataclass(frozen=True)
class Order:
    """How PyTorch's inputs lie: without a batch, or with the steps in front of it."""

    single: bool
    batch_first: bool

    def ours(self, bench: Bench, x: Any) -> Any:
        """(T, E), (T, B, E) or (B, T, E) -> (B, T, E)."""
        if self.single:
            bench.note(BATCHED)
            return x.unsqueeze(0)
        if not self.batch_first:
            bench.note(FIRST)
        return x if self.batch_first else x.transpose(0, 1)

    def theirs(self, y: Any) -> Any:
        """The way back."""
        return y.squeeze(0) if self.single else y if self.batch_first else y.transpose(0, 1)


def allowed(bench: Bench, query: Any, key: Any, mask: Any, padding: Any) -> Any:
    """PyTorch's masks, true where nothing may look, as one of ours, 1 where one may; None for none."""
    if mask is None and padding is None:
        return None
    bench.note(TURNED)
    wanted = (len(query), query.shape[1], key.shape[1])
    forbidden = torch.zeros(wanted, dtype=torch.bool)
    if mask is not None:
        forbidden = forbidden | mask
    if padding is not None:
        bench.note(JOINED)
        forbidden = forbidden | (padding if padding.dim() == 2 else padding.unsqueeze(0)).unsqueeze(1)
    return (~forbidden).to(torch.int64)


def settings(layer: Any) -> dict[str, Any]:
    """The arguments of our module for a layer of PyTorch's."""
    return {
        "heads": layer.self_attn.num_heads,
        "hidden": layer.linear1.out_features,
        "dropout": layer.dropout.p,
        "activation": layer.activation.__name__,
        "norm_first": layer.norm_first,
        "bias": layer.linear1.bias is not None,
        "causal": False,
    }


def held(layer: Any) -> dict[str, Any]:
    """Its parameters by the names of ours; a norm stands before what it is for, or behind its sum."""
    found = {}
    for name, parameter in layer.named_parameters():
        part, _, tensor = name.partition(".")
        ours = PARTS.get(part, part.replace("norm", "before") if layer.norm_first else part)
        found[f"{ours}.{tensor.replace('.', '_')}"] = parameter
    return found


def encoded(bench: Bench, layer: Any, x: Any, mask: Any) -> Any:
    name, masks = (
        ("TransformerEncoderLayer", []) if mask is None else ("MaskedTransformerEncoderLayer", [mask])
    )
    return only(bench.shipped(name, [x, *masks], settings(layer), held(layer)))


def decoded(bench: Bench, layer: Any, x: Any, memory: Any, mask: Any, memory_mask: Any) -> Any:
    if mask is None and memory_mask is None:
        return only(bench.shipped("TransformerDecoderLayer", [x, memory], settings(layer), held(layer)))
    if mask is None or memory_mask is None:
        bench.note(FREE)
    given = [
        torch.ones(len(x), x.shape[1], key.shape[1], dtype=torch.int64) if one is None else one
        for one, key in ((mask, x), (memory_mask, memory))
    ]
    inputs = [x, memory, *given]
    return only(bench.shipped("MaskedTransformerDecoderLayer", inputs, settings(layer), held(layer)))


def normed(bench: Bench, module: Any, y: Any) -> Any:
    """The norm behind the last layer of a stack, if there is one."""
    return y if module.norm is None else per_axes(bench, module.norm, y)


def encoder_layer(
    bench: Bench, module: Any, x: Any, src_mask: Any = None, src_key_padding_mask: Any = None
) -> Any:
    order = Order(x.dim() == 2, module.self_attn.batch_first)
    x = order.ours(bench, x)
    return order.theirs(encoded(bench, module, x, allowed(bench, x, x, src_mask, src_key_padding_mask)))


def encoder(bench: Bench, module: Any, x: Any, mask: Any = None, src_key_padding_mask: Any = None) -> Any:
    """Our layers one after the other."""
    order = Order(x.dim() == 2, module.layers[0].self_attn.batch_first)
    x = order.ours(bench, x)
    seen = allowed(bench, x, x, mask, src_key_padding_mask)
    for layer in module.layers:
        x = encoded(bench, layer, x, seen)
    return order.theirs(normed(bench, module, x))


def decoder_layer(
    bench: Bench,
    module: Any,
    x: Any,
    memory: Any,
    tgt_mask: Any = None,
    memory_mask: Any = None,
    tgt_key_padding_mask: Any = None,
    memory_key_padding_mask: Any = None,
) -> Any:
    order = Order(x.dim() == 2, module.self_attn.batch_first)
    x, memory = order.ours(bench, x), order.ours(bench, memory)
    mask = allowed(bench, x, x, tgt_mask, tgt_key_padding_mask)
    memory_seen = allowed(bench, x, memory, memory_mask, memory_key_padding_mask)
    return order.theirs(decoded(bench, module, x, memory, mask, memory_seen))


def transformer(bench: Bench, module: Any, src: Any, tgt: Any, **masks: Any) -> Any:
    """An encoder and a decoder of our layers, each with the norm behind it."""
    order = Order(src.dim() == 2, module.batch_first)
    memory, y = order.ours(bench, src), order.ours(bench, tgt)

    def seen(query: Any, key: Any, name: str) -> Any:
        return allowed(bench, query, key, masks.get(f"{name}_mask"), masks.get(f"{name}_key_padding_mask"))

    mask = seen(memory, memory, "src")
    for layer in module.encoder.layers:
        memory = encoded(bench, layer, memory, mask)
    memory = normed(bench, module.encoder, memory)
    mask, memory_mask = seen(y, y, "tgt"), seen(y, memory, "memory")
    for layer in module.decoder.layers:
        y = decoded(bench, layer, y, memory, mask, memory_mask)
    return order.theirs(normed(bench, module.decoder, y))


TRANSFORMERS: Mapping[str, Any] = {
    "TransformerEncoderLayer": encoder_layer,
    "TransformerEncoder": encoder,
    "TransformerDecoderLayer": decoder_layer,
    "Transformer": transformer,
}
