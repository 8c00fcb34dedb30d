"""PyTorch in its lazy style: layers that find out how many features come in when they are first called."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from ...layers.layer import Layer
from ...layers.spelling import Code, Spelling
from ...text import tr
from ...types import Type
from ..error import ExportError
from ..form import ClassForm, Form
from ..format import INDENT, Line
from ..seeds import Generators, filled
from .check import check_text
from .initial import fill_lines
from .printer import PYTORCH, PyTorchPrinter

_OF_AXES = ("Conv", "ConvTranspose", "BatchNorm", "InstanceNorm")

LAZY: Mapping[str, str] = {
    f"nn.{name}": f"nn.Lazy{name}"
    for name in ("Linear", *(f"{kind}{axes}d" for kind in _OF_AXES for axes in (1, 2, 3)))
}
"""What each layer is called that has such a form; it is not told its first argument."""

_NOT_SO = {"affine": False, "track_running_stats": False}
"""What nn.InstanceNorm2d does unless it is told, and nn.LazyInstanceNorm2d does not."""


def _spelling(layer: Layer, types: tuple[Type, ...]) -> Spelling | None:
    found = layer.pytorch(*types)
    if found is None or found.body:
        return found
    return replace(found, construct=_lazy(found.construct), module=_lazy(found.module))


def _lazy(made: Code | None) -> Code | None:
    if made is None:
        return None
    inside = tuple(_lazy(one) if isinstance(one, Code) else one for one in made.positional)
    if made.target not in LAZY:
        return replace(made, positional=inside)
    keywords = made.keywords
    if made.target.startswith("nn.InstanceNorm"):
        keywords = tuple({**_NOT_SO, **dict(keywords)}.items())
    return Code(LAZY[made.target], inside[1:], keywords)


class LazyPrinter(PyTorchPrinter):
    """Gives first values in a method, for when the layers have found out their sizes."""

    def printed(self, form: Form) -> list[Line]:
        """The lines, with a function that gives the first values of each class where any are said."""
        lines = super().printed(form)
        if not _says(form):
            return lines
        place = next(n for n, line in enumerate(lines) if line.text.startswith("if __name__"))
        return [*lines[:place], *map(Line, GIVEN), *lines[place:]]

    def last(self, form: ClassForm) -> list[Line]:
        """One parameter under both names for each tie.

        ExportError where a layer is to have another's parameter and waits for the size of one of its own.
        """
        for tied in form.ties:
            attribute, _, _ = tied.own.rpartition(".")
            for member in form.members:
                if member.attribute == re.split(r"[.\[]", attribute)[0] and _waits(member.code):
                    message = tr(
                        "{name} has another's parameter, which no lazy layer waits for; pytorch would do",
                        name=attribute,
                    )
                    raise ExportError(message, (member.node,))
        return super().last(replace(form, fillings=()))

    def method(self, form: ClassForm) -> list[Line]:
        """The method that computes, and the one that gives first values where the class says any."""
        lines = super().method(form)
        if not form.fillings:
            return lines
        head = [
            "",
            "    def first_values(self):",
            '        """To be called when the layers know their sizes."""',
        ]
        # A layer that knows its size is of the plain class.
        written = (
            replace(line, text=line.text.replace("nn.Lazy", "nn."))
            for line in fill_lines(form, self.handed(form))
        )
        return [*lines, *map(Line, head), *written]

    def sources(self, form: ClassForm, depth: int) -> list[Line]:
        """Makes generators, and keeps those from which the class draws later."""
        own = dict(filled(form.fillings))
        kept = [name for seed, name in form.sources.all.items() if seed in own]
        return [*super().sources(form, depth), *(Line(f"{INDENT * 2}self.{name} = {name}") for name in kept)]

    def handed(self, form: ClassForm) -> Generators:
        """The generators that the class keeps."""
        return {seed: f"self.{name}" for seed, name in form.sources.all.items()}

    def shown(self, form: Form) -> list[Line]:
        """Prints the shape of each output, after a first call where first values wait for the layers."""
        lines = super().shown(form)
        if not _says(form):
            return lines
        first = Line(f"    {self.call(form)}  # its layers find out their sizes")
        return [first, Line("    model.apply(give_first_values)"), *lines]


def _waits(made: object) -> bool:
    """Whether it may be a lazy layer with more than one parameter."""
    if not isinstance(made, Code) or not made.target.startswith("nn."):
        return True
    return made.target.startswith("nn.Lazy") and dict(made.keywords).get("bias") is not False


def _says(form: Form) -> bool:
    return any(one.fillings for one in form.classes)


GIVEN = (
    "def give_first_values(module):",
    '    """For model.apply, once the model was called: what is inside comes first."""',
    '    if hasattr(module, "first_values"):',
    "        module.first_values()",
    "",
    "",
)
"""The function that gives lazy layers their first values."""

PYTORCH_LAZY = replace(
    PYTORCH,
    name="pytorch-lazy",
    printed=LazyPrinter().printed,
    dialect=replace(PYTORCH.dialect, spelling=_spelling),
    check=partial(check_text, lazy=True),
)
"""`nn.LazyLinear(256)`: the style in which Dive into Deep Learning writes its networks."""
