"""Names from the drawing become names in code that are safe in every target."""

import keyword

import pytest
from hypothesis import given, strategies

from core.export.names import RESERVED, SHADOWING, class_name, free, identifier, variable


@given(strategies.text(max_size=20), strategies.sets(strategies.sampled_from(["a", "a2", "layer", "x"])))
def test_any_text_becomes_a_free_identifier(name: str, taken: set[str]) -> None:
    for found in (identifier(name, taken), class_name(name, taken)):
        assert found.isidentifier()
        assert not keyword.iskeyword(found) and found not in RESERVED and found not in taken
        assert not found.startswith("_")
        compile(f"{found} = 1", "name", "exec")
    value = variable(name, taken)
    assert value.isidentifier() and value not in SHADOWING and value not in taken


@given(strategies.text(max_size=20))
def test_python_reads_an_identifier_back_unchanged(name: str) -> None:
    scope: dict[str, int] = {}
    exec(f"{identifier(name)} = 1", scope)
    assert identifier(name) in scope


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("conv 1", "conv1"),
        ("LeNet-5", "lenet5"),
        ("conv 1 2", "conv1_2"),
        ("hidden layer", "hidden_layer"),
        ("2nd", "layer_2nd"),
        ("殘差塊", "殘差塊"),
        ("ﬁlter", "filter_layer"),
        ("über-größe", "über_größe"),
        ("★ rating ★", "rating"),
        ("★", "layer"),
        ("", "layer"),
        ("_modules", "modules_layer"),
        ("weights", "weights_layer"),
        ("training", "training_layer"),
        ("T_destination", "t_destination"),
        ("lambda", "lambda_layer"),
        ("match", "match_layer"),
        ("ResidualCNN", "residual_cnn"),
        ("LeNet5", "lenet5"),
        ("MyResNet18", "my_resnet18"),
        ("MobileNetV2", "mobilenet_v2"),
        ("LeakyReLU 2", "leaky_relu2"),
        ("Conv2D", "conv2d"),
        ("Fixed MLP in PyTorch", "fixed_mlp_in_pytorch"),
        ("MLPInTensorFlow", "mlp_in_tensorflow"),
        ("MXNet", "mxnet"),
        ("NiN", "nin"),
        ("GoogLeNet", "googlenet"),
        ("ASPPNet", "aspp_net"),
        ("MyNet", "mynet"),
        ("QKV", "qkv"),
    ],
)
def test_a_layer_s_name_in_code(name: str, code: str) -> None:
    assert identifier(name) == code


@pytest.mark.parametrize(
    ("name", "code"),
    [("loss", "loss"), ("weights", "weights"), ("sum", "sum_"), ("model", "model_"), ("★", "x"), ("F", "f")],
)
def test_a_value_s_name_only_leaves_alone_what_the_code_around_it_reads(name: str, code: str) -> None:
    assert variable(name) == code


@pytest.mark.parametrize(
    "name", ["input", "layers", "name", "training", "forward", "weights", "call", "setup"]
)
def test_what_a_base_class_means_by_a_name_is_reserved(name: str) -> None:
    assert name in RESERVED


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("residual block", "ResidualBlock"),
        ("MLP", "MLP"),
        ("mlp", "MLP"),
        ("LeNet-5", "LeNet5"),
        ("殘差塊", "殘差塊"),
        ("3d block", "Module3dBlock"),
        ("none", "None_"),
    ],
)
def test_a_module_s_name_as_a_class(name: str, code: str) -> None:
    assert class_name(name) == code


def test_a_taken_name_is_numbered_so_that_it_stays_readable() -> None:
    assert identifier("conv", {"conv"}) == "conv2"
    assert identifier("conv 1", {"conv1"}) == "conv1_2"
    assert free("h", {"h", "h2"}) == "h3"
