"""Designs of sequence layers in the engine: the same by kernels and by references, at any length."""

from dataclasses import replace

import numpy as np
import pytest

from core.engine.network import PlanError
from core.engine.run import Mode, run
from core.engine.weights import initial
from tests.engine.test_run import EXACT, arrays, samples
from tests.export.sequences import SEQUENCES, classifier


@pytest.mark.parametrize("name", SEQUENCES)
@pytest.mark.parametrize("training", [False, True])
def test_kernels_in_single_precision_are_near_references_in_double(name: str, training: bool) -> None:
    program = SEQUENCES[name]().program()
    weights, inputs = initial(program, None, 3), samples(program)
    mode = replace(EXACT, training=training)
    exact = arrays(run(program, weights, inputs, 3, mode))
    fast = arrays(run(program, weights, inputs, 3, replace(mode, kernels=True, precision="float32")))
    assert exact.keys() == fast.keys()
    largest = max(np.abs(array).max() for (kind, _), array in exact.items() if "gradient" in kind)
    for key, array in exact.items():
        scale = largest if "gradient" in key[0] else max(np.abs(array).max(), 1)
        assert np.isfinite(array).all()
        np.testing.assert_allclose(fast[key], array, atol=1e-4 * scale, rtol=1e-4, err_msg=str(key))


@pytest.mark.parametrize("sizes", [{"B": 1, "T": 1}, {"B": 2, "T": 16}])
def test_sequences_of_any_length_run(sizes: dict[str, int]) -> None:
    program = classifier().program()
    result = run(program, initial(program, None, 0), samples(program, sizes), 0, Mode(backward=True))
    assert result.outputs["logits"].shape == (sizes["B"], 4)


def test_a_sequence_longer_than_its_positions_is_refused() -> None:
    program = classifier().program()
    with pytest.raises(PlanError, match="expected at most 16 steps, got 17"):
        run(program, initial(program, None, 0), samples(program, {"T": 17}), 0)
