"""One side's memory at its peak, in a process of its own: `python -m tests.bench.footprint JSON`."""

import ctypes
import gc
import json
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .case import Case, case_of
from .networks import NETWORKS
from .ours import Ours, cotangents_of, ours, plan_of
from .peers import CHANNELS_LAST

RUNS = 3


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whose memory; `small` for trying whether it is measured."""

    workload: str
    training: bool
    threads: int
    peer: str
    """A peer's name, or `ours`."""
    small: bool = False


def peak_mb(asked: Asked) -> float:
    """MiB above what the process held after its imports, the weights once among them, after a few runs.

    Everything is imported, and a tiny network was run, before the counting begins.
    """
    ready = _ready(asked.peer, asked.threads)
    case = case_of(NETWORKS[asked.workload].document(small=asked.small), training=asked.training)
    start = ready(case)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(
        0
    )  # what the C library holds back of what was freed would hide what is taken
    before = _kib("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak from now on
    side = start()
    for _ in range(RUNS):
        side.run()
    taken = (_kib("VmHWM") - before) / 1024
    # Ours uses the arrays that were given; the others have made copies of their own by now.
    own = sum(array.nbytes for array in case.weights.values()) / 2**20 if isinstance(side, Ours) else 0.0
    return taken + own


def _ready(peer: str, threads: int) -> Callable[[Case], Callable[[], Any]]:
    """What prepares a case, and gives what builds its side; all that is imported has been tried before."""
    makers = {"ours": _ours, "onnxruntime": _onnx, "jax": _jax}
    make = makers.get(peer) or (_channels_last if peer == CHANNELS_LAST else _eager)
    tiny = NETWORKS["lenet-1"].document()
    make(case_of(tiny, training=peer != "onnxruntime"), threads)().run()
    return lambda case: make(case, threads)


def _ours(case: Case, threads: int) -> Callable[[], Any]:
    return lambda: ours(case, threads)


def _onnx(case: Case, threads: int) -> Callable[[], Any]:
    from core.export.onnx.target import model_file

    from .onnx_side import OnnxSide

    with tempfile.NamedTemporaryFile(suffix=".onnx", delete=False) as file:
        file.write(model_file(case.program, case.weights))

    def start() -> Any:
        try:
            return OnnxSide(case, threads, file.name)
        finally:
            Path(file.name).unlink()

    return start


def _jax(case: Case, threads: int) -> Callable[[], Any]:
    from .jax_side import JaxSide

    cotangents = cotangents_of(plan_of(case))
    return lambda: JaxSide(case, cotangents)


def _eager(case: Case, threads: int, *, channels_last: bool = False) -> Callable[[], Any]:
    import torch

    from .torch_side import torch_side

    torch.set_num_threads(threads)
    cotangents = cotangents_of(plan_of(case))
    return lambda: torch_side(case, cotangents, channels_last=channels_last, fresh=True)


def _channels_last(case: Case, threads: int) -> Callable[[], Any]:
    return _eager(case, threads, channels_last=True)


def _kib(name: str) -> int:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise AssertionError(name)


def main(text: str) -> int:
    """The figure on the standard output."""
    given: dict[str, Any] = json.loads(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = peak_mb(Asked(**given))
    print(json.dumps(round(found, 2)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
