"""Designs that are wrong in every way a document can be: the window shows them, and every pane lives."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from core.files import FileError, loads
from core.templates import FOLDER
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from tests.ui.hand import CTRL

Records = list[dict[str, Any]]


def kind(records: Records, name: str) -> dict[str, Any]:
    """The first node of a kind."""
    return next(record for record in records if record.get("kind") == name)


def wire(source: str, target: str) -> dict[str, Any]:
    return {
        "record": "wire", "id": "extra", "module": "main",
        "source": source, "source_port": "y", "target": target, "target_port": "x",
    }  # fmt: skip


def unknown_layer(records: Records) -> None:
    kind(records, "ReLU")["kind"] = "Warp"


def dangling(records: Records) -> None:
    records.remove(kind(records, "ReLU"))


def loop(records: Records) -> None:
    first, relu = kind(records, "Linear"), kind(records, "ReLU")
    records[:] = [r for r in records if r.get("target") != first["id"]]
    records.append(wire(relu["id"], first["id"]))


def inside_itself(records: Records) -> None:
    records.append({"record": "module", "id": "m", "name": "Ouroboros"})
    records.append({"record": "node", "id": "inner", "module": "m", "kind": "@m", "name": "self"})
    records.append({"record": "node", "id": "outer", "module": "main", "kind": "@m", "name": "outer"})


def root_inside_itself(records: Records) -> None:
    records.append({"record": "node", "id": "outer", "module": "main", "kind": "@main", "name": "outer"})


def missing_module(records: Records) -> None:
    records.append({"record": "node", "id": "outer", "module": "main", "kind": "@gone", "name": "outer"})


def huge(records: Records) -> None:
    kind(records, "Linear")["arguments"] = {"out_features": 10**9}


def beyond(records: Records) -> None:
    kind(records, "Linear")["arguments"] = {"out_features": 10**18}


def wrong_type(records: Records) -> None:
    kind(records, "Linear")["arguments"] = {"out_features": "many"}


def not_a_number(records: Records) -> None:
    kind(records, "Linear")["arguments"] = {"out_features": {"float": "nan"}}


def no_shape(records: Records) -> None:
    kind(records, "Input")["arguments"] = {"shape": "B, -3"}


def nothing_at_all(records: Records) -> None:
    records[:] = [record for record in records if record["record"] == "module"]


DAMAGES: dict[str, Callable[[Records], None]] = {
    each.__name__: each
    for each in (
        unknown_layer, dangling, loop, inside_itself, root_inside_itself, missing_module, huge, beyond,
        wrong_type, not_a_number, no_shape, nothing_at_all,
    )
}  # fmt: skip


def damaged(damage: Callable[[Records], None], file: Path) -> Path:
    """The first template with something done to its records."""
    design = json.loads((FOLDER / "mlp.loom").read_text(encoding="utf-8"))
    records = design["records"][:-1]
    damage(records)
    design["records"] = [*records, {"record": "end"}]
    file.write_text(json.dumps(design), encoding="utf-8")
    return file


def look_everywhere(desk: Desk) -> None:
    """Shows every tab, opens every module, picks every node."""
    window = desk.window
    for tab in (window.code, window.outline, window.problems):
        window.panels.show_tab(tab)
        desk.settle()
    for module in desk.document.modules():
        window.editor.open_module(module.id)
        desk.settle()
        for node in desk.document.nodes(module.id):
            window.editor.session.select([node.id])
            desk.settle()
    window.editor.open_call(())


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_design_opens_with_problems_or_is_refused_and_the_window_lives(
    name: str, open_desk: OpenDesk, tmp_path: Path
) -> None:
    desk = open_desk("new")
    file = damaged(DAMAGES[name], tmp_path / "bad.loom")
    try:
        loads(file.read_bytes())
        readable = True
    except FileError:
        readable = False
    assert desk.window.files.open(file) is readable
    if not readable:
        assert desk.window.bar.isVisible() and desk.names() == ["x", "y"]
        return
    if name not in ("huge", "nothing_at_all"):
        assert desk.window.editor.resolution.problems
    look_everywhere(desk)
    desk.key(Qt.Key.Key_A, CTRL)
    desk.key(Qt.Key.Key_C, CTRL)
    desk.key(Qt.Key.Key_V, CTRL)
    desk.settle()
    look_everywhere(desk)


@pytest.mark.parametrize("name", DAMAGES)
def test_what_a_damaged_design_offers_as_repairs_can_be_clicked(
    name: str, open_desk: OpenDesk, tmp_path: Path
) -> None:
    desk = open_desk("new")
    if not desk.window.files.open(damaged(DAMAGES[name], tmp_path / "bad.loom")):
        return
    for problem in desk.window.editor.resolution.problems:
        for repair in problem.repairs:
            desk.window.places.mend(repair)
            if desk.window.editor.changed:
                desk.window.places.undo()
    look_everywhere(desk)
