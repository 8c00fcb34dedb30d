"""Loops and branches: what they give, that the backward is the derivative, and what each iteration leaves."""

import math
import pickle
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from core import ops
from core.dim import symbol
from core.ops.branch import Branch
from core.ops.interpret import differentiate, evaluate
from core.ops.loop import Loop
from core.ops.prepared import run_region
from core.ops.primitive import PRIMITIVES, Array, BadIndex, Circumstances, Halted, Ref, Trace, Unending
from core.ops.region import Region, captured_by, region, traced_region
from core.types import ShapeError, Type
from tests.derivative import check_gradients

VECTOR, MATRIX, NUMBER, WHOLE = Type((3,)), Type((3, 3)), Type(()), Type((), "int64")

Function = Callable[..., Any]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def amount(x: Ref) -> Ref:
    """The sum of |x|."""
    return ops.sum(ops.absolute(x), range(len(x.shape)))


def above(x: Ref, limit: float) -> Ref:
    """Not 0 where x is above the limit."""
    return ops.relu(ops.offset(x, -limit))


def loop_of(
    condition: Function,
    body: Function,
    carried: Sequence[Ref],
    captured: Sequence[Ref] = (),
    *,
    bound: int = 8,
    kept: int = 0,
    tested: int = 0,
) -> Loop:
    """A loop whose regions are recorded from Python functions."""
    types = [ref.type for ref in (*carried, *captured)]
    test = traced_region(condition, types, kept=tested, scope="test")
    return ops.while_loop(carried, captured, test, traced_region(body, types, kept=kept, scope="body"), bound)


def halving(x: Ref, bound: int = 8) -> Loop:
    """While sum(|x|) > 1: x = x/2."""
    return loop_of(lambda x: above(amount(x), 1), lambda x: ops.scale(x, 0.5), [x], bound=bound)


def squashing(x: Ref, w: Ref, n: Ref) -> Loop:
    """n times: x = tanh(x @ w), keeping the product."""

    def body(x: Ref, n: Ref, w: Ref) -> list[Ref]:
        product = ops.matmul(ops.reshape(x, (1, 3)), w)
        return [ops.tanh(ops.reshape(product, (3,))), ops.offset(n, -1), product]

    return loop_of(lambda x, n, w: n, body, [x, n], [w], kept=1)


def traced(function: Function, *types: Type) -> tuple[Trace, list[Ref], Any]:
    """A function of references recorded: the trace, its inputs, the result."""
    trace = Trace()
    inputs = [trace.input(type_) for type_ in types]
    return trace, inputs, function(*inputs)


def values(function: Function, *arrays: Any, seed: int = 0) -> dict[int, Array]:
    """Every value that a function of references comes to."""
    given = [np.asarray(array) for array in arrays]
    types = [Type(a.shape, "float32" if a.dtype.kind == "f" else "int64") for a in given]
    trace, inputs, _ = traced(function, *types)
    return evaluate(trace, {ref.index: a for ref, a in zip(inputs, given, strict=True)}, seed)


def results(function: Callable[..., Loop], *arrays: Any, seed: int = 0) -> list[Array]:
    """The last carried values of a loop, and its count."""
    found: list[Loop] = []

    def remembered(*refs: Ref) -> Loop:
        found.append(function(*refs))
        return found[0]

    known = values(remembered, *arrays, seed=seed)
    return [known[ref.index] for ref in (*found[0].results, found[0].count)]


SIZES = [(0.1, 0), (0.5, 1), (10.0, 5)]
"""A value of three equal elements, and how often its sum of three is halved until it is at most 1."""


@pytest.mark.parametrize(("size", "count"), SIZES)
def test_a_loop_ends_when_its_condition_does(size: float, count: int) -> None:
    x, taken = results(halving, np.full(3, size))
    assert taken == count and taken.dtype == np.int64
    np.testing.assert_array_equal(x, np.full(3, size / 2**count))


@pytest.mark.parametrize("size", [size for size, _ in SIZES])
def test_the_gradient_of_a_loop_is_the_derivative(size: float, rng: np.random.Generator) -> None:
    trace, inputs, loop = traced(halving, VECTOR)
    x = rng.uniform(0.9, 1.0, 3) * size
    check_gradients(trace, inputs, [x], [*loop.results, *loop.carried], rng)


@pytest.mark.parametrize("count", [0, 1, 6])
def test_captured_weights_get_the_sum_of_their_gradients(count: int, rng: np.random.Generator) -> None:
    trace, inputs, loop = traced(squashing, VECTOR, MATRIX, WHOLE)
    arrays = [rng.normal(size=3), rng.normal(size=(3, 3)), np.array(count)]
    check_gradients(trace, inputs, arrays, loop.results[:1], rng)


@pytest.mark.parametrize("count", [0, 1, 6])
def test_a_loss_may_read_the_values_of_every_iteration(count: int, rng: np.random.Generator) -> None:
    trace, inputs, loop = traced(squashing, VECTOR, MATRIX, WHOLE)
    arrays = [rng.normal(size=3), rng.normal(size=(3, 3)), np.array(count)]
    check_gradients(trace, inputs, arrays, [loop.results[0], loop.carried[0], *loop.kept], rng)


def test_histories_hold_what_each_iteration_had(rng: np.random.Generator) -> None:
    trace, (x, w, n), loop = traced(squashing, VECTOR, MATRIX, WHOLE)
    dy = trace.input(VECTOR)
    gradients = differentiate(trace, [loop.results[0]], [dy])
    start, weights, cotangent = rng.normal(size=3), rng.normal(size=(3, 3)), rng.normal(size=3)
    outside = {x.index: start, w.index: weights, n.index: np.array(3), dy.index: cotangent}
    known = evaluate(trace, outside)
    states, products = [start], list[Array]()
    for _ in range(3):
        products.append(states[-1] @ weights)
        states.append(np.tanh(products[-1]))
    carried, kept = known[loop.carried[0].index], known[loop.kept[0].index]
    assert carried.shape == (8, 3) and kept.shape == (8, 1, 3)
    np.testing.assert_allclose(carried[:3], states[:3], rtol=1e-14)
    np.testing.assert_allclose(kept[:3, 0], products, rtol=1e-14)
    assert not carried[3:].any() and not kept[3:].any()
    assert known[loop.carried[1].index].tolist() == [3, 2, 1, 0, 0, 0, 0, 0]
    # By hand, from the last to the first: tanh' = 1 - tanh².
    flow, of_states, of_products = cotangent, list[Array](), list[Array]()
    for step in (2, 1, 0):
        of_products.insert(0, flow * (1 - states[step + 1] ** 2))
        flow = weights @ of_products[0]
        of_states.insert(0, flow)
    found = known[gradients[loop.carried[0].index].index], known[gradients[loop.kept[0].index].index]
    np.testing.assert_allclose(found[0][:3], of_states, rtol=1e-12)
    np.testing.assert_allclose(found[1][:3, 0], of_products, rtol=1e-12)
    assert not found[0][3:].any() and not found[1][3:].any()
    np.testing.assert_allclose(known[gradients[x.index].index], of_states[0], rtol=1e-12)
    assert loop.carried[1].index not in gradients and n.index not in gradients


def test_the_conditions_values_are_kept_of_every_time_it_is_asked() -> None:
    def condition(x: Ref) -> list[Ref]:
        size = amount(x)
        return [above(size, 1), size]

    trace, (x,), loop = traced(
        lambda x: loop_of(condition, lambda x: ops.scale(x, 0.5), [x], tested=1, bound=3), VECTOR
    )
    known = evaluate(trace, {x.index: np.array([1.0, 1.0, 1.0])})
    assert known[loop.tested[0].index].tolist() == [3.0, 1.5, 0.75, 0.0]


def fibonacci(n: Ref, a: Ref, b: Ref) -> Loop:
    return loop_of(
        lambda n, a, b: n, lambda n, a, b: [ops.offset(n, -1), b, ops.add(a, b)], [n, a, b], bound=90
    )


@pytest.mark.parametrize(("n", "wanted"), [(0, 0), (1, 1), (10, 55), (90, 2880067194370816120)])
def test_whole_numbers_are_carried_exactly(n: int, wanted: int) -> None:
    _, a, _, count = results(fibonacci, n, 0, 1)
    assert a == wanted and count == n and a.dtype == np.int64


def test_a_loop_of_whole_numbers_has_no_gradient() -> None:
    trace, inputs, loop = traced(fibonacci, WHOLE, WHOLE, WHOLE)
    backward = PRIMITIVES["while_loop"].backward(trace.steps[0], *[None] * len(trace.steps[0].outputs))
    assert backward == [None] * len(inputs)
    assert len(trace.steps) == 1 and loop.carried[0].shape == (90,)


def test_a_value_that_the_body_replaces_gets_no_gradient_from_before(rng: np.random.Generator) -> None:
    """a, n = b, n - 1: where the loop is taken the first a is forgotten, where not it is the result."""

    def function(a: Ref, n: Ref, b: Ref) -> Loop:
        return loop_of(lambda a, n, b: n, lambda a, n, b: [b, ops.offset(n, -1)], [a, n], [b])

    for count in (0, 1, 5):
        trace, inputs, loop = traced(function, NUMBER, WHOLE, NUMBER)
        arrays = [np.array(2.0), np.array(count), np.array(3.0)]
        check_gradients(trace, inputs, arrays, loop.results[:1], rng)


def test_a_loop_that_does_not_end_is_told_of() -> None:
    with pytest.raises(Unending, match=r"^the loop had not ended after its bound of 4 rounds$"):
        results(lambda x: halving(x, 4), np.full(3, 10.0))
    with pytest.raises(Unending, match=r"^the loop had not ended after its bound of 1 round$"):
        results(lambda x: halving(x, 1), np.full(3, 10.0))
    assert results(lambda x: halving(x, 5), np.full(3, 10.0))[1] == 5


def test_a_condition_that_is_nan_ends_the_loop() -> None:
    assert results(halving, np.array([math.nan, 5.0, 5.0]))[1] == 0
    x, count = results(lambda x: loop_of(amount, lambda x: ops.log(x), [x]), np.array([3.0]))
    # ln 3 = 1.10, 0.09, -2.36, NaN: the fourth value ends it, and is the result.
    assert count == 4 and math.isnan(x[0])


def test_a_loop_can_be_stopped() -> None:
    asked: list[int] = []

    def stopped() -> bool:
        asked.append(1)
        return len(asked) > 50

    forever = traced_region(lambda n: n, [WHOLE])
    with pytest.raises(Halted):
        PRIMITIVES["while_loop"].reference(
            np.array(1), condition=forever, body=forever, bound=10**6, run=Circumstances(stopped=stopped)
        )
    assert len(asked) == 51


def test_what_does_not_fit_is_refused() -> None:
    def one(x: Ref) -> Ref:
        return amount(x)

    with pytest.raises(ShapeError, match=r"each iteration has to give what it takes, here 3 becomes 6$"):
        traced(lambda x: loop_of(one, lambda x: ops.concat(x, x, axis=0), [x]), VECTOR)
    with pytest.raises(ShapeError, match=r"a condition is a single number, this one is 3$"):
        traced(lambda x: loop_of(lambda x: x, lambda x: x, [x]), VECTOR)
    with pytest.raises(ShapeError, match=r"a condition gives one value, this one 2$"):
        traced(lambda x: loop_of(lambda x: [one(x), one(x)], lambda x: x, [x]), VECTOR)
    with pytest.raises(
        ShapeError, match=r"both branches have to give the same, here one gives 3, the other 1"
    ):
        traced(lambda x: choice(one(x), [x], lambda x: x, lambda x: ops.sum(x, [0], True)), VECTOR)
    with pytest.raises(ShapeError, match=r"a condition is a single number, this one is 3$"):
        traced(lambda x: choice(x, [x], lambda x: x, lambda x: x), VECTOR)


def test_sizes_may_be_symbols() -> None:
    batch = Type((symbol("B"), 3))
    trace, _, loop = traced(halving, batch)
    assert loop.results[0].type == batch
    assert loop.carried[0].type == batch.with_shape((8, *batch.shape))
    wide = Type((symbol("B"), 4)), Type((4, 4))
    body = traced_region(lambda x, w: ops.matmul(x, w), wide)
    assert body.macs() == 16 * symbol("B")
    _, _, turned = traced(lambda x, w: loop_of(lambda x, w: amount(x), ops.matmul, [x], [w]), *wide)
    step = turned.count.trace.steps[0]
    assert step.primitive.macs(*wide, **step.settings) == 16 * symbol("B")
    assert trace.steps[0].primitive.name == "while_loop"


def choice(
    condition: Ref, captured: Sequence[Ref], then: Function, otherwise: Function, *, kept: int = 0
) -> Branch:
    """A branch whose regions are recorded from Python functions; both keep as many values."""
    types = [ref.type for ref in captured]
    one = traced_region(then, types, kept=kept, scope="then")
    return ops.branch(condition, captured, one, traced_region(otherwise, types, kept=kept, scope="else"))


def bending(condition: Ref, x: Ref, w: Ref) -> Branch:
    """tanh(x @ w), or x², each with an inner value kept."""

    def then(x: Ref, w: Ref) -> list[Ref]:
        product = ops.matmul(x, w)
        return [ops.tanh(product), product]

    def otherwise(x: Ref, w: Ref) -> list[Ref]:
        square = ops.multiply(x, x)
        return [ops.scale(square, 0.5), square]

    return choice(condition, [x, w], then, otherwise, kept=1)


@pytest.mark.parametrize("condition", [2.0, 0.0, math.nan, -1.0])
def test_a_branch_gives_and_keeps_what_was_taken(condition: float, rng: np.random.Generator) -> None:
    trace, inputs, found = traced(bending, NUMBER, MATRIX, MATRIX)
    x, w = rng.normal(size=(3, 3)), rng.normal(size=(3, 3))
    arrays = dict(zip([ref.index for ref in inputs], [np.array(condition), x, w], strict=True))
    known = evaluate(trace, arrays)
    result, taken, then, otherwise = (
        known[ref.index] for ref in (found.results[0], found.taken, found.then[0], found.otherwise[0])
    )
    if condition in (2.0, -1.0):
        assert taken == 1 and not otherwise.any()
        np.testing.assert_allclose(then, x @ w)
        np.testing.assert_allclose(result, np.tanh(x @ w))
    else:
        assert taken == 0 and not then.any()
        np.testing.assert_allclose(otherwise, x * x)
        np.testing.assert_allclose(result, x * x / 2)


@pytest.mark.parametrize("condition", [1, 0])
@pytest.mark.parametrize("inner", [False, True])
def test_the_gradient_of_a_branch_is_that_of_what_was_taken(
    condition: int, inner: bool, rng: np.random.Generator
) -> None:
    trace, inputs, found = traced(bending, WHOLE, MATRIX, MATRIX)
    outputs = [*found.results, *(found.then if inner else ()), *(found.otherwise if inner else ())]
    arrays = [np.array(condition), rng.normal(size=(3, 3)), rng.normal(size=(3, 3))]
    check_gradients(trace, inputs, arrays, outputs, rng)


def test_kept_values_of_a_branch_have_gradients(rng: np.random.Generator) -> None:
    for condition in (1, 0):
        trace, inputs, found = traced(bending, WHOLE, MATRIX, MATRIX)
        dy = trace.input(MATRIX)
        gradients = differentiate(trace, found.results, [dy])
        x, w, cotangent = (rng.normal(size=(3, 3)) for _ in range(3))
        given = dict(zip((*inputs, dy), (np.array(condition), x, w, cotangent), strict=True))
        known = evaluate(trace, {ref.index: array for ref, array in given.items()})
        then, otherwise = (known[gradients[ref.index].index] for ref in (*found.then, *found.otherwise))
        np.testing.assert_allclose(then, condition * cotangent * (1 - np.tanh(x @ w) ** 2))
        np.testing.assert_allclose(otherwise, (1 - condition) * cotangent / 2)


def nested(x: Ref, w: Ref, n: Ref, odd: Ref) -> Loop:
    """n times: halve x until its sum is at most 1, then by turns tanh(x @ w) and 4 x; two values are kept."""

    def body(x: Ref, n: Ref, odd: Ref, w: Ref) -> list[Ref]:
        inner = halving(x)
        chosen = choice(
            odd,
            [inner.results[0], w],
            lambda x, w: ops.reshape(ops.tanh(ops.matmul(ops.reshape(x, (1, 3)), w)), (3,)),
            lambda x, w: ops.scale(x, 4.0),
        )
        flipped = ops.offset(ops.scale(odd, -1), 1)
        return [chosen.results[0], ops.offset(n, -1), flipped, inner.carried[0], chosen.taken]

    return loop_of(lambda x, n, odd, w: n, body, [x, n, odd], [w], kept=2)


@pytest.mark.parametrize("count", [0, 1, 6])
def test_loops_and_branches_nest_in_loops(count: int, rng: np.random.Generator) -> None:
    trace, inputs, loop = traced(nested, VECTOR, MATRIX, WHOLE, WHOLE)
    arrays = [rng.normal(size=3), rng.normal(size=(3, 3)), np.array(count), np.array(1)]
    known = evaluate(trace, {ref.index: array for ref, array in zip(inputs, arrays, strict=True)})
    assert known[loop.kept[1].index].tolist() == [*([1, 0] * 3)[:count], *[0] * (8 - count)]
    check_gradients(trace, inputs, arrays, [loop.results[0], loop.kept[0]], rng)


def test_deep_histories_have_an_axis_for_each_loop(rng: np.random.Generator) -> None:
    def function(x: Ref, n: Ref) -> Loop:
        def body(x: Ref, n: Ref) -> list[Ref]:
            inner = halving(ops.scale(x, 8))
            return [*inner.results, ops.offset(n, -1), inner.carried[0]]

        return loop_of(lambda x, n: n, body, [x, n], kept=1, bound=4)

    trace, (x, n), loop = traced(function, VECTOR, WHOLE)
    dy = trace.input(VECTOR)
    gradients = differentiate(trace, [loop.results[0]], [dy])
    given = {x.index: np.full(3, 0.25), n.index: np.array(5 - 1), dy.index: np.ones(3)}
    known = evaluate(trace, given)
    kept, flow = (known[i] for i in (loop.kept[0].index, gradients[loop.kept[0].index].index))
    # Each time 0.25 becomes 2, and is halved (sums 6, 3, 1.5, 0.75) three times to 0.25 again.
    assert kept.shape == flow.shape == (4, 8, 3)
    assert kept[:, :4, 0].tolist() == [[2.0, 1.0, 0.5, 0.0]] * 4
    assert flow[:, :4, 0].tolist() == [[0.125, 0.25, 0.5, 0.0]] * 4


def test_draws_differ_between_iterations_and_not_between_runs(rng: np.random.Generator) -> None:
    def function(x: Ref, n: Ref) -> Loop:
        def body(x: Ref, n: Ref) -> list[Ref]:
            mask = ops.random_mask(x, 0.5)
            return [ops.multiply(x, ops.offset(mask, 0.5)), ops.offset(n, -1), mask]

        return loop_of(lambda x, n: n, body, [x, n], kept=1)

    many = Type((64,))
    trace, inputs, loop = traced(function, many, WHOLE)
    x, six = rng.normal(size=64), np.array(6)
    given = dict(zip([ref.index for ref in inputs], [x, six], strict=True))
    masks, again, other = (evaluate(trace, given, seed)[loop.kept[0].index] for seed in (3, 3, 4))
    np.testing.assert_array_equal(masks, again)
    assert not np.array_equal(masks, other)
    assert len({mask.tobytes() for mask in masks[:6]}) == 6
    # The backward computes the body anew: it has to draw the same.
    check_gradients(trace, inputs, [x, six], loop.results[:1], rng)


def test_an_index_outside_its_table_is_found_within_a_loop() -> None:
    def function(n: Ref, table: Ref) -> Loop:
        def body(n: Ref, table: Ref) -> list[Ref]:
            return [ops.offset(n, 1), ops.gather(table, n)]

        return loop_of(lambda n, table: ops.offset(n, 1), body, [n], [table], kept=1)

    with pytest.raises(BadIndex, match="index 3 is outside"):
        values(function, np.array(0), np.ones((3, 2)))


def test_a_region_drops_what_it_does_not_need_and_numbers_the_rest() -> None:
    trace = Trace()
    x, unused, y = (trace.input(NUMBER) for _ in range(3))
    ops.exp(unused)
    double = ops.scale(y, 2)
    ops.exp(double)
    total = ops.add(double, x)
    found = region(trace, [y, x], [total, x], [double])
    assert (found.input_count, found.outputs, found.kept) == (2, (3, 1), (2,))
    assert [(step.primitive, step.inputs, step.outputs) for step in found.steps] == [
        ("scale", (0,), (2,)),
        ("add", (2, 1), (3,)),
    ]
    assert run_region(found, [np.array(3.0), np.array(1.0)], Circumstances()) == [7.0, 1.0, 6.0]
    with pytest.raises(AssertionError, match="is not given"):
        region(trace, [y], [total])


def test_a_body_can_be_recorded_where_it_stands(rng: np.random.Generator) -> None:
    """The regions of `squashing`, cut out of the trace that has the loop: they read w and 0.5 w there."""
    trace = Trace()
    x, w, n = (trace.input(type_) for type_ in (VECTOR, MATRIX, WHOLE))
    half = ops.scale(w, 0.5)
    start = len(trace.steps)
    before, left = trace.input(VECTOR), trace.input(WHOLE)
    both = ops.add(ops.matmul(ops.reshape(before, (1, 3)), w), ops.matmul(ops.reshape(before, (1, 3)), half))
    after = [ops.reshape(ops.tanh(both), (3,)), ops.offset(left, -1)]
    cut = trace.cut(start)
    assert len(trace.steps) == 1 and len(cut.steps) == 8
    captured = captured_by(cut, [before, left], after)
    assert [ref.index for ref in captured] == [w.index, half.index]
    inputs = [before, left, *captured]
    condition, body = region(cut, inputs, [left]), region(cut, inputs, after)
    loop = ops.while_loop([x, n], captured, condition, body, 8)
    arrays = [rng.normal(size=3), rng.normal(size=(3, 3)), np.array(5)]
    known = evaluate(trace, {ref.index: array for ref, array in zip((x, w, n), arrays, strict=True)})
    wanted = arrays[0]
    for _ in range(5):
        wanted = np.tanh(wanted @ (1.5 * arrays[1]))
    np.testing.assert_allclose(known[loop.results[0].index], wanted, rtol=1e-12)
    check_gradients(trace, [x, w, n], arrays, loop.results[:1], rng)


def test_regions_are_data() -> None:
    trace, _, _ = traced(nested, VECTOR, MATRIX, WHOLE, WHOLE)
    body: Region = trace.steps[-1].settings["body"]
    assert pickle.loads(pickle.dumps(body)) == body


def test_a_regions_memory_is_what_lives_at_once() -> None:
    wide = Type((1000,))

    def chain(x: Ref) -> Ref:
        for _ in range(10):
            x = ops.exp(x)
        return x

    assert traced_region(chain, [wide]).peak_bytes(4) == 2 * 4000
    assert traced_region(chain, [wide]).peak_bytes(8) == 2 * 8000
    assert traced_region(lambda x: [x, x], [wide], kept=1).peak_bytes(4) == 0


@pytest.mark.parametrize("count", [0, 1, 6])
def test_a_loop_gives_in_float32_what_it_gives_in_float64(count: int, rng: np.random.Generator) -> None:
    def function(x: Ref, n: Ref, w: Ref) -> Loop:
        def body(x: Ref, n: Ref, w: Ref) -> list[Ref]:
            weighed = ops.softmax(ops.matmul(x, w), 1)
            return [ops.gelu(ops.scale(weighed, 3)), ops.offset(n, -1), weighed]

        return loop_of(lambda x, n, w: n, body, [x, n], [w], kept=1)

    trace, inputs, loop = traced(function, MATRIX, WHOLE, MATRIX)
    dy = trace.input(MATRIX)
    differentiate(trace, [loop.results[0]], [dy])
    forward, backward = trace.steps[-2:]
    x, w, cotangent = (rng.normal(size=(3, 3)) for _ in range(3))
    given = [x, np.array(count), w, cotangent]
    exact = evaluate(trace, dict(zip([ref.index for ref in (*inputs, dy)], given, strict=True)))
    known = {ref.index: a.astype(np.float32) for ref, a in zip(inputs, (x, x, w), strict=True)}
    known |= {inputs[1].index: np.array(count), dy.index: cotangent.astype(np.float32)}
    for step in (forward, backward):
        arrays = [known[ref.index] for ref in step.inputs]
        found = step.primitive.reference(*arrays, **step.settings, run=Circumstances())
        for ref, array in zip(step.outputs, found, strict=True):
            known[ref.index] = array
            assert array.dtype == (np.int64 if ref.type.dtype == "int64" else np.float32)
            assert type(array) is np.ndarray and array.shape == ref.shape
            np.testing.assert_allclose(array, exact[ref.index], rtol=2e-5, atol=2e-6)
