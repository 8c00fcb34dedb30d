"""Prints a walked program as PyTorch."""

from collections.abc import Iterable

from ...layers.activated import ACTIVATION_MODULES_PYTORCH, ACTIVATION_PYTORCH
from ...layers.layer import Layer
from ...layers.spelling import Code, Pasted, Spelling, code
from ...types import Type
from ..composed import Composed
from ..form import Activation, ClassForm, Dialect, Form, Member, Sample, Tied
from ..format import Bracket, Item, Line, laid_out, statement
from ..framework import Framework, save_safetensors
from ..made import Container
from ..printer import Printer, called
from ..seeds import Generators, with_sources
from ..values import literal, written
from .check import check_text
from .composed import PyTorchPrimitives
from .functions import functions
from .initial import NAME, fill_lines, generator
from .pasted import pasted_class


def _activation(layer: Layer) -> Activation | None:
    name = getattr(layer, "activation", "none")
    if name == "none":
        return None
    return Activation(apply=ACTIVATION_PYTORCH[name], module=ACTIVATION_MODULES_PYTORCH[name])


def _spelling(layer: Layer, types: tuple[Type, ...]) -> Spelling | None:
    return layer.pytorch(*types)


class PyTorchPrinter(Printer):
    """Writes `nn.Module`s."""

    imports = (
        ("math.", "import math"),
        ("partial(", "from functools import partial"),
        ("np.", "import numpy as np"),
        ("torch.", "import torch"),
        ("F.", "import torch.nn.functional as F"),
        ("nn.", "from torch import nn"),
    )
    base = "nn.Module"

    def printed(self, form: Form) -> list[Line]:
        """The program's lines; constructors hand generators on where they share them."""
        return super().printed(with_sources(form, NAME))

    def source(self, seed: int) -> str:
        """A generator."""
        return generator(seed)

    def pasted_class(self, name: str, file: Pasted) -> list[Line]:
        """A torch.autograd.Function."""
        return pasted_class(name, file)

    def composed_class(self, one: Composed) -> list[Line]:
        """A module printed from primitives."""
        return PyTorchPrimitives().lines(one)

    def functions(self, text: str) -> Iterable[str]:
        """First values that PyTorch has no word for."""
        return functions(text)

    def chain(self, entries: tuple[Item, ...], form: ClassForm) -> list[Line]:
        """Returns an nn.Sequential."""
        whole = Bracket("return nn.Sequential(", entries, head=form.inputs_comment, exploded=True)
        return laid_out(whole, 1)

    def registered(self, member: Member, form: ClassForm) -> list[Line]:
        """An nn.Parameter, or a buffer."""
        if member.registered == "parameter":
            first = Code("nn.Parameter", (member.code,))
            return called(f"self.{member.attribute} = ", first, form, 2, "", (member.node,))
        text = f'self.register_buffer("{member.attribute}", {written(member.code, form.names)})'
        return statement(text, 2, nodes=(member.node,))

    def last(self, form: ClassForm) -> list[Line]:
        """One parameter under both names for each tie, then first values."""
        ties = [line for tied in form.ties for line in statement(_tied(tied), 2)]
        return [*ties, *fill_lines(form, self.handed(form))]

    def handed(self, form: ClassForm) -> Generators:
        """What generators are called that several constructors draw from."""
        return form.sources.all

    def first(self, form: ClassForm) -> list[Line]:
        """Puts transposes of parameters where they are read: none is a parameter."""
        turned = [tied for tied in form.ties if tied.transposed]
        return [line for one in turned for line in statement(f"self.{one.own} = self.{one.owner}.T", 2)]

    def random(self, sample: Sample) -> str:
        """Random numbers, or indices below the input's bound."""
        sizes = ", ".join(map(str, sample.shape))
        if sample.bound is None:
            return f"torch.randn({sizes})"
        return f"torch.randint({sample.bound}, {literal(sample.shape)})"


def _tied(tied: Tied) -> str:
    """One parameter under both names; a transpose is no parameter, so it is put there at each call."""
    return f"del self.{tied.own}" if tied.transposed else f"self.{tied.own} = self.{tied.owner}"


PYTORCH = Framework(
    name="pytorch",
    dialect=Dialect(
        spelling=_spelling,
        activation=_activation,
        sequence=Container("nn.Sequential", spread=True),
        listing=Container("nn.ModuleList"),
        in_order=lambda calls: code("nn.Sequential", *calls),
    ),
    printed=PyTorchPrinter().printed,
    check=check_text,
    weights_file="weights.safetensors",
    save=save_safetensors,
)
"""PyTorch: code, weights in safetensors under the names of `state_dict`, and the check."""
