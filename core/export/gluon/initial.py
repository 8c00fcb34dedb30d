"""Prints how a Gluon block says which first values its parameters get when it is initialised."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ...initial import BIASES, WEIGHTS
from ...initial_kinds import KINDS, seed_of, values_of
from ...initialise import gain
from ...layers.spelling import Code
from ...record import Initial
from ..form import ClassForm, Each, Everywhere, Fill, Filling, FillOne, Only
from ..format import INDENT, Bracket, Item, Line, laid_out
from ..made import Word
from ..seeds import Generators, named, own_seeds
from ..values import literal

NAME = "source"
"""What a source of seeds is called."""


def source(seed: int) -> str:
    """Makes a source of seeds."""
    return f"random.Random({seed})"


def with_own(form: ClassForm) -> ClassForm:
    """The class with the sources that it needs for itself: one for all that is drawn by a seed."""
    own = named(own_seeds(form), form, NAME)
    return replace(form, sources=replace(form.sources, made={**form.sources.made, **own}))


def first_values(form: ClassForm) -> list[Line]:
    """The lines in the constructor: `initialize` draws a parameter by its own `init` where it has one."""
    said = said_in_making(form)
    left = (one for one in form.fillings if not isinstance(one, FillOne) or not _is_said(one, said))
    return [line for one in left for line in _several(one, 2, form.sources.all)]


def _is_said(one: FillOne, said: Mapping[str, object]) -> bool:
    named = _OF_LAYER.fullmatch(one.at)
    return not one.may_miss and named is not None and named[1] in said


def said_in_making(form: ClassForm) -> dict[str, tuple[tuple[str, Word], ...]]:
    """The keywords that say first values where a layer is made, by its attribute.

    Nothing where one of the fillings is a loop, which would come afterwards.
    """
    targets = {one.attribute: one.code.target for one in form.members if isinstance(one.code, Code)}
    found: dict[str, tuple[tuple[str, Word], ...]] = {}
    for one in form.fillings:
        if not isinstance(one, FillOne):
            return {}
        named = _OF_LAYER.fullmatch(one.at)
        if not one.may_miss and named and _TAKES.fullmatch(targets.get(named[1], "")):
            told = (f"{named[2]}_initializer", Word(initializer(one.initial, form.sources.all)))
            found[named[1]] = (*found.get(named[1], ()), told)
    return found


_OF_LAYER = re.compile(r"self\.(\w+)\.(weight|bias|gamma|beta)")
_TAKES = re.compile(r"nn\.(Dense|Embedding|BatchNorm|LayerNorm|Conv\dD(Transpose)?)")
"""The layers of Gluon that take initializers by such names."""


def _several(one: Filling, depth: int, names: Generators) -> list[Line]:
    match one:
        case FillOne():
            return _one(one, depth, names)
        case Everywhere():
            return _everywhere(one, depth, names)
        case Each() | Only():
            head = f"for {one.name} in {_place(one.at)}:" if isinstance(one, Each) else _if(one)
            body = (line for part in one.body for line in _several(part, depth + 1, names))
            return [Line(INDENT * depth + head, one.nodes), *body]


def _if(one: Only) -> str:
    kind = "nn.Sequential" if one.kind == "sequential" else one.kind
    return f"if isinstance({_place(one.at)}, {kind}):"


def _one(one: FillOne, depth: int, names: Generators) -> list[Line]:
    at = _place(one.at)
    if not one.may_miss:
        return _set(at, one.initial, depth, one.nodes, names)
    # A layer of Gluon has None in the place of a bias that it lacks.
    head = Line(f"{INDENT * depth}if {at} is not None:", one.nodes)
    return [head, *_set(at, one.initial, depth + 1, one.nodes, names)]


def _place(path: str) -> str:
    """The attribute of a fused recurrent layer has another name than its parameter in a file."""
    return _FUSED.sub(lambda found: f".{(found[2] or 'l')[0]}{found[1]}_", path)


_FUSED = re.compile(r"\._unfused\[(\d)\]\.(?:([lr])_cell\.)?")


def _everywhere(one: Everywhere, depth: int, names: Generators) -> list[Line]:
    indent = INDENT * depth
    lines = [
        Line(f"{indent}for parameter in {_place(one.at)}.collect_params().values():", one.nodes),
        Line(f'{indent}{INDENT}if parameter.grad_req == "null":', one.nodes),
        Line(f"{indent}{INDENT * 2}continue  # a constant, or what is not learnt", one.nodes),
    ]
    for fill in one.fills:
        lines.append(Line(f"{indent}{INDENT}if {_test(fill)}:", one.nodes))
        lines += _set("parameter", fill.initial, depth + 2, one.nodes, names)
    return lines


def _test(fill: Fill) -> str:
    """Which parameters are meant; their names end in what their blocks call them, behind a number."""
    if fill.key == WEIGHTS:
        return "len(parameter.shape) > 1"
    if fill.key == BIASES:
        named = all(name.endswith("bias") for name in fill.names)
        name = 'parameter.name.endswith("bias")' if named else '"bias" in parameter.name'
        return name if fill.is_named_so and named else f"{name} and len(parameter.shape) == 1"
    many = " and len(parameter.shape) > 1" if KINDS[fill.initial.kind].axes > 1 else ""
    return f're.search(r"\\d_{fill.key}$", parameter.name){many}'


def _set(at: str, initial: Initial, depth: int, nodes: tuple[str, ...], names: Generators) -> list[Line]:
    text = initializer(initial, names)
    inner = re.fullmatch(r"([\w.]+\()(.*)\)", text)
    assert inner is not None, "an initializer is a call"
    items = (Item(inner[2], nodes=nodes),) if inner[2] else ()
    return laid_out(Bracket(f"{at}.init = {inner[1]}", items, nodes=nodes), depth)


def initializer(initial: Initial, sources: Generators) -> str:
    """The initializer of MXNet that draws so, or a Drawn or Seeded where it has none."""
    text, seed = _drawn(initial.kind, values_of(initial)), seed_of(initial)
    return text if seed is None else f"Seeded({text}, {sources.get(seed) or source(seed)})"


def _drawn(kind: str, values: dict[str, Any]) -> str:
    told = {name: literal(value) if not isinstance(value, str) else value for name, value in values.items()}
    match kind:
        case "zeros" | "ones":
            return "mx.init.Zero()" if kind == "zeros" else "mx.init.One()"
        case "constant":
            return f"mx.init.Constant({told['value']})"
        case "uniform":
            drawn = f"Drawn(lambda shape: np.random.uniform({told['low']}, {told['high']}, shape))"
            return f"mx.init.Uniform({told['high']})" if values["low"] == -values["high"] else drawn
        case "normal":
            drawn = f"Drawn(lambda shape: np.random.normal({told['mean']}, {told['std']}, shape))"
            return f"mx.init.Normal({told['std']})" if values["mean"] == 0 else drawn
        case "truncated_normal":
            settings = ", ".join(told[name] for name in ("mean", "std", "low", "high"))
            return f"Drawn(lambda shape: truncated(shape, {settings}))"
        case "orthogonal":
            return f'mx.init.Orthogonal(scale={told["gain"]}, rand_type="normal")'
    return _xavier(kind, values)


def _xavier(kind: str, values: dict[str, Any]) -> str:
    """Xavier draws evenly within ±√(magnitude / fan), or normally with √(magnitude / fan)."""
    family, _, shape = kind.partition("_")
    factor = "avg" if family == "xavier" else values["mode"].removeprefix("fan_")
    if family == "kaiming":
        slope = values["a"] if values["nonlinearity"] == "leaky_relu" else 0.0
        if shape == "normal" and values["nonlinearity"] in ("relu", "leaky_relu"):
            return f'mx.init.MSRAPrelu("{factor}", slope={literal(slope)})'
    scale = values["gain"] if family == "xavier" else gain(values["nonlinearity"], values["a"])
    if shape == "uniform":
        magnitude = round(3 * scale**2, 12)
        plain = family == "xavier" and math.isclose(magnitude, 3)
        rest = "" if plain else f'factor_type="{factor}", magnitude={literal(magnitude)}'
        return f"mx.init.Xavier({rest})"
    magnitude = round(scale**2, 12)
    return f'mx.init.Xavier("gaussian", "{factor}", magnitude={literal(magnitude)})'
