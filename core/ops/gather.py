"""Rows of a table by their numbers, and the sum of rows back into a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dim import Dim
from ..types import Type
from .primitive import Array, BadIndex, Primitive, Ref, Step, apply


def gather(table: Ref, indices: Ref, unlearnt: int | None = None) -> Ref:
    """Row indices[…] of the table at each place; the row `unlearnt` passes no gradient back."""
    return apply("gather", table, indices, unlearnt=unlearnt)[0]


def scatter_add(rows: Ref, indices: Ref, count: Dim, unlearnt: int | None = None) -> Ref:
    """A table of `count` rows, each the sum of the `rows` that bear its number; `unlearnt` stays 0."""
    return apply("scatter_add", rows, indices, count=count, unlearnt=unlearnt)[0]


class _Gather(Primitive):
    """y[…, :] = table[indices[…], :]."""

    name = "gather"

    def types(self, table: Type, indices: Type, **settings: Any) -> tuple[Type, ...]:
        return (table.with_shape((*indices.shape, *table.shape[1:])),)

    def reference(self, table: Array, indices: Array, **settings: Any) -> tuple[Array, ...]:
        check_indices(indices, len(table))
        return (table[indices],)

    def backward(self, step: Step, dy: Ref) -> Sequence[Ref | None]:
        table, indices = step.inputs
        return scatter_add(dy, indices, table.shape[0], step.settings["unlearnt"]), None


class _ScatterAdd(Primitive):
    """table[i, :] = Σ rows[…, :] over the places where indices[…] = i."""

    name = "scatter_add"

    def types(self, rows: Type, indices: Type, *, count: Dim, **settings: Any) -> tuple[Type, ...]:
        return (rows.with_shape((count, *rows.shape[indices.rank :])),)

    def reference(
        self, rows: Array, indices: Array, *, count: int, unlearnt: int | None, **settings: Any
    ) -> tuple[Array, ...]:
        check_indices(indices, count)
        table = np.zeros((count, *rows.shape[indices.ndim :]), rows.dtype)
        np.add.at(table, indices, rows)
        if unlearnt is not None:
            table[unlearnt] = 0
        return (table,)


def check_indices(indices: Array, bound: int) -> None:
    """Raises BadIndex, naming the first index that is negative or not below `bound`."""
    bad = indices[(indices < 0) | (indices >= bound)]
    if bad.size:
        raise BadIndex(int(bad.flat[0]), bound)
