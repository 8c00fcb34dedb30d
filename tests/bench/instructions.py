"""How many instructions runs take, by Valgrind: the same each time, on whatever machine and however busy.

`valgrind --tool=callgrind --instr-atstart=no python -m tests.bench.instructions NAME.PASS …` counts one run
of each network, with one thread, and leaves the figures in a file for each. What is counted are the kernels
for vectors of eight floats, as compiled for a Haswell: Valgrind knows no AVX-512.
"""

import ctypes
import mmap
import os
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .case import case_of
from .children import ROOT
from .networks import NETWORKS
from .ours import ours

WIDTH = 8

HASWELL = {
    "LAYERLOOM_VECTOR_WIDTH": str(WIDTH),
    "NUMBA_CPU_NAME": "haswell",
    "NUMBA_CPU_FEATURES": "+avx,+avx2,+bmi,+bmi2,+f16c,+fma,+lzcnt,+movbe,+popcnt,+sse4.2",
    "OPENBLAS_NUM_THREADS": "1",
}

CALLGRIND = ord("C") << 24 | ord("T") << 16
DUMP, ZERO, START, STOP = CALLGRIND, CALLGRIND + 1, CALLGRIND + 4, CALLGRIND + 5
"""Requests of a program to Callgrind, as valgrind/callgrind.h numbers them."""

REQUEST = bytes.fromhex("4889f8 31d2 48c1c703 48c1c70d 48c1c73d 48c1c733 4887db 4889d0 c3")
"""mov rax, rdi; xor edx, edx; four rotations and an exchange that Valgrind looks for; returns the answer.

On a processor they do nothing. Source: valgrind.h, amd64.
"""


def counted(cases: Sequence[tuple[str, bool]]) -> list[int]:
    """The instructions of one run of each network, in training where so told, weights in place."""
    names = [f"{name}.{'train' if training else 'forward'}" for name, training in cases]
    module = [sys.executable, "-m", "tests.bench.instructions", *names]
    environment = {**os.environ, **HASWELL}
    subprocess.run(module, cwd=ROOT, env=environment, check=True, capture_output=True)  # compiles, once
    with tempfile.TemporaryDirectory(prefix="layerloom-count-") as folder:
        tool = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/count"]
        subprocess.run([*tool, *module], cwd=ROOT, env=environment, check=True, capture_output=True)
        files = [Path(folder) / f"count.{number}" for number in range(1, len(cases) + 1)]
        return [_total(file.read_text("utf-8")) for file in files]


def _total(text: str) -> int:
    found = re.search(r"^totals: (\d+)", text, re.MULTILINE)
    assert found is not None, text[:1000]
    return int(found[1])


def main(names: Sequence[str]) -> int:
    """Runs each twice, and then once more, counted."""
    ask = _Requests()
    for name, _, passed in (name.partition(".") for name in names):
        side = ours(case_of(NETWORKS[name].document(), training=passed == "train"), 1)
        side.run()
        side.run()
        ask.of(ZERO)
        ask.of(START)
        side.run()
        ask.of(STOP)
        ask.of(DUMP)
    return 0


class _Requests:
    """Asks Valgrind for something, where it looks on."""

    def __init__(self) -> None:
        self._code = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        self._code.write(REQUEST)
        address = ctypes.addressof(ctypes.c_char.from_buffer(self._code))
        self._call = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_char_p)(address)

    def of(self, request: int) -> None:
        """Makes a request without arguments."""
        self._call(struct.pack("6Q", request, 0, 0, 0, 0, 0))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
