"""Every sentence that the user reads passes `tr`, so that a language can be put in its place."""

from collections.abc import Mapping
from string import Formatter

_catalogue: Mapping[str, str] = {}


def tr(text: str, /, **values: object) -> str:
    """The text in the user's language, with `{name}` placeholders filled from `values`."""
    return _catalogue.get(text, text).format(**values) if values else _catalogue.get(text, text)


def set_language(catalogue: Mapping[str, str]) -> None:
    """Take translations from now on from a mapping of English texts; an empty one gives English.

    Raises ValueError where a translation names a placeholder that its text does not have.
    """
    for text, translation in catalogue.items():
        unknown = placeholders(translation) - placeholders(text)
        if unknown:
            raise ValueError(f"{translation!r} has {{{min(unknown)}}}, which {text!r} has not")
    global _catalogue  # the one language of the process
    _catalogue = dict(catalogue)


def language() -> Mapping[str, str]:
    """The translations that texts are taken from, for another process to take them from too."""
    return _catalogue


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}
