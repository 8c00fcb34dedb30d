"""Running statistics in loops and branches go on from round to round, from call to call."""

import numpy as np
import pytest

from core.engine.network import PlanError
from core.engine.plan import build_plan
from core.engine.run import run
from core.initialise import Array
from tests.templates.sheet import Book, Sheet

from .designs import program_of
from .differences import check_gradients, doubles, exact
from .loops import WIDTH, constant, halving, ids, looped, sample, size_above


def measuring(book: Book) -> Sheet:
    """x / 2, with a BatchNorm1d that sees x and changes nothing."""
    sheet = constant(constant(book.sheet("Measure").input(), "half", 0.5), "none", 0.0)
    sheet.node("BatchNorm1d", "norm", affine=False).node("Multiply", "halved").node("Multiply", "zeros")
    sheet.node("Add", "sum").output()
    return sheet.wire(
        "x > norm > zeros > sum", "none > zeros", "x > halved > sum", "half > halved", "sum > y"
    )  # fmt: skip


def averaged(xs: list[Array]) -> tuple[Array, Array]:
    """The running mean and variance after these batches, as PyTorch defines them."""
    mean, variance = np.zeros(WIDTH), np.ones(WIDTH)
    for x in xs:
        mean, variance = 0.9 * mean + 0.1 * x.mean(axis=0), 0.9 * variance + 0.1 * x.var(axis=0, ddof=1)
    return mean, variance


@pytest.mark.parametrize(("size", "rounds"), [(0.9, 0), (1.5, 1), (40.0, 6)])
def test_running_statistics_go_on_from_round_to_round(size: float, rounds: int) -> None:
    book = Book("statistics", "")
    program = looped(book, measuring(book).use())
    weights, x = doubles(program), sample(size)
    loop, norm = ids(book, "loop", "norm")
    result = check_gradients(program, weights, {"x": x}, training=True)
    assert result.iterations[loop,] == rounds
    mean, variance = averaged([x / 2**i for i in range(rounds)])
    np.testing.assert_allclose(result.buffers[f"{loop}/body/{norm}/running_mean"], mean, rtol=1e-12)
    np.testing.assert_allclose(result.buffers[f"{loop}/body/{norm}/running_var"], variance, rtol=1e-12)
    assert not run(program, weights, {"x": x}, 0, exact()).buffers


@pytest.mark.parametrize("sign", [1, -1])
def test_running_statistics_pass_through_branches_and_shared_calls(sign: int) -> None:
    """Twice, with one set of weights: while Σ|x| > 1: if x is positive: measure, else halve; then x · 16."""
    book = Book("shared statistics", "")
    body = book.sheet("Body").input().node("ReLU", "relu").node("Sum", "sum")
    body.node("If", "if", then=measuring(book).use(), otherwise=halving(book).use()).output()
    body.wire("x > relu > sum > if.condition", "x > if > y")
    again = constant(book.sheet("Again").input(), "more", 16.0)
    again.node("While", "loop", condition=size_above(book, 1.0).use(), body=body.use())
    again.node("Multiply", "times").output().wire("x > loop > times > y", "more > times")
    root = book.root.input(shape=f"B, {WIDTH}", sizes="B=2").node(again, "twice", repeat=2, shared=True)
    root.output().wire("x > twice > y")
    program, x = program_of(book.document()), sign * np.abs(sample(6.0))
    result = check_gradients(program, doubles(program), {"x": x}, training=True)
    twice, loop, branch, norm = ids(book, "twice", "loop", "if", "norm")
    assert [int(result.iterations[twice, index, loop]) for index in "01"] == [3, 4]
    seen = [6.0, 3.0, 1.5, 12.0, 6.0, 3.0, 1.5] if sign > 0 else []
    mean, variance = averaged([x * (size / 6.0) for size in seen])
    slot = f"{twice}/0/{loop}/body/{branch}/then/{norm}"
    assert result.buffers.keys() == {f"{slot}/running_mean", f"{slot}/running_var"}
    np.testing.assert_allclose(result.buffers[f"{slot}/running_mean"], mean, rtol=1e-12)
    np.testing.assert_allclose(result.buffers[f"{slot}/running_var"], variance, rtol=1e-12)


def test_a_condition_that_would_renew_statistics_is_refused_in_training() -> None:
    book = Book("condition", "")
    condition = book.sheet("Test").input().node("BatchNorm1d", "norm").node("Sum", "sum").output()
    condition.wire("x > norm > sum > y")
    root = book.root.input(shape=f"B, {WIDTH}", sizes="B=2")
    root.node("While", "loop", condition=condition.use(), body=halving(book).use()).output()
    program = program_of(root.wire("x > loop > y").book.document())
    build_plan(program, {})
    with pytest.raises(PlanError, match="a condition cannot renew running statistics") as caught:
        build_plan(program, {}, training=True)
    assert caught.value.path == ids(book, "loop")
