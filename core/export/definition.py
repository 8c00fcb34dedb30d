"""One definition of a program as a class to be written: its arguments, members and statements."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..expression import Expression
from ..layers.layer import ArgumentError, Layer, bind
from ..layers.spelling import Code, Spelling
from ..program import Entry, Program
from ..resolve import NodeCall
from ..types import Type
from .form import Activation, ClassForm, Dialect, Given, Link, Member, Value
from .names import constant_case, identifier
from .order import depth_first
from .quoted import quoted, sources, unquoted
from .sizes import matched, size_name, type_text
from .statements import Statements, Step, without_aliases
from .values import Names, expression_text, free_names, written

PORTS = ("Input", "Output")
"""Kinds that stand for the definition's own ports."""


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """A call with its code: `construct` is what the class keeps, `apply` what `forward` says."""

    entry: Entry
    call: NodeCall
    spelling: Spelling
    activation: Activation | None = None
    callee: ClassForm | None = None


class Writing:
    """Reads one definition; `form` is the result. `written` are the classes that it may call."""

    def __init__(
        self, program: Program, module: str, name: str, ready: Mapping[str, ClassForm], dialect: Dialect
    ) -> None:
        self.program, self.definition, self.name = program, program.definitions[module], name
        self.ready, self.dialect = ready, dialect
        self.symbolic = self.definition.symbolic
        self.root = module == program.root
        self.entries = depth_first(self.definition)
        self.spelled: dict[str, Spelled] = {}
        self.missing: dict[str, str] = {}
        for entry in self.entries:
            self._spell(entry)
        self.given = self._given()
        self.names: Names = self._names()
        self.attributes = self._attributes()
        self.kept: list[str] = []

    def form(self) -> ClassForm:
        """The definition as a class, and as a chain where it is the root and one."""
        inputs = self._inputs()
        steps, outputs = without_aliases(self._steps(), self._outputs())
        written_ = Statements(steps, inputs, outputs)
        module = self.definition.module
        return ClassForm(
            definition=module.id,
            name=self.name,
            help=module.help,
            given=tuple(self.given),
            names=self.names,
            members=tuple(self._members()),
            inputs=tuple(inputs.values()),
            inputs_comment=self._comment(self.symbolic.inputs),
            statements=tuple(written_.lines),
            outputs=written_.outputs,
            kept=tuple(dict.fromkeys(self.kept)),
            chain=self._chain() if self.root else None,
        )

    # Spelling

    def _spell(self, entry: Entry) -> None:
        call = self.symbolic.nodes.get(entry.node.id)
        if entry.node.kind in PORTS:
            return
        if call is None or any(type_ is None for type_ in call.outputs) or not _wired(entry):
            self.missing[entry.node.id] = self._reason(entry)
        elif entry.definition is not None:
            self.spelled[entry.node.id] = self._instance(entry, call)
        else:
            self._layer(entry, call)

    def _reason(self, entry: Entry) -> str:
        problems = [*self.symbolic.problems, *self.program.problems]
        texts = [problem.text for problem in problems if entry.node.id in problem.path]
        return texts[0] if texts else "waits for what is missing before it"

    def _instance(self, entry: Entry, call: NodeCall) -> Spelled:
        assert entry.definition is not None
        callee = self.ready[entry.definition]
        symbolic = self.program.definitions[entry.definition].symbolic
        sizes = matched(symbolic.inputs, call.inputs)
        leading = tuple(sizes.get(one.key, 1) for one in callee.given if one.default is None)
        set_ = {one.key: one.name for one in callee.given}
        keywords = tuple((set_.get(name, name), value) for name, value in entry.node.arguments.items())
        places = ", ".join(f"{{a{i}}}" for i in range(len(entry.sources)))
        spelling = Spelling(construct=Code(callee.name, leading, keywords), apply=f"{{self}}({places})")
        return Spelled(entry=entry, call=call, spelling=spelling, callee=callee)

    def _layer(self, entry: Entry, call: NodeCall) -> None:
        assert entry.layer is not None
        arguments = {
            name: value if isinstance(value, Expression) else call.arguments.get(name, value)
            for name, value in entry.node.arguments.items()
        }
        layer = entry.layer(**quoted(arguments))
        types = _known(call.inputs)
        spelling = self.dialect.spelling(layer, types)
        if spelling is None:
            self.missing[entry.node.id] = f"{entry.node.kind} has no spelling"
            return
        activation = self.dialect.activation(layer)
        self.spelled[entry.node.id] = Spelled(
            entry=entry, call=call, spelling=spelling, activation=activation
        )

    # Constructor arguments

    def _given(self) -> list[Given]:
        own = {argument.name: argument for argument in self.definition.module.arguments}
        taken = {constant_case(name) for name in own}
        leading: list[Given] = []
        for symbol in self._sizes_read(own):
            name = size_name(symbol, self._layers(), taken)
            taken.add(name)
            default = self.program.symbols.get(symbol, 1) if self.root else None
            leading.append(Given(key=symbol, name=name, default=default))
        arguments = [
            Given(key=name, name=constant_case(name), default=argument.default)
            for name, argument in own.items()
        ]
        return leading + arguments

    def _sizes_read(self, own: Mapping[str, Any]) -> list[str]:
        """Sizes that the code depends on, without the definition's own arguments, in order of reading."""
        found: dict[str, None] = {}
        for spelled in self.spelled.values():
            for name in _names_in(spelled):
                for symbol in self._symbols(name):
                    if symbol not in own:
                        found[symbol] = None
        return list(found)

    def _symbols(self, name: str) -> list[str]:
        if "[" not in name:
            return [name]
        dim = self._dim_read(name)
        return list(free_names(dim)) if dim is not None else []

    def _dim_read(self, name: str) -> Any:
        """What `x.shape[1]` stands for: the dimension of the definition's input."""
        found = re.fullmatch(r"(\w+)\.shape\[(-?\d+)\]", name)
        if not found:
            return None
        ports = [self._node(node).name for node in self.definition.inputs]
        type_ = self.symbolic.inputs[ports.index(found[1])] if found[1] in ports else None
        return None if type_ is None else type_.shape[int(found[2])]

    def _layers(self) -> list[tuple[Layer, tuple[Type, ...]]]:
        found: list[tuple[Layer, tuple[Type, ...]]] = []
        for spelled in self.spelled.values():
            if spelled.entry.layer is not None:
                try:
                    layer = bind(spelled.entry.layer, spelled.call.arguments)
                except ArgumentError:
                    continue
                found.append((layer, _known(spelled.call.inputs)))
        return found

    def _names(self) -> dict[str, str]:
        names = {one.key: one.name for one in self.given}
        for spelled in self.spelled.values():
            for name in _names_in(spelled):
                if "[" in name and (dim := self._dim_read(name)) is not None:
                    names[name] = written(dim, names)
        return names

    # Members and statements

    def _attributes(self) -> dict[str, str]:
        taken: set[str] = {one.name for one in self.given}
        found: dict[str, str] = {}
        for node, spelled in self.spelled.items():
            if spelled.spelling.construct is not None or spelled.spelling.buffers:
                found[node] = identifier(spelled.entry.node.name, taken)
                taken.add(found[node])
        return found

    def _members(self) -> list[Member]:
        members: list[Member] = []
        for node, attribute in self.attributes.items():
            spelled = self.spelled[node]
            members += _members_of(spelled, attribute)
        return members

    def _steps(self) -> list[Step]:
        steps: list[Step] = []
        for entry in self.entries:
            if entry.node.id in self.spelled:
                steps.append(self._step(self.spelled[entry.node.id]))
            elif entry.node.id in self.missing:
                steps.append(
                    Step(node=entry.node.id, name=entry.node.name, missing=self.missing[entry.node.id])
                )
        return self._without_unreached(steps)

    def _without_unreached(self, steps: list[Step]) -> list[Step]:
        """What needs a value that is missing is missing itself."""
        absent = {step.node for step in steps if step.missing}
        kept: list[Step] = []
        for step in steps:
            if any(node in absent for node, _ in step.sources.values()):
                absent.add(step.node)
                step = Step(node=step.node, name=step.name, missing="waits for what is missing before it")
            kept.append(step)
        return kept

    def _step(self, spelled: Spelled) -> Step:
        node, spelling = spelled.entry.node, spelled.spelling
        wired = [source for source in spelled.entry.sources if source is not None]
        ports = _places(spelled)
        template = self._template(spelled, ports)
        return Step(
            node=node.id,
            name=node.name,
            template=template,
            sources={port: (source.node, source.port) for port, source in zip(ports, wired, strict=True)},
            results=tuple(((node.id, port), port) for port in self._results(spelled)),
            comment=self._comment(spelled.call.outputs),
            wraps=spelling.construct is None and spelled.entry.layer is not None
            and spelled.entry.layer.category == "activation",
        )  # fmt: skip

    def _template(self, spelled: Spelled, ports: list[str]) -> str:
        spelling = spelled.spelling
        places = ", ".join(f"{{{port}}}" for port in ports)
        holds_value = spelling.buffers and spelling.construct is None
        template = spelling.apply or ("{self}" if holds_value else f"{{self}}({places})")
        template = template.replace("{xs}", places)
        attribute = self.attributes.get(spelled.entry.node.id)
        template = self._in_forward(template.replace("{self}", f"self.{attribute}"))
        return template if spelled.activation is None else spelled.activation.apply.replace("{x}", template)

    def _in_forward(self, template: str) -> str:
        """The template with its expressions spelled; arguments that it reads are kept as attributes."""

        def spell(source: str) -> str:
            read = [self.names[name] for name in free_names(Expression(source)) if name in self.names]
            self.kept += [word for name in read for word in re.findall(r"[^\W\d]\w*", name)]
            inside = {key: re.sub(r"([^\W\d]\w*)", r"self.\1", name) for key, name in self.names.items()}
            return expression_text(source, inside)

        return unquoted(template, spell)

    # Ports

    def _inputs(self) -> dict[Value, str]:
        found: dict[Value, str] = {}
        for node in self.definition.inputs:
            name = self._node(node).name
            plain = re.sub(r"(?i)^in(put)?(?=\W*\d*$)", "x", name)
            found[(node, "y")] = identifier(plain, set(found.values()), "x")
        return found

    def _outputs(self) -> list[Value | None]:
        by_node = {entry.node.id: entry for entry in self.definition.entries}
        found: list[Value | None] = []
        for node in self.definition.outputs:
            source = by_node[node].sources[0] if by_node[node].sources else None
            reached = source is not None and (
                source.node in self.spelled or source.node in self.definition.inputs
            )
            found.append((source.node, source.port) if source is not None and reached else None)
        return found

    def _results(self, spelled: Spelled) -> tuple[str, ...]:
        """The names of the ports that a call gives values at."""
        if spelled.entry.layer is not None:
            return spelled.entry.layer.outputs
        assert spelled.entry.definition is not None
        inner = self.program.definitions[spelled.entry.definition]
        names = {entry.node.id: entry.node.name for entry in inner.entries}
        return tuple(names[node] for node in inner.outputs)

    def _node(self, node: str) -> Any:
        return next(entry.node for entry in self.definition.entries if entry.node.id == node)

    def _comment(self, types: tuple[Type | None, ...]) -> str:
        return ", ".join(type_text(type_, self.names) for type_ in types if type_ is not None)

    # A chain

    def _chain(self) -> tuple[Link, ...] | None:
        """The calls one after the other, where there is nothing else and each may stand in a chain."""
        if (
            len(self.definition.inputs) != 1
            or len(self.definition.outputs) != 1
            or self.given
            or self.missing
        ):
            return None
        before, links = (self.definition.inputs[0], "y"), list[Link]()
        for spelled in self.spelled.values():
            sources_ = [source for source in spelled.entry.sources if source is not None]
            code = spelled.spelling.module or (
                spelled.spelling.construct if _called_plainly(spelled) else None
            )
            if code is None or [(s.node, s.port) for s in sources_] != [before] or spelled.spelling.buffers:
                return None
            node = spelled.entry.node.id
            links.append(Link(code=code, node=node, comment=self._comment(spelled.call.outputs)))
            if spelled.activation is not None:
                links.append(Link(code=spelled.activation.module, node=node))
            before = (node, self._results(spelled)[0])
        return tuple(links) if links and self._outputs() == [before] else None


def _members_of(spelled: Spelled, attribute: str) -> list[Member]:
    spelling, node = spelled.spelling, spelled.entry.node.id
    if spelling.construct is None:
        return [
            Member(attribute=attribute, code=code, node=node, tensors={name: attribute}, buffer=True)
            for name, code in spelling.buffers.items()
        ]
    callee = spelled.callee.definition if spelled.callee else None
    return [
        Member(
            attribute=attribute,
            code=spelling.construct,
            node=node,
            tensors=spelling.weights,
            definition=callee,
        )
    ]


def _names_in(spelled: Spelled) -> list[str]:
    """Arguments, sizes and `x.shape[1]` in a call's code, in order."""
    spelling = spelled.spelling
    codes = [spelling.construct, *spelling.buffers.values()]
    found = [name for code in codes if code is not None for name in free_names(code)]
    return found + [name for source in sources(spelling.apply) for name in free_names(Expression(source))]


def _known(types: tuple[Type | None, ...]) -> tuple[Type, ...]:
    return tuple(type_ for type_ in types if type_ is not None)


def _wired(entry: Entry) -> bool:
    """Whether every input has a wire; of a layer with any number of inputs, one at least."""
    if entry.layer is not None and entry.layer.variadic:
        return any(entry.sources)
    return all(entry.sources)


def _places(spelled: Spelled) -> list[str]:
    entry = spelled.entry
    wired = [i for i, source in enumerate(entry.sources) if source is not None]
    if entry.layer is None:
        return [f"a{i}" for i in wired]
    return [f"x{i + 1}" if entry.layer.variadic else entry.layer.inputs[i] for i in wired]


def _called_plainly(spelled: Spelled) -> bool:
    return not spelled.spelling.apply or spelled.callee is not None
