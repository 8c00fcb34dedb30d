"""Each framework that the engine is measured against computes the same, at sizes too small for times."""

from typing import Any

import pytest

from .compare import Question, answered
from .footprint import Asked, peak_mb
from .networks import NETWORKS
from .peers import CHANNELS_LAST, EAGER, FAMILIES, sides
from .ratios import PASSES, Pass
from .side import Apart

pytest.importorskip("torch")
pytest.importorskip("onnxruntime")
pytest.importorskip("flax")

CASES = [
    (family, passed)
    for family, known in FAMILIES.items()
    if family != "torch.compile"
    for passed in PASSES
    if known.trains or passed == "forward"
]


@pytest.mark.parametrize(("family", "passed"), CASES)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_peer_has_our_results(name: str, family: str, passed: Pass) -> None:
    question = Question(
        workload=name, training=passed == "train", threads=1, family=family, seconds=0.0, small=True
    )
    found = answered(question)
    assert {answer.peer for answer in found} <= set(FAMILIES[family].peers)
    assert len(found) == (2 if family == "pytorch" and NETWORKS[name].images else 1)
    for answer in found:
        assert not answer.told, answer.told
        assert answer.ours_ms > 0 < answer.peer_ms


def test_gradients_may_be_far_apart_only_where_a_batch_is_normalised() -> None:
    assert Apart(0.0, 1e-3, of_batches=False).told(training=True).startswith("WRONG: the gradients are")
    assert not Apart(0.0, 1e-3, of_batches=True).told(training=True)


def test_wrong_results_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def spoilt(*given: Any, **named: Any) -> Any:
        found = sides(*given, **named)
        parameter = next(iter(found[EAGER].model.parameters()))  # type: ignore[attr-defined]  # PyTorch's side has one
        parameter.data.mul_(1.01)
        return found

    monkeypatch.setattr("tests.bench.compare.sides", spoilt)
    question = Question(workload="mlp", training=False, threads=1, family="pytorch", seconds=0.0, small=True)
    [answer] = answered(question)
    assert answer.told.startswith("WRONG: the outputs are")


@pytest.mark.parametrize("peer", ["ours", EAGER, CHANNELS_LAST, "onnxruntime", "jax"])
def test_the_memory_of_a_side_is_measured(peer: str) -> None:
    training = peer != "onnxruntime"
    asked = Asked(workload="resnet-50-1", training=training, threads=1, peer=peer, small=True)
    assert peak_mb(asked) > 0.05
