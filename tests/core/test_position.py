"""A document's position tells whether it is as it was when it was saved."""

import pytest

from core import document as documents, edits
from core.edits import new_document


def test_undo_and_redo_lead_back_to_the_same_position() -> None:
    document = new_document()
    start = document.position
    edits.add_node(document, "main", "ReLU", (0, 0))
    added = document.position
    assert added is not start
    document.undo()
    assert document.position is start
    document.redo()
    assert document.position is added


def test_another_edit_after_undo_is_another_position() -> None:
    document = new_document()
    edits.add_node(document, "main", "ReLU", (0, 0))
    added = document.position
    document.undo()
    edits.add_node(document, "main", "ReLU", (0, 0))
    assert document.position is not added


def test_an_edit_that_changes_nothing_leaves_the_position() -> None:
    document = new_document()
    start = document.position
    node = document.nodes("main")[0]
    edits.move(document, {node.id: node.at})
    assert document.position is start


def test_a_gesture_is_elsewhere_until_it_is_cancelled() -> None:
    document = new_document()
    start = document.position
    document.begin("Move")
    assert document.position is start
    edits.move(document, {document.nodes("main")[0].id: (9.0, 9.0)})
    assert document.position is not start
    document.cancel()
    assert document.position is start


def test_the_start_of_a_full_history_is_not_what_was_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(documents, "HISTORY_LIMIT", 3)
    document = new_document()
    start = document.position
    for place in range(5):
        edits.add_node(document, "main", "ReLU", (0, place))
    while document.undo() is not None:
        assert document.position is not start
    assert len(document.nodes("main")) == 4
