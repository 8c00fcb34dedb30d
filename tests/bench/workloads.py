"""Every workload: how large it is, how often it is repeated, and a size for trying whether it runs."""

from collections.abc import Callable
from dataclasses import dataclass

from .first import first
from .inner import inner
from .measure import Row
from .model import edit, plan, resolve
from .start import start
from .training import step
from .window import drag, frames, resize


@dataclass(frozen=True)
class Workload:
    """Something to measure: `measure(size, count)`, `size` in nodes, of a training in examples."""

    measure: Callable[[int, int], list[Row]]
    size: int
    count: int


WORKLOADS = {
    "resize": Workload(resize, 2000, 200),
    "inner": Workload(inner, 152, 200),
    "drag": Workload(drag, 2000, 200),
    "frames": Workload(frames, 5000, 100),
    "resolve": Workload(resolve, 2000, 200),
    "plan": Workload(plan, 2000, 12),
    "edit": Workload(edit, 2000, 200),
    "train": Workload(step, 64, 200),
    "start": Workload(start, 0, 7),
    "first": Workload(first, 0, 7),
}
