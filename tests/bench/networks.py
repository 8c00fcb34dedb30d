"""The networks that the engine is measured on: designs that ship, at the benchmark's sizes, or drawn here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from core.document import Document
from core.expression import Literal
from core.record import ROOT, Node
from core.settings import with_values
from core.templates import template
from tests.engine.designs import chain, design

Values = Mapping[str, Literal]


@dataclass(frozen=True)
class Network:
    """A design, what is measured of it, and values that make it small enough to try."""

    title: str
    draw: Callable[[], Document]
    small: Values = field(default_factory=dict)
    images: bool = False
    """Whether its layout can be channels-last."""

    def document(self, *, small: bool = False) -> Document:
        """The design at the sizes that are measured, or at small ones."""
        document = self.draw()
        return with_values(document, self.small) if small else document


def _shipped(key: str, **values: Literal) -> Callable[[], Document]:
    return lambda: with_values(template(key).document(), values)


def _resnet_18_on_small_images(batch: int) -> Document:
    """With a first convolution of 3×3 and without the pool, as He et al. 2015 have it for CIFAR-10."""
    document = with_values(template("resnet-18").document(), {"B": batch, "H": 32, "W": 32, "classes": 10})
    first = {"kernel_size": 3, "stride": 1, "padding": 1}
    document = _changed(document, "conv1", lambda node: replace(node, arguments={**node.arguments, **first}))
    return _changed(document, "pool", lambda node: replace(node, kind="Identity", arguments={}))


def _mobilenet(batch: int) -> Document:
    """Nothing is dropped, so that both sides compute the same."""
    document = with_values(template("mobilenet-v2").document(), {"B": batch})
    return _changed(document, "dropout", lambda node: replace(node, arguments={**node.arguments, "p": 0.0}))


def _changed(document: Document, name: str, change: Callable[[Node], Node]) -> Document:
    """The design with another node of that name in the root."""
    node = next(node for node in document.nodes(ROOT) if node.name == name)
    return Document(change(node) if record is node else record for record in document.records.values())


def _attention(batch: int, steps: int, width: int, heads: int) -> Document:
    sizes = f"B={batch}, T={steps}"
    return design(
        {
            "x": ("Input", {"shape": f"B, T, {width}", "sizes": sizes}),
            "attention": ("MultiheadAttention", {"num_heads": heads}),
            "y": ("Output", {}),
        },
        "x > attention.query; x > attention.key; x > attention.value; attention > y",
    )


def _mlp() -> Document:
    wide = ("Linear", {"out_features": 512, "activation": "relu"})
    return chain("B, 784", wide, wide, ("Linear", {"out_features": 10}), sizes="B=128")


def _recurrent(kind: str) -> Document:
    return chain("B, T, 256", (kind, {"hidden_size": 256}), sizes="B=32, T=64")


TINY_IMAGES: dict[str, Literal] = {"depths": (1, 1, 1, 1), "width": 8, "H": 32, "W": 32, "B": 2}
TINY_ATTENTION: Values = {"B": 2, "T": 5}

NETWORKS = {
    "tiny-mlp": Network("MLP 20–256–10, batch 2", _shipped("mlp", B=2)),
    "mlp": Network("MLP 784–512–512–10, batch 128", _mlp, {"B": 3}),
    "lenet-1": Network("LeNet-5, batch 1", _shipped("lenet5", B=1), {"B": 2}, images=True),
    "lenet-64": Network("LeNet-5, batch 64", _shipped("lenet5", B=64), {"B": 2}, images=True),
    "resnet-18-1": Network(
        "ResNet-18 at 32², batch 1", lambda: _resnet_18_on_small_images(1), TINY_IMAGES, images=True
    ),
    "resnet-18-32": Network(
        "ResNet-18 at 32², batch 32", lambda: _resnet_18_on_small_images(32), TINY_IMAGES, images=True
    ),
    "resnet-50-1": Network(
        "ResNet-50 at 224², batch 1", _shipped("resnet-50", B=1), {**TINY_IMAGES, "H": 64}, images=True
    ),
    "resnet-50-8": Network(
        "ResNet-50 at 224², batch 8", _shipped("resnet-50", B=8), {**TINY_IMAGES, "H": 64}, images=True
    ),
    "mobilenet-1": Network(
        "MobileNetV2 at 224², batch 1", lambda: _mobilenet(1), {"B": 2, "H": 64, "W": 64}, images=True
    ),
    "mobilenet-8": Network(
        "MobileNetV2 at 224², batch 8", lambda: _mobilenet(8), {"B": 2, "H": 64, "W": 64}, images=True
    ),
    "u-net": Network(
        "U-Net at 128², batch 1",
        _shipped("u-net", B=1, H=128, W=128),
        {"width": 4, "H": 32, "W": 32},
        images=True,
    ),
    "attention-8": Network(
        "attention 8×128×256, 8 heads", lambda: _attention(8, 128, 256, 8), TINY_ATTENTION
    ),
    "attention-1": Network(
        "attention 1×512×768, 12 heads", lambda: _attention(1, 512, 768, 12), TINY_ATTENTION
    ),
    "gpt-2": Network(
        "GPT-2, two blocks, 1×256 tokens",
        _shipped("gpt-2", B=1, T=256, depth=2, dropout=0.0),
        {"vocabulary": 50, "width": 24, "T": 7},
    ),
    "lstm": Network("LSTM, batch 32, 64 steps, hidden 256", lambda: _recurrent("LSTM"), {"B": 2, "T": 3}),
    "gru": Network("GRU, batch 32, 64 steps, hidden 256", lambda: _recurrent("GRU"), {"B": 2, "T": 3}),
    "vit": Network(
        "ViT-B/16, batch 1",
        _shipped("vit-b-16", B=1),
        {"width": 24, "heads": 2, "hidden": 32, "depth": 1, "size": 32},
    ),
}
"""By the names that the command takes."""
