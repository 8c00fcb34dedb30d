"""One walk over a program: each definition becomes a class to be written, in no framework's words."""

from ..calls import ModuleCall, NodeCall
from ..layers.layer import Layer
from ..layers.spelling import Code
from ..program import Entry, Program
from ..resolve import bound
from ..types import Type
from .composed import Composed, composed
from .definition import Writing
from .form import ClassForm, Dialect, Form, Sample
from .names import class_name
from .sizes import index_bound
from .spelled import Vocabulary


def walk(program: Program, dialect: Dialect) -> Form:
    """The program's classes, callees first; definitions that nothing calls are left out."""
    walking = _Walk(program, dialect)
    root = walking.form(program.definitions[program.root].symbolic)
    return Form(
        classes=tuple(walking.forms.values()),
        samples=_samples(program, root),
        composed=tuple(walking.composed.values()),
    )


class _Walk:
    def __init__(self, program: Program, dialect: Dialect) -> None:
        self.program = program
        self.words = Vocabulary(dialect=dialect, callee=self.callee, compose=self.compose)
        self.forms: dict[ModuleCall, ClassForm] = {}
        self.composed: dict[tuple[Layer, tuple[Type, ...]], Composed] = {}
        self.names: set[str] = set()

    def form(self, call: ModuleCall) -> ClassForm:
        """The class of the module that is written in the sizes of this call."""
        if call not in self.forms:
            writing = Writing(self.program, call, self.words)
            name = class_name(writing.definition.module.name, self.names)
            self.names.add(name)
            self.forms[call] = writing.form(name)
        return self.forms[call]

    def callee(self, entry: Entry, call: NodeCall) -> tuple[ClassForm, ModuleCall]:
        """The class of an instance, with symbols where these fit the call, else for this call alone."""
        assert entry.definition is not None and call.inner is not None
        symbolic = self.program.definitions[entry.definition].symbolic
        inside = symbolic if not symbolic.assumed and _fits(symbolic, call) else call.inner
        return self.form(inside), inside

    def compose(self, layer: Layer, types: tuple[Type, ...]) -> Code:
        """The construction of a layer's class that is printed from primitives; equal ones share it."""
        if (layer, types) not in self.composed:
            name = class_name(type(layer).__name__, self.names)
            self.names.add(name)
            self.composed[layer, types] = composed(layer, types, name)
        return self.composed[layer, types].construct


def _fits(symbolic: ModuleCall, call: NodeCall) -> bool:
    """Whether what is written for the symbols holds for the call: its inputs have as many axes."""
    ranks = [type_.rank if type_ is not None else None for type_ in symbolic.inputs]
    return ranks == [type_.rank if type_ is not None else None for type_ in call.inputs]


def _samples(program: Program, root: ClassForm) -> tuple[Sample, ...]:
    definition = program.definitions[program.root]
    nodes = {entry.node.id: entry.node for entry in definition.entries}
    found: list[Sample] = []
    for name, node, type_ in zip(root.inputs, definition.inputs, definition.symbolic.inputs, strict=True):
        if type_ is not None:
            limit = index_bound(nodes[node]) if type_.dtype == "int64" else None
            found.append(Sample(name=name, shape=bound(type_, program.symbols), bound=limit))
    return tuple(found)
