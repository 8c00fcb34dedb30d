"""Random designs of branches, merges and modules, to find what nobody thought of."""

from random import Random
from typing import Any

from core.expression import parse
from tests.export.networks import Drawing

WIDTH = 6
"""Every value is (B, 6), so that anything may be wired to anything."""

ONE: list[tuple[str, dict[str, Any]]] = [
    ("Linear", {"out_features": WIDTH}),
    ("Linear", {"out_features": WIDTH, "activation": "tanh"}),
    ("Linear", {"out_features": WIDTH, "bias": False}),
    ("LayerNorm", {"activation": "sigmoid"}),
    ("BatchNorm1d", {}),
    ("Dropout", {"p": 0.3}),
    ("Tanh", {}),
    ("SiLU", {}),
    ("LogSoftmax", {"dim": -1}),
    ("Identity", {}),
]
MANY = ["Add", "Multiply", "Subtract"]


def random_network(seed: int) -> Drawing:
    """A design with two modules, one in the other, each with up to two inputs and outputs."""
    random = Random(seed)
    drawing = Drawing(f"random {seed}")
    kinds: list[tuple[str, int, int]] = []
    for name in ("inner", "outer"):
        drawing.module(name, width=random.randint(2, 9))
        kinds.append((f"@{name}", *_graph(drawing, random, list(kinds))))
    drawing.main()
    _graph(drawing, random, kinds, shape="B, 6")
    return drawing


def _graph(
    drawing: Drawing, random: Random, modules: list[tuple[str, int, int]], shape: str = ""
) -> tuple[int, int]:
    ins, outs = random.randint(1, 2), random.randint(1, 3)
    values = []
    for i in range(ins):
        drawing.node(f"in {i}", "Input", order=i, **({"shape": shape, "sizes": "B=3"} if shape else {}))
        values.append(f"in {i}.y")
    for i in range(random.randint(2, 8)):
        values += _call(drawing, random, modules, values, i, inside=not shape)
    for i in range(outs):
        drawing.node(f"out {i}", "Output", order=i)
        drawing.wire(values[-1 - i] if i < 2 else random.choice(values), f"out {i}")
    return ins, outs


def _call(
    drawing: Drawing,
    random: Random,
    modules: list[tuple[str, int, int]],
    values: list[str],
    i: int,
    inside: bool,
) -> list[str]:
    chance = random.random()
    recent = values[-4:]
    if modules and chance < 0.3:
        module, ins, outs = random.choice(modules)
        drawing.node(
            f"call {i}", module, **({"width": random.randint(2, 9)} if random.random() < 0.5 else {})
        )
        for port in range(ins):
            drawing.wire(random.choice(recent), f"call {i}.in {port}")
        return [f"call {i}.out {port}" for port in range(outs)]
    if chance < 0.5:
        merge = random.choice(MANY)
        drawing.node(f"merge {i}", merge)
        for place in ("a", "b") if merge == "Subtract" else ("x1", "x2", "x3")[: random.randint(2, 3)]:
            drawing.wire(random.choice(recent), f"merge {i}.{place}")
        return [f"merge {i}.y"]
    if inside and chance < 0.6:
        drawing.node(f"up {i}", "Linear", out_features=parse("2 * width"))
        drawing.node(f"down {i}", "Linear", out_features=WIDTH)
        drawing.wire(random.choice(recent), f"up {i}")
        drawing.wire(f"up {i}", f"down {i}")
        return [f"down {i}.y"]
    name, arguments = random.choice(ONE)
    drawing.node(f"{name} {i}", name, **arguments)
    drawing.wire(random.choice(recent), f"{name} {i}")
    return [f"{name} {i}.y"]
