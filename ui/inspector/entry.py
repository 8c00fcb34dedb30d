"""How an argument's value is spelled in a field, and how what is typed there is read. No Qt."""

import re

from core.expression import Expression, ExpressionError, Literal, Value, parse
from core.layers.layer import Argument, ArgumentError
from core.text import tr

_TRUTH = {"true": True, "yes": True, "false": False, "no": False}
_WHOLE = re.compile(r"[+-]?\d{1,4000}")
_REAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?|[+-]?inf|nan")


def spelled(value: object) -> str:
    """The value as one types it: `64`, `1e-5`, `2, 1`, `same`, `4 * width`; empty for none."""
    if value is None:
        return ""
    if isinstance(value, Expression):
        return value.source
    if isinstance(value, tuple | list):
        return ", ".join(spelled(item) for item in value)
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if isinstance(value, float):
        short = f"{value:g}"
        return re.sub(r"e([+-])0+", r"e\1", short if float(short) == value else repr(value)).replace(
            "e+", "e"
        )
    return str(value)


def read(spec: Argument, text: str) -> Value | None:
    """The value that the text spells; None, the default, for an empty one.

    What is no plain number is an expression; limits are left to the edit. Raises ArgumentError.
    """
    text = text.strip()
    if spec.kind == "text" or (spec.kind == "choice" and (text in spec.choices or text.isidentifier())):
        return text
    if spec.kind == "bool" and text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if not text:
        if spec.required:
            raise ArgumentError(spec.name, tr("{name} needs a value", name=spec.name))
        return None
    found = _number(spec, text)
    if found is not None:
        return found
    if spec.kind == "sizes" and text in spec.choices:
        return text
    return _expression(spec, text)


def _number(spec: Argument, text: str) -> Literal | None:
    if _WHOLE.fullmatch(text):
        return int(text) if spec.kind != "float" else float(text)
    if spec.kind == "float" and _REAL.fullmatch(text):
        return float(text)
    if spec.kind == "sizes":
        parts = [part.strip() for part in text.strip("()[]").rstrip(",").split(",")]
        if all(_WHOLE.fullmatch(part) for part in parts) and ("," in text or len(parts) > 1):
            return tuple(int(part) for part in parts)
    return None


def _expression(spec: Argument, text: str) -> Expression:
    if spec.kind == "sizes" and "," in text and text[0] not in "([":
        text = f"({text})"
    try:
        return parse(text)
    except ExpressionError as error:
        raise ArgumentError(spec.name, error.message) from None
