"""Weights stay with their calls, whatever happens to the design between a run's start and its end."""

from pathlib import Path

import numpy as np
import pytest

from core import edits
from core.document import Change, Document
from core.engine.run import Mode, run
from core.engine.weightfile import load_weights
from core.initialise import Array
from core.program import Program, build_program
from core.record import Initial
from core.resolve import Resolver
from ui.run.kept_weights import KeptWeights


class Bench:
    """A design of one Linear, and weights that follow its edits."""

    def __init__(self) -> None:
        self.document: Document = edits.new_document()
        self.linear = edits.insert_after(self.document, self.document.nodes("main")[0].id, "Linear")
        self.resolver = Resolver(self.document)
        self.weights = KeptWeights()
        self.document.subscribe(self._follow)

    def _follow(self, change: Change) -> None:
        self.resolver.update(change)
        self.weights.follow(change, self.resolver.calls_of)

    @property
    def program(self) -> Program:
        """The design as it is now."""
        return build_program(self.document, self.resolver)

    def drawn(self, seed: int = 0) -> dict[str, Array]:
        """Starts a run, and gives what it draws."""
        weights = self.weights.begin(self.program)
        inputs = {"x": np.ones((2, 20), np.float32)}
        return dict(run(self.program, weights, inputs, seed, Mode()).drawn)

    def set_width(self, width: int) -> None:
        """Sets how many features come out."""
        edits.set_argument(self.document, self.linear, "out_features", width)

    def load(self, file: Path) -> Array:
        """Loads weights of this design at another seed; returns the weight."""
        other = KeptWeights()
        other.save(file, self.program, seed=5)
        self.weights.load(file, self.program)
        return self.weights.arrays[f"{self.linear}/weight"]


@pytest.fixture
def bench() -> Bench:
    """A new bench."""
    return Bench()


def test_what_a_run_draws_goes_to_where_its_calls_were_grouped_meanwhile(bench: Bench) -> None:
    drawn = bench.drawn()
    group = edits.group(bench.document, [bench.linear], "Front")
    outer = edits.group(bench.document, [group], "Outer")
    bench.weights.keep(drawn)
    slot = f"{outer}/{group}/{bench.linear}/weight"
    assert bench.weights.arrays[slot] is drawn[f"{bench.linear}/weight"]
    bench.document.undo()
    bench.document.undo()
    assert bench.weights.arrays.keys() == drawn.keys()


def test_what_a_run_draws_is_dropped_where_weights_were_given_up_meanwhile(
    bench: Bench, tmp_path: Path
) -> None:
    for give_up in (bench.weights.forget, bench.weights.forget_drawn):
        drawn = bench.drawn()
        give_up()
        bench.weights.keep(drawn)
        assert not bench.weights.arrays
    drawn = bench.drawn()
    loaded = bench.load(tmp_path / "other.safetensors")
    bench.weights.keep(drawn)
    assert bench.weights.arrays[f"{bench.linear}/weight"] is loaded


def test_loaded_weights_come_back_when_an_edit_that_they_did_not_fit_is_taken_back(
    bench: Bench, tmp_path: Path
) -> None:
    loaded = bench.load(tmp_path / "other.safetensors")
    bench.set_width(7)
    bench.weights.keep(bench.drawn())
    assert bench.weights.arrays[f"{bench.linear}/weight"].shape == (7, 20)
    bench.document.undo()
    assert not bench.drawn()
    assert bench.weights.arrays[f"{bench.linear}/weight"] is loaded


def test_every_tensor_is_saved_though_some_no_longer_fit(bench: Bench, tmp_path: Path) -> None:
    bench.weights.keep(bench.drawn())
    bench.set_width(7)
    file = tmp_path / "weights.safetensors"
    assert bench.weights.save(file, bench.program, seed=0) == 2
    loaded, report = load_weights(file, bench.program)
    assert report.complete
    np.testing.assert_array_equal(loaded[f"{bench.linear}/weight"], bench.drawn()[f"{bench.linear}/weight"])


def test_other_first_values_are_drawn_by_the_next_run_and_nothing_else_changes() -> None:
    bench = Bench()
    first = bench.drawn()
    bench.weights.keep(first)
    edits.set_initial(bench.document, bench.linear, "weight", Initial("zeros"))
    again = bench.drawn()
    assert again.keys() == first.keys()
    for name, array in again.items():
        if name.endswith("/weight"):
            assert not array.any() and first[name].any()
        else:
            np.testing.assert_array_equal(array, first[name])
