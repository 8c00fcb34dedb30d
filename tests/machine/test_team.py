"""The threads of a run: after a split of the process and after interrupts they still do the same."""

import os
import signal
import subprocess
import sys

import pytest

NETWORK = """
import numpy as np
from core.machine.machine import Machine
from tests.machine.plans import exactly, plan_of

rng = np.random.default_rng(0)
x, w = (rng.normal(size=size).astype(np.float32) for size in ((8, 64), (64, 64)))
told = [("matmul", (0, 1), {"transpose_a": False, "transpose_b": False}), ("softmax", (2,), {"axis": 1})]
machine = Machine(plan_of(told, [x, w]), {0: x, 1: w}, 2)

def right():
    x[...] = rng.normal(size=x.shape)
    machine.run(0)
    return np.abs(machine.array(3) - exactly(told, [x, w])[3]).max() < 1e-5
"""

SPLIT = """
import os
assert right()
child = os.fork()
if child == 0:
    os._exit(0 if right() and right() else 1)
assert os.waitpid(child, 0)[1] == 0
assert right()
"""

INTERRUPTED = """
import signal

def interrupt(number, frame):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
for number in range(400):
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001 + number % 7 * 1e-4)
        while True:
            machine.run(0)
    except KeyboardInterrupt:
        pass
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert right()
"""


def _ends_well(script: str) -> None:
    subprocess.run([sys.executable, "-c", NETWORK + script], check=True, timeout=120)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not split processes")
def test_a_process_split_off_has_threads_of_its_own() -> None:
    _ends_well(SPLIT)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no timer that interrupts")
def test_an_interrupt_at_any_moment_leaves_no_thread_waiting() -> None:
    _ends_well(INTERRUPTED)
