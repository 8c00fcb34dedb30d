"""How a class is given modules: made already, where it uses them once, else as what makes them."""

from collections.abc import Iterator
from typing import Literal as OneOf

from ..expression import Expression
from ..module_arguments import kind_of
from ..program import Definition, Entry, Program
from ..record import INDEX, Module, ModuleArgument
from ..use import SLOT_MARK, Use
from ..value import names_of

Usage = OneOf["module", "maker"]
"""What a class is given for a module: it made already, or what makes it."""


def module_arguments(module: Module) -> list[ModuleArgument]:
    """The arguments of a module that are modules themselves, or lists of them."""
    return [argument for argument in module.arguments if kind_of(argument) in ("module", "modules")]


def usage(program: Program, definition: Definition, argument: str, depth: int = 0) -> Usage:
    """Whether the class is given the module made already: it is used at one place, as it is."""
    readers = [entry for entry in definition.entries if argument in _read(entry)]
    if not readers or depth > len(program.definitions):
        return "module"
    lists = {entry.node.slot for entry in readers}
    several = len(readers) > 1 and not _distinct_elements(readers, argument, lists)
    return (
        "maker"
        if several or any(not _once(program, entry, argument, depth) for entry in readers)
        else "module"
    )


def makers(program: Program, definition: Definition) -> frozenset[str]:
    """The nodes that are made by calling what the class is given."""
    arguments = [argument.name for argument in module_arguments(definition.module)]
    called = [name for name in arguments if usage(program, definition, name) == "maker"]
    return frozenset(entry.node.id for name in called for entry in slots_of(definition, name))


def slots_of(definition: Definition, argument: str) -> Iterator[Entry]:
    """The slot nodes that read an argument."""
    for entry in definition.entries:
        if entry.node.slot is not None and argument in names_of(Expression(entry.node.slot)):
            yield entry


def _read(entry: Entry) -> frozenset[str]:
    slot = entry.node.slot
    kind = names_of(Expression(slot)) if slot is not None else frozenset[str]()
    return kind.union(*(names_of(value) for value in entry.node.arguments.values()))


def _distinct_elements(readers: list[Entry], argument: str, slots: set[str | None]) -> bool:
    """Whether each reader takes another element of a list, by its number."""
    numbers = {f"{argument}[{place}]" for place in range(100)}
    return len(slots) == len(readers) and slots <= numbers


def _once(program: Program, entry: Entry, argument: str, depth: int) -> bool:
    node = entry.node
    if entry.owner:
        return False
    if node.slot is not None:
        plain = node.slot == argument or node.slot.startswith(f"{argument}[")
        runs = node.repeat is None or node.shared
        row = node.slot == f"{argument}[{INDEX}]" and node.repeat == Expression(f"len({argument})")
        return plain and not node.arguments and (runs or row)
    if node.repeat is not None:
        return False
    return _passed_on(program, entry, argument, depth)


def _passed_on(program: Program, entry: Entry, argument: str, depth: int) -> bool:
    """Whether the module goes on as it is to another one that uses it once."""
    inner = program.definitions.get(entry.definition or "")
    passing = [key for key, value in entry.node.arguments.items() if argument in names_of(value)]
    if inner is None or len(passing) != 1:
        return False
    value = entry.node.arguments[passing[0]]
    whole = value in (Expression(argument), Use(f"{SLOT_MARK}{argument}"))
    return whole and usage(program, inner, passing[0], depth + 1) == "module"
