"""Call paths in words, and the call that is nearest to one that an edit has cut off."""

from core import edits
from core.call_path import dotted, entry, holder, last_node, nearest, steps, written
from core.document import Document
from core.problem import Path
from core.resolve import Resolver
from tests.structures import mixed, resnet152


def way(document: Document, *names: str) -> Path:
    """A call path by names; what is no node's name is the key of a part."""
    found: list[str] = []
    module = "main"
    for name in names:
        node = next((node for node in document.nodes(module) if node.name == name), None)
        found.append(name if node is None else node.id)
        call = Resolver(document).resolution.call(tuple(found))
        module = module if call is None else call.module
    return tuple(found)


def test_a_path_is_read_with_indexes_in_brackets_and_written_as_weights_are_named() -> None:
    document = resnet152()
    path = way(document, "stages", "1", "blocks", "0", "conv1")
    assert written(document, path) == "stages[1].blocks[0].conv1"
    assert dotted(document, path) == "stages.1.blocks.0.conv1"
    assert [len(step) for step in steps(document, path)] == [2, 2, 1]


def test_the_part_of_a_branch_is_named_behind_it() -> None:
    document = mixed()
    assert written(document, way(document, "gate", "then", "a")) == "gate.then.a"


def test_a_path_that_ends_in_a_part_belongs_to_its_node() -> None:
    document = resnet152()
    path = way(document, "stages", "1", "blocks", "0")
    assert last_node(document, path) == path[2]
    assert holder(document, path) == path[:2]
    assert holder(document, path[:2]) == () and last_node(document, ()) is None


def test_a_repeat_is_entered_at_its_first_call_and_a_repeated_layer_not_at_all() -> None:
    document = mixed()
    nodes = Resolver(document).resolution.root.nodes
    by_name = {node.name: nodes[node.id] for node in document.nodes("main")}
    assert entry(by_name["blocks"]) == ("0",)
    assert entry(by_name["outer"]) == ()
    assert entry(by_name["gate"]) == ("then",)
    assert entry(by_name["deep"]) is None and entry(by_name["enc"]) is None


def test_fewer_repetitions_lead_to_the_last_that_is_left() -> None:
    document = mixed()
    path = way(document, "blocks", "2")
    edits.set_repeat(document, path[0], 2)
    assert nearest(document, Resolver(document).resolution.root, path) == (path[0], "1")


def test_a_node_repeated_anew_leads_to_its_first_call_and_one_no_more_repeated_to_itself() -> None:
    document = mixed()
    path = way(document, "blocks", "2")
    edits.set_repeat(document, path[0], None)
    root = Resolver(document).resolution.root
    assert nearest(document, root, path) == path[:1]
    edits.set_repeat(document, path[0], 4)
    assert nearest(document, Resolver(document).resolution.root, path[:1]) == (path[0], "0")


def test_a_node_that_is_gone_leads_to_the_module_that_held_it() -> None:
    document = resnet152()
    path = way(document, "stages", "1", "blocks", "0", "shortcut")
    edits.delete(document, [path[-1]])
    assert nearest(document, Resolver(document).resolution.root, path) == path[:4]
