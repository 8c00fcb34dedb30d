"""Designs of what is made of several calls: slots, ties, loops and choices, for the exports' tests."""

from collections.abc import Callable

from core.document import Document
from core.use import Use, use
from tests.templates.resnet import bottleneck, resnet
from tests.templates.sheet import Book, Sheet


def _mlp(book: Book) -> Sheet:
    sheet = book.sheet("MLP").argument("hidden", 8).input().node("Linear", "fc1", out_features="=hidden")
    sheet.node("ReLU", "act").node("Linear", "fc2", out_features=5).output()
    return sheet.wire("x > fc1 > act > fc2 > y")


def slots() -> Document:
    """Modules that are given modules: two in parallel, a list in a row, one many times."""
    book = Book("Slots", "")
    mlp = _mlp(book)
    parallel = book.sheet("Parallel").argument("left", Use("Identity")).argument("right", Use("Identity"))
    parallel.input().slot("left", "left", (1, 0)).slot("right", "right", (1, 1))
    parallel.node("Concat", "cat", (2, 0), dim=-1).output().wire("x > left > cat > y", "x > right > cat")
    row = book.sheet("MySequential").argument("steps", (Use("Identity"),)).input()
    row.slot("steps[i]", "run", repeat="=len(steps)").output().wire("x > run > y")
    factory = book.sheet("Factory").argument("block", mlp.use()).argument("n", 2).input()
    factory.slot("block", "blocks", repeat="=n").output().wire("x > blocks > y")
    root = book.root.input("x", "B, 20")
    root.node(parallel, "both", left=mlp.use(hidden=7), right=use("Linear", {"out_features": 3}))
    root.node(row, "row", steps=(use("Linear", {"out_features": 6}), Use("ReLU"), mlp.use()))
    root.node(factory, "many", n=3).output().wire("x > both > row > many > y")
    return book.document()


def ties() -> Document:
    """A layer used twice, one in rounds, a head that is its table, a decoder that is its encoder turned."""
    book = Book("Ties", "")
    root = book.root.input("x", "B, T", dtype="int64", bound=11, sizes="B=2, T=5")
    root.node("Embedding", "table", num_embeddings=11, embedding_dim=6)
    root.node("Linear", "fc", out_features=6, activation="tanh").node("Linear", "again", owner="fc")
    root.node("Linear", "rounds", repeat=3, shared=True, out_features=6)
    root.node("Linear", "encoder", out_features=4).node("Linear", "decoder", out_features=6)
    root.node("Linear", "head", out_features=11, bias=False).output()
    root.wire("x > table > fc > again > rounds > encoder > decoder > head > y")
    root.tie("head.weight", "table.weight").tie("decoder.weight", "encoder.weight", transposed=True)
    return book.document()


def loops() -> Document:
    """A loop and a branch that are decided while they run."""
    book = Book("Loops", "")
    large = book.sheet("Large").input().node("Abs", "size").node("Sum", "total")
    large.node("Compare", "over", relation="greater", value=1.0).output().wire("x > size > total > over > y")
    halve = book.sheet("Halve").input().node("Scale", "half", factor=0.5).output().wire("x > half > y")
    step = book.sheet("Step").input().node("Linear", "fc", out_features=6, activation="tanh")
    step.output().wire("x > fc > y")
    root = book.root.input("x", "B, 6").node("While", "halving", condition=large.use(), body=halve.use())
    root.node("Mean", "mean", (2, 1))
    root.node("If", "pick", (3, 0), then=step.use(), otherwise=use("Linear", {"out_features": 6}))
    root.output().wire("x > halving > pick.x", "halving > mean > pick.condition", "pick > y")
    return book.document()


def nested_loops() -> Document:
    """A loop that is repeated, and one that is a choice: each a class of its own."""
    book = Book("Nested", "")
    large = book.sheet("Large").input().node("Abs", "size").node("Sum", "total")
    large.node("Compare", "over", relation="greater", value=1.0).output().wire("x > size > total > over > y")
    step = book.sheet("Step").argument("width", 4).input().node("Linear", "up", out_features="=width")
    step.node("Linear", "down", out_features=6, activation="tanh").node("Scale", "shrink", factor=0.05)
    step.output().wire("x > up > down > shrink > y")
    inner = book.sheet("Inner").argument("width", 3).input()
    inner.node("While", "settle", repeat=2, condition=large.use(), body=step.use(width="=width + i"))
    settled = use("While", {"condition": large.use(), "body": step.use()})
    inner.node("Choose", "more", condition="=width > 3", then=settled, otherwise=Use("Identity"))
    inner.output().wire("x > settle > more > y")
    root = book.root.input("x", "B, 6").node(inner, "first").node(inner, "second", width=5)
    root.output().wire("x > first > second > y")
    return book.document()


def in_place() -> Document:
    """Loops and branches of modules that keep nothing; a loop that reads a value which it does not change."""
    book = Book("In place", "")
    double = book.sheet("Double").input().node("Scale", "twice", factor=2.0).output().wire("x > twice > y")
    squash = book.sheet("Squash").input().node("Tanh", "tanh").node("Scale", "less", factor=0.5, shift=1.0)
    squash.output().wire("x > tanh > less > y")
    far = book.sheet("Far").input("a").input("b").node("Subtract", "apart").node("Abs", "size")
    far.node("Sum", "total").node("Compare", "over", relation="greater", value=1.0).output()
    far.wire("a > apart.a", "b > apart.b", "apart > size > total > over > y")
    near = book.sheet("Near").input("a").input("b").node("Add", "both").node("Scale", "half", factor=0.5)
    near.output().wire("a > both", "b > both > half > y")
    root = book.root.input("x", "B, 6").node("Linear", "fc", out_features=6).node("Tanh", "start")
    root.node("Mean", "mean")
    root.node("While", "meet", condition=far.use(), body=near.use(), bound=20)
    root.node("If", "pick", then=double.use(), otherwise=squash.use())
    root.node("If", "other", then=squash.use(), otherwise=use("Linear", {"out_features": 6}))
    root.node("If", "same", then=Use("Identity"), otherwise=double.use()).output()
    root.wire("x > fc > start > meet", "fc > meet > pick.x", "fc > mean > pick.condition", "pick > other.x")
    root.wire("mean > other.condition", "other > same.x", "mean > same.condition", "same > y")
    return book.document()


def told_apart() -> Document:
    """Calls of one module whose words, lists or shapes differ, so that one class cannot serve them all."""
    book = Book("Apart", "")
    act = book.sheet("Act").argument("act", "relu", choices=("relu", "tanh")).input()
    act.node("Linear", "fc", out_features=5, activation="=act").output().wire("x > fc > y")
    outer = book.sheet("Outer").argument("act", "relu", choices=("relu", "tanh")).input()
    outer.node(act, "inner", act="=act").output().wire("x > inner > y")
    mlp = book.sheet("Widths").argument("hidden", (1,)).input()
    mlp.node("Linear", "fc", repeat="=len(hidden)", out_features="=hidden[i]").output().wire("x > fc > y")
    turned = book.sheet("Turned").argument("shape", "-1, 5", kind="shape").input()
    turned.node("Reshape", "reshape", shape="=shape").output().wire("x > reshape > y")
    root = book.root.input("x", "B, 5").node(act, "a").node(act, "b", act="tanh").node(outer, "c", act="tanh")
    root.node(mlp, "d", hidden=(9, 9, 5)).node(mlp, "e", hidden=(8, 8, 5)).node(mlp, "f", hidden=(7, 5))
    root.node(turned, "g").node(turned, "h", shape="-1, 1, 5").output()
    root.wire("x > a > b > c > d > e > f > g > h > y")
    return book.document()


def as_many_as_a_size() -> Document:
    """A layer repeated as often as an input is long."""
    book = Book("Length", "")
    book.root.input("x", "B, T, 4", sizes="T=3").node("Linear", "fc", repeat="=x.shape[1]", out_features=4)
    book.root.output().wire("x > fc > y")
    return book.document()


def residual() -> Document:
    """Repeats whose sizes change, in repeats; a choice that sizes decide."""
    return resnet("ResNet-50", [3, 4, 6, 3], bottleneck).document()


STRUCTURES: dict[str, Callable[[], Document]] = {
    "slots": slots,
    "ties": ties,
    "loops": loops,
    "nested_loops": nested_loops,
    "in_place": in_place,
    "told_apart": told_apart,
    "as_many_as_a_size": as_many_as_a_size,
    "resnet50": residual,
}
"""Each design, by the name of its golden file."""
