"""Finds the code of each call of a definition: of layers and instances, and of what is made of several."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..calls import ModuleCall, NodeCall
from ..dim import Dim, symbol
from ..expression import Expression, Value
from ..layers import LAYERS
from ..layers.spelling import Code, Spelling
from ..module_arguments import kind_of
from ..program import Definition, Entry, Program
from ..record import INDEX, INSTANCE_MARK
from ..settle import branch, evaluated, holds
from ..symbolic import AXES
from ..types import Type
from ..use import SLOT_MARK, Use
from ..value import kind_names, names_of
from .averages import refuse_renewing
from .made import Choice, Container, Maker, Passed, Row, Several, Word
from .names import constant_case
from .rows import Different, Merging, Said, at_index, said_by_argument, said_by_output
from .sizes import matched
from .slots import module_arguments, slots_of, usage
from .spelled import Running, Spelled, Vocabulary, default_of, known, module_made, spelled_layer
from .values import free_names


class Speller:
    """Spells the calls of one definition in the sizes of one of its calls."""

    def __init__(self, program: Program, definition: Definition, call: ModuleCall, words: Vocabulary) -> None:
        self.program, self.definition, self.call, self.words = program, definition, call, words

    def spelled(self, entry: Entry) -> Spelled:
        """The code of a node's call."""
        call = self.call.nodes[entry.node.id]
        if entry.node.repeat is not None:
            return self._row(entry, call)
        return self.once(entry, call, entry.node.kind, entry.node.arguments)

    def once(
        self,
        entry: Entry,
        call: NodeCall,
        kind: str,
        given: Mapping[str, Value],
        index: Mapping[str, Any] | None = None,
    ) -> Spelled:
        """The code of one call of a kind, its arguments as the user wrote them."""
        if kind.startswith(SLOT_MARK):
            return self._slot(entry, call, kind, given)
        if kind.startswith(INSTANCE_MARK):
            return self._instance(entry, call, given)
        if kind == "Choose":
            return self._choice(entry, call, given, index or {})
        if kind in ("If", "While"):
            return self._control(entry, call, kind, given)
        return spelled_layer(entry, LAYERS[kind], given, call, self.words)

    # Instances

    def _instance(self, entry: Entry, call: NodeCall, given: Mapping[str, Value]) -> Spelled:
        """The construction of an instance: inferred sizes and modules first, then the arguments set."""
        form, leading = self._leading(call)
        inner = self.program.definitions[form.definition]
        modules = [argument.name for argument in module_arguments(inner.module)]
        values = tuple(self._module_value(entry, call, inner, name, given.get(name)) for name in modules)
        keywords = tuple(
            (one.name, given[one.key]) for one in form.given if one.key in given and one.key not in modules
        )
        construct = Code(form.name, (*leading, *values), keywords)
        return replace(_whole(entry, call), spelling=Spelling(construct=construct), callees={form.name: form})

    def _leading(self, call: NodeCall) -> tuple[Any, tuple[Dim, ...]]:
        """The class of an instance's call, and the sizes that it is told."""
        form, inside = self.words.callee(call)
        sizes = matched(inside.inputs, call.inputs)
        modules = {
            argument.name for argument in module_arguments(self.program.definitions[form.definition].module)
        }
        told = [one for one in form.given if one.default is None and one.key not in modules]
        return form, tuple(sizes.get(one.key, 1) for one in told)

    # Modules that are given to modules

    def _module_value(
        self, entry: Entry, call: NodeCall, inner: Definition, name: str, value: Value | None
    ) -> Any:
        """What is passed for an argument that is a module, or a list of them."""
        argument = next(one for one in inner.module.arguments if one.name == name)
        value = argument.default if value is None else value
        if isinstance(value, Expression):
            return Passed(value)
        mode = usage(self.program, inner, name)
        if kind_of(argument) == "modules":
            uses = [use for use in value if isinstance(use, Use)] if isinstance(value, tuple) else []
            found = [self._calls_of_slot(call, inner, name, place) for place in range(len(uses))]
            return Several(
                tuple(self._passed(entry, use, at, mode) for use, at in zip(uses, found, strict=True))
            )
        assert isinstance(value, Use)
        return self._passed(entry, value, self._calls_of_slot(call, inner, name, 0), mode)

    def _calls_of_slot(self, call: NodeCall, inner: Definition, name: str, place: int) -> NodeCall | None:
        """The call at which the module is used that stands at a place of an argument."""
        if call.inner is None:
            return None
        for entry in slots_of(inner, name):
            node = call.inner.nodes[entry.node.id]
            if entry.node.slot == f"{name}[{INDEX}]":
                return node.part(str(place))
            if entry.node.slot in (name, f"{name}[{place}]"):
                return node.parts[0][1] if node.parts and entry.node.repeat is not None else node
        for entry in inner.entries:
            for key, value in entry.node.arguments.items():
                if name in names_of(value) and (entry.definition or "") in self.program.definitions:
                    assert entry.definition is not None
                    deeper = self.program.definitions[entry.definition]
                    return self._calls_of_slot(call.inner.nodes[entry.node.id], deeper, key, place)
        return None

    def _passed(self, entry: Entry, use: Use, at: NodeCall | None, mode: str) -> Any:
        if use.kind.startswith(SLOT_MARK) and not use.arguments:
            return Passed(Expression(use.kind[1:]))
        if at is None or not (at.layer or at.inner):
            return Word("None")
        if mode == "module":
            return module_made(self.once(entry, at, use.kind, use.named), self.words)
        if use.kind.startswith(INSTANCE_MARK):
            form, leading = self._leading(at)
            code = self.once(entry, at, use.kind, use.named).made
            if len(code.positional) == len(leading) and not code.keywords:
                return Word(form.name)
            sizes = tuple(one.name for one in form.given[: len(leading)])
            positional = (*map(Word, sizes), *code.positional[len(leading) :])
            return Maker(sizes, replace(code, positional=positional), settings=self._sets())
        axes, code = self._open_layer(entry, at, use.kind, use.named)
        return Maker(axes, code)

    def _sets(self) -> bool:
        """Whether a slot gives arguments to what it makes."""
        definitions = self.program.definitions.values()
        return any(
            entry.node.slot is not None and entry.node.arguments
            for definition in definitions
            for entry in definition.entries
        )

    def _open_layer(
        self, entry: Entry, at: NodeCall, kind: str, given: Mapping[str, Value]
    ) -> tuple[tuple[str, ...], Any]:
        """A layer's construction with names for the sizes of its inputs that it is told."""
        names = _axis_names(at)
        types = tuple(
            t.with_shape(tuple(map(symbol, own))) for t, own in zip(known(at.inputs), names, strict=True)
        )
        opened = self.once(entry, at.replaced(inputs=types), kind, given)
        code = module_made(opened, self.words)
        read = dict.fromkeys(name for name in free_names(code) if any(name in own for own in names))
        return tuple(read), code

    # Slots

    def _slot(self, entry: Entry, call: NodeCall, kind: str, given: Mapping[str, Value]) -> Spelled:
        """The module that the class is given, or what it makes with what it is given."""
        source = Expression(kind[len(SLOT_MARK) :])
        argument = next(
            one.name for one in module_arguments(self.definition.module) if one.name in kind_names(kind)
        )
        structure: Any = Passed(source)
        if usage(self.program, self.definition, argument) == "maker":
            structure = self._made_by(entry, call, source, given)
        return replace(_whole(entry, call), structure=structure)

    def _made_by(self, entry: Entry, call: NodeCall, source: Expression, given: Mapping[str, Value]) -> Code:
        called = argument_names(self.definition)
        target = called.get(source.source, source.source)
        if call.inner is not None:
            form, leading = self._leading(call)
            called = {one.key: one.name for one in form.given}
            keywords = tuple((called.get(key, key), value) for key, value in given.items())
            return Code(target, leading, keywords)
        names = _axis_names(call)
        told, _ = self._open_layer(entry, call, call.kind, call.arguments)
        dims = {
            name: dim
            for own, type_ in zip(names, known(call.inputs), strict=True)
            for name, dim in zip(own, type_.shape, strict=True)
        }
        return Code(target, tuple(dims[name] for name in told), tuple(given.items()))

    # Choices

    def _choice(
        self, entry: Entry, call: NodeCall, given: Mapping[str, Value], index: Mapping[str, Any]
    ) -> Spelled:
        if call.structure != "choose":
            scope = {**self._scope(), **index}
            picked = holds("condition", evaluated("condition", given.get("condition", True), scope))
            use = branch(given, picked)
            return self.once(entry, call, use.kind, use.named, index)
        parts: dict[str, Spelled] = {}
        for key, part in call.parts:
            if not part.faults:
                use = branch(given, key == "then")
                parts[key] = self.once(entry, part, use.kind, use.named, index)
        made = {key: module_made(part, self.words) for key, part in parts.items()}
        if len(made) == 1:
            return next(iter(parts.values()))
        condition = given.get("condition", True)
        callees = {name: form for part in parts.values() for name, form in part.callees.items()}
        structure = Choice(condition, made["then"], made["otherwise"])
        return replace(_whole(entry, call), callees=callees, structure=structure)

    def _scope(self) -> dict[str, Any]:
        names = {entry.node.id: entry.node.name for entry in self.definition.entries}
        pairs = zip(self.definition.inputs, self.call.inputs, strict=True)
        types: dict[str, Type] = {names[node]: type_ for node, type_ in pairs if type_ is not None}
        return {**types, **self.call.arguments}

    # Branches and loops at run time

    def _control(self, entry: Entry, call: NodeCall, kind: str, given: Mapping[str, Value]) -> Spelled:
        dialect = self.words.dialect
        if kind in dialect.keeps_no_averages:
            refuse_renewing(entry.node.id, call, kind, dialect.keeps_no_averages[kind])
        parts = []
        for key, part in call.parts:
            use = given.get(key, default_of(kind, key))
            assert isinstance(use, Use), "a part is a module"
            inlined = self.words.inline(part) if use.kind.startswith(INSTANCE_MARK) else None
            if inlined is None:
                parts.append((key, self.once(entry, part, use.kind, use.named)))
                continue
            spelling = Spelling(apply=inlined.text)
            parts.append((key, replace(_whole(entry, part), spelling=spelling, inside=inlined.nodes)))
        inside = tuple(node for _, part in parts for node in part.inside)
        callees = {name: form for _, part in parts for name, form in part.callees.items()}
        running: Running = "if" if kind == "If" else "while"
        whole = _whole(entry, call)
        return replace(whole, callees=callees, parts=tuple(parts), running=running, inside=inside)

    # Calls in a row

    def _row(self, entry: Entry, call: NodeCall) -> Spelled:
        node = entry.node
        if not call.parts:
            places = _places(call)
            passing = Spelling(apply=f"{{{places[0]}}}")
            return replace(_whole(entry, call), spelling=passing)
        distinct: dict[NodeCall, Spelled] = {}
        for key, part in call.parts:
            if part not in distinct:
                index = {INDEX: int(key) if key.isdecimal() else symbol(INDEX)}
                distinct[part] = self.once(entry, part, node.kind, node.arguments, index)
        spelled = [distinct[part] for _, part in call.parts]
        callees = {name: form for one in distinct.values() for name, form in one.callees.items()}
        one_way = len(call.inputs) == len(call.outputs) == 1
        if node.shared:
            first = replace(spelled[0], call=call.parts[0][1])
            return replace(_whole(entry, call), callees=callees, parts=(("", first),), running="rounds")
        dialect = self.words.dialect
        container = dialect.sequence if one_way else dialect.listing
        structure = self._structure(entry, call, spelled, container)
        running: Running = "" if one_way else "each"
        return replace(_whole(entry, call), callees=callees, structure=structure, running=running)

    def _structure(self, entry: Entry, call: NodeCall, spelled: list[Spelled], container: Container) -> Any:
        node = entry.node
        made = [module_made(one, self.words) for one in spelled]
        reads = INDEX in kind_names(node.kind).union(*map(names_of, node.arguments.values()))
        is_root = self.definition.module.id == self.program.root
        merging = Merging(
            [int(key) if key.isdecimal() else symbol(INDEX) for key, _ in call.parts],
            lambda sizes: self._following(sizes, entry, call),
            # A class is told sizes under such words itself; the root is told none.
            lambda code, place: _size_word(code, place, spelled) if is_root else "current",
        )
        try:
            what = made[0] if len(made) == 1 and not reads else merging.merged(made)
        except Different:
            pairs = zip((key for key, _ in call.parts), made, strict=True)
            return Several(
                tuple(at_index(one, int(k)) if k.isdecimal() else one for k, one in pairs), container
            )
        indexed = reads or INDEX in free_names(what)
        return Row(what, node.repeat, container, indexed, tuple(merging.carried))

    def _following(self, sizes: Sequence[Any], entry: Entry, call: NodeCall) -> Said | None:
        parts = [part for _, part in call.parts]
        said = said_by_argument(sizes, entry.node.arguments, [part.arguments for part in parts])
        inner = parts[0].inner
        if said is not None or inner is None:
            return said
        definition = self.program.definitions[inner.module]
        given = {a.name: entry.node.arguments.get(a.name, a.default) for a in definition.module.arguments}
        return said_by_output(
            sizes, [_dims(part.outputs) for part in parts], _dims(definition.symbolic.outputs), given
        )


def argument_names(definition: Definition) -> dict[str, str]:
    """What code calls the arguments that a module declares."""
    called: dict[str, str] = {}
    for argument in definition.module.arguments:
        called[argument.name] = constant_case(argument.name, set(called.values()))
    return called


def _whole(entry: Entry, call: NodeCall) -> Spelled:
    """A call whose places are its inputs by number, with no code yet."""
    return Spelled(
        entry=entry, call=call, spelling=Spelling(), places=_places(call), results=entry.outputs, callees={}
    )


def _places(call: NodeCall) -> tuple[str, ...]:
    return tuple(f"a{place}" for place in range(len(call.inputs)))


def _axis_names(call: NodeCall) -> list[tuple[str, ...]]:
    """A name for each axis of each input, by which a function is told its size."""
    found: list[tuple[str, ...]] = []
    for place, type_ in enumerate(known(call.inputs)):
        words = AXES.get(type_.rank, tuple(f"size{axis}" for axis in range(type_.rank)))
        found.append(tuple(f"{word}{place + 1}" if place else word for word in words))
    return found


def _dims(types: Sequence[Type | None]) -> list[Dim]:
    return [dim for type_ in types if type_ is not None for dim in type_.shape]


def _size_word(code: Code, place: int, spelled: Sequence[Spelled]) -> str:
    """What a loop calls the size that it carries for a place of a call."""
    for one in spelled:
        form = one.callees.get(code.target)
        if form is not None and place < len(form.given):
            return str(form.given[place].name.removeprefix("in_"))
    return "features"
