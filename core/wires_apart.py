"""What tells the wires of two matched modules apart, but for those that nodes in one only account for."""

from collections.abc import Iterator, Mapping

from .document import Document
from .ports import ports
from .record import Node, Wire
from .text import tr


class WiresApart:
    """`found` has a node's id in A and that of its counterpart in B."""

    def __init__(self, a: Document, b: Document, modules: tuple[str, str], found: Mapping[str, str]) -> None:
        self._documents = a, b
        self._maps = dict(found), {theirs: ours for ours, theirs in found.items()}
        self._wires = tuple(
            [wire for wire in document.wires(module) if _is_whole(document, wire)]
            for document, module in zip(self._documents, modules, strict=True)
        )
        self._lone = self._alone(0), self._alone(1)

    def sentences(self) -> Iterator[str]:
        """What an input reads in the one and in the other, or that there is a wire in one alone."""
        theirs = {(wire.target, wire.target_port): wire for wire in self._lone[1]}
        for wire in self._lone[0]:
            other = theirs.pop((self._maps[0][wire.target], wire.target_port), None)
            if other is None:
                ends = self._ends(0, wire)
                yield tr(
                    "the wire from {source} to {target} is only in A",
                    source=ends["source"],
                    target=ends["target"],
                )
                continue
            ours = self._ends(0, wire)
            yield tr(
                "{target} reads {a} in A, {b} in B",
                target=ours["target"],
                a=ours["source"],
                b=self._ends(1, other)["source"],
            )
        for wire in theirs.values():
            ends = self._ends(1, wire)
            yield tr(
                "the wire from {source} to {target} is only in B",
                source=ends["source"],
                target=ends["target"],
            )

    def ids(self, side: int, only: frozenset[str]) -> frozenset[str]:
        """The wires of a side that have no counterpart, or end at a node that has none."""
        at_only = [wire for wire in self._wires[side] if {wire.source, wire.target} & only]
        return frozenset(wire.id for wire in (*self._lone[side], *at_only))

    def _alone(self, side: int) -> list[Wire]:
        """The wires of a side between nodes that the other has too, and does not connect so."""
        there = {
            (wire.target, wire.target_port): (wire.source, wire.source_port) for wire in self._wires[1 - side]
        }
        known = self._maps[side]
        return [
            wire
            for wire in self._wires[side]
            if wire.source in known
            and wire.target in known
            and not self._is_led(side, there, known[wire.source], (known[wire.target], wire.target_port))
        ]

    def _is_led(
        self,
        side: int,
        there: Mapping[tuple[str, str], tuple[str, str]],
        source: str,
        end: tuple[str, str],
    ) -> bool:
        """Whether the other side has a way from the source to the end through nodes that only it has."""
        back = self._maps[1 - side]
        waiting, seen = [end], {end}
        while waiting:
            found = there.get(waiting.pop())
            if found is None:
                continue
            if found[0] == source:
                return True
            if found[0] not in back:
                more = [key for key in there if key[0] == found[0] and key not in seen]
                seen.update(more)
                waiting += more
        return False

    def _ends(self, side: int, wire: Wire) -> dict[str, str]:
        document = self._documents[side]
        source, target = document.node(wire.source), document.node(wire.target)
        out = f"{source.name}.{wire.source_port}" if len(ports(document, source).outputs) > 1 else source.name
        into = f"{target.name}.{wire.target_port}" if len(ports(document, target).inputs) > 1 else target.name
        return {"source": out, "target": into}


def _is_whole(document: Document, wire: Wire) -> bool:
    return all(isinstance(document.get(key), Node) for key in (wire.source, wire.target))
