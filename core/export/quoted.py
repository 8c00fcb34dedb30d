"""Expressions that survive being put into a text: a layer's spelling may format its fields as it likes."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..expression import Expression
from ..layers.spelling import CLOSE, OPEN


class Quoted(Expression, frozen=True):
    """An expression whose text carries marks, so that it can be found again and renamed."""

    is_list: bool = False
    """Whether it comes to several values."""

    def __str__(self) -> str:
        return f"{OPEN}{self.source}{CLOSE}"


def quoted(arguments: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with their expressions marked; `values` are what these come to."""
    return {
        key: Quoted(value.source, isinstance(values.get(key), tuple))
        if isinstance(value, Expression)
        else value
        for key, value in arguments.items()
    }


def sources(text: str) -> list[str]:
    """The expressions that stand in the text, in order."""
    return re.findall(f"{OPEN}([^{CLOSE}]*){CLOSE}", text)


def unquoted(text: str, spell: Callable[[str], str]) -> str:
    """The text with each marked expression put through `spell`."""
    return re.sub(f"{OPEN}([^{CLOSE}]*){CLOSE}", lambda found: spell(found[1]), text)
