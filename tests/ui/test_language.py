"""The window in a language made up for the test: whatever is still plain English did not pass `tr`."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QTabBar,
    QWidget,
)

from core import edits
from core.initial_kinds import KINDS, settings_of
from core.layers import LAYERS
from core.library import main_module, shipped
from core.record import Comment, Module, Node
from core.templates import templates
from core.text import set_language
from tests.test_translation import FILES
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from ui.code import NAMES

WORD = re.compile(r"[A-Za-z]{2,}")
TRANSLATED = re.compile(r"⟦[^⟦⟧]*⟧")
KEYS = re.compile(
    r"\b(Ctrl|Alt|Shift|Esc|Del|Backspace|Home|Return|Enter|PgUp|PgDown|Space|Tab|F\d+|Ins|End)\b"
)
SPELT_ALIKE = {
    "Layerloom",
    "PyTorch",
    "ONNX",
    "KiB",
    "MiB",
    "GiB",
    "float32",
    "int64",
    "ms",
    "MACs",
    "scalar",
    "LeNet",
    "True",
    "False",
}
OF_QT = {"ScrollLeftButton", "ScrollRightButton", "qt_menubar_ext_button"}
"""Parts of Qt's own, which it names itself."""


@cache
def catalogue() -> dict[str, str]:
    """Every text that the sources give to `tr`, wrapped."""
    calls = (
        node
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tr"
    )
    texts = [call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)]
    for layer in LAYERS.values():
        texts += [argument.help for argument in layer.arguments]
        texts += [" ".join(part.split()) for part in (layer.__doc__ or "").split("\n\n")]
    for kind in KINDS.values():
        texts += [kind.title, kind.help, *(setting.help for setting in settings_of(kind.name))]
    texts += [text for each in templates() for text in (each.title, each.help, each.group)]
    for entry in shipped().entries:
        module = main_module(entry.document())
        texts += [module.help, *(argument.help for argument in module.arguments)]
    return {text: f"⟦{text}⟧" for text in texts if isinstance(text, str)}


@pytest.fixture
def open_foreign(open_desk: OpenDesk) -> Iterator[OpenDesk]:
    """Opens windows in the made-up language; they are closed in English again."""
    set_language(catalogue())
    yield open_desk
    set_language({})


def said(window: QWidget) -> Iterator[tuple[str, str]]:
    """Where something is told, and what: texts, tips, and what a screen reader says."""
    for widget in (window, *window.findChildren(QWidget)):
        if widget.objectName() in OF_QT or not (widget is window or widget.isVisibleTo(window)):
            continue
        where = f"{type(widget).__name__} {widget.objectName()}"
        yield where, widget.windowTitle().replace("[*]", "")
        yield where, widget.toolTip()
        yield where, widget.accessibleName()
        yield where, widget.accessibleDescription()
        match widget:
            case QLabel() | QAbstractButton():
                yield where, widget.text()
            case QLineEdit():
                yield where, widget.placeholderText()
            case QTabBar():
                for index in range(widget.count()):
                    yield where, widget.tabText(index)
                    yield where, widget.accessibleTabName(index)
            case QComboBox():
                for index in range(widget.count()):
                    yield where, widget.itemText(index)
            case QAbstractItemView():
                yield from ((where, text) for text in _listed(widget.model()))
    for action in window.findChildren(QAction):
        yield f"action {action.objectName()}", action.text()
        yield f"action {action.objectName()}", action.toolTip()


def _listed(model: QAbstractItemModel) -> Iterator[str]:
    """Titles of columns and sections of a list; what stands under them are names."""
    # A list has one column and no titles; Qt keeps its count of columns to itself.
    columns = 0 if isinstance(model, QAbstractListModel) else model.columnCount(QModelIndex())
    for column in range(columns):
        title = model.headerData(column, Qt.Orientation.Horizontal)
        yield title if isinstance(title, str) else ""
    for row in range(model.rowCount(QModelIndex())):
        yield str(model.index(row, 0, QModelIndex()).data() or "")


@cache
def any_of(names: frozenset[str]) -> re.Pattern[str]:
    """Any of the names as a word of its own, the longest that fits."""
    longest_first = sorted(filter(None, names), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def plain(desk: Desk, part: QWidget | None = None) -> list[str]:
    """What the window, or a part of it, tells in plain English, past names of layers and the user's own."""
    records = desk.document.records.values()
    own = {record.name for record in records if isinstance(record, Node | Module)}
    own |= {word for record in records if isinstance(record, Comment) for word in record.text.split()}
    own |= {record.help for record in records if isinstance(record, Module)}
    arguments = [each for record in records if isinstance(record, Module) for each in record.arguments]
    own |= {text for each in arguments for text in (each.name, each.help)}
    # What is in the libraries is called what its code is called.
    for kept in desk.window.shelves.shipped:
        own |= {kept.module.name, *(argument.name for argument in kept.module.arguments)}
    # Arguments and their choices are the framework's own words.
    own |= {argument.name for layer in LAYERS.values() for argument in layer.arguments}
    own |= {name for layer in LAYERS.values() for name in layer.tensor_names}
    own |= {"weights", "biases"} | {each.name for kind in KINDS for each in settings_of(kind)}
    own |= {choice for layer in LAYERS.values() for each in layer.arguments for choice in each.choices or ()}
    known = any_of(frozenset({*SPELT_ALIKE, *LAYERS, *NAMES.values(), *own, desk.window.editor.title}))
    found = []
    for where, text in said(part or desk.window):
        rest = text
        while TRANSLATED.search(rest):
            rest = TRANSLATED.sub("", rest)
        if WORD.search(KEYS.sub("", known.sub("", rest))):
            found.append(f"{where}: {text}")
    return found


def test_the_start_page_is_translated_as_a_whole(open_foreign: OpenDesk) -> None:
    desk = open_foreign("")
    assert plain(desk) == []


@pytest.mark.parametrize("template", [template.id for template in templates()])
def test_the_window_is_translated_as_a_whole(template: str, open_foreign: OpenDesk) -> None:
    desk = open_foreign(template)
    for view in (desk.window.code, desk.window.outline, desk.window.problems):
        desk.window.panels.show_tab(view)
        desk.settle()
        assert plain(desk) == []


def test_menus_problems_and_names_of_edits_are_translated(open_foreign: OpenDesk) -> None:
    desk = open_foreign("new")
    desk.window.search.add("Conv2d")
    desk.window.menus.refresh()
    assert "⟦Undo⟧" in desk.window.menus.qt["undo"].text()
    desk.window.panels.show_tab(desk.window.problems)
    edits.delete(desk.document, [desk.node("x").id])
    desk.settle()
    assert desk.window.editor.resolution.problems
    assert plain(desk) == []


def test_the_inspector_of_every_layer_is_translated(open_foreign: OpenDesk) -> None:
    desk = open_foreign("new")
    for kind in LAYERS:
        with desk.document.edit("anew"):
            edits.delete(desk.document, [node.id for node in desk.document.nodes("main")])
            key = edits.add_node(desk.document, "main", kind, (0.0, 0.0))
        desk.window.canvas.select([key])
        desk.settle()
        assert plain(desk, desk.window.inspector) == [], kind


def test_the_card_about_a_library_module_is_translated(open_foreign: OpenDesk) -> None:
    desk = open_foreign("new")
    desk.key(Qt.Key.Key_Space)
    desk.type("bottleneck")
    desk.qtbot.waitUntil(desk.window.module_card.isVisible)
    assert "⟦Channels of the 3×3 convolution⟧" in desk.window.module_card.words
    assert plain(desk) == []
