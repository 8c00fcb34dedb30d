"""What a definition is resolved with when that is done once: its arguments and inputs' sizes as symbols.

The names are those that the exported code shows, so they are words that its reader would choose.
"""

from collections.abc import Iterator, Sequence
from keyword import iskeyword

from .calls import Arguments, ModuleCall
from .dim import Dim, symbol
from .inputs import declared
from .ports import port_default
from .record import ROOT, Module, Node
from .types import Type

AXES = {
    0: (),
    1: ("B",),
    2: ("B", "features"),
    3: ("B", "channels", "features"),
    4: ("B", "channels", "H", "W"),
    5: ("B", "channels", "D", "H", "W"),
}
"""What the axes of an input are called, by its rank."""

Inputs = tuple[Type | None, ...] | None
"""The types that a module is resolved with; None lets its Inputs' declarations speak."""


def attempts(
    module: Module, ports: Sequence[Node], calls: Sequence[ModuleCall]
) -> Iterator[tuple[Arguments, Inputs]]:
    """Arguments and input types to try in turn, from all symbols to fewer."""
    first: Arguments = calls[0].arguments if calls else {a.name: a.default for a in module.arguments}
    mixed = {**first, **symbolic_arguments(module, first)}
    if module.id == ROOT:
        yield mixed, None
        yield first, None
        return
    yield mixed, symbolic_inputs(ports, mixed, calls)
    yield first, symbolic_inputs(ports, first, calls)
    if calls:
        yield mixed, calls[0].inputs


def symbolic_arguments(module: Module, arguments: Arguments) -> dict[str, Dim]:
    """A symbol for each argument that is a whole number."""
    whole = [a.name for a in module.arguments if type(a.default) is int and a.name.isidentifier()]
    return {name: symbol(name) for name in whole if name in arguments}


def symbolic_inputs(
    ports: Sequence[Node], arguments: Arguments, calls: Sequence[ModuleCall]
) -> tuple[Type | None, ...]:
    """Each Input as it is declared, else of the first call's rank with a symbol an axis.

    Axes of two inputs that have the same name and agree in every call share a symbol; else the later one's
    name has the Input's before it.
    """
    taken: dict[str, tuple[Dim, ...] | None] = dict.fromkeys(arguments)
    found: list[Type | None] = []
    for place, port in enumerate(ports):
        given = [call.inputs[place] for call in calls if len(call.inputs) == len(ports)]
        type_ = declared(port, arguments).type or _named(port.name, place, given, taken)
        found.append(Type(()) if type_ is None and port_default(port) is not None else type_)
    return tuple(found)


def _named(
    name: str, place: int, given: list[Type | None], taken: dict[str, tuple[Dim, ...] | None]
) -> Type | None:
    first = next((type_ for type_ in given if type_ is not None), None)
    if first is None:
        return None
    alike = [type_ for type_ in given if type_ is not None and type_.rank == first.rank]
    words = AXES.get(first.rank, ("B", *[f"d{axis}" for axis in range(1, first.rank)]))
    prefix = name if name.isidentifier() and not iskeyword(name) else f"x{place + 1}"
    shape: list[Dim] = []
    used: set[str] = set()
    for axis, word in enumerate(words):
        sizes = tuple(type_.shape[axis] for type_ in alike)
        word = next(w for w in _words(word, prefix) if w not in used and taken.get(w, sizes) == sizes)
        used.add(word)
        taken[word] = sizes
        shape.append(symbol(word))
    return Type(tuple(shape), first.dtype)


def _words(word: str, prefix: str) -> Iterator[str]:
    yield word
    yield f"{prefix}_{word}"
    number = 2
    while True:
        yield f"{prefix}_{word}{number}"
        number += 1
