"""What the resolution says about the open module, pulled for what is visible: shapes, counts, problems."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.alike import runs
from core.call_path import entry
from core.calls import ModuleCall, NodeCall
from core.dim import Dim, substitute, text
from core.problem import Path, Problem
from core.settle import empty_slot
from core.summary import kind_name, times_of
from core.text import tr
from core.types import Type
from ui.shapes import shown

from .geometry import Geometry
from .marks import BLANK, PLAIN, Face

NAMED = 3
"""How many kinds a repeated slot's card names."""


@dataclass(frozen=True)
class CallLine:
    """One of the calls in a row, or several that are alike."""

    keys: Path
    """From the node to the module call that is entered."""
    numbers: str
    shapes: str
    is_module: bool


class Labels:
    """The texts of one open call; nothing is worked out before it is asked for."""

    def __init__(
        self,
        geometry: Geometry,
        call: ModuleCall | None = None,
        symbols: Mapping[str, int] | None = None,
        sizes: Mapping[str, int] | None = None,
    ) -> None:
        """`symbols` are the examples that judge conditions, `sizes` those in which shapes are told."""
        self._geometry = geometry
        self._call = call
        self._symbols = symbols or {}
        self._sizes = sizes or {}
        self._own: dict[str, list[Problem]] = {}
        for problem in () if call is None else call.placed((), self._symbols):
            if problem.path:
                self._own.setdefault(problem.path[0], []).append(problem)
        self._shapes: dict[str, str] = {}
        self._faces: dict[str, Face] = {}
        self._inner: dict[str, int] = {}
        self._instances = frozenset(() if call is None else call.instances)

    @property
    def any_problem(self) -> bool:
        """Whether there is anything wrong with the module's own nodes."""
        return bool(self._own)

    def is_noted(self, node: str) -> bool:
        """Whether there may be something to say under a node."""
        return node in self._own or node in self._instances

    def type_of(self, wire: str) -> Type | None:
        """What flows through a wire, where it is known."""
        record = self._geometry.wires[wire]
        return self.output(record.source, record.source_port)

    def output(self, node: str, port: str) -> Type | None:
        """The type of an output port, where it is known."""
        facts = None if self._call is None else self._call.nodes.get(node)
        if facts is None or not self._geometry.is_node(node):
            return None
        found = self._geometry.card(node).output(port)
        return facts.outputs[found.place] if found and found.place < len(facts.outputs) else None

    def shape(self, wire: str) -> str:
        """The text of a wire's pill, `B×64×56×56`; empty where the type is not known."""
        known = self._shapes.get(wire)
        if known is None:
            found = self.type_of(wire)
            known = self._shapes[wire] = "" if found is None else shown(found, self._sizes)
        return known

    def count(self, node: str) -> str:
        """The parameter count at a node's top right, `36.9 k`; empty where there are none."""
        facts = self.call_of(node)
        return "" if facts is None else shortened(facts.parameters)

    def call_of(self, node: str) -> NodeCall | None:
        """The call of a node, None where it has none."""
        return None if self._call is None else self._call.nodes.get(node)

    def face(self, node: str) -> Face:
        """What the call adds to a node's card, kept as it is asked for at every frame."""
        marks = self._geometry.card(node).marks
        if marks is PLAIN:
            count = self.count(node)
            return Face(count) if count else BLANK
        if (known := self._faces.get(node)) is None:
            known = self._faces[node] = self._face(node)
        return known

    def _face(self, node: str) -> Face:
        facts, marks = self.call_of(node), self._geometry.card(node).marks
        count = self.count(node)
        if facts is None:
            return Face(count) if count else BLANK
        times = times_of(facts) if marks.is_computed else None
        empty = {empty_slot(marks.lead), empty_slot("then"), empty_slot("otherwise")}
        return Face(
            count=count,
            repeats="" if times is None else text(times),
            came_to=self._came_to(facts) if marks.lead else "",
            is_empty=bool(marks.lead) and any(fault.text in empty for fault in facts.faults),
        )

    def calls_of(self, node: str) -> list[CallLine]:
        """The calls in a row that a node stands for, those alike together; empty where it is not repeated."""
        facts = self.call_of(node)
        if facts is None or facts.structure != "repeat":
            return []
        return [
            CallLine((run.keys[0], *(entry(run.call) or ())), run.text, self._change(run.call),
                     entry(run.call) is not None)
            for run in runs(facts)
        ]  # fmt: skip

    def can_be_entered(self, node: str) -> bool:
        """Whether there is a module inside the node at this call."""
        facts = self.call_of(node)
        return facts is not None and entry(facts) is not None

    def _change(self, call: NodeCall) -> str:
        """`B×64×56×56 → B×256×56×56`; one shape where it stays the same."""
        sides = [
            ", ".join("?" if each is None else shown(each, self._sizes) for each in types)
            for types in (call.inputs, call.outputs)
        ]
        return sides[0] if sides[0] == sides[1] else " → ".join(sides)

    def _came_to(self, call: NodeCall) -> str:
        """The names of what a slot or choice came to, of calls in a row each one once."""
        made = [part for _, part in call.parts] if call.structure == "repeat" else [call]
        kinds = list(dict.fromkeys(part.kind for part in made if part.kind))
        names = [kind_name(self._geometry.document, kind) for kind in kinds]
        return ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")

    def wire_problem(self, wire: str) -> Problem | None:
        """The error that is said at a wire: one at the input port it ends in."""
        record = self._geometry.wires[wire]
        for problem in self._own.get(record.target, ()):
            if problem.port == record.target_port and problem.kind == "error":
                return problem
        return None

    def node_problems(self, node: str) -> list[Problem]:
        """The problems that are said under a node: those that no wire says."""
        wired = {
            record.target_port
            for record in map(self._geometry.wires.__getitem__, self._geometry.wires_of(node))
            if record.target == node
        }
        return [
            problem
            for problem in self._own.get(node, ())
            if problem.kind != "error" or problem.port not in wired
        ]

    def inner_problems(self, node: str) -> int:
        """How many errors stand inside the module that a node is an instance of."""
        if self._call is None or node not in self._instances:
            return 0
        if node not in self._inner:
            inside = {inner for _, inner in self._call.nodes[node].inside()}
            errors = (problem.kind == "error" for inner in inside for problem in inner.problems)
            self._inner[node] = sum(errors)
        return self._inner[node]

    def has_error(self, node: str) -> bool:
        """Whether the node itself, or something inside it, is in error."""
        own = self._own.get(node, ())
        return any(problem.kind == "error" for problem in own) or self.inner_problems(node) > 0

    def troubled(self) -> set[str]:
        """Every node that is in error, or has something inside that is."""
        return {node for node in (*self._own, *self._instances) if self.has_error(node)}

    def explained(self, found: Type) -> str:
        """A type with the numbers that its symbols stand for: `B×10 = 2×10`."""
        shape = str(found)
        bound = tuple(substitute(dim, self._symbols) for dim in found.shape)
        return shape if bound == found.shape else f"{shape} = {found.with_shape(bound)}"

    def wire_tip(self, wire: str) -> str:
        """The tooltip of a wire: from where to where, what flows, and what is wrong."""
        record, card = self._geometry.wires[wire], self._geometry.card
        lines = [f"{card(record.source).title} → {card(record.target).title}"]
        found = self.type_of(wire)
        if found is not None:
            lines.append(self.explained(found))
        problem = self.wire_problem(wire)
        return "\n".join(lines if problem is None else [*lines, problem.text])

    def node_tip(self, node: str) -> str:
        """The tooltip of a node: its texts in full, its shapes, count and problems."""
        card_of = self._geometry.card
        card, facts = card_of(node), self.call_of(node)
        lines = [card.title, *card.lines]
        if card.marks.repeat:
            lines[1] += f" ×{card.marks.repeat}"
        if facts is not None:
            lines += [
                f"{port.name}: {self.explained(found)}"
                for port in card.outputs
                if (found := self.output(node, port.name)) is not None
            ]
            if facts.parameters != 0:
                lines.append(tr("{count} parameters", count=text(facts.parameters)))
        came_to = self.face(node).came_to
        if came_to and not card.marks.repeat:
            lines[1] = f"{card.marks.lead} → {came_to}"
        partners = [
            card_of(other).title for other in self._geometry.partners(node) if self._geometry.is_node(other)
        ]
        if partners:
            lines.append(tr("weights in common with {nodes}", nodes=", ".join(sorted(partners))))
        if card.users is not None:
            uses = tr("used once") if card.users == 1 else tr("used {count} times", count=card.users)
            lines.append(f"{uses} · {tr('double-click to enter')}")
        if card.marks.is_locked:
            lines.append(tr("of the library that ships: locked until a copy is edited"))
        lines += [problem.text for problem in self._own.get(node, ())]
        inner = self.inner_problems(node)
        if inner:
            lines.append(inner_text(inner))
        return "\n".join(lines)

    def port_tip(self, node: str, side: str, port: str) -> str:
        """The tooltip of a port: its name and what flows through it."""
        found = None
        wire = self._geometry.wire_into(node, port) if side == "in" else None
        if side == "out":
            found = self.output(node, port)
        elif wire is not None:
            found = self.type_of(wire)
        if found is not None:
            return f"{port}: {self.explained(found)}"
        drawn = self._geometry.card(node).input(port) if side == "in" else None
        if drawn is not None and drawn.default:
            return tr(
                "{port}: {number} unless something is wired",
                port=port,
                number=drawn.default.removeprefix("= "),
            )
        return port


def inner_text(count: int) -> str:
    """How an instance says that something inside it is wrong."""
    return tr("1 problem inside") if count == 1 else tr("{count} problems inside", count=count)


def shortened(count: Dim) -> str:
    """A count in at most four digits, `36.9 k`, `1.02 M`; a symbolic one as it is written; empty for none."""
    if not isinstance(count, int):
        written = text(count)
        return written if len(written) <= 12 else written[:11] + "…"
    if count < 1000:
        return str(count) if count else ""
    value, unit = float(count), 0
    while value >= 999.5 and unit < 4:
        value, unit = value / 1000, unit + 1
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {' kMGT'[unit]}"
