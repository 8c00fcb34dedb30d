"""A definition edited once changes every call of it; undo gives the saved file back byte for byte."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit

from tests.ui.conftest import OpenDesk
from tests.ui.hand import CTRL, SHIFT

Key = Qt.Key


def test_an_argument_changed_inside_the_block_changes_all_three_instances_and_undo_restores_the_file(
    open_desk: OpenDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_desk("residual-cnn")
    files = [tmp_path / "before.loom", tmp_path / "changed.loom", tmp_path / "after.loom"]
    chosen = iter(files)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(next(chosen)), ""))
    desk.key(Key.Key_S, CTRL | SHIFT)
    editor = desk.window.editor
    blocks = [node for node in desk.document.nodes("main") if node.definition is not None]
    assert len(blocks) == 3

    # Each block's parameters, and the shapes inside it, as the window tells them.
    def told() -> list[tuple[object, object]]:
        calls = [editor.resolution.call((block.id,)) for block in blocks]
        found: list[tuple[object, object]] = []
        for call in calls:
            assert call is not None
            found.append((call.parameters, {key: str(each.outputs) for key, each in call.nodes.items()}))
        return found

    before, totals, code = told(), desk.window.status.totals.text(), desk.window.code.text
    desk.pick(blocks[0].name)
    desk.key(Key.Key_Return)
    assert editor.session.module == blocks[0].definition
    conv = next(node for node in desk.document.nodes(editor.session.module) if node.kind == "Conv2d")
    desk.pick(conv.name)
    field = next(
        line for line in desk.window.findChildren(QLineEdit)
        if line.isVisible() and line.accessibleName() == "kernel_size"
    )  # fmt: skip
    desk.click(field)
    desk.key(Key.Key_A, CTRL)
    desk.type("5")
    desk.key(Key.Key_Return)
    after = told()
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert desk.window.status.totals.text() != totals
    assert desk.window.code.text != code
    desk.window.canvas.setFocus()
    desk.key(Key.Key_S, CTRL | SHIFT)
    desk.key(Key.Key_Z, CTRL)
    assert told() == before and desk.window.code.text == code
    desk.key(Key.Key_S, CTRL | SHIFT)
    first, changed, last = (file.read_bytes() for file in files)
    assert first == last and first != changed
