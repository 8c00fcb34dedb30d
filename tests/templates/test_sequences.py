"""What must hold of the sequence networks: free sizes, looking back only, one matrix at both ends."""

import numpy as np
import pytest

from core.document import Document
from core.engine.input_spec import input_specs
from core.engine.run import Mode, run
from core.engine.samples import random_sample
from core.program import Program, build_program, slots
from core.resolve import Resolver
from core.settings import with_values
from core.summary import total
from core.templates import template


def program_of(document: Document) -> Program:
    return build_program(document, Resolver(document))


def tokens(program: Program) -> np.ndarray:
    return random_sample(input_specs(program)["tokens"], 3)


@pytest.mark.parametrize(("batch", "steps"), [(1, 1), (3, 5), (2, 64)])
def test_gpt_2_reads_any_batch_and_as_many_tokens_as_its_context_holds(batch: int, steps: int) -> None:
    program = program_of(with_values(template("gpt-2").small(), {"B": batch, "T": steps}))
    logits = run(program, {}, {"tokens": tokens(program)}).outputs["logits"]
    assert logits.shape == (batch, steps, 500)


def test_gpt_2_refuses_more_tokens_than_its_context_holds() -> None:
    document = with_values(template("gpt-2").small(), {"T": 65})
    assert any("T ≤ 64" in problem.text for problem in Resolver(document).resolution.problems)


def test_gpt_2_looks_back_only() -> None:
    program = program_of(template("gpt-2").small())
    first = tokens(program)
    second = first.copy()
    second[:, 5] = (second[:, 5] + 1) % 500
    one = run(program, {}, {"tokens": first})
    other = run(program, one.drawn, {"tokens": second})
    np.testing.assert_array_equal(one.outputs["logits"][:, :5], other.outputs["logits"][:, :5])
    assert not np.allclose(one.outputs["logits"][:, 5:], other.outputs["logits"][:, 5:])


def test_gpt_2_has_one_matrix_for_reading_tokens_and_for_choosing_them() -> None:
    program = program_of(template("gpt-2").small())
    names = [slot.dotted for slot in slots(program)]
    assert "wte.weight" in names and not any(name.startswith("head") for name in names)


def test_an_encoder_normalises_before_or_after_each_part_with_as_many_parameters() -> None:
    after = template("transformer-encoder").small()
    before = with_values(after, {"norm_first": True})
    counts = [total(Resolver(document).resolution).parameters for document in (after, before)]
    assert counts[0] == counts[1]
    program = program_of(after)
    sample = {"tokens": tokens(program)}
    normed = run(program, {}, sample, mode=Mode()).outputs["y"]
    np.testing.assert_allclose(normed.mean(axis=-1), 0, atol=1e-5)  # LayerNorm is the last thing it does
    other = run(program_of(before), {}, sample, mode=Mode()).outputs["y"]
    assert abs(other.mean(axis=-1)).max() > 1e-3


@pytest.mark.parametrize("size", [32, 48])
def test_a_vision_transformer_counts_the_patches_of_its_image(size: int) -> None:
    document = with_values(template("vit-b-16").small(), {"size": size})
    found = {slot.dotted: slot.shape for slot in slots(program_of(document))}
    assert found["patches.positions.weight"] == ((size // 16) ** 2 + 1, 32)


def test_more_lstms_stand_above_each_other() -> None:
    document = with_values(template("lstm-classifier").small(), {"depth": 3})
    assert {slot.dotted for slot in slots(program_of(document))} >= {f"lstm.weight_ih_l{i}" for i in range(3)}
