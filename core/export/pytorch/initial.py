"""Prints how a PyTorch class gives its parameters first values: calls of `torch.nn.init`, in loops or not."""

from ...initial import BIASES, WEIGHTS
from ...initial_kinds import KINDS, seed_of, values_of
from ...record import Initial
from ..form import ClassForm, Each, Everywhere, Fill, Filling, FillOne, Only
from ..format import INDENT, WIDTH, Bracket, Item, Line, laid_out, width
from ..members import Nodes
from ..seeds import Generators, filled, named, own_seeds
from ..values import literal

FUNCTIONS = {
    "zeros": "zeros_",
    "ones": "ones_",
    "constant": "constant_",
    "uniform": "uniform_",
    "normal": "normal_",
    "truncated_normal": "trunc_normal_",
    "xavier_uniform": "xavier_uniform_",
    "xavier_normal": "xavier_normal_",
    "kaiming_uniform": "kaiming_uniform_",
    "kaiming_normal": "kaiming_normal_",
    "orthogonal": "orthogonal_",
}
"""What `torch.nn.init` calls each kind; its defaults are those of the kinds."""

CALLED = {"low": "a", "high": "b"}
"""What it calls settings that have another name there."""


NAME = "generator"
"""What a generator is called."""


def generator(seed: int) -> str:
    """Makes a generator of a seed."""
    return f"torch.Generator().manual_seed({seed})"


def fill_lines(form: ClassForm, handed: Generators) -> list[Line]:
    """The lines in the constructor; generators that are `handed` on are there already."""
    own = own_seeds(form)
    names = named(own, form, NAME)
    lines: list[Line] = []
    left = dict(names)
    for one in form.fillings:
        for seed, nodes in filled([one]):
            if seed in left:
                lines.append(Line(f"{INDENT * 2}{left.pop(seed)} = {generator(seed)}", nodes))
        lines += _several(one, 2, {**names, **handed})
    return lines


def _several(one: Filling, depth: int, generators: Generators) -> list[Line]:
    match one:
        case FillOne():
            return _one(one, depth, generators)
        case Each() | Only():
            loop = f"for {one.name} in {one.at}:" if isinstance(one, Each) else _if(one)
            head = Line(INDENT * depth + loop, one.nodes)
            return [head, *(line for part in one.body for line in _several(part, depth + 1, generators))]
        case Everywhere():
            return _by_layers(one, depth, generators) or _by_names(one, depth, generators)


def _if(one: Only) -> str:
    return f"if isinstance({one.at}, {one.kind}):"


def _one(one: FillOne, depth: int, generators: Generators) -> list[Line]:
    call = _call(one.at, one.initial, one.nodes, generators)
    if not one.may_miss:
        return laid_out(call, depth)
    return [Line(f"{INDENT * depth}if {one.at} is not None:", one.nodes), *laid_out(call, depth + 1)]


def _by_layers(one: Everywhere, depth: int, generators: Generators) -> list[Line]:
    """A loop over the modules, by their kinds; nothing where the kinds are not known, or too many to read."""
    indent = INDENT * depth
    by_test: dict[str, list[tuple[str, Fill]]] = {}
    for fill in one.fills:
        if not fill.kinds:
            return []
        for attribute, kinds, may_miss in fill.kinds:
            several = ", ".join(kinds) if len(kinds) == 1 else f"({', '.join(kinds)})"
            test = f"isinstance(module, {several})"
            test += f" and module.{attribute} is not None" if may_miss else ""
            if width(f"{indent}{INDENT}if {test}:") > WIDTH:
                return []
            by_test.setdefault(test, []).append((attribute, fill))
    lines = [Line(f"{indent}for module in {one.at}.modules():", one.nodes)]
    for test, fills in by_test.items():
        lines.append(Line(f"{indent}{INDENT}if {test}:", one.nodes))
        for attribute, fill in fills:
            call = _call(f"module.{attribute}", fill.initial, one.nodes, generators)
            lines += laid_out(call, depth + 2)
    return lines


def _by_names(one: Everywhere, depth: int, generators: Generators) -> list[Line]:
    """A loop over the parameters, by their names and how many axes they have."""
    tests = [_test(fill) for fill in one.fills]
    named = any("name" in test for test in tests)
    head = f"for name, parameter in {one.at}.named_parameters():"
    lines = [
        Line(INDENT * depth + (head if named else f"for parameter in {one.at}.parameters():"), one.nodes)
    ]
    for test, fill in zip(tests, one.fills, strict=True):
        lines.append(Line(f"{INDENT * (depth + 1)}if {test}:", one.nodes))
        lines += laid_out(_call("parameter", fill.initial, one.nodes, generators), depth + 2)
    return lines


def _test(fill: Fill) -> str:
    if fill.key == WEIGHTS:
        return "parameter.dim() > 1"
    if fill.key != BIASES:
        axes = " and parameter.dim() > 1" if KINDS[fill.initial.kind].axes > 1 else ""
        return f'name.split(".")[-1] == "{fill.key}"{axes}'
    ends = all(name.endswith("bias") for name in fill.names)
    axes = "" if fill.is_named_so else "parameter.dim() == 1 and "
    return axes + ('name.endswith("bias")' if ends else '"bias" in name.split(".")[-1]')


def _call(at: str, initial: Initial, nodes: Nodes, generators: Generators) -> Bracket:
    kind = KINDS[initial.kind]
    defaults = {setting.name: setting.default for setting in kind.settings}
    values = values_of(initial)
    items = [at]
    if initial.kind == "constant":
        items.append(literal(values["value"]))
    else:
        items += [
            f"{CALLED.get(name, name)}={literal(value)}"
            for name, value in values.items()
            if value != defaults[name]
        ]
    seed = seed_of(initial)
    if seed is not None:
        items.append(f"generator={generators.get(seed) or generator(seed)}")
    parts = tuple(Item(item, nodes=nodes) for item in items)
    return Bracket(f"nn.init.{FUNCTIONS[initial.kind]}(", parts, nodes=nodes)
