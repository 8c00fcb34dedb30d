"""One call of a layer worked out: its outputs and counts, or what is wrong with it and what would mend it.

No tensor is made: the layer's forward is traced on references.
"""

from collections.abc import Mapping
from dataclasses import replace as replaced
from typing import Any

from .calls import Fault, NodeCall
from .condition import noting
from .dim import Dim, Symbolic, TooManyTerms, product
from .expression import ExpressionError
from .layers.layer import ArgumentError, Layer, ports_of
from .ports import variadic_names
from .text import tr
from .types import DType, ShapeError, Type

IMAGE_AXES = 4
"""Batch, channels, height and width."""

_FAULTS = (ShapeError, ArgumentError, ExpressionError, TooManyTerms, ZeroDivisionError, TypeError)


def worked_out(
    layer: Layer, arguments: Mapping[str, Any], inputs: tuple[Type, ...], outputs: int
) -> NodeCall:
    """The call of a layer with inputs that are all known; in error, `outputs` unknown ones."""
    try:
        with noting() as conditions:
            types, parameters, macs = _traced(layer, inputs)
    except _FAULTS as error:
        fault = _fault(layer, inputs, error)
        return NodeCall(inputs, (None,) * outputs, arguments, layer, faults=(fault,))
    return NodeCall(
        inputs,
        types,
        arguments,
        layer,
        own_parameters=parameters,
        own_macs=macs,
        conditions=tuple(conditions),
        is_doubtful=layer.takes_features and inputs[0].rank == IMAGE_AXES,
    )


def takes(layer: Layer, inputs: tuple[Type, ...]) -> bool:
    """Whether the inputs fit."""
    try:
        _traced(layer, inputs)
    except _FAULTS:
        return False
    return True


def _traced(layer: Layer, inputs: tuple[Type, ...]) -> tuple[tuple[Type, ...], Dim, Dim]:
    """The outputs' types, and how many parameters and multiply-accumulates there are."""
    traced = layer.trace(*inputs)
    outputs = tuple([ref.type for ref in traced.result.values])
    for type_ in outputs:
        if any(isinstance(dim, int) and dim < 1 for dim in type_.shape):
            raise ShapeError(None, tr("the output would be {type}; the input is too small", type=type_))
    parameters: Dim = 0
    for tensor in layer.parameters(*inputs).values():
        parameters += product(tensor.shape)
    macs: Dim = 0
    for step in traced.trace.steps:
        macs += step.primitive.macs(*[ref.type for ref in step.inputs], **step.settings)
    return outputs, parameters, macs


def _fault(layer: Layer, inputs: tuple[Type, ...], error: Exception) -> Fault:
    match error:
        case ShapeError():
            return _shape_fault(layer, inputs, error)
        case ArgumentError():
            return Fault(error.message, argument=error.argument)
        case TypeError() if not _has_symbols(layer, inputs):
            raise error
        case TypeError():
            return Fault(tr("this needs numbers; sizes that are not known yet cannot decide it"))
        case _:
            return Fault(str(error))


def _has_symbols(layer: Layer, inputs: tuple[Type, ...]) -> bool:
    values = [*vars(layer).values(), *[dim for type_ in inputs for dim in type_.shape]]
    return any(
        isinstance(v, Symbolic) for value in values for v in (value if isinstance(value, tuple) else (value,))
    )


# What would mend it, found by trying


def _shape_fault(layer: Layer, inputs: tuple[Type, ...], error: ShapeError) -> Fault:
    names = variadic_names(len(inputs)) if layer.variadic else ports_of(layer)[0]
    if error.port not in names and len(inputs) != 1:
        return Fault(error.message, error.port)
    place = names.index(error.port) if error.port in names else 0
    given = inputs[place]
    other: DType = "float32" if given.dtype == "int64" else "int64"
    retyped = takes(layer, _with(inputs, place, Type(given.shape, other)))
    return Fault(
        error.message,
        error.port,
        flatten=next((names[at] for at in _first(place, inputs) if _takes_flat(layer, inputs, at)), None),
        dtype=other if retyped else None,
        instead=_dim_instead(layer, inputs) if len(inputs) > 1 else None,
    )


def _first(place: int, inputs: tuple[Type, ...]) -> list[int]:
    """The places of the inputs, this one before the others."""
    return sorted(range(len(inputs)), key=lambda at: at != place)


def _takes_flat(layer: Layer, inputs: tuple[Type, ...], place: int) -> bool:
    given = inputs[place]
    if given.rank <= 2:
        return False
    flat = given.with_shape((given.shape[0], product(given.shape[1:])))
    return takes(layer, _with(inputs, place, flat))


def _dim_instead(layer: Layer, inputs: tuple[Type, ...]) -> tuple[str, int] | None:
    """The axis to work along, if there is one alone that fits."""
    if not any(spec.name == "dim" and spec.kind == "int" for spec in layer.arguments):
        return None
    axes = [axis for axis in range(inputs[0].rank) if takes(replaced(layer, **{"dim": axis}), inputs)]
    return ("dim", axes[0]) if len(axes) == 1 else None


def _with(inputs: tuple[Type, ...], place: int, instead: Type) -> tuple[Type, ...]:
    return (*inputs[:place], instead, *inputs[place + 1 :])
