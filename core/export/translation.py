"""A PyTorch expression under another framework's names: the tree is translated, places and marks stay."""

import ast
import re
from collections.abc import Mapping

from ..layers.spelling import CLOSE, OPEN

KEYWORDS: Mapping[str, str] = {"dim": "axis", "keepdim": "keepdims"}
"""What NumPy, and those that follow it, call PyTorch's keywords."""


class Untranslatable(ValueError):
    """The framework has no such function."""


def translated(template: str, translating: ast.NodeTransformer) -> str | None:
    """The template after the transformer; None where that raises Untranslatable, or it is no expression."""
    places: list[str] = []

    def hidden(found: "re.Match[str]") -> str:
        if found[0] not in places:
            places.append(found[0])
        return f"place_{places.index(found[0])}_"

    plain = _HIDDEN.sub(hidden, template)
    try:
        tree = translating.visit(ast.parse(plain, mode="eval"))
    except (Untranslatable, SyntaxError):
        return None
    text = ast.unparse(ast.fix_missing_locations(tree)).replace("'", '"')
    text = re.sub(r"place_(\d+)_", lambda found: places[int(found[1])], text)
    return re.sub(r"(\de)([+-]?)0*(\d+)", lambda e: f"{e[1]}{e[2].replace('+', '')}{e[3]}", text)


# A place for a value, or an expression that is marked.
_HIDDEN = re.compile(rf"\{{\w+\}}|{OPEN}[^{CLOSE}]*{CLOSE}")


def renamed(keywords: list[ast.keyword], visit: ast.NodeTransformer) -> list[ast.keyword]:
    """The keywords of a call in NumPy's names, their values translated."""
    return [ast.keyword(KEYWORDS.get(one.arg or "", one.arg), visit.visit(one.value)) for one in keywords]


def asks_for_tanh(keywords: list[ast.keyword]) -> bool:
    """Whether a call of F.gelu is told to approximate by a tanh."""
    return any(isinstance(one.value, ast.Constant) and one.value.value == "tanh" for one in keywords)
