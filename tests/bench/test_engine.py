"""The first run of a new installation: it does not wait for kernels to be compiled."""

import sys
from pathlib import Path
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

pytestmark = [
    pytest.mark.bench,
    pytest.mark.skipif(sys.platform != "linux", reason="the compiling process is found as Linux shows it"),
]


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
