"""Two images through one network, and how alike they are."""

from collections.abc import Callable

from tests.templates.sheet import Book


def siamese() -> Book:
    """Koch et al. 2015: one-shot recognition of hand-written signs."""
    book = Book(
        "Siamese",
        "Two images through one network with one set of weights: how alike they are (Koch et al. 2015).",
        {"small": {"width": 8, "embedding": 32, "size": 66, "B": 2}},
    )
    twin = book.sheet("Twin", "Four convolutions, and a layer that describes the image by numbers")
    twin.argument("width", 64, "Channels of the first convolution", minimum=1)
    twin.argument("embedding", 4096, "Numbers that describe an image", minimum=1)
    twin.argument("size", 105, "Height and width of the image", minimum=65).input("x", "B, 1, size, size")
    for place, (width, kernel) in enumerate((("width", 10), ("2 * width", 7), ("2 * width", 4)), 1):
        twin.node("Conv2d", f"conv{place}", out_channels=f"={width}", kernel_size=kernel, activation="relu")
        twin.node("MaxPool2d", f"pool{place}", kernel_size=2)
    twin.node("Conv2d", "conv4", out_channels="=4 * width", kernel_size=4, activation="relu")
    twin.node("Flatten", "flatten").node("Linear", "fc", out_features="=embedding", activation="sigmoid")
    twin.output().wire("x > conv1 > pool1 > conv2 > pool2 > conv3 > pool3 > conv4 > flatten > fc > y")
    root = book.root.argument("width", 64, "Channels of the first convolution", minimum=1)
    root.argument("embedding", 4096, "Numbers that describe an image", minimum=1)
    root.argument("size", 105, "Height and width of the images", minimum=65)
    root.input("left", "B, 1, size, size", sizes="B=1").input("right", "B, 1, size, size", sizes="B=1")
    root.node(twin, "twin", (1, 0), width="=width", embedding="=embedding", size="=size")
    root.node(twin, "same twin", (1, 1), owner="twin")
    root.node("Subtract", "difference", (2, 0)).node("Abs", "distance", (2.75, 0))
    root.node("Linear", "score", (3.5, 0), out_features=1).output("alike", (4.2, 0))
    root.wire("left > twin > difference.a", "right > same twin > difference.b")
    return root.wire("difference > distance > score > alike").book


BOOKS: dict[str, Callable[[], Book]] = {"siamese": siamese}
"""By the names of their files."""
