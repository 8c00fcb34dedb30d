"""Colours code by its tokens, each line by itself with the state in which it begins: Python by pygments'."""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from PySide6.QtGui import QColor, QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from .style import current_theme

if TYPE_CHECKING:
    from pygments.token import _TokenType

INSIDE_TEXT = 1
"""The state of a line that begins inside a text of three quotes."""

_QUOTES = '"""'


Language = Literal["python", "onnx"]


class CodeHighlighter(QSyntaxHighlighter):
    """Keywords, texts, numbers, comments, and the names that are defined."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats = _formats()
        self.language: Language = "python"
        """What the next text is written in."""

    def follow_theme(self) -> None:
        """Colours everything anew."""
        self._formats = _formats()
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if self.language == "onnx":
            for begin, length, kind in _onnx_tokens(text):
                self.setFormat(begin, length, self._formats[kind])
            return
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


_ONNX = re.compile(
    r"""(?P<comment>\#.*) | (?P<string>"[^"]*") | (?P<keyword>\b(?:float|int64|bool)(?=\[|[ ]\w))
    | (?P<number>(?<![\w.])-?\d[\d.]*(?:e[+-]?\d+)?\b) | (?<==[ ])(?P<name>[A-Za-z_][\w.]*)(?=[ ][(<])
    | ^(?P<title>[A-Za-z_]\w*)(?=[ ]\()""",
    re.VERBOSE,
)
"""The syntax that onnx.printer writes: types are its keywords; operators and what is defined are names."""


def _onnx_tokens(line: str) -> list[tuple[int, int, str]]:
    """Where a line's coloured parts begin, how long they are, and what they are."""
    found = []
    for token in _ONNX.finditer(line):
        kind = "name" if token.lastgroup == "title" else token.lastgroup or ""
        found.append((token.start(), len(token[0]), kind))
    return found


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
