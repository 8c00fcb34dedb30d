"""The code of one call: its spelling in the framework, or that of the class it is an instance of."""

from collections.abc import Callable
from dataclasses import dataclass

from ..calls import ModuleCall, NodeCall
from ..expression import Expression
from ..layers.layer import Layer
from ..layers.spelling import Code, Spelling
from ..program import Entry
from ..types import Type
from .form import Activation, ClassForm, Dialect
from .quoted import quoted, sources
from .sizes import matched
from .values import free_names

PORTS = ("Input", "Output")
"""Kinds that stand for the definition's own ports."""


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """A call with its code; `places` and `results` name what goes in and what comes out."""

    entry: Entry
    call: NodeCall
    spelling: Spelling
    places: tuple[str, ...]
    results: tuple[str, ...]
    activation: Activation | None = None
    callee: ClassForm | None = None

    @property
    def layer(self) -> Layer | None:
        """The layer with its arguments evaluated; None for an instance."""
        return self.call.layer

    @property
    def types(self) -> tuple[Type, ...]:
        """The inputs' types."""
        return known(self.call.inputs)

    @property
    def holds(self) -> bool:
        """Whether the class keeps an attribute for it."""
        return self.spelling.construct is not None or bool(self.spelling.buffers)

    def names(self) -> list[str]:
        """Arguments, sizes and `x.shape[1]` in the code, in order."""
        codes = (self.spelling.construct, self.spelling.module, *self.spelling.buffers.values())
        found = [name for code in codes if code is not None for name in free_names(code)]
        return found + [
            name for text in sources(self.spelling.apply) for name in free_names(Expression(text))
        ]


Callee = Callable[[Entry, NodeCall], tuple[ClassForm, ModuleCall]]
"""Gives the class that an instance is made of, and the call in whose sizes the class is written."""


def is_complete(entry: Entry, call: NodeCall | None) -> bool:
    """Whether the call has code: all its types are known, and every input has a wire."""
    if call is None or any(type_ is None for type_ in (*call.inputs, *call.outputs)) or call.faults:
        return False
    if entry.definition is not None:
        return call.inner is not None
    return (
        entry.layer is not None and call.layer is not None and bool(entry.sources or not entry.layer.variadic)
    )


Compose = Callable[[Layer, tuple[Type, ...]], Code]
"""Has a layer printed from its primitives, and gives the construction of what that makes."""


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """What a call's code may be made of: the framework's words, the design's classes, and composed layers."""

    dialect: Dialect
    callee: Callee
    compose: Compose


def spelled_layer(entry: Entry, call: NodeCall, words: Vocabulary) -> Spelled:
    """A layer's code; where the framework has a word for it, expressions in arguments stay expressions.

    A choice is a word of the code itself, so an expression for one is written as what it comes to.
    """
    assert entry.layer is not None
    choices = {spec.name for spec in entry.layer.arguments if spec.kind == "choice"}
    arguments = {
        name: value
        if isinstance(value, Expression) and name not in choices
        else call.arguments.get(name, value)
        for name, value in entry.node.arguments.items()
    }
    layer = entry.layer(**quoted(arguments))
    spelling = words.dialect.spelling(layer, known(call.inputs))
    activation = words.dialect.activation(layer)
    if spelling is None:
        assert call.layer is not None
        spelling, activation = Spelling(construct=words.compose(call.layer, known(call.inputs))), None
    wired = [place for place, source in enumerate(entry.sources) if source is not None]
    return Spelled(
        entry=entry,
        call=call,
        spelling=spelling,
        places=tuple(f"x{i + 1}" if entry.layer.variadic else entry.layer.inputs[i] for i in wired),
        results=entry.layer.outputs,
        activation=activation,
    )


def spelled_instance(entry: Entry, call: NodeCall, words: Vocabulary, results: tuple[str, ...]) -> Spelled:
    """The construction of an instance: inferred sizes first, then the arguments that are set."""
    form, inside = words.callee(entry, call)
    sizes = matched(inside.inputs, call.inputs)
    leading = tuple(sizes.get(one.key, 1) for one in form.given if one.default is None)
    set_ = entry.node.arguments
    keywords = tuple((one.name, set_[one.key]) for one in form.given if one.key in set_)
    places = tuple(f"a{place}" for place in range(len(entry.sources)))
    construct = Code(form.name, leading, keywords)
    return Spelled(
        entry=entry,
        call=call,
        spelling=Spelling(construct=construct),
        places=places,
        results=results,
        callee=form,
    )


def known(types: tuple[Type | None, ...]) -> tuple[Type, ...]:
    """The types, those that are not known left out."""
    return tuple(type_ for type_ in types if type_ is not None)
