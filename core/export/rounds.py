"""A loop at run time in place, as so many rounds of which those after its end change nothing."""

import ast
import re


def in_rounds(
    condition: str, body: str, places: tuple[str, ...], bound: str, loop: str, pick: str
) -> str | None:
    """`loop` over a function that `pick`s what the body gives while the condition holds.

    None where a module runs in it, or where it does not go over one value alone.
    """
    texts = condition, body
    if len(places) != 1 or any(re.search(r"\bself\.", text) for text in texts):
        return None
    (place,) = places
    mark = f"{{{place}}}" if any("{" in text for text in texts) else place
    tests, does = (text.replace(mark, "x") if mark != place else text for text in texts)
    if "{" in tests + does or (mark == place and place != "x"):
        return None
    return f"{loop}(0, {bound}, lambda _, x: {pick}({tests}, {does}, x), {mark})"


def compares(condition: str) -> bool:
    """Whether a condition, which may have places, is a comparison: true or false, and no number."""
    plain = re.sub(r"\{(\w+)\}", r"\1", condition)
    return isinstance(ast.parse(plain, mode="eval").body, ast.Compare)
