"""First values against PyTorch: recipes as torch.nn.init draws them, exported code as the engine begins."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.engine.weights import initial, slots_of
from core.export import export_code
from core.export.folder import export_folder
from core.export.pytorch.initial import CALLED, FUNCTIONS
from core.export.pytorch.printer import PYTORCH
from core.export.tensors import kept_tensors
from core.export.walk import walk
from core.initial_kinds import KINDS, recipe, values_of
from core.initialise import Array, Constant
from core.program import Program
from core.record import Initial
from core.use import Use
from tests.export.networks import program_of
from tests.export.random_initials import random_initials
from tests.frameworks.checking import checked
from tests.templates.initialisers import initialisers
from tests.templates.sheet import Book

torch = pytest.importorskip("torch")
torch.set_num_threads(1)

DESIGNS = 200


def built(program: Program, seed: int = 0) -> dict[str, Array]:
    """The parameters of the exported network, by the names of our slots."""
    scope: dict[str, Any] = {"__name__": "exported"}
    form = walk(program, PYTORCH.dialect)
    exec(compile(export_code(program, "pytorch").text, "exported.py", "exec"), scope)
    torch.manual_seed(seed)
    state = scope[form.maker]().state_dict()
    learnt = {name for name, slot in slots_of(program).items() if slot.learnt}
    tensors = kept_tensors(form, program, PYTORCH.dialect)
    return {slot: state[one.name].numpy() for one in tensors for slot in one.slots if slot in learnt}


def said_numbers(program: Program) -> int:
    """Compares all parameters that are one number, and returns how many of them somebody said."""
    ours, theirs = initial(program, None, 0), built(program)
    said = 0
    for name, slot in slots_of(program).items():
        if slot.learnt and isinstance(slot.tensor.initialiser, Constant):
            np.testing.assert_array_equal(ours[name], theirs[name], name)
            said += slot.tensor.initialiser.value != 0
    return said


# Recipes

SETTINGS: list[tuple[str, dict[str, float | str]]] = [
    ("uniform", {}),
    ("uniform", {"low": -2.0, "high": -1.0}),
    ("normal", {}),
    ("normal", {"mean": 3.0, "std": 0.01}),
    ("truncated_normal", {}),
    ("truncated_normal", {"mean": 0.5, "std": 2.0, "low": -1.0, "high": 1.0}),
    ("xavier_uniform", {}),
    ("xavier_uniform", {"gain": 2.5}),
    ("xavier_normal", {}),
    ("xavier_normal", {"gain": 2.5}),
    ("kaiming_uniform", {}),
    ("kaiming_uniform", {"a": 5**0.5}),
    ("kaiming_uniform", {"mode": "fan_out", "nonlinearity": "tanh"}),
    ("kaiming_normal", {}),
    ("kaiming_normal", {"a": 0.2, "mode": "fan_out"}),
    ("kaiming_normal", {"nonlinearity": "selu"}),
    ("kaiming_normal", {"nonlinearity": "sigmoid"}),
    ("kaiming_normal", {"nonlinearity": "linear", "mode": "fan_out"}),
    ("kaiming_normal", {"nonlinearity": "relu", "a": 3.0}),
    ("orthogonal", {"gain": 0.5}),
]


def test_every_random_kind_is_compared() -> None:
    assert {kind for kind, _ in SETTINGS} == {kind.name for kind in KINDS.values() if kind.random}


@pytest.mark.parametrize(("kind", "settings"), SETTINGS)
@pytest.mark.parametrize("shape", [(300, 200), (60, 40, 5, 3), (200, 300)])
def test_a_recipe_draws_as_pytorch_does(kind: str, settings: dict[str, Any], shape: tuple[int, ...]) -> None:
    found = Initial(kind, settings)
    ours = recipe(found).draw(shape, np.random.default_rng(0))
    torch.manual_seed(0)
    values = {CALLED.get(name, name): value for name, value in values_of(found).items()}
    theirs = getattr(torch.nn.init, FUNCTIONS[kind])(torch.empty(shape), **values).double().numpy()
    # Six standard errors of both together: of a mean √2·σ/√n, of a deviation and of quantiles at most twice
    # that.
    error = 6 * np.sqrt(2 / ours.size) * theirs.std()
    assert abs(ours.mean() - theirs.mean()) < error
    assert abs(ours.std() - theirs.std()) < error
    places = [0.1, 0.25, 0.5, 0.75, 0.9]
    assert np.abs(np.quantile(ours, places) - np.quantile(theirs, places)).max() < 2 * error
    if kind.endswith("uniform"):
        assert abs(np.abs(ours).max() / np.abs(theirs).max() - 1) < 1e-3


@pytest.mark.parametrize("shape", [(5, 8), (8, 5), (6, 2, 2, 2)])
def test_orthogonal_matrices_are_so_on_the_side_on_which_pytorch_s_are(shape: tuple[int, ...]) -> None:
    ours = recipe(Initial("orthogonal")).draw(shape, np.random.default_rng(0)).reshape(shape[0], -1)
    theirs = torch.nn.init.orthogonal_(torch.empty(shape)).numpy().reshape(shape[0], -1)
    np.testing.assert_allclose(ours @ ours.T @ ours, ours, atol=1e-12)
    np.testing.assert_allclose(theirs @ theirs.T @ theirs, theirs, atol=1e-5)
    np.testing.assert_allclose(np.linalg.svd(ours)[1], np.linalg.svd(theirs)[1], atol=1e-5)


# Exported code


@pytest.mark.parametrize("seed", range(DESIGNS))
def test_exported_networks_begin_as_the_engine_does_whoever_says_it(seed: int) -> None:
    program = program_of(random_initials(seed))
    assert not program.problems
    said_numbers(program)


def test_most_random_designs_say_something() -> None:
    assert sum(said_numbers(program_of(random_initials(seed))) > 0 for seed in range(20)) >= 15


def test_the_text_s_initialisers_begin_in_pytorch_as_here(tmp_path: Path) -> None:
    program = program_of(initialisers().document())
    # Two weights are 1 and one is 42.
    assert said_numbers(program) == 3
    export_folder(program, {}, "pytorch", tmp_path / "out")
    assert checked(tmp_path / "out")[0] == 0
    one, other = built(program, 0), built(program, 1)
    same = {name for name in one if np.array_equal(one[name], other[name])}
    ours = initial(program, None, 0)
    assert same == {
        name for name, values in initial(program, None, 1).items() if (values == ours[name]).all()
    }


def spread(**kinds: Any) -> Book:
    """A network of every shape of parameter, with these first values for all of it."""
    book = Book("spread", "")
    root = book.root.input(shape="B, 3, 20, 20", sizes="B=2").initial(**kinds)
    root.node("Conv2d", "conv", out_channels=64, kernel_size=5).node("BatchNorm2d", "norm")
    root.node("Flatten", "flatten").node("Linear", "wide", out_features=128, activation="relu")
    root.node("Linear", "plain", out_features=100, bias=False)
    root.node("Reshape", "steps", shape="B, 10, 10").node("LSTM", "lstm", hidden_size=32, num_layers=2)
    root.node("MultiheadAttention", "attention", num_heads=4).output()
    root.wire("x > conv > norm > flatten > wide > plain > steps > lstm > attention.query")
    return root.wire("lstm > attention.key", "lstm > attention.value", "attention > y").book


RANDOM = [one for one in SETTINGS if one[0] != "orthogonal"]


@pytest.mark.parametrize(("kind", "settings"), RANDOM)
def test_everything_that_is_drawn_has_the_spread_in_pytorch_that_it_has_here(
    kind: str, settings: dict[str, Any]
) -> None:
    biases = (kind, settings) if KINDS[kind].axes < 2 else ("uniform", 2, 3)
    program = program_of(spread(weights=(kind, settings), biases=biases).document())
    assert not program.problems
    ours, theirs = initial(program, None, 0), built(program)
    # Conv2d 2, norm 2, Linear 2 and 1, LSTM 4 of each level, attention 4.
    assert len(theirs) == 19
    for name, values in theirs.items():
        mine = ours[name].astype(float)
        error = 6 * np.sqrt(2 / values.size) * max(mine.std(), 1e-12)
        assert abs(mine.mean() - values.mean()) < error, name
        assert abs(mine.std() - values.std()) < error, name


def test_seeds_are_written_so_that_layers_of_one_shape_differ() -> None:
    book = Book("seeds", "")
    root = book.root.input(shape="B, 4", sizes="B=2").initial(weights=("normal", {"seed": 5}))
    root.node("Linear", "first", out_features=4).node("Linear", "second", out_features=4)
    root.node("Linear", "row", out_features=4, repeat=2).initial("row", weight=("uniform", {"seed": 6}))
    root.output().wire("x > first > second > row > y")
    program = program_of(book.document())
    one, other = built(program, 0), built(program, 1)
    weights = [name for name in one if name.endswith("weight")]
    assert all(np.array_equal(one[name], other[name]) for name in weights)
    assert len({one[name].tobytes() for name in weights}) == len(weights) == 4


def odd_places() -> Book:
    """Parameters in a branch, in a choice, on their own, and a transposed tie."""
    book = Book("odd places", "")
    inner = book.sheet("Inner").input()
    inner.node("Linear", "fc", out_features=4).output().wire("x > fc > y").initial(biases=("constant", 5))
    root = book.root.input(shape="B, 4", sizes="B=2").initial(biases=("constant", 7), weights=("constant", 8))
    root.node("Parameter", "token_bias", shape="4", initial="ones").node("Parameter", "table", shape="4, 4")
    root.node("Add", "add").node("MatMul", "mix")
    root.node("Sum", "sum").node("If", "branch", then=inner.use(), otherwise=Use("Identity"))
    root.initial("branch", weights=("constant", 4))
    root.node("Choose", "chosen", then=inner.use(), otherwise=Use("Identity"))
    root.node("Linear", "owner", out_features=4, bias=False).node("Linear", "user", out_features=4).output()
    root.initial("owner", weight=("constant", 9)).initial("user", weight=("constant", 10))
    root.wire("x > add > mix > sum > branch.condition", "token_bias > add", "table > mix", "mix > branch.x")
    root.wire("branch > chosen > owner > user > y").tie("user.weight", "owner.weight", transposed=True)
    return book


def test_parameters_in_odd_places_begin_as_here(tmp_path: Path) -> None:
    program = program_of(odd_places().document())
    assert not program.problems
    # One of each Parameter, two of each Inner, the owner's weight and the bias of its user.
    assert said_numbers(program) == 8
    export_folder(program, {}, "pytorch", tmp_path / "out")
    code, output = checked(tmp_path / "out")
    assert code == 0, output
