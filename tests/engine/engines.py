"""Drives an engine in tests: waits on its connection, never by sleeping, and never for ever."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import TypeVar

import numpy as np

from core.engine import warm
from core.engine.messages import Died, Event, Job
from core.engine.process import EngineProcess
from core.engine.run import Mode
from core.ops import jit

from .designs import MLP, Layers, chain, design, program_of

PATIENCE = 60.0
"""Seconds until a test gives up; a busy machine takes a few of them."""

E = TypeVar("E", bound=Event)


@contextmanager
def engine() -> Iterator[EngineProcess]:
    """An engine that is ended with the test."""
    process = EngineProcess()
    try:
        yield process
    finally:
        process.close()


def until(process: EngineProcess, kind: type[E], seen: list[Event] | None = None) -> E:
    """The next event of that kind; events before it go to `seen`."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        events = process.poll()
        found = next((event for event in events if isinstance(event, kind)), None)
        if seen is not None:
            seen += events
        if found is not None:
            return found
        died = [event.text for event in events if isinstance(event, Died)]
        assert not died, died
        process.wait(end - monotonic())
    raise AssertionError(f"no {kind.__name__} came")


def kill_the_compiler(process: EngineProcess) -> None:
    """Kills the process that compiles for the engine, which it has started or is about to."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        tasks = Path(f"/proc/{process.pid}/task").iterdir()
        children = [child for task in tasks for child in (task / "children").read_text("ascii").split()]
        if children:
            os.kill(int(children[0]), signal.SIGKILL)
            return
        process.wait(0.02)
    raise AssertionError("nothing compiles")


def compilers(cache: Path) -> list[int]:
    """The processes that compile kernels into a folder, whoever has started them."""
    variable = f"{jit.VARIABLE}={cache}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has just ended, or is another user's
            compiles = b"engine.warm" in (folder / "cmdline").read_bytes()
            if compiles and variable in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


@contextmanager
def without_compilers(cache: Path) -> Iterator[None]:
    """Kills whatever is still compiling into the folder in the end."""
    try:
        yield
    finally:
        for pid in compilers(cache):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while compilers(cache):  # what is killed writes on for a moment
            sleep(0.01)


def copied_cache(folder: Path) -> Path:
    """A folder with a copy of the compiled kernels, which are compiled first where they are not."""
    warm.taken()
    ours = jit.cache_folder()
    return Path(shutil.copytree(ours, folder / ours.name))


def small_job(*, kernels: bool = False) -> Job:
    """A run of a few microseconds."""
    inputs = {"x": np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)}
    mode = Mode(backward=True, kernels=kernels)
    return Job(program=program_of(chain("B, 4", *MLP)), inputs=inputs, mode=mode)


def long_job() -> Job:
    """Many instructions of some milliseconds each, a quarter of a minute or more in all."""
    layers: Layers = {"x": ("Input", {"shape": "B, N, N", "sizes": "B=1, N=1000"})}
    layers |= {f"m{i}": ("MatMul", {}) for i in range(800)}
    layers["y"] = ("Output", {})
    wires = [f"{'x' if i == 0 else f'm{i - 1}'} > m{i}.a; x > m{i}.b" for i in range(800)]
    program = program_of(design(layers, "; ".join([*wires, "m799 > y"])))
    return Job(program=program, inputs={"x": np.zeros((1, 1000, 1000), np.float32)}, mode=Mode(keep=False))


def large_job(side: int = 5000, count: int = 3) -> Job:
    """A run whose values, 100 MB each, the engine lends."""
    layers: Layers = {"x": ("Input", {"shape": f"{side}, {side}"}), "y": ("Output", {})}
    layers |= {f"n{i}": ("Softmax", {}) for i in range(count)}
    wires = "; ".join(f"n{i} > n{i + 1}" for i in range(count - 1))
    program = program_of(design(layers, f"x > n0; {wires}; n{count - 1} > y"))
    inputs = {"x": np.linspace(-1, 1, side * side, dtype=np.float32).reshape(side, side)}
    return Job(program=program, inputs=inputs, mode=Mode(kernels=False))


def deaf_job() -> Job:
    """Two instructions: one long enough for the second's beginning to be told, and one that is longer.

    During the second the engine asks for nothing.
    """
    layers: Layers = {
        "x": ("Input", {"shape": "5000, 5000"}),
        "first": ("Softmax", {}),
        "second": ("MatMul", {}),
        "y": ("Output", {}),
    }
    program = program_of(design(layers, "x > first; first > second.a; x > second.b; second > y"))
    inputs = {"x": np.zeros((5000, 5000), np.float32)}
    return Job(program=program, inputs=inputs, mode=Mode(keep=False, kernels=False))
