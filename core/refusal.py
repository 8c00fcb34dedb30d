"""The error of an edit that cannot be done."""

from .text import tr


class EditError(ValueError):
    """One sentence that says why the edit cannot be done; the document is as it was."""


def locked_sentence(module: str) -> str:
    """What is said where the inside of a module of the library that ships is edited; `module` is its name."""
    return tr("{module} is of the library that ships; edit a copy of it", module=module)
