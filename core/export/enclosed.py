"""A loop or branch that is decided at run time as a class of its own, where a module must stand."""

from dataclasses import replace
from typing import Any

from ..dim import Dim, Symbolic
from ..expression import Expression
from ..layers.spelling import Code
from .form import ClassForm, Dialect, Given, Member, Run, Statement
from .made import Local
from .names import free, identifier
from .rounds import named
from .spelled import Spelled, Vocabulary, default_of, module_made
from .values import filled, free_names


def enclosed(spelled: Spelled, name: str, words: Vocabulary) -> tuple[ClassForm, Code]:
    """The class of that name, which is told what its parts read, and its construction."""
    sizes: dict[str, Dim] = {}
    made = {
        key: _told(module_made(part, words), part, sizes)
        for key, part in spelled.parts
        if not part.is_inlined
    }
    read = list(dict.fromkeys(name for one in made.values() for name in free_names(one)))
    given = [Given(key=size, name=size) for size in sizes]
    for key in read:
        taken = {one.name for one in given}
        given.append(Given(key=key, name=identifier(key.partition(".")[0], taken, "size")))
    inputs, statement = _forward(spelled, words.dialect)
    form = ClassForm(
        definition="",
        name=name,
        title="",
        given=tuple(given),
        names={one.key: one.name for one in given},
        members=tuple(
            Member(attribute=key, code=code, node=spelled.entry.node.id, part=key)
            for key, code in made.items()
        ),
        inputs=inputs,
        statements=(statement,),
        outputs=statement.targets,
    )
    return form, Code(name, (*sizes.values(), *(Expression(key) for key in read)))


def _told(made: Any, part: Spelled, sizes: dict[str, Dim]) -> Any:
    """What is made with a name for each size in front, so that one class serves all; `sizes` takes them."""
    if not isinstance(made, Code):
        return made
    form = part.callees.get(made.target)
    positional: list[Any] = []
    for place, value in enumerate(made.positional):
        if isinstance(value, int | Symbolic) and not isinstance(value, bool):
            known = form is not None and place < len(form.given)
            name = form.given[place].name if form is not None and known else "size"
            name = free(name, sizes)
            sizes[name] = value
            value = Local(name)
        positional.append(value)
    return replace(made, positional=tuple(positional))


def _forward(spelled: Spelled, dialect: Dialect) -> tuple[tuple[str, ...], Statement]:
    """The inputs, and the statement whose targets are the outputs."""
    branch = spelled.running == "if"
    count = len(spelled.places) - branch
    values = ["x"] if count == 1 else [f"x{place + 1}" for place in range(count)]
    inputs = ["condition", *values] if branch else values
    targets = tuple(values[: len(spelled.results)])
    first, second = (_called(key, part, values) for key, part in spelled.parts)
    if branch:
        run = Run(dialect.branch("{condition}", first, second))
    else:
        bound = spelled.entry.node.arguments.get("bound", default_of("While", "bound"))
        run = dialect.loop(first, second, targets, bound)
    names = {name: name for name in inputs}
    text, suite = filled(run.text, names), filled(run.suite, names)
    return tuple(inputs), Statement(targets=targets, text=text, suite=suite, reason=run.reason)


def _called(key: str, part: Spelled, values: list[str]) -> str:
    """The template of a part, its places called as the values are."""
    places = [f"{{{value}}}" for value in values]
    if part.is_inlined:
        return named(part.spelling.apply, part.places, places)
    return f"self.{key}({', '.join(places)})"
