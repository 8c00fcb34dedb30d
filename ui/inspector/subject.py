"""What the inspector tells of a node: arguments as set, and as they count in the open call. No Qt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.calls import ModuleCall, NodeCall
from core.dim import Dim
from core.document import Document
from core.edits.arguments import said
from core.evaluation import Result, Sized
from core.expression import Expression, ExpressionError, Undecided, Value, evaluate
from core.layers.layer import ArgumentError
from core.ports import as_owner
from core.record import INDEX, ModuleArgument, Node
from core.text import tr
from core.types import Type
from core.use import SLOT_MARK, Use
from core.value import names_of
from ui.value_text import value_text

from .entry import spelled, typed_as
from .spec import Spec, kind_specs, spec_of, specs_of

Place = tuple[str | int, ...]
"""Where a value stands in a node: an argument's name, and from there through lists and modules."""

DEEPEST = 6
"""How far modules within modules are laid out."""


@dataclass(frozen=True)
class Setting:
    """An argument of a node, or of several nodes alike, or of a module that one of its arguments holds.

    `value` is what was set, None where the default stands; `evaluated` what an expression comes to in the
    open call; `error` what is wrong with it there. `place` is empty for an argument of the node itself.
    """

    spec: Spec
    value: Value | None
    evaluated: str = ""
    error: str = ""
    is_mixed: bool = False
    """Whether the nodes have different values."""
    place: Place = ()
    said: str = ""
    """A module's name in words."""
    length: int = 0
    """How many modules the list has that the setting is one of."""

    @property
    def way(self) -> Place:
        """Where the value stands in the node."""
        return self.place or (self.spec.name,)

    @property
    def key(self) -> str:
        """The place in one word: `width`, `then.width`, `blocks[0]`."""
        return said(self.way)

    @property
    def depth(self) -> int:
        """How far its row is moved in."""
        return len(self.way) - 1

    @property
    def is_item(self) -> bool:
        """Whether it is a module of a list."""
        return isinstance(self.way[-1], int)

    @property
    def is_expression(self) -> bool:
        """Whether the value is computed."""
        value = self.value
        return isinstance(value, Expression) or (isinstance(value, Use) and value.kind.startswith(SLOT_MARK))

    @property
    def is_default(self) -> bool:
        """Whether nothing was set."""
        return self.value is None and not self.is_mixed

    @property
    def shown(self) -> Value | None:
        """The value that counts: the one that was set, else the default."""
        if self.value is not None or self.spec.required:
            return self.value
        default: Value | None = self.spec.default
        return default

    @property
    def text(self) -> str:
        """The value as its field shows it."""
        return "" if self.is_mixed else typed_as(self.spec, self.shown)


def settings_of(document: Document, node: Node, call: ModuleCall | None) -> tuple[Setting, ...]:
    """Every argument of a node as it stands in a call of its module, and those of modules that it holds.

    A tied node has its owner's.
    """
    inside = None if call is None else call.nodes.get(node.id)
    made = as_owner(document, node)
    return tuple(
        each
        for spec in specs_of(document, made)
        for each in _with_parts(document, made.module, _setting(document, spec, made, inside), inside)
    )


def _setting(document: Document, spec: Spec, node: Node, call: NodeCall | None) -> Setting:
    value = node.arguments.get(spec.name)
    error, evaluated = "", ""
    if call is not None:
        error = next((fault.text for fault in call.faults if fault.argument == spec.name), "")
        if isinstance(value, Expression) and not error:
            evaluated = _evaluated(document, _first(call).arguments.get(spec.name))
    same = evaluated.replace(" ", "") == spelled(value).replace(" ", "")
    return _told(document, Setting(spec, value, "" if same else evaluated, error))


def _first(call: NodeCall) -> NodeCall:
    """Of calls in a row the first, whose arguments are told."""
    while call.structure == "repeat" and call.parts:
        call = call.parts[0][1]
    return call


def _evaluated(document: Document, value: Any) -> str:
    return "" if value is None else value_text(document, value)


def _told(document: Document, setting: Setting) -> Setting:
    shown = setting.shown
    if setting.spec.kind != "module" or not isinstance(shown, Use):
        return setting
    return replace(setting, said=value_text(document, shown) if shown.kind else "")


def _with_parts(
    document: Document, module: str, setting: Setting, call: NodeCall | None
) -> Iterator[Setting]:
    """A setting, and behind it those of the modules that it holds."""
    yield setting
    shown = setting.shown
    if len(setting.way) > DEEPEST or isinstance(shown, Expression):
        return
    if setting.spec.kind == "modules" and isinstance(shown, tuple):
        for index, item in enumerate(shown):
            spec = Spec(name=f"{setting.spec.name}[{index}]", kind="module", help=setting.spec.help)
            one = Setting(spec, item if isinstance(item, Use) else None, place=(*setting.way, index))
            one = replace(_told(document, one), length=len(shown))
            yield from _with_parts(document, module, one, call)
    elif setting.spec.kind == "module" and isinstance(shown, Use):
        for spec in kind_specs(document, module, shown.kind):
            inside = _of_use(document, spec, shown, (*setting.way, spec.name), call)
            yield from _with_parts(document, module, inside, call)


def _of_use(document: Document, spec: Spec, holder: Use, place: Place, call: NodeCall | None) -> Setting:
    value = holder.named.get(spec.name)
    evaluated = ""
    if isinstance(value, Expression) and call is not None:
        evaluated = _evaluated(document, _value_at(_first(call).arguments, place))
    return _told(document, Setting(spec, value, evaluated, place=place))


def _value_at(arguments: Mapping[str, Any], place: Place) -> Any:
    """What stands at a place in evaluated arguments; None where there is nothing."""
    found: Any = arguments
    for step in place:
        if isinstance(found, Use):
            found = found.named
        if isinstance(step, int):
            found = found[step] if isinstance(found, tuple) and step < len(found) else None
        else:
            found = found.get(step) if isinstance(found, Mapping) else None
    return found


def shared(of_each: Sequence[Sequence[Setting]]) -> tuple[Setting, ...]:
    """The arguments that all of several nodes have, of the same kind."""
    first, *others = of_each
    found = []
    for setting in first:
        alike = [_alike(setting, other) for other in others]
        if None in alike or (others and setting.depth):
            continue
        differs = any(other is not None and other.text != setting.text for other in alike)
        found.append(replace(setting, is_mixed=differs, evaluated="" if differs else setting.evaluated))
    return tuple(found)


def _alike(setting: Setting, others: Sequence[Setting]) -> Setting | None:
    spec = setting.spec
    return next(
        (
            other
            for other in others
            if (other.key, other.spec.kind, other.spec.choices) == (setting.key, spec.kind, spec.choices)
        ),
        None,
    )


def default_settings(document: Document, module: str, argument: ModuleArgument) -> tuple[Setting, ...]:
    """What stands in the default of an argument of a module: the parts of a list, arguments of modules."""
    whole = Setting(spec_of(argument), argument.default)
    return tuple(_with_parts(document, module, whole, None))[1:]


Scope = Mapping[str, Result | Sized]


def scope_of(document: Document, call: ModuleCall | None, module: str) -> Scope:
    """What expressions of a module's nodes may read: its arguments, and its inputs for their shapes."""
    found: dict[str, Any] = {}
    record = document.module(module)
    for argument in record.arguments:
        found[argument.name] = argument.default
    if call is not None:
        found.update(call.arguments)
    for node in document.nodes(module):
        inside = None if call is None else call.nodes.get(node.id)
        type_ = inside.outputs[0] if inside is not None and node.kind == "Input" and inside.outputs else None
        if isinstance(type_, Type):
            found[node.name] = type_
        elif node.kind == "Input":
            found[node.name] = UnknownSizes(node.name)
    return found


@dataclass(frozen=True)
class UnknownSizes:
    """An input of which nobody says yet what it is given: expressions may read it, and have no value."""

    name: str

    @property
    def shape(self) -> tuple[Dim, ...]:
        """Raises Undecided."""
        raise Undecided(tr("the sizes of {name} are not known yet", name=self.name))


def scope_at(document: Document, call: ModuleCall | None, node: Node) -> Scope:
    """What a node's arguments may read: as its module's, and the number of the repetition if repeated."""
    found = dict(scope_of(document, call, node.module))
    if as_owner(document, node).repeat is not None:
        found.setdefault(INDEX, 0)
    return found


def unknown_names(value: Value | None, scope: Scope) -> list[str]:
    """Names in an expression or a slot that its module does not have."""
    return sorted(names_of(value) - scope.keys())


def check_in_scope(spec: Spec, value: Value | None, scope: Scope) -> None:
    """ArgumentError where an expression has no value here, or one that the argument cannot take."""
    if not isinstance(value, Expression):
        return
    try:
        found = evaluate(value, scope)
    except Undecided:
        return
    except ExpressionError as error:
        raise ArgumentError(spec.name, error.message) from None
    spec.check(found)


__all__ = [
    "Place", "Scope", "Setting", "check_in_scope", "default_settings", "scope_at", "scope_of", "settings_of",
    "shared", "specs_of", "unknown_names",
]  # fmt: skip
