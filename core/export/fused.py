"""Activations that a framework takes as a layer's argument: `Dense(256, activation="relu")`."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..layers.spelling import Code
from .form import ClassForm, Link, Member, Statement
from .made import Several


@dataclass(frozen=True)
class Fusion:
    """Tells activations to the layers before them, called on a class or a chain.

    `functions` has the word for what stands around a call, `words` for layers that do nothing else; `taking`
    are the layers that take one, `sequence` the container whose last layer may.
    """

    functions: Mapping[tuple[str, str], str]
    words: Mapping[Code, str]
    taking: re.Pattern[str]
    sequence: str

    def __call__(self, form: ClassForm) -> ClassForm:
        """The class, or the chain, with activations told to the layers before them."""
        if form.chain is not None:
            return replace(form, chain=tuple(self._chain(form.chain)))
        for member in form.members:
            code = self._with(member.code, "")
            found = {self._around(one, f"self.{member.attribute}(") for one in form.statements}
            words = {word for each in found for word in each}
            if code is None or len(words) != 1 or "" in words:
                continue
            (word,) = words
            form = self._told(form, member, word)
        return form

    def _chain(self, links: tuple[Link, ...]) -> Iterator[Link]:
        waiting: Link | None = None
        for link in links:
            word = self.words.get(link.code) if isinstance(link.code, Code) and _is_plain(link.code) else None
            told = self._with(waiting.code, word) if waiting is not None and word is not None else None
            if waiting is not None and told is not None:
                waiting = replace(waiting, code=told, also=(*waiting.also, link.node))
                continue
            if waiting is not None:
                yield waiting
            waiting = link
        if waiting is not None:
            yield waiting

    def _with(self, code: Any, word: str) -> Code | None:
        """The layer with that activation; None where it takes none, or has one."""
        if not isinstance(code, Code):
            return None
        if code.target == self.sequence and code.positional and isinstance(code.positional[0], Several):
            parts = code.positional[0].parts
            last = self._with(parts[-1], word)
            return last and replace(code, positional=(Several((*parts[:-1], last)),))
        if not self.taking.fullmatch(code.target) or any(name == "activation" for name, _ in code.keywords):
            return None
        return replace(code, keywords=(("activation", word), *code.keywords))

    def _around(self, statement: Statement, call: str) -> tuple[str, ...]:
        """The words for what stands around each call in a statement; empty ones where nothing does."""
        found: list[str] = []
        text = f"{statement.text} {statement.suite}"
        for place in re.finditer(rf"(?<!\w){re.escape(call)}", text):
            found.append(next((word for _, _, word in self._wraps(text, place.start(), place.end())), ""))
        return tuple(found)

    def _wraps(self, text: str, start: int, opened: int) -> Iterator[tuple[int, int, str]]:
        end = closed(text, opened) + 1
        for (before, after), word in self.functions.items():
            if text[:start].endswith(before) and text[end:].startswith(after):
                yield start - len(before), end + len(after), word

    def _told(self, form: ClassForm, member: Member, word: str) -> ClassForm:
        told = replace(member, code=self._with(member.code, word))
        members = tuple(told if one is member else one for one in form.members)
        statements = tuple(
            replace(one, text=self._bare(one.text, f"self.{member.attribute}("), suite=one.suite)
            for one in form.statements
        )
        return replace(form, members=members, statements=statements)

    def _bare(self, text: str, call: str) -> str:
        """The text without what stands around calls."""
        place = 0
        while (found := re.search(rf"(?<!\w){re.escape(call)}", text[place:])) is not None:
            start, opened = place + found.start(), place + found.end()
            wrap = next(self._wraps(text, start, opened), None)
            if wrap is None:
                return text
            first, last, _ = wrap
            text = text[:first] + text[start : closed(text, opened) + 1] + text[last:]
            place = first + len(call)
        return text


def _is_plain(code: Code) -> bool:
    return all(isinstance(value, str) for value in code.positional) and not code.keywords


def closed(text: str, opened: int) -> int:
    """Where the bracket is closed that was opened before a place."""
    depth = 1
    for place in range(opened, len(text)):
        depth += (text[place] in "([{") - (text[place] in ")]}")
        if depth == 0:
            return place
    return len(text)
