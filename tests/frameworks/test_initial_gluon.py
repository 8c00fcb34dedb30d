"""First values in exported Gluon code: what somebody said is what the parameters begin with."""

from collections.abc import Mapping
from pathlib import Path
from subprocess import run

import numpy as np
import pytest

from core.engine.weights import initial, slots_of
from core.export import export_code
from core.export.gluon.initial import initializer
from core.export.gluon.printer import GLUON
from core.export.tensors import kept_tensors
from core.export.walk import walk
from core.initial_kinds import recipe
from core.initialise import Array, Constant
from core.program import Program
from core.record import Initial
from core.templates import template
from tests.export.networks import program_of
from tests.export.random_initials import random_initials
from tests.frameworks.test_export_gluon import PYTHON
from tests.frameworks.test_initial import SETTINGS
from tests.templates.sheet import Book

DESIGNS = 60


def held(programs: Mapping[str, Program], folder: Path) -> dict[str, dict[str, Array]]:
    """What each exported network holds when it was initialised and called, by the code's names."""
    files = {name: folder / f"{name}.py" for name in programs}
    for name, program in programs.items():
        files[name].write_text(export_code(program, "gluon").text, encoding="utf-8")
    runner = Path(__file__).with_name("mxnet_initials.py")
    lines = "\n".join(map(str, files.values()))
    done = run([PYTHON, "-W", "ignore", runner], input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, dict[str, Array]] = {}
    for name, file in files.items():
        with np.load(file.with_suffix(".npz")) as arrays:
            found[name] = dict(arrays)
    return found


def said_numbers(program: Program, theirs: Mapping[str, Array]) -> int:
    """Compares all parameters that are one number, and returns how many of them somebody said."""
    ours, slots = initial(program, None, 0), slots_of(program)
    said = 0
    for one in kept_tensors(walk(program, GLUON.dialect), program, GLUON.dialect):
        numbers = [slots[slot].tensor.initialiser for slot in one.slots if slot in slots]
        learnt = all(slots[slot].learnt for slot in one.slots if slot in slots)
        if (
            learnt
            and len(numbers) == len(one.slots)
            and all(isinstance(number, Constant) for number in numbers)
        ):
            expected = one.how.there(*(ours[slot] for slot in one.slots))
            np.testing.assert_array_equal(expected, theirs[one.name], one.name)
            said += any(isinstance(number, Constant) and number.value not in (0, 1) for number in numbers)
    return said


def test_what_modules_and_nodes_say_is_what_parameters_begin_with(tmp_path: Path) -> None:
    programs = {f"design{seed}": program_of(random_initials(seed)) for seed in range(DESIGNS)}
    found = held(programs, tmp_path)
    assert sum(said_numbers(program, found[name]) for name, program in programs.items()) > DESIGNS


def test_every_kind_is_drawn_as_it_says(tmp_path: Path) -> None:
    """Deviation and mean of 30,000 draws are those of our own recipe, to four standard errors."""
    programs = {}
    for place, (kind, settings) in enumerate(SETTINGS):
        book = Book("Drawn", "")
        root = book.root.input(shape="B, 100", sizes="B=1").node("Linear", "fc", out_features=300)
        root.output().wire("x > fc > y").initial("fc", weight=(kind, dict(settings)), bias="zeros")
        programs[f"kind{place}"] = program_of(book.document())
    found = held(programs, tmp_path)
    for place, (kind, settings) in enumerate(SETTINGS):
        theirs = found[f"kind{place}"]["fc.weight"].astype(np.float64)
        ours = recipe(Initial(kind, dict(settings))).draw((300, 100), np.random.default_rng(0))
        spread = 4 * ours.std() * (2 / ours.size) ** 0.5
        assert abs(theirs.mean() - ours.mean()) < spread, kind
        assert abs(theirs.std() - ours.std()) < spread, kind
        if kind == "orthogonal":
            np.testing.assert_allclose(theirs.T @ theirs, ours.T @ ours, atol=1e-5)


def test_a_layer_is_told_its_first_values_where_it_is_made() -> None:
    text = export_code(program_of(template("initialisers").document()), "gluon").text
    assert "self.out = nn.Dense(1, weight_initializer=mx.init.Constant(42.0))" in text


def test_a_seed_of_its_own_gives_other_values_to_each_parameter_and_the_same_to_each_run(
    tmp_path: Path,
) -> None:
    program = program_of(template("initialisers").document())
    found = held({"one": program, "other": program}, tmp_path)
    for name in ("seeded.hidden.weight", "seeded.out.weight", "seeded.hidden.bias"):
        np.testing.assert_array_equal(found["one"][name], found["other"][name])
    assert found["one"]["seeded.hidden.weight"][0, 0] != found["one"]["seeded.out.weight"][0, 0]


@pytest.mark.parametrize(
    ("kind", "settings", "text"),
    [
        ("normal", {"std": 0.02}, "mx.init.Normal(0.02)"),
        ("xavier_uniform", {}, "mx.init.Xavier()"),
        ("kaiming_normal", {"a": 0.1, "mode": "fan_out"}, 'mx.init.MSRAPrelu("out", slope=0.1)'),
        ("uniform", {"low": -0.5, "high": 0.5}, "mx.init.Uniform(0.5)"),
    ],
)
def test_initializers_are_mxnet_s_own_where_it_has_one(
    kind: str, settings: dict[str, float | str], text: str
) -> None:
    assert initializer(Initial(kind, dict(settings)), {}) == text
