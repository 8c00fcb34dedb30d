"""Prints a walked program as linen modules."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ...initialise import Array
from ...layers.spelling import Code, Pasted
from ..composed import Composed
from ..form import ClassForm, Dialect, Form, Given, Member, Run, Sample
from ..format import INDENT, WIDTH, Bracket, Item, Line, laid_out, statement, width
from ..framework import Framework, save_safetensors
from ..made import Container, Passed, Row, Several, Word
from ..members import made_lines, part_of
from ..printer import Printer, called
from ..rounds import in_rounds, named, own_name
from ..values import Names, literal, written
from .activation import activation
from .check import check_text
from .composed import IMAGE, ChannelsFirst, FlaxPrimitives, collection, drawn, turns
from .functions import functions
from .images import fitted
from .initial import DEFAULTS, told
from .layers import spelling
from .layout import channels_last
from .pasted import pasted_function
from .rewritten import Rewriting, field_names, kinds_of_fields, reads_mode
from .ties import attended, tied_lines

OWN = ("import math", "import zlib", "from collections", "from dataclasses", "from functools")
"""What comes with Python."""


class FlaxPrinter(Printer):
    """Writes linen's `nn.Module`s."""

    imports = (
        ("math.", "import math"),
        ("zlib.", "import zlib"),
        ("Callable", "from collections.abc import Callable"),
        ("Sequence[", "from collections.abc import Sequence"),
        ("@dataclass(", "from dataclasses import dataclass"),
        ("partial(", "from functools import partial"),
        ("jax.", "import jax"),
        ("jnp.", "import jax.numpy as jnp"),
        ("np.", "import numpy as np"),
        ("nn.", "from flax import linen as nn"),
        ("flatten_dict(", "from flax.traverse_util import flatten_dict, unflatten_dict"),
    )
    base = "nn.Module"
    forward = "__call__"

    def __init__(self, form: Form, fields: Mapping[str, Sequence[str]]) -> None:
        self.initial = fields
        self.images_last = form.images_last
        self.trained = {one.name for one in form.composed if one.training is not None}
        for one in form.classes:
            made = [member.code for member in one.members]
            links = [link.code for link in one.chain or ()]
            if reads_mode((*made, *links), self.trained):
                self.trained.add(one.name)

    def pasted_class(self, name: str, file: Pasted) -> list[Line]:
        """A function with a gradient of its own."""
        return pasted_function(name, file)

    def composed_class(self, one: Composed) -> list[Line]:
        """A module printed from primitives."""
        written_as = ChannelsFirst if self.images_last and turns(one) else FlaxPrimitives
        return written_as(one).lines(one)

    def functions(self, text: str) -> Iterable[str]:
        """What jax has no word for."""
        return functions(text)

    def printed(self, form: Form) -> list[Line]:
        """The program's lines; what comes with Python is imported apart from what does not."""
        lines = super().printed(form)
        own = sum(line.text.startswith(OWN) for line in lines)
        return [*lines[:own], *([Line("")] if own else []), *lines[own:]]

    # A chain

    def factory(self, form: ClassForm, name: str) -> list[Line]:
        """A function that returns a chain, and takes the mode where a layer reads it."""
        assert form.chain is not None
        rewriting = Rewriting(set(), self.trained, form.names, "train")
        chain = tuple(replace(link, code=rewriting(link.code)) for link in form.chain)
        if len(chain) == 1 and is_function(chain[0].code):
            chain = (replace(chain[0], code=Code("nn.Sequential", (Several((chain[0].code,)),))),)
        lines = super().factory(replace(form, chain=chain), name)
        given = "train=False" if form.name in self.trained else ""
        return [Line(f"def {name}({given}):"), *lines[1:]]

    def chain(self, entries: tuple[Item, ...], form: ClassForm) -> list[Line]:
        """Returns an nn.Sequential."""
        whole = Bracket("return nn.Sequential([", entries, "])", head=form.inputs_comment, exploded=True)
        return laid_out(whole, 1)

    # A class

    def class_lines(self, form: ClassForm) -> list[Line]:
        """A definition as a class, with its ties around it."""
        form = with_norms(with_values(attended(form)))
        return [*super().class_lines(form), *tied_lines(form)]

    def constructor(self, form: ClassForm) -> list[Line]:
        """Fields, then setup."""
        kinds = kinds_of_fields(form)
        lines = [Line(f"    {self.field(one, kinds)}") for one in form.given]
        lines += [
            Line(f"    {name}: Callable = {DEFAULTS[name]}") for name in self.initial.get(form.name, ())
        ]
        if form.name in self.trained:
            lines.append(Line("    train: bool = False"))
        made = self.members(form)
        if made:
            lines += [*([Line("")] if lines else []), Line("    def setup(self):"), *made]
        return lines

    def field(self, one: Given, kinds: Mapping[str, str]) -> str:
        """A field with its type."""
        if one.default is None:
            return f"{one.name}: {kinds.get(one.name, 'int')}"
        return f"{one.name}: {type(one.default).__name__} = {literal(one.default)}"

    def member(self, member: Member, form: ClassForm) -> list[Line]:
        """One thing that setup makes and keeps; a module that is given is a field already."""
        code, nodes = member.code, (member.node,)
        if isinstance(code, Passed) and member.attribute in {one.name for one in form.given}:
            return []
        names = field_names(form)
        own = {one.name for one in form.given}.union(self.initial.get(form.name, ()))
        inside = replace(form, names=names)
        if member.registered:
            return self.registered(member, inside)
        code = Rewriting(own, self.trained, names)(code)
        if isinstance(code, Code):
            name = f"self.{member.attribute}".removeprefix(f"self.{LOCAL}")
            return called(f"{name} = ", code, inside, 2, "", nodes)
        if isinstance(code, Row) and not code.carried:
            return comprehension(f"self.{member.attribute} = ", code, names, nodes)
        lines = made_lines(replace(member, code=code), names, "append")
        if not isinstance(code, Row) or len(lines) == 1:
            return lines
        # A Sequential cannot grow: a list does, which is put into it.
        kept, local = f"self.{member.attribute}", member.attribute
        start = Line(f"        {local} = []", nodes)
        rest = [
            replace(line, text=line.text.replace(f"{kept}.append(", f"{local}.append(")) for line in lines[1:]
        ]
        return [start, *rest, Line(f"        {kept} = {code.container.of(local)}", nodes)]

    def registered(self, member: Member, form: ClassForm) -> list[Line]:
        """A parameter, or a variable among the constants."""
        name, first = member.attribute, member.code
        shape = written(first.positional[0], form.names)
        nodes = (member.node,)
        if member.registered == "parameter":
            return statement(f'self.{name} = self.param("{name}", {first.target}, {shape})', 2, "", nodes)
        start = drawn(first.target, shape)
        kept = collection(name, False)
        return statement(f'self.{name} = self.variable("{kept}", "{name}", {start})', 2, "", nodes)

    # The example

    def random(self, sample: Sample) -> str:
        """Random numbers, or indices below the input's bound."""
        shape = sample.shape
        if self.images_last and len(shape) >= IMAGE:
            shape = (shape[0], *shape[2:], shape[1])
        if sample.bound is None:
            return f"jax.random.normal(jax.random.key(0), {literal(shape)})"
        return f"jax.random.randint(jax.random.key(0), {literal(shape)}, 0, {sample.bound})"

    def call(self, form: Form) -> str:
        """The model on its samples with its first variables."""
        return f"model.apply({', '.join(['variables', *(sample.name for sample in form.samples)])})"

    def shown(self, form: Form) -> list[Line]:
        """Draws the variables and prints the shape of each output."""
        given = "".join(f", {sample.name}" for sample in form.samples)
        start = Line(f"    variables = model.init(jax.random.key(1){given})")
        return [start, *super().shown(form)]


def comprehension(before: str, row: Row, names: Names, nodes: tuple[str, ...]) -> list[Line]:
    """A row as a list that says what each is, on as few lines as fit."""
    whole = Line(INDENT * 2 + before + written(row, names), nodes)
    if width(whole.text) <= WIDTH:
        return [whole]
    named = {**names, "i": "i"}
    rounds = f"for {'i' if row.indexed else '_'} in range({written(row.count, names)})"
    listed = f"[{written(row.what, named)} {rounds}]"
    target = row.container.target
    depth = 3 if target else 2
    head = [Line(f"{INDENT * 2}{before}{target}(", nodes)] if target else []
    tail = [Line(f"{INDENT * 2})", nodes)] if target else []
    if target and width(INDENT * 3 + listed) <= WIDTH:
        return [*head, Line(INDENT * 3 + listed, nodes), *tail]
    part = part_of(row.what, named, nodes)
    each = laid_out(part, depth + 1) if isinstance(part, Bracket) else statement(part.text, depth + 1)
    opening = Line(f"{INDENT * depth}{'' if target else before}[", nodes)
    closing = [Line(f"{INDENT * (depth + 1)}{rounds}", nodes), Line(f"{INDENT * depth}]", nodes)]
    return [*head, opening, *each, *closing, *tail]


def with_values(form: ClassForm) -> ClassForm:
    """The class with what its variables hold read off them."""
    held = [one.attribute for one in form.members if one.registered == "buffer"]
    if not held:
        return form
    read = re.compile(rf"(?<![\w.])self\.(?:{'|'.join(held)})\b(?!\()")

    def valued(text: str) -> str:
        return read.sub(lambda found: f"{found[0]}.value", text)

    statements = tuple(
        replace(one, text=valued(one.text), suite=valued(one.suite)) for one in form.statements
    )
    outputs = tuple(map(valued, form.outputs))
    statements = tuple(replace(one, targets=tuple(map(valued, one.targets))) for one in statements)
    return replace(form, statements=statements, outputs=outputs)


def with_norms(form: ClassForm) -> ClassForm:
    """The class with layers that are told the same at length as one partial that several are made by."""
    told = [one.code for one in form.members if isinstance(one.code, Code) and not one.code.positional]
    several = [code for code in told if told.count(code) > 1 and code.target == "nn.BatchNorm"]
    if not several or "norm" in {one.name for one in form.given}:
        return form
    code = several[0]
    first = next(one for one in form.members if one.code == code)
    short = [replace(one, code=Code("norm")) if one.code == code else one for one in form.members]
    made = Code("partial", (Word(code.target),), code.keywords)
    norm = replace(first, attribute=LOCAL + "norm", code=made)
    return replace(form, members=(norm, *short))


LOCAL = "local "
"""How a member begins that is no attribute."""


def is_function(code: Any) -> bool:
    """Whether it is no module, and so has no variables to make."""
    return isinstance(code, Word) or (isinstance(code, Code) and code.target == "partial")


def _printed(form: Form) -> list[Line]:
    found = told(form)
    return FlaxPrinter(found.form, found.fields).printed(found.form)


def _order(roles: tuple[str, ...]) -> tuple[int, ...]:
    """Kernels stand in front, then what goes in, then what comes out."""
    if set(roles[:2]) == {"in", "out"}:
        return (*range(2, len(roles)), 1, 0)
    return tuple(range(len(roles)))


def _item(inside: str, key: str, runs: bool) -> str:
    """`net.layers_0.` in what runs its parts, `blocks_0.` in a list."""
    if runs:
        return f"{inside}layers_{key}."
    return f"{inside.removesuffix('.')}_{key}."


def _branch(condition: str, then: str, otherwise: str) -> str:
    return f"chosen({condition}, {then}, {otherwise})"


def _loop(condition: str, body: str, places: Sequence[str], bound: Any) -> Run:
    """A scan over so many rounds, of which those after the last change nothing."""
    times = written(bound, {})
    whole = in_rounds(condition, body, places, times, "jax.lax.fori_loop", "jnp.where")
    if whole is not None:
        return Run(whole, reason="A bounded loop, since lax.while_loop has no reverse-mode gradient.")
    name = own_name(condition, body, places)
    names = [name] if len(places) == 1 else [f"{name}[{number}]" for number in range(len(places))]
    tests, does = (
        re.sub(r"(?<![\w.])self\.", "module.", named(text, places, names)) for text in (condition, body)
    )
    state = ", ".join(f"{{{place}}}" for place in places)
    head, rounds = f"lambda module, {name}:", f"rounds={times}"
    state = state if len(places) == 1 else f"({state})"
    return Run(f"repeat_while(self, {head} {tests}, {head} {does}, {state}, {rounds})")


def save(path: Path, weights: Mapping[str, Array]) -> None:
    """Writes each tensor once: of tied ones the first."""
    kept: dict[int, str] = {}
    for name, array in weights.items():
        kept.setdefault(id(array), name)
    save_safetensors(path, {name: weights[name] for name in kept.values()})


FLAX = Framework(
    name="flax",
    dialect=Dialect(
        spelling=spelling,
        activation=activation,
        sequence=Container("nn.Sequential"),
        listing=Container(),
        in_order=lambda calls: Code("nn.Sequential", (Several(calls),)),
        order=_order,
        item=_item,
        branch=_branch,
        loop=_loop,
        keeps_given=True,
        classes=frozenset(("Seeded",)),
        laid=channels_last,
        fitted=fitted,
        state=lambda name, is_learnt: f"{collection(name, is_learnt)}.{name}",
        keeps_no_averages=dict.fromkeys(("If", "While"), "Flax"),
        runs_nothing=False,
    ),
    printed=_printed,
    check=check_text,
    check_images_last=partial(check_text, images_last=True),
    weights_file="weights.safetensors",
    save=save,
)
"""Flax's linen."""
