"""What the frameworks' lanes came to: `python -m tests.frameworks.report FOLDER`.

Prints, in Markdown, how near each layer, module and template comes to the drawing in each framework: the
largest relative differences of its outputs and of its gradients. Ends with 1 where a cell is empty that
should not be.
"""

import csv
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.layers import LAYERS
from core.library import shipped
from core.templates import templates
from tests.frameworks.recording import COLUMNS

FRAMEWORKS = ("pytorch", "keras", "flax", "gluon", "onnx")

WHOLE = ("pytorch", "keras", "flax")
"""Frameworks that lack nothing."""

MOST_EMPTY = 5
"""So many cells may be empty in the others."""


@dataclass(frozen=True)
class Cell:
    """The largest differences that were seen, or why there is none."""

    outputs: float | None = None
    gradients: float | None = None
    refused: str = ""

    def joined(self, other: "Cell") -> "Cell":
        """Of two checks the larger differences."""
        return Cell(
            _larger(self.outputs, other.outputs),
            _larger(self.gradients, other.gradients),
            self.refused or other.refused,
        )

    def __str__(self) -> str:
        if self.outputs is None:
            return self.refused or "not checked"
        return f"{self.outputs:.0e}" + ("" if self.gradients is None else f" / {self.gradients:.0e}")


Table = Mapping[tuple[str, str], Cell]
"""Cells by row and framework."""


def _larger(a: float | None, b: float | None) -> float | None:
    return max((one for one in (a, b) if one is not None), default=None)


def expected() -> dict[str, list[str]]:
    """The rows of each table."""
    return {
        "layers": sorted(name for name, layer in LAYERS.items() if not layer.structural),
        "modules": sorted(entry.name for entry in shipped().entries),
        "templates": [one.id for one in templates()],
    }


def read(folder: Path) -> dict[str, dict[tuple[str, str], Cell]]:
    """The cells of each table, from the files of every process."""
    tables: dict[str, dict[tuple[str, str], Cell]] = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file, COLUMNS):
                cell = Cell(_number(line["outputs"]), _number(line["gradients"]), line["refused"])
                table, place = tables.setdefault(line["table"], {}), (line["name"], line["framework"])
                table[place] = table.get(place, Cell()).joined(cell)
    return tables


def _number(text: str) -> float | None:
    return float(text) if text else None


def printed(title: str, rows: Iterable[str], table: Table) -> list[str]:
    """A table in Markdown whose columns are as wide as their cells."""
    lines = [
        [title, *FRAMEWORKS],
        *([row, *(str(table.get((row, one), Cell())) for one in FRAMEWORKS)] for row in rows),
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    return [f"| {' | '.join(map(str.ljust, line, widths))} |" for line in lines]


def empty(rows: Sequence[str], table: Table, frameworks: Iterable[str]) -> list[str]:
    """The cells without a number, each with the reason."""
    places = ((row, one) for row in rows for one in frameworks)
    cells = {place: table.get(place, Cell()) for place in places}
    return [f"{row} in {one}: {cell}" for (row, one), cell in cells.items() if cell.outputs is None]


def report(folder: Path) -> tuple[list[str], bool]:
    """The lines of the report, and whether nothing is lacking."""
    tables, lines, is_whole = read(folder), [], True
    lines.append("Largest relative differences of outputs / of gradients (ONNX: float32, and no gradients)")
    for title, rows in expected().items():
        table = tables.get(title, {})
        lines += ["", *printed(title, rows, table), ""]
        wrong = empty(rows, table, WHOLE)
        fewer = empty(rows, table, [one for one in FRAMEWORKS if one not in WHOLE])
        lines += [f"empty: {one}" for one in (*wrong, *fewer)]
        is_whole = is_whole and not wrong and len(fewer) <= MOST_EMPTY
        lines.append(_largest(title, table))
    return lines, is_whole


def _largest(title: str, table: Table) -> str:
    """What the worst of a table's cells is, framework by framework."""
    worst = {}
    for one in FRAMEWORKS:
        cells = [cell for (_, framework), cell in table.items() if framework == one]
        worst[one] = Cell(
            max((cell.outputs for cell in cells if cell.outputs is not None), default=None),
            max((cell.gradients for cell in cells if cell.gradients is not None), default=None),
        )
    return f"largest of all {title}: " + ", ".join(f"{one} {cell}" for one, cell in worst.items())


def main(arguments: Sequence[str]) -> int:
    """Prints the report of a folder; 1 where a cell is empty that should not be."""
    (folder,) = arguments
    lines, is_whole = report(Path(folder))
    print("\n".join(lines))
    return 0 if is_whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
