"""Each workload runs, in a size that is too small to say anything about times."""

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from .__main__ import main
from .measure import Budget, row
from .workloads import WORKLOADS, Workload

SMALL = 60


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_measures_something(name: str, qapp: QApplication) -> None:
    rows = WORKLOADS[name].measure(SMALL, 3 if name != "start" else 1)
    assert len({(row.workload, row.case, row.clock) for row in rows}) == len(rows)
    assert {row.workload for row in rows} == {name}
    assert all(0 < row.median <= row.p99 <= row.worst for row in rows)


def test_the_rows_are_told_as_a_table_and_as_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    times = [float(time) for time in range(1, 201)]
    rows = [row("resolve", "case", times, Budget(median=100.0, p99=197.0))]
    monkeypatch.setitem(WORKLOADS, "resolve", Workload(lambda size, count: rows, 0, 0))
    assert main(["resolve", "--json", str(tmp_path / "rows.json")]) == 1
    assert "100.00  198.00    200.00  EXCEEDED: median ≤ 100, p99 ≤ 197" in capsys.readouterr().out
    [told] = json.loads((tmp_path / "rows.json").read_text())
    assert told["median"] == 100.0 and told["p99"] == 198.0 and told["count"] == 200
