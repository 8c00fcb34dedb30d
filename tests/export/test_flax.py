"""Designs as Flax: where images have channels last."""

import numpy as np
import pytest

from core.export import ExportError, export_code
from core.export.flax.arranged import Gate
from core.export.flax.initial import told
from core.export.flax.shapes import with_channels_first, with_channels_last
from core.export.flax.translated import translated
from core.export.form import ClassForm, Everywhere, Fill, Filling, FillOne, Form, Member
from core.export.heads import Block, Heads, Joined
from core.layers.spelling import Code
from core.record import Initial
from core.templates import Template, template, templates
from core.use import Use
from tests.export.networks import program_of
from tests.templates.sheet import Book


def text_of(name: str) -> str:
    """A template's code."""
    return export_code(program_of(template(name).document()), "flax").text


@pytest.mark.parametrize("one", templates(), ids=lambda one: one.id)
def test_every_template_is_code_that_compiles(one: Template) -> None:
    compile(export_code(program_of(one.document()), "flax").text, "exported.py", "exec")


def test_a_network_of_images_takes_them_with_channels_last_and_turns_none() -> None:
    for name in ("residual-cnn", "resnet-18", "mobilenet-v2"):
        text = text_of(name)
        assert "moveaxis" not in text
    text = text_of("residual-cnn")
    assert "x = nn.relu(self.stem_bn(self.stem(image)))  # (B, 32, 32, 16)" in text
    assert "image = jax.random.normal(jax.random.key(0), (4, 32, 32, 3))" in text


def test_images_are_flattened_in_the_order_of_the_drawing() -> None:
    text = text_of("lenet5")
    assert "jnp.moveaxis(x, -1, 1).reshape(x.shape[0], -1)" in text
    assert text.count("moveaxis") == 1
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


# First values


def test_a_layer_is_told_its_first_values() -> None:
    book = chain()
    book.root.initial("fc1", weight="xavier_uniform", bias=("constant", 0.1))
    text = export_code(program_of(book.document()), "flax").text
    assert "kernel_init=nn.initializers.xavier_uniform()" in text
    assert "bias_init=nn.initializers.constant(0.1)" in text
    assert text.count("_init=") == 2


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (
            ("normal", {"mean": 1, "std": 0.5}),
            "lambda key, *shape: 1.0 + nn.initializers.normal(0.5)(key, *shape)",
        ),
        (("uniform", -1, 1), "lambda key, shape, dtype: jax.random.uniform(key, shape, dtype, -1.0, 1.0)"),
        (("truncated_normal", 0, 0.02), "nn.initializers.truncated_normal(0.02, lower=-100.0, upper=100.0)"),
        (("xavier_normal", 2), 'nn.initializers.variance_scaling(4.0, "fan_avg", "normal")'),
        (
            ("kaiming_uniform", {"mode": "fan_out", "nonlinearity": "relu"}),
            'nn.initializers.variance_scaling(2.0, "fan_out", "uniform")',
        ),
        (("orthogonal", {}), "nn.initializers.orthogonal()"),
        (("normal", {"seed": 3}), 'Seeded(nn.initializers.normal(1.0), 3, (*self.path, "fc1.kernel"))'),
    ],
)
def test_every_kind_of_first_values_has_an_initializer(kind: object, words: str) -> None:
    book = chain()
    book.root.initial("fc1", weight=kind)
    text = export_code(program_of(book.document()), "flax").text
    joined = " ".join(text.split()).replace("( ", "(").replace(" )", ")").replace(",)", ")")
    assert f"kernel_init={words}" in joined


def test_what_is_said_around_a_class_comes_in_by_a_field_and_what_it_says_itself_wins() -> None:
    text = text_of("initialisers")
    assert "    bias_init: Callable = nn.initializers.zeros\n" in text
    # One of its users has a seed, so that its layers say where they stand.
    assert 'kernel_init=placed(self.kernel_init, *self.path, "hidden.kernel")' in text
    assert "8, bias_init=self.bias_init, kernel_init=nn.initializers.xavier_uniform()" in text


def test_first_values_that_no_keyword_tells_are_refused_at_their_node() -> None:
    book = Book("reader", "")
    root = book.root.input(shape="B, T, 4", sizes="B=2, T=3").node("LSTM", "lstm", hidden_size=4)
    root.output().wire("x > lstm > y").initial("lstm", weights="zeros")
    with pytest.raises(ExportError, match="lstm: linen has no keyword for the first values"):
        export_code(program_of(book.document()), "flax")


def test_each_of_a_row_of_layers_is_told_its_first_values() -> None:
    book = chain()
    book.root.node("Linear", "row", out_features=4, repeat=3).initial("row", weight="ones")
    book.root.wire("fc1 > row")
    text = export_code(program_of(book.document()), "flax").text
    assert text.count("kernel_init=nn.initializers.ones") == 1
    assert "[nn.Dense(4, kernel_init=nn.initializers.ones) for _ in range(3)]" in text


@pytest.mark.parametrize(
    "filling",
    [
        FillOne(at="self.fcs[0].kernel", initial=Initial("ones"), nodes=("node",)),
        Everywhere(
            at="self",
            fills=(
                Fill(
                    key="bias",
                    initial=Initial("ones"),
                    kinds=(("bias", ("nn.Conv",), False),),
                    names=("bias",),
                    is_named_so=True,
                ),
            ),
            nodes=("node",),
        ),
    ],
    ids=["one of a list", "a kind that is not there"],
)
def test_first_values_of_what_is_not_found_are_refused_and_not_dropped(filling: Filling) -> None:
    layer = Member(attribute="fcs", code=Code("nn.Dense", (4,)), node="node")
    form = ClassForm(definition="", name="Net", title="", members=(layer,), fillings=(filling,))
    with pytest.raises(ExportError, match="linen has no keyword") as raised:
        told(Form(classes=(form,), samples=()))
    assert raised.value.path == ("node",)


def test_a_choice_with_a_function_in_it_beside_first_values_is_written() -> None:
    book = Book("Net", "")
    root = book.root.argument("deep", 1).input(shape="B, 4", sizes="B=2").node("Linear", "fc", out_features=4)
    root.initial("fc", bias="ones")
    root.node("Choose", "way", condition="=deep > 0", then=Use("ReLU"), otherwise=Use("Tanh")).output()
    text = export_code(program_of(root.wire("x > fc > way > y").book.document()), "flax").text
    assert "bias_init=nn.initializers.ones" in text and "nn.relu if self.deep > 0 else nn.tanh" in text


def chain() -> Book:
    """x → fc1 → fc2 → y."""
    book = Book("chain", "")
    root = book.root.input(shape="B, 4", sizes="B=2").node("Linear", "fc1", out_features=4)
    return root.node("Linear", "fc2", out_features=4).output().wire("x > fc1 > fc2 > y").book


# Tensors that are laid out otherwise


@pytest.mark.parametrize(
    ("how", "shapes", "theirs"),
    [
        (Gate(1, 4), [(8, 3)], (3, 2)),
        (Gate(2, 3, biases=2), [(6,), (6,)], (2,)),
        (Block(1, 3), [(12, 5)], (4, 5)),
        (Heads(2, 1, 3), [(12, 5)], (5, 2, 2)),
        (Heads(2, 0, 3), [(12,)], (2, 2)),
        (Joined(2), [(5, 4)], (2, 2, 5)),
    ],
)
def test_a_tensor_that_is_taken_back_and_laid_out_again_is_the_same(
    how: Gate | Block | Heads | Joined, shapes: list[tuple[int, ...]], theirs: tuple[int, ...]
) -> None:
    generator = np.random.default_rng(0)
    given = generator.normal(size=theirs)
    ours = how.back(given)
    assert [one.shape for one in ours] == shapes
    assert np.array_equal(how.there(*ours), given)


def test_blocks_of_a_packed_tensor_that_are_taken_back_add_up_to_it() -> None:
    packed = np.random.default_rng(0).normal(size=(8, 3))
    gates = [Gate(place, 4) for place in range(4)]
    assert np.array_equal(sum(gate.back(gate.there(packed))[0] for gate in gates), packed)
