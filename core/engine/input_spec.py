"""What an Input takes, and whether an array is that: the gate that every sample passes."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from ..dim import substitute, text
from ..initialise import Array
from ..inputs import bound_shape, index_bound, root_input
from ..ports import port_default
from ..program import Program
from ..text import tr
from ..types import Type
from .memory import check_fits
from .network import PlanError


class SampleError(ValueError):
    """A sample that cannot be read, or does not fit its input: one sentence."""


@dataclass(frozen=True)
class InputSpec:
    """What a root input takes: whole numbers stay below `bound`; `sizes` has the example sizes."""

    name: str
    type: Type
    bound: int
    sizes: Mapping[str, int]
    default: float | None = None
    """The number that it is where nothing is given; None where something must be."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape at the example sizes."""
        return bound_shape(self.type, self.sizes)

    @property
    def is_whole(self) -> bool:
        """Whether it takes whole numbers."""
        return self.type.dtype == "int64"

    def __str__(self) -> str:
        """`B×1×28×28 of float32`."""
        return f"{Type(self.type.shape)} of {self.type.dtype}"


def input_specs(program: Program, sizes: Mapping[str, int] | None = None) -> dict[str, InputSpec]:
    """The root's inputs that have a type, by name, with the example sizes or those given in their place."""
    root = program.definitions[program.root]
    nodes = {entry.node.id: entry.node for entry in root.entries}
    arguments = {argument.name: argument.default for argument in root.module.arguments}
    known = {**program.symbols, **(sizes or {})}
    specs = {}
    for node in (nodes[key] for key in root.inputs):
        type_ = root_input(node, arguments).type
        if type_ is not None:
            limit = index_bound(node, arguments)
            specs[node.name] = InputSpec(node.name, type_, limit, known, port_default(node))
    return specs


def check_room(spec: InputSpec) -> None:
    """Raises SampleError, with the figures, where a sample at the example sizes would not fit into memory."""
    try:
        check_fits(
            prod(spec.shape) * np.dtype(spec.type.dtype).itemsize, tr("a sample for {name}", name=spec.name)
        )
    except PlanError as error:
        raise SampleError(error.message) from None


def fitted(spec: InputSpec, array: Array, source: str) -> Array:
    """The array as the input takes it, repeated over the batch where it is a single sample.

    `source` is how sentences call it. Raises SampleError where it does not fit.
    """
    if array.dtype.kind not in "biuf":
        raise SampleError(
            tr(
                "{source} holds {dtype}, {spec} takes {spec2}",
                source=source,
                dtype=array.dtype,
                spec=spec.name,
                spec2=spec,
            )
        )
    found = f"{Type(array.shape)} of {array.dtype}"
    array = _whole(spec, array, source) if spec.is_whole else array.astype(np.float32)
    if spec.type.rank and array.ndim == spec.type.rank - 1:
        check_room(spec)
        array = np.repeat(array[np.newaxis], spec.shape[0], axis=0)
    if not _matches(spec, array.shape):
        raise SampleError(
            tr(
                "{source} is {found}, {spec} takes {spec2}",
                source=source,
                found=found,
                spec=spec.name,
                spec2=spec,
            )
        )
    return np.ascontiguousarray(array)


def rows_fitted(spec: InputSpec, rows: Array, source: str) -> Array:
    """The same for rows of numbers, each row a sample whose axes may be written out in a line."""
    single = spec.shape[1:]
    if rows.shape[1:] != single and prod(rows.shape[1:]) == prod(single):
        rows = rows.reshape(len(rows), *single)
    return fitted(spec, rows, source)


def _whole(spec: InputSpec, array: Array, source: str) -> Array:
    if array.dtype.kind == "f" and not np.array_equal(array, np.trunc(array)):
        raise SampleError(
            tr("{source} holds fractions, {spec} takes whole numbers", source=source, spec=spec.name)
        )
    if array.size and not (array.min() >= 0 and array.max() < spec.bound):
        span = f"{array.min():g} to {array.max():g}"
        raise SampleError(
            tr(
                "{source} holds {span}, {spec} takes 0 to {bound}",
                source=source,
                span=span,
                spec=spec.name,
                bound=spec.bound - 1,
            )
        )
    return array.astype(np.int64)


def _matches(spec: InputSpec, shape: tuple[int, ...]) -> bool:
    """Whether some sizes of the symbols make the type this shape."""
    if len(shape) != spec.type.rank or 0 in shape:
        return False
    pairs = zip(spec.type.shape, shape, strict=True)
    sizes = {**spec.sizes, **{text(dim): size for dim, size in pairs}}
    return tuple(substitute(dim, sizes) for dim in spec.type.shape) == shape
