"""Designs as Flax: golden files, and where images have channels last."""

from pathlib import Path

import pytest

from core.export import export_code
from core.export.flax.layout import with_channels_first, with_channels_last
from core.export.flax.translated import translated
from core.templates import Template, template, templates
from tests.export.networks import program_of

GOLDEN = Path(__file__).parent / "golden" / "flax"


def text_of(name: str) -> str:
    """A template's code."""
    return export_code(program_of(template(name).document()), "flax").text


@pytest.mark.parametrize("name", ["mlp", "mlp-class"])
def test_code_is_as_it_was_approved(name: str) -> None:
    approved = (GOLDEN / f"{name.replace('-', '_')}.py.txt").read_text(encoding="utf-8")
    assert text_of(name) == approved


@pytest.mark.parametrize("one", templates(), ids=lambda one: one.id)
def test_every_template_is_code_that_compiles(one: Template) -> None:
    compile(export_code(program_of(one.document()), "flax").text, "exported.py", "exec")


def test_a_block_turns_its_images_where_they_come_in_and_where_they_leave_alone() -> None:
    text = text_of("residual-cnn").partition("class Block")[2].partition("def residual_cnn")[0]
    body = text.partition("def __call__")[2]
    assert body.count("jnp.moveaxis(x, 1, -1)") == 2, "two convolutions read the block's input"
    assert body.count(", -1, 1)") == 1
    assert "nn.relu(self.bn1(self.conv1(" in body


def test_images_are_flattened_in_the_order_of_the_drawing() -> None:
    text = text_of("lenet5")
    assert "jnp.moveaxis(x, -1, 1).reshape(x.shape[0], -1)" in text
    assert "x = nn.avg_pool(x, (2, 2), strides=(2, 2))  # (B, 14, 14, 6)" in text


def test_sizes_of_images_are_written_in_the_order_that_they_have() -> None:
    assert with_channels_last("(B, 8 * width, (H + 1) // 2, W)") == "(B, (H + 1) // 2, W, 8 * width)"
    assert with_channels_first("(B, H, W, C)") == "(B, C, H, W)"
    assert with_channels_last("(B, 10)") == "(B, 10)" and with_channels_last("scalar") == "scalar"
    assert with_channels_last("(B, 3, H, W), (B, 4)") == "(B, 3, H, W), (B, 4)"


def test_an_expression_has_jax_s_names() -> None:
    assert translated("torch.cat([{x1}, {x2}], dim=-1)") == "jnp.concatenate([{x1}, {x2}], axis=-1)"
    assert translated("{x}.sum(dim=1, keepdim=True)") == "{x}.sum(axis=1, keepdims=True)"
    assert translated("F.fold({x}, 3)") is None
