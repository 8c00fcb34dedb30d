"""The first result comes soon: of ResNet-18 by ratios in one run, of processes that take turns.

In a new installation it does not wait for kernels to be compiled.
"""

import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from core.engine import warm
from core.engine.messages import Event, Finished, Job, KernelsReady
from core.engine.process import EngineProcess
from core.engine.run import Mode
from core.engine.samples import input_specs, random_sample
from core.ops import jit
from core.templates import template
from tests.engine.designs import program_of
from tests.engine.engines import engine, kill_the_compiler, until

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


def job() -> Job:
    program = program_of(template("mlp").document())
    inputs = {name: random_sample(spec, 1) for name, spec in input_specs(program).items()}
    return Job(program=program, inputs=inputs, mode=Mode(backward=True))


def seconds(process: EngineProcess) -> float:
    begin = perf_counter()
    process.submit(job())
    seen: list[Event] = []
    until(process, Finished, seen)
    took = perf_counter() - begin
    assert KernelsReady() not in seen
    return took


@pytest.mark.skipif(sys.platform != "linux", reason="the compiling process is found as Linux shows it")
def test_the_first_run_shows_before_the_kernels_are_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    assert not warm.ready()
    with engine() as process:
        cold = seconds(process)
        started = seconds(process)
        print(f"first run {cold:.3f} s with the engine's start, {started:.3f} s without")
        kill_the_compiler(process)
