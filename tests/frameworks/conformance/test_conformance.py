"""Every sample of PyTorch's own tests and every awkward shape gives what PyTorch gives."""

from functools import cache

import pytest

from core.layers import LAYERS

from .awkward import awkward, indices, states
from .comparing import outcome
from .report import Row, row, written
from .samples import MODULES, Sample
from .scope import ABSENT

# PyTorch says so of what its own samples do: they are its own tests' affair.
pytestmark = [
    pytest.mark.filterwarnings("ignore:enable_nested_tensor is True:UserWarning"),
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths:UserWarning"),
    pytest.mark.filterwarnings("ignore:linear_cross_entropy. ``options`` ignored:UserWarning"),
    pytest.mark.filterwarnings("ignore:reduction. 'mean' divides the total loss:UserWarning"),
]


@cache
def found(module: str) -> Row:
    return row(module)


@pytest.mark.parametrize("module", MODULES)
def test_every_sample_in_scope_passes(module: str) -> None:
    assert not found(module).failures, "\n".join(found(module).failures)


@pytest.mark.parametrize("module", [name for name in MODULES if name not in ABSENT])
def test_every_sample_of_a_module_that_is_in_scope_is_run(module: str) -> None:
    assert found(module).passed == len(found(module).outcomes) > 0, found(module).outside


def test_what_is_out_of_scope_has_samples_and_is_no_layer() -> None:
    assert not ABSENT.keys() & LAYERS.keys()
    assert ABSENT.keys() <= MODULES.keys()


def test_the_report_counts_every_sample() -> None:
    some = [found(name) for name in ("Conv2d", "ReLU", "CTCLoss")]
    text = written(some)
    assert "Failures" not in text
    assert all(str(len(one.outcomes)) in text for one in some)


@pytest.mark.parametrize("sample", [*awkward(), *indices(), *states()], ids=str)
def test_an_awkward_shape_is_the_same(sample: Sample) -> None:
    result = outcome(sample)
    assert result.passed, result.fault or result.missing
