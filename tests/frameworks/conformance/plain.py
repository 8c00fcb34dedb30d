"""The translation of a module whose layer has the same name: arguments, ports and tensors by their names."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from core.layers import LAYERS

from .bench import Bench, Missing

torch: Any = pytest.importorskip("torch")

INFERRED = frozenset(
    (
        "in_features", "in1_features", "in2_features", "in_channels", "num_features", "num_channels",
        "input_size", "embed_dim", "inplace", "device", "dtype", "size_average", "reduce",
    )
)  # fmt: skip
"""What our layers read off their inputs, and what says nothing of the values."""

BATCHED = "an axis of one example was added"
FIRST = "the axes of batch and steps were exchanged"


def layer_name(module: Any) -> str:
    return type(module).__name__.removeprefix("Lazy")


def constructor(module: Any) -> dict[str, tuple[Any, Any]]:
    """Each argument of the module that our layers are told, with its default."""
    found = {}
    for name, parameter in inspect.signature(type(module)).parameters.items():
        if name not in INFERRED and parameter.kind in (
            parameter.POSITIONAL_OR_KEYWORD,
            parameter.KEYWORD_ONLY,
        ):
            value = getattr(module, name, parameter.default)
            found[name] = told(value), told(parameter.default)
    return found


def has_bias(module: Any) -> bool:
    """Whether it was asked for one, which comes to nothing where there is no scale either."""
    scaled = getattr(module, "affine", True) and getattr(module, "elementwise_affine", True)
    return getattr(module, "bias", None) is not None or not scaled


def told(value: Any) -> Any:
    """A value as our arguments are written: a size of one axis is a number."""
    if isinstance(value, tuple | list):
        return value[0] if len(value) == 1 else tuple(value)
    return value


def tensors_of(module: Any) -> dict[str, Any]:
    """Parameters and buffers that are numbers of the layer, with `_` for the dots of nested names."""
    held = [*module.named_parameters(), *module.named_buffers()]
    return {name.replace(".", "_"): t for name, t in held if not name.endswith("num_batches_tracked")}


def plain(
    bench: Bench,
    module: Any,
    *inputs: Any,
    name: str = "",
    replaced: Mapping[str, Any] | None = None,
    dropped: Sequence[str] = (),
    tensors: Mapping[str, Any] | None = None,
) -> Any:
    """Our layer of the module's name (or `name`), with arguments replaced or dropped."""
    name = name or layer_name(module)
    if name not in LAYERS:
        raise Missing(name)
    arguments: dict[str, Any] = {}
    inert: dict[str, Any] = {}
    for key, (value, default) in constructor(module).items():
        if key in dropped:
            continue
        if isinstance(value, torch.Tensor) and key != "bias":
            inputs, value = weighted(name, key, value, inputs, {**arguments})
        if key == "bias":
            value = has_bias(module)
        arguments[key], inert[key] = value, default
    arguments = {key: value for key, value in arguments.items() if value is not None}
    arguments |= replaced or {}
    held = tensors_of(module) if tensors is None else tensors
    held = {key: t for key, t in held.items() if key not in ("pos_weight",) and not is_weight(module, key)}
    return only(bench(name, inputs, arguments, held, inert))


def is_weight(module: Any, key: str) -> bool:
    """Whether a buffer is the weights of a loss's classes, which it is given and does not learn."""
    return key == "weight" and "Loss" in type(module).__name__


def weighted(
    name: str, key: str, value: Any, inputs: tuple[Any, ...], arguments: Mapping[str, Any]
) -> tuple[tuple[Any, ...], Any]:
    """Weights as an input where our layer has such a port, else as numbers of an argument."""
    if key in LAYERS[name].inputs:
        return (*inputs, value), None
    numbers = value.tolist()
    spec = next((spec for spec in LAYERS[name].arguments if spec.name == key), None)
    if spec is not None and spec.form is not None:
        return inputs, ", ".join(map(repr, numbers if isinstance(numbers, list) else [numbers]))
    return inputs, tuple(numbers) if isinstance(numbers, list) else numbers


def only(results: tuple[Any, ...]) -> Any:
    return results[0] if len(results) == 1 else results


def with_batch(bench: Bench, rank: int, inputs: Sequence[Any]) -> tuple[list[Any], bool]:
    """Inputs with an axis of examples in front where they had one less than `rank`."""
    if inputs[0].dim() != rank - 1:
        return list(inputs), False
    bench.note(BATCHED)
    return [x.unsqueeze(0) for x in inputs], True


def without_batch(result: Any, added: bool) -> Any:
    if not added:
        return result
    return tuple(y.squeeze(0) for y in result) if isinstance(result, tuple) else result.squeeze(0)


__all__ = [
    "BATCHED", "FIRST", "constructor", "layer_name", "only", "plain", "tensors_of", "told",
    "with_batch", "without_batch",
]  # fmt: skip
