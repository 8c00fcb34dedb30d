"""The modules of the library that ships, each a book whose root is empty and named after it."""

from collections.abc import Callable
from typing import Any

from core.expression import parse
from core.use import Use, use
from tests.templates import resnet
from tests.templates.sheet import Book, Sheet

CONVOLUTION: dict[str, Any] = {"kernel_size": 1, "bias": False}


def bottleneck() -> Book:
    """The residual block of ResNet-50."""
    book = Book("Bottleneck", "1×1 to narrow, 3×3, 1×1 to widen, with a residual connection")
    resnet.bottleneck(book)
    return book


def basic_block() -> Book:
    """The residual block of ResNet-18."""
    book = Book("BasicBlock", "Two 3×3 convolutions with a residual connection")
    resnet.basic(book)
    return book


def inverted_residual() -> Book:
    """Sandler et al. 2018, figure 4: widen, depthwise, narrow; around where shapes stay."""
    help = "Widens, filters each channel by itself, narrows; a residual connection where nothing changes size"
    book = Book("InvertedResidual", help)
    body = book.sheet("InvertedBody", "1×1 to widen, 3×3 a channel, 1×1 to narrow without activation")
    body.argument("channels", 32, "Channels of the result", minimum=1)
    body.argument("stride", 1, "2 halves the image", minimum=1)
    body.argument("expansion", 6, "How many times wider it is inside", minimum=1).input()
    body.node("Conv2d", "expand", out_channels="=expansion * x.shape[1]", **CONVOLUTION)
    body.node("BatchNorm2d", "bn1", activation="relu6")
    body.node(
        "Conv2d", "depthwise", out_channels="=expansion * x.shape[1]", kernel_size=3, stride="=stride",
        padding=1, groups="=expansion * x.shape[1]", bias=False,
    )  # fmt: skip
    body.node("BatchNorm2d", "bn2", activation="relu6")
    body.node("Conv2d", "project", out_channels="=channels", **CONVOLUTION).node("BatchNorm2d", "bn3")
    body.output().wire("x > expand > bn1 > depthwise > bn2 > project > bn3 > y")
    around = book.sheet("Residual", "A module with a residual connection")
    around.argument("block", Use("Identity"), "What the way leads around", kind="module").input()
    around.slot("block", "block").node("Add", "add").output().wire("x > block > add > y", "x > add")
    main = book.sheet("InvertedResidual", help)
    main.argument("channels", 32, "Channels of the result", minimum=1)
    main.argument("stride", 1, "2 halves the image", minimum=1)
    main.argument("expansion", 6, "How many times wider it is inside", minimum=1).input()
    inner = body.use(channels="=channels", stride="=stride", expansion="=expansion")
    main.node(
        "Choose", "block", condition="=stride == 1 and x.shape[1] == channels",
        then=around.use(block=inner), otherwise=inner,
    )  # fmt: skip
    main.output().wire("x > block > y")
    return book


def inception_block() -> Book:
    """Szegedy et al. 2014, figure 2(b); the defaults are block 3a of its table 1."""
    help = "Four ways of different window sizes side by side, joined along the channels"
    book = Book("InceptionBlock", help)
    main = book.sheet("InceptionBlock", help)
    main.argument("c1", 64, "Channels of the 1×1 way", minimum=1)
    main.argument("c3", (96, 128), "Channels of the 3×3 way: before it, and its own", minimum=1)
    main.argument("c5", (16, 32), "Channels of the 5×5 way: before it, and its own", minimum=1)
    main.argument("pool", 32, "Channels of the way with a pool", minimum=1).input()
    relu: dict[str, Any] = {"activation": "relu"}
    main.node("Conv2d", "conv1", (2, 0), out_channels="=c1", kernel_size=1, **relu)
    for row, size in ((1, 3), (2, 5)):
        reduced: dict[str, Any] = {"out_channels": f"=c{size}[0]", "kernel_size": 1, **relu}
        main.node("Conv2d", f"reduce{size}", (1, row), **reduced)
        main.node(
            "Conv2d", f"conv{size}", (2, row), out_channels=f"=c{size}[1]", kernel_size=size,
            padding=size // 2, **relu,
        )  # fmt: skip
    main.node("MaxPool2d", "maxpool", (1, 3), kernel_size=3, stride=1, padding=1)
    main.node("Conv2d", "project", (2, 3), out_channels="=pool", kernel_size=1, **relu)
    main.node("Concat", "concat", (3, 0)).output()
    ways = ("conv1", "reduce3 > conv3", "reduce5 > conv5", "maxpool > project")
    return written(main, *(f"x > {way} > concat" for way in ways), "concat > y")


def dense_layer() -> Book:
    """Huang et al. 2016, DenseNet-B: what it computes is joined to what it was given."""
    help = "Computes some channels from all that came before, and joins them to these"
    book = Book("DenseLayer", help)
    main = book.sheet("DenseLayer", help)
    main.argument("growth", 32, "Channels that are added", minimum=1)
    main.argument("widening", 4, "How many times as many there are in between", minimum=1).input()
    main.node("BatchNorm2d", "bn1", activation="relu")
    main.node("Conv2d", "conv1", out_channels="=widening * growth", **CONVOLUTION)
    main.node("BatchNorm2d", "bn2", activation="relu")
    main.node("Conv2d", "conv2", out_channels="=growth", kernel_size=3, padding=1, bias=False)
    main.node("Concat", "concat").output()
    return written(main, "x > concat.x1", "x > bn1 > conv1 > bn2 > conv2 > concat > y")


def separable() -> Book:
    """Chollet 2016: a convolution of each channel by itself, then one across channels."""
    help = "A convolution of each channel by itself, then a 1×1 convolution across channels"
    book = Book("SeparableConv2d", help)
    main = book.sheet("SeparableConv2d", help)
    main.argument("channels", 64, "Channels of the result", minimum=1)
    main.argument("kernel_size", 3, "Pixels of the window's sides; an odd number keeps the image", minimum=1)
    main.argument("stride", 1, "2 halves the image", minimum=1)
    main.argument(
        "padding", "half", "Half a window on each side, what keeps the size, or nothing",
        kind="choice", choices=("half", "same", "valid"),
    )  # fmt: skip
    main.argument("dilation", 1, "How far apart a window's pixels are", minimum=1)
    main.argument("depth_multiplier", 1, "Channels that each channel gives in between", minimum=1)
    main.argument("bias", True, "Whether a learnt number is added to each channel of the result").input()
    main.node(
        "Conv2d", "depthwise", out_channels="=depth_multiplier * x.shape[1]", kernel_size="=kernel_size",
        stride="=stride", padding="=dilation * (kernel_size // 2) if padding == 'half' else padding",
        dilation="=dilation", groups="=x.shape[1]", bias=False,
    )  # fmt: skip
    main.node("Conv2d", "pointwise", out_channels="=channels", kernel_size=1, bias="=bias").output()
    return written(main, "x > depthwise > pointwise > y")


def squeeze_excite() -> Book:
    """Hu et al. 2017, figure 2."""
    help = "Weighs each channel by what all channels are on average"
    book = Book("SqueezeExcite", help)
    main = book.sheet("SqueezeExcite", help)
    main.argument("reduction", 16, "How many times narrower it is inside", minimum=1).input()
    main.node("AdaptiveAvgPool2d", "squeeze", output_size=1)
    narrow = "=max(1, x.shape[1] // reduction)"
    main.node("Conv2d", "reduce", out_channels=narrow, kernel_size=1, activation="relu")
    main.node("Conv2d", "expand", out_channels="=x.shape[1]", kernel_size=1, activation="sigmoid")
    main.node("Multiply", "scale").output()
    return written(main, "x > scale.x1", "x > squeeze > reduce > expand > scale > y")


def encoder_layer() -> Book:
    """Vaswani et al. 2017, figure 1 on the left: norms behind the sums, as PyTorch has them by default."""
    help = "Self-attention and feed-forward, each with a residual connection and a norm"
    return encoder_book("TransformerEncoderLayer", help, masked=False)


def masked_encoder_layer() -> Book:
    """The same, its attention told where to look."""
    help = "A TransformerEncoderLayer that is told where each step may look: for padding, or any other reason"
    return encoder_book("MaskedTransformerEncoderLayer", help, masked=True)


def encoder_book(name: str, help: str, *, masked: bool) -> Book:
    """A layer of an encoder, with or without a mask."""
    book = Book(name, help)
    main = book.sheet(name, help)
    transformer_arguments(main)
    main.argument("causal", False, "Whether each step looks only at itself and those before it").input()
    if masked:
        main.input("mask")
    norm(main, "before1", "norm_first")
    attention(main, "attention", masked, causal="=causal")
    main.node("Dropout", "drop1", p="=dropout").node("Add", "add1")
    norm(main, "norm1", "not norm_first")
    feed_forward(main, "2")
    main.output()
    return written(
        main,
        "x > before1 > attention.query",
        *(f"before1 > attention.{port}" for port in ("key", "value")),
        *(("mask > attention.mask",) if masked else ()),
        "x > add1.x1",
        "attention > drop1 > add1.x2",
        "add1 > norm1 > before2 > linear1 > drop2 > linear2 > drop3 > add2.x2",
        "norm1 > add2.x1",
        "add2 > norm2 > y",
    )


def decoder_layer() -> Book:
    """Vaswani et al. 2017, figure 1 on the right: what was written so far, then what was read."""
    help = "Attention to itself and to a memory, and feed-forward, each with a residual connection and a norm"
    return decoder_book("TransformerDecoderLayer", help, masked=False)


def masked_decoder_layer() -> Book:
    """The same, both of its attentions told where to look."""
    help = (
        "A TransformerDecoderLayer that is told where each step may look, in what is written and what is read"
    )
    return decoder_book("MaskedTransformerDecoderLayer", help, masked=True)


def decoder_book(name: str, help: str, *, masked: bool) -> Book:
    """A layer of a decoder, with or without masks."""
    book = Book(name, help)
    main = book.sheet(name, help)
    transformer_arguments(main)
    main.argument("causal", not masked, "Whether each step looks only at itself and those before it")
    main.input().input("memory")
    if masked:
        main.input("mask").input("memory_mask")
    norm(main, "before1", "norm_first")
    attention(main, "attention", masked, causal="=causal")
    main.node("Dropout", "drop1", p="=dropout").node("Add", "add1")
    norm(main, "norm1", "not norm_first")
    norm(main, "before2", "norm_first")
    attention(main, "cross", masked)
    main.node("Dropout", "drop_cross", p="=dropout").node("Add", "add2")
    norm(main, "norm2", "not norm_first")
    feed_forward(main, "3")
    main.output()
    return written(
        main,
        "x > before1 > attention.query",
        *(f"before1 > attention.{port}" for port in ("key", "value")),
        "x > add1.x1",
        "attention > drop1 > add1.x2",
        "add1 > norm1 > before2 > cross.query",
        *(f"memory > cross.{port}" for port in ("key", "value")),
        *(("mask > attention.mask", "memory_mask > cross.mask") if masked else ()),
        "norm1 > add2.x1",
        "cross > drop_cross > add2.x2",
        "add2 > norm2 > before3 > linear1 > drop2 > linear2 > drop3 > add3.x2",
        "norm2 > add3.x1",
        "add3 > norm3 > y",
    )


def attention(main: Sheet, name: str, masked: bool, **more: Any) -> None:
    """Attention with the layer's settings; the mask is true where a step may look."""
    given: dict[str, Any] = {**more, "mask": "mask"} if masked else more
    main.node("MultiheadAttention", name, num_heads="=heads", dropout="=dropout", bias="=bias", **given)


def transformer_arguments(main: Sheet) -> None:
    """What the layers of a transformer have in common; the features are those of x."""
    main.argument("heads", 8, "Heads of the attention; they divide the features", minimum=1)
    main.argument("hidden", 2048, "Features between the two Linear layers", minimum=1)
    main.argument("dropout", 0.1, "Share of values dropped in training", minimum=0, maximum=1)
    main.argument(
        "activation", "relu", "What stands between the two Linear layers", kind="choice",
        choices=("relu", "gelu"),
    )  # fmt: skip
    main.argument("norm_first", False, "Whether the norms stand before the layers, not behind the sums")
    main.argument("bias", True, "Whether Linear layers, attention and norms have one")


def norm(main: Sheet, name: str, condition: str) -> None:
    """A LayerNorm where the condition holds."""
    then = use("LayerNorm", {"bias": parse("bias")})
    main.node("Choose", name, condition=f"={condition}", then=then, otherwise=Use("Identity"))


def feed_forward(main: Sheet, number: str) -> None:
    """Two Linear layers, their sum with what they are given, and its norm."""
    norm(main, f"before{number}", "norm_first")
    main.node("Linear", "linear1", out_features="=hidden", activation="=activation", bias="=bias")
    main.node("Dropout", "drop2", p="=dropout").node(
        "Linear", "linear2", out_features="=x.shape[2]", bias="=bias"
    )
    main.node("Dropout", "drop3", p="=dropout").node("Add", f"add{number}")
    norm(main, f"norm{number}", "not norm_first")


def bidirectional() -> Book:
    """Schuster & Paliwal 1997; the four ways to merge are those of Keras."""
    help = "A recurrent layer from the first step on and one from the last step back, their sequences merged"
    book = Book("Bidirectional", help)
    main = book.sheet("Bidirectional", help)
    main.argument(
        "layer", use("GRU", {"hidden_size": 64}), "What reads (batch, steps, features), and gives each step",
        kind="module",
    )  # fmt: skip
    main.argument(
        "merge", "concat", "How both are put together: side by side, or element by element", kind="choice",
        choices=("concat", "sum", "mul", "ave"),
    ).input()  # fmt: skip
    main.slot("layer", "forward", (1, 0)).node("Flip", "flip", (1, 1), dim=1)
    main.slot("layer", "backward", (2, 1)).node("Flip", "turned", (3, 1), dim=1)
    otherwise = Use("Average")
    for word, kind in (("mul", "Multiply"), ("sum", "Add")):
        otherwise = use(
            "Choose", {"condition": parse(f"merge == '{word}'"), "then": Use(kind), "otherwise": otherwise}
        )
    main.node(
        "Choose", "merged", (4, 0), condition="=merge == 'concat'", then=use("Concat", {"dim": 2}),
        otherwise=otherwise,
    ).output()  # fmt: skip
    return written(main, "x > forward > merged.x1", "x > flip > backward > turned > merged.x2", "merged > y")


def time_distributed() -> Book:
    """A layer for each step by itself, as Keras has it."""
    help = "A module for the features of each step by itself, with the same weights"
    book = Book("TimeDistributed", help)
    main = book.sheet("TimeDistributed", help)
    linear = use("Linear", {"out_features": 64})
    main.argument("layer", linear, "What reads and gives the rows (batch and steps, features)", kind="module")
    main.input(shape="B, T, F").node("Flatten", "steps", start_dim=0, end_dim=1).slot("layer", "layer")
    main.node("Reshape", "apart", shape="B, T, -1").output()
    return written(main, "x > steps > layer > apart > y")


def patch_embedding() -> Book:
    """Dosovitskiy et al. 2020, equation 1, without the class token and positions."""
    help = "Cuts an image into squares and makes each a row of features: B×C×H×W to B×patches×width"
    book = Book("PatchEmbedding", help)
    main = book.sheet("PatchEmbedding", help)
    main.argument("patch", 16, "Pixels of a square's sides", minimum=1)
    main.argument("width", 768, "Features of each square", minimum=1).input()
    main.node("Conv2d", "project", out_channels="=width", kernel_size="=patch", stride="=patch")
    main.node("Flatten", "flatten", start_dim=2).node("Permute", "rows", dims=[0, 2, 1]).output()
    return written(main, "x > project > flatten > rows > y")


def mlp() -> Book:
    """Two Linear layers; the result has the features of what is given."""
    help = "Two Linear layers with GELU between them; the result has as many features as the input"
    book = Book("MLP", help)
    main = book.sheet("MLP", help)
    main.argument("hidden", 256, "Features in between", minimum=1)
    main.argument("dropout", 0.0, "Share of values dropped in training", minimum=0, maximum=1).input()
    main.node("Linear", "fc1", out_features="=hidden", activation="gelu")
    main.node("Dropout", "drop1", p="=dropout").node("Linear", "fc2", out_features="=x.shape[-1]")
    main.node("Dropout", "drop2", p="=dropout").output()
    return written(main, "x > fc1 > drop1 > fc2 > drop2 > y")


def parallel() -> Book:
    """Two modules side by side."""
    help = "Two modules on the same input, their results joined along an axis"
    book = Book("Parallel", help)
    main = book.sheet("Parallel", help)
    main.argument("first", use("Linear", {"out_features": 16}), "One of the modules", kind="module")
    main.argument("second", use("Linear", {"out_features": 16}), "The other one", kind="module")
    main.argument("dim", 1, "The axis along which they are joined").input()
    main.slot("first", "first", (1, 0)).slot("second", "second", (1, 1))
    main.node("Concat", "concat", (2, 0), dim="=dim").output()
    return written(main, "x > first > concat > y", "x > second > concat")


def sequential() -> Book:
    """Any list of modules in a row."""
    help = "Any list of modules, one after the other"
    book = Book("Sequential", help)
    main = book.sheet("Sequential", help)
    parts = (use("Linear", {"out_features": 256}), Use("ReLU"), use("Linear", {"out_features": 10}))
    main.argument("modules", parts, "The modules in their order", kind="modules").input()
    main.slot("modules[i]", "layers", repeat="=len(modules)").output()
    return written(main, "x > layers > y")


def written(sheet: Sheet, *ways: str) -> Book:
    """The book when the sheet's wires are drawn."""
    sheet.wire(*ways)
    return sheet.book


BOOKS: tuple[Callable[[], Book], ...] = (
    basic_block, bidirectional, bottleneck, decoder_layer, dense_layer, encoder_layer, inception_block,
    inverted_residual, masked_decoder_layer, masked_encoder_layer, mlp, parallel, patch_embedding, separable,
    sequential, squeeze_excite, time_distributed,
)  # fmt: skip
"""Every entry."""
