"""How losses are spelled in Flax, in jax's own functions."""

from typing import Any

from ...layers.spelling import Spelling
from ...types import Type


def _reduced(layer: Any, each: str) -> Spelling | None:
    """The mean or sum of the single losses, or each by itself."""
    if layer.reduction == "none":
        return Spelling(apply=each)
    if layer.reduction not in ("mean", "sum"):
        return None
    return Spelling(apply=f"jnp.{layer.reduction}({each})")


def squared(layer: Any, x: Type, target: Type) -> Spelling | None:
    """MSELoss."""
    return _reduced(layer, "({x} - {target}) ** 2")


def absolute(layer: Any, x: Type, target: Type) -> Spelling | None:
    """L1Loss."""
    return _reduced(layer, "jnp.abs({x} - {target})")


def huber(layer: Any, x: Type, target: Type) -> Spelling | None:
    """HuberLoss."""
    return _reduced(layer, f"huber({{x}}, {{target}}, {layer.delta})") if _is_known(layer.delta) else None


def smooth(layer: Any, x: Type, target: Type) -> Spelling | None:
    """SmoothL1Loss, the Huber loss over beta."""
    if not _is_known(layer.beta) or layer.beta == 0:
        return None
    over = "" if layer.beta == 1 else f" / {layer.beta}"
    return _reduced(layer, f"huber({{x}}, {{target}}, {layer.beta}){over}")


def binary(layer: Any, x: Type, target: Type) -> Spelling | None:
    """BCEWithLogitsLoss; None with weights."""
    if layer.weight != "" or layer.pos_weight != "":
        return None
    return _reduced(layer, "-{target} * nn.log_sigmoid({x}) - (1 - {target}) * nn.log_sigmoid(-{x})")


def cross_entropy(layer: Any, x: Type, target: Type) -> Spelling | None:
    """CrossEntropyLoss; None with weights, of probabilities, or where it is not the mean."""
    if target.dtype != "int64":
        return None
    return _of_classes(layer, "nn.log_softmax({x}, axis=1)", layer.label_smoothing)


def likelihood(layer: Any, x: Type, target: Type) -> Spelling | None:
    """NLLLoss; None with weights, or where it is not the mean."""
    return _of_classes(layer, "{x}", 0.0)


def _of_classes(layer: Any, log_p: str, smoothing: Any) -> Spelling | None:
    known = _is_known(smoothing) and type(layer.ignore_index) is int
    if layer.weight != "" or layer.reduction != "mean" or not known:
        return None
    told = "" if layer.ignore_index == -100 else f", ignore_index={layer.ignore_index}"
    told += "" if smoothing == 0 else f", label_smoothing={smoothing}"
    return Spelling(apply=f"class_loss({log_p}, {{target}}{told})")


def _is_known(number: Any) -> bool:
    return isinstance(number, int | float)


def scaled_attention(layer: Any, q: Type, k: Type, v: Type, *masks: Type) -> Spelling | None:
    """ScaledDotProductAttention; None with a mask, or where weights are dropped."""
    if masks or layer.p != 0.0 or not isinstance(layer.causal, bool):
        return None
    told = ", causal=True" if layer.causal else ""
    told += "" if layer.scale is None else f", scale={layer.scale}"
    return Spelling(apply=f"attention({{q}}, {{k}}, {{v}}{told})")
