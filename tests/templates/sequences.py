"""Networks that read sequences: an LSTM, and transformers over words and over patches of an image."""

from collections.abc import Callable
from typing import Any

from core.use import use
from tests.templates.sheet import Book, Sheet


def tokens(root: Sheet, batch: int, steps: int) -> Sheet:
    """The root's input: whole numbers below the size of the vocabulary."""
    sizes = f"B={batch}, T={steps}"
    return root.input("tokens", "B, T", dtype="int64", bound="=vocabulary", sizes=sizes)


def lstm_classifier() -> Book:
    """Words one after the other; the last hidden state is classified."""
    book = Book(
        "LSTM classifier",
        "Classifies a text by the last hidden state of an LSTM (Hochreiter & Schmidhuber 1997).",
        {"small": {"vocabulary": 1000, "width": 16, "hidden": 16, "B": 2, "T": 8}},
    )
    root = book.root.argument("vocabulary", 10_000, "How many words are known", minimum=1)
    root.argument("width", 100, "Numbers that describe a word", minimum=1)
    root.argument("hidden", 128, "Numbers in the state", minimum=1)
    root.argument("depth", 1, "LSTMs one above the other", minimum=1)
    root.argument("classes", 2, "How many classes", minimum=1)
    tokens(root, 4, 32).node("Embedding", "embedding", num_embeddings="=vocabulary", embedding_dim="=width")
    root.node("LSTM", "lstm", hidden_size="=hidden", num_layers="=depth", returns="last")
    root.node("Linear", "fc", out_features="=classes").output("logits")
    return root.wire("tokens > embedding > lstm > fc > logits").book


def feed_forward(book: Book, name: str, activation: str, dropped: str, **settings: Any) -> Sheet:
    """Two layers on each step alone; dropout in the middle, at the end or at both."""
    sheet = book.sheet(name, "The position-wise feed-forward network")
    sheet.argument("hidden", 2048, "Width between them", minimum=1)
    sheet.argument("dropout", 0.1, "Part that is dropped in training", minimum=0.0, maximum=1.0)
    sheet.input(shape="B, T, features").node("Linear", "linear1", out_features="=hidden").node(
        activation, "activation", **settings
    )
    ways = ["x", "linear1", "activation"]
    middle, end = ("dropout1", "dropout2") if "middle" in dropped and "end" in dropped else ("dropout",) * 2
    if "middle" in dropped:
        sheet.node("Dropout", middle, p="=dropout")
        ways.append(middle)
    sheet.node("Linear", "linear2", out_features="=x.shape[2]")
    if "end" in dropped:
        sheet.node("Dropout", end, p="=dropout")
    ways += ["linear2", end, "y"] if "end" in dropped else ["linear2", "y"]
    return sheet.output().wire(" > ".join(ways))


def encoder_layer(book: Book) -> Sheet:
    """PyTorch's TransformerEncoderLayer: attention, then feed-forward, each with a residual connection."""
    inner = feed_forward(book, "FeedForward", "ReLU", "middle")
    sheet = book.sheet(
        "EncoderLayer",
        "Attention, then two layers on each step; normalised before (norm_first) or after them",
    )
    sheet.argument("heads", 8, "Attentions side by side", minimum=1)
    sheet.argument("hidden", 2048, "Width of the feed-forward layers", minimum=1)
    sheet.argument("dropout", 0.1, "Part that is dropped in training", minimum=0.0, maximum=1.0)
    sheet.argument("norm_first", False, "Whether to normalise before each part instead of after it")
    norm, none = use("LayerNorm"), use("Identity")
    first: dict[str, Any] = {"condition": "=norm_first", "then": norm, "otherwise": none}
    last: dict[str, Any] = {"condition": "=norm_first", "then": none, "otherwise": norm}
    sheet.input(shape="B, T, features").node("Choose", "norm1 before", (1, 0), **first)
    sheet.node("MultiheadAttention", "attention", (2, 0), num_heads="=heads", dropout="=dropout")
    sheet.node("Dropout", "dropout1", (3, 0), p="=dropout").node("Add", "add1", (4, 0))
    sheet.node("Choose", "norm1 after", (0, 2.6), **last).node("Choose", "norm2 before", (1, 2.6), **first)
    sheet.node(inner, "feed_forward", (2, 2.6), hidden="=hidden", dropout="=dropout")
    sheet.node("Dropout", "dropout2", (3, 2.6), p="=dropout").node("Add", "add2", (4, 2.6))
    sheet.node("Choose", "norm2 after", (3, 4.4), **last).output(at=(4, 4.4))
    sheet.wire("x > add1", "x > norm1 before > attention.query", "norm1 before > attention.key")
    sheet.wire("norm1 before > attention.value", "attention > dropout1 > add1 > norm1 after > add2")
    return sheet.wire("norm1 after > norm2 before > feed_forward > dropout2 > add2 > norm2 after > y")


def transformer_encoder() -> Book:
    """The encoder of Vaswani et al. 2017, base model."""
    book = Book(
        "Transformer encoder",
        "Words and their places through six layers of attention (Vaswani et al. 2017).",
        {"small": {"vocabulary": 1000, "width": 32, "heads": 4, "hidden": 64, "depth": 2, "B": 2, "T": 8}},
    )
    layer = encoder_layer(book)
    root = book.root.argument("vocabulary", 37_000, "How many words are known", minimum=1)
    root.argument("width", 512, "Numbers that describe a word", minimum=1)
    root.argument("heads", 8, "Attentions side by side", minimum=1)
    root.argument("hidden", 2048, "Width of the feed-forward layers", minimum=1)
    root.argument("depth", 6, "How many layers", minimum=0)
    root.argument("dropout", 0.1, "Part that is dropped in training", minimum=0.0, maximum=1.0)
    root.argument("norm_first", False, "Whether to normalise before each part instead of after it")
    tokens(root, 2, 16).node("Embedding", "embedding", num_embeddings="=vocabulary", embedding_dim="=width")
    root.node("PositionalEncoding", "positions", max_len=5000).node("Dropout", "dropout", p="=dropout")
    same: dict[str, Any] = {name: f"={name}" for name in ("heads", "hidden", "dropout", "norm_first")}
    root.node(layer, "blocks", (4, 0), repeat="=depth", **same).output()
    return root.wire("tokens > embedding > positions > dropout > blocks > y").book


def pre_norm_block(book: Book, name: str, inner: Sheet, eps: float, causal: bool) -> Sheet:
    """Attention and feed-forward, each normalised first, each with a residual connection."""
    sheet = book.sheet(name, "Pre-norm block: attention, then feed-forward, each with a residual connection")
    sheet.argument("heads", 12, "Attentions side by side", minimum=1)
    sheet.argument("hidden", 3072, "Width between the two layers", minimum=1)
    sheet.argument(
        "dropout", 0.1 if causal else 0.0, "Part that is dropped in training", minimum=0.0, maximum=1.0
    )
    sheet.input(shape="B, T, features").node("LayerNorm", "ln1", (1, 0), eps=eps)
    attention: dict[str, Any] = {
        "num_heads": "=heads",
        **({"causal": True, "dropout": "=dropout"} if causal else {}),
    }
    sheet.node("MultiheadAttention", "attention", (2, 0), **attention)
    sheet.node("Dropout", "dropout", (3, 0), p="=dropout").node("Add", "add1", (4, 0))
    sheet.node("LayerNorm", "ln2", (1, 2.6), eps=eps)
    sheet.node(inner, "mlp", (2, 2.6), hidden="=hidden", dropout="=dropout")
    sheet.node("Add", "add2", (3, 2.6)).output(at=(4, 2.6))
    sheet.wire("x > add1", "x > ln1 > attention.query", "ln1 > attention.key", "ln1 > attention.value")
    return sheet.wire("attention > dropout > add1 > add2", "add1 > ln2 > mlp > add2 > y")


def vit_b_16() -> Book:
    """torchvision's ViT-B/16: patches of an image as a sequence, and a token that gathers what it shows."""
    book = Book(
        "Vision transformer B/16",
        "An image as a sequence of patches through a transformer (Dosovitskiy et al. 2020).",
        {
            "small": {
                "width": 32, "heads": 4, "hidden": 64, "depth": 2, "classes": 10, "size": 64, "B": 2,
            }
        },
    )  # fmt: skip
    block = pre_norm_block(book, "EncoderBlock", feed_forward(book, "MLP", "GELU", "middle end"), 1e-6, False)
    embedding = book.sheet("Patches", "Each patch as a step, a learnt one in front, and their places added")
    embedding.argument("patch", 16, "Height and width of a patch", minimum=1)
    embedding.argument("width", 768, "Numbers that describe a patch", minimum=1)
    embedding.argument("count", 196, "How many patches there are", minimum=1)
    embedding.input(shape="B, channels, H, W", at=(0, 1.2))
    embedding.node("Parameter", "class token", (0, 0), shape="1, 1, width")
    embedding.node("Expand", "tokens", (1, 0), shape="B, -1, -1")
    embedding.node(
        "Conv2d", "projection", (1, 1.2), out_channels="=width", kernel_size="=patch", stride="=patch"
    )
    embedding.node("Flatten", "flatten", (2, 1.2), start_dim=2).node(
        "Permute", "steps", (3, 1.2), dims=(0, 2, 1)
    )
    embedding.node("Concat", "join", (4, 0), dim=1)
    embedding.node("LearnedPositions", "positions", (3, 3), max_len="=count + 1").output(at=(4, 3))
    embedding.wire("x > projection > flatten > steps", "class token > tokens > join", "steps > join.x2")
    embedding.wire("join > positions > y")
    root = book.root.argument("size", 224, "Height and width of the image", minimum=16)
    root.argument("patch", 16, "Height and width of a patch", minimum=1)
    root.argument("width", 768, "Numbers that describe a patch", minimum=1)
    root.argument("heads", 12, "Attentions side by side", minimum=1)
    root.argument("hidden", 3072, "Width between the two layers of a block", minimum=1)
    root.argument("depth", 12, "How many blocks", minimum=0)
    root.argument("dropout", 0.0, "Part that is dropped in training", minimum=0.0, maximum=1.0)
    root.argument("classes", 1000, "How many classes", minimum=1)
    root.input("image", "B, 3, size, size", sizes="B=1")
    root.node(embedding, "patches", patch="=patch", width="=width", count="=(size // patch)**2")
    root.node("Dropout", "dropout", p="=dropout")
    root.node(block, "blocks", repeat="=depth", heads="=heads", hidden="=hidden", dropout="=dropout")
    root.node("LayerNorm", "ln", eps=1e-6).node("Select", "class token", dim=1, index=0)
    root.node("Linear", "head", out_features="=classes").output("logits")
    return root.wire("image > patches > dropout > blocks > ln > class token > head > logits").book


def gpt_2() -> Book:
    """GPT-2 small: what comes next, from what came before."""
    book = Book(
        "GPT-2",
        "Which token comes next, by twelve blocks of attention (Radford et al. 2019, small).",
        {
            "small": {
                "vocabulary": 500, "context": 64, "width": 32, "heads": 4, "depth": 2, "B": 2, "T": 8,
            }
        },
    )  # fmt: skip
    inner = feed_forward(book, "MLP", "GELU", "end", approximate="tanh")
    block = pre_norm_block(book, "Block", inner, 1e-5, True)
    root = book.root.argument("vocabulary", 50_257, "How many tokens there are", minimum=1)
    root.argument("context", 1024, "Tokens that it can look back on", minimum=1)
    root.argument("width", 768, "Numbers that describe a token", minimum=1)
    root.argument("heads", 12, "Attentions side by side", minimum=1)
    root.argument("depth", 12, "How many blocks", minimum=0)
    root.argument("dropout", 0.1, "Part that is dropped in training", minimum=0.0, maximum=1.0)
    tokens(root, 1, 64)
    root.node("Embedding", "wte", num_embeddings="=vocabulary", embedding_dim="=width")
    root.node("LearnedPositions", "wpe", max_len="=context").node("Dropout", "dropout", p="=dropout")
    root.node(block, "blocks", repeat="=depth", heads="=heads", hidden="=4 * width", dropout="=dropout")
    root.node("LayerNorm", "ln_f").node("Linear", "head", out_features="=vocabulary", bias=False)
    root.output("logits").wire("tokens > wte > wpe > dropout > blocks > ln_f > head > logits")
    return root.tie("head.weight", "wte.weight").book


BOOKS: dict[str, Callable[[], Book]] = {
    "lstm-classifier": lstm_classifier,
    "transformer-encoder": transformer_encoder,
    "vit-b-16": vit_b_16,
    "gpt-2": gpt_2,
}
"""By the names of their files."""
