"""First values as code: golden files, who wins, and the layout."""

from pathlib import Path

import pytest

from core.export import export_code
from core.record import Initial
from tests.export.networks import program_of
from tests.export.random_initials import random_initials
from tests.export.test_code import code_of
from tests.templates.initialisers import initialisers
from tests.templates.sheet import Book

GOLDEN = Path(__file__).parent / "golden"


def test_the_text_s_initialisers_are_as_they_were_approved() -> None:
    text = code_of(program_of(initialisers().document()))
    assert text == (GOLDEN / "initialisers.py.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("seed", range(100))
def test_random_designs_with_first_values_are_formatted_code(seed: int) -> None:
    code_of(program_of(random_initials(seed)))


def written(book: Book) -> list[str]:
    """The lines of the constructor of the root behind its members."""
    text = code_of(program_of(book.document()))
    body = text.rpartition("super().__init__()\n")[2].partition("\n\n")[0]
    lines = [line.removeprefix("        ") for line in body.splitlines()]
    return [line for line in lines if not line.startswith("self.")]


def chain() -> Book:
    """x → fc1 → fc2 → y."""
    book = Book("chain", "")
    root = book.root.input(shape="B, 4", sizes="B=2").node("Linear", "fc1", out_features=4)
    return root.node("Linear", "fc2", out_features=4).output().wire("x > fc1 > fc2 > y").book


def test_a_chain_that_says_nothing_stays_a_chain_and_becomes_a_class_with_first_values() -> None:
    book = chain()
    assert "nn.Sequential" in code_of(program_of(book.document()))
    book.root.initial("fc2", weight="xavier_uniform", bias=("constant", 0.1))
    text = code_of(program_of(book.document()))
    assert "class Chain(nn.Module):" in text and "nn.Sequential" not in text
    assert written(book) == [
        "nn.init.xavier_uniform_(self.fc2.weight)",
        "nn.init.constant_(self.fc2.bias, 0.1)",
    ]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("zeros", "nn.init.zeros_(self.fc1.weight)"),
        ("ones", "nn.init.ones_(self.fc1.weight)"),
        (("constant", 42), "nn.init.constant_(self.fc1.weight, 42.0)"),
        (("uniform", -1, 1), "nn.init.uniform_(self.fc1.weight, a=-1.0)"),
        (("normal", {"std": 0.01}), "nn.init.normal_(self.fc1.weight, std=0.01)"),
        (("truncated_normal", 0, 0.02), "nn.init.trunc_normal_(self.fc1.weight, std=0.02)"),
        (("xavier_normal", 2), "nn.init.xavier_normal_(self.fc1.weight, gain=2.0)"),
        (
            ("kaiming_normal", {"mode": "fan_out", "nonlinearity": "relu"}),
            'nn.init.kaiming_normal_(self.fc1.weight, mode="fan_out", nonlinearity="relu")',
        ),
        (("orthogonal", {}), "nn.init.orthogonal_(self.fc1.weight)"),
        (
            ("normal", {"seed": 3}),
            "nn.init.normal_(self.fc1.weight, generator=torch.Generator().manual_seed(3))",
        ),
    ],
)
def test_a_kind_is_written_with_the_settings_that_are_no_defaults(kind: object, line: str) -> None:
    book = chain()
    book.root.initial("fc1", weight=kind)
    assert " ".join(part.strip() for part in written(book)).replace("( ", "(").replace(" )", ")") == line


def test_pytorch_s_own_first_values_are_not_written() -> None:
    book = chain()
    before = code_of(program_of(book.document()))
    book.root.initial("fc1", weight="default")
    assert code_of(program_of(book.document())) == before


def test_a_repeated_layer_is_filled_in_a_loop_and_what_it_says_comes_after_the_network() -> None:
    book = chain()
    book.root.initial(weights=("normal", 0, 0.01))
    book.root.node("Linear", "convs", out_features=4, repeat=3).initial("convs", weight="ones")
    book.root.wire("fc1 > convs")
    assert written(book) == [
        "for module in self.modules():",
        "    if isinstance(module, nn.Linear):",
        "        nn.init.normal_(module.weight, std=0.01)",
        "for conv in self.convs:",
        "    nn.init.ones_(conv.weight)",
    ]


def test_what_a_module_inside_says_is_left_alone_and_the_rest_is_filled_around_it() -> None:
    book = Book("outer", "")
    inner = book.sheet("Inner").input().initial(weights="ones")
    inner.node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    root = book.root.input(shape="B, 4", sizes="B=2").initial(weights="orthogonal", biases="zeros")
    root.node(inner, "a").node("Linear", "b", out_features=4, bias=False).output().wire("x > a > b > y")
    assert written(book) == [
        "for module in self.modules():",
        "    if isinstance(module, nn.Linear) and module.bias is not None:",
        "        nn.init.zeros_(module.bias)",
        "nn.init.orthogonal_(self.b.weight)",
    ]


def test_parameters_that_no_short_list_of_layers_names_are_told_by_their_axes_and_names() -> None:
    book = Book("rows", "")
    root = book.root.input(shape="B, 5, 4", sizes="B=2").initial(weights="orthogonal", biases="zeros")
    root.node("LSTM", "lstm", hidden_size=4).node("Linear", "fc", out_features=2).output()
    root.wire("x > lstm > fc > y")
    assert written(book) == [
        "for name, parameter in self.named_parameters():",
        "    if parameter.dim() > 1:",
        "        nn.init.orthogonal_(parameter)",
        '    if "bias" in name.split(".")[-1]:',
        "        nn.init.zeros_(parameter)",
    ]


def test_lines_of_first_values_lead_to_their_nodes() -> None:
    book = chain()
    book.root.initial("fc1", weight="ones")
    found = export_code(program_of(book.document()), "pytorch")
    lines = found.text.splitlines()
    assert "nn.init.ones_(self.fc1.weight)" in [
        lines[number - 1].strip() for number in found.places(book.root.nodes["fc1"].id)
    ]
    assert book.root.nodes["fc1"].initial == {"weight": Initial("ones")}
