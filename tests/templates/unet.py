"""A U-Net at any size of image: what comes up is padded to what it is joined with."""

from collections.abc import Callable

from tests.templates.sheet import Book, Sheet


def double_conv(book: Book) -> Sheet:
    """3×3, batch norm, ReLU, twice."""
    sheet = book.sheet("DoubleConv", "Two 3×3 convolutions, each with batch norm and ReLU")
    sheet.argument("channels", 64, "Output channels", minimum=1).input()
    sheet.node("Conv2d", "conv1", out_channels="=channels", kernel_size=3, padding=1, bias=False)
    sheet.node("BatchNorm2d", "bn1", activation="relu")
    sheet.node("Conv2d", "conv2", out_channels="=channels", kernel_size=3, padding=1, bias=False)
    sheet.node("BatchNorm2d", "bn2", activation="relu").output()
    return sheet.wire("x > conv1 > bn1 > conv2 > bn2 > y")


def down(book: Book, double: Sheet) -> Sheet:
    """Half the image, then two convolutions."""
    sheet = book.sheet("Down", "Half the image, then two convolutions")
    sheet.argument("channels", 128, "Output channels", minimum=1).input()
    sheet.node("MaxPool2d", "pool", kernel_size=2).node(double, "double", channels="=channels").output()
    return sheet.wire("x > pool > double > y")


def up(book: Book, double: Sheet) -> Sheet:
    """Twice the image, joined with what was there before it was halved."""
    sheet = book.sheet("Up", "Twice the image, joined with what went down at this size")
    sheet.argument("channels", 64, "Output channels", minimum=1)
    sheet.input("skip", at=(0, 1.2)).input("x", at=(0, 0))
    sheet.node("ConvTranspose2d", "larger", (0.9, 0), out_channels="=channels", kernel_size=2, stride=2)
    sheet.node("PadTo", "fit", (1.8, 0)).node("Concat", "joined", (2.6, 1))
    sheet.node(double, "double", (3.3, 1), channels="=channels").output(at=(4.2, 1))
    sheet.wire("x > larger > fit.x", "skip > fit.like")
    return sheet.wire("fit > joined", "skip > joined", "joined > double > y")


def _times(factor: int) -> str:
    return "=width" if factor == 1 else f"={factor} * width"


def unet() -> Book:
    """Ronneberger et al. 2015, with padding and batch norm."""
    book = Book(
        "UNet",
        "Down four times and up again, joined at each size; for any image (Ronneberger et al. 2015).",
        {"small": {"width": 8, "B": 2, "H": 37, "W": 45}},
    )
    double = double_conv(book)
    smaller, larger = down(book, double), up(book, double)
    root = book.root.argument("width", 64, "Channels at the image's own size", minimum=1)
    root.argument("classes", 1, "Channels that come out: one for each kind of pixel", minimum=1)
    root.input("image", "B, 3, H, W", sizes="B=1, H=160, W=240")
    root.node(double, "first", channels="=width")
    for step in range(1, 5):
        at = (1, 1.2 * step) if step < 4 else (1.9, 4.6)
        root.node(smaller, f"down{step}", at, channels=_times(2**step))
    for step in range(1, 5):
        root.node(larger, f"up{step}", (2.8, 1.2 * (4 - step)), channels=_times(2 ** (4 - step)))
    root.node("Conv2d", "head", (3.6, 0), out_channels="=classes", kernel_size=1).output("logits", (4.4, 0))
    return_ways = ("down3 > up1.skip", "down2 > up2.skip", "down1 > up3.skip", "first > up4.skip")
    root.wire("image > first > down1 > down2 > down3 > down4 > up1.x", *return_ways)
    root.wire("up1 > up2.x", "up2 > up3.x", "up3 > up4.x", "up4 > head > logits")
    return book


BOOKS: dict[str, Callable[[], Book]] = {"u-net": unet}
"""By the names of their files."""
