"""Settings of layers that slide over axes: a number for each axis, or one where all have the same."""

from typing import Any

from .quoted import Quoted


def each_axis(value: Any, axes: int) -> tuple[Any, ...]:
    """A value for each axis: the list's own, or the one value for all."""
    if is_list(value):
        return tuple(Quoted(f"({value.source})[{axis}]") for axis in range(axes))
    return tuple(value) if isinstance(value, tuple | list) else (value,) * axes


def is_list(value: Any) -> bool:
    """Whether it is an expression that comes to a value for each axis."""
    return isinstance(value, Quoted) and value.is_list


def short(values: tuple[Any, ...]) -> Any:
    """One value where all axes have the same, as a person would write it."""
    return values[0] if all(value is values[0] or value == values[0] for value in values) else values


def are_numbers(*values: Any) -> bool:
    """Whether all are whole numbers or lists of such, so that they can be reckoned with: no expressions."""
    return all(type(one) is int for value in values for one in each_axis(value, 1))
