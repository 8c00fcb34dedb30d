"""A class's constructor arguments: sizes that only its caller knows, then the module's own arguments."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..calls import ModuleCall
from ..dim import Symbolic, text
from ..expression import Expression
from ..program import Definition, Program
from .form import Given
from .sizes import size_name
from .slots import module_arguments
from .spelled import Spelled
from .speller import argument_names
from .values import Names, bare, expression_text, free_names, written


def constructor(
    program: Program, definition: Definition, call: ModuleCall, calls: Sequence[Spelled]
) -> tuple[tuple[Given, ...], Names]:
    """The arguments, and what every argument, size and `x.shape[1]` of the design is called in code.

    The root has nobody to tell it sizes: its are the examples.
    """
    own = {argument.name: argument.default for argument in definition.module.arguments}
    called = argument_names(definition)
    modules = {argument.name for argument in module_arguments(definition.module)}
    taken = set(called.values())
    made = {name: _dim_read(name, definition, call) for one in calls for name in one.names_made()}
    run = {name: _dim_read(name, definition, call) for one in calls for name in one.names_run()}
    axes = axes_of(call)
    told = [*_symbols(made), *(symbol for symbol in _symbols(run) if symbol not in axes)]
    read = {**made, **run}
    leading: list[Given] = []
    for symbol in sorted(dict.fromkeys(told), key=_axis_order(call)):
        if symbol not in own:
            name = size_name(symbol, calls, taken)
            taken.add(name)
            default = program.symbols.get(symbol, 1) if call.module == program.root else None
            leading.append(Given(key=symbol, name=name, default=default))
    leading += [Given(key=key, name=called[key]) for key in own if key in modules]
    rest = (Given(key=key, name=called[key], default=own[key]) for key in own if key not in modules)
    given = (*leading, *rest)
    names = {one.key: one.name for one in given}
    dims = {name: dim for name, dim in read.items() if dim is not None}
    shapes = {name: written(dim, names) for name, dim in dims.items()}
    names = {**_as_drawn(calls, {**names, **shapes}), **names}
    return given, {**names, **{name: written(dim, names) for name, dim in dims.items()}}


def axes_of(call: ModuleCall) -> dict[str, tuple[int, int]]:
    """The sizes that an input has at an axis: by their names, the number of the input and of the axis."""
    found: dict[str, tuple[int, int]] = {}
    for place, type_ in enumerate(call.inputs):
        for axis, dim in enumerate(type_.shape if type_ is not None else ()):
            found.setdefault(bare(dim) or "", (place, axis))
    return found


def _as_drawn(calls: Sequence[Spelled], names: Names) -> Names:
    """Sizes that an argument gives, in its words: `width * expansion` is that in the next layer too."""
    found: dict[str, str] = {}
    for spelled in calls:
        for name, value in spelled.entry.node.arguments.items():
            size = spelled.call.arguments.get(name)
            if isinstance(value, Expression) and isinstance(size, Symbolic):
                found.setdefault(text(size), expression_text(value.source, names))
    return found


def _axis_order(call: ModuleCall) -> Callable[[str], int]:
    """Sizes in the order of the inputs' axes."""
    dims = [dim for type_ in call.inputs if type_ is not None for dim in type_.shape]
    order = {size: place for place, dim in reversed(list(enumerate(dims))) for size in free_names(dim)}
    return lambda size: order.get(size, len(dims))


def _symbols(read: dict[str, Any]) -> Iterable[str]:
    for name, dim in read.items():
        if dim is not None:
            yield from free_names(dim)
        elif "[" not in name:
            yield name


def _dim_read(name: str, definition: Definition, call: ModuleCall) -> Any:
    """What `x.shape[1]` stands for, the dimension of an input; None for a plain name."""
    found = re.fullmatch(r"(\w+)\.shape\[(-?\d+)\]", name)
    ports = {entry.node.id: entry.node.name for entry in definition.entries}
    inputs = [ports[node] for node in definition.inputs]
    if not found or found[1] not in inputs:
        return None
    type_ = call.inputs[inputs.index(found[1])]
    return None if type_ is None else type_.shape[int(found[2])]
