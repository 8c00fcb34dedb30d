"""Rules over the primitives of elements, shapes, matrices, lookups and losses; then the odd ones."""

import math
from typing import Any

import numpy as np
import pytest

from core import ops
from core.condition import noting
from core.dim import symbol
from core.ops.erf import erf
from core.ops.interpret import differentiate, evaluate
from core.ops.primitive import PRIMITIVES, Array, BadIndex, Primitive, Ref, Trace
from core.types import ShapeError, Type
from tests.derivative import check_gradients
from tests.ops.cases import CASES, Case, bound

MODULES = (
    "activation", "along", "attention", "compare", "elementwise", "gather", "loss", "matrix", "random",
    "recurrent", "recurrent_back", "reduce", "shape", "softmax", "transcendental",
)  # fmt: skip

every_case = pytest.mark.parametrize("case", CASES, ids=str)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def draw(case: Case) -> dict[str, int]:
    return {"seed": 3} if PRIMITIVES[case.name].random else {}


def compute(case: Case, arrays: list[Array]) -> tuple[Array, ...]:
    with np.errstate(all="ignore"):
        return PRIMITIVES[case.name].reference(*arrays, **case.numbers(), **draw(case))


def single(case: Case, arrays: list[Array]) -> list[Array]:
    return [a if i in case.integers else a.astype(np.float32) for i, a in enumerate(arrays)]


def test_every_primitive_has_a_case() -> None:
    ours = {n for n, p in PRIMITIVES.items() if type(p).__module__.removeprefix("core.ops.") in MODULES}
    assert {case.name for case in CASES} == ours


@every_case
def test_the_shape_rule_tells_the_truth(case: Case, rng: np.random.Generator) -> None:
    declared = PRIMITIVES[case.name].types(*case.types(), **case.numbers())
    arrays = case.arrays(rng)
    for given, dtype in ((arrays, np.float64), (single(case, arrays), np.float32)):
        found = compute(case, given)
        assert [a.shape for a in found] == [type_.shape for type_ in declared]
        # Where no number is given there is none to take the type from.
        own = dtype if any(a.dtype.kind == "f" for a in given) else np.float32
        dtypes = {"float32": own, "bool": np.bool_, "int64": np.int64}
        assert all(type(a) is np.ndarray for a in found)
        assert [a.dtype for a in found] == [dtypes[type_.dtype] for type_ in declared]


@every_case
def test_the_shape_rule_holds_for_symbols(case: Case) -> None:
    primitive = PRIMITIVES[case.name]
    with noting() as conditions:
        symbolic = primitive.types(*case.symbolic_types(), **case.settings)
    assert [bound(t.shape) for t in symbolic] == [
        t.shape for t in primitive.types(*case.types(), **case.numbers())
    ]
    assert bound(primitive.macs(*case.symbolic_types(), **case.settings)) == primitive.macs(
        *case.types(), **case.numbers()
    )
    assert all(condition.holds({"B": 2, "T": 3, "C": 4}) for condition in conditions)


@pytest.mark.parametrize(
    "case", [c for c in CASES if type(PRIMITIVES[c.name]).backward is not Primitive.backward], ids=str
)
def test_the_backward_is_the_derivative(case: Case, rng: np.random.Generator) -> None:
    trace = Trace()
    inputs = [trace.input(type_) for type_ in case.types()]
    outputs = trace.apply(PRIMITIVES[case.name], inputs, case.numbers())
    check_gradients(trace, inputs, case.arrays(rng), outputs, rng)


@every_case
def test_nan_stays_visible(case: Case, rng: np.random.Generator) -> None:
    for place in case.nan:
        arrays = case.arrays(rng)
        arrays[place][...] = np.nan
        assert any(np.isnan(a).any() for a in compute(case, arrays)), f"input {place}"


def gradient_at(operation: Any, *values: float) -> list[float]:
    trace = Trace()
    inputs = [trace.input(Type(())) for _ in values]
    y = operation(*inputs)
    one = trace.input(Type(()))
    found = differentiate(trace, [y], [one])
    known = {ref.index: np.array(value) for ref, value in zip([*inputs, one], [*values, 1.0], strict=True)}
    results = evaluate(trace, known)
    return [float(results[found[ref.index].index]) for ref in inputs]


def test_gradients_at_kinks_are_pytorchs() -> None:
    assert gradient_at(ops.relu, 0.0) == [0.0]
    assert gradient_at(lambda x: ops.leaky_relu(x, 0.1), 0.0) == [0.1]
    assert gradient_at(ops.absolute, 0.0) == [0.0]
    assert gradient_at(ops.maximum, 1.0, 1.0) == [0.5, 0.5]
    assert gradient_at(ops.sqrt, 0.0) == [math.inf]


def test_a_value_used_twice_gets_both_gradients() -> None:
    assert gradient_at(lambda x: ops.multiply(x, x), 3.0) == [6.0]
    assert gradient_at(lambda x: ops.add(x, ops.scale(x, 4)), 3.0) == [5.0]


def test_an_output_that_is_an_input_has_its_own_cotangent() -> None:
    trace = Trace()
    x, dx, dy = (trace.input(Type(())) for _ in range(3))
    found = differentiate(trace, [x, ops.scale(x, 2), x], [dx, dy, dx])
    results = evaluate(trace, {x.index: np.array(1.0), dx.index: np.array(10.0), dy.index: np.array(3.0)})
    assert results[found[x.index].index] == 10 + 2 * 3 + 10


def test_what_the_output_does_not_need_has_no_gradient() -> None:
    trace = Trace()
    a, b, dy = (trace.input(Type(())) for _ in range(3))
    ops.exp(b)
    assert b.index not in differentiate(trace, [ops.exp(a)], [dy])


def test_the_error_function_is_exact_in_float64() -> None:
    x = np.concatenate([np.linspace(-7, 7, 20001), np.geomspace(1e-300, 0.5, 1000), [np.inf, -np.inf, 0.0]])
    wanted = np.array([math.erf(one) for one in x])
    np.testing.assert_allclose(erf(x), wanted, rtol=1e-15)
    assert np.isnan(erf(np.array([np.nan]))).all()


def value(operation: Any, *arrays: Array) -> Array:
    trace = Trace()
    refs = [trace.input(Type(a.shape, "int64" if a.dtype == np.int64 else "float32")) for a in arrays]
    y: Ref = operation(*refs)
    return evaluate(trace, {ref.index: a for ref, a in zip(refs, arrays, strict=True)})[y.index]


def test_large_numbers_do_not_overflow() -> None:
    large = np.array([[1e4, 0.0, -1e4]])
    assert value(lambda x: ops.softmax(x, 1), large).tolist() == [[1.0, 0.0, 0.0]]
    assert value(lambda x: ops.log_softmax(x, 1), large).tolist() == [[0.0, -1e4, -2e4]]
    assert value(ops.sigmoid, large).tolist() == [[1.0, 0.5, 0.0]]
    assert value(ops.silu, large).tolist() == [[1e4, 0.0, 0.0]]


def test_ignored_targets_do_not_count() -> None:
    scores, target = np.array([[0.0, 0.0], [5.0, 1.0]]), np.array([0, 9])
    found = value(lambda x, t: ops.cross_entropy(x, t, ignore_index=9), scores, target)
    assert found == pytest.approx(math.log(2), abs=1e-15)
    nothing = value(lambda x, t: ops.cross_entropy(x, t, ignore_index=9), scores, np.array([9, 9]))
    assert np.isnan(nothing)


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_outside_is_named(index: int) -> None:
    table, places = np.zeros((3, 2), np.float32), np.array([0, index])
    applications: list[tuple[str, list[Array], dict[str, Any]]] = [
        ("gather", [table, places], {"unlearnt": None}),
        ("scatter_add", [table[:2], places], {"count": 3, "unlearnt": None}),
        ("cross_entropy", [np.zeros((2, 3), np.float32), places], PLAIN),
    ]
    for name, arrays, settings in applications:
        with pytest.raises(BadIndex, match=f"index {index} is outside 0 … 2"):
            PRIMITIVES[name].reference(*arrays, **settings)


PLAIN = {"ignore_index": -100, "label_smoothing": 0.0}


def mask(scope: str, seed: int, dtype: Any = np.float64, draws: int = 1) -> Array:
    trace = Trace(scope=scope)
    x = trace.input(Type((200, 50)))
    y = [ops.random_mask(x, 0.8) for _ in range(draws)][-1]
    return evaluate(trace, {x.index: np.zeros((200, 50), dtype)}, seed)[y.index]


def test_a_random_mask_depends_on_seed_and_place_alone() -> None:
    first = mask("a/b", 1)
    assert set(np.unique(first)) == {0.0, 1.25}
    assert first.mean() == pytest.approx(1, abs=0.03)
    np.testing.assert_array_equal(first, mask("a/b", 1, np.float32))
    for other in (mask("a/b", 2), mask("a/c", 1), mask("a/b", 1, draws=2)):
        assert (first != other).any()


def test_a_mask_that_keeps_nothing_is_zero() -> None:
    trace = Trace()
    y = ops.random_mask(x := trace.input(Type((3,))), 0.0)
    assert evaluate(trace, {x.index: np.ones(3)})[y.index].tolist() == [0, 0, 0]


def test_borders_are_numpys() -> None:
    x = np.arange(12.0).reshape(3, 4)
    reflected = value(lambda r: ops.pad_edge(r, 1, 3, 2, "reflect"), x)
    np.testing.assert_array_equal(reflected, np.pad(x, ((0, 0), (3, 2)), "reflect"))
    edged = value(lambda r: ops.pad_edge(r, 0, 1, 2, "replicate"), x)
    np.testing.assert_array_equal(edged, np.pad(x, ((1, 2), (0, 0)), "edge"))


def refused(operation: Any, *shapes: tuple[Any, ...]) -> str:
    trace = Trace()
    with pytest.raises(ShapeError) as caught:
        operation(*[trace.input(Type(shape)) for shape in shapes])
    return str(caught.value)


def test_inputs_that_do_not_fit_are_refused_in_words() -> None:
    batch = symbol("B")
    assert (
        refused(ops.add, (batch, 3), (batch, 4))
        == "shapes B×3 and B×4 do not fit each other: 3 and 4 at axis -1"
    )
    assert refused(ops.matmul, (2, 3), (4, 5)) == "cannot multiply 2×3 by 4×5: 3 columns meet 4 rows"
    assert refused(ops.matmul, (3,), (3, 5)) == "a matrix product needs at least 2 axes, got 3"
    assert refused(lambda x: ops.reshape(x, (batch, 7)), (batch, 3)) == "B×3 has 3*B elements, B×7 has 7*B"
    assert (
        refused(lambda x: ops.pad_edge(x, 0, 3, 0, "reflect"), (3,))
        == "cannot mirror 3 elements of an axis of 3"
    )
    assert (
        refused(lambda a, b: ops.concat(a, b, axis=0), (2, 3), (2, 4))
        == "2×3 and 2×4 differ in more than axis 0"
    )


def test_what_symbols_cannot_decide_is_noted() -> None:
    height = symbol("H")
    trace = Trace()
    with noting() as conditions:
        y = ops.add(trace.input(Type((height,))), trace.input(Type((2 * (height // 2),))))
    assert y.shape == (height,)
    assert [str(one) for one in conditions] == ["H = 2*(H//2)"]
    assert conditions[0].holds({"H": 4}) is True
    assert conditions[0].holds({"H": 5}) is False
