"""What makes the engine quick stays so: by counts and by ratios in one run, never by a time alone."""

import sys

import pytest

from core.engine.warm import ready

from .case import case_of
from .children import compile_kernels
from .networks import NETWORKS
from .ours import ours

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Every kernel, before the first guard."""
    compile_kernels()
    assert ready()


@pytest.mark.parametrize("training", [False, True], ids=["forward", "train"])
@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_of_a_network_is_left_to_a_reference(name: str, training: bool) -> None:
    assert not ours(case_of(NETWORKS[name].document(small=True), training=training), 1).left


@pytest.mark.parametrize("training", [False, True], ids=["forward", "train"])
def test_no_network_triggers_a_compile(training: bool) -> None:
    for network in NETWORKS.values():
        ours(case_of(network.document(small=True), training=training), 1).run()
    assert "numba" not in sys.modules
