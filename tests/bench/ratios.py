"""The engine against its peers: a row for each network, pass, number of threads and peer."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.util import find_spec
from typing import Any, Literal

from .children import NoAnswerError, answer_of
from .compare import Answer, Question
from .footprint import Asked
from .limits import Limits
from .peers import FAMILIES

Pass = Literal["forward", "train"]

PASSES: tuple[Pass, ...] = ("forward", "train")


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """One line: `ratio` is above 1 where ours is faster; `told` says why something is None."""

    workload: str
    passed: Pass
    threads: int
    peer: str
    ours_ms: float | None = None
    peer_ms: float | None = None
    ours_quickest_ms: float | None = None
    peer_quickest_ms: float | None = None
    ours_mb: float | None = None
    peer_mb: float | None = None
    gflops: float | None = None
    """What ours does of multiplications and additions, 10⁹ a second."""
    share: float | None = None
    """Ours, as a part of what the machine can do: above 1 where Winograd saves multiplications."""
    outputs_apart: float | None = None
    gradients_apart: float | None = None
    turns: int = 0
    quiet: int = 0
    left: Sequence[str] = ()
    """Primitives that ours leaves to their references."""
    told: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times as long the peer takes."""
        return _quotient(self.peer_ms, self.ours_ms)

    @property
    def quickest(self) -> float | None:
        """The same of the quickest turn of each: near the medians' where the machine has no other guests."""
        return _quotient(self.peer_quickest_ms, self.ours_quickest_ms)

    def as_json(self) -> dict[str, Any]:
        """The row under the names that readers of the file know."""
        fields = asdict(self)
        passed = fields.pop("passed")
        head = {"workload": fields.pop("workload"), "pass": passed, "ratio": self.ratio}
        return {**head, "quickest": self.quickest, **fields}


def _quotient(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one / other


def from_json(fields: dict[str, Any]) -> Ratio:
    """The row that was written so."""
    known = {name: value for name, value in fields.items() if name not in ("pass", "ratio", "quickest")}
    return Ratio(passed=fields["pass"], **known)


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What to measure: with how many threads, against whom, for how many seconds each."""

    threads: Sequence[int] = (2, 1)
    families: Sequence[str] = tuple(FAMILIES)
    passes: Sequence[Pass] = PASSES
    seconds: float = 5.0
    memory: bool = True
    small: bool = False


def measured(names: Sequence[str], scope: Scope) -> Iterator[Ratio]:
    """The rows as they are known; what a framework cannot do, or not in time, is a row that says so."""
    most = {threads: _limits(threads, scope) for threads in scope.threads}
    for name in names:
        for passed in scope.passes:
            for threads in scope.threads:
                for family in scope.families:
                    yield from _rows(name, passed, threads, family, scope, most[threads])


def _limits(threads: int, scope: Scope) -> Limits:
    found = answer_of("limits", {"threads": threads, "seconds": scope.seconds}, threads=threads, limit=120)
    return Limits(**found)


def _rows(name: str, passed: Pass, threads: int, family: str, scope: Scope, most: Limits) -> Iterator[Ratio]:
    known = FAMILIES[family]
    training = passed == "train"
    if training and not known.trains:
        return
    empty = Ratio(workload=name, passed=passed, threads=threads, peer=known.peers[0])
    if find_spec(known.module) is None:
        yield replace(empty, told=f"{known.module} is not installed")
        return
    question = Question(
        workload=name,
        training=training,
        threads=threads,
        family=family,
        seconds=scope.seconds,
        small=scope.small,
    )
    try:
        found = answer_of("compare", asdict(question), threads=threads, limit=known.limit + 4 * scope.seconds)
    except NoAnswerError as error:
        yield replace(empty, told=str(error))
        return
    for answer in (Answer(**fields) for fields in found):
        yield _with_memory(_row(replace(empty, peer=answer.peer), answer, most), scope)


def _row(empty: Ratio, answer: Answer, most: Limits) -> Ratio:
    return replace(
        empty,
        ours_ms=answer.ours_ms,
        peer_ms=answer.peer_ms,
        ours_quickest_ms=answer.ours_quickest_ms,
        peer_quickest_ms=answer.peer_quickest_ms,
        gflops=answer.flops / answer.ours_ms / 1e6,
        share=most.share(answer.flops, answer.bytes, answer.ours_ms),
        outputs_apart=answer.outputs_apart,
        gradients_apart=answer.gradients_apart,
        turns=answer.turns,
        quiet=answer.quiet,
        left=sorted(answer.left),
        told=answer.told,
    )


def _with_memory(row: Ratio, scope: Scope) -> Ratio:
    """What is compiled takes memory for that too, which says nothing: its row has none."""
    if not scope.memory or row.peer == "torch.compile":
        return row
    threads = max(scope.threads)
    ours, theirs = (
        _memory(row.workload, row.passed, threads, who, scope.small) for who in ("ours", row.peer)
    )
    return replace(row, ours_mb=ours, peer_mb=theirs)


@cache
def _memory(name: str, passed: Pass, threads: int, peer: str, small: bool) -> float | None:
    """The same with any number of threads, nearly: it is measured once."""
    asked = Asked(workload=name, training=passed == "train", threads=threads, peer=peer, small=small)
    try:
        return float(answer_of("footprint", asdict(asked), threads=threads, limit=180))
    except NoAnswerError:
        return None
