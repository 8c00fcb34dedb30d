"""Small designs of sequence layers, for the exports' tests."""

from collections.abc import Callable, Mapping

from core.expression import parse
from tests.export.networks import Drawing


def classifier() -> Drawing:
    """Tokens through positions, self-attention and a recurrent stack to a class."""
    drawing = Drawing("text classifier")
    drawing.node("tokens", "Input", shape="B, T", dtype="int64", bound=11, sizes="B=3, T=5")
    drawing.node("embedding", "Embedding", num_embeddings=11, embedding_dim=8)
    drawing.node("positions", "PositionalEncoding", max_len=16)
    drawing.node("attention", "MultiheadAttention", num_heads=2, dropout=0.1)
    drawing.node("add", "Add")
    drawing.node("norm", "LayerNorm")
    drawing.node("lstm", "LSTM", hidden_size=6, num_layers=2, bidirectional=True, returns="last", dropout=0.2)
    drawing.node("bn", "BatchNorm1d")
    drawing.node("head", "Linear", out_features=4)
    drawing.node("logits", "Output")
    drawing.chain("tokens", "embedding", "positions", "attention.query")
    drawing.wire("positions", "attention.key")
    drawing.wire("positions", "attention.value")
    drawing.wire("positions", "add.x1")
    drawing.chain("attention", "add.x2", "norm", "lstm", "bn", "head", "logits")
    return drawing


def decoder() -> Drawing:
    """A decoder layer used twice: causal self-attention, then cross-attention to what an encoder gave."""
    drawing = Drawing("decoder")
    drawing.module("DecoderLayer", "Looks back at itself, then at the memory.", heads=2, width=4)
    drawing.node("x", "Input", shape="B, T, D", order=0)
    drawing.node("memory", "Input", shape="B, S, D", order=1)
    drawing.node("self attention", "MultiheadAttention", num_heads=parse("heads"), causal=True)
    drawing.node("cross attention", "MultiheadAttention", num_heads=parse("heads"), bias=False)
    drawing.node("add", "Add")
    drawing.node("fc1", "Linear", out_features=parse("2 * width"), activation="relu")
    drawing.node("fc2", "Linear", out_features=parse("width"))
    drawing.node("y", "Output")
    for port in ("query", "key", "value"):
        drawing.wire("x", f"self attention.{port}")
    drawing.wire("self attention", "cross attention.query")
    drawing.wire("memory", "cross attention.key")
    drawing.wire("memory", "cross attention.value")
    drawing.wire("x", "add.x1")
    drawing.chain("cross attention", "add.x2", "fc1", "fc2", "y")
    drawing.main()
    drawing.node("x", "Input", shape="B, T, 4", sizes="B=2, T=3", order=0)
    drawing.node("memory", "Input", shape="B, S, 4", sizes="S=5", order=1)
    drawing.node("positions", "LearnedPositions", max_len=8)
    drawing.node("first", "@DecoderLayer")
    drawing.node("second", "@DecoderLayer", heads=4)
    drawing.node("y", "Output")
    drawing.chain("x", "positions", "first.x", "second.x", "y")
    drawing.wire("memory", "first.memory")
    drawing.wire("memory", "second.memory")
    return drawing


def tagger() -> Drawing:
    """A module of recurrent layers with its sizes as arguments; every step is labelled."""
    drawing = Drawing("tagger")
    drawing.module("Reader", hidden=3, levels=2, drop=0)
    drawing.node("x", "Input", shape="B, T, F")
    drawing.node("gru", "GRU", hidden_size=parse("hidden"), bidirectional=True)
    drawing.node("rnn", "RNN", hidden_size=parse("hidden + 1"), nonlinearity="relu", bias=False)
    drawing.node("lstm", "LSTM", hidden_size=parse("hidden"), num_layers=parse("levels"))
    drawing.node("y", "Output")
    drawing.chain("x", "gru", "rnn", "lstm", "y")
    drawing.main()
    drawing.node("x", "Input", shape="B, T, 5", sizes="B=2, T=4")
    drawing.node("reader", "@Reader", hidden=2)
    drawing.node("bn", "BatchNorm1d")
    drawing.node("labels", "GRU", hidden_size=7, returns="last")
    drawing.node("y", "Output")
    drawing.chain("x", "reader", "labels", "bn", "y")
    return drawing


def heads() -> Drawing:
    """Attention alone, on heads that stand in front, with dropout and statistics after it."""
    drawing = Drawing("heads")
    for order, (name, shape) in enumerate((("q", "B, 2, T, 4"), ("k", "B, 2, T, 4"), ("v", "B, 2, T, 3"))):
        drawing.node(name, "Input", shape=shape, sizes="B=2, T=3", order=order)
    drawing.node("attention", "ScaledDotProductAttention", causal=True, p=0.3)
    for name in ("q", "k", "v"):
        drawing.wire(name, f"attention.{name}")
    drawing.node("bn", "BatchNorm2d")
    drawing.node("y", "Output")
    drawing.chain("attention", "bn", "y")
    return drawing


def translator() -> Drawing:
    """What one LSTM ends with begins another, which attends without padding; cells step once more."""
    drawing = Drawing("translator")
    drawing.node("words", "Input", shape="B, S", dtype="int64", bound=9, sizes="B=2, S=4", order=0)
    drawing.node("x", "Input", shape="B, T, 4", sizes="T=3", order=1)
    drawing.node("embedding", "Embedding", num_embeddings=9, embedding_dim=3)
    drawing.node("known", "Compare", relation="less", value=6.5)
    drawing.node("encoder", "LSTM", hidden_size=5, proj_size=4, returns="sequence and state")
    drawing.node(
        "decoder", "LSTM", hidden_size=5, proj_size=4, initial_state="given", returns="sequence and state"
    )
    drawing.node(
        "attention", "MultiheadAttention", num_heads=2, mask="key_mask", returns="result and weights"
    )
    drawing.node("gru", "GRU", hidden_size=3, num_layers=2, bidirectional=True, returns="state")
    drawing.node("again", "GRU", hidden_size=3, num_layers=4, initial_state="given")
    drawing.node("last", "Select", index=-1)
    drawing.node("h", "Select", dim=0)
    drawing.node("c", "Select", dim=0)
    drawing.node("small", "Linear", out_features=5)
    drawing.node("cell", "LSTMCell", hidden_size=5)
    drawing.node("join", "GRUCell", hidden_size=5)
    for name in ("y", "weights", "states"):
        drawing.node(name, "Output", order=("y", "weights", "states").index(name))
    drawing.chain("words", "embedding", "encoder.x")
    drawing.wire("words", "known")
    drawing.wire("x", "decoder.x")
    drawing.wire("encoder.h", "decoder.h")
    drawing.wire("encoder.c", "decoder.c")
    drawing.wire("decoder.y", "attention.query")
    drawing.wire("encoder.y", "attention.key")
    drawing.wire("encoder.y", "attention.value")
    drawing.wire("known", "attention.key_mask")
    drawing.wire("attention.y", "gru.x")
    drawing.wire("attention.y", "again.x")
    drawing.wire("gru.h", "again.h")
    drawing.chain("again", "last", "cell.x")
    drawing.wire("decoder.h", "h")
    drawing.chain("h", "small", "cell.h")
    drawing.wire("decoder.c", "c")
    drawing.wire("c", "cell.c")
    drawing.wire("cell.h", "join.x")
    drawing.wire("cell.c", "join.h")
    drawing.wire("join.h", "y")
    drawing.wire("attention.weights", "weights")
    drawing.wire("again", "states")
    return drawing


SEQUENCES: Mapping[str, Callable[[], Drawing]] = {
    "classifier": classifier,
    "decoder": decoder,
    "tagger": tagger,
    "heads": heads,
    "translator": translator,
}
