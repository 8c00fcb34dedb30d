"""The error of an edit that cannot be done, which a document raises too."""

from ..refusal import EditError

__all__ = ["EditError"]
