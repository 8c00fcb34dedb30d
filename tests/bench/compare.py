"""One network, one pass, so many threads: our side and a framework's in turns, in a process of their own.

`python -m tests.bench.compare` with a question as JSON prints the answer as JSON.
"""

import json
import sys
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .case import case_of
from .limits import clock_of
from .networks import NETWORKS
from .ours import ours
from .peers import sides
from .side import apart
from .turns import in_turns


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is to be measured; `small` for trying whether it runs."""

    workload: str
    training: bool
    threads: int
    family: str
    seconds: float
    small: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A peer's row before it has a memory and a share: medians in milliseconds."""

    peer: str
    ours_ms: float
    peer_ms: float
    ours_quickest_ms: float
    peer_quickest_ms: float
    outputs_apart: float
    gradients_apart: float
    turns: int
    quiet: int
    """Turns in which our threads hardly waited for a core: the medians are of these where they suffice."""
    flops: int
    bytes: int
    left: Mapping[str, int]
    """The primitives that our side leaves to their references, and how often."""
    told: str


def answered(question: Question) -> list[Answer]:
    """A row for each peer of the family, after the results of both sides were compared."""
    network = NETWORKS[question.workload]
    case = case_of(network.document(small=question.small), training=question.training)
    own = ours(case, question.threads)
    theirs = sides(question.family, case, own.cotangents, question.threads, images=network.images)
    own.run()
    far = {}
    for name, side in theirs.items():
        side.run()
        far[name] = apart(own, side)
    acts = {"ours": own.run, **{name: side.run for name, side in theirs.items()}}
    times = in_turns(acts, question.seconds, clock=clock_of(question.threads))
    return [
        Answer(
            peer=name,
            ours_ms=times["ours"].median,
            peer_ms=times[name].median,
            ours_quickest_ms=times["ours"].quickest,
            peer_quickest_ms=times[name].quickest,
            outputs_apart=far[name].outputs,
            gradients_apart=far[name].gradients,
            turns=len(times[name].each),
            quiet=times["ours"].quiet,
            flops=own.flops,
            bytes=own.bytes,
            left=own.left,
            told=far[name].told(training=question.training),
        )
        for name in theirs
    ]


def main(text: str) -> int:
    """Answers on the standard output, after whatever libraries print."""
    given: dict[str, Any] = json.loads(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the frameworks, about themselves
        found = answered(Question(**given))
    print(json.dumps([asdict(one) for one in found]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
