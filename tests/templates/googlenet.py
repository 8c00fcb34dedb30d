"""GoogLeNet as torchvision draws it: batch norm, 3×3 instead of 5×5, no auxiliary heads."""

from collections.abc import Callable
from typing import Any

from tests.templates.sheet import Book, Sheet

BRANCHES = ("one", "three_in", "three", "five_in", "five", "pool")
"""What the table of Szegedy et al. 2014 calls #1×1, #3×3 reduce, #3×3, #5×5 reduce, #5×5 and pool proj."""

Numbers = tuple[int, int, int, int, int, int]

STAGES: tuple[tuple[Numbers, ...], ...] = (
    ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
    (
        (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128),
    ),
    ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
)  # fmt: skip
"""Table 1 of Szegedy et al. 2014: inception 3a, 3b, 4a to 4e, 5a, 5b."""


def convolution(book: Book) -> Sheet:
    """Convolution, batch norm, ReLU."""
    sheet = book.sheet("ConvNorm", "A convolution, batch norm and ReLU")
    sheet.argument("channels", 64, "Output channels", minimum=1)
    sheet.argument("kernel_size", 1, "Pixels across", minimum=1)
    sheet.argument("stride", 1, "2 halves the image", minimum=1)
    sheet.argument("padding", 0, "Zeros on each side", minimum=0).input()
    sheet.node(
        "Conv2d", "conv", out_channels="=channels", kernel_size="=kernel_size", stride="=stride",
        padding="=padding", bias=False,
    )  # fmt: skip
    return sheet.node("BatchNorm2d", "bn", eps=0.001, activation="relu").output().wire("x > conv > bn > y")


def inception(book: Book, conv: Sheet) -> Sheet:
    """Four branches side by side."""
    sheet = book.sheet("Inception", "Four branches side by side, their channels joined")
    for name, default in zip(BRANCHES, STAGES[0][0], strict=True):
        sheet.argument(name, default, f"Channels of the branch's convolution {name}", minimum=1)
    sheet.argument("width", 64, "All channels are so many 64ths of those", minimum=1).input()
    sheet.node(conv, "branch1", (2, 0), channels="=one * width // 64")
    sheet.node(conv, "reduce3", (1, 1), channels="=three_in * width // 64")
    sheet.node(conv, "branch3", (2, 1), channels="=three * width // 64", kernel_size=3, padding=1)
    sheet.node(conv, "reduce5", (1, 2), channels="=five_in * width // 64")
    sheet.node(conv, "branch5", (2, 2), channels="=five * width // 64", kernel_size=3, padding=1)
    sheet.node("MaxPool2d", "pooled", (1, 3), kernel_size=3, stride=1, padding=1, ceil_mode=True)
    sheet.node(conv, "branch_pool", (2, 3), channels="=pool * width // 64")
    sheet.node("Concat", "concat", (3, 0)).output()
    return sheet.wire(
        "x > branch1 > concat", "x > reduce3 > branch3 > concat", "x > reduce5 > branch5 > concat",
        "x > pooled > branch_pool > concat", "concat > y",
    )  # fmt: skip


def stem(book: Book, conv: Sheet) -> Sheet:
    """What brings the image to an eighth of its size before the first inception."""
    sheet = book.sheet("Stem", "Convolutions and pools that bring the image to an eighth of its size")
    sheet.argument("width", 64, "Channels of the first two convolutions", minimum=1).input()
    sheet.node(conv, "conv1", channels="=width", kernel_size=7, stride=2, padding=3)
    sheet.node("MaxPool2d", "pool1", kernel_size=3, stride=2, ceil_mode=True)
    sheet.node(conv, "conv2", channels="=width")
    sheet.node(conv, "conv3", channels="=3 * width", kernel_size=3, padding=1)
    sheet.node("MaxPool2d", "pool2", kernel_size=3, stride=2, ceil_mode=True).output()
    return sheet.wire("x > conv1 > pool1 > conv2 > conv3 > pool2 > y")


def stage(book: Book, block: Sheet, number: int) -> Sheet:
    """The inceptions of one image size, each with the numbers of the paper."""
    numbers = STAGES[number - 3]
    sheet = book.sheet(f"Stage{number}", f"{len(numbers)} inceptions of one image size")
    sheet.argument("width", 64, "All channels are so many 64ths of the paper's", minimum=1).input()
    names = [f"inception{number}{'abcde'[place]}" for place in range(len(numbers))]
    for name, row in zip(names, numbers, strict=True):
        arguments: dict[str, Any] = dict(zip(BRANCHES, row, strict=True))
        sheet.node(block, name, **arguments, width="=width")
    return sheet.output().wire(" > ".join(["x", *names, "y"]))


def googlenet() -> Book:
    """The network of Szegedy et al. 2014 in torchvision's variant."""
    book = Book(
        "GoogLeNet",
        "Nine inceptions, each of four branches (Szegedy et al. 2014; with batch norm as in torchvision).",
        {"small": {"width": 16, "classes": 10, "size": 64, "B": 2}},
    )
    conv = convolution(book)
    block = inception(book, conv)
    root = book.root.argument("width", 64, "Channels of the first convolution; all go with it", minimum=1)
    root.argument("classes", 1000, "How many classes", minimum=1)
    root.argument("size", 224, "Height and width of the image", minimum=15)
    root.input("image", "B, 3, size, size", sizes="B=1")
    root.node(stem(book, conv), "stem", width="=width").node(stage(book, block, 3), "stage3", width="=width")
    root.node("MaxPool2d", "pool3", kernel_size=3, stride=2, ceil_mode=True)
    root.node(stage(book, block, 4), "stage4", width="=width")
    root.node("MaxPool2d", "pool4", kernel_size=2, stride=2, ceil_mode=True)
    root.node(stage(book, block, 5), "stage5", width="=width")
    root.node("AdaptiveAvgPool2d", "avgpool", output_size=1).node("Flatten", "flatten")
    root.node("Dropout", "dropout", p=0.2).node("Linear", "fc", out_features="=classes").output("logits")
    root.wire(
        "image > stem > stage3 > pool3 > stage4 > pool4 > stage5 > avgpool > flatten > dropout > fc > logits"
    )
    return book


BOOKS: dict[str, Callable[[], Book]] = {"googlenet": googlenet}
"""By the names of their files."""
