"""Carrying an expression from one module's scope into another's."""

from collections.abc import Mapping

from ..expression import Expression, Value, evaluate, names, substitute


def settled(expression: Expression, values: Mapping[str, Value]) -> Value:
    """The expression with those names replaced; its value where no name is left and an argument can hold it.

    Raises ExpressionError where that value cannot be computed.
    """
    known = {name: values[name] for name in names(expression) if name in values}
    if not known:
        return expression
    replaced = substitute(expression, known)
    if names(replaced):
        return replaced
    value = evaluate(replaced, {})
    if isinstance(value, tuple):
        whole = tuple(item for item in value if type(item) is int)
        return whole if len(whole) == len(value) else replaced
    return value if isinstance(value, bool | int | float | str) else replaced
