"""Writes down how near each exported network came to the drawing, for the report of the lanes.

Nothing is written unless LAYERLOOM_FRAMEWORK_REPORT names a folder. Each process has a file of its own there.
"""

import csv
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.export import ExportError

FOLDER = "LAYERLOOM_FRAMEWORK_REPORT"

COLUMNS = ("framework", "table", "name", "outputs", "gradients", "refused")

NUMBERS = re.compile(r"^(?:file|random) +\d+ +([\d.e+-]+)(?: +([\d.e+-]+))?$", re.MULTILINE)
"""The rows that a check prints in the end: for each set of weights the largest differences."""


@dataclass(frozen=True)
class Cell:
    """Where a number belongs: a framework's column, a table, and a row of it."""

    framework: str
    table: str
    name: str


def record(cell: Cell, output: str) -> None:
    """Writes down the largest differences that a check printed, of what has a row."""
    if not cell.table:
        return
    found = NUMBERS.findall(output)
    assert found, f"{cell}: the check printed no differences:\n{output}"
    outputs = max(float(one) for one, _ in found)
    gradients = [float(one) for _, one in found if one]
    _write(cell, f"{outputs:.1e}", f"{max(gradients):.1e}" if gradients else "", "")


@contextmanager
def refusal_recorded(cell: Cell) -> Iterator[None]:
    """Writes down why an export was refused, where it is."""
    try:
        yield
    except ExportError as error:
        if cell.table:
            _write(cell, "", "", str(error))
        raise


def _write(cell: Cell, *rest: str) -> None:
    folder = os.environ.get(FOLDER)
    if not folder:
        return
    path = Path(folder) / f"{cell.framework}-{os.getpid()}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow((cell.framework, cell.table, cell.name, *rest))
