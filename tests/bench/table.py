"""The rows as a table of text."""

from collections.abc import Sequence

from .measure import Row

TITLES = ("workload", "case", "clock", "times", "median ms", "p99 ms", "worst ms", "budget", "")


def table(rows: Sequence[Row]) -> str:
    """A line for each row, in columns."""
    lines = [TITLES, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(TITLES))]
    return "\n".join(
        "  ".join(
            _cell(text, width, place) for place, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cell(text: str, width: int, column: int) -> str:
    return text.rjust(width) if 3 <= column <= 6 else text.ljust(width)


def _cells(row: Row) -> tuple[str, ...]:
    limits = [("median", row.budget.median), ("p99", row.budget.p99)]
    asked = ", ".join(f"{name} ≤ {limit:g}" for name, limit in limits if limit is not None)
    kept = "" if not asked else f"{'kept' if row.holds else 'EXCEEDED'}: {asked}"
    times = (f"{taken:.2f}" for taken in (row.median, row.p99, row.worst))
    return row.workload, row.case, row.clock, str(row.count), *times, kept, row.told
