"""Steps of optimisers by kernels: what NumPy's steps are, wherever a vector ends, and NaN stays NaN."""

import numpy as np
import pytest

from core.engine.clip import Clip
from core.engine.descent import Stepwise
from core.engine.optimiser import SGD, Adam, AdamW, Optimiser, RMSprop
from core.initialise import Array
from core.kernels.optimiser import UPDATES
from core.machine.descent import Compiled, update_at

OPTIMISERS = [
    SGD(rate=0.1, weight_decay=0.1),
    SGD(momentum=0.9),
    SGD(momentum=0.9, nesterov=True),
    Adam(weight_decay=0.1),
    AdamW(),
    RMSprop(),
    RMSprop(momentum=0.9),
    RMSprop(centered=True, eps=1e-3),
    RMSprop(centered=True, momentum=0.9, eps=1e-3),
]
every_optimiser = pytest.mark.parametrize("optimiser", OPTIMISERS, ids=str)
CLIP = Clip(norm=3.0, value=1.0)


def stepped(make: type[Stepwise | Compiled], optimiser: Optimiser, count: int, threads: int = 1) -> Array:
    """The parameters after three steps down drawn gradients."""
    chance = np.random.default_rng(count)
    parameters, gradient = (chance.standard_normal(count).astype(np.float32) for _ in range(2))
    own = (threads,) if make is Compiled else ()
    descent = make(optimiser, CLIP, parameters, gradient, *own)
    for _ in range(3):
        gradient[...] = chance.standard_normal(count)
        descent.step(optimiser.rate)
    return parameters


def test_every_update_has_an_optimiser() -> None:
    assert {update_at(optimiser, 1)[0] for optimiser in OPTIMISERS} == set(UPDATES)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("count", [1, 15, 16, 47, 1000])
@every_optimiser
def test_a_step_reaches_every_parameter_and_nothing_else(
    optimiser: Optimiser, count: int, threads: int
) -> None:
    wanted = stepped(Stepwise, optimiser, count)
    found = stepped(Compiled, optimiser, count, threads)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    again = stepped(Compiled, optimiser, count, threads)
    assert found.tobytes() == again.tobytes()


@every_optimiser
def test_nan_stays_with_its_parameter_unless_the_norm_spreads_it(optimiser: Optimiser) -> None:
    for clip in (Clip(value=1.0), CLIP):
        parameters, gradient = np.ones(20, np.float32), np.ones(20, np.float32)
        gradient[7] = np.nan
        Compiled(optimiser, clip, parameters, gradient).step(optimiser.rate)
        assert np.flatnonzero(np.isnan(parameters)).tolist() == (
            [7] if clip.norm == np.inf else list(range(20))
        )


@every_optimiser
def test_nothing_beside_the_vector_is_written(optimiser: Optimiser) -> None:
    whole = np.full(64, 5.0, np.float32)
    Compiled(optimiser, CLIP, whole[16:37], np.ones(21, np.float32), 2).step(0.1)
    assert (whole[:16] == 5).all() and (whole[37:] == 5).all() and (whole[16:37] != 5).all()
