"""The code of one call: its spelling in the framework, or that of the class it is an instance of."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal as OneOf, Protocol

from ..calls import ModuleCall, NodeCall
from ..expression import Expression
from ..layers.layer import LAYERS, Layer, Tensor, layer_ports
from ..layers.spelling import Code, Pasted, Spelling, Stored
from ..ports import variadic_names
from ..program import Entry
from ..types import Type
from .arrangement import Same, permuted
from .composed import Composed, composed
from .form import Activation, ClassForm, Dialect
from .quoted import quoted, sources
from .refusal import refused_at
from .values import free_names

PORTS = ("Input", "Output")
"""Kinds that stand for the definition's own ports."""

Running = OneOf["", "if", "while", "rounds", "each"]
"""How a call of several parts runs: by a condition, in rounds of one part, or each part of a list in turn."""


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """A call with its code; `places` and `results` name what goes in and what comes out.

    `structure` is what the class makes where that is no plain call. `parts` are calls that the class makes
    apart from each other and that run as `running` says.
    """

    entry: Entry
    call: NodeCall
    spelling: Spelling
    places: tuple[str, ...]
    results: tuple[str, ...]
    activation: Activation | None = None
    callees: Mapping[str, ClassForm]
    structure: Any = None
    parts: tuple[tuple[str, "Spelled"], ...] = ()
    running: Running = ""
    inside: tuple[str, ...] = ()
    """The nodes of modules that are written as expressions in it."""

    @property
    def layer(self) -> Layer | None:
        """The layer with its arguments evaluated; None for an instance."""
        return self.call.layer

    @property
    def types(self) -> tuple[Type, ...]:
        """The inputs' types."""
        return known(self.call.inputs)

    @property
    def made(self) -> Any:
        """What the constructor makes and keeps; None where there is nothing to keep."""
        return self.spelling.construct if self.structure is None else self.structure

    @property
    def holds(self) -> bool:
        """Whether the class keeps an attribute for it."""
        return self.made is not None or bool(self.spelling.registered)

    @property
    def is_inlined(self) -> bool:
        """Whether it is a module that is written as an expression."""
        return self.call.inner is not None and self.made is None

    def names_made(self) -> list[str]:
        """Arguments, sizes and `x.shape[1]` that the constructor reads, in order."""
        made = (self.made, *self.spelling.registered.values())
        found = [name for one in made if one is not None for name in free_names(one)]
        return found + [name for _, part in self.parts for name in part.names_made()]

    def names_run(self) -> list[str]:
        """Those that are read where the call runs."""
        found = [name for text in sources(self.spelling.apply) for name in free_names(Expression(text))]
        if self.running == "rounds":
            found += free_names(self.entry.node.repeat)
        return found + [name for _, part in self.parts for name in part.names_run()]


def is_complete(entry: Entry, call: NodeCall | None) -> bool:
    """Whether the call has code: all its types are known, and every input has a wire."""
    if call is None or any(type_ is None for type_ in (*call.inputs, *call.outputs)) or call.faults:
        return False
    if call.parts or entry.node.repeat is not None:
        return all(is_complete(entry, part) for _, part in call.parts) or call.structure == "choose"
    if call.inner is not None:
        return True
    if entry.layer is not None and entry.layer.variadic and not entry.sources:
        return False
    return call.layer is not None


@dataclass(frozen=True)
class Inlined:
    """A module as an expression with a place for each of its inputs, and the nodes that it is made of."""

    text: str
    nodes: tuple[str, ...]


class Compose(Protocol):
    """Has a layer printed as a class: from its primitives, or returning a template. `title` is its name.

    `node` is the one that it is printed for.
    """

    def __call__(
        self, layer: Layer, types: tuple[Type, ...], title: str = "", template: str = "", node: str = ""
    ) -> Composed:
        """The class, which may be one that another layer has."""
        ...


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What a call's code may be made of: the framework's words, the design's classes, and composed layers.

    `callee` gives the class that a call is made of, and the call in whose sizes the class is written;
    `compose` has a layer printed from its primitives, and gives the construction of what that makes;
    `enclose` does so with a loop or branch; `inline` gives a part of these where it is an expression.
    """

    dialect: Dialect
    callee: Callable[[NodeCall], tuple[ClassForm, ModuleCall]]
    compose: Compose
    enclose: Callable[["Spelled"], Code]
    inline: Callable[[NodeCall], Inlined | None]
    paste: Callable[[Pasted], str]


def spelled_layer(
    entry: Entry, kind: type[Layer], given: Mapping[str, Any], call: NodeCall, words: Vocabulary
) -> Spelled:
    """A layer's code; where the framework has a word for it, expressions in arguments stay expressions.

    A choice is a word of the code itself, so an expression for one is written as what it comes to.
    """
    layer = kind(**quoted(as_given(kind, given, call), call.arguments))
    with refused_at(entry.node.id):
        spelling = words.dialect.spelling(layer, known(call.inputs))
        activation = words.dialect.activation(layer)
    if spelling is None or spelling.body:
        assert call.layer is not None
        title, template = (entry.node.name, spelling.body) if spelling else (kind.__name__, "")
        made = words.compose(call.layer, known(call.inputs), title, template, entry.node.id)
        stored = tuple(Stored(path, (name,), Same()) for name, path in made.attributes.items())
        spelling = Spelling(construct=made.construct, weights=made.attributes, stored=stored)
        activation = None
    elif call.layer is not None:
        spelling = replace(spelling, stored=_stored(spelling, call.layer, known(call.inputs), words.dialect))
    if spelling.pasted is not None:
        named = spelling.apply.replace("{pasted}", words.paste(spelling.pasted))
        spelling = replace(spelling, apply=named)
    return Spelled(
        entry=entry,
        call=call,
        spelling=spelling,
        places=variadic_names(len(call.inputs)) if kind.variadic else layer_ports(kind, given)[0],
        results=entry.outputs,
        activation=activation,
        callees={},
    )


def as_given(kind: type[Layer], given: Mapping[str, Any], call: NodeCall) -> dict[str, Any]:
    """The arguments as the user wrote them; words and texts as what they come to at the call."""
    fixed = {spec.name for spec in kind.arguments if spec.kind in ("choice", "text")}
    words = (spec.name for spec in kind.arguments if spec.choices)
    fixed |= {name for name in words if isinstance(call.arguments.get(name), str)}
    fixed |= {name for name in kind.shaping if isinstance(call.arguments.get(name), tuple | bool)}
    return {
        name: value
        if isinstance(value, Expression) and name not in fixed
        else call.arguments.get(name, value)
        for name, value in given.items()
    }


def module_made(spelled: Spelled, words: Vocabulary) -> Any:
    """What is made of a call where a module must stand: in a chain, a choice or a list."""
    spelling, types = spelled.spelling, known(spelled.call.inputs)
    if spelled.structure is not None and not spelled.running:
        return spelled.structure
    if spelled.running:
        return words.enclose(spelled)
    plain = spelling.module or (None if spelling.apply else spelling.construct)
    if plain is None:
        assert spelled.call.layer is not None, "a class of the design's own is a module"
        title, node = type(spelled.call.layer).__name__, spelled.entry.node.id
        return words.compose(spelled.call.layer, types, title, node=node).construct
    return plain if spelled.activation is None else words.dialect.in_order((plain, spelled.activation.module))


def module_tensors(
    layer: Layer, types: tuple[Type, ...], dialect: Dialect, made: Collection[str] = ()
) -> tuple[Stored, ...]:
    """What is kept below what `module_made` makes of a layer.

    `made` are the classes of which one is it, where that is known: with expressions for arguments a layer may
    have been printed as a class of its own, though with these numbers the framework has a word for it.
    """
    spelling = dialect.spelling(layer, types)
    start = ""
    own = None if spelling is None else spelling.module or spelling.construct
    printed = re.compile(rf"{type(layer).__name__}\d*")
    helper = isinstance(own, Code) and own.target not in made and any(map(printed.fullmatch, made))
    if spelling is None or spelling.body or helper:
        attributes = composed(layer, types, "", spelling.body if spelling else "").attributes
        found = tuple(Stored(path, (name,), Same()) for name, path in attributes.items())
    elif spelling.module is None and (spelling.apply or spelling.construct is None):
        found = tuple(Stored(name, (name,), Same()) for name in _tensors(layer, types))
    else:
        found = _stored(spelling, layer, types, dialect)
        start = "" if dialect.activation(layer) is None else dialect.item("", "0", True)
    return tuple(replace(one, path=start + one.path) for one in found)


def _stored(
    spelling: Spelling, layer: Layer, types: tuple[Type, ...], dialect: Dialect
) -> tuple[Stored, ...]:
    """What is kept below what a spelling constructs."""
    if spelling.kept is not None:
        return spelling.kept(layer)
    return spelling.stored or tuple(
        Stored(spelling.weights.get(name, name), (name,), permuted(dialect.order(tensor.axes)))
        for name, tensor in _tensors(layer, types).items()
    )


def _tensors(layer: Layer, types: tuple[Type, ...]) -> Mapping[str, Tensor]:
    return {**layer.parameters(*types), **layer.buffers(*types)}


def default_of(kind: str, argument: str) -> Any:
    """What an argument of a layer is where it is not set."""
    return next(spec.default for spec in LAYERS[kind].arguments if spec.name == argument)


def known(types: tuple[Type | None, ...]) -> tuple[Type, ...]:
    """The types, those that are not known left out."""
    return tuple(type_ for type_ in types if type_ is not None)
