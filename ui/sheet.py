"""The application's one stylesheet, made from a theme's tokens."""

from dataclasses import fields
from pathlib import Path
from string import Template

import assets

from .fonts import BASE_PX, CHINESE, CODE, INTERFACE, SECONDARY_PX, points
from .theme import Theme

_CONTROLS = (Path(assets.__file__).parent / "icons" / "controls").as_posix()

_SHEET = Template("""
QMainWindow, QDialog { background: $panel; }
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: $accent; }
QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }

QLabel, QCheckBox, QRadioButton, QGroupBox { background: transparent; color: $text; }
QLabel[role="title"] { font-weight: 600; font-size: ${title}pt; }
QLabel[role="secondary"] { color: $secondary; font-size: ${small}pt; }
QLabel[role="section"] { color: $secondary; font-size: ${small}pt; font-weight: 600; }
QLabel[role="brand"] { font-weight: 700; font-size: ${brand}pt; }
QLabel[role="file"] { color: $secondary; }
QLabel[role="error"] { color: $error_text; }
QLabel[role="ok"] { color: $ok_text; }
QLabel[role="field"] { color: $secondary; }
QLabel[role="figure"] { color: $secondary; font-family: "$code_family", "$chinese"; font-size: ${small}pt; }
QLabel[role="setting"] { font-family: "$code_family", "$chinese"; font-size: ${small}pt; }
QLabel[role="fact"] { font-family: "$code_family", "$chinese"; }
QLabel[role="wrong"] { color: $error_text; font-size: ${small}pt; }
QLabel[role="badge"] {
  background: $accent_ground; color: $accent_text; border-radius: 8px; padding: 1px 7px;
  font-size: ${small}pt; font-weight: 600;
}
QLabel[role="count"] {
  background: $error_ground; color: $error_text; border-radius: 7px; padding: 0 5px; margin-right: 6px;
  font-size: ${small}pt; font-weight: 600;
}
QLabel[role="quiet-count"] {
  background: $hover; color: $secondary; border-radius: 7px; padding: 0 5px; margin-right: 6px;
  font-size: ${small}pt; font-weight: 600;
}
QLabel[role="code"] { font-family: "$code_family", "$chinese"; }
QFrame[role="card"] { background: $panel; border: 1px solid $edge; border-radius: 8px; }
QFrame[role="bar"] { background: $accent_ground; border: none; border-bottom: 1px solid $line; }
QFrame[role="problem"] { background: $error_ground; border: 1px solid $error; border-radius: 8px; }

QPushButton, QToolButton[role="button"] {
  background: $panel; color: $text; border: 1px solid $edge; border-radius: 6px; padding: 4px 11px;
  min-height: 17px;
}
QPushButton:hover, QToolButton[role="button"]:hover { background: $hover; }
QPushButton:pressed, QToolButton[role="button"]:pressed { background: $line; }
QPushButton:focus, QToolButton[role="button"]:focus { border-color: $accent; }
QPushButton:checked, QToolButton[role="button"]:checked {
  background: $accent_ground; border-color: $accent; color: $accent_text;
}
QPushButton:disabled, QToolButton[role="button"]:disabled { color: $faint; border-color: $line; }
QPushButton[role="primary"], QPushButton:default {
  background: $accent; border-color: $accent; color: $on_accent; font-weight: 500;
}
QPushButton[role="primary"]:hover, QPushButton:default:hover {
  background: $accent_hover; border-color: $accent_hover;
}
QPushButton[role="primary"]:pressed, QPushButton:default:pressed { background: $accent_hover; }
QPushButton[role="primary"]:focus, QPushButton:default:focus { border-color: $text; }
QPushButton[role="primary"]:disabled { background: $line; border-color: $line; color: $secondary; }
QPushButton[role="flat"] { background: transparent; border-color: transparent; padding: 4px 8px; }
QPushButton[role="flat"]:hover { background: $hover; }
QPushButton[role="flat"]:focus { border-color: $accent; }
QPushButton[role="switch"] {
  background: transparent; border-color: transparent; color: $secondary; padding: 2px 8px;
}
QPushButton[role="switch"]:hover { background: $hover; }
QPushButton[role="switch"]:checked { background: $accent_ground; color: $accent_text; }
QPushButton[role="switch"]:focus { border-color: $accent; }
QPushButton[role="code-row"] {
  background: transparent; border-color: transparent; padding: 3px 6px; text-align: left;
  font-family: "$code_family", "$chinese"; font-size: ${small}pt;
}
QPushButton[role="code-row"]:hover { background: $hover; }
QPushButton[role="code-row"]:focus { background: $accent_ground; color: $accent_text; }
QPushButton[role="code-row"]:disabled { color: $text; }
QPushButton[role="link"] {
  background: transparent; border: none; color: $accent_text; font-weight: 500; padding: 2px 0;
  text-align: left;
}
QPushButton[role="link"]:hover, QPushButton[role="link"]:focus { text-decoration: underline; }
QPushButton[role="offer"] {
  background: transparent; border: none; color: $accent_text; font-weight: 500; padding: 2px 0;
  text-decoration: underline;
}
QPushButton[role="offer"]:hover, QPushButton[role="offer"]:focus { color: $text; }
QPushButton[role="figure-link"] {
  background: transparent; border: none; color: $secondary; padding: 2px 0; min-height: 0;
  font-family: "$code_family", "$chinese"; font-size: ${small}pt;
}
QPushButton[role="figure-link"]:hover, QPushButton[role="figure-link"]:focus {
  color: $accent_text; text-decoration: underline;
}
QPushButton[role="chosen"], QPushButton[role="chosen-default"], QPushButton[role="chosen-slot"] {
  background: $field; border: 1px solid $line; padding: 3px 8px; min-height: 18px; text-align: right;
  font-family: "$code_family", "$chinese";
}
QPushButton[role="chosen"]:hover, QPushButton[role="chosen-default"]:hover,
QPushButton[role="chosen-slot"]:hover { border-color: $edge; }
QPushButton[role="chosen"]:focus, QPushButton[role="chosen-default"]:focus,
QPushButton[role="chosen-slot"]:focus { border-color: $accent; }
QPushButton[role="chosen-default"] { color: $secondary; }
QPushButton[role="chosen-slot"] { color: $accent_text; }
QPushButton[role="problem-link"] {
  background: transparent; border: none; color: $error_text; font-weight: 600; padding: 2px 0;
  text-align: left;
}
QPushButton[role="problem-link"]:hover, QPushButton[role="problem-link"]:focus { text-decoration: underline; }
QPushButton[role="status-link"] {
  background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 1px 6px;
  color: $accent_text; font-size: ${small}pt; text-decoration: underline;
}
QPushButton[role="status-link"]:hover { background: $hover; }
QPushButton[role="status-link"]:focus { border-color: $accent; }
QToolButton[role="status"] { color: $secondary; font-size: ${small}pt; padding: 2px 6px; }
QWidget#topbar, QWidget#status { background: $panel; border: none; }
QWidget#topbar { border-bottom: 1px solid $line; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 3px; }
QToolButton[role="fold"] { color: $secondary; font-size: ${small}pt; font-weight: 600; margin-left: -4px; }
QToolButton[role="fold"]:checked { background: transparent; color: $secondary; }
QToolButton:hover { background: $hover; }
QToolButton:pressed { background: $line; }
QToolButton:checked { background: $accent_ground; color: $accent_text; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $faint; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit {
  background: $field; color: $text; border: 1px solid $line; border-radius: 6px;
  selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit, QComboBox { padding: 3px 8px; min-height: 18px; }
QAbstractSpinBox { padding: 3px 4px 3px 7px; min-height: 18px; max-height: 18px; }
QAbstractSpinBox QLineEdit { background: transparent; border: none; padding: 0 6px; min-height: 0; }
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { border-color: $edge; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
  border-color: $accent;
}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $faint; }
QLineEdit:read-only { background: transparent; }
QLineEdit[role="value"], QAbstractSpinBox[role="value"], QComboBox[role="value"] {
  font-family: "$code_family", "$chinese";
}
QLineEdit[role="expression"] { font-family: "$code_family", "$chinese"; color: $accent_text; }
QLineEdit[role="default"], QComboBox[role="default"] {
  font-family: "$code_family", "$chinese"; color: $secondary;
}
QLineEdit[role="name-field"] { font-family: "$code_family", "$chinese"; color: $accent_text; }
QLineEdit[role="name"] {
  background: transparent; border: 1px solid transparent; font-weight: 600; font-size: ${title}pt;
  padding: 1px 5px; margin-left: -6px;
}
QLineEdit[role="name"]:hover { border-color: $line; }
QLineEdit[role="name"]:focus { background: $field; border-color: $accent; }
QLineEdit[role="name"]:read-only { border-color: transparent; }
QLineEdit[wrong="true"] { border-color: $error; background: $error_ground; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
  background: transparent; border: none; width: 16px;
}
QAbstractSpinBox::up-arrow { image: url("$controls/up.svg"); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url("$controls/down.svg"); width: 10px; height: 10px; }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url("$controls/down.svg"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $panel; border: 1px solid $edge; padding: 4px; outline: none; }
QPlainTextEdit[role="code"], QTextEdit[role="code"] {
  background: $code; border: none; border-radius: 0; font-family: "$code_family", "$chinese";
}

QCheckBox, QRadioButton { spacing: 7px; }
QCheckBox:disabled, QRadioButton:disabled, QLabel:disabled { color: $faint; }
QCheckBox::indicator, QRadioButton::indicator, QAbstractItemView::indicator {
  width: 14px; height: 14px; background: $field; border: 1px solid $control;
}
QCheckBox::indicator, QAbstractItemView::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {
  background: $accent; border-color: $accent; image: url("$controls/$check.svg");
}
QRadioButton::indicator:checked { background: $field; border: 5px solid $accent; width: 6px; height: 6px; }

QAbstractItemView {
  background: $panel; color: $text; border: none; outline: none; alternate-background-color: $panel;
  selection-background-color: $accent_ground; selection-color: $text;
}
QListView::item, QTreeView::item { padding: 3px 6px; border: none; border-radius: 6px; }
QTreeView::item { border-radius: 0; }
QListView::item:hover, QTreeView::item:hover, QTableView::item:hover { background: $hover; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected {
  background: $accent_ground; color: $text;
}
QTreeView::branch { background: transparent; }
QTreeView::branch:selected { background: $accent_ground; }
QTreeView::branch:has-children:closed { image: url("$controls/right.svg"); }
QTreeView::branch:has-children:open { image: url("$controls/down.svg"); }
QHeaderView { background: $panel; border: none; }
QHeaderView::section {
  background: $panel; color: $secondary; border: none; border-bottom: 1px solid $line; padding: 5px 6px;
  font-size: ${small}pt; font-weight: 500;
}
QTableView { gridline-color: $line; }
QTableView[role="numbers"]::item { padding: 0 4px; }
QTableView[role="numbers"] QHeaderView::section {
  border: none; padding: 0 6px; font-family: "$code_family", "$chinese"; font-weight: 400;
}
QTableView QTableCornerButton::section { background: $panel; border: none; }

QDockWidget {
  color: $text;
  titlebar-close-icon: url("$controls/close.svg"); titlebar-normal-icon: url("$controls/float.svg");
}
QDockWidget::title {
  background: $panel; padding: 7px 12px; text-align: left; border-bottom: 1px solid $line;
}
QDockWidget::close-button, QDockWidget::float-button { background: transparent; border: none; }
QDockWidgetTitleButton { icon-size: 14px; background: transparent; border: none; border-radius: 4px; }
QDockWidgetTitleButton:hover { background: $hover; }
QToolBar { background: $panel; border: none; border-bottom: 1px solid $line; spacing: 6px; padding: 5px 8px; }
QToolBar::separator { background: $line; width: 1px; margin: 4px 4px; }
QStatusBar { background: $panel; color: $secondary; border-top: 1px solid $line; font-size: ${small}pt; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $secondary; font-size: ${small}pt; padding: 0 4px; }

QMenuBar { background: $panel; color: $secondary; padding: 2px 6px; }
QMenuBar::item { background: transparent; padding: 4px 8px; border-radius: 6px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $hover; color: $text; }
QMenu { background: $panel; color: $text; border: 1px solid $edge; padding: 5px; }
QMenu::item { padding: 5px 26px 5px 10px; border-radius: 5px; }
QMenu::item:selected { background: $accent_ground; color: $text; }
QMenu::item:disabled { color: $faint; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { background: $line; height: 1px; margin: 5px 8px; }
QMenu::right-arrow { image: url("$controls/right.svg"); width: 12px; height: 12px; }
QMenu::indicator { width: 14px; height: 14px; margin-left: 6px; }
QMenu::indicator:checked { background: $accent; border-radius: 4px; image: url("$controls/$check.svg"); }

QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab {
  background: transparent; color: $secondary; border: none; border-bottom: 2px solid transparent;
  padding: 7px 11px 6px 11px;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; font-weight: 500; }
QTabBar::tab:focus { color: $accent_text; }
QTabBar::tab:disabled { color: $faint; }

QToolTip {
  background: $panel; color: $text; border: 1px solid $edge; padding: 5px 8px; font-size: ${small}pt;
}
QProgressBar { background: $line; border: none; border-radius: 3px; max-height: 6px; text-align: right; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider::groove:horizontal { background: $line; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
  background: $panel; border: 2px solid $accent; width: 10px; height: 10px; margin: -5px 0;
  border-radius: 7px;
}
QGroupBox { border: none; margin-top: 22px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; padding: 2px 0; color: $secondary; }

QAbstractScrollArea { background: $panel; border: none; }
QDialog QPlainTextEdit { background: $field; border: 1px solid $line; border-radius: 6px; padding: 3px 5px; }
QDialog QPlainTextEdit:focus { border-color: $accent; }
QAbstractScrollArea::corner { background: transparent; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $thumb; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 28px; margin: 2px; }
QScrollBar::handle:horizontal { min-width: 28px; margin: 2px; }
QScrollBar::handle:hover, QScrollBar::handle:pressed { background: $faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
""")


def stylesheet(theme: Theme) -> str:
    """The sheet in the theme's colours and at the system's size of type; needs the application."""
    tokens = {field.name: getattr(theme, field.name) for field in fields(theme)}
    return _SHEET.substitute(
        tokens,
        thumb=theme.edge,
        control=theme.faint,
        small=f"{points(SECONDARY_PX):.3f}",
        title=f"{points(BASE_PX + 3):.3f}",
        brand=f"{points(BASE_PX + 1.5):.3f}",
        interface=INTERFACE,
        code_family=CODE,
        chinese=CHINESE,
        controls=_CONTROLS,
        check="check-dark" if theme.dark else "check-light",
    )
