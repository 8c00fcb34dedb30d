"""What an argument takes, whether a layer or a module declares it. No Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal as OneOf

from core.document import Document
from core.layers import LAYERS
from core.layers.layer import Argument, check
from core.module_arguments import check_argument, kind_of
from core.ports import slot_default
from core.record import INSTANCE_MARK, Module, ModuleArgument, Node
from core.use import SLOT_MARK

SpecKind = OneOf["int", "float", "bool", "choice", "sizes", "list", "shape", "text", "module", "modules"]

MAX_STEPS = 20
"""How far a slot is followed to what it is by default; a damaged file may lead in a circle."""


@dataclass(frozen=True, kw_only=True)
class Spec:
    """An argument as its row shows it; `required` has no default."""

    name: str
    kind: SpecKind
    help: str
    default: Any = None
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    declared: Argument | ModuleArgument | None = None

    @property
    def is_words(self) -> bool:
        """Whether what is typed is a text, so that an expression needs a `=` in front."""
        return self.kind in ("text", "shape")

    def check(self, value: Any) -> Any:
        """The value as the argument takes it; ArgumentError otherwise."""
        if isinstance(self.declared, Argument):
            return check(self.declared, value)
        return value if self.declared is None else check_argument(self.declared, value)


def spec_of(declared: Argument | ModuleArgument) -> Spec:
    """An argument of a layer or of a module as a row shows it."""
    if isinstance(declared, ModuleArgument):
        kind = kind_of(declared)
        return Spec(
            name=declared.name,
            kind="text" if kind == "string" else kind,
            help=declared.help or declared.name,
            default=declared.default,
            minimum=declared.minimum,
            maximum=declared.maximum,
            choices=declared.choices,
            declared=declared,
        )
    return Spec(
        name=declared.name,
        kind="shape" if declared.dimensions else declared.kind,
        help=declared.help,
        default=None if declared.required else declared.default,
        required=declared.required,
        minimum=declared.minimum,
        maximum=declared.maximum,
        choices=declared.choices,
        declared=declared,
    )


def specs_of(document: Document, node: Node) -> tuple[Spec, ...]:
    """The arguments that a node has: a layer's, or those that its module declares."""
    return kind_specs(document, node.module, node.kind)


def kind_specs(document: Document, module: str, kind: str) -> tuple[Spec, ...]:
    """The arguments of a kind in a module; of a slot those of what it is by default."""
    for _ in range(MAX_STEPS):
        if not kind.startswith(SLOT_MARK):
            break
        given = slot_default(document, module, kind)
        kind = "" if given is None else given.kind
    found: Sequence[Argument | ModuleArgument] = ()
    if kind.startswith(INSTANCE_MARK):
        record = document.get(kind[len(INSTANCE_MARK) :])
        found = record.arguments if isinstance(record, Module) else ()
    elif kind in LAYERS:
        found = LAYERS[kind].arguments
    return tuple(map(spec_of, found))
