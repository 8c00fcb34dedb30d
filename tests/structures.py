"""A design with one of every structure, for tests of what shows them."""

from core.document import Document
from core.use import Use
from tests.templates.resnet import bottleneck, resnet
from tests.templates.sheet import Book


def mixed() -> Document:
    """A repeat, a tied pair, a branch, a filled slot, and a layer that is repeated with one set of weights.

    Every Linear is 8 to 8: 72 parameters.
    """
    book = Book("Mixed", "One of every structure")
    block = book.sheet("Block", "Linear and ReLU").argument("width", 8)
    block.input().node("Linear", "lin", out_features="=width").node("ReLU", "relu").output()
    block.wire("x > lin > relu > y")
    big = book.sheet("Big", "Two layers").input()
    big.node("Linear", "a", out_features=8).node("Linear", "b", out_features=8).output().wire("x > a > b > y")
    outer = book.sheet("Outer", "A slot in a module").argument("part", Use("Identity"))
    outer.input().slot("part", "part").output().wire("x > part > y")
    root = book.root.input("x", "B, 8").node(block, "blocks", repeat=3)
    root.node("Linear", "enc", out_features=8).node("Linear", "dec", owner="enc")
    root.node("If", "gate", (0, 1.6), then=big.use(), otherwise=block.use(width=8))
    root.node("Mean", "mean", (0, 2.8)).node(outer, "outer", (1, 1.6), part=block.use(width=8))
    root.node("Linear", "deep", (2, 1.6), repeat=3, shared=True, out_features=8).output(at=(3, 1.6))
    root.wire(
        "x > blocks > enc > dec", "x > mean > gate.condition", "dec > gate.x", "gate > outer > deep > y"
    )
    return book.document()


def resnet152() -> Document:
    """A deep residual network: 3, 8, 36 and 3 blocks."""
    return resnet("ResNet-152", [3, 8, 36, 3], bottleneck).document()
