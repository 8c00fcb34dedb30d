"""What a command takes to the first result of ResNet-18, in a process of its own, beside `import torch`.

CPU time of the whole process, from its start to its end: what others do on the machine is not in it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from core import files
from core.ops import jit
from core.templates import template
from tests.engine.engines import compilers, without_compilers

from .children import ROOT, compile_kernels
from .measure import Row, row

FORWARD = """
import sys, time
from pathlib import Path
from app.commands.command import opened
from core.engine.run import Mode, run
from core.engine.samples import input_specs, random_sample

program = opened(Path(sys.argv[1])).program()
inputs = {name: random_sample(spec, 0) for name, spec in input_specs(program).items()}
mode = Mode(kernels=False)
weights = run(program, {}, inputs, 0, mode).drawn
begin = time.process_time()
run(program, weights, inputs, 0, mode)
print(time.process_time() - begin)
"""
"""The forward by NumPy alone, with weights that are there."""


def first(size: int, count: int) -> list[Row]:
    """The first result with compiled kernels and without, and what importing PyTorch takes."""
    compile_kernels()
    with design() as file:
        ways: dict[str, Callable[[], float]] = {
            "kernels there": lambda: spent_on(run_of(file)),
            "none compiled": lambda: cold(file),
        }
        if find_spec("torch") is not None:
            ways["import torch"] = import_torch
        for act in ways.values():
            act()  # bytecode and pages are read
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(count):
            for name, act in ways.items():
                times[name].append(act())
    return [row("first", name, taken, clock="process") for name, taken in times.items()]


@contextmanager
def design() -> Iterator[Path]:
    """ResNet-18 as a file; bytecode of what runs it is kept beside, wherever the sources are."""
    with tempfile.TemporaryDirectory(prefix="layerloom-bench-") as folder:
        file = Path(folder) / "resnet-18.loom"
        files.save(template("resnet-18").document(), file)
        yield file


def run_of(file: Path) -> list[str]:
    """The command that runs a design."""
    return ["-m", "app", "run", str(file)]


def cold(file: Path) -> float:
    """Milliseconds of a run where no kernel was ever compiled, without what it has compile them meanwhile."""
    with tempfile.TemporaryDirectory(prefix="layerloom-bench-") as empty, without_compilers(Path(empty)):
        spent = spent_on(run_of(file), {jit.VARIABLE: empty})
        assert compilers(Path(empty)), "the run has not waited for kernels"
        return spent


def import_torch() -> float:
    """Milliseconds of a process that imports PyTorch and ends."""
    return spent_on(["-c", "import torch"])


def forward(file: Path) -> float:
    """Milliseconds of the forward by NumPy, without all that comes before."""
    done = subprocess.run(
        [sys.executable, "-c", FORWARD, str(file)], cwd=ROOT, env=environment(), capture_output=True,
        text=True, check=True,
    )  # fmt: skip
    return float(done.stdout) * 1e3


def spent_on(arguments: list[str], more: Mapping[str, str] | None = None) -> float:
    """CPU milliseconds of a Python process with these arguments."""
    command, told = [sys.executable, *arguments], {**environment(), **(more or {})}
    process = subprocess.Popen(command, cwd=ROOT, env=told, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    return (used.ru_utime + used.ru_stime) * 1e3


def environment() -> dict[str, str]:
    """That of a process that finds its bytecode, as an installed program does."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "layerloom-bench-bytecode")}
