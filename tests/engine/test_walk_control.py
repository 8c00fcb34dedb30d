"""Loops and branches in designs: they go round as conditions say, with gradients, each round kept."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from core.engine import memory
from core.engine.cotangent import Cotangent
from core.engine.messages import Failed, Finished, Job
from core.engine.network import PlanError
from core.engine.plan import build_plan
from core.engine.rounds import gradient_at, iterations_at, loops_around, value_at
from core.engine.run import Mode, run
from core.program import Program, slots
from core.use import Use, use
from tests.templates.sheet import Book

from .designs import program_of
from .differences import check_gradients, doubles, exact
from .engines import engine, until
from .loops import WIDTH, constant, halving, ids, looped, sample, size_above, squeezing, there, unbiased
from .test_run import same


@pytest.mark.parametrize(("size", "rounds"), [(0.9, 0), (1.5, 1), (40.0, 6)])
def test_a_loop_goes_round_while_its_condition_holds(size: float, rounds: int) -> None:
    book = Book("halves", "")
    program = looped(book, halving(book).use())
    result = check_gradients(program, doubles(program), {"x": sample(size)})
    (loop,) = ids(book, "loop")
    assert result.iterations[loop,] == rounds
    np.testing.assert_allclose(result.outputs["y"], sample(size) / 2**rounds, rtol=1e-12)
    halved = ids(book, "loop", "body", "halved")
    size_of = ids(book, "loop", "condition", "sum")
    for index in range(rounds):
        found = there(result, halved, "y", {(loop,): index})
        np.testing.assert_allclose(found, sample(size) / 2 ** (index + 1), rtol=1e-12)
        flow = gradient_at(result, halved, "y", {(loop,): index})
        assert flow is not None
        start = next(iter(result.cotangents.values()))
        np.testing.assert_allclose(flow, start / 2 ** (rounds - index - 1), rtol=1e-12)
    for index in range(rounds + 1):
        asked = there(result, size_of, "y", {(loop,): index})
        np.testing.assert_allclose(asked, size / 2**index, rtol=1e-12)
    for part, last in (("body", rounds), ("condition", rounds + 1)):
        call = program.call.call((loop, part))
        assert call is not None and call.inner is not None
        (x,) = program.definitions[call.inner.module].inputs
        for index in range(last):
            given = there(result, (loop, part, x), "y", {(loop,): index})
            np.testing.assert_allclose(given, sample(size) / 2**index, rtol=1e-12)
        assert value_at(result, (loop, part, x), "y", {(loop,): last}) is None
    assert value_at(result, halved, "y", {(loop,): rounds}) is None
    assert value_at(result, size_of, "y", {(loop,): rounds + 1}) is None
    assert loops_around(result, halved) == ((loop,),)
    assert iterations_at(result, (loop,), {}) == rounds and iterations_at(result, halved, {}) is None


@pytest.mark.parametrize(("size", "rounds"), [(0.04, 0), (0.08, 1), (25.0, 5)])
def test_weights_of_a_body_get_the_gradients_of_all_rounds(size: float, rounds: int) -> None:
    book = Book("squeezes", "")
    program = looped(book, squeezing(book).use(), least=0.05)
    weights = unbiased(program)
    loop, fc = ids(book, "loop", "fc")
    assert f"{loop}/body/{fc}/weight" in weights
    result = check_gradients(program, weights, {"x": sample(size)})
    found = int(result.iterations[loop,])
    assert found == rounds if rounds < 2 else found >= rounds
    gradient = result.parameter_gradients.get(f"{loop}/body/{fc}/weight", np.zeros(1))
    assert gradient.any() == (rounds > 0)


def test_slots_of_parts_have_the_walks_names() -> None:
    book = Book("names", "")
    test = book.sheet("Test").input().node("Linear", "score", out_features=1).node("Mean", "mean")
    test.node("ReLU", "relu").output().wire("x > score > mean > relu > y")
    branch = use("If", {"then": squeezing(book).use(), "otherwise": use("Linear", {"out_features": WIDTH})})
    body = book.sheet("Body").input().node("Mean", "mean")
    body.node("If", "if", **branch.named).output().wire("x > mean > if.condition", "x > if > y")
    root = book.root.input(shape=f"B, {WIDTH}", sizes="B=2").node(
        "While", "loop", repeat=2, condition=test.use(), body=body.use()
    )
    root.output().wire("x > loop > y")
    program = program_of(book.document())
    plan = build_plan(program, {}, backward=True)
    listed = {slot.name: slot for slot in slots(program)}
    assert set(plan.slots) == set(listed) and len(listed) == 2 * (2 + 2 + 2) + 2  # and the constant half
    loop, choice, fc = ids(book, "loop", "if", "fc")
    assert listed[f"{loop}/1/body/{choice}/then/{fc}/weight"].dotted == "loop.1.body.if.then.fc.weight"
    assert listed[f"{loop}/0/body/{choice}/otherwise/bias"].dotted == "loop.0.body.if.otherwise.bias"
    assert any(slot.dotted == "loop.1.condition.score.weight" for slot in listed.values())


def branching(book: Book, condition: str = "Sum") -> Program:
    """if Σx ≠ 0 (Σ of relu): squeeze, else a Linear layer of its own."""
    root = book.root.input(shape=f"B, {WIDTH}", sizes="B=2").node("ReLU", "relu").node("Sum", "sum")
    root.node("If", "if", then=squeezing(book).use(), otherwise=use("Linear", {"out_features": WIDTH}))
    root.output().wire("x > relu > sum > if.condition", "x > if > y")
    return program_of(book.document())


@pytest.mark.parametrize("taken", [1, 0])
def test_a_branch_runs_one_of_its_parts(taken: int) -> None:
    book = Book("branches", "")
    program = branching(book)
    x = sample(3.0) if taken else -np.abs(sample(3.0))
    result = check_gradients(program, doubles(program), {"x": x})
    (key,) = ids(book, "if")
    assert result.iterations[key,] == taken
    fc = ids(book, "if", "then", "fc")
    then, otherwise = value_at(result, fc, "y", {}), value_at(result, (key, "otherwise"), "y", {})
    assert (then is None) == (not taken) and (otherwise is None) == bool(taken)
    assert result.parameter_gradients[f"{key}/otherwise/weight"].any() == (not taken)
    if not taken:
        assert otherwise is not None
        np.testing.assert_array_equal(otherwise, result.outputs["y"])


def nested(book: Book) -> Program:
    """Twice: while Σ|x| > 0.1: three times: if some x > 0: squeeze, else while Σ|x| > 0.05: x / 2."""
    inner = use("While", {"condition": size_above(book, 0.05, "Inner").use(), "body": halving(book).use()})
    body = book.sheet("Choice").input().node("ReLU", "relu").node("Sum", "sum")
    body.node("If", "if", then=squeezing(book).use(), otherwise=inner).output()
    body.wire("x > relu > sum > if.condition", "x > if > y")
    thrice = book.sheet("Thrice").input().node(body, "each", repeat=3).output().wire("x > each > y")
    root = book.root.input(shape=f"B, {WIDTH}", sizes="B=2")
    root.node("While", "loop", repeat=2, condition=size_above(book, 0.1).use(), body=thrice.use(), bound=20)
    root.output().wire("x > loop > y")
    return program_of(book.document())


@pytest.mark.parametrize("sign", [1, -1])
def test_loops_and_branches_nest(sign: int) -> None:
    book = Book("nest", "")
    program = nested(book)
    x = sign * np.abs(sample(9.0))
    result = check_gradients(program, unbiased(program), {"x": x})
    assert not result.skipped
    loop, each, branch = ids(book, "loop", "each", "if")
    first = ids(book, "loop", "0", "body", "each", "0", "if")
    assert iterations_at(result, first, {}) == (sign > 0)
    inner = (*first, "otherwise")
    count = iterations_at(result, inner, {})
    assert count == (None if sign > 0 else 8)  # 9 / 2^8 = 0.035
    halved = (*inner, "body", *ids(book, "halved"))
    assert loops_around(result, halved) == ((loop, "0"), inner)
    for index in range(9):
        if sign > 0 or index == 8:
            assert value_at(result, halved, "y", {inner: index}) is None
        else:
            found = there(result, halved, "y", {inner: index})
            np.testing.assert_allclose(found, x / 2 ** (index + 1), rtol=1e-12)
    later = (loop, "1", "body", each, "2", branch)
    assert iterations_at(result, later, {(loop, "1"): 19}) is None


@pytest.mark.parametrize("sign", [1, -1])
def test_kernels_in_single_precision_agree_with_references_in_double(sign: int) -> None:
    program = nested(Book("nest", ""))
    weights, inputs = unbiased(program), {"x": sign * np.abs(sample(9.0))}
    wanted = run(program, weights, inputs, 5, exact())
    for kernels in (True, False):
        found = run(program, weights, inputs, 5, Mode(backward=True, kernels=kernels))
        for group in ("values", "gradients", "parameter_gradients", "iterations"):
            ours, theirs = getattr(found, group), getattr(wanted, group)
            assert ours.keys() == theirs.keys()
            for name, array in ours.items():
                np.testing.assert_allclose(array, theirs[name], rtol=2e-3, atol=1e-4, err_msg=str(name))


def test_the_engines_process_gives_the_same_rounds() -> None:
    book = Book("nest", "")
    program = nested(book)
    x = np.abs(sample(9.0)).astype(np.float32)
    job = Job(
        program=program, weights=unbiased(program), inputs={"x": x}, mode=Mode(backward=True, kernels=False)
    )
    here = run(program, job.weights, job.inputs, job.seed, job.mode)
    with engine() as process:
        process.submit(job)
        there = until(process, Finished).result
        assert same(here, there) and here.histories == there.histories != {}
        assert here.iterations.keys() == there.iterations.keys() != set()
        assert all(np.array_equal(there.iterations[path], n) for path, n in here.iterations.items())
        endless = looped(Book("endless", ""), use("Identity"), bound=7)
        process.submit(replace(job, program=endless))
        failed = until(process, Failed)
    assert failed.text == "the loop had not ended after its bound of 7 rounds" and len(failed.path) == 1


def test_without_keep_nothing_inside_is_recorded() -> None:
    book = Book("nest", "")
    program = nested(book)
    inputs = {"x": np.abs(sample(9.0))}
    weights = unbiased(program)
    full = run(program, weights, inputs, 0, Mode(backward=True))
    bare = run(program, weights, inputs, 0, Mode(backward=True, keep=False))
    (loop,) = ids(book, "loop")
    assert not bare.values and not bare.histories
    assert bare.iterations.keys() == {(loop, "0"), (loop, "1")}
    assert full.iterations[loop, "0"] == bare.iterations[loop, "0"]
    np.testing.assert_array_equal(full.outputs["y"], bare.outputs["y"])
    for name, array in full.parameter_gradients.items():
        np.testing.assert_array_equal(array, bare.parameter_gradients[name])
    most, least = (build_plan(program, {}, keep=keep).arena_bytes for keep in (True, False))
    assert most > 2 * least


def test_a_plan_of_a_design_with_loops_is_data() -> None:
    plan = build_plan(nested(Book("nest", "")), {}, backward=True)
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_a_backward_may_start_from_a_value_of_one_round() -> None:
    book = Book("halves", "")
    program = looped(book, halving(book).use())
    halved = ids(book, "loop", "body", "halved")
    start = Cotangent(kind="element", path=halved, port="y", index=(2, 1, 3))
    result = run(program, {}, {"x": sample(40.0)}, 0, exact(), start)
    wanted = np.zeros((2, WIDTH))
    wanted[1, 3] = 1 / 8
    np.testing.assert_allclose(result.input_gradients["x"], wanted)


def test_a_condition_that_is_no_number_ends_the_loop() -> None:
    book = Book("halves", "")
    result = run(looped(book, halving(book).use()), {}, {"x": sample() * np.nan}, 0, Mode())
    assert result.iterations[ids(book, "loop")] == 0


def test_further_inputs_stay_as_they_are() -> None:
    """While Σ|x| > 1: x = x · c, with c from outside."""
    book = Book("scaled", "")
    body = book.sheet("Scale").input("x").input("c").node("Multiply", "times").output()
    body.wire("x > times > y", "c > times")
    inner = size_above(book, 1.0, "Size")
    condition = book.sheet("Either").input("x").input("c").node(inner, "size").output().wire("x > size > y")
    root = book.root.input(shape=f"B, {WIDTH}", sizes="B=2").input("c", shape=f"B, {WIDTH}")
    root.node("While", "loop", condition=condition.use(), body=body.use()).output()
    root.wire("x > loop.x", "c > loop.c", "loop > y")
    program = program_of(book.document())
    c = np.linspace(0.4, 0.7, 2 * WIDTH).reshape(2, WIDTH)
    result = check_gradients(program, doubles(program), {"x": sample(20.0), "c": c})
    (loop,) = ids(book, "loop")
    count = int(result.iterations[loop,])
    assert count >= 5
    np.testing.assert_allclose(result.outputs["y"], sample(20.0) * c**count, rtol=1e-12)
    inside = body.nodes["c"].id
    for index in (0, count - 1):
        np.testing.assert_array_equal(there(result, (loop, "body", inside), "y", {(loop,): index}), c)
    assert value_at(result, (loop, "body", inside), "y", {(loop,): count}) is None


def test_a_body_may_remember_and_drop() -> None:
    """LSTM and Dropout in a body: each round draws its own mask, the same in each run with the seed."""
    book = Book("sequence", "")
    body = (
        book.sheet("Remember").input().node("LSTM", "lstm", hidden_size=WIDTH).node("Dropout", "drop", p=0.5)
    )
    constant(body, "half", 0.5).node("Multiply", "halved").output()
    body.wire("x > lstm > drop > halved > y", "half > halved")
    condition = size_above(book, 0.02).use()
    root = book.root.input(shape=f"B, 5, {WIDTH}", sizes="B=3")
    root.node("While", "loop", condition=condition, body=body.use()).output().wire("x > loop > y")
    program = program_of(book.document())
    x = np.random.default_rng(0).normal(size=(3, 5, WIDTH))
    result = check_gradients(program, unbiased(program), {"x": x}, training=True)
    loop, drop = ids(book, "loop", "drop")
    assert result.iterations[loop,] >= 2
    masks = [there(result, (loop, "body", drop), "y", {(loop,): i}) for i in (0, 1)]
    assert ((masks[0] == 0) != (masks[1] == 0)).any()


def test_a_body_may_be_a_slot_or_a_loop() -> None:
    """A module's argument as body, given a loop of its own: while Σ|x| > 1: while Σ|x| > 4: x / 2; x / 2."""
    book = Book("slots", "")
    inner = use("While", {"condition": size_above(book, 4.0, "Inner").use(), "body": halving(book).use()})
    body = book.sheet("Body").argument("first", Use("Identity"), kind="module").input()
    body.slot("first", "start")
    constant(body, "point", 0.5).node("Multiply", "then").output()
    body.wire("x > start > then > y", "point > then")
    looping = book.sheet("Looping").argument("block", Use("Identity"), kind="module").input()
    looping.node("While", "loop", condition=size_above(book, 1.0).use(), body=Use("$block")).output()
    looping.wire("x > loop > y")
    root = book.root.input(shape=f"B, {WIDTH}", sizes="B=2")
    root.node(looping, "looping", block=body.use(first=inner)).output().wire("x > looping > y")
    program = program_of(book.document())
    result = check_gradients(program, doubles(program), {"x": sample(30.0)})
    looping_, loop, start, halved = ids(book, "looping", "loop", "start", "halved")
    outer, within = (looping_, loop), (looping_, loop, "body", start)
    assert iterations_at(result, outer, {}) == 2  # 30 / 2^3 = 3.75, halved; 1.875, halved
    assert [iterations_at(result, within, {outer: i}) for i in range(3)] == [3, 0, None]
    np.testing.assert_allclose(result.outputs["y"], sample(30.0) / 32, rtol=1e-12)
    found = there(result, (*within, "body", halved), "y", {outer: 0, within: 2})
    np.testing.assert_allclose(found, sample(30.0) / 8, rtol=1e-12)
    np.testing.assert_allclose(there(result, within, "y", {outer: 1}), sample(30.0) / 16, rtol=1e-12)


def fixed_hidden(book: Book) -> Program:
    """Dive into Deep Learning 6.1: a layer used twice around a fixed random weight, and a loop."""
    root = book.root.input(shape="B, 20", sizes="B=2").node("Linear", "linear", out_features=20)
    root.node("Constant", "weight", shape="20, 20", initial="uniform")
    constant(root, "one", 1.0).node("MatMul", "matmul").node("Add", "add").node("ReLU", "relu")
    root.node("Linear", "again", owner="linear")
    root.node("While", "loop", condition=size_above(book, 1.0).use(), body=halving(book).use())
    root.node("Sum", "sum").output()
    root.wire("x > linear > matmul.a", "weight > matmul.b", "matmul > add > relu > again > loop > sum > y")
    return program_of(root.wire("one > add").book.document())


def test_the_texts_network_of_a_fixed_hidden_weight_and_a_loop() -> None:
    book = Book("FixedHiddenMLP", "")
    program = fixed_hidden(book)
    weights = doubles(program)
    x = np.random.default_rng(0).uniform(size=(2, 20))
    result = check_gradients(program, weights, {"x": x})
    linear, again, fixed, loop = ids(book, "linear", "again", "weight", "loop")
    w, b = weights[f"{linear}/weight"], weights[f"{linear}/bias"]
    assert f"{again}/weight" not in weights and f"{fixed}/value" not in result.parameter_gradients
    hidden = np.maximum((x @ w.T + b) @ weights[f"{fixed}/value"] + 1, 0)
    y, rounds = hidden @ w.T + b, 0
    while np.abs(y).sum() > 1:
        y, rounds = y / 2, rounds + 1
    assert result.iterations[loop,] == rounds >= 3
    assert result.outputs["y"].shape == ()
    np.testing.assert_allclose(result.outputs["y"], y.sum(), rtol=1e-10)


def test_histories_that_would_not_fit_are_refused_with_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book("halves", "")
    program = looped(book, halving(book).use(), bound=10_000)
    monkeypatch.setattr(memory, "available_memory", lambda: 1_000_000)
    with pytest.raises(
        PlanError, match=r"^the run needs \d\d\.\d MB of memory, 1\.0 MB are available; a smaller"
    ):
        build_plan(program, {"B": 20}, backward=True)
    build_plan(program, {"B": 2}, keep=False)


def test_parts_that_cannot_run_are_told() -> None:
    book = Book("halves", "")
    body = book.sheet("Broken").input().node("Add", "add").output().wire("add > y")
    program = looped(book, body.use())
    result = run(program, {}, {"x": sample()}, 0, Mode())
    assert ids(book, "loop") in result.skipped and not result.outputs
