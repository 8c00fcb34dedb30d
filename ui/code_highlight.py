"""Colours Python by pygments' tokens, each line by itself with the state in which it begins."""

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from .style import current_theme

if TYPE_CHECKING:
    from pygments.token import _TokenType

INSIDE_TEXT = 1
"""The state of a line that begins inside a text of three quotes."""

_QUOTES = '"""'


class PythonHighlighter(QSyntaxHighlighter):
    """Keywords, texts, numbers, comments, and the names that are defined."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats = _formats()

    def follow_theme(self) -> None:
        """Colours everything anew."""
        self._formats = _formats()
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        inside = self.previousBlockState() == INSIDE_TEXT
        odd = text.count(_QUOTES) % 2 == 1
        self.setCurrentBlockState(INSIDE_TEXT if inside != odd else 0)
        end = text.find(_QUOTES) + len(_QUOTES) if inside and _QUOTES in text else len(text) if inside else 0
        self.setFormat(0, end, self._formats["string"])
        start = text.rfind(_QUOTES) if odd and not inside else len(text)
        for begin, length, kind in _tokens(text[end:start]):
            self.setFormat(end + begin, length, self._formats[kind])
        if start < len(text):
            self.setFormat(start, len(text) - start, self._formats["string"])


@lru_cache(maxsize=4096)
def _tokens(line: str) -> tuple[tuple[int, int, str], ...]:
    """Where a line's coloured parts begin, how long they are, and what they are."""
    from pygments.lexers.python import PythonLexer  # only where code is shown
    from pygments.token import Comment, Keyword, Name, Number, String

    kinds = (
        (Comment, "comment"),
        (Keyword, "keyword"),
        (String, "string"),
        (Number, "number"),
        (Name.Class, "name"),
        (Name.Function, "name"),
    )
    found = []
    for begin, token, value in PythonLexer(stripnl=False).get_tokens_unprocessed(line):
        kind = next((kind for group, kind in kinds if _is_within(group, token)), "")
        if kind and value.strip():
            found.append((begin, len(value), kind))
    return tuple(found)


def _is_within(group: "_TokenType", token: "_TokenType") -> bool:
    return token[: len(group)] == group


def _formats() -> dict[str, QTextCharFormat]:
    theme = current_theme()
    colours = {
        "keyword": theme.code_keyword,
        "string": theme.code_string,
        "number": theme.code_number,
        "comment": theme.secondary,
        "name": theme.text,
    }
    made = {}
    for kind, colour in colours.items():
        made[kind] = QTextCharFormat()
        made[kind].setForeground(QColor(colour))
    made["name"].setFontWeight(QFont.Weight.Bold)
    return made
