"""One walk over a program: each definition becomes a class to be written, in no framework's words."""

from ..program import Program
from ..resolve import bound
from .definition import Writing
from .form import ClassForm, Dialect, Form, Sample
from .names import class_name
from .order import definitions
from .sizes import index_bound


def walk(program: Program, dialect: Dialect) -> Form:
    """The program's classes, callees first; definitions that nothing calls are left out."""
    forms: dict[str, ClassForm] = {}
    for module in definitions(program):
        taken = {form.name for form in forms.values()}
        name = class_name(program.definitions[module].module.name, taken)
        forms[module] = Writing(program, module, name, forms, dialect).form()
    return Form(classes=tuple(forms.values()), samples=_samples(program, forms[program.root]))


def _samples(program: Program, root: ClassForm) -> tuple[Sample, ...]:
    definition = program.definitions[program.root]
    nodes = {entry.node.id: entry.node for entry in definition.entries}
    found: list[Sample] = []
    for name, node, type_ in zip(root.inputs, definition.inputs, definition.symbolic.inputs, strict=True):
        if type_ is not None:
            limit = index_bound(nodes[node]) if type_.dtype == "int64" else None
            found.append(Sample(name=name, shape=bound(type_, program.symbols), bound=limit))
    return tuple(found)
