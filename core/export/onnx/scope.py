"""Where nodes are put while a graph is written: names, constants, and sizes read off the values at hand."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np

from ...dim import Dim, Symbolic, symbols
from ...polynomial import Atom, FloorDiv, Monomial, terms_of
from ...types import Type
from .graph import Attribute, Constant, Graph, Node


class NeedsNumber(Exception):
    """An operator has to be told a size as a number; `sizes` are the symbols that it depends on."""

    def __init__(self, sizes: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(sizes)))
        self.sizes = sizes


class Refused(Exception):
    """ONNX has no operator for what is asked; the sentence says what that is."""


@dataclass(frozen=True)
class Value:
    """A value by its name, and its type."""

    name: str
    type: Type


def number(dim: Dim) -> int:
    """The size as a number. NeedsNumber where it is none."""
    if isinstance(dim, Symbolic):
        raise NeedsNumber(symbols(dim))
    return dim


def numbers(dims: Sequence[Dim]) -> tuple[int, ...]:
    """The sizes as numbers. NeedsNumber where one is none."""
    return tuple(map(number, dims))


def cleaned(name: str) -> str:
    """The name with what ONNX's names may not hold replaced."""
    return re.sub(r"[^\w.]+", "_", name) or "x"


class Scope:
    """A graph, a function, or (with `outer`) a branch or body inside one, that is being written.

    `ask` gives a size that no value here shows, by its symbol.
    """

    def __init__(
        self, ask: Callable[[str], str], outer: "Scope | None" = None, taken: set[str] | None = None
    ) -> None:
        self.nodes: list[Node] = []
        self.outer = outer
        # No name may be used twice, not even in a graph around this one.
        self.names: set[str] = outer.names if outer is not None else taken if taken is not None else set()
        self._ask = ask
        self._constants: dict[tuple[Any, ...], str] = {}
        self._sizes: dict[Dim, str] = {}
        self._axes: dict[Dim, tuple[str, int]] = {}
        self._space, self._origin, self._prefix = "", "", ""
        if outer is not None:
            self._space, self._origin, self._prefix = outer._space, outer._origin, outer._prefix

    def inside(self) -> "Scope":
        """A scope for a graph that stands in this one."""
        return Scope(self._ask, self)

    @contextmanager
    def at(self, space: str, origin: str, prefix: str) -> Iterator[None]:
        """What is put here belongs to that node of the drawing; names begin with the prefix."""
        before = self._space, self._origin, self._prefix
        self._space, self._origin, self._prefix = space, origin, cleaned(prefix)
        yield
        self._space, self._origin, self._prefix = before

    # Names and nodes

    def fresh(self, name: str) -> str:
        """The name, with a number behind it where it is taken."""
        name = cleaned(name)
        found, count = name, 1
        while found in self.names:
            count += 1
            found = f"{name}_{count}"
        self.names.add(found)
        return found

    def put(
        self,
        op: str,
        inputs: Sequence[str],
        outputs: Sequence[str],
        attributes: Mapping[str, Attribute | Graph] | None = None,
        domain: str = "",
    ) -> None:
        """A node whose outputs have these names."""
        told = tuple((attributes or {}).items())
        name = outputs[0]
        node = Node(op, tuple(inputs), tuple(outputs), told, domain, name, self._space, self._origin)
        self.nodes.append(node)

    def one(self, op: str, *inputs: str, **attributes: Attribute | Graph) -> str:
        """A node with one output; its name."""
        return self.several(op, inputs, 1, **attributes)[0]

    def several(
        self, op: str, inputs: Sequence[str], count: int, **attributes: Attribute | Graph
    ) -> tuple[str, ...]:
        """A node with so many outputs; their names."""
        outputs = tuple(self.fresh(f"{self._prefix}.{op.lower()}") for _ in range(count))
        self.put(op, inputs, outputs, attributes)
        return outputs

    def rename(self, start: int, before: str, after: str) -> None:
        """Gives a value another name in all nodes from that number on."""

        def renamed(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(after if name == before else name for name in names)

        for place in range(start, len(self.nodes)):
            node = self.nodes[place]
            outputs = renamed(node.outputs)
            self.nodes[place] = replace(node, inputs=renamed(node.inputs), outputs=outputs, name=outputs[0])

    def makes(self, name: str) -> bool:
        """Whether a node here, not around it, gives that value."""
        return any(name in node.outputs for node in self.nodes)

    # Constants

    def is_constant(self, name: str) -> bool:
        """Whether it is a constant, which others may read too."""
        return bool(self._find(lambda scope: name in scope._constants.values() or None))

    def constant(self, array: "np.ndarray[Any, Any]") -> str:
        """The array as a value; the same one once."""
        key = (array.dtype.name, array.shape, array.tobytes())
        known = self._find(lambda scope: scope._constants.get(key))
        if known is None:
            known = self._constants[key] = self.fresh("constant")
            self.put("Constant", (), (known,), {"value": Constant(array)})
        return str(known)

    def real(self, value: float) -> str:
        """A float."""
        return self.constant(np.array(value, np.float32))

    def integers(self, values: Sequence[int]) -> str:
        """A list of whole numbers."""
        return self.constant(np.array(values, np.int64).reshape(-1))

    def like(self, value: float, type_: Type) -> str:
        """A number of the type's elements."""
        return self.constant(np.array(value, np.dtype(type_.dtype)))

    def _find(self, look: Callable[["Scope"], Any]) -> Any:
        scope: Scope | None = self
        while scope is not None:
            found = look(scope)
            if found is not None:
                return found
            scope = scope.outer
        return None

    # Sizes

    def see(self, value: Value) -> Value:
        """Notes that the value's sizes can be read off it."""
        for axis, dim in enumerate(value.type.shape):
            if isinstance(dim, Symbolic):
                self._axes.setdefault(dim, (value.name, axis))
        return value

    def shape(self, dims: Sequence[Dim]) -> str:
        """A list of sizes as a value."""
        if all(isinstance(dim, int) for dim in dims):
            return self.integers(numbers(dims))
        parts: list[str] = []
        known: list[int] = []
        for dim in dims:
            if isinstance(dim, int):
                known.append(dim)
                continue
            parts += [self.integers(known)] if known else []
            known = []
            parts.append(self.size(dim))
        parts += [self.integers(known)] if known else []
        return parts[0] if len(parts) == 1 else self.one("Concat", *parts, axis=0)

    def size(self, dim: Dim) -> str:
        """A list of one size as a value."""
        if isinstance(dim, int):
            return self.integers([dim])
        known = self._find(lambda scope: scope._sizes.get(dim))
        if known is None:
            known = self._sizes[dim] = self._worked_out(dim)
        return str(known)

    def _worked_out(self, dim: Symbolic) -> str:
        shown = self._find(lambda scope: scope._axes.get(dim))
        if shown is not None:
            return self.one("Shape", shown[0], start=shown[1], end=shown[1] + 1)
        if len(dim.terms) == 1 and dim.terms[0][1] == 1 and len(dim.terms[0][0]) == 1:
            atom = dim.terms[0][0][0]
            if isinstance(atom, str):
                return self._ask(atom)
            return self._quotient(atom)
        terms = [self._term(monomial, factor) for monomial, factor in terms_of(dim)]
        return reduce(lambda total, term: self.one("Add", total, term), terms)

    def _term(self, monomial: Monomial, factor: int) -> str:
        parts = [self._atom(atom) for atom in monomial]
        parts += [self.integers([factor])] if factor != 1 or not parts else []
        return reduce(lambda product, part: self.one("Mul", product, part), parts)

    def _atom(self, atom: Atom) -> str:
        return self.size(Symbolic((((atom,), 1),)))

    def _quotient(self, atom: FloorDiv) -> str:
        # ONNX divides whole numbers towards 0; a size is never below 0.
        return self.one("Div", self.size(atom.numerator), self.size(atom.denominator))
