"""Evaluated arguments in words. No Qt."""

from typing import Any

from core.dim import Symbolic, text
from core.document import Document
from core.summary import kind_name
from core.text import tr
from core.use import Use


def value_text(document: Document, value: Any) -> str:
    """`64`, `3, 4, 6, 3`, `2*width`; of a module its name."""
    if isinstance(value, Use):
        return kind_name(document, value.kind) or tr("empty")
    if isinstance(value, tuple) and value:
        return ", ".join(value_text(document, part) for part in value)
    return text(value) if isinstance(value, int | Symbolic) and not isinstance(value, bool) else str(value)
