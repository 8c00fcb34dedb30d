"""Losses: targets in the element type that ours takes, weights as its port or argument."""

from collections.abc import Mapping
from typing import Any

from .bench import Bench
from .plain import BATCHED, plain

CHUNKS = "the chunks in which PyTorch works are no argument of ours: they say how much memory it takes"


def loss(bench: Bench, module: Any, *inputs: Any) -> Any:
    """A loss of numbers: a target of whole numbers is turned into the inputs' element type."""
    x = inputs[0]
    return plain(bench, module, *(t if t.is_floating_point() else t.to(x.dtype) for t in inputs))


def by_class(bench: Bench, module: Any, x: Any, target: Any, **given: Any) -> Any:
    """A loss of classes; one example without a batch has the axis added and its loss taken out."""
    single = x.dim() == 1
    if single:
        bench.note(BATCHED)
        x, target = x.unsqueeze(0), target.unsqueeze(0)
    y = plain(bench, module, x, target, **given)
    return y.squeeze(0) if single and module.reduction == "none" else y


def linear(bench: Bench, module: Any, x: Any, target: Any) -> Any:
    """The Linear inside is named with its layer; chunks say how much memory it takes, and nothing else."""
    if module.options is not None:
        bench.note(CHUNKS)
    replaced = {
        "bias": module.linear.bias is not None,
        "ignore_index": -100 if module.ignore_index is None else module.ignore_index,
    }
    dropped = ("options", "ignore_index", "bias")
    return by_class(bench, module, x, target, replaced=replaced, dropped=dropped)


def hinge(bench: Bench, module: Any, x: Any, target: Any) -> Any:
    return plain(bench, module, x, target.to(x.dtype))


NUMBERS = (
    "L1Loss", "MSELoss", "SmoothL1Loss", "BCELoss", "BCEWithLogitsLoss", "GaussianNLLLoss",
    "PoissonNLLLoss", "SoftMarginLoss", "MarginRankingLoss", "CosineEmbeddingLoss",
    "MultiLabelSoftMarginLoss",
)  # fmt: skip

LOSSES: Mapping[str, Any] = {
    **dict.fromkeys(NUMBERS, loss),
    "CrossEntropyLoss": by_class,
    "NLLLoss": by_class,
    "MultiMarginLoss": by_class,
    "HingeEmbeddingLoss": hinge,
    "KLDivLoss": loss,
    "LinearCrossEntropyLoss": linear,
    "MultiLabelMarginLoss": by_class,
}
