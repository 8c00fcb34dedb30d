"""Lines of code laid out as black lays them out, each with the nodes it comes from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from unicodedata import combining, east_asian_width

WIDTH = 88
"""black's line length."""

INDENT = "    "
"""A level of indentation."""


@dataclass(frozen=True)
class Line:
    """A line of text and the ids of the nodes that it spells."""

    text: str
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """An argument of a call that is laid out one argument a line."""

    text: str
    comment: str = ""
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bracket:
    """`opening item, item closing`, on as few lines as fit; `exploded` puts every item on its own."""

    opening: str
    items: tuple["Item | Bracket", ...]
    closing: str = ")"
    comment: str = ""
    nodes: tuple[str, ...] = ()
    head: str = ""
    """A comment after the opening bracket, where the items have lines of their own."""
    exploded: bool = False

    @property
    def text(self) -> str:
        """All of it on one line."""
        return self.opening + ", ".join(item.text for item in self.items) + self.closing


def laid_out(bracket: Bracket, depth: int, tail: str = "") -> list[Line]:
    """The lines at an indentation of `depth` steps; `tail` follows the closing bracket."""
    indent = INDENT * depth
    whole = indent + bracket.text + tail
    if not bracket.items or (width(whole) <= WIDTH and not bracket.exploded):
        return [Line(commented(whole, bracket.comment), bracket.nodes)]
    first = Line(commented(indent + bracket.opening, bracket.head), bracket.nodes)
    last = Line(commented(indent + bracket.closing + tail, bracket.comment), bracket.nodes)
    joined = indent + INDENT + ", ".join(item.text for item in bracket.items)
    if width(joined) <= WIDTH and not bracket.exploded:
        return [first, Line(joined, bracket.nodes), last]
    if len(bracket.items) == 1 and isinstance(bracket.items[0], Bracket) and not bracket.exploded:
        return [first, *laid_out(bracket.items[0], depth + 1), last]  # black adds no comma to a single call
    return [first, *(line for item in bracket.items for line in _item_lines(item, depth + 1)), last]


def _item_lines(item: Item | Bracket, depth: int) -> list[Line]:
    if isinstance(item, Bracket):
        return laid_out(item, depth, ",")
    return _broken(item.text, depth, ",", item.comment, item.nodes)


def width(text: str) -> int:
    """Columns that the text takes, two for a Chinese sign, as black counts them."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text if not combining(sign))


def commented(text: str, comment: str) -> str:
    """The line with its comment, without it where it would not fit."""
    whole = f"{text}  # {comment}" if comment else text
    return whole if width(whole) <= WIDTH else text


def note(text: str, depth: int = 0, nodes: tuple[str, ...] = ()) -> Line:
    """A line that is a comment."""
    return Line(f"{INDENT * depth}# {' '.join(text.split())}", nodes)


def statement(text: str, depth: int = 0, comment: str = "", nodes: tuple[str, ...] = ()) -> list[Line]:
    """A simple statement; one that is too long is broken at its outermost bracket at the end."""
    return _broken(text, depth, "", comment, nodes)


def _broken(text: str, depth: int, tail: str, comment: str, nodes: tuple[str, ...]) -> list[Line]:
    whole = INDENT * depth + text + tail
    call = _without_indices(text, depth)
    start = _outermost(call) if width(whole) > WIDTH else None
    # black breaks a row of operators before it breaks the last operand, an argument at any operator.
    many = start is not None and len(_terms(text)[1]) > (1 if tail else 2)
    if start is None or many or width(INDENT * depth + text[: start + 1]) > WIDTH:
        return _operands(text, depth, tail, comment, nodes)
    end = len(call) - 1
    if _groups(call, start):
        inside = _operand(call[start + 1 : end], depth + 1, nodes)
        opened = Line(INDENT * depth + text[: start + 1], nodes)
        return [opened, *inside, Line(commented(INDENT * depth + text[end:] + tail, comment), nodes)]
    if call != text:
        comment = ""  # black would break the index instead, to keep it beside the comment
    parts = tuple(Item(part, nodes=nodes) for part in split(call[start + 1 : end]))
    return laid_out(Bracket(text[: start + 1], parts, text[end:], comment, nodes), depth, tail)


def _groups(text: str, start: int) -> bool:
    """Whether the parenthesis there is around a value: a comma in it would make a tuple of it."""
    called = start > 0 and (
        text[start - 1].isidentifier() or text[start - 1].isdigit() or text[start - 1] in "])"
    )
    inside = text[start + 1 : -1]
    return text[start] == "(" and not called and len(split(inside)) == 1 and not inside.rstrip().endswith(",")


def _without_indices(text: str, depth: int) -> str:
    """The text before the indices (`[0]` of a call's several results) that stay behind the closing bracket.

    black breaks the last bracket that opens before the line is full.
    """
    while (index := _INDEX.search(text)) and width(INDENT * depth + text[: index.start() + 1]) > WIDTH:
        text = text[: index.start()]
    return text


_INDEX = re.compile(r"(?<=[\])])\[-?\d+\]$")


def _operands(text: str, depth: int, tail: str, comment: str, nodes: tuple[str, ...]) -> list[Line]:
    """An operator's operands in parentheses, one a line, where they do not fit on one."""
    indent = INDENT * depth
    before, terms = _terms(text)
    if len(terms) == 1 or width(indent + text + tail) <= WIDTH:
        return [Line(commented(indent + text + tail, comment), nodes)]
    lines = [Line(f"{indent}{before}(", nodes)]
    inside = indent + INDENT + " ".join(terms)
    if width(inside) <= WIDTH:
        lines.append(Line(inside, nodes))
    else:
        lines += [line for term in terms for line in _operand(term, depth + 1, nodes)]
    return [*lines, Line(commented(f"{indent}){tail}", comment), nodes)]


def _operand(text: str, depth: int, nodes: tuple[str, ...]) -> list[Line]:
    """One operand within parentheses, broken at its own operators where it does not fit."""
    _, terms = _terms(text)
    if width(INDENT * depth + text) <= WIDTH or len(terms) == 1:
        return _broken(text, depth, "", "", nodes)
    return [line for term in terms for line in _operand(term, depth, nodes)]


def _terms(text: str) -> tuple[str, list[str]]:
    """What stands before a statement's value, and the value's operands, each with its operator in front."""
    told = _KEYWORD.match(text)
    marks = (text[: text.index(mark) + len(mark)] for mark in ("return ", " = ") if mark in text)
    before = told[0] if told else next(marks, "")
    if _LAMBDA.match(text, len(before)):
        return before, [text[len(before) :]]  # black breaks no operators in it
    words = list(_words_and_depths(text[len(before) :]))
    outside = {word for word, depth in words[1:] if depth == 0}
    # black breaks at the operators that bind least, and at no others.
    weakest = next((tier for tier in OPERATORS if outside & tier), frozenset())
    terms = [""]
    for word, depth in words:
        if depth == 0 and word in weakest and terms[-1]:
            terms.append(word)
        else:
            terms[-1] += f" {word}" if terms[-1] else word
    return before, terms


_KEYWORD = re.compile(r"\w+=(?!=)")

OPERATORS = (
    frozenset({"if", "else"}), frozenset({"or", "and"}), frozenset({"<", "<=", ">", ">=", "==", "!="}),
    frozenset("|"), frozenset("^"), frozenset("&"),
    frozenset("+-"), frozenset({"*", "/", "@", "//"}), frozenset({"**"}),
)  # fmt: skip
"""Those that bind least come first."""


def _words_and_depths(text: str) -> Iterator[tuple[str, int]]:
    """What stands between blanks, and how many brackets are open where it begins."""
    depth = 0
    for word in text.split(" "):
        yield word, depth
        depth += sum(word.count(sign) for sign in "([{") - sum(word.count(sign) for sign in ")]}")


def _outermost(text: str) -> int | None:
    """Where the bracket opens that the text's last character closes."""
    if text[-1] not in ")]":
        return None
    depth = 0
    for index in range(len(text) - 1, -1, -1):
        depth += (text[index] in ")]}") - (text[index] in "([{")
        if depth == 0:
            return index
    return None


_LAMBDA = re.compile(r"(?<![\w.])lambda\b")


def split(inside: str) -> list[str]:
    """What stands between the commas of a bracket."""
    parts, depth, start, names = [], 0, 0, False
    for index, sign in enumerate(inside):
        depth += (sign in "([{") - (sign in ")]}")
        if depth == 0:  # what a lambda is given stays with it
            names = (names or _LAMBDA.match(inside, index) is not None) and sign != ":"
        if sign == "," and depth == 0 and not names:
            parts.append(inside[start:index].strip())
            start = index + 1
    rest = inside[start:].strip()
    return [*parts, rest] if rest else parts
