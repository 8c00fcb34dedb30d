"""Rules that every layer keeps, over all that ship; then the odd ones."""

import itertools
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from core.condition import noting
from core.dim import substitute, symbol
from core.initialise import Initialiser
from core.layers import LAYERS
from core.layers.activated import ACTIVATION_LAYERS, ACTIVATIONS, Activated
from core.layers.layer import (
    ArgumentError,
    Example,
    Layer,
    Traced,
    bind,
    check,
    example_arrays,
    initial_arguments,
    layer_ports,
)
from core.ops.interpret import evaluate
from core.ops.primitive import Array
from core.types import ShapeError, Type
from tests.derivative import check_gradients, numbers

B, T = symbol("B"), symbol("T")

every_kind = pytest.mark.parametrize("kind", LAYERS.values(), ids=lambda kind: kind.__name__)
COMPUTED = [kind for kind in LAYERS.values() if not kind.structural]
every_layer = pytest.mark.parametrize("kind", COMPUTED, ids=lambda kind: kind.__name__)
each_mode = pytest.mark.parametrize("training", [False, True], ids=["eval", "training"])


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def example_of(kind: type[Layer]) -> tuple[Layer, list[Type]]:
    return bind(kind, kind.example.arguments), list(kind.example.types().values())


def traced(kind: type[Layer], training: bool) -> Traced:
    layer, types = example_of(kind)
    return layer.trace(*types, training=training)


def values_of(kind: type[Layer], run: Traced, rng: np.random.Generator) -> dict[int, Array]:
    """Example inputs, and tensors between 0.5 and 1.5, so that none is where it starts."""
    given = example_arrays(kind, rng).values()
    known = {ref.index: array for ref, array in zip(run.inputs, given, strict=True)}
    for ref in run.tensors.values():
        known[ref.index] = rng.uniform(0.5, 1.5, numbers(ref.type))
    return known


def all_outputs(run: Traced) -> list[Any]:
    return [*run.result.values, *run.result.buffers.values()]


@every_layer
@each_mode
def test_the_example_has_the_declared_shapes(
    kind: type[Layer], training: bool, rng: np.random.Generator
) -> None:
    run = traced(kind, training)
    known = evaluate(run.trace, values_of(kind, run, rng))
    assert len(run.result.values) == len(layer_ports(kind, kind.example.arguments)[1])
    for ref in all_outputs(run):
        assert known[ref.index].shape == ref.shape
        assert np.isfinite(known[ref.index]).all()


@every_layer
@each_mode
def test_a_symbolic_batch_gives_what_a_number_gives(kind: type[Layer], training: bool) -> None:
    layer, types = example_of(kind)
    batches = {type_.shape[0] for type_ in types}
    if len(batches) != 1:
        assert not types, f"{kind.__name__}: give the example's inputs the same batch"
        return
    symbolic = [Type((B, *type_.shape[1:]), type_.dtype) for type_ in types]
    with noting() as conditions:
        run, plain = layer.trace(*symbolic, training=training), layer.trace(*types, training=training)
    size = batches.pop()
    assert [bound(ref.type, size) for ref in all_outputs(run)] == [ref.type for ref in all_outputs(plain)]
    assert {name: ref.type for name, ref in run.tensors.items()} == {
        name: ref.type for name, ref in plain.tensors.items()
    }
    assert not conditions, f"with any batch it should hold: {conditions}"


def bound(type_: Type, batch: Any) -> Type:
    return type_.with_shape(tuple(dim if isinstance(dim, int) else dim_at(dim, batch) for dim in type_.shape))


def dim_at(dim: Any, batch: int) -> Any:
    return substitute(dim, {"B": batch})


@every_layer
@each_mode
def test_gradients_are_derivatives(kind: type[Layer], training: bool, rng: np.random.Generator) -> None:
    run = traced(kind, training)
    known = values_of(kind, run, rng)
    inputs = [*run.inputs, *run.tensors.values()]
    check_gradients(run.trace, inputs, [known[ref.index] for ref in inputs], run.result.values, rng)


@every_layer
def test_a_single_precision_run_is_near_a_double_one(kind: type[Layer], rng: np.random.Generator) -> None:
    run = traced(kind, training=True)
    known = values_of(kind, run, rng)
    small = {i: a.astype(np.float32) if a.dtype == np.float64 else a for i, a in known.items()}
    double, one = evaluate(run.trace, known), evaluate(run.trace, small)
    for ref in all_outputs(run):
        assert one[ref.index].dtype == np.dtype(ref.type.dtype)
        np.testing.assert_allclose(one[ref.index], double[ref.index], rtol=1e-4, atol=1e-5)


@every_kind
def test_unknown_arguments_are_refused(kind: type[Layer]) -> None:
    with pytest.raises(ArgumentError, match=f"{kind.__name__} has no argument colour"):
        bind(kind, {**kind.example.arguments, "colour": 1})


@every_kind
def test_missing_arguments_are_refused(kind: type[Layer]) -> None:
    for spec in kind.arguments:
        if spec.required:
            rest = {name: value for name, value in kind.example.arguments.items() if name != spec.name}
            with pytest.raises(ArgumentError, match=f"{kind.__name__} needs {spec.name}"):
                bind(kind, rest)


WRONG: Mapping[str, tuple[Any, ...]] = {
    "int": (1.5, "2", True, (1, 2), float("nan"), 10**12, -(10**5000)),
    "float": ("0.5", True, (0.5,), float("nan"), float("inf"), 10**5000),
    "bool": (1, "true", 0.0),
    "choice": ("no such choice", 1, True),
    "text": (1, True, 0.5, (1, 10**5000)),
    "sizes": (1.5, True, "no such word", (1, 1.5), (1, "a"), (1, 10**5000)),
    "module": (1, True, "Linear", (1, 2)),
}


@every_kind
def test_values_of_the_wrong_kind_are_refused(kind: type[Layer]) -> None:
    for spec in kind.arguments:
        wrong = list(WRONG[spec.kind]) + ([] if spec.optional else [None])
        for value in wrong:
            with pytest.raises(ArgumentError, match=f"^{spec.name}: expected "):
                check(spec, value)


@every_kind
def test_values_beyond_the_limits_are_refused(kind: type[Layer]) -> None:
    for spec in kind.arguments:
        for limit, beyond in ((spec.minimum, -1), (spec.maximum, 1)):
            if limit is not None:
                value = limit + beyond
                with pytest.raises(ArgumentError, match=r"expected at (least|most)"):
                    check(spec, float(value) if spec.kind == "float" else int(value))


@every_kind
def test_a_new_node_can_be_bound(kind: type[Layer]) -> None:
    bind(kind, initial_arguments(kind))


@every_kind
def test_the_help_is_complete(kind: type[Layer]) -> None:
    first, *rest = (kind.__doc__ or "").strip().splitlines()
    assert re.fullmatch(r"[A-Z].{15,110}[.:]?", first), first
    assert not rest or rest[0].strip() == "", "the first line stands alone"
    assert kind.formula
    assert len(kind.keywords) >= 2
    assert all(word != kind.__name__ for word in kind.keywords)
    for spec in kind.arguments:
        assert re.match(r"[A-Z(\d-]|[a-z]+ ", spec.help), spec.name
        assert not spec.help.endswith("."), spec.name


WORDLESS = ("GaussianNoise", "RandomNormal")
"""Layers that PyTorch has no word for: they are printed from their primitives."""


@every_layer
def test_it_is_spelled_in_pytorch(kind: type[Layer]) -> None:
    layer, types = example_of(kind)
    spelling = layer.pytorch(*types)
    if kind.__name__ in WORDLESS:
        assert spelling is None
        return
    assert spelling is not None
    assert spelling.construct or spelling.apply or spelling.body
    places = set(re.findall(r"{(\w+)}", spelling.apply))
    ports = set(kind.example.inputs)
    assert places <= ports | {"self", "xs"}
    if spelling.construct is None and not spelling.registered and not spelling.body:
        read = ports - {"like"}  # whose size alone is read, and is a number here
        assert places in (read, {"xs"})
    made = {*layer.parameters(*types), *layer.buffers(*types)}
    assert set(spelling.weights) | set(spelling.registered) <= made
    if spelling.body:
        assert set(re.findall(r"{(\w+)}", spelling.body)) <= ports | made


@every_layer
def test_real_inputs_are_told_from_whole_ones(kind: type[Layer]) -> None:
    layer, types = example_of(kind)
    if kind.category == "shape":
        return
    for i, port in enumerate(kind.example.inputs):
        wrong: Any = "float32" if types[i].dtype == "int64" else "int64"
        changed = [*types[:i], Type(types[i].shape, wrong), *types[i + 1 :]]
        if len({type_.dtype for type_ in changed}) == 1 and kind.__name__ in ("Concat", "Compare"):
            continue
        with pytest.raises(ShapeError, match=r"^expected ") as caught:
            layer.trace(*changed)
        assert caught.value.port in (port, "x2"), caught.value


@every_layer
def test_shapes_of_another_rank_are_refused_in_words_or_taken(kind: type[Layer]) -> None:
    layer, types = example_of(kind)
    for i, rank in itertools.product(range(len(types)), range(6)):
        changed = [*types[:i], Type((2,) * rank, types[i].dtype), *types[i + 1 :]]
        try:
            layer.trace(*changed)
        except ShapeError as error:
            assert error.port in (*kind.example.inputs, None), error
            assert re.search(r"expect|exist|fit|has|takes|names|nothing (is|would be) left", error.message), (
                error
            )
            assert re.fullmatch(r"([a-z]|[A-Z]\w+ (.* )?expects ).*[^.!]", error.message), error


@every_layer
def test_tensors_start_as_their_initialisers_say(kind: type[Layer], rng: np.random.Generator) -> None:
    layer, types = example_of(kind)
    for name, tensor in {**layer.parameters(*types), **layer.buffers(*types)}.items():
        assert isinstance(tensor.initialiser, Initialiser)
        shape = numbers(Type(tensor.shape))
        assert len(tensor.axes) == len(shape), name
        assert tensor.initialiser.draw(shape, rng).shape == shape


# What the rules cannot see.


def run(name: str, *arrays: Array, arguments: Mapping[str, Any], **tensors: Array) -> Array:
    types = [Type(a.shape, "int64" if a.dtype == np.int64 else "float32") for a in arrays]
    done = bind(LAYERS[name], arguments).trace(*types)
    known = {ref.index: array for ref, array in zip(done.inputs, arrays, strict=True)}
    known |= {done.tensors[name].index: array for name, array in tensors.items()}
    return evaluate(done.trace, known)[done.result.values[0].index]


def shape_of(name: str, *shapes: Any, whole: tuple[int, ...] = (), **arguments: Any) -> str:
    types = [Type(shape, "int64" if i in whole else "float32") for i, shape in enumerate(shapes)]
    return str(bind(LAYERS[name], arguments).trace(*types).result.values[0].type)


def refusal(name: str, *shapes: Any, whole: tuple[int, ...] = (), **arguments: Any) -> tuple[str | None, str]:
    with pytest.raises(ShapeError) as caught:
        shape_of(name, *shapes, whole=whole, **arguments)
    return caught.value.port, caught.value.message


def test_shapes_with_symbols() -> None:
    assert shape_of("Linear", (B, 20), out_features=256) == "B×256"
    assert shape_of("Linear", (B, T, 20), out_features=5) == "B×T×5"
    assert shape_of("Linear", (20,), out_features=5) == "5"
    assert shape_of("Flatten", (B, 16, 5, 5)) == "B×400"
    assert shape_of("Flatten", (B, T, 5, 5), start_dim=-3) == "B×(25*T)"
    assert shape_of("Reshape", (B, T, 20), shape="B, T, 4, -1") == "B×T×4×5"
    assert shape_of("Reshape", (B, T, 20), shape="-1, 20") == "(B*T)×20"
    assert shape_of("Reshape", (B, T), shape="T*B") == "(B*T)"
    assert shape_of("Reshape", (B, T, 20), shape="0, 0, 4, -1") == "B×T×4×5"
    assert shape_of("Permute", (B, T, 8), dims=(0, -1, 1)) == "B×8×T"
    assert shape_of("Slice", (B, T, 8), start=-1) == "B×1×8"
    assert shape_of("Slice", (B, T, 8), dim=-1, start=1, end=100, step=3) == "B×T×3"
    assert shape_of("Pad", (B, 3, T, T), pad=2) == "B×3×(T + 4)×(T + 4)"
    assert shape_of("Concat", (B, 3, T), (B, 5, T), (B, T, T), dim=-2) == "B×(T + 8)×T"
    assert shape_of("MatMul", (B, 4, T, 5), (B, 4, T, 5), transpose_b=True) == "B×4×T×T"
    assert shape_of("Mean", (B, 3, T, T), dim=(-1, -2)) == "B×3"
    assert shape_of("Sum", (B, 3)) == "scalar"
    assert shape_of("Add", (B, T, 8), (8,), (1, 1, 1)) == "B×T×8"
    assert shape_of("Embedding", (B, T), whole=(0,), num_embeddings=9, embedding_dim=3) == "B×T×3"
    assert shape_of("CrossEntropyLoss", (B, 10, T), (B, T), whole=(1,)) == "scalar"
    assert shape_of("MSELoss", (B, 10), (B, 10), reduction="none") == "B×10"


def test_refusals_say_what_was_found_and_what_would_fit() -> None:
    assert refusal("Linear", (B, 20), whole=(0,), out_features=2) == (
        "x",
        "expected real numbers (float32), got B×20 int64; an Embedding turns whole numbers into real ones",
    )
    assert refusal("Embedding", (B, T), num_embeddings=9, embedding_dim=3) == (
        "x",
        "expected whole numbers (int64), got B×T; set the Input's dtype to int64",
    )
    assert refusal("Concat", (B, 3, 8), (B, 5, 7)) == (
        "x2",
        "expected 8 at axis 2, since only axis 1 may differ, like x1 of B×3×8, got B×5×7",
    )
    assert refusal("Concat", (B, 3), (B, 3, 4)) == ("x2", "expected 2 axes like x1 (B×3), got B×3×4")
    assert refusal("Add", (B, 64), (B, 32)) == (
        "x2",
        "expected B×64 like x1, or sizes of 1 in its place, got B×32",
    )
    assert refusal("Add") == (None, "expected at least one input, got none")
    assert refusal("MatMul", (B, 3, 4), (B, 5, 4)) == (
        "b",
        "expected 4 rows, as many as a has columns, got 5 (B×3×4 by B×5×4)",
    )
    assert refusal("Reshape", (B, 20), shape="B, 3, -1") == (
        "x",
        "the shape B, 3, -1 takes a multiple of 3*B elements, got 20*B (B×20)",
    )
    assert refusal("Reshape", (B, 20), shape="-1, -1") == ("x", "only one size can be left as -1, got -1, -1")
    assert refusal("Reshape", (B, 20), shape="-1, 20, 0") == ("x", "0 keeps axis 2, which B×20 does not have")
    assert refusal("Reshape", (B, 20), shape="-2, 20") == (
        "x",
        "expected sizes of at least 1, or 0 or -1, got -2, 20",
    )
    assert refusal("Flatten", (B, 20), start_dim=2) == ("x", "dim 2 does not exist: B×20 has 2 axes")
    assert refusal("Permute", (B, 20), dims=(1, 1)) == (
        "x",
        "expected each axis of B×20 once in dims, got (1, 1)",
    )
    assert refusal("Slice", (B, 20), start=5, end=5) == (
        "x",
        "nothing is left of the 20 elements from 5 to 5",
    )
    assert refusal("Mean", (B, 20), dim=(1, -1)) == ("x", "dim names an axis of B×20 twice")
    assert refusal("Pad", (B, 3, 4), pad=(4, 0), mode="reflect") == (
        "x",
        "expected fewer than the 4 elements of axis 2 to mirror, got 4 and 0",
    )
    assert refusal("MSELoss", (B, 10), (B, 1)) == ("target", "expected B×10 like x, got B×1")
    assert refusal("CrossEntropyLoss", (B, 10), (B, 10), whole=(1,)) == (
        "target",
        "expected B int64, a number below 10 for each example of x (B×10), got B×10 int64",
    )


@pytest.mark.parametrize("kind", [k for k in COMPUTED if issubclass(k, Activated)], ids=lambda k: k.__name__)
@pytest.mark.parametrize("activation", ACTIVATIONS[1:])
def test_an_activation_is_its_layer_put_after(
    kind: type[Layer], activation: str, rng: np.random.Generator
) -> None:
    arguments = {**kind.example.arguments, "activation": activation}
    types = list(kind.example.types().values())
    fused = bind(kind, arguments).trace(*types)
    plain = bind(kind, {**arguments, "activation": "none"}).trace(*types)
    known = values_of(kind, plain, rng)
    before = evaluate(plain.trace, known)[plain.result.values[0].index]
    name, settings = ACTIVATION_LAYERS[activation]
    wanted = run(name, before, arguments=settings)
    np.testing.assert_array_equal(evaluate(fused.trace, known)[fused.result.values[0].index], wanted)


def test_dropout_keeps_the_mean_while_training_and_does_nothing_else() -> None:
    types = [Type((1000, 20))]
    layer = bind(LAYERS["Dropout"], {"p": 0.3})
    ready, training = layer.trace(*types), layer.trace(*types, training=True)
    assert ready.result.values == ready.inputs
    x = np.ones((1000, 20))
    y = evaluate(training.trace, {training.inputs[0].index: x})[training.result.values[0].index]
    assert (y == 0).mean() == pytest.approx(0.3, abs=0.02)
    assert y.mean() == pytest.approx(1, abs=0.02)


def test_the_row_for_padding_starts_as_zeros(rng: np.random.Generator) -> None:
    layer = bind(LAYERS["Embedding"], {"num_embeddings": 5, "embedding_dim": 3, "padding_idx": -1})
    weight = layer.parameters(Type((2,), "int64"))["weight"].initialiser.draw((5, 3), rng)
    assert (weight[4] == 0).all()
    assert (weight[:4] != 0).all()


def test_linear_starts_as_in_pytorch(rng: np.random.Generator) -> None:
    layer = bind(LAYERS["Linear"], {"out_features": 400})
    for name, tensor in layer.parameters(Type((2, 100))).items():
        first = tensor.initialiser.draw(numbers(Type(tensor.shape)), rng)
        assert np.abs(first).max() == pytest.approx(0.1, rel=0.02), name
        assert np.abs(first).max() <= 0.1


def test_sizes_put_in_for_symbols_reach_every_argument() -> None:
    width = symbol("width")
    linear = bind(LAYERS["Linear"], {"out_features": 4 * width})
    assert linear.with_sizes({"width": 8}) == bind(LAYERS["Linear"], {"out_features": 32})
    reshape = bind(LAYERS["Reshape"], {"shape": "B, width, -1"})
    assert reshape.with_sizes({"B": 2, "width": 5}) == bind(LAYERS["Reshape"], {"shape": "2, 5, -1"})
    assert reshape.with_sizes({}) is reshape


def test_inherited_arguments_come_last() -> None:
    assert [spec.name for spec in LAYERS["Linear"].arguments] == ["out_features", "bias", "activation"]


def test_an_incomplete_layer_does_not_import() -> None:
    def declare(**members: Any) -> None:
        type("Odd", (Layer,), {"forward": lambda self, x: x, **members})

    complete = {"__doc__": "A test.", "category": "merge", "example": Example(inputs={"x": (2,)})}
    for name, message in (
        ("__doc__", "a docstring"),
        ("category", "category must"),
        ("example", "an example"),
    ):
        with pytest.raises(TypeError, match=f"Odd: {message}"):
            declare(**{key: value for key, value in complete.items() if key != name})
    with pytest.raises(TypeError, match="are not its ports"):
        declare(**{**complete, "example": Example(inputs={"y": (2,)})})
    assert "Odd" not in LAYERS


def test_a_border_below_0_takes_away_and_one_that_symbols_leave_open_is_added() -> None:
    def padded(*shape: Any, **arguments: Any) -> str:
        (y,) = bind(LAYERS["Pad"], arguments).trace(Type(shape)).result.values
        return str(y.type)

    assert padded(B, 5, pad=(-1, 3)) == "B×7"
    assert padded(B, 5, pad=(-1, -3), mode="replicate") == "B×1"
    assert padded(B, T, 4, pad=(T // 2, -1)) == "B×T×(T//2 + 3)"
    with pytest.raises(ShapeError, match="nothing would be left after taking 3 and 2 of the 5 elements"):
        padded(B, 5, pad=(-3, -2))


def test_layers_of_rearranging_leave_a_number_without_axes_as_it_is() -> None:
    for kind, arguments in (("Pad", {"pad": ()}), ("Permute", {"dims": ()})):
        traced = bind(LAYERS[kind], arguments).trace(Type(()))
        (x,), (y,) = traced.inputs, traced.result.values
        assert evaluate(traced.trace, {x.index: np.array(3.0)})[y.index].shape == ()
