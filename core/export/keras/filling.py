"""First values that a class sets as its layers' initializers before these are built."""

import re
from collections.abc import Iterator

from ...initial_kinds import recipe
from ...layers.spelling import Code
from ...record import Initial
from ..form import ClassForm, Each, Everywhere, Filling, FillOne, Only
from ..format import INDENT, Line, statement
from ..made import Row, Several
from ..seeds import Generators, filled, named
from .initializers import INITIALIZED, KEPT, initializer, refused
from .seeds import NAME, generator_lines


def fill_lines(form: ClassForm) -> list[Line]:
    """The lines at the end of the constructor. ExportError where a layer has no such initializer."""
    found = dict(filled(form.fillings))
    seeds = named(found, form, NAME)
    lines = [line for seed, name in seeds.items() for line in generator_lines({seed: name}, found[seed])]
    return lines + [line for one in form.fillings for line in _filled(one, form, 2, seeds)]


def _filled(one: Filling, form: ClassForm, depth: int, seeds: Generators) -> Iterator[Line]:
    indent = INDENT * depth
    match one:
        case FillOne():
            owner, _, attribute = _indexed(one.at, form, one.nodes).rpartition(".")
            word = _word(attribute, one.kind)
            if not word:
                raise refused(form.title, *one.nodes)
            yield from _set(owner, word, one.kind, one.initial, depth, seeds, form, one.nodes)
        case Each() | Only():
            if isinstance(one, Each):
                loop = f"for {one.name} in {_listed(one.at, form, one.nodes)}:"
            else:
                loop = f"if isinstance({_indexed(one.at, form, one.nodes)}, {one.kind}):"
            yield Line(f"{indent}{loop}", one.nodes)
            for part in one.body:
                yield from _filled(part, form, depth + 1, seeds)
        case Everywhere():
            whole = _indexed(one.at, form, one.nodes)
            yield Line(f"{indent}for layer in {whole}._flatten_layers():", one.nodes)
            for test, fills in _tests(one, form).items():
                yield Line(f"{indent}{INDENT}if {test}:", one.nodes)
                for word, kind, initial in fills:
                    yield from _set("layer", word, kind, initial, depth + 2, seeds, form, one.nodes)


def _tests(one: Everywhere, form: ClassForm) -> dict[str, list[tuple[str, str, Initial]]]:
    """What is set where a layer passes a test: what Keras calls it, a layer that has it, and the values."""
    tests: dict[str, list[tuple[str, str, Initial]]] = {}
    for fill in one.fills:
        if not fill.kinds:
            raise refused(form.title, *one.nodes)
        for attribute, kinds, _ in fill.kinds:
            words: dict[str, list[str]] = {}
            for kind in kinds:
                words.setdefault(_word(attribute, kind), []).append(kind)
            if "" in words:
                raise refused(form.title, *one.nodes)
            for word, alike in words.items():
                several = alike[0] if len(alike) == 1 else f"({', '.join(alike)})"
                tests.setdefault(f"isinstance(layer, {several})", []).append((word, alike[0], fill.initial))
    return tests


def _word(attribute: str, kind: str) -> str:
    """What a kind of layer calls the initializer of a weight that it has under a name; empty for none."""
    words = INITIALIZED.get(kind, {}).values()
    return next((word for word in words if KEPT.get(word, word) == attribute), "")


def _indexed(at: str, form: ClassForm, nodes: tuple[str, ...]) -> str:
    """A path whose numbers count what is in a Sequential, or a list."""
    while (place := re.search(r"(?<!\.layers)\[\d+\]", at)) is not None:
        before = _listed(at[: place.start()], form, nodes)
        if before == at[: place.start()]:
            break
        at = before + at[place.start() :]
    return at


def _listed(at: str, form: ClassForm, nodes: tuple[str, ...]) -> str:
    """What a loop goes over: the layers of a Sequential, or a list."""
    member = next((one for one in form.members if f"self.{one.attribute}" == at), None)
    if member is None:
        raise refused(form.title, *nodes)
    runs = isinstance(member.code, Row | Several) and member.code.container.target
    return f"{at}.layers" if runs or isinstance(member.code, Code) else at


def _set(
    owner: str,
    word: str,
    kind: str,
    initial: Initial,
    depth: int,
    seeds: Generators,
    form: ClassForm,
    nodes: tuple[str, ...],
) -> list[Line]:
    text = initializer(recipe(initial), kind, seeds)
    if text is None:
        raise refused(form.title, *nodes)
    return statement(f"{owner}.{word}_initializer = {text}", depth, "", nodes)
