"""The engine beside PyTorch in one run: how many times as fast it is at least, and what memory it takes."""

from dataclasses import asdict

import pytest

from .children import answer_of, compile_kernels
from .compare import Question, answered
from .footprint import Asked
from .peers import EAGER
from .ratios import Pass

pytest.importorskip("torch")

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

AT_LEAST: dict[tuple[str, Pass], float] = {
    ("tiny-mlp", "forward"): 15.0,
    ("tiny-mlp", "train"): 30.0,
    ("mlp", "forward"): 1.1,
    ("mlp", "train"): 1.1,
    ("resnet-18-1", "forward"): 1.5,
    ("attention-8", "forward"): 1.1,
    ("attention-8", "train"): 1.3,
}
"""A sixth or more below the best of three tries on a busy machine: CPU time, one thread each, of either side.

There the best were 23, 51, 1.4, 1.5, 2.2, 1.4 and 1.6, with AVX-512.
"""

TRIES = 3

MEMORY = ["lenet-64", "resnet-18-32", "attention-8"]


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """Every kernel, before the first comparison."""
    compile_kernels()


@pytest.mark.parametrize(("name", "passed"), AT_LEAST)
def test_a_network_keeps_its_lead(name: str, passed: Pass) -> None:
    question = Question(workload=name, training=passed == "train", threads=1, family="pytorch", seconds=1.0)
    best = 0.0
    for _ in range(TRIES):
        found = answered(question)
        assert not any(answer.told for answer in found), found
        best = max(best, min(answer.peer_ms / answer.ours_ms for answer in found))
        if best >= AT_LEAST[name, passed]:
            return
    raise AssertionError(f"{best:.2f} times as fast as PyTorch, not {AT_LEAST[name, passed]}")


@pytest.mark.parametrize("name", MEMORY)
def test_training_takes_no_more_memory_than_in_pytorch(name: str) -> None:
    asked = [asdict(Asked(workload=name, training=True, threads=1, peer=peer)) for peer in ("ours", EAGER)]
    ours, theirs = (answer_of("footprint", each, threads=1, limit=100) for each in asked)
    assert ours <= theirs, f"{ours} MiB, PyTorch {theirs}"
