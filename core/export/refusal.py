"""Where a framework has nothing exact for what nodes do: every such node, with the reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from .error import ExportError


class Refusals(ExportError):
    """Several reasons at once; its sentence and path are those of the first."""

    def __init__(self, each: tuple[ExportError, ...]) -> None:
        super().__init__(each[0].message, each[0].path)
        self.each = each


def reasons(error: ExportError) -> tuple[ExportError, ...]:
    """The reasons that an error is made of: itself, where it is one."""
    return error.each if isinstance(error, Refusals) else (error,)


@contextmanager
def refused_at(*nodes: str) -> Iterator[None]:
    """Gives an ExportError that names no place these nodes, all of which it is about."""
    try:
        yield
    except ExportError as error:
        if error.path or not nodes:
            raise
        raise Refusals(tuple(ExportError(error.message, (node,)) for node in nodes)) from None
