"""Prints a walked program as MXNet Gluon, in MXNet's NumPy mode."""

import re
from collections.abc import Iterable
from dataclasses import replace

from ...layers.spelling import Code, Pasted, code
from ..composed import Composed
from ..constructor import constructor_head
from ..form import ClassForm, Dialect, Form, Member, Sample, Tied
from ..format import Bracket, Item, Line, laid_out, statement
from ..framework import Framework
from ..fused import Fusion
from ..made import Container, Passed, Row, Several, Word
from ..members import loop_lines, part_of
from ..printer import Printer, called, code_of, docstring
from ..seeds import with_sources
from ..values import literal
from .check import check_text
from .composed import GluonPrimitives
from .functions import CLASSES, functions
from .initial import NAME, first_values, said_in_making, source, with_own
from .layers import activation, spelling
from .ndarrays import save_ndarrays
from .pasted import pasted_class

SEQUENCE = Container("sequential", spread=True)
"""A Sequential takes no blocks when it is made, so a function gives it them where it stands in a line."""

EMPTY = Container("nn.Sequential")
"""A Sequential that blocks are added to by statements."""


class GluonPrinter(Printer):
    """Writes `nn.Block`s."""

    imports = ()
    base = "nn.Block"
    append = "add"

    def printed(self, form: Form) -> list[Line]:
        """The program's lines below the imports, among them the switch to NumPy's semantics."""
        form = with_sources(form, NAME)
        body = super().printed(replace(form, classes=tuple(map(with_own, form.classes))))
        return [*map(Line, _imports(code_of(body))), *body]

    def source(self, seed: int) -> str:
        """A source of seeds."""
        return source(seed)

    def pasted_class(self, name: str, file: Pasted) -> list[Line]:
        """An autograd.Function."""
        return pasted_class(name, file)

    def composed_class(self, one: Composed) -> list[Line]:
        """A block printed from primitives."""
        return GluonPrimitives().lines(one)

    def functions(self, text: str) -> Iterable[str]:
        """What MXNet has no word for."""
        return functions(text)

    def factory(self, form: ClassForm, name: str) -> list[Line]:
        """A function that returns a Sequential, of one block too: a bare layer cannot load its weights."""
        assert form.chain is not None
        head = [Line(f"def {name}():"), *(docstring(form.help) if form.help else ())]
        return [*head, *self.sources(form, 1), *self.linked(form)]

    def chain(self, entries: tuple[Item, ...], form: ClassForm) -> list[Line]:
        """A Sequential that the entries are added to."""
        whole = Bracket("net.add(", entries, head=form.inputs_comment, exploded=True)
        return [Line("    net = nn.Sequential()"), *laid_out(whole, 1), Line("    return net")]

    def constructor_head(self, given: tuple[Item, ...]) -> list[Line]:
        """The constructor's first lines."""
        return constructor_head(given, passes_on=True)

    def member(self, member: Member, form: ClassForm) -> list[Line]:
        """One thing that the constructor keeps; a Sequential is filled by statements."""
        made, nodes = member.code, (member.node,)
        if isinstance(made, Row) and not isinstance(made.what, Passed):
            row = replace(made, container=EMPTY)
            return loop_lines(member.attribute, row, {**form.names, "i": "i"}, nodes, self.append)
        if isinstance(made, Several):
            parts = tuple(part_of(part, form.names, nodes) for part in made.parts)
            head = Line(f"        self.{member.attribute} = nn.Sequential()", nodes)
            return [head, *laid_out(Bracket(f"self.{member.attribute}.add(", parts, nodes=nodes), 2)]
        owner = shared(form).get(member.attribute)
        more = said_in_making(form).get(member.attribute, ())
        more += (("params", Word(f"self.{owner}.params")),) if owner else ()
        if more and isinstance(made, Code):
            member = replace(member, code=replace(made, keywords=(*made.keywords, *more)))
        return super().member(member, form)

    def registered(self, member: Member, form: ClassForm) -> list[Line]:
        """A parameter of the block's own, or a constant."""
        made = member.code
        assert isinstance(made, Code)
        first = Code(made.target, (member.attribute, *made.positional), made.keywords)
        return called(f"self.{member.attribute} = ", first, form, 2, "", (member.node,))

    def last(self, form: ClassForm) -> list[Line]:
        """One parameter under both names for each tie that `params=` does not say, then first values."""
        said = shared(form)
        left = [tied for tied in form.ties if tied.own.partition(".")[0] not in said]
        ties = [line for tied in left for line in statement(_tied(tied), 2)]
        return [*ties, *first_values(form)]

    def random(self, sample: Sample) -> str:
        """Random numbers, or indices below the input's bound."""
        shape = literal(sample.shape)
        if sample.bound is None:
            return f"np.random.normal(0, 1, {shape})"
        return f"np.random.randint(0, {sample.bound}, {shape})"

    def main(self, form: Form) -> list[Line]:
        """Builds the model, gives its parameters first values, and prints the shape of each output."""
        first, made, *rest = super().main(form)
        return [first, made, Line("    model.initialize()"), *rest]


def shared(form: ClassForm) -> dict[str, str]:
    """The layers that are made with the parameters of another, by their attributes, each with that one's.

    Only where both have one parameter, and the other is made first.
    """
    places = {member.attribute: place for place, member in enumerate(form.members)}
    alone = {member.attribute for member in form.members if _has_one_parameter(member.code)}
    found: dict[str, str] = {}
    for tied in form.ties:
        (own, _, _), (owner, _, _) = tied.own.rpartition("."), tied.owner.rpartition(".")
        if not tied.transposed and alone >= {own, owner} and places[owner] < places[own]:
            found[own] = owner
    return found


def _has_one_parameter(made: object) -> bool:
    if not isinstance(made, Code):
        return False
    return made.target == "nn.Embedding" or (
        made.target == "nn.Dense" and dict(made.keywords).get("use_bias") is False
    )


def _tied(tied: Tied) -> str:
    block, _, name = tied.own.rpartition(".")
    holder = f"self.{block}" if block else "self"
    function = "tie_transposed" if tied.transposed else "tie"
    return f'{function}({holder}, "{name}", self.{tied.owner})'


def _imports(text: str) -> list[str]:
    def used(name: str) -> bool:
        return re.search(rf"(?<![\w.]){name}\.", text) is not None

    plain = ["import math"] if used("math") else []
    plain += ["import random"] if used("random") else []
    plain += ["import re"] if used("re") else []
    plain += ["from functools import partial"] if re.search(r"(?<![\w.])partial\(", text) else []
    plain += ["import numpy as onp"] if used("onp") else []
    plain += ["import mxnet as mx"] if used("mx") else []
    names = ["autograd"] if used("autograd") else []
    names += ["np"] if used("np") else []
    gluon = [name for name in ("contrib", "nn", "rnn") if used(name)]
    lines = [*plain, f"from mxnet import {', '.join([*names, 'npx'])}"]
    lines += [f"from mxnet.gluon import {', '.join(gluon)}"] if gluon else []
    return [*lines, "", "npx.set_np()"]


GLUON = Framework(
    name="gluon",
    dialect=Dialect(
        spelling=spelling,
        activation=activation,
        sequence=SEQUENCE,
        listing=SEQUENCE,
        in_order=lambda calls: code("sequential", *calls),
        alone=False,
        classes=CLASSES,
        finished=Fusion(
            functions={
                ("npx.relu(", ")"): "relu",
                ("npx.sigmoid(", ")"): "sigmoid",
                ("np.tanh(", ")"): "tanh",
            },
            words={code("nn.Activation", name): name for name in ("relu", "sigmoid", "tanh")},
            taking=re.compile(r"nn\.(Dense|Conv\dD(Transpose)?)"),
            sequence="sequential",
        ),
    ),
    printed=GluonPrinter().printed,
    check=check_text,
    weights_file="weights.params",
    save=save_ndarrays,
)
"""MXNet Gluon: code, weights under the names of `save_parameters`, and the check."""
