"""One definition of a program as a class to be written: its members and statements."""

import re
from collections.abc import Sequence
from dataclasses import replace

from ..calls import ModuleCall
from ..expression import Expression, Value as Written
from ..layers.spelling import Code
from ..program import Entry, Program
from ..types import Type
from .form import ClassForm, Link, Member, Run, Value
from .format import INDENT, WIDTH, width
from .given import axes_of, constructor
from .habits import role, tells, wraps
from .made import Passed, Row, with_locals
from .names import identifier, variable
from .numbers import left_out, with_numbers
from .order import depth_first
from .quoted import unquoted
from .sizes import type_text, with_images_last
from .spelled import PORTS, Spelled, Vocabulary, default_of, is_complete
from .speller import Speller
from .statements import Statements, Step, without_aliases
from .values import expression_text, free_names, with_slices_spaced, written

WAITS = "waits for what is missing before it"
"""Why a node is left out where no problem names it."""


class Writing:
    """Reads one definition in the sizes of a call, with symbols where that serves all; see `form`."""

    def __init__(self, program: Program, call: ModuleCall, words: Vocabulary) -> None:
        self.program, self.call, self.words = program, call, words
        self.definition = program.definitions[call.module]
        self.entries = [entry for entry in depth_first(self.definition) if entry.node.kind not in PORTS]
        self.nodes = {entry.node.id: entry for entry in self.definition.entries}
        self.spelled: dict[str, Spelled] = {}
        speller = Speller(program, self.definition, call, words)
        for entry in self.entries:
            if self._is_reached(entry):
                self.spelled[entry.node.id] = speller.spelled(entry)
        self._print_incomplete()
        self.calls = list(self.spelled.values())
        self.given, self.names = constructor(program, self.definition, call, self.calls)
        self.attributes = self._attributes()
        self.kept: dict[str, None] = {}
        self.reads_sizes = False

    def form(self, name: str) -> ClassForm:
        """The definition as a class of that name, and as a chain where it is the root and one."""
        inputs = self._inputs()
        steps, outputs = without_aliases([self._step(entry) for entry in self.entries], self._outputs())
        steps, outputs = self.words.dialect.laid(
            steps,
            outputs,
            self.spelled,
            {one: (name, type_) for (one, name), type_ in zip(inputs.items(), self.call.inputs, strict=True)},
        )
        body = Statements(steps, inputs, outputs, self._output_names(), pinned=self.reads_sizes)
        module = self.definition.module
        return ClassForm(
            definition=module.id,
            name=name,
            title=module.name,
            help=module.help,
            given=self.given,
            names=self.names,
            members=tuple(self._members()),
            inputs=tuple(inputs.values()),
            defaults=left_out(self.definition, tuple(inputs.values())),
            inputs_comment=self._comment(self.call.inputs),
            statements=tuple(body.lines),
            outputs=body.outputs,
            output_names=tuple(self._output_names()),
            kept=tuple(self.kept),
            chain=self._chain() if module.id == self.program.root else None,
        )

    def _is_reached(self, entry: Entry) -> bool:
        """Whether there is code for the call and for everything before it."""
        sources = [source.node for source in entry.sources if source is not None]
        before = all(node in self.spelled or node in self.definition.inputs for node in sources)
        return before and is_complete(entry, self.call.nodes.get(entry.node.id))

    def _print_incomplete(self) -> None:
        """Modules that are still being drawn have their classes shown, though nothing can call them."""
        for entry in self.entries:
            call = self.call.nodes.get(entry.node.id)
            if entry.node.id not in self.spelled and call is not None and call.inner is not None:
                self.words.callee(call)

    # Members

    def _attributes(self) -> dict[str, str]:
        """What the class calls what it keeps, by node and part: `node` or `node/part`."""
        kept = {one.name for one in self.given} if self.words.dialect.keeps_given else set[str]()
        taken = self._read_in_forward() | kept
        found: dict[str, str] = {}
        for spelled in self.calls:
            node = spelled.entry.node
            if spelled.entry.owner:
                continue
            for key, part in _kept_apart(spelled):
                if part.holds:
                    name = self._part_name(node.name, key, part, taken)
                    place = f"{node.id}/{key}" if key else node.id
                    usual = "constant" if spelled.spelling.registered else "layer"
                    given = self._given_as(part)
                    name = f"{name} {usual}" if identifier(name) in kept else name
                    found[place] = given or identifier(name, taken, usual)
                    taken.add(found[place])
        for spelled in self.calls:
            owner = spelled.entry.owner
            for place, name in list(found.items()):
                if owner and place.partition("/")[0] == owner:
                    found[spelled.entry.node.id + place[len(owner) :]] = name
        return found

    def _part_name(self, node: str, key: str, part: Spelled, taken: set[str]) -> str:
        """What a part is called: as the module that it is, `while self.is_large(x)`, where that is free."""
        if not key:
            return node
        module = part.call.inner and self.program.definitions[part.call.inner.module].module.name
        return module if module and identifier(module) not in taken else f"{node} {key}"

    def _read_in_forward(self) -> set[str]:
        """The arguments that the class keeps as they are."""
        names = {name for spelled in self.calls for name in spelled.names_run()}
        return {word for name in names for word in _WORD.findall(self.names.get(name, name))}

    def _given_as(self, spelled: Spelled) -> str:
        """The argument's name where a module is kept as it is given; empty for all others."""
        made = spelled.structure
        key = made.source.source if isinstance(made, Passed) else ""
        return next((one.name for one in self.given if one.key == key), "")

    def _members(self) -> list[Member]:
        found: list[Member] = []
        variables: dict[object, str] = {}
        for spelled in self.calls:
            kept = () if spelled.entry.owner else _kept_apart(spelled)
            for key, part in kept:
                for member in _members_of(part, key, self.attributes) if part.holds else ():
                    found.append(replace(member, code=with_locals(member.code, variables)))
                    carried = member.code.carried if isinstance(member.code, Row) else ()
                    variables.update({one.last: one.name for one in carried})
        return found

    # Statements

    def _step(self, entry: Entry) -> Step:
        spelled = self.spelled.get(entry.node.id)
        if spelled is None:
            return Step(node=entry.node.id, name=entry.node.name, missing=self._reason(entry))
        node = entry.node
        run = self._run(spelled)
        template = run.text
        wired = {place: at for place, at in zip(spelled.places, entry.sources, strict=True) if at is not None}
        if len(wired) < len(entry.sources):
            template = with_numbers(template, self.program, entry, spelled.places)
        return Step(
            node=node.id,
            inside=spelled.inside,
            name=node.name,
            template=template,
            suite=run.suite,
            reason=run.reason,
            carried=spelled.places[: len(spelled.results)] if run.suite else (),
            sources={place: (at.node, at.port) for place, at in wired.items()},
            results=tuple(((node.id, port), port) for port in spelled.results),
            comment=self._comment(spelled.call.outputs),
            role=role(spelled),
            wraps=wraps(spelled),
            tells=tells(spelled),
            joins=node.kind != "Add",
        )

    def _reason(self, entry: Entry) -> str:
        problems = [*self.call.problems, *self.program.problems]
        return next((one.text for one in problems if entry.node.id in one.path and one.kind != "hint"), WAITS)

    def _run(self, spelled: Spelled) -> Run:
        """The call as a template, and what it stands inside of."""
        node = spelled.entry.node
        parts = {
            key: self.words.dialect.part(
                self._template(part, f"{node.id}/{key}" if key else node.id), part, spelled
            )
            for key, part in spelled.parts
        }
        places = spelled.places
        match spelled.running:
            case "if":
                then, otherwise = (
                    _at_places(parts[key], part.places, places[1:]) for key, part in spelled.parts
                )
                return Run(self.words.dialect.branch(f"{{{places[0]}}}", then, otherwise))
            case "while":
                condition, body = (_at_places(parts[key], part.places, places) for key, part in spelled.parts)
                bound = spelled.entry.node.arguments.get("bound", default_of("While", "bound"))
                return self.words.dialect.loop(condition, body, places[: len(spelled.results)], bound)
            case "rounds":
                ((key, part),) = spelled.parts
                count = self._in_forward(_source(node.repeat))
                return Run(_at_places(parts[key], part.places, places), f"for _ in range({count}):")
            case "each":
                call = ", ".join(f"{{{place}}}" for place in places)
                return Run(f"part({call})", f"for part in self.{self.attributes[node.id]}:")
        return Run(self._template(spelled, node.id))

    def _template(self, spelled: Spelled, place: str) -> str:
        places = ", ".join(f"{{{place}}}" for place in spelled.places)
        template = (spelled.spelling.apply or f"{{self}}({places})").replace("{xs}", places)
        template = template.replace("{self}", f"self.{self.attributes.get(place)}")
        template = with_slices_spaced(unquoted(template, self._in_forward))
        return template if spelled.activation is None else spelled.activation.apply.replace("{x}", template)

    def _in_forward(self, source: str) -> str:
        """An expression in `forward`: the constructor's arguments that it reads are kept as attributes.

        Sizes that the constructor is not told are read off the inputs.
        """
        axes, inputs = axes_of(self.call), tuple(self._inputs().values())

        def found_at(word: "re.Match[str]") -> str:
            if word[0] in axes and all(one.key != word[0] for one in self.given):
                self.reads_sizes = True
                place, axis = axes[word[0]]
                return f"{inputs[place]}.shape[{axis}]"
            self.kept[word[0]] = None
            return f"self.{word[0]}"

        read = {name: self.names.get(name, name) for name in free_names(Expression(source))}
        return expression_text(source, {key: _WORD.sub(found_at, text) for key, text in read.items()})

    # Ports

    def _inputs(self) -> dict[Value, str]:
        found: dict[Value, str] = {}
        for node in self.definition.inputs:
            plain = re.sub(r"(?i)^in(put)?(?=\W*\d*$)", "x", self.nodes[node].node.name)
            found[node, "y"] = variable(plain, set(found.values()))
        return found

    def _outputs(self) -> list[Value | None]:
        found: list[Value | None] = []
        for node in self.definition.outputs:
            entry = self.nodes.get(node)
            source = entry.sources[0] if entry is not None and entry.sources else None
            reached = source is not None and (
                source.node in self.spelled or source.node in self.definition.inputs
            )
            found.append((source.node, source.port) if source is not None and reached else None)
        return found

    def _output_names(self) -> list[str]:
        return [variable(self.nodes[node].node.name, (), "y") for node in self.definition.outputs]

    def _comment(self, types: Sequence[Type | None]) -> str:
        """The shapes; nothing where one is too involved to help a reader."""
        last = self.words.dialect.images_last
        shown = [with_images_last(type_) if last else type_ for type_ in types if type_ is not None]
        texts = [type_text(type_, self.names) for type_ in shown]
        return "" if any("//" in _PLAIN_QUOTIENT.sub("", text) for text in texts) else ", ".join(texts)

    # A chain

    def _fits_a_chain(self, code: object) -> bool:
        """Whether it is a call, or something short that needs no loop."""
        if code is None or isinstance(code, Code):
            return True
        carries = isinstance(code, Row) and bool(code.carried)
        return not carries and width(written(code, self.names)) <= LINK_WIDTH

    def _chain(self) -> tuple[Link, ...] | None:
        """The calls one after the other, where there is nothing else and each may stand in a chain."""
        one_way = len(self.definition.inputs) == len(self.definition.outputs) == 1
        if not one_way or self.given or len(self.spelled) < len(self.entries):
            return None
        before, links = (self.definition.inputs[0], "y"), list[Link]()
        for spelled in self.calls:
            code = spelled.spelling.module or (None if spelled.spelling.apply else spelled.made)
            if spelled.running or spelled.entry.owner or not self._fits_a_chain(code):
                return None
            sources = [source and (source.node, source.port) for source in spelled.entry.sources]
            is_open = spelled.spelling.module is not None and any(free_names(spelled.spelling.module))
            if code is None or is_open or sources != [before]:
                return None
            node = spelled.entry.node.id
            links.append(Link(code=code, node=node, comment=self._comment(spelled.call.outputs)))
            if spelled.activation is not None:
                links.append(Link(code=spelled.activation.module, node=node))
            before = (node, spelled.results[0])
        return tuple(links) if links and self._outputs() == [before] else None


LINK_WIDTH = WIDTH - 3 * len(INDENT)
"""How long an entry of a chain may be that is no plain call, which is never broken into lines."""

_PLAIN_QUOTIENT = re.compile(r"(?<=[(\s])\w+ // \w+(?=[,)])")
"""A size such as `dim // 2` in a shape, with nothing around it."""

_WORD = re.compile(r"(?<![\w.])[^\W\d]\w*")
"""A name in an expression that has been written."""


def _kept_apart(spelled: Spelled) -> list[tuple[str, Spelled]]:
    """What the class keeps for a call: its parts where they are kept apart, by their keys."""
    return list(spelled.parts) or [("", spelled)]


def _members_of(spelled: Spelled, key: str, attributes: dict[str, str]) -> list[Member]:
    spelling, node = spelled.spelling, spelled.entry.node.id
    attribute = attributes[f"{node}/{key}" if key else node]
    if spelled.made is None:
        return [
            Member(
                attribute=attribute,
                code=code,
                node=node,
                tensors={name: attribute},
                part=key,
                registered="buffer" if name in spelling.buffers else "parameter",
            )
            for name, code in spelling.registered.items()
        ]
    return [
        Member(
            attribute=attribute,
            code=spelled.made,
            node=node,
            tensors=spelling.weights,
            stored=spelling.stored,
            kept=spelling.kept,
            part=key,
        )
    ]


def _at_places(template: str, own: Sequence[str], places: Sequence[str]) -> str:
    """A part's template with the places of the call that it is a part of."""
    at = dict(zip(own, places, strict=False))
    return re.sub(r"\{(\w+)\}", lambda found: f"{{{at.get(found[1], found[1])}}}", template)


def _source(value: Written | None) -> str:
    return value.source if isinstance(value, Expression) else repr(value)
