"""The designs that ship: their files, their counts, and that each opens, runs and learns."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from core.condition import Condition
from core.document import Document
from core.engine.input_spec import input_specs
from core.engine.run import Mode, Result, run
from core.engine.samples import random_sample
from core.export import export_code
from core.export.names import class_name
from core.files import dumps
from core.program import Program, build_program, slots
from core.record import ROOT
from core.resolve import Resolver
from core.settings import with_setting, with_values
from core.summary import total
from core.templates import FOLDER, SMALL, template, templates
from tests.templates.books import BOOKS
from tests.templates.counts import DERIVED, PUBLISHED

ALL = [entry.id for entry in templates()]
MOST_PARAMETERS = 1_000_000


def program_of(document: Document) -> Program:
    return build_program(document, Resolver(document))


def parameters(document: Document) -> int | None:
    return total(Resolver(document).resolution).parameters


def ran(program: Program, backward: bool = True) -> Result:
    samples = {name: random_sample(spec, 1) for name, spec in input_specs(program).items()}
    return run(program, {}, samples, 0, Mode(backward=backward, training=True))


def test_the_index_lists_every_file_once() -> None:
    assert sorted(ALL) == sorted(file.stem for file in FOLDER.glob("*.loom"))


@pytest.mark.parametrize("key", BOOKS)
def test_the_file_is_what_the_statements_give(key: str) -> None:
    assert (FOLDER / f"{key}.loom").read_bytes() == dumps(BOOKS[key]().document()), (
        "python -m tests.templates writes it"
    )


@pytest.mark.parametrize("key", ALL)
def test_every_template_opens_without_problems_and_says_what_it_is(key: str) -> None:
    entry = template(key)
    resolution = Resolver(entry.document()).resolution
    assert [problem.text for problem in resolution.problems if problem.kind != "condition"] == []
    assert all(condition.holds(resolution.symbols) for condition in conditions(entry.document()))
    assert entry.title and entry.group
    assert re.fullmatch(r"[A-Z0-9].*\.", entry.help), "a sentence, as all of them"


def conditions(document: Document) -> Iterator[Condition]:
    """What the sizes have to fulfil, of every call."""
    for _, call in Resolver(document).resolution.root.contexts():
        yield from (condition for _, condition in call.conditions)


@pytest.mark.parametrize("key", PUBLISHED)
def test_the_network_has_as_many_parameters_as_is_published(key: str) -> None:
    count, source = PUBLISHED[key]
    assert parameters(template(key).document()) == count, source


@pytest.mark.parametrize("key", DERIVED)
def test_the_network_has_as_many_parameters_as_its_paper_s_figures_give(key: str) -> None:
    assert parameters(template(key).document()) == DERIVED[key]()


def test_other_depths_make_resnet_50_the_152_layers_deep_one() -> None:
    deep = with_values(template("resnet-50").document(), {"depths": (3, 8, 36, 3)})
    assert parameters(deep) == PUBLISHED["resnet-152"][0]


@pytest.mark.parametrize("key", BOOKS)
def test_the_small_setting_is_small(key: str) -> None:
    document = template(key).document()
    assert SMALL in document.module(ROOT).settings
    count = parameters(with_setting(document, SMALL))
    assert count is not None and count <= MOST_PARAMETERS


@pytest.mark.parametrize("key", ALL)
def test_every_call_runs_forward_and_backward_and_every_parameter_is_reached(key: str) -> None:
    program = program_of(template(key).small())
    result = ran(program)
    assert not result.skipped
    assert all(np.isfinite(output).all() for output in result.outputs.values())
    learnt = {slot.name for slot in slots(program) if slot.learnt}
    reached = {name for name, array in result.parameter_gradients.items() if np.isfinite(array).all()}
    assert reached == learnt


@pytest.mark.parametrize("size", [(16, 16), (37, 45), (50, 33)])
def test_a_u_net_gives_an_image_of_the_size_it_was_given(size: tuple[int, int]) -> None:
    height, width = size
    document = with_values(template("u-net").small(), {"H": height, "W": width})
    assert ran(program_of(document), backward=False).outputs["logits"].shape == (2, 1, height, width)


def test_both_images_of_the_siamese_network_go_through_one_set_of_weights() -> None:
    program = program_of(template("siamese").small())
    samples = {name: random_sample(spec, 1) for name, spec in input_specs(program).items()}
    same = dict.fromkeys(samples, samples["left"])
    first, changed = (run(program, {}, given, 0, Mode()) for given in (same, samples))
    bias = next(array for array in first.drawn.values() if array.shape == (1,))
    np.testing.assert_allclose(first.outputs["alike"], np.broadcast_to(bias, (2, 1)), rtol=1e-6)
    assert not np.allclose(changed.outputs["alike"], first.outputs["alike"])


def test_a_vae_draws_while_it_trains_and_answers_the_same_otherwise() -> None:
    program = program_of(template("vae").small())
    samples = {name: random_sample(spec, 1) for name, spec in input_specs(program).items()}
    first = run(program, {}, samples, 0, Mode())
    again = run(program, first.drawn, samples, 1, Mode())
    drawn = run(program, first.drawn, samples, 1, replace(Mode(), training=True))
    assert np.array_equal(first.outputs["reconstruction"], again.outputs["reconstruction"])
    assert not np.allclose(drawn.outputs["reconstruction"], first.outputs["reconstruction"])


IN_PLACE = {"IsLarge", "Halve"}
"""Parts of a loop that keep nothing: they are written in the loop."""


@pytest.mark.parametrize("key", BOOKS)
def test_the_code_has_a_class_for_each_module_and_none_twice(key: str) -> None:
    document = template(key).document()
    text = export_code(program_of(document), "pytorch").text
    compile(text, f"{key}.py", "exec")
    bodies = [part.split("\n", 1)[1] for part in text.split("\nclass ")[1:]]
    assert all(one != other for one, other in combinations(bodies, 2))
    used = {class_name(record.name) for record in document.modules()} - IN_PLACE
    made = {part.split("(")[0] for part in text.split("\nclass ")[1:]}
    assert used - made <= {class_name(document.module(ROOT).name)}, "a network that is a chain is a function"
    assert len(made - used) <= 1, "a layer that a choice picks may have a class"


def test_resnet_50_s_code_has_four_classes_and_a_loop_for_stages_and_one_for_blocks() -> None:
    text = export_code(program_of(template("resnet-50").document()), "pytorch").text
    classes = [part.split("(")[0] for part in text.split("\nclass ")[1:]]
    assert sorted(classes) == ["Bottleneck", "Projection", "ResNet50", "Stage"]
    assert text.count("\n        for i") == 2
    assert text.count("nn.Conv2d(") == 5, "three of a bottleneck, the shortcut's and the first"
