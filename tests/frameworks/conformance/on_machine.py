"""The samples in float32 by the machine: `python -m tests.frameworks.conformance.on_machine` prints how many.

A process for each width of vectors: kernels are compiled for one. Each runs every sample on one thread and on
two, forward and backward, as it is and under guard.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache

from core.ops.jit import WIDTH_VARIABLE

from .awkward import awkward, indices, states
from .comparing import Outcome, outcome
from .samples import MODULES, Sample, samples, torch
from .scope import ABSENT

WIDTHS = (16, 8, 4)
THREADS = (1, 2)
ONE = "--one"
"""What a process is told that runs the samples at the width it has, and prints what came of them as JSON."""


@cache
def every() -> dict[str, list[Sample]]:
    """Those of PyTorch's own tests and those of awkward shapes, by the name of the module."""
    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in _all():
        if sample.precision is torch.float32:
            found[sample.kind.__name__].append(sample)
    return dict(found)


def _all() -> Iterator[Sample]:
    for module in MODULES:
        if module not in ABSENT:
            yield from samples(module)
    yield from (*awkward(), *indices(), *states())


def outcomes(module: str, threads: int) -> list[Outcome]:
    """What becomes of a module's samples on so many threads."""
    return [outcome(sample, threads) for sample in every()[module]]


def counted() -> dict[str, object]:
    """By module: its layers, its samples, and how many of them passed on one thread and on two."""
    told: dict[str, object] = {}
    for module in every():
        found = {threads: outcomes(module, threads) for threads in THREADS}
        told[module] = {
            "layers": list(dict.fromkeys(name for one in found[1] for name in one.layers)),
            "samples": len(found[1]),
            "passed": [sum(one.passed for one in found[threads]) for threads in THREADS],
            "difference": max((one.difference for some in found.values() for one in some), default=0.0),
            "faults": [f"{one.sample}: {one.fault or one.missing}" for one in found[2] if not one.passed],
        }
    return told


def at_width(width: int) -> dict[str, dict[str, object]]:
    """What a process at that width says."""
    command = [sys.executable, "-W", "ignore", "-m", __spec__.name, ONE]
    environment = {**os.environ, WIDTH_VARIABLE: str(width)}
    answer = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    told: dict[str, dict[str, object]] = json.loads(answer.stdout)
    return told


def written(told: Sequence[dict[str, dict[str, object]]]) -> str:
    """A row for each module: samples, then how many passed at each width on one thread and on two."""
    head = ("Module", "Layers", "Samples", *(f"{w}×{t}" for w in WIDTHS for t in THREADS), "Difference")
    lines: list[tuple[str, ...]] = [head]
    for module, first in told[0].items():
        layers = first["layers"]
        assert isinstance(layers, list)
        passed = [str(count) for one in told for count in _counts(one[module]["passed"])]
        largest = max(float(str(one[module]["difference"])) for one in told)
        lines.append((module, ", ".join(layers), str(first["samples"]), *passed, f"{largest:.1e}"))
    counts = [sum(int(line[i]) for line in lines[1:]) for i in range(2, len(head) - 1)]
    lines.append((f"{len(lines) - 1} modules", "", *map(str, counts), ""))
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _counts(value: object) -> list[int]:
    assert isinstance(value, list)
    return value


def faults(told: Sequence[dict[str, dict[str, object]]]) -> list[str]:
    """Every sample that did not pass, with its width."""
    return [
        f"width {width}: {text}"
        for width, one in zip(WIDTHS, told, strict=True)
        for row in one.values()
        for text in (row["faults"] if isinstance(row["faults"], list) else ())
    ]


if __name__ == "__main__":
    if ONE in sys.argv:
        print(json.dumps(counted()))
    else:
        all_told = [at_width(width) for width in WIDTHS]
        print("\n".join((written(all_told), *faults(all_told))))
        sys.exit(bool(faults(all_told)))
