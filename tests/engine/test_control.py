"""Loops and branches in plans: data, counted in memory, run with and without kernels, stopped and refused."""

import pickle
from collections.abc import Sequence

import numpy as np
import pytest

from core import ops
from core.engine import memory
from core.engine.execute import RunError, Stopped, Watch
from core.engine.memory import aligned
from core.engine.network import Network, PlanError, Slot
from core.engine.plan import Plan, Precision, plan_network
from core.engine.run import Mode, Result, run_plan
from core.engine.validate import validate
from core.initialise import Array, Uniform
from core.layers.layer import Tensor
from core.ops.loop import Loop
from core.ops.primitive import Ref, Trace
from core.ops.region import region, traced_region
from core.types import Type

WIDTH = 3
ROWS, WEIGHT = Type((2, WIDTH)), Type((WIDTH, WIDTH))
LOOP = ("loop",)


def squashing(x: Ref, w: Ref, b: Ref, limit: float, bound: int) -> Loop:
    """While the sum of |x| is above the limit: x = tanh(x @ w), + b where the sum is above 2."""

    def size_above(x: Ref, least: float) -> Ref:
        return ops.relu(ops.offset(ops.sum(ops.absolute(x), (0, 1)), -least))

    def body(x: Ref, w: Ref, b: Ref) -> list[Ref]:
        product = ops.matmul(x, w)
        types = [product.type, b.type]
        more, same = traced_region(ops.add, types), traced_region(lambda x, b: x, types)
        chosen = ops.branch(size_above(x, 2), [product, b], more, same)
        return [ops.tanh(chosen.results[0]), product, chosen.taken]

    types = [x.type, w.type, b.type]
    condition = traced_region(lambda x, w, b: size_above(x, limit), types)
    return ops.while_loop([x], [w, b], condition, traced_region(body, types, kept=2), bound)


def network_of(limit: float = 0.5, bound: int = 20) -> Network:
    """An input x and the slots loop/weight and loop/bias, the loop over them, and the output y."""
    network = Network()
    trace = network.trace
    x = network.inputs["x"] = trace.input(ROWS)
    held = []
    for name, type_ in (("weight", WEIGHT), ("bias", Type((WIDTH,)))):
        held.append(trace.input(type_))
        tensor = Tensor(axes=("",) * type_.rank, shape=type_.shape, initialiser=Uniform(-0.3, 0.3))
        network.slots[f"loop/{name}"] = Slot(tensor, held[-1], True)
    loop = squashing(x, held[0], held[1], limit, bound)
    network.paths += [LOOP] * (len(trace.steps) - len(network.paths))
    network.places |= {
        (("x",), "y"): x,
        (LOOP, "y"): loop.results[0],
        (LOOP, "count"): loop.count,
        ((*LOOP, "x"), "y"): loop.carried[0],
        ((*LOOP, "product"), "y"): loop.kept[0],
        ((*LOOP, "if"), "taken"): loop.kept[1],
        (("y",), "x"): loop.results[0],
    }
    network.outputs["y"] = (("y",), "x")
    return network


def plan_of(
    limit: float = 0.5,
    bound: int = 20,
    *,
    precision: Precision = "float32",
    backward: bool = True,
    keep: bool = True,
) -> Plan:
    return plan_network(network_of(limit, bound), backward=backward, keep=keep, precision=precision)


def sample() -> Array:
    return np.linspace(-1, 1.5, 2 * WIDTH).reshape(2, WIDTH)


def run(plan: Plan, *, kernels: bool = False, watch: Watch | None = None) -> Result:
    return run_plan(plan, {}, {"x": sample()}, 5, Mode(backward=True, kernels=kernels), watch=watch)


def by_hand(result: Result, limit: float) -> tuple[list[Array], list[int]]:
    """The values of each iteration and the branches taken, in float64 from the weights that were drawn."""
    w, b = (result.drawn[f"loop/{name}"].astype(np.float64) for name in ("weight", "bias"))
    states, taken = [sample()], list[int]()
    while (size := np.abs(states[-1]).sum()) > limit:
        taken.append(int(size > 2))
        states.append(np.tanh(states[-1] @ w + b * taken[-1]))
    return states, taken


@pytest.mark.parametrize("limit", [100.0, 4.0, 0.01])
@pytest.mark.parametrize("kernels", [False, True])
def test_a_plan_goes_round_as_often_as_the_condition_holds(limit: float, kernels: bool) -> None:
    result = run(plan_of(limit), kernels=kernels)
    states, taken = by_hand(result, limit)
    count = len(taken)
    assert {100.0: count == 0, 4.0: count == 1, 0.01: count >= 5}[limit]
    assert result.values[LOOP, "count"] == count
    np.testing.assert_allclose(result.outputs["y"], states[-1], rtol=1e-4, atol=1e-6)
    carried = result.values[(*LOOP, "x"), "y"]
    assert carried.shape == (20, 2, WIDTH)
    np.testing.assert_allclose(carried[:count], np.reshape(states[:-1], (-1, 2, WIDTH)), rtol=1e-4, atol=1e-6)
    assert result.values[(*LOOP, "if"), "taken"][:count].tolist() == taken


@pytest.mark.parametrize("limit", [100.0, 4.0, 0.01])
def test_kernels_references_and_float64_agree_on_values_and_gradients(limit: float) -> None:
    plan = plan_of(limit)
    found = run(plan, kernels=True), run(plan)
    exact = run(plan_of(limit, precision="float64"))
    for group in ("values", "gradients", "parameter_gradients", "input_gradients"):
        wanted = getattr(exact, group)
        assert wanted
        for result in found:
            assert getattr(result, group).keys() == wanted.keys()
            for name, array in getattr(result, group).items():
                np.testing.assert_allclose(array, wanted[name], rtol=2e-4, atol=1e-6, err_msg=str(name))


@pytest.mark.parametrize("limit", [100.0, 4.0, 0.01])
def test_gradients_of_slots_are_those_of_the_iterations_written_out(limit: float) -> None:
    result = run(plan_of(limit, precision="float64"))
    states, taken = by_hand(result, limit)
    w = result.drawn["loop/weight"].astype(np.float64)
    flow = result.cotangents[("y",), "x"]
    dw, db, products = np.zeros((WIDTH, WIDTH)), np.zeros(WIDTH), list[Array]()
    for before, after, more in reversed(list(zip(states[:-1], states[1:], taken, strict=True))):
        into = flow * (1 - after**2)
        products.insert(0, into)
        dw += before.T @ into
        db += into.sum(axis=0) * more
        flow = into @ w.T
    np.testing.assert_allclose(result.parameter_gradients["loop/weight"], dw, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(result.parameter_gradients["loop/bias"], db, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(result.input_gradients["x"], flow, rtol=1e-9, atol=1e-15)
    found = result.gradients[(*LOOP, "product"), "y"]
    np.testing.assert_allclose(found[: len(taken)], np.reshape(products, (-1, 2, WIDTH)), rtol=1e-9)
    assert not found[len(taken) :].any()


def test_running_twice_gives_the_same_bits() -> None:
    plan = plan_of(0.01)
    one, other = run(plan), run(plan)
    assert all(one.values[place].tobytes() == array.tobytes() for place, array in other.values.items())


def test_a_plan_with_loops_and_branches_is_data() -> None:
    plan = plan_of(0.01)
    copy = pickle.loads(pickle.dumps(plan))
    assert copy == plan
    validate(copy)
    np.testing.assert_array_equal(run(copy).outputs["y"], run(plan).outputs["y"])


def test_a_loop_that_passes_its_bound_is_an_error_of_its_call() -> None:
    with pytest.raises(RunError) as caught:
        run(plan_of(0.0, bound=7))
    assert caught.value.message == "the loop had not ended after its bound of 7 rounds"
    assert caught.value.path == LOOP


def test_a_fault_within_a_loop_is_an_error_of_the_call_within() -> None:
    """While k + 1 is not 0: k = k + 1, reading row k of a table of two rows."""
    network, body, condition = Network(), Trace(), Trace()
    rows, whole = Type((2, WIDTH)), Type((), "int64")
    table = network.inputs["x"] = network.trace.input(rows)
    start = network.inputs["k"] = network.trace.input(whole)
    k, given = body.input(whole), body.input(rows)
    row = ops.gather(given, k)
    step = region(body, [k, given], [ops.offset(k, 1)], [row], [(*LOOP, "look"), (*LOOP, "count")])
    asked, unread = condition.input(whole), condition.input(rows)
    test = region(condition, [asked, unread], [ops.offset(asked, 1)])
    loop = ops.while_loop([start], [table], test, step, 5)
    network.paths.append(LOOP)
    network.places[LOOP, "y"] = loop.results[0]
    network.outputs["y"] = (LOOP, "y")
    with pytest.raises(RunError, match="index 2 is outside") as caught:
        run_plan(plan_network(network), {}, {"x": sample(), "k": np.array(0)}, 0, Mode())
    assert caught.value.path == (*LOOP, "look")


def test_a_loop_can_be_stopped_between_iterations() -> None:
    asked: list[int] = []

    def stopped() -> bool:
        asked.append(1)
        return len(asked) > 500

    with pytest.raises(Stopped):
        run(plan_of(0.0, bound=10**5), watch=Watch(stopped))
    assert len(asked) == 501


def history_bytes(bound: int, items: Sequence[int]) -> int:
    return sum(aligned(bound * size) for size in items)


def test_the_memory_of_histories_is_counted_before_the_run() -> None:
    floats = 2 * WIDTH * 4
    for bound in (100, 1000):
        forward = plan_of(bound=bound, backward=False)
        # Carried and kept floats, the branch taken in whole numbers; the result and the count beside.
        kept = history_bytes(bound, [floats, floats, 8])
        assert forward.arena_bytes == kept + aligned(floats) + aligned(8)
        both = plan_of(bound=bound)
        assert both.arena_bytes >= kept + history_bytes(bound, [floats, floats])
        assert both.scratch_bytes > bound * (2 * floats + 8)


def test_what_a_body_holds_is_counted_beside_its_outputs() -> None:
    plan = plan_of(bound=1, backward=False, keep=False)
    (instruction,) = plan.instructions
    outputs = sum(plan.buffers[number].size for number in instruction.outputs)
    # The carried value that an iteration starts from, and at least the product with the result of tanh.
    assert plan.scratch_bytes >= outputs + 3 * 2 * WIDTH * 4


def test_a_history_that_would_not_fit_is_refused_with_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: 1_000_000)
    plan_of(bound=1000)
    with pytest.raises(
        PlanError, match=r"^the run needs \d\.\d MB of memory, 1\.0 MB are available; a smaller"
    ):
        plan_of(bound=30_000)
    with pytest.raises(PlanError, match=r"^the run needs \d\d\d TB of memory"):
        plan_of(bound=10**12)
