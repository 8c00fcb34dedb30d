"""How an argument's value is spelled in a field, and how what is typed there is read. No Qt."""

import re

from core.expression import Expression, ExpressionError, Literal, Value, parse
from core.layers.layer import ArgumentError
from core.text import tr
from core.use import SLOT_MARK, Use

from .spec import Spec

_TRUTH = {"true": True, "yes": True, "false": False, "no": False}
_WHOLE = re.compile(r"[+-]?\d{1,4000}")
_REAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?|[+-]?inf|nan")


def spelled(value: object) -> str:
    """The value as one types it: `64`, `1e-5`, `2, 1`, `same`, `4 * width`; empty for none."""
    if value is None:
        return ""
    if isinstance(value, Expression):
        return value.source
    if isinstance(value, Use):
        return value.kind
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


def typed_as(spec: Spec, value: object) -> str:
    """The value as the field of this argument has it: an expression among texts with a `=` in front."""
    if spec.is_words and isinstance(value, Expression):
        return f"= {value.source}"
    return spelled(value)


def read(spec: Spec, text: str) -> Value | None:
    """The value that the text spells; None, the default, for an empty one.

    What is no plain number is an expression; limits are left to the edit. Raises ArgumentError.
    """
    text = text.strip()
    if spec.is_words:
        return _expression(spec, text[1:].strip()) if text.startswith("=") else text
    if spec.kind == "choice" and (text in spec.choices or text.isidentifier()):
        return text
    if spec.kind == "bool" and text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    if not text:
        if spec.required:
            raise ArgumentError(spec.name, tr("{name} needs a value", name=spec.name))
        return None
    text = text.removeprefix("=").strip()
    found = _number(spec, text)
    if found is not None:
        return found
    if spec.kind == "sizes" and text in spec.choices:
        return text
    return _expression(spec, text)


def slot(text: str) -> Use:
    """The slot that a text such as `$block` or `$parts[i]` names. Raises ArgumentError."""
    source = text.strip().removeprefix(SLOT_MARK)
    try:
        return Use(SLOT_MARK + parse(source).source)
    except ExpressionError as error:
        raise ArgumentError("module", error.message) from None


def _number(spec: Spec, text: str) -> Literal | None:
    if spec.kind == "list":
        return _list(text)
    if _WHOLE.fullmatch(text):
        return int(text) if spec.kind != "float" else float(text)
    if spec.kind == "float" and _REAL.fullmatch(text):
        return float(text)
    if spec.kind == "sizes" and "," in text:
        return _list(text)
    return None


def _list(text: str) -> tuple[int, ...] | None:
    inside = text.strip("()[]").rstrip(", ")
    parts = [part.strip() for part in inside.split(",")] if inside.strip() else []
    return tuple(map(int, parts)) if all(_WHOLE.fullmatch(part) for part in parts) else None


def _expression(spec: Spec, text: str) -> Expression:
    if spec.kind in ("sizes", "list") and _has_open_comma(text):
        text = f"({text})"
    try:
        return parse(text)
    except ExpressionError as error:
        raise ArgumentError(spec.name, error.message) from None


def _has_open_comma(text: str) -> bool:
    """Whether a comma stands outside all brackets."""
    depth = 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            return True
    return False
