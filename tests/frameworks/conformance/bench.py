"""Our layers as functions of PyTorch's tensors: our references forward, our derivative backward.

A translation can so put a layer of ours between operations of PyTorch (an axis added, a mask turned round),
and one call to autograd compares the gradients of all inputs and parameters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from core.layers import LAYERS
from core.layers.layer import Layer, bind
from core.ops.primitive import Array, Circumstances, Ref, Trace
from core.types import DType, Type

from .derived import derived, outside, traced
from .machines import backward, forward
from .shipped import Shipped

torch: Any = pytest.importorskip("torch")

WHOLE: Mapping[Any, DType] = {torch.int64: "int64", torch.int32: "int64", torch.bool: "bool"}


class Missing(Exception):
    """What PyTorch's module does and no layer of ours can be told to: a layer, or `Layer.argument`."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


def counted(trace: Trace, values: Mapping[int, Array]) -> dict[int, Array]:
    """Every value of the trace by the references."""
    known = dict(values)
    run = Circumstances(0)
    with np.errstate(all="ignore"):
        for step in trace.steps:
            inputs = [known[ref.index] for ref in step.inputs]
            results = step.primitive.reference(*inputs, **step.settings, **run.keywords_of(step.primitive))
            for ref, array in zip(step.outputs, results, strict=True):
                known[ref.index] = np.asarray(array, order="C")
    return known


@dataclass
class Bench:
    """Where one sample is run: in which mode and by whom, and what a translation had to do for it."""

    training: bool = False
    threads: int | None = None
    """How many the machine runs it on; None for kernels and references one by one."""
    notes: list[str] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)
    buffers: list[tuple[Any, Any]] = field(default_factory=list)
    """Each buffer of PyTorch's that a layer of ours would write, with our new value."""

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def __call__(
        self,
        name: str,
        inputs: Sequence[Any],
        arguments: Mapping[str, Any] | None = None,
        tensors: Mapping[str, Any] | None = None,
        inert: Mapping[str, Any] | None = None,
    ) -> tuple[Any, ...]:
        """The outputs of our layer. An argument that it lacks may be left out at its value in `inert`."""
        if name not in LAYERS:
            raise Missing(name)
        layer = bind(LAYERS[name], known_arguments(name, arguments or {}, inert or {}))
        return self._called(name, layer, inputs, tensors or {})

    def shipped(
        self, name: str, inputs: Sequence[Any], arguments: Mapping[str, Any], tensors: Mapping[str, Any]
    ) -> tuple[Any, ...]:
        """The outputs of a module of the library that ships."""
        return self._called(name, Shipped(name, tuple(arguments.items())), inputs, tensors)

    def _called(
        self, name: str, layer: Layer | Shipped, inputs: Sequence[Any], tensors: Mapping[str, Any]
    ) -> tuple[Any, ...]:
        if name not in self.layers:
            self.layers.append(name)
        call = _Call(layer, self, list(inputs), dict(tensors))
        results = _function().apply(call, *call.inputs, *call.tensors.values())
        return results if isinstance(results, tuple) else (results,)


def known_arguments(name: str, arguments: Mapping[str, Any], inert: Mapping[str, Any]) -> dict[str, Any]:
    """Those that the layer has. Raises Missing where it lacks one that is not at its inert value."""
    there = {spec.name for spec in LAYERS[name].arguments}
    for key, value in arguments.items():
        if key not in there and not (key in inert and inert[key] == value):
            raise Missing(f"{name}.{key}")
    return {key: value for key, value in arguments.items() if key in there}


class _Call:
    """A layer or module on tensors; PyTorch's autograd carries it from the forward to the backward."""

    def __init__(
        self, layer: Layer | Shipped, bench: Bench, inputs: list[Any], tensors: dict[str, Any]
    ) -> None:
        self.layer, self.bench, self.inputs, self.tensors = layer, bench, inputs, tensors
        self.types = tuple(_type(tensor) for tensor in inputs)
        self.traced = traced(layer, self.types, bench.training)
        wanted = set(self.traced.tensors)
        assert wanted == set(tensors), f"{type(layer).__name__} has {wanted}, the module {set(tensors)}"
        self.tensors = {key: tensors[key] for key in self.traced.tensors}
        for key, ref in self.traced.tensors.items():
            shape = tuple(tensors[key].shape)
            assert ref.shape == shape, f"{key} is {ref.shape} of ours, {shape} of theirs"
        self.values: list[Array] = []

    def forward(self, tensors: Sequence[Any]) -> tuple[Any, ...]:
        self.values = [_array(tensor) for tensor in tensors]
        known = self._forward()
        result = self.traced.result
        for key, ref in result.buffers.items():
            self.bench.buffers.append((self.tensors[key], _checked(known[ref.index], ref)))
        return tuple(_checked(known[ref.index], ref) for ref in result.values)

    def _forward(self) -> dict[int, Array]:
        """Every value that is asked for, by its number in the trace."""
        result, threads = self.traced.result, self.bench.threads
        if threads is None:
            values = _placed(outside(self.traced), self.values)
            return counted(self.traced.trace, values)
        wanted = (*result.values, *result.buffers.values())
        prepared = forward(self.layer, self.types, self.bench.training, threads)
        return _placed(wanted, prepared(self.values))

    def backward(self, cotangents: Sequence[Any]) -> list[Any]:
        given = tuple(dy is not None for dy in cotangents)
        back = derived(self.layer, self.types, self.bench.training, given)
        refs = outside(back.traced)
        starts = [_array(dy) for dy in cotangents if dy is not None]
        found = back.gradients
        if self.bench.threads is None:
            values = _placed((*refs, *back.starts), (*self.values, *starts))
            known = counted(back.traced.trace, values)
        else:
            prepared = backward(self.layer, self.types, self.bench.training, given, self.bench.threads)
            known = _placed((*back.outputs, *back.found), prepared([*self.values, *starts]))
        return [_checked(known[found[ref.index].index], ref) if ref.index in found else None for ref in refs]


def _placed(refs: Sequence[Ref], values: Sequence[Array]) -> dict[int, Array]:
    return {ref.index: value for ref, value in zip(refs, values, strict=True)}


def _function() -> Any:
    def forward(context: Any, call: _Call, *tensors: Any) -> Any:
        context.call = call
        results = call.forward(tensors)
        context.mark_non_differentiable(*(y for y in results if not y.is_floating_point()))
        return results

    def backward(context: Any, *cotangents: Any) -> Any:
        return None, *context.call.backward(cotangents)

    members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type("Ours", (torch.autograd.Function,), members)


def _type(tensor: Any) -> Type:
    return Type(tuple(tensor.shape), WHOLE.get(tensor.dtype, "float32"))


def _array(tensor: Any) -> Array:
    array = tensor.detach().numpy()
    return np.array(array, np.int64 if array.dtype == np.int32 else array.dtype, order="C")


def _checked(array: Array, ref: Ref) -> Any:
    assert array.shape == ref.shape, f"the trace says {ref.shape}, the run gave {array.shape}"
    return torch.from_numpy(array.copy())
