"""Traces loops and branches: a part is recorded where it stands, then cut out of the trace as a region."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import ops
from ..layers.argument import ArgumentError
from ..ops.primitive import Ref, Trace
from ..ops.region import Region, captured_by, region
from ..problem import Path
from ..settle import Settled, empty_slot, settled
from ..text import tr
from ..use import Use
from .network import Network, Place, PlanError

Results = Sequence[Ref | None] | None
Walk = Callable[[str, Sequence[Ref]], Results]
"""Traces the part of that key on these values: its results, None where nothing comes of it."""


@dataclass(frozen=True)
class Control:
    """A node whose parts are decided while the network runs; `keep` records what is inside its parts."""

    network: Network
    path: Path
    walk: Walk
    keep: bool

    def loop(self, inputs: Sequence[Ref], bound: int) -> Results:
        """A While. Raises ShapeError and PlanError where its parts do not fit each other.

        Buffers that the body renews, such as running statistics, go from round to round as further values.
        """
        network = self.network
        starts = [network.trace.input(ref.type) for ref in inputs]
        condition, body = self._part("condition", starts), self._part("body", starts)
        if condition is None or body is None:
            self._skip("condition" if condition is None else "body")
            return None
        count = len(body.outputs)
        self._check(condition, body, len(inputs))
        buffers = [network.buffer(slot) for slot in body.buffers]
        carried = [*starts[:count], *buffers]
        tested, kept = condition.kept(self.keep, starts[:count]), body.kept(self.keep)
        results = [*body.outputs, *body.buffers.values()]
        captured = _union(
            captured_by(condition.trace, carried, [*condition.outputs, *tested]),
            captured_by(body.trace, carried, [*results, *kept]),
        )
        same = {start.index: ref for start, ref in zip(starts[count:], inputs[count:], strict=True)}
        given = [*carried, *captured]
        loop = ops.while_loop(
            [*inputs[:count], *buffers],
            [same.get(ref.index, ref) for ref in captured],
            condition.region(given, condition.outputs, tested),
            body.region(given, results, kept),
            bound,
        )
        network.paths.append(self.path)
        network.iterations[self.path] = loop.count
        network.buffers.update(zip(body.buffers, loop.results[count:], strict=True))
        if self.keep:
            self._adopt(condition, _paired(tested, loop.tested), same, is_history=True)
            histories = _paired([*carried, *kept], [*loop.carried, *loop.kept])
            self._adopt(body, histories, same, is_history=True)
        return loop.results[:count]

    def branch(self, inputs: Sequence[Ref]) -> Results:
        """An If: the first input is the condition. Raises ShapeError and PlanError where parts do not fit.

        Buffers that one part renews come out of the other as they were.
        """
        network, (condition, *rest) = self.network, inputs
        then, otherwise = self._part("then", rest), self._part("otherwise", rest)
        if then is None or otherwise is None:
            self._skip("then" if then is None else "otherwise")
            return None
        if len(then.outputs) != len(otherwise.outputs):
            raise PlanError(tr("both branches have to give the same number of values"), self.path)
        slots = list(dict.fromkeys([*then.buffers, *otherwise.buffers]))
        results, kept = [], []
        for part in (then, otherwise):
            new = [part.buffers.get(slot, network.buffer(slot)) for slot in slots]
            results.append([*part.outputs, *new])
            kept.append(part.kept(self.keep))
        captured = _union(
            captured_by(then.trace, (), [*results[0], *kept[0]]),
            captured_by(otherwise.trace, (), [*results[1], *kept[1]]),
        )
        branch = ops.branch(
            condition,
            captured,
            then.region(captured, results[0], kept[0]),
            otherwise.region(captured, results[1], kept[1]),
        )
        network.paths.append(self.path)
        network.iterations[self.path] = branch.taken
        count = len(then.outputs)
        network.buffers.update(zip(slots, branch.results[count:], strict=True))
        if self.keep:
            self._adopt(then, _paired(kept[0], branch.then))
            self._adopt(otherwise, _paired(kept[1], branch.otherwise))
        return branch.results[:count]

    def _part(self, key: str, inputs: Sequence[Ref]) -> "_Part | None":
        """A part traced and cut out, the network left as it was before; None where it does not run."""
        network, start = self.network, len(self.network.trace.steps)
        before = network.places, network.iterations, network.buffers
        network.places, network.iterations, network.buffers = {}, {}, dict(network.buffers)
        found = self.walk(key, inputs)
        renewed = network.buffers.items()
        buffers = {slot: ref for slot, ref in renewed if before[2].get(slot) is not ref}
        places, iterations = network.places, network.iterations
        network.places, network.iterations, network.buffers = before
        paths = network.paths[start:]
        del network.paths[start:]
        trace = network.trace.cut(start)
        outputs = [ref for ref in found or () if ref is not None]
        if found is None or len(outputs) < len(found):
            return None
        return _Part(trace, paths, outputs, places, iterations, buffers)

    def _skip(self, key: str) -> None:
        self.network.skipped.setdefault(self.path, tr("its part {part} does not run", part=key))

    def _check(self, condition: "_Part", body: "_Part", given: int) -> None:
        if len(body.outputs) > given:
            text = tr("the body gives {count} values, the loop takes {given}", count=len(body.outputs),
                      given=given)  # fmt: skip
            raise PlanError(text, self.path)
        if condition.buffers:
            text = tr("a condition cannot renew running statistics; normalise in the body, or in eval mode")
            raise PlanError(text, self.path)

    def _adopt(
        self,
        part: "_Part",
        recorded: Mapping[int, Ref],
        same: Mapping[int, Ref] | None = None,
        *,
        is_history: bool = False,
    ) -> None:
        """Notes the part's places with what was recorded of them; what comes from outside stays as it is."""
        network = self.network
        for place, ref in part.places.items():
            found = recorded.get(ref.index)
            if found is None:
                found = (same or {}).get(ref.index, ref)
            elif is_history:
                network.histories[place] = (self.path, *network.histories.get(place, ()))
            network.places[place] = found
        for path, ref in part.iterations.items():
            network.iterations[path] = recorded[ref.index]


@dataclass(frozen=True)
class _Part:
    """What was traced of a part: its steps with their calls, its results, and what it noted."""

    trace: Trace
    paths: Sequence[Path]
    outputs: list[Ref]
    places: Mapping[Place, Ref]
    iterations: Mapping[Path, Ref]
    buffers: Mapping[str, Ref]

    def kept(self, keep: bool, inputs: Sequence[Ref] = ()) -> list[Ref]:
        """The values that are looked at: those that it computes, and those of the inputs."""
        if not keep:
            return []
        own = {ref.index for step in self.trace.steps for ref in step.outputs}
        own.update(ref.index for ref in inputs)
        noted = (*self.places.values(), *self.iterations.values())
        return list({ref.index: ref for ref in noted if ref.index in own}.values())

    def region(self, inputs: Sequence[Ref], outputs: Sequence[Ref], kept: Sequence[Ref]) -> Region:
        """The part as data."""
        return region(self.trace, inputs, outputs, kept, self.paths)


def _union(*groups: Sequence[Ref]) -> list[Ref]:
    return list({ref.index: ref for group in groups for ref in group}.values())


def _paired(inside: Sequence[Ref], outside: Sequence[Ref]) -> dict[int, Ref]:
    return {ref.index: found for ref, found in zip(inside, outside, strict=True)}


def part_of(what: Settled, key: str, scope: Mapping[str, Any]) -> Settled:
    """A part of a loop or branch as what it comes to. ArgumentError where it is an empty slot."""
    use = what.arguments.get(key, Use() if key == "condition" else Use("Identity"))
    if not use.kind:
        raise ArgumentError(key, empty_slot(key))
    return settled(use.kind, use.named, scope)
