"""The first result of ResNet-18 comes soon: by ratios in one run, of processes that take turns."""

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import pytest

from .children import compile_kernels
from .first import cold, design, forward, import_torch, run_of, spent_on

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]

TURNS = 5


@pytest.fixture(scope="module")
def file() -> Iterator[Path]:
    compile_kernels()
    with design() as file:
        spent_on(run_of(file))  # bytecode is written, pages are read
        yield file


def in_turns(*acts: Callable[[], float]) -> list[float]:
    """The median of each, after several turns."""
    times = list(zip(*([act() for act in acts] for _ in range(TURNS)), strict=True))
    return [median(taken) for taken in times]


@pytest.mark.skipif(find_spec("torch") is None, reason="compared with importing PyTorch")
def test_from_start_to_the_first_result_takes_less_than_importing_pytorch(file: Path) -> None:
    import_torch()
    ours, theirs = in_turns(lambda: spent_on(run_of(file)), import_torch)
    print(f"first result {ours:.0f} ms of CPU, import torch {theirs:.0f} ms, ratio {theirs / ours:.2f}")
    assert ours < theirs


def test_where_nothing_was_compiled_the_first_result_waits_for_numpy_alone(file: Path) -> None:
    ours, without, product = in_turns(
        lambda: spent_on(run_of(file)), lambda: cold(file), lambda: forward(file)
    )
    print(
        f"kernels there {ours:.0f} ms of CPU, none {without:.0f} ms, of it NumPy's forward {product:.0f} ms"
    )
    assert without <= 2 * ours + product
