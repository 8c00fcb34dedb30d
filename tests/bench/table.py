"""The rows with budgets as a table of text."""

from collections.abc import Sequence

from .columns import columns
from .measure import Row

TITLES = ("workload", "case", "clock", "times", "median ms", "p99 ms", "worst ms", "budget", "")


def table(rows: Sequence[Row]) -> str:
    """A line for each row, in columns."""
    return columns(TITLES, [_cells(row) for row in rows], range(3, 7))


def _cells(row: Row) -> tuple[str, ...]:
    limits = [("median", row.budget.median), ("p99", row.budget.p99)]
    asked = ", ".join(f"{name} ≤ {limit:g}" for name, limit in limits if limit is not None)
    kept = "" if not asked else f"{'kept' if row.holds else 'EXCEEDED'}: {asked}"
    times = (f"{taken:.2f}" for taken in (row.median, row.p99, row.worst))
    return row.workload, row.case, row.clock, str(row.count), *times, kept, row.told
