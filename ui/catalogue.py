"""What can be added to a design, as rows: its own modules, then the layers that ship. No Qt but the rows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core.document import Document
from core.edits.basic import nested
from core.expression import Expression, ExpressionError, Literal, Value, parse
from core.layers import LAYERS
from core.layers.layer import CATEGORIES, Argument, Layer, check
from core.ports import Ports
from core.record import ROOT, Module, Node, instance_kind
from core.text import tr
from core.use import Use
from core.value import definitions_of

from .rank import rank
from .rows import Row
from .shelves import Shelves
from .structures import REPEAT, SLOT

BEHIND = 2.5
"""How much looser a library's module counts as a fit unless it is its very name: `dense` is Linear first."""

SHELVES = ("own", "shipped")
"""The categories of modules that are brought from a library."""


def headings() -> dict[str, str]:
    """What the categories are called."""
    return {
        "module": tr("in this design"),
        "own": tr("my library"),
        "shipped": tr("library"),
        "input": tr("input and output"),
        "linear": tr("linear"),
        "convolution": tr("convolution"),
        "pooling": tr("pooling"),
        "normalisation": tr("normalisation"),
        "activation": tr("activation"),
        "attention": tr("attention"),
        "regularisation": tr("regularisation"),
        "merge": tr("merge"),
        "shape": tr("shape"),
        "reduce": tr("reduce and maths"),
        "loss": tr("loss"),
        "structure": tr("structure"),
    }


@dataclass(frozen=True)
class Entry:
    """Something that can be added."""

    kind: str
    name: str
    category: str
    keywords: tuple[str, ...] = ()
    help: str = ""
    uses: int | None = None
    ports: Ports | None = None
    """The ports of a library's module; those of others the document tells."""


def entries(document: Document, module: str | None = None, shelves: Shelves | None = None) -> list[Entry]:
    """Everything that can be added to a module; modules that would contain themselves are left out."""
    uses = Counter(
        definition
        for record in document.records.values()
        if isinstance(record, Node | Module)
        for definition in definitions_of(record)
    )
    modules = [
        Entry(instance_kind(each.id), each.name, "module", (), _module_help(each), uses[each.id])
        for each in document.modules()
        if each.id != ROOT and (module is None or module not in nested(document, each.id))
    ]
    layers = sorted(LAYERS.values(), key=lambda layer: CATEGORIES.index(layer.category))
    structures = [layer for layer in layers if layer.category == "structure"]
    others = [layer for layer in layers if layer.category != "structure"]
    layered = [*map(_of_layer, others), *_made_structures(), *map(_of_layer, structures)]
    return [*modules, *layered, *(() if shelves is None else _of_shelves(shelves))]


def _of_shelves(shelves: Shelves) -> list[Entry]:
    """The libraries' modules; in a search they stand behind layers that fit as well."""
    return [
        Entry(kept.kind, kept.entry.name, category, (), _module_help(kept.module), None, kept.ports)
        for category, shelf in (("own", shelves.own), ("shipped", shelves.shipped))
        for kept in shelf
    ]


def _made_structures() -> list[Entry]:
    """What is put together from a module and an argument, and is no layer."""
    return [
        Entry(
            REPEAT, tr("Repeat ×N"), "structure", ("repeat", "loop", "times", "stack", "depth", "for"),
            tr("A module that is called so many times in a row, each time with weights of its own."),
        ),
        Entry(
            SLOT, tr("Slot"), "structure", ("argument", "placeholder", "hole", "block"),
            tr("A place for a module that is given as an argument."),
        ),
    ]  # fmt: skip


def sections(found: Sequence[Entry]) -> list[Row]:
    """The entries as the palette lists them: a heading for each category, without the empty ones."""
    rows: list[Row] = []
    titles = headings()
    order = list(titles)
    category = ""
    for entry in sorted(found, key=lambda entry: order.index(entry.category)):
        if entry.category != category:
            category = entry.category
            rows.append(Row(text=titles[category], section=True, enabled=False))
        rows.append(row_of(entry))
    return rows


def row_of(entry: Entry, detail: str = "") -> Row:
    """An entry as a row."""
    hint = ""
    if entry.uses is not None:
        hint = tr("1 use") if entry.uses == 1 else tr("{count} uses", count=entry.uses)
    return Row(
        text=entry.name,
        key=entry.kind,
        detail=detail,
        hint=hint,
        category="module" if entry.category in SHELVES else entry.category,
        help=entry.help,
        is_pictured=entry.category in SHELVES or entry.category == "module",
    )


def matching(found: Iterable[Entry], typed: str, recent: Sequence[str] = ()) -> list[Row]:
    """The entries that fit what was typed, the best first; those used lately before others as good.

    What stands behind the name becomes arguments: `linear 256 relu`, `conv2d out=4*width k=3 bias=no`.
    """
    ranked = []
    for order, entry in enumerate(found):
        asked, arguments = arguments_in(entry.kind, typed)
        place: float | None = rank(asked, entry.name, entry.keywords)
        if place is None:
            continue
        lately = recent.index(entry.kind) if entry.kind in recent else len(recent)
        detail = ", ".join(f"{name} {_said(value)}" for name, value in arguments.items())
        if entry.category in SHELVES and place:
            place += BEHIND
        ranked.append(((place, lately, order), replace(row_of(entry, detail), hint=_hint(entry))))
    return [row for _, row in sorted(ranked, key=lambda pair: pair[0])]


def arguments_in(kind: str, typed: str) -> tuple[str, dict[str, Value]]:
    """What was typed without the arguments that stand behind the name, and those arguments.

    A number or choice is the next argument that takes it; a beginning of an argument's name with `=` may
    give it anything, an expression too.
    """
    layer = LAYERS.get(kind)
    words = typed.split()
    if layer is None or len(words) < 2:
        return typed, {}
    asked, arguments = [words[0]], dict[str, Value]()
    for word in words[1:]:
        found = _argument(layer, word, arguments)
        if found is None:
            asked.append(word)
        else:
            arguments[found[0]] = found[1]
    return " ".join(asked), arguments


def _argument(layer: type[Layer], word: str, given: dict[str, Value]) -> tuple[str, Value] | None:
    name, sign, text = word.partition("=")
    for spec in layer.arguments:
        if spec.name in given or (sign and not (name and spec.name.startswith(name))):
            continue
        value = _named(spec, text) if sign else _literal(spec, word)
        if value is not None:
            return spec.name, value
    return None


_TRUTH = {"yes": True, "true": True, "no": False, "false": False}


def _named(spec: Argument, text: str) -> Value | None:
    """What is given to an argument by its name, None where it takes no such thing."""
    if spec.kind == "text":
        return text
    if spec.kind == "bool" and text.lower() in _TRUTH:
        return _TRUTH[text.lower()]
    literal = _literal(spec, text)
    if literal is not None or spec.kind not in ("int", "float", "sizes", "bool"):
        return literal
    try:
        return parse(text)
    except ExpressionError:
        return None


def _literal(spec: Argument, word: str) -> Literal | None:
    """The word as a value of the argument, None where it is none."""
    value: Literal
    try:
        if spec.kind in ("int", "sizes"):
            value = int(word)
        elif spec.kind == "float":
            value = float(word)
        elif spec.kind == "choice":
            value = word
        else:
            return None
        checked: Literal = check(spec, value)
    except ValueError:  # no number, or an ArgumentError
        return None
    return checked


def _said(value: Value) -> str:
    if isinstance(value, Expression):
        return value.source
    return next((word for word, truth in _TRUTH.items() if truth is value), str(value))


def _of_layer(layer: type[Layer]) -> Entry:
    return Entry(layer.__name__, layer.__name__, layer.category, layer.keywords, _layer_help(layer))


def _layer_help(layer: type[Layer]) -> str:
    first = tr(_first_paragraph(layer.__doc__ or ""))
    return f"{first}\n{layer.formula}" if layer.formula else first


@lru_cache(maxsize=1024)
def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())


def _module_help(module: Module) -> str:
    given = ", ".join(f"{argument.name} = {_default(argument.default)}" for argument in module.arguments)
    told = tr(module.help) if module.help else tr("a module")
    return f"{told}\n{given}" if given else told


def _default(value: Literal) -> str:
    """A default in words; a module's name would need the document, so it is said to be one."""
    return tr("a module") if isinstance(value, Use) else str(value)


def _hint(entry: Entry) -> str:
    return headings()[entry.category]
