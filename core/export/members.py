"""Prints what a class makes in its constructor beside plain calls."""

import re
from collections.abc import Callable
from dataclasses import replace

from ..layers.spelling import Code
from .form import Member
from .format import INDENT, WIDTH, Bracket, Item, Line, laid_out, statement, width
from .made import Choice, Row, Several
from .names import SHADOWING
from .values import Names, items, structure, written

Nodes = tuple[str, ...]
"""The ids of the nodes that a line spells."""


def made_lines(member: Member, names: Names, append: str) -> list[Line]:
    """`self.blocks = …`, on one line where it fits, else as a person would break it.

    `append` is what adds to a container.
    """
    before, nodes = f"self.{member.attribute} = ", (member.node,)
    plain = before + structure(member.code, names)
    carried = isinstance(member.code, Row) and member.code.carried
    if not carried and width(INDENT * 2 + plain) <= WIDTH:
        return [Line(INDENT * 2 + plain, nodes)]
    match member.code:
        case Row() as row:
            return loop_lines(member.attribute, row, {**names, "i": "i"}, nodes, append)
        case Choice() as choice:
            return _conditional(before, choice, names, nodes)
        case Several() as several:
            parts = tuple(part_of(part, names, nodes) for part in several.parts)
            return laid_out(
                Bracket(before + several.container.opening, parts, several.container.closing, nodes=nodes), 2
            )
    return statement(plain, 2, "", nodes)


def loop_lines(attribute: str, row: Row, names: Names, nodes: Nodes, append: str) -> list[Line]:
    """An empty container, and a loop that adds to it."""
    lines = [Line(f"{INDENT * 2}self.{attribute} = {row.container.empty}", nodes)]
    for one in row.carried:
        lines += statement(f"{one.name} = {written(one.first, names)}", 2, "", nodes)
    what = part_of(row.what, names, nodes)
    following = [f"{one.name} = {written(one.following, names)}" for one in row.carried]
    head, said = _head(row, [what.text, *following], names)
    lines += statement(head, 2, "", nodes)
    lines += laid_out(Bracket(f"self.{attribute}.{append}(", (_saying(what, said),), nodes=nodes), 3)
    return [*lines, *(line for text in following for line in statement(said(text), 3, "", nodes))]


def _head(row: Row, body: list[str], names: Names) -> tuple[str, Callable[[str], str]]:
    """The loop's first line, and what that makes of the texts in it.

    A list that is read by the index is gone through itself: `for i, depth in enumerate(depths):`.
    """
    count = written(row.count, names)
    listed = re.fullmatch(r"len\((\w+)s\)", count)
    taken = {*names.values(), *(one.name for one in row.carried), *SHADOWING}
    if listed is not None and listed[1] not in taken and any(f"{listed[1]}s[i]" in text for text in body):
        one = listed[1]
        rest = [text.replace(f"{one}s[i]", one) for text in body]
        indexed = any(re.search(r"\bi\b", text) for text in rest)
        head = f"for i, {one} in enumerate({one}s):" if indexed else f"for {one} in {one}s:"
        return head, lambda text: text.replace(f"{one}s[i]", one)
    index = "i" if row.indexed or row.carried else "_"
    return f"for {index} in range({count}):", str


def _saying(what: Item | Bracket, said: Callable[[str], str]) -> Item | Bracket:
    """The same with other words in its arguments."""
    if isinstance(what, Item):
        return replace(what, text=said(what.text))
    return replace(what, items=tuple(_saying(item, said) for item in what.items))


def _conditional(before: str, choice: Choice, names: Names, nodes: Nodes) -> list[Line]:
    condition = written(choice.condition, names)
    lines = statement(f"if {condition}:", 2, "", nodes)
    lines += _assigned(before, choice.then, names, nodes)
    lines += [Line(f"{INDENT * 2}else:", nodes)]
    return lines + _assigned(before, choice.otherwise, names, nodes)


def _assigned(before: str, value: object, names: Names, nodes: Nodes) -> list[Line]:
    if isinstance(value, Code):
        parts = tuple(part_of(text, names, nodes) for text in items(value, names))
        return laid_out(Bracket(f"{before}{value.target}(", parts, nodes=nodes), 3)
    return statement(before + written(value, names), 3, "", nodes)


def part_of(value: object, names: Names, nodes: Nodes) -> Item | Bracket:
    """One of several things, such as what is added to a container."""
    if isinstance(value, Code):
        parts = tuple(Item(text, nodes=nodes) for text in items(value, names))
        return Bracket(f"{value.target}(", parts, nodes=nodes)
    text = value if isinstance(value, str) else written(value, names)
    return Item(text, nodes=nodes)
