"""Tying nodes and parameters: counted once, handed over, and taken apart again."""

from itertools import pairwise

import pytest

from core import edits
from core.edits import EditError
from core.files import dumps, loads
from core.record import ROOT, Tie, instance_kind
from core.resolve import Resolver
from tests.core.drawing import add, named
from tests.core.test_module_arguments import dense, network, parameters
from tests.core.test_repeat_edits import chain_ids, followed, linear_chain

ONE = 20 * 20 + 20


def test_tied_nodes_have_the_arguments_and_weights_of_the_first_in_the_graph() -> None:
    document = linear_chain(20, 20, 20)
    ids, before = chain_ids(document, 3), dumps(document)
    assert parameters(document) == 3 * ONE
    assert edits.tie(document, reversed(ids)) == ids[0]
    assert parameters(document) == ONE
    assert [document.node(key).owner for key in ids] == ["", ids[0], ids[0]]
    assert document.node(ids[1]).arguments == {}
    document.undo()
    assert dumps(document) == before


def test_tying_to_tied_nodes_makes_one_group() -> None:
    document = linear_chain(20, 20, 20, 20)
    ids = chain_ids(document, 4)
    edits.tie(document, ids[:2])
    edits.tie(document, ids[2:])
    edits.tie(document, [ids[1], ids[3]])
    assert [document.node(key).owner for key in ids] == ["", ids[0], ids[0], ids[0]]
    edits.untie(document, ids[3])
    assert document.node(ids[3]).arguments == document.node(ids[0]).arguments
    assert parameters(document) == 2 * ONE
    edits.untie(document, ids[0])
    assert parameters(document) == 4 * ONE


def test_only_nodes_of_one_kind_and_module_are_tied() -> None:
    document = network("Linear", "ReLU")
    with pytest.raises(EditError, match="n1 is a Linear and n2 a ReLU"):
        edits.tie(document, [named(document, "n1").id, named(document, "n2").id])
    with pytest.raises(EditError, match="choose two nodes"):
        edits.tie(document, [named(document, "n1").id])
    with pytest.raises(EditError, match="x is a port"):
        edits.tie(document, [named(document, "x").id, named(document, "y").id])
    with pytest.raises(EditError, match="n1 is tied to no other"):
        edits.untie(document, named(document, "n1").id)
    module = dense(document)
    with pytest.raises(EditError, match="stand in different modules"):
        edits.tie(document, [named(document, "n1").id, named(document, "fc", module).id])


def test_an_argument_set_at_a_tied_node_is_that_of_all() -> None:
    document = linear_chain(20, 20)
    first, second = chain_ids(document, 2)
    edits.tie(document, [first, second])
    edits.set_argument(document, second, "bias", False)
    assert document.node(first).arguments["bias"] is False
    assert document.node(second).arguments == {}
    edits.set_kind(document, second, "ReLU")
    assert (document.node(first).kind, document.node(second).kind) == ("ReLU", "ReLU")


def test_a_deleted_owner_hands_its_role_and_weights_to_the_next() -> None:
    document = linear_chain(20, 20, 20)
    first, second, third = chain_ids(document, 3)
    edits.tie(document, [first, second, third])
    moved = followed(document, lambda: edits.delete(document, [first]))
    assert moved[f"{first}/weight"] == f"{second}/weight"
    assert document.node(second).arguments["out_features"] == 20
    assert [document.node(key).owner for key in (second, third)] == ["", second]


def test_a_parameter_is_tied_and_the_tie_goes_with_either_end() -> None:
    document = linear_chain(30, 20)
    first, second = chain_ids(document, 2)
    before = parameters(document)
    edits.tie_parameter(document, ROOT, (first,), "weight", (second,), "weight", transposed=True)
    assert before == 30 * 20 + 30 + 20 * 30 + 20
    assert parameters(document) == 30 * 20 + 30 + 20
    assert loads(dumps(document)).records == document.records
    edits.delete(document, [second])
    assert not [record for record in document.members(ROOT) if isinstance(record, Tie)]
    document.undo()
    edits.delete(document, [first])
    assert not [record for record in document.members(ROOT) if isinstance(record, Tie)]


def test_a_tie_to_a_tied_parameter_leads_to_its_owner() -> None:
    document = linear_chain(20, 20, 20)
    first, second, third = ((key,) for key in chain_ids(document, 3))
    edits.tie_parameter(document, ROOT, first, "weight", second, "weight", transposed=True)
    key = edits.tie_parameter(document, ROOT, second, "weight", third, "weight", transposed=True)
    tie = document.get(key)
    assert isinstance(tie, Tie)
    assert (tie.owner, tie.transposed) == (first, False)
    with pytest.raises(EditError, match="cannot be tied to itself"):
        edits.tie_parameter(document, ROOT, third, "weight", first, "weight")
    with pytest.raises(EditError, match="has no parameter gain"):
        edits.tie_parameter(document, ROOT, third, "gain", first, "weight")


def test_a_tie_follows_the_layer_into_its_repetitions() -> None:
    document = linear_chain(20, 20)
    first, second = chain_ids(document, 2)
    key = edits.tie_parameter(document, ROOT, (first,), "weight", (second,), "weight")
    edits.set_repeat(document, second, 2)
    tie = document.get(key)
    assert isinstance(tie, Tie)
    assert tie.path == (second, "0")
    assert Resolver(document).resolution.problems == ()
    edits.set_repeat(document, second, None)
    tie = document.get(key)
    assert isinstance(tie, Tie)
    assert tie.path == (second,)


def test_a_tie_that_no_longer_fits_is_a_problem_with_its_repair() -> None:
    document = linear_chain(20, 20)
    first, second = chain_ids(document, 2)
    edits.tie_parameter(document, ROOT, (first,), "weight", (second,), "weight")
    edits.set_argument(document, second, "out_features", 7)
    (problem,) = Resolver(document).resolution.problems
    edits.repair(document, problem.repairs[0])
    assert Resolver(document).resolution.problems == ()


def test_instances_are_tied_like_layers() -> None:
    document = network()
    module = dense(document, 20)
    ids = [add(document, instance_kind(module), name) for name in ("a", "b")]
    chain = [named(document, "x").id, *ids, named(document, "y").id]
    for source, target in pairwise(chain):
        edits.connect(document, source, "y", target, "x")
    assert parameters(document) == 2 * ONE
    edits.tie(document, ids)
    assert parameters(document) == ONE
