"""Networks that give back their input through a narrow code: an autoencoder and a variational one."""

from collections.abc import Callable

from tests.templates.sheet import Book, Sheet


def autoencoder() -> Book:
    """The deep autoencoder of Hinton & Salakhutdinov 2006 for 28×28 digits."""
    book = Book(
        "Autoencoder",
        "An image through a code of 30 numbers and back (Hinton & Salakhutdinov 2006).",
        {"small": {"widths": [64, 32], "code": 8, "B": 2}},
    )
    encoder = book.sheet("Encoder", "Ever narrower layers, then the code")
    encoder.argument("widths", (1000, 500, 250), "Of the layers", minimum=1)
    encoder.argument("code", 30, "Numbers that are left of an image", minimum=1)
    encoder.input().node("Flatten", "flatten")
    encoder.node("Linear", "layers", repeat="=len(widths)", out_features="=widths[i]", activation="sigmoid")
    encoder.node("Linear", "code", (3.3, 0), out_features="=code").output(at=(4.1, 0)).wire(
        "x > flatten > layers > code > y"
    )
    decoder = book.sheet("Decoder", "The same widths the other way round, then pixels")
    decoder.argument("widths", (1000, 500, 250), "Of the encoder's layers", minimum=1)
    decoder.argument("size", 28, "Height and width of the image", minimum=1).input()
    decoder.node(
        "Linear", "layers", repeat="=len(widths)", out_features="=widths[len(widths) - 1 - i]",
        activation="sigmoid",
    )  # fmt: skip
    decoder.node("Linear", "pixels", (2.3, 0), out_features="=size * size")
    decoder.node("Reshape", "image", (3.1, 0), shape="-1, 1, size, size").output(at=(3.9, 0))
    decoder.wire("x > layers > pixels > image > y")
    root = book.root.argument("widths", (1000, 500, 250), "Of the layers before the code", minimum=1)
    root.argument("code", 30, "Numbers that are left of an image", minimum=1)
    root.argument("size", 28, "Height and width of the image", minimum=1)
    root.input("image", "B, 1, size, size", sizes="B=16", at=(0, 1.2))
    root.node(encoder, "encoder", (1, 0), widths="=widths", code="=code")
    root.node(decoder, "decoder", widths="=widths", size="=size")
    root.node("Sigmoid", "brightness").output("reconstruction")
    root.node("BCEWithLogitsLoss", "loss", (3, 1.2)).output("mean loss")
    root.wire("image > loss.target", "image > encoder > decoder > loss.x", "loss > mean loss")
    return root.wire("decoder > brightness > reconstruction").book


def halves(book: Book) -> Sheet:
    """What the encoder says, taken apart."""
    sheet = book.sheet("Halves", "The first half of the numbers is the mean, the second the logarithm of σ²")
    sheet.input().node("Slice", "first", (0.9, 0), dim=1, end="=x.shape[1] // 2")
    sheet.node("Slice", "second", (0.9, 1), dim=1, start="=x.shape[1] // 2")
    sheet.output("mean", (1.9, 0)).output("log_variance", (1.9, 1))
    return sheet.wire("x > first > mean", "x > second > log_variance")


def sample(book: Book, split: Sheet) -> Sheet:
    """μ + σ ε: the reparameterisation of Kingma & Welling 2013, section 2.4."""
    sheet = book.sheet("Sample", "A random code around the mean; the gradient passes μ and σ, not the dice")
    sheet.input().node(split, "halves", (0.65, 0))
    sheet.node("Scale", "half", (1.6, 0.9), factor=0.5).node("Exp", "deviation", (2.3, 0.9))
    sheet.node("RandomNormal", "noise", (2.3, 1.8)).node("Multiply", "spread", (3.05, 0.9))
    sheet.node("Add", "around", (3.7, 0)).output("code", (4.35, 0))
    sheet.wire("x > halves", "halves.mean > around", "halves.log_variance > half > deviation > spread")
    return sheet.wire("half > noise > spread", "spread > around > code")


def divergence(book: Book, split: Sheet) -> Sheet:
    """Kingma & Welling 2013, appendix B: 1/2 Σ (μ² + σ² - ln σ² - 1)."""
    sheet = book.sheet("Divergence", "How far codes are from normal numbers: ½ Σ (μ² + σ² - ln σ² - 1)")
    sheet.input(at=(0, 1)).node(split, "halves", (0.55, 1)).node("Power", "square", (1.45, 0), exponent=2.0)
    sheet.node("Exp", "variance", (1.45, 1)).node("Subtract", "difference", (2.05, 1.1))
    sheet.node("Add", "added", (2.7, 0)).node("Scale", "each", (3.25, 0), factor=0.5, shift=-0.5)
    sheet.node("Sum", "total", (4.05, 0)).output(at=(4.55, 0))
    sheet.wire("x > halves", "halves.mean > square > added", "halves.log_variance > variance > difference.a")
    return sheet.wire("halves.log_variance > difference.b", "difference > added > each > total > y")


def vae() -> Book:
    """The variational autoencoder of Kingma & Welling 2013, with the widths of PyTorch's example."""
    book = Book(
        "VAE",
        "A code that is drawn at random around what the image says, and its loss (Kingma & Welling 2013).",
        {"small": {"hidden": 32, "code": 4, "B": 2}},
    )
    encoder = book.sheet("Encoder", "The mean of the code and the logarithm of its variance, side by side")
    encoder.argument("hidden", 400, "Width of the hidden layer", minimum=1)
    encoder.argument("code", 20, "Numbers in the code", minimum=1).input()
    encoder.node("Linear", "hidden", out_features="=hidden", activation="relu")
    encoder.node("Linear", "statistics", out_features="=2 * code").output()
    encoder.wire("x > hidden > statistics > y")
    decoder = book.sheet("Decoder", "An image from a code, and the scores it is made of")
    decoder.argument("hidden", 400, "Width of the hidden layer", minimum=1)
    decoder.argument("pixels", 784, "How many pixels", minimum=1).input()
    decoder.node("Linear", "hidden", out_features="=hidden", activation="relu")
    decoder.node("Linear", "scores", out_features="=pixels").node("Sigmoid", "brightness")
    decoder.output("image").output("logits", (3, 1))
    decoder.wire("x > hidden > scores > brightness > image", "scores > logits")
    split = halves(book)
    loss = book.sheet("Loss", "What the image lost on its way, and how far its code is from normal numbers")
    loss.input("statistics").input("logits").input("target", at=(0, 2))
    loss.node(divergence(book, split), "divergence", (1, 0))
    loss.node("BCEWithLogitsLoss", "mismatch", (1, 1), reduction="sum").node("Add", "sum", (2.1, 0)).output()
    loss.wire("statistics > divergence > sum", "logits > mismatch.x", "target > mismatch.target")
    loss.wire("mismatch > sum > y")
    root = book.root.argument("hidden", 400, "Width of the hidden layers", minimum=1)
    root.argument("code", 20, "Numbers in the code", minimum=1)
    root.input("pixels", "B, 784", sizes="B=16", at=(0, 2.2))
    root.node(encoder, "encoder", (0.7, 1), hidden="=hidden", code="=code")
    root.node(sample(book, split), "sample", (1.75, 1))
    root.node(decoder, "decoder", (2.45, 1), hidden="=hidden", pixels="=pixels.shape[1]")
    root.output("reconstruction", (3.3, 0.3)).node(loss, "elbo", (4, 1)).output("loss", (4.6, 1))
    root.wire("pixels > encoder > sample > decoder", "decoder.image > reconstruction")
    root.wire("encoder > elbo.statistics", "decoder.logits > elbo.logits", "pixels > elbo.target")
    return root.wire("elbo > loss").book


BOOKS: dict[str, Callable[[], Book]] = {"autoencoder": autoencoder, "vae": vae}
"""By the names of their files."""
