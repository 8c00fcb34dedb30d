"""One walk over a program: each definition becomes a class to be written, in no framework's words."""

from dataclasses import replace

from ..calls import ModuleCall, NodeCall
from ..inputs import index_bound
from ..layers.layer import Layer
from ..layers.spelling import Code, Pasted
from ..problem import Path
from ..program import Definition, Entry, Program
from ..resolve import bound
from ..types import Type
from .alike import spelled_alike
from .composed import Composed, composed
from .definition import Writing
from .enclosed import enclosed
from .first import first_values
from .fit import fits
from .form import ClassForm, Dialect, Form, Sample
from .initial import fillings
from .inlined import expression, keeps_nothing
from .made import codes_in
from .names import class_name
from .slots import makers
from .spelled import Inlined, Spelled, Vocabulary
from .tensors import Classes, Places, attribute_ties


def walk(program: Program, dialect: Dialect) -> Form:
    """The program's classes, callees first; definitions that nothing calls are left out."""
    dialect = dialect.fitted(dialect, program)
    walking = _Walk(program, dialect)
    root = walking.form(program.definitions[program.root].symbolic)
    return Form(
        classes=tuple({one.name: one for one in walking.forms.values()}.values()),
        samples=_samples(program, root),
        composed=tuple(walking.composed.values()),
        helpers=walking.helpers,
        pasted={name: file for file, name in walking.pasted.items()},
        images_last=dialect.images_last,
        made=walking.made,
        first=first_values(program),
    )


class _Walk:
    def __init__(self, program: Program, dialect: Dialect) -> None:
        self.program = program
        self.words = Vocabulary(
            dialect=dialect,
            callee=self.callee,
            compose=self.compose,
            enclose=self.enclose,
            inline=self.inline,
            paste=self.paste,
        )
        self.forms: dict[ModuleCall | str, ClassForm] = {}
        self.made: dict[ModuleCall, ClassForm] = {}
        self.enclosures: list[ClassForm] = []
        self.inlined: dict[ModuleCall, Inlined | None] = {}
        self.composed: dict[tuple[Layer, tuple[Type, ...]], Composed] = {}
        self.helpers: dict[str, str] = {}
        self.pasted: dict[Pasted, str] = {}
        self.names = set(dialect.classes)

    def form(self, call: ModuleCall) -> ClassForm:
        """The class of the module that is written in the sizes of this call."""
        if call not in self.forms:
            self.forms[call] = self._written(Writing(self.program, call, self.words))
        return self.forms[call]

    def _written(self, writing: Writing) -> ClassForm:
        """The class; one of the same definition that reads alike serves both."""
        module = writing.definition.module
        form = writing.form(class_name(module.name, self.names))
        if writing.definition.ties:
            classes = Classes(self.made, {one.definition: one for one in self.forms.values()})
            places = Places(self.program, classes, self.words.dialect)
            form = replace(form, chain=None)
            ties = attribute_ties(places, form, writing.call, writing.definition.ties)
            form = replace(form, ties=ties)
        for spelled in writing.calls:
            self._note_helper(spelled)
        steps = fillings(self.program, self.words, form, writing.call)
        if steps:
            form = replace(form, chain=None, fillings=steps)
        form = self.words.dialect.finished(form)
        for other in self.forms.values():
            if other.definition == module.id and other.same_code(form):
                return other
        self.names.add(form.name)
        return form

    def _note_helper(self, spelled: Spelled) -> None:
        """Keeps which class of the framework's own helpers a node is made of, if any."""
        for made in codes_in(spelled.made):
            if made.target in self.words.dialect.classes:
                self.helpers.setdefault(spelled.entry.node.id, made.target)

    def callee(self, call: NodeCall) -> tuple[ClassForm, ModuleCall]:
        """The class of an instance, with symbols where these fit the call, else for this call alone."""
        assert call.inner is not None
        inside = self._written_for(call.inner)
        self.made[call.inner] = form = self.form(inside)
        return form, inside

    def inline(self, call: NodeCall) -> Inlined | None:
        """The expression that an instance is, with places for its inputs; None where it has to be a class."""
        if call.inner is None:
            return None
        if call.inner not in self.inlined:
            self.inlined[call.inner] = self._expression(call.inner)
        return self.inlined[call.inner]

    def _expression(self, call: ModuleCall) -> Inlined | None:
        if not keeps_nothing(self.program.definitions[call.module], call, self.words.dialect):
            return None
        return expression(Writing(self.program, self._written_for(call), self.words).form(""))

    def _written_for(self, call: ModuleCall) -> ModuleCall:
        """The call in whose sizes a call's module is written: that of the symbols where these fit."""
        definition = self.program.definitions[call.module]
        symbolic = definition.symbolic
        serves = (
            not symbolic.assumed
            and _same_numbers(definition, call)
            and fits(symbolic, call, makers(self.program, definition))
            and self._reads_alike(definition, call)
        )
        return symbolic if serves else call

    def _reads_alike(self, definition: Definition, call: ModuleCall) -> bool:
        """Whether the nodes of the call are written as those of its definition, of the same classes."""
        for entry in definition.entries:
            key = entry.node.id
            one, other = definition.symbolic.nodes.get(key), call.nodes.get(key)
            if one is None or other is None:
                continue
            if not spelled_alike(entry, one, other, self.words.dialect):
                return False
            if _is_empty(other) and one.parts and not self.words.dialect.runs_nothing:
                return False
            if not self._classes_in(other, entry) <= self._classes_in(one, entry):
                return False
        return True

    def _classes_in(self, node: NodeCall, entry: Entry) -> set[str]:
        """The classes that a node's calls are made of, but for modules that are given from outside."""
        if entry.node.slot is not None:
            return set()
        found: set[str] = set()
        for keys, inner in node.inside():
            one = NodeCall((), (), inner=inner)
            is_part = bool(keys) and _at(node, keys[:-1]).structure in ("if", "while")
            inlined = self.inline(one) if is_part else None
            found.add(self.callee(one)[0].name if inlined is None else inlined.text)
        return found

    def enclose(self, spelled: Spelled) -> Code:
        """The construction of a loop's or branch's class; those that read alike share it."""
        name = class_name(spelled.entry.node.name, self.names)
        form, code = enclosed(spelled, name, self.words)
        for other in self.enclosures:
            if other.same_code(form):
                return replace(code, target=other.name)
        self.names.add(name)
        self.enclosures.append(form)
        self.forms[form.name] = form
        return code

    def compose(
        self, layer: Layer, types: tuple[Type, ...], title: str = "", template: str = "", node: str = ""
    ) -> Composed:
        """A layer's class that is printed from primitives, or returns the template; equal ones share it."""
        if (layer, types) not in self.composed:
            name = class_name(title, self.names, type(layer).__name__)
            self.names.add(name)
            self.composed[layer, types] = composed(layer, types, name, template)
        made = self.composed[layer, types]
        if node:
            self.helpers.setdefault(node, made.name)
        return made

    def paste(self, file: Pasted) -> str:
        """The name of the class around a user's file; equal ones share it."""
        if file not in self.pasted:
            name = class_name(file.file.rpartition("/")[2].removesuffix(".py"), self.names)
            self.names.add(name)
            self.pasted[file] = name
        return self.pasted[file]


def _is_empty(call: NodeCall) -> bool:
    """Whether it is a row of no calls."""
    return call.structure == "repeat" and not call.parts


def _at(node: NodeCall, keys: Path) -> NodeCall:
    """The part of a call at the end of these keys."""
    for key in keys:
        found = node.part(key)
        assert found is not None, "the keys are those of its parts"
        node = found
    return node


def _same_numbers(definition: Definition, call: ModuleCall) -> bool:
    """Whether the arguments that could not be symbols have the values that the definition is written with."""
    symbolic = definition.symbolic.arguments
    whole = [one.name for one in definition.module.arguments if type(one.default) is int]
    return all(
        type(symbolic.get(name)) is not int or symbolic[name] == call.arguments.get(name) for name in whole
    )


def _samples(program: Program, root: ClassForm) -> tuple[Sample, ...]:
    definition = program.definitions[program.root]
    nodes = {entry.node.id: entry.node for entry in definition.entries}
    found: list[Sample] = []
    for name, node, type_ in zip(root.inputs, definition.inputs, program.call.inputs, strict=True):
        if type_ is not None:
            limit = index_bound(nodes[node], program.call.arguments) if type_.dtype == "int64" else None
            found.append(Sample(name=name, shape=bound(type_, program.symbols), bound=limit))
    return tuple(found)
