"""How a layer is written in a framework: the code and the map of its weights."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..export.arrangement import Arrangement


@dataclass(frozen=True)
class Code:
    """A call in the target language: `target(*positional, **keywords)`.

    Values are literals, tuples, Expressions, Dims, or Code; the printer writes them.
    """

    target: str
    positional: tuple[Any, ...] = ()
    keywords: tuple[tuple[str, Any], ...] = ()


def code(target: str, *positional: Any, defaults: Mapping[str, Any] | None = None, **keywords: Any) -> Code:
    """A call; a keyword whose value equals its entry in `defaults` is left out."""
    defaults = defaults or {}
    kept = {k: v for k, v in keywords.items() if k not in defaults or _differs(v, defaults[k])}
    return Code(target, positional, tuple(kept.items()))


def _differs(value: Any, default: Any) -> bool:
    return type(value) is not type(default) or value != default


@dataclass(frozen=True)
class Pasted:
    """A user's file that is pasted into the code: its functions, and what they are told besides arrays."""

    file: str
    source: str
    differentiates: bool
    ports: tuple[str, ...]
    settings: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Stored:
    """A tensor as a framework keeps it at `path` below what is constructed, made of our tensors `of`."""

    path: str
    of: tuple[str, ...]
    how: "Arrangement"


@dataclass(frozen=True)
class Spelling:
    """A layer's code in one framework.

    `construct` is what `__init__` makes and `forward` calls; None where the layer has no state.
    `apply` is the expression in `forward`, with `{port}` for each input, `{self}` for what was constructed,
    and (for variadic inputs) `{xs}` for their comma-separated list; empty means `{self}(inputs…)`.
    `module` is the form that may stand in a Sequential; None means `construct`, or that there is none.
    `weights` maps our tensor names to attribute paths in what `construct` makes (same name where left out).
    `stored` says so where the framework keeps other tensors than ours: all that the layer has, if any; `kept`
    does where that depends on arguments that the code leaves open, and is told the layer with their values.
    `buffers` and `parameters` name tensors that the class registers itself (a Constant, a Parameter): our
    name -> code of the first value.
    `body` is an expression over `{port}`s and `{tensor}`s that is written as a small class of its own, whose
    constructor makes the layer's tensors; it stands in place of `construct`.
    `pasted` is a file that the code needs; `apply` calls what comes of it `{pasted}`.
    """

    construct: Code | None = None
    apply: str = ""
    module: Any = None
    weights: Mapping[str, str] = field(default_factory=dict)
    stored: tuple[Stored, ...] = ()
    kept: Callable[[Any], tuple[Stored, ...]] | None = None
    buffers: Mapping[str, Code] = field(default_factory=dict)
    parameters: Mapping[str, Code] = field(default_factory=dict)
    body: str = ""
    pasted: Pasted | None = None

    @property
    def registered(self) -> Mapping[str, Code]:
        """The tensors that the class registers itself."""
        return {**self.buffers, **self.parameters}


Spell = Callable[..., Spelling | None]
"""How a layer, with arguments as the user wrote them, is written at the types of its inputs.

None where the framework has no word for it after all.
"""

OPEN, CLOSE = "\ue000", "\ue001"
"""Marks around an expression inside a text: whoever prints it knows what its names are called in code."""


def marked(dim: Any) -> str:
    """A dimension's text for `apply`, marked so that the printer renames its symbols; numbers stay bare."""
    return str(dim) if isinstance(dim, int) else f"{OPEN}{dim!r}{CLOSE}"
