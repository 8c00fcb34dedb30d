"""Chains of convolutions and pools, ended by a classifier: AlexNet, VGG-16, NiN."""

from collections.abc import Callable

from tests.templates.sheet import Book, Sheet


def classifier(book: Book, dropout_first: bool) -> Sheet:
    """Two wide layers with dropout, and one that scores the classes."""
    sheet = book.sheet("Classifier", "Two wide layers with dropout, and one that scores the classes")
    sheet.argument("hidden", 4096, "Width of the two layers", minimum=1)
    sheet.argument("classes", 1000, "How many classes", minimum=1)
    sheet.input().node("Flatten", "flatten")
    if dropout_first:
        sheet.node("Dropout", "drop6").node("Linear", "fc6", out_features="=hidden", activation="relu")
        sheet.node("Dropout", "drop7").node("Linear", "fc7", out_features="=hidden", activation="relu")
        order = "x > flatten > drop6 > fc6 > drop7 > fc7 > fc8 > y"
    else:
        sheet.node("Linear", "fc6", out_features="=hidden", activation="relu").node("Dropout", "drop6")
        sheet.node("Linear", "fc7", out_features="=hidden", activation="relu").node("Dropout", "drop7")
        order = "x > flatten > fc6 > drop6 > fc7 > drop7 > fc8 > y"
    return sheet.node("Linear", "fc8", out_features="=classes").output().wire(order)


def _sizes(sheet: Sheet, width: str, least: int) -> None:
    sheet.argument("width", 64, width, minimum=1)
    sheet.argument("hidden", 4096, "Width of the two layers before the last", minimum=1)
    sheet.argument("classes", 1000, "How many classes", minimum=1)
    sheet.argument("size", 224, "Height and width of the image", minimum=least)
    sheet.input("image", "B, 3, size, size", sizes="B=1")


def alexnet() -> Book:
    """AlexNet in one column, as torchvision has it (Krizhevsky 2014, arXiv:1404.5997)."""
    book = Book(
        "AlexNet",
        "Five convolutions and three layers, in one column (Krizhevsky 2014, as in torchvision).",
        {"small": {"width": 8, "hidden": 64, "classes": 10, "size": 95, "B": 2}},
    )
    features = book.sheet("Features", "Five convolutions, with pools where the image is to shrink")
    features.argument("width", 64, "Channels of the first convolution", minimum=1).input()
    features.node(
        "Conv2d", "conv1", out_channels="=width", kernel_size=11, stride=4, padding=2, activation="relu"
    )
    features.node("MaxPool2d", "pool1", kernel_size=3, stride=2)
    features.node("Conv2d", "conv2", out_channels="=3 * width", kernel_size=5, padding=2, activation="relu")
    features.node("MaxPool2d", "pool2", kernel_size=3, stride=2)
    features.node("Conv2d", "conv3", out_channels="=6 * width", kernel_size=3, padding=1, activation="relu")
    features.node("Conv2d", "conv4", out_channels="=4 * width", kernel_size=3, padding=1, activation="relu")
    features.node("Conv2d", "conv5", out_channels="=4 * width", kernel_size=3, padding=1, activation="relu")
    features.node("MaxPool2d", "pool5", kernel_size=3, stride=2).output()
    features.wire("x > conv1 > pool1 > conv2 > pool2 > conv3 > conv4 > conv5 > pool5 > y")
    _sizes(book.root, "Channels of the first convolution", 63)
    book.root.node(features, "features", width="=width")
    book.root.node("AdaptiveAvgPool2d", "avgpool", output_size=6)
    book.root.node(classifier(book, True), "classifier", hidden="=hidden", classes="=classes")
    book.root.output("logits").wire("image > features > avgpool > classifier > logits")
    return book


def vgg16() -> Book:
    """VGG-16 (Simonyan & Zisserman 2014, configuration D)."""
    book = Book(
        "VGG16",
        "Blocks of 3×3 convolutions, each half as large and twice as deep (Simonyan & Zisserman 2014).",
        {
            "small": {
                "depths": [1, 1, 2, 2, 2], "width": 8, "hidden": 64, "classes": 10,
                "size": 64, "B": 2,
            }
        },
    )  # fmt: skip
    block = book.sheet("Block", "3×3 convolutions of one width, and a pool that halves the image")
    block.argument("channels", 64, "Channels of each convolution", minimum=1)
    block.argument("depth", 2, "How many convolutions", minimum=1).input()
    block.node(
        "Conv2d", "convs", repeat="=depth", out_channels="=channels", kernel_size=3, padding=1,
        activation="relu",
    )  # fmt: skip
    block.node("MaxPool2d", "pool", kernel_size=2).output().wire("x > convs > pool > y")
    book.root.argument("depths", (2, 2, 3, 3, 3), "Convolutions in each block", minimum=1)
    _sizes(book.root, "Channels of the first block; each has twice those before, up to 8 times", 32)
    book.root.node(
        block, "blocks", repeat="=len(depths)", channels="=width * min(2**i, 8)", depth="=depths[i]"
    )
    book.root.node("AdaptiveAvgPool2d", "avgpool", output_size=7)
    book.root.node(classifier(book, False), "classifier", hidden="=hidden", classes="=classes")
    book.root.output("logits").wire("image > blocks > avgpool > classifier > logits")
    return book


def nin() -> Book:
    """Network in network, as Dive into Deep Learning 8.3 draws it (Lin et al. 2013)."""
    book = Book(
        "NiN",
        "A small network at every pixel instead of wide layers at the end (Lin et al. 2013).",
        {"small": {"width": 8, "size": 95, "B": 2}},
    )
    block = book.sheet("Block", "A convolution, and a network of two layers at each of its pixels")
    block.argument("channels", 96, "Channels of each layer", minimum=1)
    block.argument("kernel_size", 3, "Of the first convolution", minimum=1)
    block.argument("stride", 1, "Of the first convolution", minimum=1)
    block.argument("padding", 0, "Of the first convolution", minimum=0).input()
    block.node(
        "Conv2d", "conv", out_channels="=channels", kernel_size="=kernel_size", stride="=stride",
        padding="=padding", activation="relu",
    )  # fmt: skip
    block.node("Conv2d", "pixelwise", repeat=2, out_channels="=channels", kernel_size=1, activation="relu")
    block.output().wire("x > conv > pixelwise > y")
    root = book.root.argument("width", 96, "Channels of the first block", minimum=1)
    root.argument("classes", 10, "How many classes", minimum=1)
    root.argument("size", 224, "Height and width of the image", minimum=67)
    root.input("image", "B, 1, size, size", sizes="B=1")
    root.node(block, "block1", channels="=width", kernel_size=11, stride=4)
    root.node("MaxPool2d", "pool1", kernel_size=3, stride=2)
    root.node(block, "block2", channels="=8 * width // 3", kernel_size=5, padding=2)
    root.node("MaxPool2d", "pool2", kernel_size=3, stride=2)
    root.node(block, "block3", channels="=4 * width", kernel_size=3, padding=1)
    root.node("MaxPool2d", "pool3", kernel_size=3, stride=2).node("Dropout", "dropout")
    root.node(block, "block4", channels="=classes", kernel_size=3, padding=1)
    root.node("AdaptiveAvgPool2d", "avgpool", output_size=1).node("Flatten", "flatten").output("logits")
    root.wire(
        "image > block1 > pool1 > block2 > pool2 > block3 > pool3 > dropout > block4 > avgpool > flatten"
        " > logits"
    )
    return book


BOOKS: dict[str, Callable[[], Book]] = {"alexnet": alexnet, "vgg-16": vgg16, "nin": nin}
"""By the names of their files."""
