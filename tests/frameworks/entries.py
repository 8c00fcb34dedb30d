"""The library's entries as small networks, for the exporters' tests."""

from msgspec.structs import replace

from core import edits
from core.expression import Value
from core.program import Program, build_program
from core.resolve import Resolver
from tests.core.drawing import named
from tests.core.test_library import ENTRIES, holding

SMALL: dict[str, dict[str, Value]] = {
    "InceptionBlock": {"c1": 4, "c3": (3, 5), "c5": (2, 4), "pool": 3},
    "PatchEmbedding": {"patch": 4, "width": 6},
    "TransformerEncoderLayer": {"hidden": 16, "norm_first": True, "activation": "gelu", "causal": True},
    "TransformerDecoderLayer": {"hidden": 16},
    "MaskedTransformerEncoderLayer": {"hidden": 16, "bias": False},
    "MaskedTransformerDecoderLayer": {"hidden": 16, "norm_first": True},
    "Bidirectional": {"merge": "mul"},
    "SeparableConv2d": {
        "channels": 5,
        "padding": "valid",
        "dilation": 2,
        "depth_multiplier": 3,
        "bias": False,
    },
}


def small_entry(name: str) -> Program:
    """A network that is one entry, with arguments that make it small."""
    document, instance, module = holding(name)
    if document.node(named(document, "x").id).arguments["shape"] == "B, 32, 16, 16":
        edits.set_argument(document, named(document, "x").id, "shape", "B, 4, 8, 8")
    declared = {argument.name for argument in document.module(module).arguments}
    small = SMALL.get(name, {"width": 4, "channels": 4, "growth": 3})
    with document.edit("Small"):
        node = document.node(instance)
        given = {key: value for key, value in small.items() if key in declared}
        document.put(replace(node, arguments={**node.arguments, **given}))
    return build_program(document, Resolver(document))


NAMES = sorted(ENTRIES)
"""All of them."""
