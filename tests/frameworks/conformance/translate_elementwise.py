"""Activations, and the layers on features: where ours has another name or wants an axis."""

from collections.abc import Mapping
from typing import Any

from .bench import Bench, known_arguments
from .plain import BATCHED, plain

SCALAR = "an axis was added to a scalar"


def prelu(bench: Bench, module: Any, x: Any) -> Any:
    """Ours is told whether each channel has a slope, not how many channels there are."""
    dropped = ("num_parameters",)
    return plain(bench, module, x, replaced={"per_channel": module.num_parameters > 1}, dropped=dropped)


def along(bench: Bench, module: Any, x: Any) -> Any:
    """Softmax and its kin, which a scalar has no axis for."""
    if x.dim():
        return plain(bench, module, x)
    bench.note(SCALAR)
    return plain(bench, module, x.unsqueeze(0)).squeeze(0)


def hardtanh(bench: Bench, module: Any, x: Any) -> Any:
    return plain(bench, module, x, dropped=("min_value", "max_value"))


def linear(bench: Bench, module: Any, input: Any) -> Any:
    """One sample names the input."""
    return plain(bench, module, input)


def bilinear(bench: Bench, module: Any, a: Any, b: Any) -> Any:
    if a.dim() > 1:
        return plain(bench, module, a, b)
    bench.note(BATCHED)
    return plain(bench, module, a.unsqueeze(0), b.unsqueeze(0)).squeeze(0)


def embedding(bench: Bench, module: Any, x: Any) -> Any:
    given = {"num_embeddings": module.num_embeddings, "embedding_dim": module.embedding_dim}
    more = {"padding_idx": module.padding_idx} if module.padding_idx is not None else {}
    more |= known_arguments("Embedding", {"max_norm": module.max_norm}, {"max_norm": None})
    more = {key: value for key, value in more.items() if value is not None}
    return bench("Embedding", [x], {**given, **more}, {"weight": module.weight})[0]


ELEMENTWISE: Mapping[str, Any] = {
    "PReLU": prelu,
    "Softmax": along,
    "LogSoftmax": along,
    "Softmin": along,
    "Hardtanh": hardtanh,
    "Linear": linear,
    "Bilinear": bilinear,
    "Embedding": embedding,
}
