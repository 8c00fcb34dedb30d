"""Named sets of values that a design's root declares: defaults of its arguments, and sizes of its inputs."""

from collections.abc import Mapping

from msgspec.structs import replace

from .dim import Symbolic, symbols
from .document import Document
from .expression import ExpressionError, Literal, evaluate, parse
from .inputs import parsed_sizes, setting
from .layers.argument import ArgumentError
from .module_arguments import check_argument, kind_of
from .record import ROOT, Module, ModuleArgument, Node, Record
from .text import tr
from .types import Shape, parse_shape


class SettingError(ValueError):
    """One sentence that says which setting, argument or size there is not, or why a value does not fit."""


def with_setting(document: Document, name: str) -> Document:
    """The design with the values of a setting in place of its root's defaults and example sizes.

    Raises SettingError where the root has no setting of that name, or a value does not fit.
    """
    found = document.module(ROOT).settings
    if name not in found:
        there = ", ".join(found) or tr("none")
        raise SettingError(tr("there is no setting {name}; there are: {there}", name=name, there=there))
    return with_values(document, found[name])


def with_values(document: Document, values: Mapping[str, Literal]) -> Document:
    """The design with other defaults of its root's arguments; other names are sizes of its inputs.

    Raises SettingError for a name that is neither, or a value that does not fit.
    """
    root = document.module(ROOT)
    declared = {argument.name for argument in root.arguments}
    sizes = {name: _size(name, value) for name, value in values.items() if name not in declared}
    inputs = [node for node in document.nodes(ROOT) if node.kind == "Input"]
    _check_names(root, inputs, sizes)
    changed: dict[str, Record] = {node.id: _resized(node, sizes) for node in inputs}
    changed[ROOT] = replace(root, arguments=tuple(_set(argument, values) for argument in root.arguments))
    return Document(changed.get(key, record) for key, record in document.records.items())


def with_text_values(document: Document, values: Mapping[str, str]) -> Document:
    """As `with_values`, the values as typed: `[3, 8, 36, 3]`, `2 * 32`, or a choice's word.

    Raises SettingError also where a value cannot be read.
    """
    declared = {argument.name: argument for argument in document.module(ROOT).arguments}
    return with_values(
        document, {name: _read(name, text, declared.get(name)) for name, text in values.items()}
    )


def _read(name: str, text: str, argument: ModuleArgument | None) -> Literal:
    if argument is not None and kind_of(argument) in ("choice", "string", "shape"):
        return text
    try:
        found = evaluate(parse(text), {})
    except ExpressionError as error:
        raise SettingError(f"{name}: {error.message}") from None
    assert not isinstance(found, Symbolic), "without names there are no symbols"
    return found  # type: ignore[return-value]  # evaluate gives literals where there are no names


def _set(argument: ModuleArgument, values: Mapping[str, Literal]) -> ModuleArgument:
    if argument.name not in values:
        return argument
    try:
        return replace(argument, default=check_argument(argument, values[argument.name]))
    except ArgumentError as error:
        raise SettingError(f"{argument.name}: {error.message}") from None


def _size(name: str, value: Literal) -> int:
    if type(value) is not int or value < 1:
        raise SettingError(
            tr("{name}: expected a size of at least 1, got {value}", name=name, value=repr(value))
        )
    return value


def _check_names(root: Module, inputs: list[Node], sizes: Mapping[str, int]) -> None:
    known = [argument.name for argument in root.arguments]
    known += sorted({name for node in inputs for name in _symbols(node)} - set(known))
    for name in sizes:
        if name not in known:
            there = ", ".join(known) or tr("none")
            text = tr("there is no argument or size {name}; there are: {there}", name=name, there=there)
            raise SettingError(text)


def _symbols(node: Node) -> set[str]:
    """The names in an Input's shape; none where it cannot be read."""
    try:
        shape: Shape = parse_shape(setting(node, "shape"))
    except ValueError:
        return set()
    return {name for dim in shape for name in symbols(dim)}


def _resized(node: Node, sizes: Mapping[str, int]) -> Node:
    own = {name: size for name, size in sizes.items() if name in _symbols(node)}
    if not own:
        return node
    try:
        before = parsed_sizes(setting(node, "sizes"))
    except ExpressionError:
        before = {}
    text = ", ".join(f"{name}={size}" for name, size in {**before, **own}.items())
    return replace(node, arguments={**node.arguments, "sizes": text})
