"""Random designs of repeats, ties, choices, slots and modules in modules, to find what nobody thought of."""

from random import Random
from typing import Any

from core.document import Document
from core.use import Use, use
from tests.templates.sheet import Book, Sheet

WIDTH = 6
"""Most values are (B, 6), so that anything may be wired to anything; some modules give other widths."""

LAYERS: list[tuple[str, dict[str, Any]]] = [
    ("Linear", {"out_features": WIDTH}),
    ("Linear", {"out_features": WIDTH, "bias": False}),
    ("Linear", {"out_features": WIDTH, "activation": "tanh"}),
    ("LayerNorm", {}),
    ("BatchNorm1d", {}),
    ("Tanh", {}),
    ("Identity", {}),
    ("SiLU", {}),
]
SIZED: list[tuple[str, dict[str, Any]]] = [
    ("Linear", {"out_features": "=width"}),
    ("LayerNorm", {}),
    ("Tanh", {}),
]


def random_structures(seed: int) -> Document:
    """A design that holds at least one repeat or tie."""
    return _Drawer(Random(seed), seed).drawn()


class _Drawer:
    def __init__(self, random: Random, seed: int) -> None:
        self.random = random
        self.book = Book(f"structures {seed}", "")
        self.modules: list[Sheet] = []
        self.structured = 0

    def drawn(self) -> Document:
        for name in self.random.sample(
            ["Block", "Stage", "Pair", "Stack", "Widths"], self.random.randint(2, 5)
        ):
            self.modules.append(getattr(self, f"_{name.lower()}")(self.book.sheet(name)))
        root = self.book.root.input("x", f"B, {WIDTH}", sizes="B=3")
        if self.random.random() < 0.4:
            root.argument("depth", self.random.randint(1, 3))
        names = ["x"]
        for place in range(self.random.randint(2, 6)):
            names.append(self._node(root, f"n{place}"))
        if not self.structured:
            names.append(self._repeat(root, "last"))
        root.output().wire(" > ".join([*names, "y"]))
        return self.book.document()

    # Modules; each keeps (B, 6) but for Widths, which is closed by a Linear

    def _block(self, sheet: Sheet) -> Sheet:
        """A way around, or a projection where the width is another."""
        sheet.argument("width", self.random.randint(2, 9), minimum=1).input()
        kind, given = self.random.choice(SIZED)
        sheet.node("Linear", "up", (1, 0), out_features="=width").node(kind, "mid", **given)
        sheet.node("Linear", "down", out_features=WIDTH)
        sheet.node(
            "Choose", "way", (2, 1.5),
            condition=self.random.choice(["=width > 4", "=width % 2 == 0", "=x.shape[1] != 2 * width"]),
            then=use("Linear", {"out_features": WIDTH}),
            otherwise=self.random.choice([Use("Identity"), Use("Tanh")]),
        )  # fmt: skip
        sheet.node("Add", "add", (4, 0)).output()
        return sheet.wire("x > up > mid > down > add > y", "x > way > add")

    def _stage(self, sheet: Sheet) -> Sheet:
        """Repeats whose arguments and sizes follow the index."""
        self.structured += 1
        sheet.argument("depth", self.random.randint(1, 3), minimum=1)
        sheet.argument("width", self.random.randint(2, 5), minimum=1).input()
        way = self.random.choice(
            ["=width * (i + 1)", "=width * 2**i", "=width if i == 0 else 3", "=width + i"]
        )
        sheet.node("Linear", "grow", repeat=self.random.choice(["=depth", 2, 3]), out_features=way)
        sheet.node("Linear", "back", out_features=WIDTH).output()
        return sheet.wire("x > grow > back > y")

    def _pair(self, sheet: Sheet) -> Sheet:
        """Two modules that are given, their results joined."""
        sheet.argument("left", self._use()).argument("right", self._use()).input()
        sheet.slot("left", "left", (1, 0)).slot("right", "right", (1, 1))
        sheet.node("Concat", "cat", (2, 0), dim=-1).node("Linear", "out", out_features=WIDTH).output()
        return sheet.wire("x > left > cat > out > y", "x > right > cat")

    def _stack(self, sheet: Sheet) -> Sheet:
        """A list of modules in a row, or one module many times."""
        self.structured += 1
        if self.random.random() < 0.5:
            uses = tuple(self._use() for _ in range(self.random.randint(1, 3)))
            sheet.argument("parts", uses).input().slot("parts[i]", "parts", repeat="=len(parts)")
        else:
            sheet.argument("part", self._use()).argument("count", 2, minimum=1)
            sheet.input().slot("part", "parts", repeat="=count")
        return sheet.output().wire("x > parts > y")

    def _widths(self, sheet: Sheet) -> Sheet:
        """Tied layers, and one set of weights used in each round."""
        self.structured += 1
        sheet.argument("rounds", self.random.randint(1, 3), minimum=1).input()
        sheet.node("Linear", "first", out_features=WIDTH).node("Tanh", "between")
        sheet.node("Linear", "again", owner="first")
        sheet.node("Linear", "rounds", repeat="=rounds", shared=True, out_features=WIDTH).output()
        return sheet.wire("x > first > between > again > rounds > y")

    def _use(self) -> Use:
        if self.modules and self.random.random() < 0.5:
            return self._instance()
        kind, given = self.random.choice(LAYERS)
        return use(kind, given)

    def _instance(self) -> Use:
        module = self.random.choice(self.modules)
        return module.use(**self._given(module))

    def _given(self, module: Sheet) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for argument in self.book.module(module.key).arguments:
            if self.random.random() < 0.5:
                continue
            if isinstance(argument.default, Use):
                given[argument.name] = self._shallow()
            elif isinstance(argument.default, tuple):
                given[argument.name] = tuple(self._shallow() for _ in range(self.random.randint(1, 3)))
            else:
                given[argument.name] = self.random.randint(1, 4)
        return given

    def _shallow(self) -> Use:
        kind, given = self.random.choice(LAYERS)
        return use(kind, given)

    # Nodes of the root

    def _node(self, root: Sheet, name: str) -> str:
        chance = self.random.random()
        if chance < 0.25:
            return self._repeat(root, name)
        if chance < 0.75:
            module = self.random.choice(self.modules)
            root.node(module, name, **self._given(module))
            return name
        if chance < 0.85:
            self.structured += 1
            return self._tie(root, name)
        kind, given = self.random.choice(LAYERS)
        root.node(kind, name, **given)
        return name

    def _tie(self, root: Sheet, name: str) -> str:
        """Two layers in a row of which one has the other's weight: written `first > second` in a chain."""
        root.node("Linear", f"{name}_a", out_features=WIDTH)
        root.node("Linear", f"{name}_b", out_features=WIDTH, bias=self.random.random() < 0.5)
        root.tie(f"{name}_b.weight", f"{name}_a.weight")
        return f"{name}_a > {name}_b"

    def _repeat(self, root: Sheet, name: str) -> str:
        self.structured += 1
        count: Any = self.random.choice([1, 2, 3])
        shared = self.random.random() < 0.3
        if self.random.random() < 0.5:
            module = self.random.choice(self.modules)
            root.node(module, name, repeat=count, shared=shared, **self._given(module))
        else:
            kind, given = self.random.choice(LAYERS)
            root.node(kind, name, repeat=count, shared=shared, **given)
        return name
