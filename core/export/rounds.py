"""A loop at run time as so many rounds of a function, of which those after its end change nothing.

Conditions and bodies are templates; what the loop changes goes into its function under a name of its own.
"""

import ast
import re
from collections.abc import Sequence

from .names import CARRIED

_PLACE = re.compile(r"\{(\w+)\}")


def own_name(condition: str, body: str, places: Sequence[str]) -> str:
    """What the function calls the values at these places: not as something is called that it only reads."""
    read = set(_PLACE.findall(condition + body)) - set(places)
    return CARRIED[0] if read else "x"


def named(template: str, places: Sequence[str], names: Sequence[str]) -> str:
    """The template with these names at its places."""
    known = dict(zip(places, names, strict=True))
    return _PLACE.sub(lambda place: known.get(place[1], place[0]), template)


def in_rounds(
    condition: str, body: str, places: Sequence[str], bound: str, loop: str, pick: str
) -> str | None:
    """`loop` over a function that `pick`s what the body gives while the condition holds.

    None where a module runs in it, or where it changes more than one value.
    """
    if len(places) != 1 or any(re.search(r"\bself\.", text) for text in (condition, body)):
        return None
    name = own_name(condition, body, places)
    tests, does = (named(text, places, [name]) for text in (condition, body))
    return f"{loop}(0, {bound}, lambda _, {name}: {pick}({tests}, {does}, {name}), {{{places[0]}}})"


def compares(condition: str) -> bool:
    """Whether a condition is a comparison: true or false, and no number."""
    return isinstance(ast.parse(_PLACE.sub(r"\1", condition), mode="eval").body, ast.Compare)
