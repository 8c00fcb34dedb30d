"""Every entry of the library that ships is, exported, the same network in PyTorch."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from core.export import export_code
from core.expression import Value
from core.program import build_program
from core.resolve import Resolver
from tests.core.test_library import holding

torch: Any = pytest.importorskip("torch")

THEIR_NAMES = {"attention": "self_attn", "cross": "multihead_attn", "before": "norm"}


def model_of(name: str, given: Mapping[str, Value]) -> Any:
    """The exported class of a network that is the entry with these arguments."""
    document, instance, _ = holding(name)
    with document.edit("Arguments"):
        node = document.node(instance)
        document.put(replace(node, arguments={**node.arguments, **given}))
    scope: dict[str, Any] = {"__name__": "exported"}
    text = export_code(build_program(document, Resolver(document)), "pytorch").text
    exec(text, scope)
    (root,) = re.findall(r"model = (\w+)\(\)", text)
    return scope[root]().eval()


def their_name(key: str) -> str:
    found = re.search(r"(attention|cross|before|norm|linear)(\d?)\.(.*)$", key)
    assert found is not None, key
    return f"{THEIR_NAMES.get(found[1], found[1])}{found[2]}.{found[3]}"


@pytest.mark.parametrize("activation", ["relu", "gelu"])
@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", ["TransformerEncoderLayer", "TransformerDecoderLayer"])
def test_the_layers_of_a_transformer_are_pytorch_s(
    name: str, causal: bool, norm_first: bool, activation: str
) -> None:
    torch.manual_seed(2)
    given: dict[str, Value] = {"hidden": 24, "heads": 4, "activation": activation}
    ours = model_of(name, {**given, "norm_first": norm_first, "causal": causal})
    settings = {"activation": activation, "norm_first": norm_first, "batch_first": True}
    theirs = getattr(torch.nn, name)(64, 4, 24, **settings).eval()
    theirs.load_state_dict({their_name(key): value for key, value in ours.state_dict().items()})
    x = torch.randn(2, 5, 64)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(5) if causal else None
    wanted = theirs(x, mask) if name == "TransformerEncoderLayer" else theirs(x, x, mask)
    torch.testing.assert_close(ours(x), wanted)


MERGED: Mapping[str, Any] = {
    "concat": lambda a, b: torch.cat([a, b], dim=-1),
    "sum": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "ave": lambda a, b: (a + b) / 2,
}


@pytest.mark.parametrize("merge", MERGED)
def test_both_directions_are_merged_as_their_word_says(merge: str) -> None:
    torch.manual_seed(2)
    ours = model_of("Bidirectional", {"merge": merge})
    theirs = torch.nn.GRU(64, 64, batch_first=True, bidirectional=True)
    state = {
        f"{key.rsplit('.')[-1]}{'_reverse' if 'backward' in key else ''}": value
        for key, value in ours.state_dict().items()
    }
    theirs.load_state_dict(state)
    x = torch.randn(2, 5, 64)
    torch.testing.assert_close(ours(x), MERGED[merge](*theirs(x)[0].chunk(2, dim=-1)))
