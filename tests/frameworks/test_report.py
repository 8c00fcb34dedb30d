"""The report of the lanes shows the largest differences, and ends badly where a cell is empty."""

from pathlib import Path

import pytest

from core.export import ExportError
from tests.frameworks import report
from tests.frameworks.recording import FOLDER, Cell, record, refusal_recorded

PRINTED = """largest relative differences
weights  tensors  outputs  gradients
file          11  1.5e-16    2.5e-15
random         7  3.5e-16    0.0e+00
mlp.py is the network that was drawn
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FOLDER, str(tmp_path / "rows"))
    return tmp_path / "rows"


def fill(lacking: set[tuple[str, str]]) -> None:
    for table, rows in report.expected().items():
        for row in rows:
            for framework in report.FRAMEWORKS:
                if (row, framework) not in lacking:
                    record(Cell(framework, table, row), PRINTED)


def test_of_several_checks_the_largest_differences_are_shown(folder: Path) -> None:
    cell = Cell("keras", "layers", "Linear")
    record(cell, PRINTED)
    record(cell, PRINTED.replace("1.5e-16", "4.5e-11"))
    assert str(report.read(folder)["layers"]["Linear", "keras"]) == "4e-11 / 2e-15"


def test_a_report_without_an_empty_cell_is_whole(folder: Path) -> None:
    fill(set())
    lines, is_whole = report.report(folder)
    assert is_whole and any(line.startswith("| Linear ") for line in lines)


def test_an_empty_cell_where_nothing_may_be_lacking_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill({("Linear", "flax")})
    assert report.main([str(folder)]) == 1
    assert "empty: Linear in flax: not checked" in capsys.readouterr().out


def test_five_cells_may_be_empty_in_gluon_and_onnx_and_say_what_is_missing(folder: Path) -> None:
    rows = report.expected()["layers"][:6]
    fill({(row, "gluon") for row in rows[:5]})
    for row in rows[:5]:
        with pytest.raises(ExportError), refusal_recorded(Cell("gluon", "layers", row)):
            raise ExportError("Gluon has no fold")
    lines, is_whole = report.report(folder)
    assert is_whole and f"empty: {rows[0]} in gluon: Gluon has no fold" in lines


def test_six_empty_cells_are_too_many(folder: Path) -> None:
    fill({(row, "onnx") for row in report.expected()["layers"][:6]})
    assert not report.report(folder)[1]
