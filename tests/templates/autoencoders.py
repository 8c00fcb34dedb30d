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
    encoder.node("Linear", "code", out_features="=code").output().wire("x > flatten > layers > code > y")
    decoder = book.sheet("Decoder", "The same widths the other way round, then pixels")
    decoder.argument("widths", (1000, 500, 250), "Of the encoder's layers", minimum=1)
    decoder.argument("size", 28, "Height and width of the image", minimum=1).input()
    decoder.node(
        "Linear", "layers", repeat="=len(widths)", out_features="=widths[len(widths) - 1 - i]",
        activation="sigmoid",
    )  # fmt: skip
    decoder.node("Linear", "pixels", out_features="=size * size")
    decoder.node("Reshape", "image", shape="-1, 1, size, size").output()
    decoder.wire("x > layers > pixels > image > y")
    root = book.root.argument("widths", (1000, 500, 250), "Of the layers before the code", minimum=1)
    root.argument("code", 30, "Numbers that are left of an image", minimum=1)
    root.argument("size", 28, "Height and width of the image", minimum=1)
    root.input("image", "B, 1, size, size", sizes="B=16")
    root.node(encoder, "encoder", (1, 1), widths="=widths", code="=code")
    root.node(decoder, "decoder", widths="=widths", size="=size")
    root.node("Sigmoid", "brightness", (3, 1)).output("reconstruction")
    root.node("BCEWithLogitsLoss", "loss", (3, 0)).output("mean loss")
    root.wire("image > loss.target", "image > encoder > decoder > loss.x", "loss > mean loss")
    return root.wire("decoder > brightness > reconstruction").book


def divergence(book: Book) -> Sheet:
    """Kingma & Welling 2013, appendix B: 1/2 Σ (μ² + σ² - ln σ² - 1)."""
    sheet = book.sheet(
        "Divergence", "How far the codes are from the normal distribution: ½ Σ (μ² + σ² - ln σ² - 1)"
    )
    sheet.input("mean").input("log_variance", at=(0, 2))
    sheet.node("Power", "square", (1, 0), exponent=2.0).node("Exp", "variance", (1, 1))
    sheet.node("Subtract", "difference", (2, 1)).node("Add", "added", (3, 0))
    sheet.node("Scale", "each", (3, 1.4), factor=0.5, shift=-0.5).node("Sum", "total").output()
    sheet.wire("mean > square > added", "log_variance > variance > difference.a")
    return sheet.wire("log_variance > difference.b", "difference > added > each > total > y")


def vae() -> Book:
    """The variational autoencoder of Kingma & Welling 2013, with the widths of PyTorch's example."""
    book = Book(
        "VAE",
        "A code that is drawn at random around what the image says, and its loss (Kingma & Welling 2013).",
        {"small": {"hidden": 32, "code": 4, "B": 2}},
    )
    encoder = book.sheet("Encoder", "The mean of the code, and the logarithm of its variance")
    encoder.argument("hidden", 400, "Width of the hidden layer", minimum=1)
    encoder.argument("code", 20, "Numbers in the code", minimum=1).input()
    encoder.node("Linear", "hidden", out_features="=hidden", activation="relu")
    encoder.node("Linear", "to_mean", (2, 0), out_features="=code").output("mean")
    encoder.node("Linear", "to_log_variance", (2, 1), out_features="=code").output("log_variance", (3, 1))
    encoder.wire("x > hidden > to_mean > mean", "hidden > to_log_variance > log_variance")
    sample = book.sheet("Sample", "A random code: the gradient passes mean and deviation, not the dice")
    sample.input("mean").input("log_variance")
    sample.node("Scale", "half", (1, 1), factor=0.5).node("Exp", "deviation", (2, 1))
    sample.node("RandomNormal", "noise", (2, 2)).node("Multiply", "spread", (3, 1))
    sample.node("Add", "code", (4, 0)).output("code_out")
    sample.wire("mean > code", "log_variance > half > deviation > spread > code > code_out")
    sample.wire("half > noise > spread")
    decoder = book.sheet("Decoder", "Pixels from a code")
    decoder.argument("hidden", 400, "Width of the hidden layer", minimum=1)
    decoder.argument("pixels", 784, "How many pixels", minimum=1).input()
    decoder.node("Linear", "hidden", out_features="=hidden", activation="relu")
    decoder.node("Linear", "pixels", out_features="=pixels").output().wire("x > hidden > pixels > y")
    root = book.root.argument("hidden", 400, "Width of the hidden layers", minimum=1)
    root.argument("code", 20, "Numbers in the code", minimum=1)
    root.input("image", "B, 784", sizes="B=16", at=(0, 1.2))
    root.node(encoder, "encoder", (1, 1.2), hidden="=hidden", code="=code").node(sample, "sample", (2, 1.2))
    root.node(decoder, "decoder", (3, 1.2), hidden="=hidden", pixels="=image.shape[1]")
    root.node("Sigmoid", "brightness", (4, 1.2)).output("reconstruction", (5, 1.2))
    root.node("BCEWithLogitsLoss", "mismatch", (4, 0), reduction="sum")
    root.node(divergence(book), "divergence", (2, 2.6)).node("Add", "sum", (5, 0)).output("loss", (5, 1))
    root.wire("image > encoder", "encoder.mean > sample.mean", "encoder.log_variance > sample.log_variance")
    root.wire("sample > decoder > brightness > reconstruction", "decoder > mismatch.x")
    root.wire("image > mismatch.target", "encoder.mean > divergence.mean")
    root.wire("encoder.log_variance > divergence.log_variance", "mismatch > sum", "divergence > sum > loss")
    return book


BOOKS: dict[str, Callable[[], Book]] = {"autoencoder": autoencoder, "vae": vae}
"""By the names of their files."""
