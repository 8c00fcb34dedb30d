"""Prints a walked program as classes in Python; a framework says what it writes otherwise."""

import re
import textwrap
from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from ..layers.spelling import Code, Pasted
from .composed import Composed
from .constructor import constructor_head
from .error import ExportError
from .form import ClassForm, Form, Given, Link, Member, Sample, Statement
from .format import INDENT, WIDTH, Bracket, Item, Line, commented, laid_out, note, statement, width
from .members import made_lines
from .names import SHADOWING, free
from .refusal import Refusals, reasons, refused_at
from .seeds import filled
from .values import items, literal, written


class Printer:
    """The order of a file, of a class and of a method. Methods that raise are for each framework to write."""

    imports: ClassVar[tuple[tuple[str, str], ...]]
    """An import line for each prefix that the text may use."""
    base: ClassVar[str]
    """What a class derives from."""
    forward: ClassVar[str] = "forward"
    """What the method is called that computes."""
    append: ClassVar[str] = "append"
    """What adds to a container."""

    def printed(self, form: Form) -> list[Line]:
        """The program's lines, imports first, a runnable example last."""
        body: list[Line] = []
        for name, file in form.pasted.items():
            body += [Line(""), Line(""), *self.pasted_class(name, file)]
        body += self.helpers(form)
        for one in form.classes:
            plain = one is form.root and one.chain is not None
            lines = self.factory(one, form.maker) if plain else self.class_lines(one)
            body += [Line(""), Line(""), *lines]
        body += [Line(""), Line(""), *self.main(form)]
        body = [*map(Line, self.functions(code_of(body))), *body]
        whole = code_of(body)
        return [*(Line(line) for prefix, line in self.imports if _uses(whole, prefix)), *body]

    def helpers(self, form: Form) -> list[Line]:
        """The classes that are printed from primitives.

        Raises Refusals with every node for which there is nothing exact.
        """
        lines, refused = list[Line](), list[ExportError]()
        for one in form.composed:
            nodes = tuple(node for node, name in form.helpers.items() if name == one.name)
            try:
                with refused_at(*nodes):
                    lines += [Line(""), Line(""), *self.composed_class(one)]
            except ExportError as error:
                refused += reasons(error)
        if refused:
            raise Refusals(tuple(refused))
        return lines

    # What a framework has to say

    def pasted_class(self, name: str, file: Pasted) -> list[Line]:
        """A user's file of NumPy functions as something that the classes call."""
        raise NotImplementedError

    def composed_class(self, one: Composed) -> list[Line]:
        """A class that is printed from primitives."""
        raise NotImplementedError

    def registered(self, member: Member, form: ClassForm) -> list[Line]:
        """How a class makes a parameter or buffer of its own."""
        raise NotImplementedError

    def source(self, seed: int) -> str:
        """What several constructors draw from by a seed, where they hand it on."""
        raise NotImplementedError

    def random(self, sample: Sample) -> str:
        """A random array of the sample's shape."""
        raise NotImplementedError

    def functions(self, text: str) -> Iterable[str]:
        """Lines of functions that stand before the classes where the text calls them."""
        return ()

    def last(self, form: ClassForm) -> list[Line]:
        """What the constructor does after everything is made: ties, first values."""
        return []

    def first(self, form: ClassForm) -> list[Line]:
        """What the forward method does before all else."""
        return []

    # A chain

    def factory(self, form: ClassForm, name: str) -> list[Line]:
        """A function that returns a chain."""
        assert form.chain is not None
        head = [Line(f"def {name}():"), *(docstring(form.help) if form.help else ())]
        head += self.sources(form, 1)
        if len(form.chain) == 1:
            (only,) = form.chain
            shapes = " -> ".join(dict.fromkeys(filter(None, (form.inputs_comment, only.comment))))
            if isinstance(only.code, Code):
                return [*head, *called("return ", only.code, form, 1, shapes, (only.node, *only.also))]
            text = f"    return {written(only.code, form.names)}"
            return [*head, Line(commented(text, shapes), (only.node,))]
        return [*head, *self.linked(form)]

    def linked(self, form: ClassForm) -> list[Line]:
        """Returns what runs a chain's links; shapes stand where they change and no layer's text says them."""
        entries, before = list[Item](), form.inputs_comment
        for link in form.chain or ():
            comment = link.comment if link.comment != before else ""
            before = link.comment or before
            said = _says(written(link.code, form.names), comment)
            entries.append(self.link(link, "" if said else comment, form))
        if _says(entries[0].text, form.inputs_comment):
            form = replace(form, inputs_comment="")
        return self.chain(tuple(entries), form)

    def link(self, link: Link, comment: str, form: ClassForm) -> Item:
        """An entry of a chain."""
        return Item(written(link.code, form.names), comment, (link.node, *link.also))

    def chain(self, entries: tuple[Item, ...], form: ClassForm) -> list[Line]:
        """Returns what runs the entries one after the other."""
        raise NotImplementedError

    # A class

    def class_lines(self, form: ClassForm) -> list[Line]:
        """A definition as a class."""
        lines = [Line(f"class {form.name}({self.base}):")]
        if form.help:
            lines += [*docstring(form.help), Line("")]
        made = self.constructor(form)
        if made:
            lines += [*made, Line("")]
        return [*lines, *self.method(form)]

    def constructor(self, form: ClassForm) -> list[Line]:
        """The lines that make and keep the members."""
        if not form.members and not form.given:
            return []
        given = tuple(Item(self.given(one)) for one in form.given)
        if form.sources.given:
            given += (Item("*"), *map(Item, form.sources.given.values()))
        kept = [Line(f"        self.{name} = {name}") for name in form.kept]
        return [
            *self.constructor_head(given),
            *kept,
            *self.sources(form, 2),
            *self.members(form),
            *self.last(form),
        ]

    def constructor_head(self, given: tuple[Item, ...]) -> list[Line]:
        """The constructor's first lines."""
        return constructor_head(given)

    def given(self, one: Given) -> str:
        """A constructor argument."""
        return one.name if one.default is None else f"{one.name}={literal(one.default)}"

    def sources(self, form: ClassForm, depth: int) -> list[Line]:
        """Makes what this class and those inside draw from by seeds."""
        nodes = dict(filled(form.fillings))
        return [
            Line(f"{INDENT * depth}{name} = {self.source(seed)}", nodes.get(seed, ()))
            for seed, name in form.sources.made.items()
        ]

    def members(self, form: ClassForm) -> list[Line]:
        """What the constructor makes."""
        return [line for member in form.members for line in self.member(member, form)]

    def member(self, member: Member, form: ClassForm) -> list[Line]:
        """One thing that the constructor makes and keeps."""
        if member.registered:
            return self.registered(member, form)
        if isinstance(member.code, Code):
            return called(f"self.{member.attribute} = ", member.code, form, 2, "", (member.node,))
        return made_lines(member, form.names, self.append)

    def method(self, form: ClassForm) -> list[Line]:
        """The method that computes."""
        given = [f"{name}={form.defaults[name]}" if name in form.defaults else name for name in form.inputs]
        names = ", ".join(["self", *given])
        head = Line(commented(f"    def {self.forward}({names}):", form.inputs_comment))
        return [head, *self.first(form), *self.statements(form)]

    def statements(self, form: ClassForm) -> list[Line]:
        """The method's body."""
        lines: list[Line] = []
        done = form.statements
        last = done[-1] if done else None
        returned = last is not None and not last.suite and len(form.outputs) == 1
        returned = returned and last is not None and last.targets == form.outputs
        before = form.inputs_comment
        for one in done[:-1] if returned else done:
            if not one.targets:
                lines.append(note(one.text, 2, one.nodes))
                continue
            comment = one.comment if one.comment != before else ""
            lines += reason(one)
            if one.suite:
                lines += statement(one.suite, 2, "", one.nodes)
            depth = 3 if one.suite else 2
            lines += statement(f"{', '.join(one.targets)} = {one.text}", depth, comment, one.nodes)
            before = one.comment if lines[-1].text.endswith(comment) else ""
        if returned and last is not None:
            return [*lines, *reason(last), *statement(f"return {last.text}", 2, last.comment, last.nodes)]
        return [*lines, Line(f"        return {', '.join(form.outputs) or 'None'}")]

    # The example

    def main(self, form: Form) -> list[Line]:
        """Builds the model and prints the shape of each output."""
        feeds = [Line(f"    {sample.name} = {self.random(sample)}") for sample in form.samples]
        made = Line(f"    model = {form.maker}()")
        return [Line('if __name__ == "__main__":'), made, *feeds, *self.shown(form)]

    def call(self, form: Form) -> str:
        """The model on its samples."""
        return f"model({', '.join(sample.name for sample in form.samples)})"

    def shown(self, form: Form) -> list[Line]:
        """Prints the shape of each output."""
        call = self.call(form)
        if len(form.root.outputs) < 2:
            return [Line(f"    print({call}.shape)")]
        names: list[str] = []
        for name in form.root.output_names:
            names.append(free(name, names, SHADOWING))
        together = f"    {', '.join(names)} = {call}"
        if width(together) > WIDTH:
            return [Line(f"    for y in {call}:"), Line("        print(y.shape)")]
        return [Line(together), *(Line(f"    print({name}.shape)") for name in names)]


def reason(one: Statement) -> list[Line]:
    """The comment in front of a statement that says why it is so, where there is one."""
    return [note(one.reason, 2, one.nodes)] if one.reason else []


def called(
    before: str, call: Code, form: ClassForm, depth: int, comment: str, nodes: tuple[str, ...]
) -> list[Line]:
    """A statement that is a call, on as few lines as fit."""
    parts = tuple(Item(text, nodes=nodes) for text in items(call, form.names))
    return laid_out(Bracket(f"{before}{call.target}(", parts, ")", comment, nodes), depth)


def docstring(help_: str) -> list[Line]:
    """A docstring inside a class or function."""
    plain = " ".join(help_.replace("\\", "/").replace('"', "'").split())
    wrapped = textwrap.wrap(plain, 88 - 4 - 6)
    if len(wrapped) == 1:
        return [Line(f'    """{wrapped[0]}"""')]
    return [Line(f'    """{wrapped[0]}'), *(Line(f"    {line}") for line in wrapped[1:]), Line('    """')]


def _says(text: str, shape: str) -> bool:
    """Whether a layer's own text says how many features stand in `(B, 256)`."""
    features = re.fullmatch(r"\(\w+, (\d+)\)", shape)
    return features is not None and re.search(rf"\b{features[1]}\b", text) is not None


def code_of(body: list[Line]) -> str:
    """The text without its comments."""
    return "\n".join(line.text.partition("  # ")[0] for line in body)


def _uses(text: str, prefix: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(prefix)}", text) is not None
