"""The names that a node's arguments read, in expressions and in texts of shapes, and putting others there."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from .. import dim
from ..expression import Expression, ExpressionError, Value, evaluate, names, parse, substitute
from ..layers import LAYERS
from ..layers.argument import SHAPE, TextForm
from ..record import INDEX, Module, Node
from ..settle import empty_slot
from ..text import tr
from ..types import parse_shape
from ..use import SLOT_MARK, Use, use
from ..value import kind_names, names_of
from .error import EditError


def shape_texts(node: Node) -> dict[str, str]:
    """The arguments of a node that spell a shape (`B, width`), by name; without those of uses in it."""
    return _texts(node.kind, node.arguments)


def names_in_shape(text: str) -> frozenset[str]:
    """The names that a shape's text reads; none where it cannot be read."""
    try:
        return frozenset().union(*(dim.symbols(size) for size in parse_shape(text)))
    except ExpressionError:
        return frozenset()


def names_read(node: Node) -> frozenset[str]:
    """Every name that a node reads of its module: in its kind, its arguments, uses in them, and its repeat.

    The index of its own repetitions is none of them.
    """
    inside = _read(node.kind, node.arguments)
    return inside if node.repeat is None else (inside - {INDEX}) | names_of(node.repeat)


def argument_names_read(node: Node, name: str) -> frozenset[str]:
    """The names that one argument of a node reads, texts of shapes among them."""
    inside = _read(node.kind if node.slot is None else "", {name: node.arguments[name]})
    return inside if node.repeat is None else inside - {INDEX}


def value_names(value: Any) -> frozenset[str]:
    """Every name that a value reads, in texts of shapes within uses too."""
    if isinstance(value, Use):
        return _read(value.kind, value.named)
    if isinstance(value, tuple):
        return frozenset().union(*map(value_names, value))
    return names_of(value)


def put_in(node: Node, values: Mapping[str, Value], sizes: Mapping[str, Value]) -> Node:
    """The node with names replaced: in expressions as `values` says, in texts of shapes as `sizes` does.

    A slot becomes what its name is replaced by, and keeps its own arguments. Raises EditError where the
    result could not be read.
    """
    inside = _Putting(node.name, values, sizes)
    repeat = None if node.repeat is None else inside.value("repeat", node.repeat)
    if node.repeat is not None:
        inside = inside.repeated(_read(node.kind, node.arguments))
    kind, arguments = inside.made(node.kind, node.arguments)
    if (kind, repr(arguments), repeat) == (node.kind, repr(node.arguments), node.repeat):
        return node
    return replace(node, kind=kind, arguments=arguments, repeat=repeat)


def put_in_module(module: Module, values: Mapping[str, Value], sizes: Mapping[str, Value]) -> Module:
    """The module with names replaced in the uses that its arguments are by default or in a setting."""
    inside = _Putting(module.name, values, sizes)
    arguments = tuple(
        replace(argument, default=inside.value(argument.name, argument.default))
        for argument in module.arguments
    )
    settings = {
        name: {key: inside.value(key, value) for key, value in setting.items()}
        for name, setting in module.settings.items()
    }
    changed = replace(module, arguments=arguments, settings=settings)
    return module if changed == module else changed


def settled(expression: Expression, values: Mapping[str, Value]) -> Value:
    """The expression with those names replaced; its value where no name is left and an argument can hold it.

    Raises ExpressionError where the result could not be read.
    """
    known = {name: values[name] for name in names(expression) if name in values}
    if not known:
        return expression
    modules = {name: value for name, value in known.items() if _holds_use(value)}
    replaced = substitute(expression, {name: known[name] for name in known.keys() - modules.keys()})
    if modules:
        return _settled_with_modules(replaced, modules)
    if names(replaced):
        return replaced
    try:
        value = evaluate(replaced, {})
    except ExpressionError:
        return replaced  # such as a division by zero: a problem to be shown, not one of this edit
    if isinstance(value, tuple):
        whole = tuple(item for item in value if type(item) is int)
        return whole if len(whole) == len(value) else replaced
    return value if isinstance(value, bool | int | float | str) else replaced


def _settled_with_modules(expression: Expression, modules: Mapping[str, Any]) -> Value:
    """The value of an expression that reads modules, which only a whole value can hold."""
    if names(expression) <= modules.keys():
        value: Any = evaluate(expression, modules)
        if isinstance(value, bool | int | float | str | Use) or _are_items(value):
            found: Value = value
            return found
    raise ExpressionError(tr("a module cannot be written inside an expression"))


def _are_items(value: Any) -> bool:
    return isinstance(value, tuple) and all(type(item) is int or isinstance(item, Use) for item in value)


def _holds_use(value: Any) -> bool:
    return isinstance(value, Use) or (isinstance(value, tuple) and any(isinstance(v, Use) for v in value))


def _texts(kind: str, arguments: Mapping[str, Any]) -> dict[str, str]:
    return {name: text for name in _forms(kind) if isinstance(text := arguments.get(name), str)}


def _forms(kind: str) -> dict[str, TextForm]:
    """How each argument that spells sizes is read."""
    layer = LAYERS.get(kind)
    specs = layer.arguments if layer is not None else ()
    forms = {spec.name: SHAPE if spec.dimensions else spec.form for spec in specs}
    return {name: form for name, form in forms.items() if form is not None}


def _read(kind: str, arguments: Mapping[str, Any]) -> frozenset[str]:
    """The names that a kind with these arguments reads."""
    return frozenset(kind_names(kind)).union(*_each_read(kind, arguments))


def _each_read(kind: str, arguments: Mapping[str, Any]) -> Iterator[frozenset[str]]:
    yield from map(value_names, arguments.values())
    forms = _forms(kind)
    yield from (forms[name].sizes(text) for name, text in _texts(kind, arguments).items())


class _Putting:
    """Replaces names in values; `owner` is what sentences call the node or module that holds them."""

    def __init__(self, owner: str, values: Mapping[str, Value], sizes: Mapping[str, Value]) -> None:
        self.owner, self.values, self.sizes = owner, values, sizes

    def repeated(self, read: frozenset[str]) -> "_Putting":
        """The same within a repeated node, where the index is the node's own."""
        for known in (self.values, self.sizes):
            for name in sorted((read & known.keys()) - {INDEX}):
                if INDEX in value_names(known[name]):
                    raise EditError(
                        tr("{node} is repeated and has an index {index} of its own, so {name} cannot become "
                           "what reads another",
                           node=self.owner, index=INDEX, name=name)
                    )  # fmt: skip
        values, sizes = (
            {name: value for name, value in known.items() if name != INDEX}
            for known in (self.values, self.sizes)
        )
        return _Putting(self.owner, values, sizes)

    def made(self, kind: str, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """A kind and its arguments with the names replaced."""
        texts, forms = _texts(kind, arguments), _forms(kind)
        changed = {
            name: self._text(name, forms[name], texts[name]) if name in texts else self.value(name, value)
            for name, value in arguments.items()
        }
        if not kind_names(kind) & self.values.keys():
            return kind, changed
        given = self.value("module", parse(kind[len(SLOT_MARK) :]))
        if isinstance(given, Expression):
            return SLOT_MARK + given.source, changed
        if not isinstance(given, Use):
            raise EditError(tr("{node} is made of what would be no module", node=self.owner))
        if not given.kind:
            raise EditError(empty_slot(kind[len(SLOT_MARK) :]))
        return given.kind, {**given.named, **changed}

    def value(self, name: str, value: Any) -> Any:
        """An argument's value with the names replaced."""
        if isinstance(value, Expression):
            return self._expression(name, value)
        if isinstance(value, Use):
            return use(*self.made(value.kind, value.named))
        if isinstance(value, tuple):
            return tuple(self.value(name, part) for part in value)
        return value

    def _expression(self, name: str, value: Expression) -> Value:
        try:
            return settled(value, self.values)
        except ExpressionError as error:
            raise self._refusal(name, error) from error

    def _text(self, name: str, form: TextForm, text: str) -> str:
        known = {size: self.sizes[size] for size in form.sizes(text) & self.sizes.keys()}
        if not known:
            return text
        try:
            changed = form.with_sizes(text, lambda part: _size_put_in(part, known))
            form.read(changed)
        except ExpressionError as error:
            raise self._refusal(name, error) from error
        return changed

    def _refusal(self, name: str, error: ExpressionError) -> EditError:
        return EditError(
            tr("{name} of {node} cannot follow: {error}", name=name, node=self.owner, error=error.message)
        )


def _size_put_in(part: str, sizes: Mapping[str, Value]) -> str:
    """One axis of a shape's text, the blanks before it kept."""
    if not part.strip():
        return part
    value = settled(Expression(part.strip()), sizes)
    return part[: len(part) - len(part.lstrip())] + (
        value.source if isinstance(value, Expression) else str(value)
    )
