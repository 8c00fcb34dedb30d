"""The sequence networks that ship are PyTorch's own: the same numbers from the same weights."""

from typing import Any

import pytest

from core.export import export_code
from core.program import build_program
from core.resolve import Resolver
from core.settings import with_values
from core.templates import template

torch = pytest.importorskip("torch")
nn = torch.nn


def made(key: str, **values: Any) -> dict[str, Any]:
    """What the exported code defines."""
    document = with_values(template(key).small(), values)
    text = export_code(build_program(document, Resolver(document)), "pytorch").text
    found: dict[str, Any] = {"__name__": "exported"}
    exec(compile(text, "exported.py", "exec"), found)
    return found


@pytest.mark.parametrize("norm_first", [False, True])
def test_the_encoder_layer_is_pytorch_s(norm_first: bool) -> None:
    torch.manual_seed(1)
    theirs = nn.TransformerEncoderLayer(32, 4, 64, 0.1, norm_first=norm_first, batch_first=True).double()
    ours = made("transformer-encoder")["EncoderLayer"](32, heads=4, hidden=64, norm_first=norm_first).double()
    place = "before" if norm_first else "after"
    parts = {"self_attn": "attention", "linear1": "feed_forward.linear1", "linear2": "feed_forward.linear2"}
    parts |= {"norm1": f"norm1_{place}", "norm2": f"norm2_{place}"}
    for name, part in parts.items():
        ours.get_submodule(part).load_state_dict(theirs.get_submodule(name).state_dict())
    x = torch.randn(2, 5, 32, dtype=torch.float64)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x), rtol=1e-12, atol=1e-12)
    counts = [sum(one.numel() for one in model.parameters()) for model in (ours, theirs)]
    assert counts[0] == counts[1]


def test_the_encoder_has_as_many_parameters_as_pytorch_s_in_full() -> None:
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(512, 8, 2048), 6, enable_nested_tensor=False)
    layers = nn.Sequential(*(made("transformer-encoder")["EncoderLayer"](512) for _ in range(6)))
    counts = [sum(one.numel() for one in model.parameters()) for model in (encoder, layers)]
    assert counts == [18_914_304, 18_914_304]


def test_a_gpt_2_of_other_sizes_is_made_by_its_arguments_alone() -> None:
    model = made("gpt-2")["GPT2"](vocabulary=100, context=16, width=24, heads=3, depth=4)
    assert model.head.weight is model.wte.weight and len(model.blocks) == 4
    assert model(torch.randint(100, (3, 7))).shape == (3, 7, 100)


def test_a_vision_transformer_of_other_sizes_is_made_by_its_arguments_alone() -> None:
    model = made("vit-b-16")["VisionTransformerB16"](size=32, patch=8, width=24, heads=3, depth=1, classes=5)
    assert model(torch.randn(4, 3, 32, 32)).shape == (4, 5)


def test_an_lstm_classifier_of_other_sizes_is_made_by_its_arguments_alone() -> None:
    model = made("lstm-classifier")["LSTMClassifier"](vocabulary=50, width=6, hidden=7, depth=2, classes=3)
    assert model(torch.randint(50, (4, 9))).shape == (4, 3)
