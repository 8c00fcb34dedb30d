"""Plain tables for the terminal."""

import unicodedata
from collections.abc import Sequence


def table(lines: Sequence[Sequence[str]], right: tuple[int, ...] = (), rule: bool = False) -> str:
    """Columns two blanks apart; those in `right` end flush. `rule` sets the first and the last line apart."""
    widths = [max(_width(line[column]) for line in lines) for column in range(len(lines[0]))]
    texts = [
        "  ".join(_padded(cell, widths[i], i in right) for i, cell in enumerate(line)).rstrip()
        for line in lines
    ]
    if rule:
        bar = "─" * max(_width(text) for text in texts)
        texts = [texts[0], bar, *texts[1:-1], bar, texts[-1]]
    return "\n".join(texts)


def _padded(cell: str, width: int, right: bool) -> str:
    blanks = " " * (width - _width(cell))
    return blanks + cell if right else cell + blanks


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(mark) in "WF" else 1 for mark in text)
