"""What a training goes down: the design's own loss, or one that is put after its output in a copy.

An added loss is a layer like any other, so that its values and gradients are the engine's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..dim import text
from ..document import Document
from ..edits.naming import unique_name
from ..expression import Value
from ..initialise import Array
from ..program import Program, build_program
from ..record import ROOT, Node, Record, Wire, fresh_id
from ..resolve import Resolver
from ..text import tr
from ..types import Type
from .network import PlanError


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A program with a loss. Everything goes by the names of the root's inputs and outputs.

    `scores` is what the loss compares with `labels`: (B, K, …) where `counts_classes`, so that K classes can
    be told apart, else of the labels' shape. Both are None where the loss has no labels of its own.
    `inputs` are the others that the loss depends on. `sentence` says how the loss was found.
    """

    program: Program
    loss: str
    scores: str | None
    labels: str | None
    inputs: tuple[str, ...]
    counts_classes: bool
    classes: int | None
    sentence: str


def objective_of(document: Document, labels: Array | None, output: str | None = None) -> Objective:
    """The loss at an output: the one named, else the first that is a scalar, else the first.

    A scalar is the loss itself. To others a loss is added: cross-entropy where `labels` are whole numbers,
    one for each (B, K, …) of scores, else the mean squared error. A Softmax that the scores end in is passed
    by, since cross-entropy has it built in. Raises PlanError with a sentence where there is no such loss.
    """
    finder = _Finder(document, Resolver(document))
    node, type_ = finder.output(output)
    if type_.rank == 0:
        return finder.own(node)
    if labels is None:
        raise PlanError(
            tr("the output {name} has no loss of its own, and the data holds no labels", name=node.name)
        )
    return finder.added(node, type_, labels)


class _Finder:
    def __init__(self, document: Document, resolver: Resolver) -> None:
        self.document = document
        self.resolver = resolver
        self.calls = resolver.resolution.root.nodes
        self.records: list[Record] = list(document.records.values())
        self.names = {node.name for node in document.nodes(ROOT)}

    def output(self, name: str | None) -> tuple[Node, Type]:
        outputs = [self.document.node(key) for key, _ in self.resolver.schedule(ROOT).outputs]
        if not outputs:
            raise PlanError(tr("the design has no output that could be trained"))
        if name is None:
            scalars = [node for node in outputs if (type_ := self.type_of(node)) and type_.rank == 0]
            return self.typed([*scalars, *outputs][0])
        for node in outputs:
            if node.name == name:
                return self.typed(node)
        known = ", ".join(node.name for node in outputs)
        raise PlanError(tr("there is no output {name}; there are {names}", name=name, names=known))

    def type_of(self, node: Node) -> Type | None:
        return next(iter(self.calls[node.id].inputs), None) if node.id in self.calls else None

    def typed(self, node: Node) -> tuple[Node, Type]:
        type_ = self.type_of(node)
        if type_ is None:
            raise PlanError(tr("it has no shape, as something before it is missing or wrong"), (node.id,))
        if type_.dtype != "float32":
            raise PlanError(tr("whole numbers have no slope to be trained by"), (node.id,))
        return node, type_

    def own(self, node: Node) -> Objective:
        """The scalar at an Output; its labels are the Input that a loss layer compares with."""
        sentence = tr("the loss is the output {name}", name=node.name)
        source = self.source(node.id, "x")
        layer = self.calls[source.source].layer if source is not None else None
        target = self.source(source.source, "target") if source is not None and layer is not None else None
        asked = self.document.node(target.source) if target is not None else None
        scores = self.source(source.source, "x") if source is not None else None
        if layer is None or layer.category != "loss" or scores is None:
            return self.objective(node.name, None, None, None, sentence)
        if asked is None or asked.kind != "Input":
            return self.objective(node.name, None, None, None, sentence)
        type_ = self.calls[scores.source].outputs[self.output_index(scores)]
        classes = type_ if type(layer).__name__ == "CrossEntropyLoss" else None
        return self.objective(node.name, self.show(scores), asked.name, classes, sentence)

    def added(self, node: Node, type_: Type, labels: Array) -> Objective:
        """A loss layer after what an Output shows, with an Input for the labels."""
        counts = labels.dtype.kind in "iub" and labels.ndim == type_.rank - 1 and type_.shape[1] != 1
        scores = self.source(node.id, "x")
        assert scores is not None, "what has a type has a source"
        settings: dict[str, Value] = {"order": 1_000_000, "shape": _written(type_)}
        if counts:
            if self.document.node(scores.source).kind == "Softmax":
                scores = self.source(scores.source, "x") or scores
            bound = type_.shape[1]
            settings |= {"shape": _written(_per_example(type_)), "dtype": "int64"}
            settings["bound"] = bound if isinstance(bound, int) else int(labels.max(initial=0)) + 1
        asked = self.add("Input", "labels", settings)
        layer = self.add("CrossEntropyLoss" if counts else "MSELoss", "loss", {})
        self.wire(scores.source, scores.source_port, layer.id, "x")
        self.wire(asked.id, "y", layer.id, "target")
        loss = self.add("Output", "loss", {"order": 1_000_000})
        self.wire(layer.id, "y", loss.id, "x")
        sentence = (
            tr("the loss is the cross-entropy of the output {name} against the labels", name=node.name)
            if counts
            else tr(
                "the loss is the mean squared error of the output {name} against the labels", name=node.name
            )
        )
        return self.objective(loss.name, self.show(scores), asked.name, type_ if counts else None, sentence)

    def objective(
        self, loss: str, scores: str | None, labels: str | None, classes: Type | None, sentence: str
    ) -> Objective:
        document = Document(self.records)
        program = build_program(document, Resolver(document))
        count = classes.shape[1] if classes is not None else None
        return Objective(
            program=program,
            loss=loss,
            scores=scores,
            labels=labels,
            inputs=tuple(name for name in _needed(program, loss) if name != labels),
            counts_classes=classes is not None,
            classes=count if isinstance(count, int) else None,
            sentence=sentence,
        )

    def source(self, node: str, port: str) -> Wire | None:
        return self.resolver.graphs.wire(node, port)

    def output_index(self, wire: Wire) -> int:
        return self.resolver.schedule(ROOT).ports[wire.source].outputs.index(wire.source_port)

    def show(self, wire: Wire) -> str:
        """The name of an Output of what the wire carries."""
        output = self.add("Output", "scores", {"order": 1_000_001})
        self.wire(wire.source, wire.source_port, output.id, "x")
        return output.name

    def add(self, kind: str, name: str, arguments: Mapping[str, Value]) -> Node:
        name = unique_name(self.names, name)
        self.names.add(name)
        node = Node(id=fresh_id(), module=ROOT, kind=kind, name=name, arguments=arguments)
        self.records.append(node)
        return node

    def wire(self, source: str, source_port: str, target: str, target_port: str) -> None:
        wire = Wire(
            id=fresh_id(),
            module=ROOT,
            source=source,
            source_port=source_port,
            target=target,
            target_port=target_port,
        )
        self.records.append(wire)


def _written(type_: Type) -> str:
    return ", ".join(text(dim) for dim in type_.shape)


def _per_example(type_: Type) -> Type:
    """(B, K, …) without the classes."""
    return type_.with_shape((type_.shape[0], *type_.shape[2:]))


def _needed(program: Program, output: str) -> list[str]:
    """The names of the root's inputs that lead to an output, in their order."""
    root = program.definitions[program.root]
    entries = {entry.node.id: entry for entry in root.entries}
    waiting = [entry.node.id for entry in root.entries if entry.node.name == output]
    seen: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key not in seen and key in entries:
            seen.add(key)
            waiting += [source.node for source in entries[key].sources if source is not None]
    return [entries[key].node.name for key in root.inputs if key in seen]
