"""Which first values a parameter gets: what its own node says, else what the modules around it say."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .initial_kinds import DEFAULT, KINDS, recipe
from .initialise import Initialiser
from .layers import LAYERS
from .layers.control import CONTROL
from .layers.layer import Layer, Tensor, bind
from .record import Initial
from .text import tr

WEIGHTS = "weights"
"""The group of every parameter of two axes or more."""

BIASES = "biases"
"""The group of every parameter of one axis that is called a bias."""

GROUPS = (WEIGHTS, BIASES)

Entries = Mapping[str, Initial]
"""What one node or module says, by a parameter's name or a group."""

Levels = tuple[Entries, ...]
"""What may say something about a parameter, the outermost first."""


def group_of(name: str, axes: int) -> str:
    """The group that a parameter is in; empty for one that is in none, such as the scale of a norm."""
    if axes > 1:
        return WEIGHTS
    return BIASES if axes == 1 and is_bias(name) else ""


def is_bias(name: str) -> bool:
    """Whether a parameter is called a bias: `bias`, `bias_ih_l0`, `in_proj_bias`."""
    return name.startswith("bias") or name.endswith("bias")


def entry(entries: Entries, name: str, axes: int) -> tuple[str, Initial] | None:
    """What one level says about a parameter, with its key: the name goes before the group.

    A kind that needs more axes than the parameter has says nothing about it.
    """
    for key in (name, group_of(name, axes)):
        found = entries.get(key) if key else None
        if found is not None and axes >= KINDS[found.kind].axes:
            return key, found
    return None


def within(levels: Levels, entries: Entries) -> Levels:
    """The levels inside a module: what its definition says gives way to what the instance, the last, says."""
    return (*levels[:-1], entries, *levels[-1:])


def first_values(levels: Levels, name: str, tensor: Tensor) -> Initialiser:
    """How a parameter is drawn: as the innermost level says, else as its own layer does."""
    for entries in reversed(levels):
        found = entry(entries, name, len(tensor.shape)) if entries else None
        if found is not None:
            return tensor.initialiser if found[1].kind == DEFAULT else recipe(found[1])
    return tensor.initialiser


def chosen(levels: Levels, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The parameters of a layer, each with the first values that it gets."""
    return {
        name: tensor
        if (drawn := first_values(levels, name, tensor)) is tensor.initialiser
        else replace(tensor, initialiser=drawn)
        for name, tensor in parameters.items()
    }


def axes_of(kind: str) -> Mapping[str, int | None]:
    """The parameters of a layer by name with how many axes each has; None where the layer's arguments say so.

    Nothing for what is no layer, and for layers that name their parameters by their arguments.
    """
    layer = LAYERS.get(kind)
    if layer is None or layer.structural or layer.names_tensors:
        return {}
    example = bind(layer, layer.example.arguments)
    types = tuple(layer.example.types().values())
    found: dict[str, int | None] = dict.fromkeys(sorted(layer.tensor_names - _buffer_names(layer)))
    for name, tensor in example.parameters(*types).items():
        found[name] = len(tensor.axes) if any(tensor.axes) else None
    return found


def _buffer_names(layer: type[Layer]) -> frozenset[str]:
    """The tensors that are stored and not learnt, those that only another choice of an argument makes too."""
    if layer.buffers is Layer.buffers:
        return frozenset()
    given, types = layer.example.arguments, tuple(layer.example.types().values())
    plain = vars(bind(layer, given))
    flags = [spec.name for spec in layer.arguments if spec.kind == "bool"]
    others: list[dict[str, Any]] = [{name: not plain[name]} for name in flags]
    others += [{spec.name: None} for spec in layer.arguments if spec.optional]
    made = [bind(layer, {**given, **other}).buffers(*types) for other in ({}, *others)]
    return frozenset().union(*made)


def fault(kind: str, key: str, initial: Initial) -> str:
    """What is wrong with giving a parameter of a kind of node such first values; empty where nothing is."""
    least = KINDS[initial.kind].axes
    title = tr(KINDS[initial.kind].title)
    if key == BIASES and least > 1:
        return tr("{kind} needs a parameter of two axes or more; biases have one", kind=title)
    layer = LAYERS.get(kind)
    if layer is None or layer.structural or layer.names_tensors:
        return ""
    axes = axes_of(kind)
    meant = [count for name, count in axes.items() if _may_be(key, name, count)]
    if not meant:
        return tr("{kind} has no parameter {key}", kind=kind, key=key)
    if all(count is not None and count < least for count in meant):
        return tr("{kind} needs a parameter of two axes or more; {key} has one", kind=title, key=key)
    return ""


def _may_be(key: str, name: str, axes: int | None) -> bool:
    """Whether a parameter is meant by a key."""
    return key == name or _may_be_in(key, name, axes)


def _may_be_in(group: str, name: str, axes: int | None) -> bool:
    counts = (1, 2) if axes is None else (axes,)
    return any(group_of(name, count) == group for count in counts)


def concerns(kind: str, key: str) -> bool:
    """Whether a kind of node may have a parameter that a key means."""
    layer = LAYERS.get(kind)
    if layer is None or layer.structural or layer.names_tensors:
        return layer is None or kind in CONTROL or layer.names_tensors
    return any(_may_be(key, name, count) for name, count in axes_of(kind).items())


def says_more(kind: str, key: str, said: Entries) -> bool:
    """Whether a key may mean a parameter of a kind of node about which nothing else is said."""
    axes = axes_of(kind)
    if not axes:
        return concerns(kind, key)
    return any(
        _may_be(key, name, count) and (count is None or entry(said, name, count) is None)
        for name, count in axes.items()
    )


def shared_by(kind: str, key: str, group: str) -> bool:
    """Whether a name may mean a parameter that a group means as well."""
    return key not in GROUPS and _may_be_in(group, key, axes_of(kind).get(key))
