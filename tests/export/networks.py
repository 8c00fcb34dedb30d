"""Small designs made of records, for the exports' tests; ids are the names, so that tests can read them."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from core.document import Document
from core.expression import parse
from core.layers import LAYERS
from core.layers.layer import layer_ports
from core.program import Program, build_program
from core.record import ROOT, Module, ModuleArgument, Node, Wire
from core.resolve import Resolver


class Drawing:
    """Collects records; `at` is the module that nodes and wires go to."""

    def __init__(self, name: str) -> None:
        self.records: list[Module | Node | Wire] = [Module(id=ROOT, name=name)]
        self.at = ROOT

    def module(self, name: str, help: str = "", **arguments: int) -> None:
        """Starts a definition whose id is its name."""
        declared = tuple(ModuleArgument(name=key, default=value) for key, value in arguments.items())
        self.records.append(Module(id=name, name=name, arguments=declared, help=help))
        self.at = name

    def main(self) -> None:
        """Goes back to the root."""
        self.at = ROOT

    def node(self, name: str, kind: str, **arguments: Any) -> str:
        """A node; `@block` as a kind is an instance. Its id is its name, with the module's before it."""
        key = name if self.at == ROOT else f"{self.at}/{name}"
        self.records.append(Node(id=key, module=self.at, kind=kind, name=name, arguments=arguments))
        return key

    def wire(self, source: str, target: str) -> None:
        """A wire between ports: `conv`, or `conv.y`, to `add.x2`."""
        start, _, source_port = source.partition(".")
        end, _, target_port = target.partition(".")
        before = "" if self.at == ROOT else f"{self.at}/"
        self.records.append(
            Wire(
                id=f"wire {len(self.records)}",
                module=self.at,
                source=before + start,
                source_port=source_port or "y",
                target=before + end,
                target_port=target_port or "x",
            )
        )

    def chain(self, *names: str) -> None:
        """Wires each to the next."""
        for source, target in pairwise(names):
            self.wire(source.split(".")[0], target)

    def program(self) -> Program:
        """The design resolved and lowered."""
        return program_of(Document(self.records))


def program_of(document: Document) -> Program:
    """The program of a document."""
    return build_program(document, Resolver(document))


def one_layer(
    kind: str,
    arguments: Mapping[str, Any] | None = None,
    inputs: Mapping[str, tuple[int, ...]] | None = None,
    name: str = "",
) -> Drawing:
    """The layer's example as a network: an Input for each of its inputs, an Output for each output."""
    layer = LAYERS[kind]
    drawing = Drawing(name or f"one {kind}")
    given = layer.example.arguments if arguments is None else arguments
    drawing.node("layer", kind, **given)
    for order, (port, shape) in enumerate((inputs or layer.example.inputs).items()):
        sizes = ", ".join(map(str, shape))
        bound = layer.example.integers.get(port)
        whole = {} if bound is None else {"dtype": "int64", "bound": bound}
        drawing.node(f"{port} in", "Input", shape=sizes, order=order, **whole)
        source = f"{port} in"
        for within, made in ((layer.example.positive, "Exp"), (layer.example.probabilities, "Sigmoid")):
            if port in within:
                source = f"{port} within bounds"
                drawing.node(source, made)
                drawing.chain(f"{port} in", source)
        drawing.wire(source, f"layer.{port}")
    for order, port in enumerate(layer_ports(layer, given)[1]):
        drawing.node(f"{port} out", "Output", order=order)
        drawing.wire(f"layer.{port}", f"{port} out")
    if not layer.example.inputs:
        _fed(drawing)
    return drawing


def _fed(drawing: Drawing) -> None:
    """A network needs an input: it is multiplied by the constant."""
    drawing.records = [record for record in drawing.records if not isinstance(record, Wire)]
    drawing.node("x", "Input", shape="3, 4")
    drawing.node("product", "Multiply")
    drawing.wire("layer", "product.x1")
    drawing.wire("x", "product.x2")
    drawing.wire("product", "y out")


def mlp() -> Drawing:
    """The text's network as a chain."""
    drawing = Drawing("mlp")
    drawing.node("x", "Input", shape="B, 20")
    drawing.node("hidden", "Linear", out_features=256)
    drawing.node("relu", "ReLU")
    drawing.node("out", "Linear", out_features=10)
    drawing.node("y", "Output")
    drawing.chain("x", "hidden", "relu", "out", "y")
    return drawing


def mlp_class() -> Drawing:
    """The text's network as a module of its own, used twice."""
    drawing = Drawing("mlp class")
    drawing.module("MLP", "A hidden layer, ReLU, and an output layer.", hidden_features=256, out_features=10)
    drawing.node("x", "Input")
    drawing.node("hidden", "Linear", out_features=parse("hidden_features"))
    drawing.node("relu", "ReLU")
    drawing.node("out", "Linear", out_features=parse("out_features"))
    drawing.node("y", "Output")
    drawing.chain("x", "hidden", "relu", "out", "y")
    drawing.main()
    drawing.node("x", "Input", shape="B, 20")
    drawing.node("first", "@MLP", out_features=16)
    drawing.node("second", "@MLP", hidden_features=32)
    drawing.node("y", "Output")
    drawing.wire("x", "first")
    drawing.wire("first", "second")
    drawing.wire("second", "y")
    return drawing


def lenet5() -> Drawing:
    """LeNet-5 with fused activations and its loss: two inputs, two outputs."""
    drawing = Drawing("LeNet-5")
    drawing.node("image", "Input", shape="B, 1, 28, 28", sizes="B=3")
    drawing.node("conv 1", "Conv2d", out_channels=6, kernel_size=5, padding=2, activation="relu")
    drawing.node("pool 1", "AvgPool2d", kernel_size=2)
    drawing.node("conv 2", "Conv2d", out_channels=16, kernel_size=5, activation="relu")
    drawing.node("pool 2", "AvgPool2d", kernel_size=2)
    drawing.node("flatten", "Flatten")
    drawing.node("fc1", "Linear", out_features=120, activation="relu")
    drawing.node("fc2", "Linear", out_features=84, activation="leaky_relu")
    drawing.node("fc3", "Linear", out_features=10)
    drawing.node("logits", "Output")
    drawing.chain("image", "conv 1", "pool 1", "conv 2", "pool 2", "flatten", "fc1", "fc2", "fc3", "logits")
    drawing.node("label", "Input", shape="B", dtype="int64", bound=10, order=1)
    drawing.node("loss", "CrossEntropyLoss", label_smoothing=0.1)
    drawing.node("mean loss", "Output", order=1)
    drawing.wire("fc3", "loss.x")
    drawing.wire("label", "loss.target")
    drawing.wire("loss", "mean loss")
    return drawing


def residual_cnn() -> Drawing:
    """One block three times at two widths, with dropout; the block's sizes are inferred."""
    drawing = Drawing("residual cnn")
    _residual_block(drawing)
    drawing.main()
    drawing.node("x", "Input", shape="B, 3, 8, 8", sizes="B=2")
    drawing.node("stem", "Conv2d", out_channels=4, kernel_size=3, padding=1)
    drawing.node("block 1", "@residual block", width=4)
    drawing.node("block 2", "@residual block", width=8, stride=2)
    drawing.node("block 3", "@residual block", width=8)
    drawing.node("pool", "AdaptiveAvgPool2d", output_size=1)
    drawing.node("flatten", "Flatten")
    drawing.node("dropout", "Dropout", p=0.2)
    drawing.node("head", "Linear", out_features=10)
    drawing.node("y", "Output")
    names = ["x", "stem", "block 1", "block 2", "block 3", "pool", "flatten", "dropout", "head", "y"]
    drawing.chain(*names)
    return drawing


def _residual_block(drawing: Drawing) -> None:
    width, stride = parse("width"), parse("stride")
    drawing.module("residual block", width=8, stride=1)
    drawing.node("x", "Input")
    drawing.node("conv1", "Conv2d", out_channels=width, kernel_size=3, stride=stride, padding=1, bias=False)
    drawing.node("bn1", "BatchNorm2d")
    drawing.node("relu1", "ReLU")
    drawing.node("conv2", "Conv2d", out_channels=width, kernel_size=3, padding=1, bias=False)
    drawing.node("bn2", "BatchNorm2d", activation="gelu")
    drawing.node("shortcut", "Conv2d", out_channels=width, kernel_size=1, stride=stride)
    drawing.node("add", "Add")
    drawing.node("relu2", "LeakyReLU", negative_slope=0.2)
    drawing.node("y", "Output")
    drawing.chain("x", "conv1", "bn1", "relu1", "conv2", "bn2", "add.x1", "relu2", "y")
    drawing.wire("x", "shortcut")
    drawing.wire("shortcut", "add.x2")


def odd_ones() -> Drawing:
    """What the others lack: a constant, branches, an embedding, two inputs and outputs, a dead end."""
    drawing = Drawing("odd ones")
    drawing.node("x", "Input", shape="B, 4, 6")
    drawing.node("index", "Input", shape="B, 4", dtype="int64", bound=12, order=1)
    drawing.node("rand weight", "Constant", shape="6, 6", initial="normal")
    drawing.node("product", "MatMul")
    drawing.wire("x", "product.a")
    drawing.wire("rand weight", "product.b")
    drawing.node("first", "Slice", dim=1, start=0, end=2)
    drawing.node("rest", "Slice", dim=1, start=2)
    drawing.node("together", "Concat", dim=2)
    for part, port in (("first", "x1"), ("rest", "x2")):
        drawing.wire("product", part)
        drawing.wire(part, f"together.{port}")
    drawing.node("square", "Linear", out_features=12, bias=False)
    drawing.node("norm", "LayerNorm")
    drawing.node("back", "Reshape", shape="B, 4, 6")
    drawing.node("same", "Identity")
    drawing.chain("together", "square", "norm", "back", "same")
    drawing.node("words", "Embedding", num_embeddings=12, embedding_dim=6)
    drawing.wire("index", "words")
    drawing.node("scaled", "Multiply")
    drawing.wire("same", "scaled.x1")
    drawing.wire("words", "scaled.x2")
    drawing.node("probability", "Softmax", dim=-1)
    drawing.node("weights", "Output")
    drawing.chain("scaled", "probability", "weights")
    drawing.node("parts", "Output", order=1)
    drawing.wire("together", "parts")
    drawing.node("unused", "Linear", out_features=3)
    drawing.wire("together", "unused")
    return drawing


def formulas() -> Drawing:
    """Layers of one's own: the text's centred one and its linear one, a gate in a block, a learnt token."""
    drawing = Drawing("formulas")
    drawing.module("gated", width=6)
    drawing.node("x", "Input")
    drawing.node("gate", "Expression", expression="sigmoid(x @ W) * (x @ V) + type ** 2",
                 learnable="W: x.shape[-1], width; V: x.shape[-1], width; type: width = 0.5")  # fmt: skip
    drawing.node("y", "Output")
    drawing.chain("x", "gate", "y")
    drawing.main()
    drawing.node("x", "Input", shape="B, T, 4")
    drawing.node("centered layer", "Expression", expression="x - mean(x)")
    drawing.node("my linear", "Expression", expression="relu(x @ weight + bias)",
                 learnable="weight: x.shape[-1], 8 = normal; bias: 8 = normal")  # fmt: skip
    drawing.node("block", "@gated", width=5)
    drawing.node("second", "@gated")
    drawing.node("token", "Parameter", shape="1, 1, 6", initial="normal")
    drawing.node("scale", "Parameter", shape="", initial="fill", fill=0.5)
    attention = "softmax(q @ k.swapaxes(-1, -2) / sqrt(q.shape[-1]), axis=-1) @ q * s"
    drawing.node("attended", "Expression", expression=attention)
    drawing.node("joined", "Expression", expression="where(a > b, a, b / 2)[:, x.shape[1] - 1 :] ** 2")
    drawing.node("y", "Output")
    drawing.chain("x", "centered layer", "my linear", "block", "second", "attended.q", "joined.a", "y")
    drawing.wire("second", "attended.k")
    drawing.wire("scale", "attended.s")
    drawing.wire("token", "joined.b")
    drawing.wire("x", "joined.x")
    return drawing


def scalars() -> Drawing:
    """Values without axes: a stored one, a mean, a mean of it; an input that goes straight to an output."""
    drawing = Drawing("scalars")
    drawing.node("x", "Input", shape="B, 5")
    drawing.node("norm", "BatchNorm1d")
    drawing.node("mean", "Mean")
    drawing.node("again", "Mean")
    drawing.node("half", "Constant", shape="", initial="fill", fill=0.5)
    drawing.node("scaled", "Multiply")
    drawing.node("size", "Output")
    drawing.chain("x", "norm", "mean", "again", "scaled.x1", "size")
    drawing.wire("half", "scaled.x2")
    drawing.node("same", "Output", order=1)
    drawing.wire("x", "same")
    return drawing


def chinese() -> Drawing:
    """Every name in Chinese."""
    drawing = Drawing("網絡")
    drawing.module("殘差塊", "輸入加線性層。", 寬=8)
    drawing.node("輸入", "Input")
    drawing.node("線性 1", "Linear", out_features=parse("寬"), activation="tanh")
    drawing.node("線性 2", "Linear", out_features=4)
    drawing.node("和", "Add")
    drawing.node("輸出", "Output")
    drawing.chain("輸入", "線性 1", "線性 2", "和.x1", "輸出")
    drawing.wire("輸入", "和.x2")
    drawing.main()
    drawing.node("輸入", "Input", shape="B, 4")
    drawing.node("塊", "@殘差塊", 寬=3)
    drawing.node("輸出", "Output")
    drawing.wire("輸入", "塊.輸入")
    drawing.wire("塊.輸出", "輸出")
    return drawing


def unet() -> Drawing:
    """Skips over one block of two convolutions, each joined again with what comes up from below."""
    drawing = Drawing("UNet")
    _double_conv(drawing)
    drawing.main()
    drawing.node("image", "Input", shape="B, 1, 16, 16")
    for level, channels in ((1, 4), (2, 8)):
        drawing.node(f"enc{level}", "@DoubleConv", out_channels=channels)
        drawing.node(f"pool{level}", "MaxPool2d", kernel_size=2)
        drawing.node(f"up{level}", "ConvTranspose2d", out_channels=channels, kernel_size=2, stride=2)
        drawing.node(f"cat{level}", "Concat")
        drawing.node(f"dec{level}", "@DoubleConv", out_channels=channels)
        drawing.wire(f"enc{level}", f"cat{level}.x2")
    drawing.node("bottleneck", "@DoubleConv", out_channels=16)
    drawing.node("head", "Conv2d", out_channels=2, kernel_size=1)
    drawing.node("mask", "Output")
    drawing.chain("image", "enc1", "pool1", "enc2", "pool2", "bottleneck", "up2", "cat2.x1", "dec2")
    drawing.chain("dec2", "up1", "cat1.x1", "dec1", "head", "mask")
    return drawing


def _double_conv(drawing: Drawing) -> None:
    drawing.module("DoubleConv", "Two convolutions, each with batch norm and ReLU.", out_channels=4)
    drawing.node("x", "Input")
    for place in (1, 2):
        channels = parse("out_channels")
        drawing.node(f"conv{place}", "Conv2d", out_channels=channels, kernel_size=3, padding=1, bias=False)
        drawing.node(f"bn{place}", "BatchNorm2d", activation="relu")
    drawing.node("y", "Output")
    drawing.chain("x", "conv1", "bn1", "conv2", "bn2", "y")


def attention() -> Drawing:
    """Attention by hand with its heads, in a layer with two skips; tokens in, logits and loss out."""
    drawing = Drawing("LanguageModel")
    _attention(drawing)
    _encoder_layer(drawing)
    drawing.main()
    drawing.node("tokens", "Input", shape="B, T", dtype="int64", bound=11, sizes="T=5")
    drawing.node("embedding", "Embedding", num_embeddings=11, embedding_dim=8)
    drawing.node("layer 1", "@EncoderLayer")
    drawing.node("layer 2", "@EncoderLayer", expansion=2)
    drawing.node("last", "Slice", dim=1, start=-1)
    drawing.node("flatten", "Flatten")
    drawing.node("head", "Linear", out_features=11)
    drawing.node("logits", "Output")
    drawing.chain("tokens", "embedding", "layer 1", "layer 2", "last", "flatten", "head", "logits")
    drawing.node("target", "Input", shape="B", dtype="int64", bound=11, order=1)
    drawing.node("criterion", "CrossEntropyLoss")
    drawing.node("loss", "Output", order=1)
    drawing.wire("head", "criterion.x")
    drawing.wire("target", "criterion.target")
    drawing.wire("criterion", "loss")
    return drawing


def _attention(drawing: Drawing) -> None:
    drawing.module("SelfAttention", "Scaled dot-product attention with two heads.", dim=8)
    drawing.node("x", "Input", shape="B, T, D")
    for name in ("query", "key", "value"):
        drawing.node(f"to {name}", "Linear", out_features=parse("dim"), bias=False)
        drawing.node(f"{name} heads", "Reshape", shape="B, T, 2, dim // 2")
        drawing.node(name, "Permute", dims=(0, 2, 1, 3))
        drawing.chain("x", f"to {name}", f"{name} heads", name)
    drawing.node("product", "MatMul", transpose_b=True)
    drawing.wire("query", "product.a")
    drawing.wire("key", "product.b")
    drawing.node("scale", "Constant", shape="", initial="fill", fill=0.5)
    drawing.node("scores", "Multiply")
    drawing.node("weights", "Softmax", dim=-1)
    drawing.chain("product", "scores.x1", "weights")
    drawing.wire("scale", "scores.x2")
    drawing.node("mix", "MatMul")
    drawing.wire("weights", "mix.a")
    drawing.wire("value", "mix.b")
    drawing.node("swapped", "Permute", dims=(0, 2, 1, 3))
    drawing.node("joined", "Reshape", shape="B, T, dim")
    drawing.node("out", "Linear", out_features=parse("dim"))
    drawing.node("y", "Output")
    drawing.chain("mix", "swapped", "joined", "out", "y")


def _encoder_layer(drawing: Drawing) -> None:
    drawing.module("EncoderLayer", dim=8, expansion=4)
    drawing.node("x", "Input", shape="B, T, D")
    drawing.node("norm1", "LayerNorm")
    drawing.node("attention", "@SelfAttention", dim=parse("dim"))
    drawing.node("add1", "Add")
    drawing.node("norm2", "LayerNorm")
    drawing.node("fc1", "Linear", out_features=parse("expansion * dim"), activation="gelu")
    drawing.node("fc2", "Linear", out_features=parse("dim"))
    drawing.node("dropout", "Dropout", p=0.1)
    drawing.node("add2", "Add")
    drawing.node("y", "Output")
    drawing.chain("x", "norm1", "attention", "add1.x2")
    drawing.wire("x", "add1.x1")
    drawing.chain("add1", "norm2", "fc1", "fc2", "dropout", "add2.x2")
    drawing.wire("add1", "add2.x1")
    drawing.wire("add2", "y")


def seldom_told() -> Drawing:
    """Arguments that are seldom told, and that most frameworks have no word for."""
    drawing = Drawing("seldom told")
    drawing.node("x", "Input", shape="B, 4, 7, 6", sizes="B=3")
    drawing.node("unshifted", "BatchNorm2d", bias=False)
    drawing.node("all alike", "BatchNorm2d", momentum=None)
    drawing.node("instance", "InstanceNorm2d", affine=True, bias=False)
    drawing.node("group", "GroupNorm", num_groups=2, bias=False, activation="sigmoid")
    settings = {"stride": 4, "padding": 1, "ceil_mode": True, "divisor_override": 4}
    drawing.node("sums", "AvgPool2d", kernel_size=3, **settings)
    drawing.node("greatest", "AdaptiveMaxPool2d", output_size=(3, 2))
    drawing.node("lengths", "LPPool2d", kernel_size=2, stride=3, ceil_mode=True)
    drawing.node("flat", "Flatten", start_dim=2)
    drawing.node("wide", "Linear", out_features=6)
    more = {"add_bias_kv": True, "add_zero_attn": True}
    drawing.node("attention", "MultiheadAttention", num_heads=2, **more)
    drawing.node("head", "Select", dim=1)
    drawing.node("scores", "Output")
    drawing.chain("x", "unshifted", "all alike", "instance", "group", "sums", "greatest", "lengths", "flat")
    drawing.chain("flat", "wide")
    for port in ("query", "key", "value"):
        drawing.wire("wide", f"attention.{port}")
    drawing.chain("attention", "head", "scores")
    drawing.node("shares", "Softmax", dim=1)
    drawing.node("loss", "CrossEntropyLoss", weight="1, 2, 0.5, 1, 1, 3", label_smoothing=0.1)
    drawing.node("mean loss", "Output", order=1)
    drawing.node("teacher", "Input", shape="B, 6", order=1)
    drawing.chain("teacher", "shares")
    drawing.chain("head", "loss", "mean loss")
    drawing.wire("shares", "loss.target")
    return drawing


NETWORKS: Mapping[str, Callable[[], Drawing]] = {
    "mlp": mlp,
    "mlp_class": mlp_class,
    "lenet5": lenet5,
    "residual_cnn": residual_cnn,
    "odd_ones": odd_ones,
    "scalars": scalars,
    "formulas": formulas,
    "chinese": chinese,
    "unet": unet,
    "attention": attention,
    "seldom_told": seldom_told,
}
"""Networks that have a golden file."""
