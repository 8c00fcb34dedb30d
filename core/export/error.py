"""Why a design cannot be exported."""

from ..problem import Path


class ExportError(ValueError):
    """Why a design cannot be exported: one sentence; `path` is the call at fault, () for the whole."""

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
