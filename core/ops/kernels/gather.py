"""The sum of rows into a table, which NumPy does element by element."""

from typing import Any

from ..jit import kernel


@kernel("int64(float32[:,::1], int64[::1], float32[:,::1], int64)")
def scatter_add(rows: Any, indices: Any, table: Any, unlearnt: int) -> int:
    """table[i] = Σ rows[n] over the n with indices[n] = i; 1 + n for an index outside the table, else 0.

    `unlearnt` is a row that stays 0, -1 for none.
    """
    table[:] = 0
    for n in range(indices.size):
        index = indices[n]
        if index < 0 or index >= table.shape[0]:
            return n + 1
        if index != unlearnt:
            for i in range(table.shape[1]):
                table[index, i] += rows[n, i]
    return 0
