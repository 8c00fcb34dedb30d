"""How well an entry's names fit what was typed. No Qt."""

import re
from collections.abc import Sequence
from functools import lru_cache

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+\w?|[^\W\d_]+")
_SIGNS = re.compile(r"[\s_\-]+")


def rank(query: str, name: str, keywords: Sequence[str] = ()) -> int | None:
    """0 for the name itself, more for looser fits, None where nothing fits.

    Looked at in this order: the name's start, its words' starts or a whole keyword, keywords' starts,
    anywhere in the name, anywhere in a keyword, the letters in their order (`mp2` for MaxPool2d).
    """
    asked = _plain(query)
    if not asked:
        return 0
    plain = _plain(name)
    if plain == asked:
        return 0
    if plain.startswith(asked):
        return 1
    known = [_plain(keyword) for keyword in keywords]
    if asked in known or any(word.startswith(asked) for word in _words(name)):
        return 2
    if any(keyword.startswith(asked) for keyword in known):
        return 3
    if asked in plain:
        return 4
    if any(asked in keyword for keyword in known):
        return 5
    return 6 if len(asked) > 1 and _in_order(asked, plain) else None


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORDS.findall(name))


@lru_cache(maxsize=4096)  # the same names and keywords at each letter that is typed
def _plain(text: str) -> str:
    return _SIGNS.sub("", text).lower()


def _in_order(asked: str, name: str) -> bool:
    """Whether the letters stand in the name in this order, the first one first."""
    rest = iter(name)
    return name.startswith(asked[0]) and all(letter in rest for letter in asked)
