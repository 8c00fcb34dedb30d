"""Every design that is written as statements, by the name of its file."""

from collections.abc import Callable

from tests.templates import (
    as_in_book,
    autoencoders,
    constructs,
    densenet,
    googlenet,
    initialisers,
    mobilenet,
    plain,
    resnet,
    sequences,
    siamese,
    unet,
)
from tests.templates.sheet import Book

BOOKS: dict[str, Callable[[], Book]] = {
    key: made
    for module in (
        constructs,
        as_in_book,
        initialisers,
        plain,
        googlenet,
        resnet,
        densenet,
        mobilenet,
        unet,
        autoencoders,
        siamese,
        sequences,
    )
    for key, made in module.BOOKS.items()
}
"""A new one stands in the `BOOKS` of a module that is named above, and in assets/templates/index.json."""
