"""Prints a walked program as PyTorch."""

import re
import textwrap

from ...layers.activated import ACTIVATION_MODULES_PYTORCH, ACTIVATION_PYTORCH
from ...layers.layer import Layer
from ...layers.spelling import Code, Spelling, code
from ...types import Type
from ..form import Activation, ClassForm, Dialect, Form, Given, Link, Member, Sample, Tied
from ..format import WIDTH, Bracket, Item, Line, commented, laid_out, note, statement, width
from ..framework import Framework, save_safetensors
from ..names import SHADOWING, free
from ..values import items, literal, written
from .check import check_text
from .composed import composed_class
from .functions import functions
from .initial import fill_lines
from .made import made_lines
from .pasted import pasted_class


def _activation(layer: Layer) -> Activation | None:
    name = getattr(layer, "activation", "none")
    if name == "none":
        return None
    return Activation(apply=ACTIVATION_PYTORCH[name], module=ACTIVATION_MODULES_PYTORCH[name])


def _spelling(layer: Layer, types: tuple[Type, ...]) -> Spelling | None:
    return layer.pytorch(*types)


IMPORTS = (
    ("math.", "import math"),
    ("np.", "import numpy as np"),
    ("torch.", "import torch"),
    ("F.", "import torch.nn.functional as F"),
    ("nn.", "from torch import nn"),
)
"""An import line for each prefix that the text may use."""


def printed(form: Form) -> list[Line]:
    """The program's lines, imports first, a runnable example last."""
    body: list[Line] = []
    for name, file in form.pasted.items():
        body += [Line(""), Line(""), *pasted_class(name, file)]
    for helper in form.composed:
        body += [Line(""), Line(""), *composed_class(helper)]
    for one in form.classes:
        plain = one is form.root and one.chain is not None
        body += [Line(""), Line(""), *(_factory(one, form.maker) if plain else _class(one))]
    body += [Line(""), Line(""), *_main(form)]
    body = [*map(Line, functions(_code(body))), *body]
    return [*_imports(body), *body]


def _imports(body: list[Line]) -> list[Line]:
    whole = _code(body)
    return [Line(line) for prefix, line in IMPORTS if _uses(whole, prefix)]


def _code(body: list[Line]) -> str:
    """The text without its comments."""
    return "\n".join(line.text.partition("  # ")[0] for line in body)


def _uses(text: str, prefix: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(prefix)}", text) is not None


# A chain


def _factory(form: ClassForm, name: str) -> list[Line]:
    assert form.chain is not None
    head = [Line(f"def {name}():"), *(_docstring(form.help) if form.help else ())]
    if len(form.chain) == 1:
        (only,) = form.chain
        shapes = " -> ".join(dict.fromkeys(filter(None, (form.inputs_comment, only.comment))))
        if isinstance(only.code, Code):
            return [*head, *_broken("return ", only.code, form, 1, shapes, (only.node,))]
        text = f"    return {written(only.code, form.names)}"
        return [*head, Line(commented(text, shapes), (only.node,))]
    entries, before = list[Item](), form.inputs_comment
    for link in form.chain:
        comment = link.comment if link.comment != before else ""
        before = link.comment or before
        entries.append(_link(link, comment, form))
    whole = Bracket("return nn.Sequential(", tuple(entries), head=form.inputs_comment, exploded=True)
    return [*head, *laid_out(whole, 1)]


def _link(link: Link, comment: str, form: ClassForm) -> Item:
    return Item(written(link.code, form.names), comment, (link.node,))


def _bracket(before: str, call: Code, form: ClassForm, comment: str, nodes: tuple[str, ...]) -> Bracket:
    parts = tuple(Item(text, nodes=nodes) for text in items(call, form.names))
    return Bracket(f"{before}{call.target}(", parts, ")", comment, nodes)


def _broken(
    before: str, call: Code, form: ClassForm, depth: int, comment: str, nodes: tuple[str, ...]
) -> list[Line]:
    return laid_out(_bracket(before, call, form, comment, nodes), depth)


# A class


def _class(form: ClassForm) -> list[Line]:
    lines = [Line(f"class {form.name}(nn.Module):")]
    if form.help:
        lines += [*_docstring(form.help), Line("")]
    made = _init(form)
    if made:
        lines += [*made, Line("")]
    return [*lines, *_forward(form)]


def _docstring(help_: str) -> list[Line]:
    plain = " ".join(help_.replace("\\", "/").replace('"', "'").split())
    wrapped = textwrap.wrap(plain, 88 - 4 - 6)
    if len(wrapped) == 1:
        return [Line(f'    """{wrapped[0]}"""')]
    return [Line(f'    """{wrapped[0]}'), *(Line(f"    {line}") for line in wrapped[1:]), Line('    """')]


def _init(form: ClassForm) -> list[Line]:
    if not form.members and not form.given:
        return []
    given = tuple(Item(_given(one)) for one in form.given)
    head = laid_out(Bracket("def __init__(", (Item("self"), *given)), 1, ":")
    kept = [Line(f"        self.{name} = {name}") for name in form.kept]
    members = [line for member in form.members for line in _member(member, form)]
    ties = [line for tied in form.ties for line in statement(_tied(tied), 2)]
    return [*head, Line("        super().__init__()"), *kept, *members, *ties, *fill_lines(form.fillings)]


def _tied(tied: Tied) -> str:
    """One parameter under both names; a transpose is no parameter, so it is put there at each call."""
    return f"del self.{tied.own}" if tied.transposed else f"self.{tied.own} = self.{tied.owner}"


def _given(one: Given) -> str:
    return one.name if one.default is None else f"{one.name}={literal(one.default)}"


def _member(member: Member, form: ClassForm) -> list[Line]:
    if member.registered == "parameter":
        first = Code("nn.Parameter", (member.code,))
        return _broken(f"self.{member.attribute} = ", first, form, 2, "", (member.node,))
    if member.registered:
        text = f'self.register_buffer("{member.attribute}", {written(member.code, form.names)})'
        return statement(text, 2, nodes=(member.node,))
    if isinstance(member.code, Code):
        return _broken(f"self.{member.attribute} = ", member.code, form, 2, "", (member.node,))
    return made_lines(member, form.names)


def _forward(form: ClassForm) -> list[Line]:
    given = [f"{name}={form.defaults[name]}" if name in form.defaults else name for name in form.inputs]
    names = ", ".join(["self", *given])
    lines = [Line(commented(f"    def forward({names}):", form.inputs_comment))]
    for tied in form.ties:
        if tied.transposed:
            lines += statement(f"self.{tied.own} = self.{tied.owner}.T", 2)
    done = form.statements
    last = done[-1] if done else None
    returned = last is not None and not last.suite and len(form.outputs) == 1 and last.targets == form.outputs
    before = form.inputs_comment
    for one in done[:-1] if returned else done:
        if not one.targets:
            lines.append(note(one.text, 2, one.nodes))
            continue
        comment = one.comment if one.comment != before else ""
        if one.suite:
            lines += statement(one.suite, 2, "", one.nodes)
        depth = 3 if one.suite else 2
        lines += statement(f"{', '.join(one.targets)} = {one.text}", depth, comment, one.nodes)
        before = one.comment if lines[-1].text.endswith(comment) else ""
    if returned and last is not None:
        return [*lines, *statement(f"return {last.text}", 2, last.comment, last.nodes)]
    return [*lines, Line(f"        return {', '.join(form.outputs) or 'None'}")]


# The example


def _main(form: Form) -> list[Line]:
    feeds = [Line(f"    {sample.name} = {_random(sample)}") for sample in form.samples]
    return [
        Line('if __name__ == "__main__":'),
        Line(f"    model = {form.maker}()"),
        *feeds,
        *_shown(form),
    ]


def _shown(form: Form) -> list[Line]:
    """Prints the shape of each output."""
    call = f"model({', '.join(sample.name for sample in form.samples)})"
    if len(form.root.outputs) < 2:
        return [Line(f"    print({call}.shape)")]
    names: list[str] = []
    for name in form.root.output_names:
        names.append(free(name, names, SHADOWING))
    together = f"    {', '.join(names)} = {call}"
    if width(together) > WIDTH:
        return [Line(f"    for y in {call}:"), Line("        print(y.shape)")]
    return [Line(together), *(Line(f"    print({name}.shape)") for name in names)]


def _random(sample: Sample) -> str:
    sizes = ", ".join(map(str, sample.shape))
    if sample.bound is None:
        return f"torch.randn({sizes})"
    return f"torch.randint({sample.bound}, {literal(sample.shape)})"


PYTORCH = Framework(
    name="pytorch",
    dialect=Dialect(
        spelling=_spelling,
        activation=_activation,
        sequence="nn.Sequential",
        listing="nn.ModuleList",
        in_order=lambda calls: code("nn.Sequential", *calls),
    ),
    printed=printed,
    check=check_text,
    weights_file="weights.safetensors",
    save=save_safetensors,
)
"""PyTorch: code, weights in safetensors under the names of `state_dict`, and the check."""
