"""Large results stay in the engine's memory: seen by the window, not copied, and given back."""

import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.engine import process as process_module
from core.engine.messages import Died, Finished, KernelsReady, Progress, Started, Stopped
from core.engine.process import EngineProcess
from core.engine.run import Mode, run
from core.engine.samples import input_specs, random_sample
from core.templates import template

from .designs import program_of
from .engines import engine, large_job, long_job, small_job, until
from .test_run import arrays, same

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the tests look at processes as Linux shows them"
)

VALUE = 100_000_000
"""Bytes of a value of the large job."""


@pytest.fixture(scope="module")
def lender() -> Iterator[EngineProcess]:
    """An engine for the tests that leave it alive and idle."""
    with engine() as process:
        process.submit(small_job())
        until(process, Finished)
        yield process


def held(pid: int | None) -> int:
    """The bytes of memory that a process holds."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    found = dict(line.split(":", 1) for line in lines)
    return 1024 * sum(int(found[name].split()[0]) for name in ("RssAnon", "RssShmem"))


def mapped() -> int:
    """The bytes of shared memory that this process has in its address space."""
    total = 0
    for line in Path("/proc/self/maps").read_text("ascii").splitlines():
        if "/memfd:layerloom" in line:
            start, _, end = line.split()[0].partition("-")
            total += int(end, 16) - int(start, 16)
    return total


def settled(process: EngineProcess) -> int:
    """What the engine holds once it waits again."""
    process.submit(small_job())
    until(process, Finished)
    return held(process.pid)


def test_large_values_are_lent_and_are_those_of_the_same_run_here(lender: EngineProcess) -> None:
    job = large_job()
    lender.submit(job)
    there = until(lender, Finished)
    assert there.lent
    assert same(run(job.program, {}, job.inputs, 0, job.mode), there.result)
    assert all(not array.flags.writeable for array in arrays(there.result).values())
    lender.submit(small_job())
    assert not until(lender, Finished).lent


def test_a_large_run_holds_each_of_its_values_once(lender: EngineProcess) -> None:
    before = settled(lender), mapped()
    for _ in range(2):
        lender.submit(large_job(count=6))
        finished = until(lender, Finished)
        # Six values, and the sample; what a reference takes beside them is given back at once.
        assert held(lender.pid) - before[0] < 7.3 * VALUE
        assert mapped() - before[1] < 7.3 * VALUE
        assert len(finished.result.values) > 6
        del finished
    assert settled(lender) - before[0] < VALUE / 4
    assert mapped() - before[1] < VALUE / 4


def test_what_nobody_looks_at_any_more_is_given_back(lender: EngineProcess) -> None:
    before = settled(lender)
    lender.submit(large_job())
    until(lender, Finished)
    assert held(lender.pid) - before > 2.5 * VALUE
    lender.forget()
    lender.submit(large_job(side=10, count=1))
    until(lender, Finished)
    assert held(lender.pid) - before < VALUE / 4


def test_a_large_run_that_is_stopped_gives_its_memory_back(lender: EngineProcess) -> None:
    before = settled(lender)
    lender.submit(large_job(count=12))
    until(lender, Progress)
    lender.stop()
    until(lender, Stopped)
    lender.wait(10)  # it is ready again
    lender.poll()
    assert held(lender.pid) - before < VALUE / 4


def test_a_lent_result_outlives_its_engine() -> None:
    with engine() as process:
        process.submit(large_job())
        result = until(process, Finished).result
    (y,) = result.outputs.values()
    np.testing.assert_allclose(y.sum(axis=-1)[::500], 1, rtol=1e-4)


def test_wishes_do_not_make_a_busy_engine_look_idle(lender: EngineProcess) -> None:
    lender.forget()
    lender.forget()
    first = lender.submit(long_job())
    until(lender, Progress)
    second = lender.submit(small_job())
    seen: list[object] = []
    assert until(lender, Finished, seen).job == second  # type: ignore[arg-type]
    assert Stopped(first) in seen


def test_an_engine_that_is_killed_in_a_large_run_is_said_to_have_lacked_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process_module, "LARGE", 300_000_000)
    with engine() as process:
        number = process.submit(large_job(count=12))
        needs = until(process, Started).needs
        assert 12 * VALUE < needs < 16 * VALUE
        os.kill(process.pid or 0, signal.SIGKILL)
        died = until(process, Died)
    assert died.job == number
    assert died.text == (
        "the engine was killed (signal 9), likely for want of memory: the run needed 1.4 GB; "
        "a smaller batch or smaller inputs need less"
    )


@pytest.mark.slow
def test_what_the_kernels_leave_in_any_order_is_seen_as_it_is() -> None:
    program = program_of(template("resnet-18").document())
    specs = input_specs(program)
    inputs = {
        name: random_sample(replace(spec, sizes={**spec.sizes, "B": 4}), 1) for name, spec in specs.items()
    }
    job = replace(small_job(), program=program, inputs=inputs, mode=Mode(training=True, backward=True))
    with engine() as process:
        process.start()
        until(process, KernelsReady)
        process.submit(job)
        finished = until(process, Finished)
    here = run(program, {}, inputs, 0, job.mode)
    assert finished.lent
    assert same(here, finished.result)
