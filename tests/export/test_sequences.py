"""Sequence layers in code: as a person writes them, and as black formats it."""

import pytest

from core.expression import parse
from core.layers import LAYERS
from tests.export.networks import Drawing, one_layer
from tests.export.sequences import SEQUENCES
from tests.export.test_code import code_of

SEQUENCE_LAYERS = sorted(name for name, kind in LAYERS.items() if kind.category == "attention")


@pytest.mark.parametrize("name", SEQUENCES)
def test_designs_of_sequence_layers_compile(name: str) -> None:
    code_of(SEQUENCES[name]().program())


@pytest.mark.parametrize("name", SEQUENCES)
def test_they_compile_from_primitives_alone(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in SEQUENCE_LAYERS:
        monkeypatch.setattr(LAYERS[kind], "pytorch", lambda self, *inputs: None)
    code_of(SEQUENCES[name]().program())


def test_recurrent_layers_are_read_as_people_read_them() -> None:
    for arguments, wanted in (
        ({}, "self.layer(x_in)[0]"),
        ({"returns": "last"}, "self.layer(x_in)[0][:, -1]"),
        ({"returns": "last", "bidirectional": True}, "torch.cat(list(self.layer(x_in)[1][0][-2:]), dim=1)"),
    ):
        code = code_of(one_layer("LSTM", {"hidden_size": 6, **arguments}).program())
        assert f"return {wanted}  #" in code, code
    assert "return self.layer(x_in)[0][:, -1]" in code_of(one_layer("GRU").program())


def test_what_pytorch_would_warn_of_is_not_written() -> None:
    code = code_of(one_layer("LSTM", {"hidden_size": 6, "dropout": 0.5}).program())
    assert "nn.LSTM(4, 6, batch_first=True)" in code


def test_a_causal_mask_is_as_long_as_the_sequence() -> None:
    code = code_of(SEQUENCES["decoder"]().program())
    assert "attn_mask=causal_mask(x), is_causal=True" in code
    assert "generate_square_subsequent_mask(x.shape[1], device=x.device)" in code


def test_what_depends_on_an_expression_is_printed_for_its_value() -> None:
    drawing = Drawing("choice")
    drawing.module("Reader", both=1)
    drawing.node("x", "Input", shape="B, T, 3")
    drawing.node("gru", "GRU", hidden_size=2, returns="last", bidirectional=parse("both > 0"))
    drawing.node("y", "Output")
    drawing.chain("x", "gru", "y")
    drawing.main()
    drawing.node("x", "Input", shape="B, 4, 3")
    drawing.node("reader", "@Reader")
    drawing.node("y", "Output")
    drawing.chain("x", "reader", "y")
    code = code_of(drawing.program())
    assert "class GRU(nn.Module):" in code and code.count("torch.gru(") == 2


def test_a_network_called_sinusoids_does_not_hide_the_function() -> None:
    drawing = Drawing("sinusoids")
    drawing.node("x", "Input", shape="B, T, 4")
    drawing.node("sinusoids", "PositionalEncoding")
    drawing.node("relu", "ReLU")
    drawing.node("y", "Output")
    drawing.chain("x", "sinusoids", "relu", "y")
    code = code_of(drawing.program())
    assert code.count("def sinusoids(") == 1 and "= sinusoids(512, 4)" not in code
    assert "sinusoids(512, 4))" in code
