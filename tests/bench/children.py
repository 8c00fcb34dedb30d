"""Starts what is measured in a process of its own: with its threads, and killed where it takes too long."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from core.engine.warm import ready

ROOT = Path(__file__).resolve().parents[2]
STANDARD_ERROR = 2


class NoAnswerError(Exception):
    """Why a child gave no answer: one sentence."""


def answer_of(module: str, question: object, *, threads: int, limit: float) -> Any:
    """What `python -m tests.bench.MODULE` prints for a question, both in JSON.

    Raises NoAnswerError where it fails, or takes more than `limit` seconds.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.bench.{module}", json.dumps(question)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment(threads)},
        start_new_session=True,  # compilers that it starts end with it
    )
    try:
        output, error = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise NoAnswerError(f"not ready within {limit:.0f} s") from None
    if process.returncode != 0:
        lines = error.strip().splitlines() or [f"exit code {process.returncode}"]
        raise NoAnswerError(lines[-1][:200])
    return json.loads(output.strip().splitlines()[-1])


def compile_kernels() -> None:
    """Fills the cache of compiled kernels, with progress on a terminal, where it is not full yet."""
    if not ready():
        subprocess.run(
            [sys.executable, "-m", "core.engine.warm"], cwd=ROOT, stdout=STANDARD_ERROR, check=True
        )


def environment(threads: int) -> dict[str, str]:
    """How the libraries are told how many threads they may start."""
    found = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC")}
    found |= {"JAX_PLATFORMS": "cpu", "TF_CPP_MIN_LOG_LEVEL": "3"}
    if threads == 1:
        found["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    return found
