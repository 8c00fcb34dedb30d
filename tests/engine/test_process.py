"""The engine in its own process: it runs, stops, dies and is started again, and the window never waits."""

import os
import resource
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.engine import blas, process as process_module, shared, warm
from core.engine.cotangent import Cotangent
from core.engine.messages import (
    Checked,
    Died,
    Event,
    Failed,
    Finished,
    GradientJob,
    KernelsComing,
    KernelsMissing,
    KernelsReady,
    Progress,
    Started,
    Stopped,
)
from core.engine.process import EngineProcess
from core.engine.run import run
from core.engine.samples import digits_sample, input_specs
from core.ops import jit
from core.templates import template
from core.text import set_language
from core.types import Type
from tests.core.user_files import SWISH, trusted

from .designs import chain, program_of
from .engines import (
    PATIENCE,
    compilers,
    copied_cache,
    deaf_job,
    engine,
    kill_the_compiler,
    large_job,
    long_job,
    small_job,
    until,
    without_compilers,
)
from .test_run import arrays, same

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the tests look at processes as Linux shows them"
)


@pytest.fixture(scope="module")
def shared_engine() -> Iterator[EngineProcess]:
    """One for the tests that leave it alive and idle: each process takes half a second to start."""
    with engine() as process:
        yield process


def ended(pid: int) -> bool:
    """Whether the process ends in good time."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], PATIENCE)[0])
    finally:
        os.close(descriptor)


def test_a_job_gives_what_the_same_run_gives_here(shared_engine: EngineProcess) -> None:
    job = small_job()
    here = run(job.program, {}, job.inputs, job.seed, job.mode)
    seen: list[Event] = []
    number = shared_engine.submit(job)
    finished = until(shared_engine, Finished, seen)
    assert Started(number) in seen
    there = finished.result
    assert same(here, there) and there.skipped == here.skipped
    assert there.drawn.keys() == here.drawn.keys() != set()
    assert all(np.array_equal(there.drawn[name], here.drawn[name]) for name in here.drawn)
    again = replace(job, weights=there.drawn)
    shared_engine.submit(again)
    second = until(shared_engine, Finished).result
    assert not second.drawn
    assert same(here, second)


def test_closing_ends_the_engine_and_results_outlive_it_and_cannot_be_written() -> None:
    with engine() as process:
        process.submit(small_job())
        result = until(process, Finished).result
        pid = process.pid
    assert pid is not None and ended(pid)
    assert np.isfinite(result.outputs["y"]).all()
    for array in arrays(result).values():
        assert not array.flags.writeable


def test_the_first_run_does_not_wait_for_kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    assert not warm.ready()
    seen: list[Event] = []
    with engine() as process:
        process.submit(small_job(kernels=True))
        until(process, Finished, seen)
        assert KernelsReady() not in seen
        kill_the_compiler(process)


def test_a_compiler_that_is_killed_is_told_and_may_be_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    with engine() as process:
        process.submit(small_job(kernels=True))
        until(process, Finished)
        kill_the_compiler(process)
        assert until(process, KernelsMissing).reason == "the process that does it was ended (signal 9)"
        assert warm.progress() is None
        process.compile()
        process.submit(small_job(kernels=True))
        until(process, Finished)
        kill_the_compiler(process)
        until(process, KernelsMissing)


@pytest.mark.slow
def test_kernels_are_used_once_they_are_ready() -> None:
    job = small_job(kernels=True)
    with engine() as process:
        process.start()
        until(process, KernelsReady)
        process.submit(job)
        result = until(process, Finished).result
    wanted = run(job.program, {}, job.inputs, 0, replace(job.mode, kernels=False))
    np.testing.assert_allclose(result.outputs["y"], wanted.outputs["y"], rtol=1e-5)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the compiled kernels, which the test may damage."""
    copy = copied_cache(tmp_path)
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    with without_compilers(tmp_path):
        yield copy


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_cache_that_is_deleted_meanwhile_is_not_missed_and_made_anew_by_the_next_run(cache: Path) -> None:
    job = small_job(kernels=True)
    seen: list[Event] = []
    with engine() as process:
        process.start()
        until(process, KernelsReady)
        shutil.rmtree(cache)
        process.submit(job)
        found = until(process, Finished, seen).result
        assert KernelsComing(in_memory=True) in seen
        kill_the_compiler(process)
        ready = until(process, KernelsReady, seen)  # those in memory still are
        assert ready.unkept == "the process that does it was ended (signal 9)"
        process.submit(job)
        until(process, Finished, seen)
        assert not [event for event in seen if isinstance(event, KernelsMissing)]
        assert not compilers(cache.parent), "once is enough"
    wanted = run(job.program, {}, job.inputs, 0, replace(job.mode, kernels=False))
    np.testing.assert_allclose(found.outputs["y"], wanted.outputs["y"], rtol=1e-5)
    with engine() as process:  # the next one
        process.start()
        until(process, KernelsComing)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_runs_go_by_the_references_while_what_is_damaged_is_compiled_anew(cache: Path) -> None:
    smallest = min(cache.glob("*.o"), key=lambda path: path.stat().st_size)
    smallest.write_bytes(b"")
    times = {path.name: path.stat().st_mtime_ns for path in cache.glob("*.o")}
    seen: list[Event] = []
    with engine() as process:
        process.submit(small_job(kernels=True))
        until(process, Finished, seen)
        assert KernelsComing() in seen and KernelsReady() not in seen
        until(process, KernelsReady)
        process.submit(small_job(kernels=True))
        until(process, Finished)
    anew = {path.name for path in cache.glob("*.o") if path.stat().st_mtime_ns != times[path.name]}
    assert anew == {smallest.name}


def test_where_the_cache_cannot_be_written_runs_go_by_the_references(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path / "file" / "below"))
    with engine() as process:
        process.start()
        assert until(process, KernelsMissing).reason == f"{tmp_path / 'file' / 'below'}: Not a directory"
        process.submit(small_job(kernels=True))
        until(process, Finished)


def test_a_run_is_stopped_in_its_middle_and_the_engine_lives_on(shared_engine: EngineProcess) -> None:
    number = shared_engine.submit(long_job())
    until(shared_engine, Progress)
    pid = shared_engine.pid
    shared_engine.stop()
    assert until(shared_engine, Stopped) == Stopped(number)
    shared_engine.submit(small_job())
    until(shared_engine, Finished)
    assert shared_engine.pid == pid


def test_a_run_that_does_not_stop_is_killed_and_the_engine_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(process_module, "PATIENCE", 0.02)
    seen: list[Event] = []
    with engine() as process:
        number = process.submit(deaf_job())
        assert until(process, Progress) == Progress(number, 1, 2)
        pid = process.pid
        process.stop()
        assert until(process, Stopped, seen) == Stopped(number)
        assert process.pid not in (pid, None)
        process.submit(small_job())
        until(process, Finished, seen)
    assert not [event for event in seen if isinstance(event, Died)]


def test_the_end_of_a_run_s_steps_is_told_before_its_values_are_handed_over(
    shared_engine: EngineProcess,
) -> None:
    seen: list[Event] = []
    shared_engine.submit(large_job(side=3000, count=6))
    until(shared_engine, Finished, seen)
    progress = [event for event in seen if isinstance(event, Progress)]
    assert progress and progress[-1].done == progress[-1].total
    assert [event.done for event in progress] == sorted({event.done for event in progress})


def test_a_later_job_takes_the_place_of_one_that_runs_or_waits(shared_engine: EngineProcess) -> None:
    first = shared_engine.submit(long_job())
    until(shared_engine, Progress)
    second = shared_engine.submit(long_job())
    third = shared_engine.submit(small_job())
    seen: list[Event] = []
    assert until(shared_engine, Finished, seen).job == third
    assert [event.job for event in seen if isinstance(event, Stopped)] in (
        [first, second],
        [second, first],
    )
    assert not shared_engine.busy


def test_an_engine_killed_in_the_middle_says_so_and_the_next_run_works() -> None:
    with engine() as process:
        number = process.submit(long_job())
        until(process, Progress)
        os.kill(process.pid or 0, signal.SIGKILL)
        died = until(process, Died)
        assert died.job == number
        assert died.text == "the engine ended unexpectedly (signal 9); the next run starts it again"
        assert process.pid is None
        process.submit(small_job())
        assert until(process, Finished).job == number + 1


def test_an_engine_killed_while_it_waits_says_so_and_one_descriptor_tells_of_events_over_restarts() -> None:
    with engine() as process:
        descriptor = process.fileno()
        assert descriptor is not None
        for _ in range(2):
            process.submit(small_job())
            assert select.select([descriptor], [], [], PATIENCE)[0]
            until(process, Finished)
            os.kill(process.pid or 0, signal.SIGKILL)
            assert until(process, Died).job is None
        assert process.fileno() == descriptor
        assert not select.select([descriptor], [], [], 0)[0]


def test_events_that_arise_here_wake_who_watches_the_descriptor() -> None:
    with engine() as process:
        process.submit(long_job())
        process.stop()  # it has not been sent yet: nothing comes from the engine
        assert process.wait(0)
        assert [type(event) for event in process.poll()] == [Stopped]


def test_what_cannot_be_run_is_told_with_its_place(shared_engine: EngineProcess) -> None:
    program = program_of(
        chain("B, 3", ("Embedding", {"num_embeddings": 5, "embedding_dim": 2}), dtype="int64")
    )
    job = replace(small_job(), program=program, inputs={"x": np.array([[0, 1, 7]])})
    number = shared_engine.submit(job)
    assert until(shared_engine, Failed) == Failed(number, "index 7 is outside 0 … 4", ("n0",))
    shared_engine.submit(replace(job, inputs={"x": np.zeros((2, 9), np.int64)}))
    assert until(shared_engine, Failed).text == "the input x takes B×3 int64, the sample is 2×9"
    shared_engine.submit(replace(job, inputs={"z": np.zeros(1)}))
    assert until(shared_engine, Failed).text == "there is no input z; the inputs are: x"
    shared_engine.submit(replace(job, inputs={"x": np.zeros((2, 3), np.int64)}))
    assert until(shared_engine, Finished).result.outputs["y"].shape == (2, 3, 2)


def test_a_new_start_of_the_backward_is_not_run_by_the_old_plan(shared_engine: EngineProcess) -> None:
    job = small_job()
    found = []
    for index in ((0, 0), (1, 1)):
        for path in (("n0",), ("n1",)):
            start = Cotangent("element", path=path, port="y", index=index)
            shared_engine.submit(replace(job, cotangent=start))
            result = until(shared_engine, Finished).result
            assert result.cotangent == start
            here = run(job.program, {}, job.inputs, 0, job.mode, start)
            assert same(result, here)
            found.append(result.input_gradients["x"].tobytes())
    assert len(set(found)) == 4


def test_no_room_for_values_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, size: int) -> None:
        if size > 8:
            raise OSError(28, "No space left on device")
        os.truncate(descriptor, size)

    with engine() as process:
        process.start()
        monkeypatch.setattr(shared, "reserve", full)
        process.submit(small_job())
        assert until(process, Failed).text.endswith("of values: no space left on device")
        monkeypatch.undo()
        process.submit(small_job())
        until(process, Finished)


@contextmanager
def short_of_address_space(pid: int, left: int) -> Iterator[None]:
    """Lets the system refuse a process memory beyond so many more bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[0])
    before = resource.prlimit(pid, resource.RLIMIT_AS)
    resource.prlimit(pid, resource.RLIMIT_AS, (pages * resource.getpagesize() + left, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_AS, before)


def test_what_the_system_refuses_a_run_is_told_in_its_words_and_the_engine_serves_on(
    shared_engine: EngineProcess,
) -> None:
    shared_engine.submit(small_job())
    until(shared_engine, Finished)
    pid = shared_engine.pid
    assert pid is not None
    with short_of_address_space(pid, left=50_000_000):
        number = shared_engine.submit(large_job())  # its input alone is 100 MB, which are to be mapped
        failed = until(shared_engine, Failed)
    told = "the system refused what the run needs: Cannot allocate memory"
    assert (failed.job, failed.text) == (number, told)
    shared_engine.submit(small_job())
    until(shared_engine, Finished)
    assert shared_engine.pid == pid


def test_what_there_was_not_enough_memory_for_is_named(shared_engine: EngineProcess) -> None:
    shared_engine.submit(small_job())
    until(shared_engine, Finished)
    pid = shared_engine.pid
    assert pid is not None
    wide = program_of(chain("B, 4000", ("Linear", {"out_features": 4000})))
    run_ = replace(small_job(), program=wide, inputs={"x": np.zeros((1, 4000), np.float32)})
    check = GradientJob(kind="ReLU", arguments={}, types=(Type((4000, 4000)),))
    for job, what in ((run_, "run"), (check, "gradient check")):  # 64 MB of weights, 128 MB of a sample
        with short_of_address_space(pid, left=30_000_000):
            number = shared_engine.submit(job)
            told = f"there was not enough memory for the {what}"
            assert until(shared_engine, Failed) == Failed(number, told)


@pytest.fixture
def foreign() -> Iterator[None]:
    """Another language, and an engine that has not been started before."""
    set_language(
        {
            "there is no input {name}; the inputs are: {there}": "{name} ist keiner von {there}",
            "the engine ended unexpectedly ({how}); the next run starts it again": "aus ({how})",
            "signal {signal}": "Signal {signal}",
        }
    )
    yield
    set_language({})


def test_the_engine_speaks_the_window_s_language(foreign: None) -> None:
    with engine() as process:
        process.submit(replace(small_job(), inputs={"z": np.zeros(1)}))
        assert until(process, Failed).text == "z ist keiner von x"
        os.kill(process.pid or 0, signal.SIGKILL)
        assert until(process, Died).text == "aus (Signal 9)"


def test_ctrl_c_in_the_terminal_does_not_end_the_engine(shared_engine: EngineProcess) -> None:
    shared_engine.submit(small_job())
    until(shared_engine, Finished)
    os.kill(shared_engine.pid or 0, signal.SIGINT)
    shared_engine.submit(small_job())
    until(shared_engine, Finished)


@pytest.mark.parametrize("manner", ["idle", "busy"])
def test_the_engine_ends_when_the_window_is_killed(manner: str) -> None:
    command = [sys.executable, "-m", "tests.engine.window", manner]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as window:
        assert window.stdout is not None
        pid = int(window.stdout.readline())
        window.kill()
    assert ended(pid)


def test_neither_process_has_anything_in_dev_shm(shared_engine: EngineProcess) -> None:
    shared_engine.submit(small_job())
    result = until(shared_engine, Finished).result
    for pid in (os.getpid(), shared_engine.pid):
        maps = Path(f"/proc/{pid}/maps").read_text("ascii")
        assert "/dev/shm" not in maps
        assert "/memfd:layerloom" in maps
    assert result.outputs


def test_a_full_dev_shm_does_no_harm() -> None:
    unshare = shutil.which("unshare")
    tiny = ["-r", "-m", "sh", "-c", 'mount -t tmpfs -o size=4k tmpfs /dev/shm && "$@"', "sh"]
    if (
        unshare is None
        or subprocess.run([unshare, *tiny, "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("this machine does not let a test mount a /dev/shm of its own")
    fill = 'head -c 4096 /dev/zero > /dev/shm/full; exec "$@"'
    command = [unshare, *tiny, "sh", "-c", fill, "sh", sys.executable, "-m", "tests.engine.window", "once"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert done.stdout == "(2, 3)\n", done.stderr


def test_a_network_of_a_template_trains_in_the_engine(shared_engine: EngineProcess) -> None:
    program = program_of(template("lenet5").document())
    inputs = {name: digits_sample(spec) for name, spec in input_specs(program).items()}
    job = replace(small_job(), program=program, inputs=inputs)
    shared_engine.submit(job)
    result = until(shared_engine, Finished).result
    assert result.cotangent is not None and result.cotangent.kind == "one"
    assert len(result.parameter_gradients) == 10


def test_the_engine_s_matrix_products_take_one_thread_unless_the_user_has_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in blas.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    before = dict(os.environ)
    for said, wanted in ({}, "1"), ({"OPENBLAS_NUM_THREADS": "2"}, "2"):
        for name, value in said.items():
            monkeypatch.setenv(name, value)
        with engine() as process:
            process.submit(small_job())
            until(process, Finished)
            environment = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
        assert f"OPENBLAS_NUM_THREADS={wanted}".encode() in environment
        assert dict(os.environ) == {**before, **said}


def test_a_layer_in_a_file_runs_in_the_engine_that_loads_it_too(
    shared_engine: EngineProcess, tmp_path: Path
) -> None:
    code = trusted(tmp_path, "swish.py", SWISH)
    own = ("PythonLayer", {"file": "swish.py", "sha256": code.sha256, "settings": "beta=2.0"})
    job = replace(small_job(), program=program_of(chain("B, 4", own)))
    shared_engine.submit(job)
    finished = until(shared_engine, Finished)
    x = job.inputs["x"]
    (y,) = finished.result.outputs.values()
    np.testing.assert_allclose(y, x / (1 + np.exp(-2 * x)), rtol=1e-6)


def test_the_engine_checks_a_gradient_and_runs_on(shared_engine: EngineProcess, tmp_path: Path) -> None:
    code = trusted(tmp_path, "swish.py", SWISH)
    arguments = {"file": "swish.py", "sha256": code.sha256}
    files = ((code.name, code.source),)
    asked = GradientJob(kind="PythonLayer", arguments=arguments, types=(Type((2, 3)),), code=files)
    number = shared_engine.submit(asked)
    checked = until(shared_engine, Checked)
    assert checked.job == number
    assert set(checked.check.errors) == {"x"}
    assert 0 < checked.check.worst < 1e-7
    shared_engine.submit(small_job())
    until(shared_engine, Finished)


def test_a_gradient_check_that_cannot_be_is_a_sentence(shared_engine: EngineProcess) -> None:
    types = (Type((2, 3)),)
    number = shared_engine.submit(GradientJob(kind="Linear", arguments={"out_features": 0}, types=types))
    failed = until(shared_engine, Failed)
    assert failed.job == number and "out_features" in failed.text
    assert not shared_engine.busy


def test_a_fault_in_a_layer_s_file_is_told_and_the_engine_lives(
    shared_engine: EngineProcess, tmp_path: Path
) -> None:
    code = trusted(tmp_path, "faulty.py", "def shape(x): return x\ndef forward(x): return x.nothing")
    own = ("PythonLayer", {"file": "faulty.py", "sha256": code.sha256})
    shared_engine.submit(replace(small_job(), program=program_of(chain("B, 4", own))))
    failed = until(shared_engine, Failed)
    assert failed.text.startswith("forward of faulty.py failed: AttributeError: ")
    assert failed.path
    shared_engine.submit(small_job())
    until(shared_engine, Finished)
