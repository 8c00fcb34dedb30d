"""Loops and branches in designs: as often as their conditions hold, with gradients, and each round to look at."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from core.engine import memory
from core.engine.cotangent import Cotangent
from core.engine.execute import RunError
from core.engine.messages import Failed, Finished, Job
from core.engine.network import PlanError
from core.engine.plan import build_plan
from core.engine.rounds import gradient_at, iterations_at, loops_around, value_at
from core.engine.run import Mode, run
from core.engine.weights import initial
from core.initialise import Array
from core.program import Program, slots
from core.use import Use, use
from tests.templates.sheet import Book, Sheet

from .designs import program_of
from .differences import check_gradients, doubles, exact
from .engines import engine, until
from .test_run import same

WIDTH = 4


def constant(sheet: Sheet, name: str, fill: float, shape: str = "") -> Sheet:
    """A number that is not learnt."""
    return sheet.node("Constant", name, shape=shape, initial="fill", fill=fill)


def size_above(book: Book, least: float, name: str = "SizeAbove") -> Sheet:
    """Σ|x| - least where that is positive, else 0."""
    sheet = book.sheet(name).input()
    minus = constant(sheet, "minus", -1.0)
    minus.node("Multiply", "negative").node("ReLU", "up").node("ReLU", "down").node("Add", "size")
    constant(sheet, "least", least).node("Sum", "sum").node("Subtract", "more").node("ReLU", "above").output()
    return sheet.wire(
        "x > negative", "minus > negative", "x > up > size", "negative > down > size",
        "size > sum > more.a", "least > more.b", "more > above > y",
    )  # fmt: skip


def halving(book: Book) -> Sheet:
    """x / 2."""
    sheet = constant(book.sheet("Halve").input(), "half", 0.5).node("Multiply", "halved").output()
    return sheet.wire("x > halved > y", "half > halved")


def squeezing(book: Book) -> Sheet:
    """tanh of half a Linear layer."""
    sheet = book.sheet("Squeeze").input().node("Linear", "fc", out_features=WIDTH, activation="tanh")
    constant(sheet, "half", 0.5).node("Multiply", "times").output()
    return sheet.wire("x > fc > times > y", "half > times")


def looped(book: Book, body: Use, least: float = 1.0, bound: int = 50) -> Program:
    """x (2×4) → while Σ|x| > least: body → y."""
    condition = size_above(book, least).use()
    root = book.root.input(shape=f"B, {WIDTH}", sizes="B=2")
    root.node("While", "loop", condition=condition, body=body, bound=bound).output().wire("x > loop > y")
    return program_of(book.document())


def sample(size: float = 1.0) -> Array:
    """Σ|x| = size."""
    x = np.linspace(-1.3, 1.6, 2 * WIDTH).reshape(2, WIDTH)
    return x * (size / np.abs(x).sum())


def unbiased(program: Program) -> dict[str, Array]:
    """First weights with biases of 0, so that what is halved again and again comes near 0."""
    return {name: array * (not name.endswith("bias")) for name, array in doubles(program).items()}


def ids(book: Book, *names: str) -> tuple[str, ...]:
    """The ids of nodes by the names that lead to them; part keys stay."""
    found = {record.name: key for key, record in book.records.items() if hasattr(record, "kind")}
    return tuple(found.get(name, name) for name in names)


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
        found = value_at(result, halved, "y", {(loop,): index})
        assert found is not None
        np.testing.assert_allclose(found, sample(size) / 2 ** (index + 1), rtol=1e-12)
        flow = gradient_at(result, halved, "y", {(loop,): index})
        assert flow is not None
        start = next(iter(result.cotangents.values()))
        np.testing.assert_allclose(flow, start / 2 ** (rounds - index - 1), rtol=1e-12)
    for index in range(rounds + 1):
        asked = value_at(result, size_of, "y", {(loop,): index})
        np.testing.assert_allclose(asked, size / 2**index, rtol=1e-12)
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
    """Twice: while Σ|x| > 0.1: three times: if Σ relu(x) ≠ 0: tanh(fc(x)) / 2, else while Σ|x| > 0.05: x / 2."""
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
        found = value_at(result, halved, "y", {inner: index})
        if sign > 0 or index == 8:
            assert found is None
        else:
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
    inside = next(
        key for key, record in book.records.items()
        if getattr(record, "module", "") == body.key and getattr(record, "name", "") == "c"
    )  # fmt: skip
    for index in (0, count - 1):
        np.testing.assert_array_equal(value_at(result, (loop, "body", inside), "y", {(loop,): index}), c)
    assert value_at(result, (loop, "body", inside), "y", {(loop,): count}) is None


def test_running_statistics_go_on_from_round_to_round() -> None:
    book = Book("statistics", "")
    body = book.sheet("Normalise").input().node("BatchNorm1d", "norm", affine=False)
    constant(body, "less", 0.01).node("Multiply", "scale").node("Multiply", "times").output()
    body.wire("x > norm > times", "x > scale", "less > scale", "less > times", "times > y")
    program = looped(book, body.use(), least=0.01, bound=3)
    loop, norm = ids(book, "loop", "norm")
    weights, x = doubles(program), sample(8.0)
    slot = f"{loop}/body/{norm}/running_mean"
    variance = f"{loop}/body/{norm}/running_var"
    with pytest.raises(RunError, match="bound of 3 rounds"):
        run(program, weights, {"x": x}, 0, exact(training=True))
    book = Book("statistics", "")
    body = book.sheet("Normalise").input().node("BatchNorm1d", "norm", affine=False)
    body.node("Linear", "fc", out_features=WIDTH, bias=False).output().wire("x > norm > fc > y")
    program = looped(book, body.use(), least=0.5, bound=9)
    weights = doubles(program)
    (fc,) = ids(book, "fc")
    weights[f"{loop}/body/{fc}/weight"] = np.zeros((WIDTH, WIDTH))
    none = run(program, weights, {"x": sample(0.1)}, 0, exact(training=True))
    one = run(program, weights, {"x": x}, 0, exact(training=True))
    assert (none.iterations[loop,], one.iterations[loop,]) == (0, 1)
    np.testing.assert_array_equal(none.buffers[slot], weights[slot])
    np.testing.assert_allclose(one.buffers[slot], 0.1 * x.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(one.buffers[variance], 0.9 + 0.1 * x.var(axis=0, ddof=1), rtol=1e-12)
