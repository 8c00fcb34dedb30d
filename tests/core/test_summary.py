"""Rows of the summary where nodes are repeated, tied, slots and choices."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from app.cli import main
from core.alike import runs, told
from core.files import save
from core.record import ROOT, Tie
from core.resolve import Resolver
from core.summary import row_count, rows, total
from tests.structures import mixed, resnet152
from tests.templates.sheet import Book


def test_a_repeat_has_a_row_for_each_of_its_calls() -> None:
    document = resnet152()
    found = {".".join(row.names): row for row in rows(document, Resolver(document).resolution)}
    assert {f"stages.2.blocks.{index}" for index in range(36)} <= found.keys()
    assert "stages.2.blocks.36" not in found and found["stages.2.blocks"].times == 36
    # A bottleneck without projection: 4w·w + 9w·w + w·4w weights and 2(w + w + 4w) of the norms, w = 256.
    assert found["stages.2.blocks.5"].parameters == 17 * 256**2 + 12 * 256


def test_the_kind_of_a_choice_a_slot_and_a_tied_node_is_what_it_came_to() -> None:
    document = resnet152()
    found = {".".join(row.names): row.kind for row in rows(document, Resolver(document).resolution)}
    assert found["stages.1.blocks.0.shortcut"] == "Projection"
    assert found["stages.1.blocks.1.shortcut"] == "Identity"
    document = mixed()
    found = {".".join(row.names): row.kind for row in rows(document, Resolver(document).resolution)}
    assert found["dec"] == "Linear" and found["outer.part"] == "Block"
    assert (found["gate"], found["gate.then"], found["gate.otherwise"]) == ("If", "Big", "Block")


def test_tied_and_shared_weights_are_counted_once() -> None:
    document = mixed()
    found = {".".join(row.names): row.parameters for row in rows(document, Resolver(document).resolution)}
    assert (found["enc"], found["dec"], found["deep"], found["blocks"]) == (72, 0, 72, 3 * 72)


def test_what_is_inside_of_a_tied_module_or_a_shared_repetition_has_no_parameters_of_its_own() -> None:
    book = Book("Twice", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=4).output().wire("x > fc > y")
    root = book.root.input("x", "B, 4").node(block, "first").node(block, "second", owner="first")
    root.node(block, "third", repeat=2, shared=True).output().wire("x > first > second > third > y")
    document = book.document()
    resolution = Resolver(document).resolution
    found = {".".join(row.names): row.parameters for row in rows(document, resolution)}
    inside = [found[place] for place in ("first.fc", "second.fc", "third.0.fc", "third.1.fc")]
    assert inside == [20, 0, 20, 0]
    assert total(resolution).parameters == 40


def test_a_parameter_that_is_another_s_is_in_no_row_but_its_owner_s() -> None:
    book = Book("Tied", "")
    head = book.sheet("Head").input().node("Linear", "fc", out_features=5).output().wire("x > fc > y")
    root = book.root.input("x", "B, 5").node("Linear", "first", out_features=5).node(head, "head").output()
    root.wire("x > first > head > y").tie("head.weight", "first.weight")
    (tie,) = (record for record in book.records.values() if isinstance(record, Tie))
    book.records[tie.id] = replace(tie, path=(*tie.path, head.nodes["fc"].id))
    document = book.document()
    resolution = Resolver(document).resolution
    found = {".".join(row.names): row.parameters for row in rows(document, resolution)}
    assert found == {"first": 5 * 5 + 5, "head": 5, "head.fc": 5}
    assert total(resolution).parameters == 5 * 5 + 5 + 5


def test_rows_are_counted_without_being_made() -> None:
    for document in (resnet152(), mixed()):
        resolution = Resolver(document).resolution
        assert row_count(document, resolution) == len(list(rows(document, resolution)))


def test_a_long_table_ends_with_the_number_of_rows_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = mixed()
    blocks = next(node for node in document.nodes(ROOT) if node.name == "blocks")
    with document.edit("Repeat"):
        document.put(replace(blocks, repeat=3000))
    save(document, tmp_path / "long.loom")
    assert main(["summary", str(tmp_path / "long.loom")]) == 0
    printed = capsys.readouterr().out
    count = row_count(document, Resolver(document).resolution)
    assert f"and {count - 2000:,} more" in printed
    assert len(printed.splitlines()) == 2000 + 5  # head, two rules, the line about the rest, the total
    assert main(["summary", str(tmp_path / "long.loom"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["calls"]) == count


def test_calls_that_are_alike_are_told_first_last_and_where_they_change() -> None:
    document = resnet152()
    resolution = Resolver(document).resolution
    stages = next(node for node in document.nodes(ROOT) if node.name == "stages")
    stage = resolution.call((stages.id, "2"))
    assert stage is not None
    blocks = next(call for call in stage.nodes.values() if call.structure == "repeat")
    assert [run.text for run in runs(blocks)] == ["0", "1–35"]
    assert list(told(blocks)) == [("0", 0), ("1", 33), ("35", 0)]
