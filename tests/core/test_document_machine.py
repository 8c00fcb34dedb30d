"""Random edits, failing edits, gestures, undo, redo and save/load: the document comes back exactly."""

import itertools
from collections.abc import Callable
from typing import Any

import networkx as nx
import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from core import edits
from core.document import Change
from core.edits import EditError
from core.expression import parse
from core.files import dumps, loads
from core.layers import LAYERS
from core.layers.layer import ArgumentError
from core.module_arguments import EMPTY, KINDS as ARGUMENT_KINDS
from core.ports import as_owner, ports
from core.record import ROOT, Comment, Module, Node, Record, Tie, Wire, instance_kind
from core.resolve import Resolver
from core.use import Use, use
from core.value import definitions_of
from tests.core.test_resolve import agrees_with_a_fresh_one

KINDS = ["Linear", "ReLU", "Add", "Input", "Output", "Concat", "Dropout", "Reshape", "Choose", "If", "While"]
REFUSALS = (EditError, ArgumentError)


number = st.integers(0, 10**6)


class DocumentMachine(RuleBasedStateMachine):
    """Keeps a copy that follows only the diffs, and the records before each entry of the history."""

    def __init__(self) -> None:
        super().__init__()
        counter = itertools.count()
        self.ids = pytest.MonkeyPatch()
        self.ids.setattr("core.record.secrets.token_hex", lambda _: f"id{next(counter):04}")
        self.document = edits.new_document()
        self.mirror: dict[str, Record] = dict(self.document.records)
        self.resolver = Resolver(self.document)
        self.document.subscribe(self.follow)
        self.past: list[dict[str, Record]] = []
        self.future: list[dict[str, Record]] = []
        self.gesture: dict[str, Record] | None = None

    def teardown(self) -> None:
        self.ids.undo()

    @initialize()
    def start_with_a_module(self) -> None:
        self.attempt(lambda: edits.add_module(self.document, "Block"))

    def follow(self, change: Change) -> None:
        for key, (before, after) in change.diff.items():
            assert self.mirror.get(key) == before
            if after is None:
                del self.mirror[key]
            else:
                self.mirror[key] = after
        self.resolver.update(change)

    def attempt(self, edit: Callable[[], Any]) -> None:
        """Runs an edit; where it is refused nothing has changed."""
        before = dict(self.document.records)
        try:
            edit()
        except REFUSALS as error:
            assert str(error)
            assert self.document.records == before
            return
        if self.document.records != before and self.gesture is None:
            self.past.append(before)
            self.future.clear()

    def pick(self, kind: type, index: int) -> Any:
        found = sorted((r for r in self.document.records.values() if isinstance(r, kind)), key=lambda r: r.id)
        return found[index % len(found)] if found else None

    def some(self, module: str, indices: list[int]) -> list[str]:
        ids = sorted(record.id for record in self.document.members(module))
        return [ids[i % len(ids)] for i in indices] if ids else []

    @rule(module=number, kind=st.sampled_from(KINDS), at=st.tuples(st.floats(), st.floats()))
    def add_a_layer(self, module: int, kind: str, at: tuple[float, float]) -> None:
        self.attempt(lambda: edits.add_node(self.document, self.pick(Module, module).id, kind, at))

    @rule(module=number, definition=number)
    def add_an_instance(self, module: int, definition: int) -> None:
        kind = instance_kind(self.pick(Module, definition).id)
        self.attempt(lambda: edits.add_node(self.document, self.pick(Module, module).id, kind, (0, 0)))

    @rule(source=number, end=number, output=number, input=number)
    def connect_two_ports(self, source: int, end: int, output: int, input: int) -> None:
        start = self.pick(Node, source)
        if start is None:
            return
        others = sorted(self.document.nodes(start.module), key=lambda node: node.id)
        other = others[end % len(others)]
        outs, ins = ports(self.document, start).outputs, ports(self.document, other).inputs
        if outs and ins:
            pair = (outs[output % len(outs)], ins[input % len(ins)])
            self.attempt(lambda: edits.connect(self.document, start.id, pair[0], other.id, pair[1]))

    @rule(module=number, chosen=st.lists(number, min_size=1, max_size=4))
    def delete_some(self, module: int, chosen: list[int]) -> None:
        ids = self.some(self.pick(Module, module).id, chosen)
        self.attempt(lambda: edits.delete(self.document, ids))

    @rule(module=number)
    def delete_a_module(self, module: int) -> None:
        self.attempt(lambda: edits.delete(self.document, [self.pick(Module, module).id]))

    @rule(
        node=number,
        value=st.sampled_from(
            [0, 3, 64, -1, True, 0.5, "4 * width", "width + 1", "x.shape[1] // 2", "B, width", None, "relu"]
        ),
    )
    def set_an_argument(self, node: int, value: Any) -> None:
        picked = self.pick(Node, node)
        if picked is None:
            return
        names = [spec.name for spec in LAYERS[picked.kind].arguments] if picked.kind in LAYERS else []
        names += (
            [a.name for a in self.document.module(picked.definition).arguments] if picked.definition else []
        )
        if names:
            given = parse(value) if isinstance(value, str) and " " in value and "," not in value else value
            name = names[len(picked.id) % len(names)]
            self.attempt(lambda: edits.set_argument(self.document, picked.id, name, given))

    @rule(record=number, name=st.sampled_from(["a", "b", "x", "殘差塊", "", "a.b", "Block", " c "]))
    def rename_something(self, record: int, name: str) -> None:
        picked = self.pick(Node, record) if record % 3 else self.pick(Module, record)
        if picked is not None:
            self.attempt(lambda: edits.rename(self.document, picked.id, name))

    @rule(node=number, kind=st.sampled_from(KINDS))
    def make_another_kind(self, node: int, kind: str) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            self.attempt(lambda: edits.set_kind(self.document, picked.id, kind))

    @rule(
        node=number,
        name=st.sampled_from(["out_features", "width", "p", "then", "condition", "dim", "bias"]),
        levels=st.integers(1, 3),
    )
    def promote_an_argument(self, node: int, name: str, levels: int) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            self.attempt(lambda: edits.promote_argument(self.document, picked.id, name, levels))

    @rule(node=number, levels=st.integers(1, 2))
    def promote_a_repeat(self, node: int, levels: int) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            self.attempt(lambda: edits.promote_repeat(self.document, picked.id, levels))

    @rule(module=number, chosen=st.lists(number, min_size=2, max_size=3, unique=True))
    def tie_some(self, module: int, chosen: list[int]) -> None:
        ids = self.some(self.pick(Module, module).id, chosen)
        self.attempt(lambda: edits.tie(self.document, ids))

    @rule(module=number)
    def tie_two_alike(self, module: int) -> None:
        nodes = sorted(self.document.nodes(self.pick(Module, module).id), key=lambda node: node.id)
        for first, second in itertools.combinations(nodes, 2):
            if first.kind == second.kind and first.kind not in ("Input", "Output"):
                ids = [first.id, second.id]
                break
        else:
            return
        self.attempt(lambda: edits.tie(self.document, ids))

    @rule(node=number)
    def untie_one(self, node: int) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            self.attempt(lambda: edits.untie(self.document, picked.id))

    @rule(one=number, other=number, transposed=st.booleans())
    def tie_two_parameters(self, one: int, other: int, transposed: bool) -> None:
        a, b = self.pick(Node, one), self.pick(Node, other)
        if a is not None:
            self.attempt(
                lambda: edits.tie_parameter(
                    self.document, a.module, (a.id,), "weight", (b.id,), "weight", transposed
                )
            )

    @rule(tie=number)
    def untie_a_parameter(self, tie: int) -> None:
        picked = self.pick(Tie, tie)
        if picked is not None:
            self.attempt(lambda: edits.untie(self.document, tie=picked.id))

    @rule(node=number, count=st.sampled_from([0, 1, 2, 3, None, -1, "depth", "width"]))
    def repeat_one(self, node: int, count: Any) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            given = parse(count) if isinstance(count, str) else count
            self.attempt(lambda: edits.set_repeat(self.document, picked.id, given))

    @rule(node=number, shared=st.booleans())
    def share_one(self, node: int, shared: bool) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            self.attempt(lambda: edits.set_shared(self.document, picked.id, shared))

    @rule(node=number)
    def unfold_one(self, node: int) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            self.attempt(lambda: edits.unfold(self.document, picked.id))

    @rule(module=number, chosen=st.lists(number, min_size=2, max_size=3, unique=True))
    def fold_some(self, module: int, chosen: list[int]) -> None:
        ids = self.some(self.pick(Module, module).id, chosen)
        self.attempt(lambda: edits.fold_into_repeat(self.document, ids))

    @rule(wire=number)
    def fold_the_ends_of_a_wire(self, wire: int) -> None:
        picked = self.pick(Wire, wire)
        if picked is not None:
            self.attempt(lambda: edits.fold_into_repeat(self.document, [picked.source, picked.target]))

    @rule(
        node=number,
        edit=st.sampled_from([edits.choose, edits.branch, edits.loop, edits.make_slot, edits.unwrap]),
    )
    def turn_one_into_a_structure(self, node: int, edit: Callable[..., Any]) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            self.attempt(lambda: edit(self.document, picked.id))

    def a_use(self, which: int) -> Any:
        modules = self.document.modules()
        definition = modules[which % len(modules)]
        return [
            Use("ReLU"),
            use("Linear", {"out_features": parse("width")}),
            Use(instance_kind(definition.id)),
            use("Choose", {"then": Use(instance_kind(definition.id))}),
            Use("$block"),
            Use(),
            parse("block"),
        ][which % 7]

    @rule(node=number, part=st.sampled_from(["then", "otherwise", "body", "block"]), which=number)
    def put_a_part_into_one(self, node: int, part: str, which: int) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            self.attempt(lambda: edits.set_part(self.document, picked.id, part, self.a_use(which)))

    @rule(
        node=number,
        part=st.sampled_from(["then", "body", "block"]),
        value=st.sampled_from([3, None, "width"]),
    )
    def set_an_argument_of_a_part(self, node: int, part: str, value: Any) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            given = parse(value) if isinstance(value, str) else value
            name = "out_features" if value == 3 else "width"
            self.attempt(lambda: edits.set_use_argument(self.document, picked.id, part, name, given))

    @rule(node=number, which=number)
    def fill_a_slot(self, node: int, which: int) -> None:
        picked = self.pick(Node, node)
        filling = self.a_use(which)
        if picked is not None and isinstance(filling, Use):
            self.attempt(lambda: edits.fill_slot(self.document, picked.id, filling))

    @rule(module=number, chosen=st.lists(number, min_size=1, max_size=4), fails=st.booleans())
    def edit_inside_an_edit(self, module: int, chosen: list[int], fails: bool) -> None:
        ids = self.some(self.pick(Module, module).id, chosen)

        def both() -> None:
            with self.document.edit("Both"):
                before = dict(self.document.records)
                try:
                    with self.document.edit("Inner"):
                        edits.delete(self.document, ids)
                        if fails:
                            raise EditError("no")
                except EditError:
                    assert self.document.records == before
                edits.add_node(self.document, ROOT, "ReLU", (0, 0))

        self.attempt(both)

    @rule(module=number, chosen=st.lists(number, min_size=1, max_size=5))
    def group_some(self, module: int, chosen: list[int]) -> None:
        ids = self.some(self.pick(Module, module).id, chosen)
        self.attempt(lambda: edits.group(self.document, ids, "Group"))

    @rule(node=number)
    def ungroup_one(self, node: int) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            self.attempt(lambda: edits.ungroup(self.document, picked.id))

    @rule(node=number)
    def make_one_unique(self, node: int) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            self.attempt(lambda: edits.make_unique(self.document, picked.id))

    @rule(module=number, into=number, chosen=st.lists(number, min_size=1, max_size=4))
    def copy_and_paste(self, module: int, into: int, chosen: list[int]) -> None:
        clip = edits.copy(self.document, self.some(self.pick(Module, module).id, chosen))
        self.attempt(lambda: edits.paste(self.document, self.pick(Module, into).id, clip))

    @rule(module=number, chosen=st.lists(number, min_size=1, max_size=4))
    def duplicate_some(self, module: int, chosen: list[int]) -> None:
        ids = self.some(self.pick(Module, module).id, chosen)
        self.attempt(lambda: edits.duplicate(self.document, ids))

    @rule(wire=number, kind=st.sampled_from(KINDS))
    def insert_on_a_wire(self, wire: int, kind: str) -> None:
        picked = self.pick(Wire, wire)
        if picked is not None:
            self.attempt(lambda: edits.insert_on_wire(self.document, picked.id, kind))

    @rule(node=number, kind=st.sampled_from(KINDS))
    def insert_after_a_node(self, node: int, kind: str) -> None:
        picked = self.pick(Node, node)
        if picked is not None:
            self.attempt(lambda: edits.insert_after(self.document, picked.id, kind))

    @rule(module=number, name=st.sampled_from(["width", "depth", "x", "1a"]))
    def add_an_argument(self, module: int, name: str) -> None:
        self.attempt(lambda: edits.add_module_argument(self.document, self.pick(Module, module).id, name, 4))

    @rule(module=number, kind=st.sampled_from(ARGUMENT_KINDS), name=st.sampled_from(["block", "flag"]))
    def add_an_argument_of_a_kind(self, module: int, kind: Any, name: str) -> None:
        choices = ("a", "b") if kind == "choice" else ()
        self.attempt(
            lambda: edits.add_module_argument(
                self.document, self.pick(Module, module).id, name, kind=kind, choices=choices
            )
        )

    @rule(module=number, place=number, kind=st.sampled_from(ARGUMENT_KINDS))
    def declare_an_argument_anew(self, module: int, place: int, kind: Any) -> None:
        picked = self.pick(Module, module)
        if picked.arguments:
            old = picked.arguments[place % len(picked.arguments)]
            choices = ("", "b") if kind == "choice" else ()
            new = replace(old, kind=kind, choices=choices, default=EMPTY[kind], minimum=None, maximum=None)
            self.attempt(lambda: edits.declare_module_argument(self.document, picked.id, new))
            self.attempt(lambda: edits.reorder_module_argument(self.document, picked.id, old.name, place % 3))

    @rule(module=number, place=number, new=st.sampled_from(["depth", "wide"]), remove=st.booleans())
    def change_an_argument(self, module: int, place: int, new: str, remove: bool) -> None:
        picked = self.pick(Module, module)
        if not picked.arguments:
            return
        name = picked.arguments[place % len(picked.arguments)].name
        if remove:
            self.attempt(lambda: edits.remove_module_argument(self.document, picked.id, name))
        else:
            self.attempt(lambda: edits.rename_module_argument(self.document, picked.id, name, new))

    @rule(module=number, text=st.text(max_size=5))
    def comment(self, module: int, text: str) -> None:
        self.attempt(lambda: edits.add_comment(self.document, self.pick(Module, module).id, text, (0, 0)))

    @rule(record=number, at=st.tuples(st.floats(), st.floats()))
    def move_something(self, record: int, at: tuple[float, float]) -> None:
        picked = self.pick(Comment, record) if record % 4 == 0 else self.pick(Node, record)
        if picked is not None:
            self.attempt(lambda: edits.move(self.document, {picked.id: at}))

    @rule(node=number)
    def an_edit_that_fails_leaves_nothing(self, node: int) -> None:
        picked = self.pick(Node, node)
        if picked is None:
            return
        before = dict(self.document.records)
        with pytest.raises(ZeroDivisionError), self.document.edit("Fail"):
            edits.delete(self.document, [picked.id])
            edits.add_node(self.document, ROOT, "ReLU", (0, 0))
            raise ZeroDivisionError
        assert self.document.records == before

    @precondition(lambda self: self.gesture is None)
    @rule()
    def begin_a_gesture(self) -> None:
        self.document.begin("Drag")
        self.gesture = dict(self.document.records)

    @precondition(lambda self: self.gesture is not None)
    @rule(keep=st.booleans())
    def end_the_gesture(self, keep: bool) -> None:
        assert self.gesture is not None
        before, self.gesture = self.gesture, None
        if not keep:
            self.document.cancel()
            assert self.document.records == before
            return
        self.document.commit()
        if self.document.records != before:
            self.past.append(before)
            self.future.clear()

    @precondition(lambda self: self.gesture is None)
    @rule()
    def undo(self) -> None:
        assert (self.document.undo_name is None) == (not self.past)
        before = dict(self.document.records)
        if self.document.undo() is not None:
            self.future.append(before)
            assert self.document.records == self.past.pop()

    @precondition(lambda self: self.gesture is None)
    @rule()
    def redo(self) -> None:
        assert (self.document.redo_name is None) == (not self.future)
        before = dict(self.document.records)
        if self.document.redo() is not None:
            self.past.append(before)
            assert self.document.records == self.future.pop()

    @rule()
    def save_and_load(self) -> None:
        data = dumps(self.document)
        loaded = loads(data)
        assert loaded.records == self.document.records
        assert dumps(loaded) == data

    @invariant()
    def a_listener_of_diffs_agrees(self) -> None:
        assert self.mirror == self.document.records

    @invariant()
    def the_graph_is_sound(self) -> None:
        for module in self.document.modules():
            nodes = {node.id: node for node in self.document.nodes(module.id)}
            wires = self.document.wires(module.id)
            assert len({node.name for node in nodes.values()}) == len(nodes)
            assert len({(wire.target, wire.target_port) for wire in wires}) == len(wires)
            assert all(wire.source in nodes and wire.target in nodes for wire in wires)
            assert nx.is_directed_acyclic_graph(nx.DiGraph((wire.source, wire.target) for wire in wires))
            for wire in wires:
                assert wire.source_port in ports(self.document, nodes[wire.source]).outputs
                assert wire.target_port in ports(self.document, nodes[wire.target]).inputs

    @invariant()
    def no_module_contains_itself(self) -> None:
        uses: nx.DiGraph[str] = nx.DiGraph(
            (record.module if isinstance(record, Node) else record.id, definition)
            for record in self.document.records.values()
            if isinstance(record, Node | Module)
            for definition in definitions_of(record)
        )
        assert nx.is_directed_acyclic_graph(uses)
        assert all(isinstance(self.document.get(key), Module) for key in uses)

    @invariant()
    def what_is_tied_has_an_owner(self) -> None:
        for node in (record for record in self.document.records.values() if isinstance(record, Node)):
            if node.owner:
                owner = self.document.node(node.owner)
                assert (owner.module, owner.kind, owner.owner) == (node.module, node.kind, "")
                assert (node.arguments, node.repeat, node.shared) == ({}, None, False)
                assert as_owner(self.document, node).arguments == owner.arguments

    @invariant()
    def ties_lead_to_nodes(self) -> None:
        for tie in (record for record in self.document.records.values() if isinstance(record, Tie)):
            assert self.document.node(tie.owner[0]).module == tie.module
            assert self.document.node(tie.path[0]).module == tie.module
            assert (tie.owner, tie.owner_parameter) != (tie.path, tie.parameter)

    @rule()
    def the_resolver_that_followed_agrees_with_a_fresh_one(self) -> None:
        agrees_with_a_fresh_one(self.resolver, self.document)


TestDocumentMachine = DocumentMachine.TestCase
TestDocumentMachine.settings = settings(max_examples=120, stateful_step_count=50, deadline=None)
