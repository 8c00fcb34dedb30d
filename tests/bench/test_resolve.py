"""How long an edit of a chain of 2,000 nodes takes to resolve, in CPU time of this thread."""

import gc
import time
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from core.document import Change, Document
from core.expression import parse
from core.record import ROOT, ModuleArgument
from core.resolve import Resolver
from tests.core.design import Design, put, remove, set_argument

COUNT = 2000
ROUNDS = 60

pytestmark = pytest.mark.bench


def chain(kinds: list[str]) -> Document:
    """x → first → Linear and others in turn → y; the Linears read the module's `width`."""
    design = Design(width=64).node("Input", "x", shape="B, 20").node("Linear", "first", out_features=256)
    names = [f"n{i}" for i in range(COUNT - 3)]
    for i, name in enumerate(names):
        kind = kinds[i % len(kinds)]
        width = {"out_features": parse("2 * width")} if kind == "Linear" else {}
        design.node(kind, name, ROOT, **width)
    return design.node("Output", "y").chain("x", "first", *names, "y").document()


def first_width(document: Document, turn: int) -> Change:
    return set_argument(document, "first", out_features=300 + turn)


def module_width(document: Document, turn: int) -> Change:
    root = document.module(ROOT)
    return put(document, replace(root, arguments=(ModuleArgument(name="width", default=300 + turn),)))


def rewired(document: Document, turn: int) -> Change:
    wire = document.wire("n1000 > n1001") if turn % 2 == 0 else None
    return remove(document, "n1000 > n1001") if wire else document.undo() or Change("Nothing", {})


@pytest.mark.parametrize(
    ("kinds", "edit", "limit_ms"),
    [
        (["Dropout", "ReLU", "LayerNorm"], first_width, 10),
        (["Dropout", "ReLU", "LayerNorm", "Linear"], module_width, 10),
        (["Dropout", "ReLU", "LayerNorm"], rewired, 33),
    ],
    ids=["every shape by the first width", "every shape by an expression", "one wire"],
)
def test_an_edit_of_2000_nodes_resolves_within_a_frame(
    kinds: list[str], edit: Callable[[Document, int], Change], limit_ms: float
) -> None:
    document = chain(kinds)
    resolver = Resolver(document)
    gc.collect()
    spent = []
    for turn in range(ROUNDS):
        change = edit(document, turn)
        began = time.thread_time()
        resolution = resolver.update(change)
        assert resolution.problems is not None
        assert resolution.root.parameters is not None
        spent.append(1000 * (time.thread_time() - began))
    spent.sort()
    print(f"median {spent[ROUNDS // 2]:.2f} ms, longest {spent[-1]:.2f} ms of {ROUNDS}")
    assert spent[ROUNDS // 2] <= limit_ms
