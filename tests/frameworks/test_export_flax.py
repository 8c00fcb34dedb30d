"""Exports to Flax are the network that was drawn: check.py says so, and finds what was changed."""

import os
import runpy
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import numpy
import pytest

from core.engine.weights import slots_of
from core.export import FRAMEWORKS, ExportError, export_code
from core.export.flax.printer import FLAX
from core.export.folder import export_folder
from core.export.tensors import kept_tensors
from core.export.walk import walk
from core.initialise import Constant
from core.layers import LAYERS
from core.program import Program
from core.templates import Template, template, templates
from tests.export.images import IMAGES
from tests.export.networks import NETWORKS, one_layer, program_of
from tests.export.random_initials import random_initials
from tests.export.structures import STRUCTURES
from tests.frameworks import entries
from tests.frameworks.checking import checked
from tests.frameworks.faults import FAULTS
from tests.frameworks.planting import Design, Fault, designs_of, faults_in, planted, survived, unchanged
from tests.frameworks.recording import Cell, record, refusal_recorded
from tests.templates.sheet import Book

# Each program runs twice: code that is made quickly is worth more than quick code.
os.environ.setdefault(
    "XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
)
jax = pytest.importorskip("jax")
flatten_dict = pytest.importorskip("flax.traverse_util").flatten_dict
jax.config.update("jax_platforms", "cpu")

PLAIN = sorted(name for name, layer in LAYERS.items() if not layer.structural)
LARGE = ("alexnet", "densenet-121", "googlenet", "mobilenet-v2", "nin", "resnet-18", "resnet-50", "vgg-16")
"""Networks whose compilation takes many seconds."""


def passes(program: Program, folder: Path, table: str = "", name: str = "") -> None:
    cell = Cell("flax", table, name)
    with refusal_recorded(cell):
        text = export_code(program, "flax").text
        export_folder(program, {}, "flax", folder)
    code, output = checked(folder)
    assert code == 0, f"{output}\n{text}"
    record(cell, output)


@pytest.mark.parametrize("kind", PLAIN)
def test_every_layer_s_example_passes_its_check(kind: str, tmp_path: Path) -> None:
    passes(one_layer(kind).program(), tmp_path / "out", "layers", kind)


@pytest.mark.parametrize("kind", PLAIN)
def test_every_layer_passes_its_check_from_its_primitives(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = replace(FLAX, dialect=replace(FLAX.dialect, spelling=lambda layer, types: None))
    monkeypatch.setitem(FRAMEWORKS, "flax", plain)
    program = one_layer(kind).program()
    assert f"class {kind}(nn.Module):" in export_code(program, "flax").text
    passes(program, tmp_path / "out")


@pytest.mark.parametrize("name", entries.NAMES)
def test_library_entries_pass_their_check(name: str, tmp_path: Path) -> None:
    passes(entries.small_entry(name), tmp_path / "out", "modules", name)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_pass_their_check(name: str, tmp_path: Path) -> None:
    passes(NETWORKS[name]().program(), tmp_path / "out")


@pytest.mark.parametrize("name", sorted(STRUCTURES.keys() - {"resnet50"}))
def test_structures_pass_their_check(name: str, tmp_path: Path) -> None:
    passes(program_of(STRUCTURES[name]()), tmp_path / "out")


@pytest.mark.parametrize(
    "one",
    [pytest.param(one, id=one.id, marks=pytest.mark.slow if one.id in LARGE else ()) for one in templates()],
)
@pytest.mark.timeout(600)
def test_templates_pass_their_check(one: Template, tmp_path: Path) -> None:
    passes(program_of(one.small()), tmp_path / "out", "templates", one.id)


@pytest.mark.parametrize("name", sorted(IMAGES))
def test_networks_of_images_pass_their_check_wherever_channels_are(name: str, tmp_path: Path) -> None:
    passes(program_of(IMAGES[name]()), tmp_path / "out")


@pytest.mark.parametrize(
    "given",
    [
        {"kernel_size": 3, "stride": 2, "padding": "same_upper"},
        {"kernel_size": (2, 3), "stride": (3, 2), "padding": "same_upper"},
        {"kernel_size": 4, "padding": "same", "dilation": 2},
    ],
)
def test_padding_that_keeps_the_size_is_linen_s_own(given: dict[str, Any], tmp_path: Path) -> None:
    program = one_layer("Conv2d", {"out_channels": 3, **given}).program()
    assert 'padding="SAME"' in export_code(program, "flax").text
    passes(program, tmp_path / "out")


def test_a_network_of_one_pool_that_rounds_up_has_no_class_for_it(tmp_path: Path) -> None:
    given = {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}
    program = one_layer("MaxPool2d", given).program()
    assert "max_pool_ceil(x, (3, 3), (2, 2), (1, 1))" in export_code(program, "flax").text
    passes(program, tmp_path / "out")


def test_a_variance_below_eps_passes_its_gradient(tmp_path: Path) -> None:
    passes(one_layer("GaussianNLLLoss", {"eps": 0.5}).program(), tmp_path / "out")


@pytest.mark.parametrize("name", ["mlp", "mlp-class"])
def test_the_text_s_network_prints_its_shape_and_has_the_text_s_number_of_parameters(
    name: str, tmp_path: Path
) -> None:
    path = export_folder(program_of(template(name).document()), {}, "flax", tmp_path / "out")
    printed = StringIO()
    with redirect_stdout(printed):
        names = runpy.run_path(str(path), run_name="__main__")
    assert printed.getvalue() == "(2, 10)\n"
    params = jax.tree.leaves(names["variables"]["params"])
    assert sum(leaf.size for leaf in params) == 7946  # 20 · 256 + 256 + 256 · 10 + 10


def test_first_values_are_those_that_are_said(tmp_path: Path) -> None:
    path = export_folder(program_of(template("initialisers").document()), {}, "flax", tmp_path / "out")
    with redirect_stdout(StringIO()):
        params = runpy.run_path(str(path), run_name="__main__")["variables"]["params"]
    assert (params["constant"]["hidden"]["kernel"] == 1).all()
    assert (params["by_layer"]["out"]["kernel"] == 42).all()
    assert all((params[name]["out"]["bias"] == 0).all() for name in ("inherited", "constant", "by_layer"))
    spread = float(params["inherited"]["hidden"]["kernel"].std())
    assert 0.005 < spread < 0.02, "32 normal numbers of deviation 0.01"


def first_params(program: Program, key: int) -> dict[str, Any]:
    """The parameters that the network begins with, by their paths in the code."""
    names: dict[str, Any] = {"__name__": "exported"}
    exec(compile(export_code(program, "flax").text, "exported.py", "exec"), names)
    form = walk(program, FLAX.dialect)
    samples = [jax.numpy.zeros(sample.shape) for sample in form.samples]
    params = names[form.maker]().init(jax.random.key(key), *samples).get("params", {})
    return dict(flatten_dict(params, sep="."))


def seeded() -> Book:
    """Layers of one shape in every place that a class has, with two seeds among them."""
    book = Book("seeds", "")
    inner = book.sheet("Inner").input().node("Linear", "a", out_features=4)
    inner.node("Linear", "b", out_features=4).output().wire("x > a > b > y")
    deep = book.sheet("Deep").input().node(inner, "one").node(inner, "row", repeat=2).output()
    deep.wire("x > one > row > y")
    root = book.root.input(shape="B, 4", sizes="B=2").initial(weights=("normal", {"seed": 5}))
    root.node("Linear", "first", out_features=4).node("Linear", "second", out_features=4)
    root.node(deep, "d").node(deep, "e").initial("e", biases=("uniform", {"seed": 5}))
    root.node("Linear", "row", out_features=4, repeat=2).initial("row", weight=("normal", 1, {"seed": 6}))
    root.output().wire("x > first > second > d > e > row > y")
    return book


def test_a_seed_of_its_own_gives_other_values_to_each_parameter_and_the_same_whatever_the_key() -> None:
    program = program_of(seeded().document())
    one, other = first_params(program, 0), first_params(program, 1)
    said = [name for name in one if name.endswith("kernel") or name.startswith("e.")]
    assert len(said) == 22  # 2 of the root, 6 and their 6 biases in e, 6 in d, 2 in a row
    assert all((one[name] == other[name]).all() for name in said)
    assert len({one[name].tobytes() for name in said}) == len(said)


def test_designs_begin_as_the_engine_does_where_a_parameter_is_one_number_or_are_refused() -> None:
    said, refused = 0, 0
    for seed in range(40):
        program = program_of(random_initials(seed))
        try:
            theirs = first_params(program, 0)
        except ExportError as error:
            assert "no keyword for the first values" in str(error)
            refused += 1
            continue
        slots = slots_of(program)
        for tensor in kept_tensors(walk(program, FLAX.dialect), program, FLAX.dialect):
            slot = slots.get(tensor.slots[0])
            first = None if slot is None else slot.tensor.initialiser
            if isinstance(first, Constant) and tensor.name in theirs:
                assert (theirs[tensor.name] == numpy.float32(first.value)).all(), (seed, tensor.name)
                said += first.value != 0
    assert said > 10 and refused < 40


# Planted faults

FLAX_FAULTS = faults_in("flax", FAULTS)


@pytest.mark.parametrize("design", designs_of(FLAX_FAULTS), ids=str)
def test_designs_without_a_fault_pass_their_check(design: Design, tmp_path: Path) -> None:
    code, output = checked(unchanged(design, "flax", tmp_path / "out"))
    assert code == 0, output


@pytest.mark.parametrize("fault", FLAX_FAULTS, ids=str)
def test_a_planted_fault_is_found_and_a_tensor_named(fault: Fault, tmp_path: Path) -> None:
    folder = planted(fault, "flax", tmp_path)
    assert not survived(fault, *checked(folder), folder)


def exported(tmp_path: Path, name: str) -> Path:
    """The code file of a template's export."""
    return export_folder(program_of(template(name).small()), {}, "flax", tmp_path / "out")


def test_a_layer_of_another_name_is_found(tmp_path: Path) -> None:
    path = exported(tmp_path, "mlp-class")
    path.write_text(
        path.read_text().replace("self.hidden = ", "self.inner = ").replace("self.hidden(", "self.inner(")
    )
    code, output = checked(tmp_path / "out")
    assert code == 1 and "FAILED loading the file weights" in output


def test_a_gradient_that_is_stopped_is_found(tmp_path: Path) -> None:
    path = exported(tmp_path, "mlp-class")
    path.write_text(path.read_text().replace("self.hidden(x)", "jax.lax.stop_gradient(self.hidden(x))"))
    code, output = checked(tmp_path / "out")
    assert code == 1 and "gradient of params." in output
