"""Where a run's time goes: what each kernel and each reference of a plan takes, one after the other."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np

from core.machine.code import Call
from core.machine.layout import ordered_by

from .case import SEED
from .ours import Ours


@dataclass(frozen=True)
class Share:
    """What one kernel, or one primitive that is left to its reference, takes in a run."""

    what: str
    is_kernel: bool
    calls: int
    ms: float


def profile(side: Ours, seconds: float = 2.0) -> list[Share]:
    """The most costly first; medians of runs in which every operation is started and timed by itself.

    What is done once for all runs is left out.
    """
    machine = side.machine
    acts = [(op, machine.alone(op, SEED)) for op in ordered_by(machine.code).each]
    clock = time.thread_time if machine.threads == 1 else time.perf_counter
    runs: list[list[float]] = []
    begin = time.perf_counter()
    with np.errstate(all="ignore"):
        while len(runs) < 3 or time.perf_counter() - begin < seconds:
            runs.append([_seconds(act, clock) for _, act in acts])
    taken = [median(each) for each in zip(*runs, strict=True)]
    found: dict[tuple[str, bool], list[float]] = {}
    for (op, _), one in zip(acts, taken, strict=True):
        is_kernel = isinstance(op, Call)
        name = op.kernel if isinstance(op, Call) else op.instruction.primitive
        found.setdefault((name, is_kernel), []).append(one * 1e3)
    shares = [Share(name, kind, len(each), sum(each)) for (name, kind), each in found.items()]
    return sorted(shares, key=lambda share: -share.ms)


def told(shares: list[Share], most: int = 20) -> str:
    """A line for each of the most costly."""
    whole = sum(share.ms for share in shares)
    lines = [
        f"{share.ms:10.3f} ms {share.ms / whole:5.0%} {share.calls:5d} ×  "
        f"{share.what}{'' if share.is_kernel else '  (reference)'}"
        for share in shares[:most]
    ]
    return "\n".join([*lines, f"{whole:10.3f} ms in all"])


def _seconds(act: Callable[[], object], clock: Callable[[], float]) -> float:
    begin = clock()
    act()
    return clock() - begin
