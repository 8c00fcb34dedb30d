"""Two documents that copy from each other, from a library and from themselves: both stay sound."""

import itertools
from collections.abc import Callable
from typing import Any

import networkx as nx
import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from core import edits
from core.content import Contents
from core.document import Document
from core.edits import EditError, basic
from core.edits.clip_text import from_text, to_text
from core.files import dumps, loads
from core.layers.layer import ArgumentError
from core.library import bring, edit_a_copy, shipped, update_from_library
from core.ports import as_owner, port_nodes, ports
from core.record import ROOT, Module, Node, Tie, fresh_id, instance_kind, is_locked
from core.use import Use, use
from core.value import definitions_of
from tests.core.test_exchange import slotted, tied

ENTRIES = [e for e in shipped().entries if e.name in ("InvertedResidual", "Sequential", "SqueezeExcite")]
CONTENTS = {entry.name: entry.document() for entry in ENTRIES}

number = st.integers(0, 10**6)
which = st.booleans()


class ExchangeMachine(RuleBasedStateMachine):
    """Each rule names the document that it edits; an edit that is refused changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        counter = itertools.count()
        self.ids = pytest.MonkeyPatch()
        self.ids.setattr("core.record.secrets.token_hex", lambda _: f"id{next(counter):04}")
        self.documents = (slotted(), tied())

    def teardown(self) -> None:
        self.ids.undo()

    def attempt(self, document: Document, edit: Callable[[], Any]) -> None:
        before = dict(document.records)
        try:
            edit()
        except (EditError, ArgumentError) as error:
            assert str(error)
            assert document.records == before

    def pick(self, document: Document, kind: type, index: int) -> Any:
        found = sorted((r for r in document.records.values() if isinstance(r, kind)), key=lambda r: r.id)
        return found[index % len(found)] if found else None

    def some(self, document: Document, module: int, indices: list[int]) -> list[str]:
        nodes = sorted(node.id for node in document.nodes(self.pick(document, Module, module).id))
        return [nodes[index % len(nodes)] for index in indices] if nodes else []

    @rule(
        source=which,
        goal=which,
        module=number,
        into=number,
        chosen=st.lists(number, min_size=1, max_size=4),
    )
    def paste_between_documents(
        self, source: bool, goal: bool, module: int, into: int, chosen: list[int]
    ) -> None:
        start, end = self.documents[source], self.documents[goal]
        clip = from_text(to_text(edits.copy(start, self.some(start, module, chosen))))
        self.attempt(end, lambda: edits.paste(end, self.pick(end, Module, into).id, clip))

    @rule(at=which, entry=st.sampled_from(ENTRIES), module=number)
    def bring_an_entry(self, at: bool, entry: Any, module: int) -> None:
        document = self.documents[at]
        kind = instance_kind(bring(document, entry))
        self.attempt(
            document,
            lambda: edits.add_node(document, self.pick(document, Module, module).id, kind, (0, 0)),
        )

    @rule(at=which, module=number, entry=st.sampled_from(ENTRIES), update=st.booleans())
    def edit_a_copy_or_update_it(self, at: bool, module: int, entry: Any, update: bool) -> None:
        document = self.documents[at]
        picked = self.pick(document, Module, module)
        if picked.origin is None or picked.id == ROOT:
            return
        if not update:
            edit_a_copy(document, picked.id)
        elif picked.origin.module == entry.name:
            self.attempt(document, lambda: update_from_library(document, picked.id, entry))

    @rule(at=which, module=number, chosen=st.lists(number, min_size=1, max_size=4))
    def group_some(self, at: bool, module: int, chosen: list[int]) -> None:
        document = self.documents[at]
        self.attempt(document, lambda: edits.group(document, self.some(document, module, chosen), "Group"))

    @rule(at=which, node=number)
    def ungroup_one(self, at: bool, node: int) -> None:
        document = self.documents[at]
        picked = self.pick(document, Node, node)
        if picked is not None:
            self.attempt(document, lambda: edits.ungroup(document, picked.id))

    @rule(at=which, node=number, other=number)
    def tie_two_nodes(self, at: bool, node: int, other: int) -> None:
        document = self.documents[at]
        first, second = self.pick(document, Node, node), self.pick(document, Node, other)
        alike = (first.module, first.kind) == (second.module, second.kind)
        if first.id == second.id or not alike or first.kind in ("Input", "Output"):
            return
        if second.owner or any(each.owner == first.id for each in document.nodes(first.module)):
            return

        def tie() -> None:
            with document.edit("Tie"):
                document.put(replace(first, owner=second.id, arguments={}, repeat=None))

        self.attempt(document, tie)

    @rule(at=which, node=number, other=number)
    def tie_two_weights(self, at: bool, node: int, other: int) -> None:
        document = self.documents[at]
        first, second = self.pick(document, Node, node), self.pick(document, Node, other)
        if first.module != second.module or first.id == second.id:
            return
        tie = Tie(
            id=fresh_id(), module=first.module, owner=(first.id,), owner_parameter="weight",
            path=(second.id,), parameter="weight",
        )  # fmt: skip

        def put() -> None:
            with document.edit("Tie"):
                document.put(tie)

        self.attempt(document, put)

    @rule(at=which, node=number, definition=number, repeat=st.sampled_from([None, 2]))
    def give_a_module(self, at: bool, node: int, definition: int, repeat: int | None) -> None:
        """Puts a use into the first slot of an instance, and repeats it."""
        document = self.documents[at]
        picked = self.pick(document, Node, node)
        inside = document.get(picked.definition or "")
        if not isinstance(inside, Module) or picked.owner:
            return
        given = self.pick(document, Module, definition)
        if given.id in (inside.id, ROOT) or picked.module in nested(document, given.id):
            return
        slots = [each.name for each in inside.arguments if each.kind == "module"]
        arguments = {**picked.arguments, **{name: use(instance_kind(given.id)) for name in slots[:1]}}

        def put() -> None:
            with document.edit("Give"):
                document.put(replace(picked, arguments=arguments, repeat=repeat))

        self.attempt(document, put)

    @rule(at=which, node=number, kind=st.sampled_from(["move", "hide", "show", "default", "none", "rename"]))
    def edit_a_port(self, at: bool, node: int, kind: str) -> None:
        document = self.documents[at]
        found = [
            n for m in document.modules() for n in port_nodes(document, m.id, ("Input", "Output")[node % 2])
        ]
        if not found:
            return
        port = found[node % len(found)].id
        edit: dict[str, Callable[[], Any]] = {
            "move": lambda: edits.move_port(document, port, node % 3),
            "hide": lambda: edits.hide_port(document, port, True),
            "show": lambda: edits.hide_port(document, port, False),
            "default": lambda: edits.set_port_default(document, port, node % 5),
            "none": lambda: edits.set_port_default(document, port, None),
            "rename": lambda: edits.rename(document, port, f"port{node % 4}"),
        }
        self.attempt(document, edit[kind])

    @rule(at=which, node=number, value=st.sampled_from([2, 5]))
    def edit_a_definition(self, at: bool, node: int, value: int) -> None:
        document = self.documents[at]
        picked = self.pick(document, Node, node)
        if picked is not None and picked.kind == "Linear" and not picked.owner:
            self.attempt(document, lambda: edits.set_argument(document, picked.id, "out_features", value))

    @rule(at=which, back=st.integers(1, 3))
    def undo_and_redo(self, at: bool, back: int) -> None:
        document = self.documents[at]
        now = dict(document.records)
        done = [document.undo() for _ in range(back)]
        for change in done:
            assert (document.redo() is None) == (change is None) or change is None
        assert document.records == now

    @rule(at=which)
    def save_and_load(self, at: bool) -> None:
        data = dumps(self.documents[at])
        assert dumps(loads(data)) == data

    @invariant()
    def wires_owners_and_ties_lead_to_what_is_there(self) -> None:
        for document in self.documents:
            for module in document.modules():
                nodes = {node.id: node for node in document.nodes(module.id)}
                assert len({node.name for node in nodes.values()}) == len(nodes)
                for wire in document.wires(module.id):
                    assert wire.source_port in ports(document, nodes[wire.source]).outputs
                    assert wire.target_port in ports(document, nodes[wire.target]).inputs
                assert all(not node.owner or node.owner in nodes for node in nodes.values())
                for tie in document.members(module.id):
                    if isinstance(tie, Tie):
                        assert leads(document, module.id, tie.owner), tie
                        assert leads(document, module.id, tie.path), tie

    @invariant()
    def every_module_that_is_named_is_there_and_none_is_in_itself(self) -> None:
        for document in self.documents:
            records = [r for r in document.records.values() if isinstance(r, Node | Module)]
            uses = {
                (r.id if isinstance(r, Module) else r.module, key)
                for r in records
                for key in definitions_of(r)
            }
            assert all(isinstance(document.get(key), Module) for _, key in uses)
            graph: nx.DiGraph[str] = nx.DiGraph(uses)
            assert nx.is_directed_acyclic_graph(graph)

    @invariant()
    def a_locked_module_is_what_its_library_has(self) -> None:
        for document in self.documents:
            contents = Contents(document)
            for module in document.modules():
                if is_locked(module) and module.origin is not None:
                    source = CONTENTS[module.origin.entry]
                    theirs = next(m for m in source.modules()[1:] if m.name == module.origin.module)
                    assert own_content(document, module) == own_content(source, theirs)
                    assert contents.of(module.id)


def nested(document: Document, module: str) -> set[str]:
    return basic.nested(document, module)


def own_content(document: Document, module: Module) -> object:
    """What the module itself holds, apart from those that it is built of, which may be edited copies."""
    nodes = [(node.name, sorted(node.arguments), node.repeat) for node in document.nodes(module.id)]
    names = {node.id: node.name for node in document.nodes(module.id)}
    wires = [
        (names[w.source], w.source_port, names[w.target], w.target_port) for w in document.wires(module.id)
    ]
    return (module.help, sorted(nodes, key=str), sorted(wires))


def leads(document: Document, module: str, path: tuple[str, ...]) -> bool:
    """Whether a path leads from node to node, through what instances and uses are made of."""
    places = {module}
    for key in path:
        record = document.get(key)
        if not isinstance(record, Node):
            continue  # the key of a part
        if record.module not in places:
            return False
        made = as_owner(document, record)
        places = nested_in(document, made)
    return True


def nested_in(document: Document, node: Node) -> set[str]:
    return {key for module in definitions_of(node) for key in nested(document, module)}


def test_the_machine_has_something_to_exchange() -> None:
    assert any(isinstance(value, Use) for node in slotted().nodes(ROOT) for value in node.arguments.values())


TestExchangeMachine = ExchangeMachine.TestCase
TestExchangeMachine.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
