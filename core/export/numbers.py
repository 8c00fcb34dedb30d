"""Inputs that are a number where nothing is wired: left out of a call, or written into it."""

from collections.abc import Sequence

from ..program import Definition, Entry, Program


def left_out(definition: Definition, names: Sequence[str]) -> dict[str, float]:
    """The inputs that a call may leave out, by their names in code: those behind which none must be given."""
    found: dict[str, float] = {}
    for name, number in reversed(list(zip(names, definition.defaults, strict=True))):
        if number is None:
            break
        found[name] = number
    return found


def with_numbers(template: str, program: Program, entry: Entry, places: Sequence[str]) -> str:
    """A call's template without the inputs at its end that are not wired, and with numbers for others."""
    definition = program.definitions.get(entry.definition or "")
    numbers = definition.defaults if definition is not None else ()
    at_end = True
    for place, source, number in reversed(list(zip(places, entry.sources, numbers, strict=True))):
        at_end = at_end and source is None and number is not None
        if at_end:
            template = template.replace(f", {{{place}}}", "").replace(f"{{{place}}}", "")
        elif source is None:
            template = template.replace(f"{{{place}}}", repr(number))
    return template
