"""Repeated, shared, tied, slotted and chosen nodes: they compute what the same network written out does."""

from typing import Any

import numpy as np
import pytest

from core.engine.cotangent import Cotangent
from core.engine.plan import build_plan
from core.engine.run import Result, run
from core.expression import parse
from core.initialise import Array
from core.problem import Path
from core.program import Program, slots
from core.record import Tie
from core.use import Use, use
from tests.templates.sheet import Book, Sheet

from .designs import program_of
from .differences import check_gradients, doubles, exact
from .loops import WIDTH, constant, halving, ids, size_above, squeezing, there, unbiased

ROWS = 3


def x_of(*shape: int) -> Array:
    """A sample."""
    return np.random.default_rng(4).normal(size=shape)


def block(book: Book, activation: str = "tanh") -> Sheet:
    """Linear, BatchNorm1d and what is left out around them."""
    sheet = book.sheet("Block").argument("width", WIDTH).input()
    sheet.node("Linear", "fc", out_features="=width", activation=activation).node("BatchNorm1d", "norm")
    sheet.node("Add", "add").output()
    return sheet.wire("x > fc > norm > add > y", "x > add")


def root_of(book: Book, shape: str = f"B, {WIDTH}", **rest: Any) -> Sheet:
    """The root with its input."""
    return book.root.input(shape=shape, sizes=f"B={ROWS}", **rest)


def repeated(count: int, shared: bool = False) -> tuple[Book, Program]:
    """x → so many blocks → y."""
    book = Book("repeated", "")
    root_of(book).node(block(book), "blocks", repeat=count, shared=shared).output().wire("x > blocks > y")
    return book, program_of(book.document())


def written_out(count: int) -> tuple[Book, Program]:
    """x → so many blocks, a node each → y."""
    book = Book("written out", "")
    root, made = root_of(book), block(book)
    names = [f"block{i}" for i in range(count)]
    for name in names:
        root.node(made, name)
    root.output().wire(" > ".join(["x", *names, "y"]))
    return book, program_of(book.document())


@pytest.mark.parametrize("training", [False, True])
def test_repeated_modules_are_the_same_network_written_out(training: bool) -> None:
    (one, ours), (other, theirs) = repeated(3), written_out(3)
    (blocks,), (fc, norm) = ids(one, "blocks"), ids(one, "fc", "norm")
    weights = doubles(ours)
    assert len({weights[f"{blocks}/{i}/{fc}/weight"].tobytes() for i in range(3)}) == 3
    renamed = {fc: ids(other, "fc")[0], norm: ids(other, "norm")[0]}

    def there(slot: str) -> str:
        _, index, node, tensor = slot.split("/")
        return f"{ids(other, f'block{index}')[0]}/{renamed[node]}/{tensor}"

    inputs = {"x": x_of(ROWS, WIDTH)}
    mode = exact(training)
    found = run(ours, weights, inputs, 1, mode)
    same = {there(name): array for name, array in weights.items()}
    wanted = run(theirs, same, inputs, 1, mode, _given(found))
    assert not found.drawn and not wanted.drawn
    np.testing.assert_array_equal(found.outputs["y"], wanted.outputs["y"])
    for name, array in found.parameter_gradients.items():
        np.testing.assert_array_equal(array, wanted.parameter_gradients[there(name)])
    check_gradients(ours, weights, inputs, training=training)
    assert len(found.buffers) == (6 if training else 0)
    for name, array in found.buffers.items():
        np.testing.assert_array_equal(array, wanted.buffers[there(name)])


def test_the_gradients_of_shared_calls_are_summed() -> None:
    book, program = repeated(4, shared=True)
    weights, inputs = doubles(program), {"x": x_of(ROWS, WIDTH)}
    assert {slot.split("/")[1] for slot in weights} == {"0"}
    shared = check_gradients(program, weights, inputs)
    apart_book, apart = repeated(4)
    assert ids(book, "blocks", "fc", "norm") == ids(apart_book, "blocks", "fc", "norm")
    blocks = ids(book, "blocks")[0]
    copies = {
        f"{blocks}/{i}/{name.split('/', 2)[2]}": array for name, array in weights.items() for i in range(4)
    }
    single = run(apart, copies, inputs, 5, exact(), _given(shared))
    np.testing.assert_array_equal(single.outputs["y"], shared.outputs["y"])
    for name, array in shared.parameter_gradients.items():
        rest = name.split("/", 2)[2]
        total = sum(single.parameter_gradients[f"{blocks}/{i}/{rest}"] for i in range(4))
        np.testing.assert_allclose(array, total, rtol=1e-10, atol=1e-12)


def _given(result: Result) -> Cotangent:
    """The cotangent of the output y that a run started from."""
    (array,) = result.cotangents.values()
    return Cotangent(kind="given", arrays={"y": array})


def test_arguments_of_repeated_nodes_read_the_index() -> None:
    book = Book("growing", "")
    root = root_of(book).node("Linear", "fc", repeat=3, out_features="=4 * 2**i", bias=False).output()
    program = program_of(root.wire("x > fc > y").book.document())
    weights, x = doubles(program), x_of(ROWS, WIDTH)
    fc = ids(book, "fc")[0]
    matrices = [weights[f"{fc}/{i}/weight"] for i in range(3)]
    assert [matrix.shape for matrix in matrices] == [(4, 4), (8, 4), (16, 8)]
    result = check_gradients(program, weights, {"x": x})
    y = x
    for index, matrix in enumerate(matrices):
        y = y @ matrix.T
        np.testing.assert_allclose(result.values[(fc, str(index)), "y"], y, rtol=1e-12)


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_one_are_counts_of_repetitions(count: int) -> None:
    _, program = repeated(count)
    weights, x = doubles(program), x_of(ROWS, WIDTH)
    result = check_gradients(program, weights, {"x": x})
    assert np.array_equal(result.outputs["y"], x) == (count == 0)


def tied_layers(kind: str = "Linear", **arguments: Any) -> tuple[Book, Program]:
    """x → layer → ReLU → the same layer → y."""
    book = Book("tied", "")
    root = (
        root_of(book).node(kind, "first", **arguments).node("ReLU", "relu").node(kind, "again", owner="first")
    )
    root.output().wire("x > first > relu > again > y")
    return book, program_of(book.document())


def test_the_gradients_of_tied_nodes_are_summed() -> None:
    book, program = tied_layers(out_features=WIDTH)
    first, weights, x = ids(book, "first")[0], doubles(program), x_of(ROWS, WIDTH)
    assert weights.keys() == {f"{first}/weight", f"{first}/bias"}
    result = check_gradients(program, weights, {"x": x})
    w, b = weights[f"{first}/weight"], weights[f"{first}/bias"]
    hidden = np.maximum(x @ w.T + b, 0)
    np.testing.assert_allclose(result.outputs["y"], hidden @ w.T + b, rtol=1e-12)
    (dy,) = result.cotangents.values()
    into = (dy @ w) * (hidden > 0)
    np.testing.assert_allclose(
        result.parameter_gradients[f"{first}/weight"], dy.T @ hidden + into.T @ x, rtol=1e-10, atol=1e-12
    )


def test_statistics_of_a_tied_node_go_on_from_the_first_call_to_the_second() -> None:
    """As in PyTorch, where one module is called twice: see running averages in torch.nn.BatchNorm1d."""
    book, program = tied_layers("BatchNorm1d", affine=False)
    weights, x = doubles(program), x_of(ROWS, WIDTH)
    first, relu = ids(book, "first", "relu")
    result = check_gradients(program, weights, {"x": x}, training=True)
    mean, variance = np.zeros(WIDTH), np.ones(WIDTH)
    for batch in (x, result.values[(relu,), "y"]):
        mean = 0.9 * mean + 0.1 * batch.mean(axis=0)
        variance = 0.9 * variance + 0.1 * batch.var(axis=0, ddof=1)
    assert result.buffers.keys() == {f"{first}/running_mean", f"{first}/running_var"}
    np.testing.assert_allclose(result.buffers[f"{first}/running_mean"], mean, rtol=1e-12)
    np.testing.assert_allclose(result.buffers[f"{first}/running_var"], variance, rtol=1e-12)


def test_a_parameter_may_be_another_layers() -> None:
    """Embedding 7×4 and the Linear layer that gives scores of the 7 words have one weight."""
    book = Book("words", "")
    root = root_of(book, "B", dtype="int64", bound=7)
    root.node("Embedding", "embed", num_embeddings=7, embedding_dim=WIDTH).node("ReLU", "relu")
    root.node("Linear", "scores", out_features=7).output().wire("x > embed > relu > scores > y")
    root.tie("scores.weight", "embed.weight")
    program = program_of(book.document())
    embed, scores = ids(book, "embed", "scores")
    weights, x = doubles(program), np.array([5, 0, 5])
    assert weights.keys() == {f"{embed}/weight", f"{scores}/bias"}
    result = check_gradients(program, weights, {"x": x})
    table = weights[f"{embed}/weight"]
    wanted = np.maximum(table[x], 0) @ table.T + weights[f"{scores}/bias"]
    np.testing.assert_allclose(result.outputs["y"], wanted, rtol=1e-12)


@pytest.mark.parametrize("first", ["encode", "decode"])
def test_a_parameter_may_be_another_layers_transposed(first: str) -> None:
    """An autoencoder whose decoder is the encoder turned round, whichever of the two owns the weight."""
    book = Book("autoencoder", "")
    root = root_of(book).node("Linear", "encode", out_features=2).node("Linear", "decode", out_features=WIDTH)
    other = "decode" if first == "encode" else "encode"
    root.output().wire("x > encode > decode > y").tie(f"{other}.weight", f"{first}.weight", transposed=True)
    program = program_of(book.document())
    owner, user, encode, decode = ids(book, first, other, "encode", "decode")
    weights, x = doubles(program), x_of(ROWS, WIDTH)
    assert weights.keys() == {f"{owner}/weight", f"{encode}/bias", f"{decode}/bias"}
    assert f"{user}/weight" not in {slot.name for slot in slots(program)}
    result = check_gradients(program, weights, {"x": x})
    w = weights[f"{owner}/weight"] if first == "encode" else weights[f"{owner}/weight"].T
    hidden = x @ w.T + weights[f"{encode}/bias"]
    np.testing.assert_allclose(result.outputs["y"], hidden @ w + weights[f"{decode}/bias"], rtol=1e-12)


def test_a_slot_owns_the_weights_of_what_it_is_given() -> None:
    """y = f(x) + g(x), with f and g given to a module that is used twice."""
    book = Book("parallel", "")
    both = book.sheet("Both").argument("f", Use("Identity"), kind="module").input()
    both.argument("parts", (Use("ReLU"), Use("Identity")), kind="modules")
    both.slot("f", "one").slot("parts[1]", "other").node("Add", "add").output()
    both.wire("x > one > add > y", "x > other > add")
    linear = use("Linear", {"out_features": WIDTH, "bias": False})
    root = (
        root_of(book)
        .node(both, "first", f=linear, parts=(Use("ReLU"), linear))
        .node(both, "second", f=linear)
    )
    root.output().wire("x > first > second > y")
    program = program_of(book.document())
    first, second, one, other = ids(book, "first", "second", "one", "other")
    weights, x = doubles(program), x_of(ROWS, WIDTH)
    assert weights.keys() == {f"{first}/{one}/weight", f"{first}/{other}/weight", f"{second}/{one}/weight"}
    result = check_gradients(program, weights, {"x": x})
    a, b = weights[f"{first}/{one}/weight"], weights[f"{first}/{other}/weight"]
    c = weights[f"{second}/{one}/weight"]
    hidden = x @ a.T + x @ b.T
    np.testing.assert_allclose(result.outputs["y"], hidden @ c.T + hidden, rtol=1e-12)


@pytest.mark.parametrize("width", [WIDTH, 6])
def test_a_choice_has_the_weights_of_the_part_that_is_picked(width: int) -> None:
    book = Book("shortcut", "")
    sheet = book.sheet("Residual").argument("width", 4).input().node("Linear", "fc", out_features="=width")
    sheet.node("Choose", "around", condition="=x.shape[1] != width",
               then=use("Linear", {"out_features": parse("width"), "bias": False}))  # fmt: skip
    sheet.node("Add", "add").output().wire("x > fc > add > y", "x > around > add")
    root = root_of(book).node(sheet, "residual", width=width).output().wire("x > residual > y")
    program = program_of(root.book.document())
    residual, fc, around = ids(book, "residual", "fc", "around")
    weights, x = doubles(program), x_of(ROWS, WIDTH)
    projected = f"{residual}/{around}/weight"
    assert (projected in weights) == (width != WIDTH)
    result = check_gradients(program, weights, {"x": x})
    beside = x @ weights[projected].T if width != WIDTH else x
    wanted = x @ weights[f"{residual}/{fc}/weight"].T + weights[f"{residual}/{fc}/bias"] + beside
    np.testing.assert_allclose(result.outputs["y"], wanted, rtol=1e-12)


def test_a_loop_may_be_repeated_within_a_repeated_module() -> None:
    """Twice: twice: while x > 1: x / 2; then x · 3: each While has a count of its own."""
    book = Book("loops in loops", "")
    half = constant(book.sheet("Half").input(), "half", 0.5).node("Multiply", "halved").output()
    half.wire("x > halved > y", "half > halved")
    more = constant(book.sheet("More").input(), "one", 1.0).node("Subtract", "less").node("Sum", "sum")
    more.node("ReLU", "above").output().wire("x > less.a", "one > less.b", "less > sum > above > y")
    inner = constant(book.sheet("Inner").input(), "three", 3.0)
    inner.node("While", "loop", condition=more.use(), body=half.use()).node("Multiply", "times").output()
    inner.wire("x > loop > times > y", "three > times")
    outer = book.sheet("Outer").input().node(inner, "inner", repeat=2).output().wire("x > inner > y")
    root = book.root.input(shape="1").node(outer, "outer", repeat=2).output().wire("x > outer > y")
    program = program_of(root.book.document())
    result = check_gradients(program, doubles(program), {"x": np.array([10.0])})
    outer_, inner_, loop = ids(book, "outer", "inner", "loop")
    counts = [int(result.iterations[outer_, i, inner_, j, loop]) for i in "01" for j in "01"]
    assert counts == [4, 1, 2, 2]  # 10 → 0.625 · 3 → 0.9375 · 3 → 0.703 · 3 → 0.527 · 3
    np.testing.assert_allclose(result.outputs["y"], [10.0 * 81 / 512], rtol=1e-12)


def test_a_tied_loop_has_the_weights_of_the_first() -> None:
    """While Σ|x| > 0.05: squeeze; then x + 1, and the same loop again, with a weight of its body tied."""
    book = Book("tied loops", "")
    root = root_of(book).node(
        "While", "loop", condition=size_above(book, 0.05).use(), body=squeezing(book).use()
    )
    constant(root, "one", 1.0).node("Add", "add").node("While", "again", owner="loop")
    root.node("Linear", "last", out_features=WIDTH, bias=False).output()
    root.wire("x > loop > add > again > last > y", "one > add")
    loop, again, last, fc = ids(book, "loop", "again", "last", "fc")
    tie = Tie(
        id="tie", module=root.key, owner=(loop, "body", fc), owner_parameter="weight",
        path=(last,), parameter="weight",
    )  # fmt: skip
    book.records["tie"] = tie
    program = program_of(book.document())
    weights = unbiased(program)
    assert {name for name in weights if name.endswith(("weight", "bias"))} == {
        f"{loop}/body/{fc}/weight", f"{loop}/body/{fc}/bias"
    }  # fmt: skip
    result = check_gradients(program, weights, {"x": x_of(ROWS, WIDTH)})
    assert min(int(result.iterations[path,]) for path in (loop, again)) >= 2
    last_of_loop = there(result, (again, "body", fc), "y", {(again,): int(result.iterations[again,]) - 1})
    np.testing.assert_allclose(result.values[(again,), "y"], last_of_loop / 2, rtol=1e-12)
    w = weights[f"{loop}/body/{fc}/weight"]
    np.testing.assert_allclose(result.outputs["y"], last_of_loop / 2 @ w.T, rtol=1e-12)


def test_the_ports_of_loops_within_loops_have_values() -> None:
    """Twice: while Σ|x| > 1: (if Σ relu(x): x / 2, else x / 2): each call has its own output port."""
    book = Book("ports", "")
    halves = halving(book).use()
    body = book.sheet("Body").input().node("ReLU", "relu").node("Sum", "sum")
    body.node("If", "if", then=halves, otherwise=halves).output()
    body.wire("x > relu > sum > if.condition", "x > if > y")
    root = root_of(book).node(
        "While", "loop", repeat=2, condition=size_above(book, 1.0).use(), body=body.use()
    )
    program = program_of(root.output().wire("x > loop > y").book.document())
    x = x_of(ROWS, WIDTH)
    result = run(program, {}, {"x": x}, 0, exact())
    loop, branch = ids(book, "loop", "if")
    first = (loop, "0")
    count = int(result.iterations[first])
    assert count >= 3 and result.iterations[loop, "1"] == 0
    for index in range(count):
        wanted = x / 2 ** (index + 1)
        for path in ((*first, "body"), (*first, "body", branch)):
            np.testing.assert_allclose(there(result, path, "y", {first: index}), wanted, rtol=1e-12)
    ports: tuple[Path, ...] = (first, (loop, "1"), (loop,))
    for port in ports:
        np.testing.assert_array_equal(result.values[port, "y"], result.outputs["y"])


def test_ten_thousand_calls_in_a_row_are_planned_in_the_room_of_two_values() -> None:
    book = Book("deep", "")
    root = root_of(book).node("Linear", "fc", out_features=WIDTH, repeat=10_000).output()
    program = program_of(root.wire("x > fc > y").book.document())
    plan = build_plan(program, {}, keep=False)
    assert len(plan.slots) == 20_000 and len(plan.instructions) >= 20_000
    assert plan.arena_bytes < 10_000  # values make room for the next
