"""Prints a walked program as Keras 3."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...layers.layer import Layer
from ...layers.spelling import Code, Pasted, Spelling, code
from ...text import tr
from ...types import Type
from ..composed import Composed
from ..constructor import constructor_head
from ..error import ExportError
from ..form import Activation, ClassForm, Dialect, Form, Member, Run, Sample
from ..format import WIDTH, Bracket, Item, Line, laid_out, width
from ..framework import Framework, save_safetensors
from ..fused import Fusion
from ..made import Container, Row, Several, codes_in
from ..members import made_lines
from ..printer import Printer, called
from ..rounds import compares, in_rounds, named, own_name
from ..seeds import Generators
from ..values import literal
from .activated import ACTIVATION_KERAS, ACTIVATION_LAYERS_KERAS, FUSING
from .basic import neutral
from .check import check_text
from .composed import KerasPrimitives, dynamic
from .filling import fill_lines
from .functions import functions
from .initial import with_initializers
from .seeds import generator_lines, refuse_twins
from .spellings import SPELLINGS
from .ties import tied


def _activation(layer: Layer) -> Activation | None:
    name = getattr(layer, "activation", "none")
    if name == "none" or (isinstance(layer, FUSING) and type(layer) in SPELLINGS):
        return None
    return Activation(apply=ACTIVATION_KERAS[name], module=ACTIVATION_LAYERS_KERAS[name])


def _spelling(layer: Layer, types: tuple[Type, ...]) -> Spelling | None:
    spell = SPELLINGS.get(type(layer))
    return neutral(layer, types) if spell is None else spell(layer, *types)


SEQUENCE = Container("keras.Sequential")
"""What runs layers one after the other; it is given a list, or added to."""


MODE = re.compile(r"layers\.(BatchNormalization|GaussianNoise|\w*Dropout\w*)")
"""Layers that do something else in training, for which Keras tells them by itself once its model is told."""


class KerasPrinter(Printer):
    """Writes a `keras.Model` made of `layers.Layer`s."""

    imports = (
        ("keras.", "import keras"),
        ("np.", "import numpy as np"),
        ("layers.", "from keras import layers"),
        ("ops.", "from keras import ops"),
    )
    base = "layers.Layer"
    forward = "call"

    def __init__(self, form: Form) -> None:
        self.form = form
        self.seeds: Mapping[str, Generators] = {}

    def printed(self, form: Form) -> list[Line]:
        """The program's lines."""
        told = with_initializers(form)
        refuse_twins(told.form)
        form, self.seeds = told.form, told.seeds
        form = replace(form, classes=tuple(map(tied, form.classes)))
        lines = super().printed(form)
        texts = [line.text for line in lines]
        if "from keras import layers" in texts and "from keras import ops" in texts:
            place = texts.index("from keras import layers")
            lines[place : place + 2] = [Line("from keras import layers, ops")]
        return _without_commas(lines)

    def pasted_class(self, name: str, file: Pasted) -> list[Line]:
        """Raises ExportError: NumPy cannot stand in what a backend compiles."""
        raise ExportError(tr("{name} is written in NumPy, which Keras cannot run", name=name))

    def composed_class(self, one: Composed) -> list[Line]:
        """A layer printed from primitives."""
        return KerasPrimitives().lines(one)

    def functions(self, text: str) -> Iterable[str]:
        """What keras.ops has no word for."""
        return functions(text)

    def chain(self, entries: tuple[Item, ...], form: ClassForm) -> list[Line]:
        """Returns a keras.Sequential that knows its input."""
        (sample,) = self.form.samples
        first = () if not sample.shape else (Item(_input(sample)),)
        whole = Bracket("return keras.Sequential(", (Bracket("[", (*first, *entries), "]", exploded=True),))
        return laid_out(replace(whole, exploded=True), 1)

    def class_lines(self, form: ClassForm) -> list[Line]:
        """A definition as a class: the network is a model, what it is made of are layers."""
        lines = super().class_lines(form)
        if form.name == self._network():
            lines[0] = Line(f"class {form.name}(keras.Model):")
        return lines

    def _network(self) -> str:
        """The class that is the whole network: the root, or the only one that it calls."""
        root = self.form.root
        if root.chain is not None and len(root.chain) == 1 and isinstance(root.chain[0].code, Code):
            return root.chain[0].code.target
        return root.name

    def constructor_head(self, given: tuple[Item, ...]) -> list[Line]:
        """The constructor's first lines."""
        return constructor_head(given, passes_on=True)

    def members(self, form: ClassForm) -> list[Line]:
        """What the constructor makes, behind the generators by which it is drawn."""
        return [*generator_lines(self.seeds.get(form.name, {})), *super().members(form)]

    def member(self, member: Member, form: ClassForm) -> list[Line]:
        """What the constructor makes; a Sequential is added to."""
        made = member.code
        if isinstance(made, Code) and made.positional and isinstance(made.positional[0], Row):
            lines = super().member(member, form)
            if all(width(line.text) <= WIDTH for line in lines):
                return lines
            member = replace(member, code=replace(made.positional[0], container=SEQUENCE))
        row = isinstance(member.code, Row) and member.code.container == SEQUENCE
        return made_lines(member, form.names, "add") if row else super().member(member, form)

    def last(self, form: ClassForm) -> list[Line]:
        """First values that calls of the class do not share."""
        return fill_lines(form)

    def registered(self, member: Member, form: ClassForm) -> list[Line]:
        """A weight of the class's own."""
        assert isinstance(member.code, Code)
        return called(f"self.{member.attribute} = ", member.code, form, 2, "", (member.node,))

    def method(self, form: ClassForm) -> list[Line]:
        """The method that computes; `fit` tells a model that it is trained only where this takes it."""
        if form.name == self._network() and "training" not in form.inputs and self._reads_mode():
            told = {**form.defaults, "training": None}
            head = super().method(replace(form, inputs=(*form.inputs, "training"), defaults=told))[:1]
            return [*head, *super().method(form)[1:]]
        return super().method(form)

    def _reads_mode(self) -> bool:
        """Whether a layer does something else in training."""
        made = [code for one in self.form.classes for member in one.members for code in codes_in(member.code)]
        return any(one.training is not None for one in self.form.composed) or any(
            MODE.fullmatch(code.target) or "dropout" in dict(code.keywords) for code in made
        )

    def statements(self, form: ClassForm) -> list[Line]:
        """The method's body; the size of a batch is known only when it is run."""
        told = tuple(replace(one, text=_with_one_key(dynamic(one.text))) for one in form.statements)
        return super().statements(replace(form, statements=told))

    def random(self, sample: Sample) -> str:
        """Random numbers, or indices below the input's bound."""
        if sample.bound is None:
            return f"keras.random.normal({literal(sample.shape)})"
        return f"keras.random.randint({literal(sample.shape)}, 0, {sample.bound})"


def _without_commas(lines: list[Line]) -> list[Line]:
    """The lines as black leaves them: it puts no comma behind a list that is all that a call is given."""
    texts = [line.text for line in lines]
    found = list(lines)
    for place, text in enumerate(texts):
        indent = text[: len(text) - len(text.lstrip())]
        if text == f"{indent}],":
            opened = next(at for at in range(place - 1, -1, -1) if texts[at] == f"{indent}[")
            if texts[opened - 1].endswith("keras.Sequential("):
                found[place] = replace(lines[place], text=f"{indent}]")
    return found


def _with_one_key(text: str) -> str:
    """Attention where the key is the value, which Keras takes for granted."""
    return re.sub(r"(?<=, )(\w+), key=\1(?=[,)])", r"\1", text)


def _input(sample: Sample) -> str:
    kind = "" if sample.bound is None else ', dtype="int64"'
    return f"keras.Input(shape={literal(sample.shape[1:])}{kind})"


def _printed(form: Form) -> list[Line]:
    return KerasPrinter(form).printed(form)


def _order(roles: tuple[str, ...]) -> tuple[int, ...]:
    """Keras keeps kernels as (kernel…, in, out); what else there is stays where it is."""
    plain = tuple(range(len(roles)))
    if not {"in", "out"} <= set(roles):
        return plain
    spatial = tuple(place for place in plain if roles[place] == "kernel")
    if roles[0] == "in":  # a transposed convolution: (kernel…, out, in)
        return (*spatial, roles.index("out"), roles.index("in"))
    return (*spatial, roles.index("in"), roles.index("out"))


def _item(inside: str, key: str, runs: bool) -> str:
    return f"{inside}layers.{key}." if runs else f"{inside}{key}."


def _branch(condition: str, then: str, otherwise: str) -> str:
    return f"choose({condition}, lambda: {then}, lambda: {otherwise})"


def _loop(condition: str, body: str, places: Sequence[str], bound: Any) -> Run:
    """A loop over what the body changes; what it only reads stays as it is."""
    rounds = literal(bound)
    whole = in_rounds(condition, body, places, rounds, "ops.fori_loop", "ops.where")
    if whole is not None and compares(condition):
        return Run(whole, reason=f"At most {rounds} rounds, since jax has no gradient of ops.while_loop.")
    name = own_name(condition, body, places)
    names = [name] if len(places) == 1 else [f"{name}{number}" for number in range(1, len(places) + 1)]
    tests, does = (_function(named(text, places, names), ", ".join(names)) for text in (condition, body))
    values = ", ".join(f"{{{place}}}" for place in places)
    return Run(f"repeat_while({tests}, {does}, {rounds}, {values})")


def _function(text: str, names: str) -> str:
    """A function of these names that gives what the text says: what it calls, where it does nothing else."""
    plain = re.fullmatch(rf"([\w.]+)\({re.escape(names)}\)", text)
    return plain[1] if plain else f"lambda {names}: {text}"


KERAS = Framework(
    name="keras",
    dialect=Dialect(
        spelling=_spelling,
        activation=_activation,
        sequence=SEQUENCE,
        listing=Container(),
        in_order=lambda calls: Code("keras.Sequential", (Several(tuple(calls)),)),
        order=_order,
        item=_item,
        branch=_branch,
        loop=_loop,
        finished=Fusion(
            functions={
                **{
                    (f"ops.{name}(", ")"): name
                    for name in ("relu", "sigmoid", "tanh", "silu", "selu", "relu6")
                },
                ("ops.gelu(", ", approximate=False)"): "gelu",
                ("ops.softmax(", ", axis=-1)"): "softmax",
            },
            words={
                code("layers.ReLU"): "relu",
                **{
                    code("layers.Activation", name): name
                    for name in ("sigmoid", "tanh", "silu", "selu", "gelu")
                },
                code("layers.Softmax"): "softmax",
            },
            taking=re.compile(r"layers\.(Dense|Conv\dD(Transpose)?|DepthwiseConv2D)"),
            sequence="keras.Sequential",
        ),
        biased=lambda name: name.endswith("moving_variance"),
        keeps_no_averages={"While": "Keras"},
        runs_nothing=False,
    ),
    printed=_printed,
    check=check_text,
    weights_file="weights.safetensors",
    save=save_safetensors,
    check_writes=".weights.h5",
)
"""Keras: code, weights in safetensors under the paths of attributes, and the check.

Keras's own .weights.h5 is written by check.py, with Keras. In 3.15 the place of a layer in that file depends
on whether its attribute sorts before `layers` (`att/…`, but `layers/lstm/…`), and on how many of the same
class, counted in snake case, were made before it: a file made without Keras would be read for one version.
"""
