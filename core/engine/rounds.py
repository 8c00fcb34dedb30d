"""What a run gave in one round of its loops."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..initialise import Array
from ..problem import Path
from .run import Result

Rounds = Mapping[Path, int]
"""The round, from 0, that is looked at of each While, by its call path; the first where none is told."""


def value_at(result: Result, path: Path, port: str, rounds: Rounds) -> Array | None:
    """The value of a port in these rounds; None where it has none, or that round or branch was not run."""
    return _at(result, result.values, path, port, rounds)


def gradient_at(result: Result, path: Path, port: str, rounds: Rounds) -> Array | None:
    """The gradient of a port in these rounds, all rounds' together for a value from outside the loop.

    None where it has none, or that round or branch was not run.
    """
    return _at(result, result.gradients, path, port, rounds)


def iterations_at(result: Result, path: Path, rounds: Rounds) -> int | None:
    """How many rounds a While ran within these rounds of the loops around it; of an If 1 for `then`, else 0.

    None where it was not reached, or `path` is neither.
    """
    if path not in result.iterations or not _was_run(result, path, rounds):
        return None
    return _count(result, path, rounds)


def loops_around(result: Result, path: Path) -> tuple[Path, ...]:
    """The Whiles whose rounds a call lies in, the outermost first."""
    return tuple(loop for loop, part in _around(result, path) if part in ("condition", "body"))


def _at(result: Result, arrays: Mapping[Any, Array], path: Path, port: str, rounds: Rounds) -> Array | None:
    array = arrays.get((path, port))
    if array is None or not _was_run(result, path, rounds):
        return None
    for loop in result.histories.get((path, port), ()):
        array = array[rounds.get(loop, 0), ...]
    return array


def _around(result: Result, path: Path) -> Iterator[tuple[Path, str]]:
    """The loops and branches around a call, each with the part that the call is in."""
    for end in range(1, len(path)):
        if path[:end] in result.iterations:
            yield path[:end], path[end]


def _was_run(result: Result, path: Path, rounds: Rounds) -> bool:
    """Whether all around the call went the way to it; outer ones first, since inner ones count only then."""
    for around, part in _around(result, path):
        count, chosen = _count(result, around, rounds), rounds.get(around, 0)
        # A condition is asked once more than the body runs.
        ran = {
            "then": count == 1,
            "otherwise": count == 0,
            "body": 0 <= chosen < count,
            "condition": 0 <= chosen <= count,
        }
        if not ran[part]:
            return False
    return True


def _count(result: Result, path: Path, rounds: Rounds) -> int:
    counts = result.iterations[path]
    for loop in loops_around(result, path):
        counts = counts[rounds.get(loop, 0), ...]
    return int(counts)
