"""Settings of layers that slide over axes: a number for each axis, or one where all have the same."""

from typing import Any


def each_axis(value: Any, axes: int) -> tuple[Any, ...]:
    """A value for each axis: the list's own, or the one value for all."""
    return tuple(value) if isinstance(value, tuple | list) else (value,) * axes


def short(values: tuple[Any, ...]) -> Any:
    """One value where all axes have the same, as a person would write it."""
    return values[0] if all(value is values[0] or value == values[0] for value in values) else values


def are_numbers(*values: Any) -> bool:
    """Whether all are whole numbers or lists of such, so that they can be reckoned with: no expressions."""
    return all(type(one) is int for value in values for one in each_axis(value, 1))
