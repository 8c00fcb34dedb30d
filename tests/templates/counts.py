"""How many parameters the published networks have, and who says so."""

from itertools import pairwise

TORCHVISION = "https://docs.pytorch.org/vision/stable/models.html, table of classification weights"

TEXT = "Dive into Deep Learning, 6.1: 20 features, a hidden layer of 256, 10 outputs"

HUGGING_FACE = "transformers' GPT2LMHeadModel of the checkpoint gpt2, whose head is the embedding"

PUBLISHED: dict[str, tuple[int, str]] = {
    "alexnet": (61_100_840, TORCHVISION),
    "vgg-16": (138_357_544, TORCHVISION),
    "googlenet": (6_624_904, TORCHVISION),
    "resnet-18": (11_689_512, TORCHVISION),
    "resnet-34": (21_797_672, TORCHVISION),
    "resnet-50": (25_557_032, TORCHVISION),
    "resnet-101": (44_549_160, TORCHVISION),
    "resnet-152": (60_192_808, TORCHVISION),
    "densenet-121": (7_978_856, TORCHVISION),
    "mobilenet-v2": (3_504_872, TORCHVISION),
    "my-sequential": (7_946, TEXT),
    "vit-b-16": (86_567_656, TORCHVISION),
    "gpt-2": (124_439_808, HUGGING_FACE),
}
"""Of the whole network as it stands: 1000 classes."""


def convolution(channels: int, filters: int, kernel: int, bias: bool = True) -> int:
    """Parameters of a convolution: a weight for each pair of channels and each place, and a bias a filter."""
    return filters * channels * kernel * kernel + (filters if bias else 0)


def linear(features: int, outputs: int) -> int:
    """Parameters of a fully connected layer."""
    return outputs * features + outputs


def nin() -> int:
    """Dive into Deep Learning, 8.3: four blocks of (width, kernel), each with two layers at every pixel."""
    found, channels = 0, 1
    for width, kernel in ((96, 11), (256, 5), (384, 3), (10, 3)):
        found += convolution(channels, width, kernel) + 2 * convolution(width, width, 1)
        channels = width
    return found


def unet() -> int:
    """Ronneberger et al. 2015, figure 1, from 3 channels to 1; without biases before a batch norm."""

    def double(channels: int, width: int) -> int:
        norms = 2 * 2 * width
        return convolution(channels, width, 3, False) + convolution(width, width, 3, False) + norms

    widths = (64, 128, 256, 512, 1024)
    found = double(3, 64) + convolution(64, 1, 1)
    for narrow, wide in pairwise(widths):
        found += double(narrow, wide)  # down
        found += convolution(wide, narrow, 2) + double(2 * narrow, narrow)  # up
    return found


def autoencoder() -> int:
    """Hinton & Salakhutdinov 2006: 784-1000-500-250-30 and back."""
    widths = (784, 1000, 500, 250, 30)
    return sum(linear(a, b) + linear(b, a) for a, b in pairwise(widths))


def vae() -> int:
    """PyTorch's example: 784-400, from there 20 means and 20 variances, 20-400-784."""
    return linear(784, 400) + 2 * linear(400, 20) + linear(20, 400) + linear(400, 784)


def siamese() -> int:
    """Koch et al. 2015, figure 4: 10×10, 7×7, 4×4 and 4×4 filters, 4096 numbers of 6×6 pixels, one score."""
    found, channels = 0, 1
    for width, kernel in ((64, 10), (128, 7), (128, 4), (256, 4)):
        found += convolution(channels, width, kernel)
        channels = width
    return found + linear(256 * 6 * 6, 4096) + linear(4096, 1)


def chain(*widths: int) -> int:
    """Fully connected layers, each reading the one before it."""
    return sum(linear(a, b) for a, b in pairwise(widths))


def lstm_classifier() -> int:
    """10,000 words of 100 numbers, four gates of 128 on word, state and two biases, 2 classes."""
    return 10_000 * 100 + 4 * 128 * (100 + 128 + 2) + linear(128, 2)


def transformer_encoder() -> int:
    """Vaswani et al. 2017, base: 37,000 words, six layers of 512 and 2048, biases everywhere."""
    attention, forward, norms = 4 * linear(512, 512), chain(512, 2048, 512), 2 * 2 * 512
    return 37_000 * 512 + 6 * (attention + forward + norms)


DERIVED = {
    "nin": nin,
    "u-net": unet,
    "autoencoder": autoencoder,
    "vae": vae,
    "siamese": siamese,
    "fixed-hidden-mlp": lambda: linear(20, 20),
    "as-in-book-pytorch": lambda: linear(20, 20),
    "as-in-book-mxnet": lambda: linear(20, 20),
    "as-in-book-jax": lambda: linear(20, 20),
    "as-in-book-tensorflow": lambda: linear(20, 20),
    "nest-mlp": lambda: chain(20, 64, 32, 16),
    "chimera": lambda: chain(20, 64, 32, 16, 20) + linear(20, 20),
    "parallel": lambda: chain(20, 64, 10) + chain(20, 64, 32, 16),
    "factory": lambda: 4 * chain(20, 32, 20),
    "tied": lambda: chain(4, 8, 8) + linear(8, 1),
    "custom-layer": lambda: linear(8, 128),
    "custom-layer-with-parameters": lambda: chain(64, 8, 1),
    "initialisers": lambda: 4 * chain(4, 8, 1),
    "lstm-classifier": lstm_classifier,
    "transformer-encoder": transformer_encoder,
}
"""Those that are worked out here from their papers' figures."""
