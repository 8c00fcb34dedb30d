"""A layer that a framework has no word for, as the primitives that it is made of: a class of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..dim import Dim, Symbolic, symbol, symbols
from ..layers.layer import Layer, Tensor, Traced, ports_of
from ..layers.spelling import Code
from ..ops.primitive import Ref, Step
from ..types import Type
from .names import free, identifier, variable
from .values import Names, bare, filled, free_names


@dataclass(frozen=True, kw_only=True)
class Body:
    """The primitives of one mode in order; what is returned; the values that buffers have afterwards."""

    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    buffers: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Composed:
    """A class made of primitives. Values go by their numbers in the trace.

    `given` are the sizes that it is told, by what it calls them, `involved` those that its user has to work
    out; `names` spells every size in `forward`.
    """

    name: str
    help: str
    given: Mapping[str, str]
    involved: Mapping[str, Dim]
    names: Names
    tensors: Mapping[str, Tensor]
    learnt: frozenset[str]
    inputs: Mapping[int, str]
    held: Mapping[int, str]
    attributes: Mapping[str, str]
    """What the class calls each tensor."""
    text: str
    """The expression that it returns, in the framework's words; empty where the primitives are printed."""
    evaluation: Body
    training: Body | None
    ranks: tuple[tuple[int, ...], tuple[int, ...]]
    """How many axes each input and each result has."""

    @property
    def construct(self) -> Code:
        """How it is made, in the sizes of its user."""
        return Code(self.name, tuple(self.involved.get(size, symbol(size)) for size in self.given))


def composed(layer: Layer, types: tuple[Type, ...], name: str, template: str = "") -> Composed:
    """The class of that name for the layer at inputs of these types.

    `template` is the expression that it returns, with places for inputs and tensors; without one it is
    printed from its primitives.
    """
    types, involved = _with_bare_sizes(types)
    traced = layer.trace(*types)
    trained = layer.trace(*types, training=True) if layer.reads_mode else None
    tensors = {**layer.parameters(*types), **layer.buffers(*types)}
    ports = ports_of(layer)[0] or tuple(f"x{i + 1}" for i in range(len(types)))
    inputs = {ref.index: variable(port) for ref, port in zip(traced.inputs, ports, strict=True)}
    shown = {
        size: f"{inputs[ref.index]}.shape[{axis}]"
        for ref in reversed(traced.inputs)
        for axis, dim in reversed(list(enumerate(ref.shape)))
        if (size := bare(dim)) is not None
    }
    read = {size for one in (traced, trained) if one is not None for size in _sizes_read(one)}
    told = sorted(
        (read - shown.keys()) | {size for one in tensors.values() for size in free_names(one.shape)}
    )
    given: dict[str, str] = {}
    for size in told:
        given[size] = identifier(size, set(given.values()), "size")
    attributes: dict[str, str] = {}
    for tensor in tensors:
        attributes[tensor] = free(tensor, {*given.values(), *attributes.values()})
    places = {**dict(zip(ports, inputs.values(), strict=True)),
              **{tensor: f"self.{attribute}" for tensor, attribute in attributes.items()}}  # fmt: skip
    return Composed(
        name=name,
        help=(layer.__doc__ or "").strip().split("\n")[0],
        given=given,
        involved=involved,
        names={**{size: f"self.{given[size]}" for size in given}, **shown},
        tensors=tensors,
        learnt=frozenset(layer.parameters(*types)),
        inputs=inputs,
        held={ref.index: attributes[name] for name, ref in traced.tensors.items()},
        attributes=attributes,
        text=filled(template, places) if template else "",
        evaluation=_body(traced),
        training=_body(trained) if trained is not None and not _same(traced, trained) else None,
        ranks=(
            tuple(type_.rank for type_ in types),
            tuple(ref.type.rank for ref in traced.result.values),
        ),
    )


def _with_bare_sizes(types: tuple[Type, ...]) -> tuple[tuple[Type, ...], Mapping[str, Dim]]:
    """The types with a size of its own for each involved dimension, and what these sizes stand for."""
    known = {name for type_ in types for dim in type_.shape for name in free_names(dim)}
    sizes: dict[Dim, Dim] = {}
    involved: dict[str, Dim] = {}
    for dim in (dim for type_ in types for dim in type_.shape):
        if isinstance(dim, Symbolic) and bare(dim) is None and dim not in sizes:
            name = free(f"size{len(sizes) + 1}", known)
            sizes[dim], involved[name] = symbol(name), dim
    renamed = tuple(type_.with_shape(tuple(sizes.get(dim, dim) for dim in type_.shape)) for type_ in types)
    return renamed, involved


def _body(traced: Traced) -> Body:
    return Body(
        steps=tuple(traced.trace.steps),
        outputs=tuple(ref.index for ref in traced.result.values),
        buffers={name: ref.index for name, ref in traced.result.buffers.items()},
    )


def _same(one: Traced, other: Traced) -> bool:
    """Whether both modes do the same: the values of the two traces are numbered alike."""
    return _spelled_out(one) == _spelled_out(other)


def _spelled_out(traced: Traced) -> list[Any]:
    results = _numbers((*traced.result.values, *traced.result.buffers.values()))
    steps = traced.trace.steps
    return [results, *((one.primitive.name, one.settings, _numbers(one.inputs)) for one in steps)]


def _numbers(refs: Iterable[Ref]) -> list[int]:
    return [ref.index for ref in refs]


def _sizes_read(traced: Traced) -> Iterable[str]:
    """The sizes in what the primitives are told, their inputs' own types among it."""
    for step in traced.trace.steps:
        for value in (*step.settings.values(), *(dim for ref in step.inputs for dim in ref.shape)):
            yield from _symbols(value)


def _symbols(value: Any) -> Iterable[str]:
    if isinstance(value, Symbolic):
        yield from symbols(value)
    elif isinstance(value, tuple):
        for part in value:
            yield from _symbols(part)
