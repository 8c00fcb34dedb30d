"""Sequence layers against PyTorch: exports that prove themselves, first values, dropout, fast paths."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.export import export_code
from core.export.folder import export_folder
from core.export.pytorch.functions import functions
from core.layers import LAYERS
from core.layers.layer import bind
from core.ops.interpret import evaluate
from core.types import Type
from tests.derivative import numbers
from tests.export.sequences import SEQUENCES, heads
from tests.frameworks.checking import checked

torch: Any = pytest.importorskip("torch")
torch.set_num_threads(1)


@pytest.mark.parametrize("name", SEQUENCES)
def test_designs_of_sequence_layers_pass_their_check(name: str, tmp_path: Path) -> None:
    export_folder(SEQUENCES[name]().program(), {}, "pytorch", tmp_path / "out")
    code, output = checked(tmp_path / "out")
    assert code == 0, output


@pytest.mark.parametrize("name", SEQUENCES)
def test_they_pass_it_from_primitives_alone(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in LAYERS.values():
        if not kind.structural:
            monkeypatch.setattr(kind, "pytorch", lambda self, *inputs: None)
    export_folder(SEQUENCES[name]().program(), {}, "pytorch", tmp_path / "out")
    code, output = checked(tmp_path / "out")
    assert code == 0, output


FAULTS = [
    ("classifier", "[1][0][-2:]", "[1][0][:2]", "output"),
    ("classifier", "self.positions[: x.shape[1]]", "self.positions[1 : 1 + x.shape[1]]", "output"),
    ("classifier", "MultiheadAttention(8, 2,", "MultiheadAttention(8, 4,", "output"),
    ("tagger", "self.labels(x)[0][:, -1]", "self.labels(x)[0][:, 0]", "output"),
    ("heads", "is_causal=True", "is_causal=False", "output"),
]


@pytest.mark.parametrize(("name", "before", "after", "place"), FAULTS)
def test_a_fault_is_found(name: str, before: str, after: str, place: str, tmp_path: Path) -> None:
    path = export_folder(SEQUENCES[name]().program(), {}, "pytorch", tmp_path / "out")
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    code, output = checked(tmp_path / "out")
    assert code == 1 and f"FAILED {place}" in output, output


def test_the_mask_of_a_causal_layer_does_what_its_word_says(tmp_path: Path) -> None:
    """PyTorch may use either; where the word is taken away the mask alone has to serve."""
    path = export_folder(SEQUENCES["decoder"]().program(), {}, "pytorch", tmp_path / "out")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("is_causal=True,", "is_causal=False,"), encoding="utf-8")
    code, output = checked(tmp_path / "out")
    assert code == 0, output


@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
@pytest.mark.parametrize("causal", [False, True])
def test_attention_is_the_same_on_pytorch_s_fast_path(causal: bool, precision: Any) -> None:
    torch.manual_seed(3)
    layer = bind(LAYERS["MultiheadAttention"], {"num_heads": 2, "causal": causal})
    spelling = layer.pytorch(*[Type((2, 5, 4))] * 3)
    assert spelling is not None
    module = torch.nn.MultiheadAttention(4, 2, batch_first=True).to(precision).eval()
    x = torch.randn(2, 5, 4, dtype=precision)
    apply = spelling.apply.format(self="module", query="x", key="x", value="x")
    scope = {"module": module, "x": x, "nn": torch.nn, "torch": torch}
    exec("\n".join(functions(apply)), scope)
    with_gradient = eval(apply, scope)
    with torch.no_grad():
        without = eval(apply, scope)
    torch.testing.assert_close(without, with_gradient)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("LSTM", {"hidden_size": 150, "num_layers": 2, "bidirectional": True}),
        ("GRU", {"hidden_size": 150}),
        ("RNN", {"hidden_size": 150}),
        ("MultiheadAttention", {"num_heads": 4}),
        ("LearnedPositions", {"max_len": 300}),
    ],
)
def test_first_values_are_spread_as_in_pytorch(name: str, arguments: Any) -> None:
    torch.manual_seed(5)
    layer = bind(LAYERS[name], arguments)
    types = [Type((2, 3, 200))] * len(LAYERS[name].inputs)
    spelling = layer.pytorch(*types)
    assert spelling is not None and spelling.construct is not None
    scope = {"torch": torch, "nn": torch.nn}
    made = spelling.construct
    state = eval(made.target, scope)(*made.positional, **dict(made.keywords)).state_dict()
    tensors = layer.parameters(*types)
    assert {spelling.weights.get(key, key) for key in tensors} == set(state)
    for key, tensor in tensors.items():
        theirs = state[spelling.weights.get(key, key)].numpy()
        ours = tensor.initialiser.draw(numbers(Type(tensor.shape)), np.random.default_rng(5))
        assert ours.shape == theirs.shape
        assert ours.std() == pytest.approx(theirs.std(), rel=0.1, abs=1e-12), key
        if name != "LearnedPositions":  # a normal draw has no bound
            assert np.abs(ours).max() == pytest.approx(np.abs(theirs).max(), rel=0.05), key


@pytest.mark.parametrize("shape", [(6, 4), (5, 7), (1, 1)])
def test_the_table_of_sines_is_the_function_s(shape: tuple[int, int]) -> None:
    scope: dict[str, Any] = {"torch": torch}
    exec("\n".join(functions("sinusoids(1, 1)")), scope)
    tensor = bind(LAYERS["PositionalEncoding"], {"max_len": shape[0]}).buffers(Type((1, 1, shape[1])))[
        "table"
    ]
    ours = tensor.initialiser.draw(shape, np.random.default_rng(1))
    np.testing.assert_allclose(scope["sinusoids"](*shape).numpy(), ours, atol=1e-5)


def test_dropout_is_between_stacked_layers_and_while_training_alone() -> None:
    """With everything dropped the second level reads zeros, as PyTorch's does: no draw can differ."""
    layer = bind(LAYERS["LSTM"], {"hidden_size": 3, "num_layers": 2, "dropout": 1.0})
    run = layer.trace(Type((2, 4, 5)), training=True)
    rng = np.random.default_rng(5)
    values = {ref.index: rng.normal(size=numbers(ref.type)) for ref in (*run.inputs, *run.tensors.values())}
    module = torch.nn.LSTM(5, 3, num_layers=2, dropout=1.0, batch_first=True).double().train()
    module.load_state_dict({key: torch.from_numpy(values[ref.index]) for key, ref in run.tensors.items()})
    wanted = module(torch.from_numpy(values[run.inputs[0].index]))[0].detach().numpy()
    found = evaluate(run.trace, values)[run.result.values[0].index]
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    ready = layer.trace(Type((2, 4, 5)))
    assert all(step.primitive.name != "random_mask" for step in ready.trace.steps)


def test_dropped_attention_is_that_of_the_class_s_own_mode() -> None:
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(export_code(heads().program(), "pytorch").text, scope)
    model = scope["Heads"]()
    model.bn = torch.nn.Identity()
    q, k, v = torch.randn(2, 2, 3, 4), torch.randn(2, 2, 3, 4), torch.ones(2, 2, 3, 3)
    torch.testing.assert_close(model.eval()(q, k, v), v)
    assert (model.train()(q, k, v) != v).any()
