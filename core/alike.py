"""Calls in a row that are alike: first, last and where something changes are told, the others counted."""

from collections.abc import Iterator
from dataclasses import dataclass

from .calls import NodeCall


@dataclass(frozen=True)
class Run:
    """Parts one behind another that are one and the same call."""

    keys: tuple[str, ...]
    call: NodeCall

    @property
    def text(self) -> str:
        """`0`, or `1–22` for several."""
        return self.keys[0] if len(self.keys) == 1 else f"{self.keys[0]}–{self.keys[-1]}"


def runs(call: NodeCall) -> Iterator[Run]:
    """The parts of a call, those that are alike together."""
    keys: list[str] = []
    before: NodeCall | None = None
    for key, part in call.parts:
        if before is not None and part is not before:
            yield Run(tuple(keys), before)
            keys = []
        keys.append(key)
        before = part
    if before is not None:
        yield Run(tuple(keys), before)


def told(call: NodeCall) -> Iterator[tuple[str, int]]:
    """The keys of the parts that are shown one by one, each with how many alike are passed over behind it."""
    found = list(runs(call))
    for place, run in enumerate(found):
        is_last = place == len(found) - 1
        if len(run.keys) <= (3 if is_last else 2):
            yield from ((key, 0) for key in run.keys)
            continue
        yield run.keys[0], len(run.keys) - (2 if is_last else 1)
        if is_last:
            yield run.keys[-1], 0
