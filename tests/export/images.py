"""Designs of images in which some layers want their channels elsewhere, for the exports' tests."""

from collections.abc import Callable

from core.document import Document
from core.use import Use, use
from tests.templates.sheet import Book, Sheet


def _started(name: str, shape: str = "B, 3, 6, 5", sizes: str = "B=2") -> tuple[Book, Sheet]:
    book = Book(name, "")
    return book, book.root.input("x", shape, sizes=sizes)


def _same(book: Book, name: str = "Same") -> Sheet:
    """A convolution that keeps size and channels."""
    sheet = book.sheet(name).input().node("Conv2d", "conv", out_channels=3, kernel_size=3, padding=1)
    return sheet.node("Tanh", "act").output().wire("x > conv > act > y")


def chain() -> Document:
    """Layers that act on the last axis of the drawing, on its channels, on places, on all."""
    book, root = _started("chain")
    root.node("Conv2d", "conv", out_channels=4, kernel_size=3, padding=1).node("LayerNorm", "norm")
    root.node("Linear", "fc", out_features=6).node("Softmax", "soft", dim=1)
    root.node("MaxPool2d", "pool", kernel_size=2).node("GELU", "act").node("BatchNorm2d", "bn")
    root.node("Permute", "turn", dims=(0, 1, 3, 2)).node("Flatten", "flat").node(
        "Linear", "out", out_features=8
    )
    root.node("Unflatten", "image", dim=1, sizes="2, 2, 2").node(
        "Conv2d", "last", out_channels=2, kernel_size=1
    )
    root.output().wire("x > conv > norm > fc > soft > pool > act > bn > turn > flat > out > image > last > y")
    return book.document()


def graph() -> Document:
    """The same without a chain: values that several read, in both orders."""
    book, root = _started("graph")
    root.node("Conv2d", "conv", out_channels=4, kernel_size=3, padding=1).node("LayerNorm", "norm")
    root.node("Multiply", "times").node("Concat", "cat", dim=1).node("Mean", "mean", dim=(2, 3))
    root.node("Chunk", "halves", chunks=2, dim=1).node("Add", "add").output("image").output("numbers")
    root.wire("x > conv > norm > times > cat > halves", "conv > times", "conv > cat", "cat > mean > numbers")
    root.wire("halves.y1 > add", "halves.y2 > add > image")
    return book.document()


def loops() -> Document:
    """Loops and branches at run time, of modules and of layers."""
    book, root = _started("loops")
    same = _same(book)
    large = book.sheet("Large").input().node("Abs", "size").node("Sum", "total")
    large.node("Compare", "over", relation="greater", value=1.0).output().wire("x > size > total > over > y")
    halve = book.sheet("Halve").input().node("Scale", "half", factor=0.5).output().wire("x > half > y")
    conv = use("Conv2d", {"out_channels": 3, "kernel_size": 1})
    root.node("While", "halving", condition=large.use(), body=halve.use()).node("Mean", "mean", (2, 1))
    root.node("If", "pick", (3, 0), then=same.use(), otherwise=conv)
    root.node("If", "both", (4, 0), then=same.use(), otherwise=same.use()).output()
    root.wire("x > halving > pick.x", "halving > mean > pick.condition", "pick > both.x")
    root.wire("mean > both.condition", "both > y")
    return book.document()


def rows() -> Document:
    """Repeats: of modules, of layers, with one set of weights."""
    book, root = _started("rows")
    same = _same(book)
    root.node(same, "blocks", repeat=2).node("Conv2d", "convs", repeat=2, out_channels=3, kernel_size=1)
    root.node(same, "again", repeat=3, shared=True)
    root.node("Conv2d", "once", repeat=2, shared=True, out_channels=3, kernel_size=1).output()
    root.wire("x > blocks > convs > again > once > y")
    return book.document()


def slots() -> Document:
    """Modules that are given modules of images, some of which act on the last axis of the drawing."""
    book, root = _started("slots")
    same = _same(book)
    row = book.sheet("Row").argument("steps", (Use("Identity"),)).input()
    row.slot("steps[i]", "run", repeat="=len(steps)").output().wire("x > run > y")
    around = book.sheet("Around").argument("block", Use("Identity")).input()
    around.slot("block", "run", (1, 0)).node("Add", "add", (2, 0)).output()
    around.wire("x > run > add > y", "x > add")
    linear = use("Linear", {"out_features": 5})
    root.node(row, "row", steps=(same.use(), Use("ReLU"), linear, Use("LayerNorm")))
    root.node(around, "around", block=linear).node(around, "beside", block=same.use()).output()
    root.wire("x > row > around > beside > y")
    return book.document()


def sizes() -> Document:
    """Sizes that are read off an image while it runs, and parts of it."""
    book, root = _started("sizes", "B, 3, H, W", "B=2, H=6, W=5")
    inner = book.sheet("Inner").input("x", "N, C, P, Q").node("Reshape", "rows", shape="N, C, Q * P")
    inner.node("Linear", "fc", out_features=4).output().wire("x > rows > fc > y")
    root.node("Conv2d", "conv", out_channels=4, kernel_size=3, padding=1).node("Slice", "part", dim=2, end=3)
    root.node("Upsample", "larger", scale_factor=2).node("AdaptiveAvgPool2d", "pool", output_size=2)
    root.node("Flatten", "flat").output().node(inner, "read", at=(2, 2)).output("rows")
    root.wire("x > conv > part > larger > pool > flat > y", "conv > read > rows")
    return book.document()


IMAGES: dict[str, Callable[[], Document]] = {
    one.__name__: one for one in (chain, graph, loops, rows, slots, sizes)
}
"""Each design by its name."""
