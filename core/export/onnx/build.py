"""A program as an ONNX model: each module that is called becomes a function, the root the graph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...calls import ModuleCall
from ...dim import Dim, substitute, symbols
from ...program import Definition, Entry, Program, slots
from ...record import INDEX
from ...text import tr
from ...types import Type
from ..error import ExportError
from ..names import class_name, identifier
from .calls import Calls
from .graph import Function, Graph, Model, Named
from .protobuf import function as function_bytes
from .scope import NeedsNumber, Scope, Value
from .tensors import Place, Tensors

Sizes = Mapping[str, Dim]
"""What a size is in a call, by its name."""


def build(program: Program) -> Model:
    """The model. Sizes stay open but those that an operator has to be told as numbers.

    Raises ExportError where ONNX has no operator for something.
    """
    fixed: dict[str, int] = {}
    while True:
        try:
            return Building(program, fixed).model()
        except NeedsNumber as error:
            open_sizes = error.sizes & program.symbols.keys() - fixed.keys()
            if not open_sizes:
                sizes = ", ".join(sorted(error.sizes))
                raise ExportError(tr("ONNX has to know {sizes} as numbers", sizes=sizes)) from None
            fixed |= {name: program.symbols[name] for name in open_sizes}


@dataclass(frozen=True, eq=False)
class Built:
    """What a call of a function needs to know: which weights and sizes it is given, and what it gives."""

    name: str
    weights: tuple[tuple[Place, Type], ...]
    sizes: tuple[str, ...]
    outputs: tuple[Type, ...]


@dataclass(eq=False)
class Frame:
    """One module while it is written."""

    definition: Definition
    call: ModuleCall
    scope: Scope
    tensors: Tensors
    sizes: Sizes
    wanted: dict[tuple[str, str], str]
    """What the values that leave the module are called, by the ports that give them."""
    values: dict[tuple[str, str], Value] = field(default_factory=dict)


class Building:
    """Writes the functions as they are first called; those that read alike are one."""

    def __init__(self, program: Program, fixed: dict[str, int]) -> None:
        self.program = program
        self.fixed = fixed
        self.domain = identifier(program.definitions[program.root].module.name, (), "network")
        self.functions: dict[bytes, Function] = {}
        self.built: dict[tuple[ModuleCall, Dim | None], Built] = {}
        self.names: set[str] = set()
        self.titles = {
            entry.node.id: entry.node.name
            for definition in program.definitions.values()
            for entry in definition.entries
        }

    def dotted(self, place: Place) -> str:
        """The names along the way from a module to a tensor."""
        path, tensor = place
        return ".".join((*(self.titles.get(key, key) for key in path), tensor))

    def model(self) -> Model:
        """The whole model."""
        program = self.program
        definition = program.definitions[program.root]
        known = {slot.name: slot.dotted for slot in slots(program)}
        scope = Scope(_unknown, taken=set(known.values()))

        def named(place: Place) -> str:
            # What stands in calls whose number is a size is not listed.
            return known.get(_slot(place)) or scope.fresh(self.dotted(place))

        tensors = Tensors(named, definition.ties)
        inputs = [
            self._input(scope, entry, program.call, self.fixed) for entry in _ports(definition, "inputs")
        ]
        outputs = self._written(definition, program.call, scope, tensors, self.fixed, inputs)
        graph = Graph(
            name=self.domain,
            inputs=tuple(Named(value.name, value.type) for value in inputs),
            outputs=tuple(Named(value.name, value.type) for value in outputs),
            nodes=tuple(scope.nodes),
        )
        return Model(
            name=definition.module.name,
            domain=self.domain if self.functions else "",
            graph=graph,
            functions=tuple(self.functions.values()),
            initializers=tuple(
                Named(name, self._numbered(type_)) for name, type_ in tensors.formals.values()
            ),
            slots={name: _slot(place) for place, (name, _) in tensors.formals.items()},
            fixed=dict(self.fixed),
            help=definition.module.help,
        )

    def _numbered(self, type_: Type) -> Type:
        sizes: Sizes = self.program.symbols
        found = type_.with_shape(tuple(substitute(dim, sizes) for dim in type_.shape))
        left = frozenset().union(*(symbols(dim) for dim in type_.shape))
        if left - self.fixed.keys():
            raise NeedsNumber(left)  # a weight is as large as it is
        return found

    def _input(self, scope: Scope, entry: Entry, call: ModuleCall, sizes: Sizes) -> Value:
        type_ = call.nodes[entry.node.id].outputs[0]
        if type_ is None:
            raise ExportError(tr("{name}: its shape is not known", name=entry.node.name), (entry.node.id,))
        return scope.see(Value(scope.fresh(entry.node.name), put_in(type_, sizes)))

    def function(self, call: ModuleCall, sizes: Sizes) -> Built:
        """The function of a module at a call."""
        key = (call, sizes.get(INDEX))
        if key not in self.built:
            self.built[key] = self._function(call, sizes)
        return self.built[key]

    def _function(self, call: ModuleCall, sizes: Sizes) -> Built:
        definition = self.program.definitions[call.module]
        asked: dict[str, str] = {}

        def ask(size: str) -> str:
            if size not in asked:
                asked[size] = scope.fresh(f"size_{size}")
            return asked[size]

        scope = Scope(ask)

        def named(place: Place) -> str:
            return scope.fresh(self.dotted(place))

        tensors = Tensors(named, definition.ties)
        inputs = [self._input(scope, entry, call, sizes) for entry in _ports(definition, "inputs")]
        outputs = self._written(definition, call, scope, tensors, sizes, inputs)
        given = (
            *(value.name for value in inputs),
            *(name for name, _ in tensors.formals.values()),
            *asked.values(),
        )
        made = Function(
            "", given, tuple(value.name for value in outputs), tuple(scope.nodes),
            help=definition.module.help, origin=definition.module.id,
        )  # fmt: skip
        return Built(
            name=self._registered(made, definition.module.name),
            weights=tuple((place, type_) for place, (_, type_) in tensors.formals.items()),
            sizes=tuple(asked),
            outputs=tuple(value.type for value in outputs),
        )

    def _registered(self, made: Function, title: str) -> str:
        key = function_bytes(made, self.domain)
        if key not in self.functions:
            name = class_name(title, self.names)
            self.names.add(name)
            self.functions[key] = replace(made, name=name)
        return self.functions[key].name

    def _written(
        self,
        definition: Definition,
        call: ModuleCall,
        scope: Scope,
        tensors: Tensors,
        sizes: Sizes,
        inputs: Sequence[Value],
    ) -> list[Value]:
        """Puts a module's nodes into the scope; the values of its outputs, each by a name of its own."""
        ends = _ports(definition, "outputs")
        wanted: dict[tuple[str, str], str] = {}
        names: list[str] = []
        for end in ends:
            names.append(scope.fresh(end.node.name))
            source = end.sources[0] if end.sources else None
            if source is not None:
                wanted.setdefault((source.node, source.port), names[-1])
        frame = Frame(definition, call, scope, tensors, sizes, wanted)
        frame.values.update(((key, "y"), value) for key, value in zip(definition.inputs, inputs, strict=True))
        calls = Calls(self, frame)
        for entry in definition.entries:
            if entry.node.id not in (*definition.inputs, *definition.outputs):
                calls.entry(entry)
        return [_output(frame, end, name) for end, name in zip(ends, names, strict=True)]


def _output(frame: Frame, end: Entry, name: str) -> Value:
    source = end.sources[0] if end.sources else None
    value = None if source is None else frame.values.get((source.node, source.port))
    if value is None:
        raise ExportError(tr("{name}: nothing reaches this output", name=end.node.name), (end.node.id,))
    if value.name != name:
        with frame.scope.at(end.node.name, end.node.id, name):
            frame.scope.put("Identity", (value.name,), (name,))
    return Value(name, value.type)


def _ports(definition: Definition, which: str) -> list[Entry]:
    entries = {entry.node.id: entry for entry in definition.entries}
    return [entries[key] for key in (definition.inputs if which == "inputs" else definition.outputs)]


def _unknown(size: str) -> str:
    raise NeedsNumber(frozenset({size}))


def _slot(place: Place) -> str:
    return "/".join((*place[0], place[1]))


def put_in(type_: Type, sizes: Sizes) -> Type:
    """The type with sizes put in."""
    return type_.with_shape(tuple(substitute(dim, sizes) for dim in type_.shape))
