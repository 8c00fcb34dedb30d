"""DenseNet-121 as torchvision draws it: every layer reads what all before it gave."""

from collections.abc import Callable

from tests.templates.sheet import Book, Sheet


def dense_layer(book: Book) -> Sheet:
    """1×1 to narrow, 3×3 to make new channels, joined to those that came in."""
    sheet = book.sheet("DenseLayer", "Makes some new channels and puts them behind those that came in")
    sheet.argument("growth", 32, "How many channels are new", minimum=1)
    sheet.argument("bottleneck", 4, "The 1×1 convolution has so many times that", minimum=1)
    sheet.input().node("BatchNorm2d", "norm1", (1, 1), activation="relu")
    sheet.node("Conv2d", "conv1", out_channels="=bottleneck * growth", kernel_size=1, bias=False)
    sheet.node("BatchNorm2d", "norm2", activation="relu")
    sheet.node("Conv2d", "conv2", out_channels="=growth", kernel_size=3, padding=1, bias=False)
    sheet.node("Concat", "joined", (3.6, 0)).output(at=(4.3, 0))
    return sheet.wire("x > joined", "x > norm1 > conv1 > norm2 > conv2 > joined > y")


def transition(book: Book) -> Sheet:
    """Half the channels, half the image."""
    sheet = book.sheet("Transition", "Half the channels and half the image")
    sheet.input().node("BatchNorm2d", "norm", activation="relu")
    sheet.node("Conv2d", "conv", out_channels="=x.shape[1] // 2", kernel_size=1, bias=False)
    return sheet.node("AvgPool2d", "pool", kernel_size=2).output().wire("x > norm > conv > pool > y")


def densenet121() -> Book:
    """Huang et al. 2016, table 1."""
    book = Book(
        "DenseNet121",
        "Layers that read what all before them gave, 121 deep (Huang et al. 2016).",
        {
            "small": {
                "depths": [2, 2, 2, 3], "growth": 8, "stem": 16, "classes": 10, "size": 64, "B": 2,
            }
        },
    )  # fmt: skip
    stage = book.sheet("Stage", "A block of dense layers, then half the channels and half the image")
    stage.argument("depth", 6, "How many dense layers", minimum=1)
    stage.argument("growth", 32, "Channels that each adds", minimum=1).input()
    layer = dense_layer(book)
    stage.node(layer, "block", repeat="=depth", growth="=growth")
    stage.node(transition(book), "transition").output()
    stage.wire("x > block > transition > y")
    root = book.root.argument("depths", (6, 12, 24, 16), "Dense layers in each block", minimum=1)
    root.argument("growth", 32, "Channels that each layer adds", minimum=1)
    root.argument("stem", 64, "Channels of the first convolution", minimum=1)
    root.argument("classes", 1000, "How many classes", minimum=1)
    root.argument("size", 224, "Height and width of the image", minimum=29)
    root.input("image", "B, 3, size, size", sizes="B=1")
    root.node("Conv2d", "conv0", out_channels="=stem", kernel_size=7, stride=2, padding=3, bias=False)
    root.node("BatchNorm2d", "norm0", activation="relu")
    root.node("MaxPool2d", "pool0", kernel_size=3, stride=2, padding=1)
    root.node(stage, "stages", repeat="=len(depths) - 1", depth="=depths[i]", growth="=growth")
    root.node(layer, "last", repeat="=depths[len(depths) - 1]", growth="=growth")
    root.node("BatchNorm2d", "norm5", (1.3, 1.8), activation="relu")
    root.node("AdaptiveAvgPool2d", "avgpool", (2.15, 1.8), output_size=1)
    root.node("Flatten", "flatten", (2.95, 1.8))
    root.node("Linear", "classifier", (3.6, 1.8), out_features="=classes").output("logits", (4.4, 1.8))
    root.wire("image > conv0 > norm0 > pool0 > stages > last > norm5 > avgpool > flatten > classifier")
    root.wire("classifier > logits")
    return book


BOOKS: dict[str, Callable[[], Book]] = {"densenet-121": densenet121}
"""By the names of their files."""
