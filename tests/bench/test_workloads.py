"""Each workload runs, in a size that is too small to say anything about times."""

import json
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from .__main__ import main
from .case import case_of
from .children import NoAnswerError, answer_of
from .limits import Limits, limits
from .measure import Budget, row
from .networks import NETWORKS
from .ours import ours
from .peers import CHANNELS_LAST
from .picture import picture
from .profile import profile, told
from .ratio_table import ratio_table
from .ratios import PASSES, Ratio, from_json
from .turns import TURN, Times, in_turns
from .workloads import WORKLOADS, Workload

SMALL = 60


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_measures_something(name: str, qapp: QApplication) -> None:
    rows = WORKLOADS[name].measure(SMALL, 1 if name in ("start", "first") else 3)
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


@pytest.mark.parametrize("passed", PASSES)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_runs_on_our_side(name: str, passed: str) -> None:
    side = ours(case_of(NETWORKS[name].document(small=True), training=passed == "train"), 1)
    side.run()
    assert all(np.isfinite(array).all() for array in side.outputs().values())
    assert bool(side.gradients()) == (passed == "train")
    assert side.flops > 0 < side.bytes


def test_a_profile_has_every_kernel_and_reference_of_a_run() -> None:
    side = ours(case_of(NETWORKS["lenet-64"].document(small=True), training=True), 1)
    side.run()
    shares = profile(side, 0.0)
    assert {share.what for share in shares} == set(side.machine.kernels())
    assert sum(share.calls for share in shares) == len(side.machine.kernels())
    assert shares[0].what in told(shares, 1)


def test_turns_that_waited_for_a_core_count_only_where_there_are_too_few_others() -> None:
    assert Times([1.0, 2.0, 3.0, 50.0], [0.0, 0.0, 0.0, 0.5]).median == 2.0
    assert Times([1.0, 2.0, 30.0, 50.0], [0.0, 0.0, 0.5, 0.5]).median == 16.0
    assert Times([3.0, 1.0, 2.0], [0.0, 0.5, 0.0]).quickest == 1.0


def test_sides_take_turns_and_what_is_quick_is_repeated_in_one() -> None:
    done: list[str] = []
    sides = {"slow": lambda: time.sleep(TURN), "quick": lambda: done.append("quick")}
    found = in_turns(sides, 0.0, clock=time.perf_counter, fewest=2)
    assert {name: len(times.each) for name, times in found.items()} == {"slow": 2, "quick": 2}
    assert found["quick"].median < 1.0 <= TURN * 1e3 <= found["slow"].median
    assert len(done) > 100


ROWS = [
    Ratio(workload="mlp", passed="forward", threads=2, peer="pytorch", ours_ms=1.0, peer_ms=4.0, share=0.5),
    Ratio(workload="mlp", passed="train", threads=2, peer="pytorch", ours_ms=2.0, peer_ms=1.0, ours_mb=3.0),
    Ratio(workload="lenet-1", passed="forward", threads=2, peer="pytorch", ours_ms=1.0, peer_ms=9.0),
    Ratio(workload="lenet-1", passed="forward", threads=2, peer=CHANNELS_LAST, ours_ms=1.0, peer_ms=1.0),
    Ratio(workload="lenet-1", passed="forward", threads=2, peer="jax", told="not ready within 150 s"),
]


QUICK = replace(ROWS[0], ours_quickest_ms=0.5, peer_quickest_ms=1.5)


def test_the_ratios_are_told_as_a_table_with_their_mean() -> None:
    text = ratio_table(ROWS)
    assert (
        "eager in its better layout, 2 threads, forward: 2.00" in text
    )  # √(4 · 1): channels-last is quicker
    assert "better layout, 2 threads, train: 0.50" in text
    assert "lenet-1 forward (2): jax: not ready within 150 s" in text
    assert "quickest turns" not in text
    assert "forward, quickest turns: 3.00" in ratio_table([QUICK])


def test_a_row_says_in_json_what_was_promised_and_reads_back() -> None:
    told = ROWS[0].as_json()
    assert (told["workload"], told["pass"], told["threads"], told["peer"]) == ("mlp", "forward", 2, "pytorch")
    assert (told["ours_ms"], told["peer_ms"], told["ratio"]) == (1.0, 4.0, 4.0)
    assert QUICK.as_json()["quickest"] == 3.0 and told["quickest"] is None
    assert {"ours_mb", "peer_mb", "share"} <= told.keys()
    assert from_json(json.loads(json.dumps(QUICK.as_json()))) == replace(QUICK, left=[])


def test_the_picture_shows_each_network_that_was_measured() -> None:
    root = ElementTree.fromstring(picture(ROWS))
    texts = ["".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert NETWORKS["mlp"].title in texts and NETWORKS["lenet-1"].title in texts
    assert "4.0×" in texts and "0.50×" in texts and "1.0×" in texts
    assert "Geometric mean: forward 2.0×, train 0.5×" in texts


def test_a_child_that_fails_or_takes_too_long_is_told_in_a_sentence() -> None:
    with pytest.raises(NoAnswerError, match="Question"):
        answer_of("compare", {"nonsense": 1}, threads=1, limit=100)
    with pytest.raises(NoAnswerError, match="not ready within 0 s"):
        answer_of("compare", {}, threads=1, limit=0.01)


def test_the_machine_s_limit_is_more_than_nothing_and_bounds_what_needs_it() -> None:
    found = limits(1, 0.1)
    assert found.gflops > 1 and found.gbytes > 0.1
    assert Limits(gflops=100.0, gbytes=10.0).share(int(2e9), int(1e6), 40.0) == pytest.approx(0.5)
    assert Limits(gflops=100.0, gbytes=10.0).share(int(1e6), int(2e8), 40.0) == pytest.approx(0.5)
