"""The help of a layer or module: what it does, its formula, an example with shapes, every argument."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QToolButton, QVBoxLayout, QWidget

from core.layers.layer import Layer, bind, layer_ports
from core.text import tr
from core.types import Type
from ui.icons import icon
from ui.style import set_role

from .entry import spelled
from .spec import Spec


class HelpSection(QWidget):
    """A heading that unfolds the help; nothing is worked out before."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.toggle = QToolButton(self)
        self.toggle.setObjectName("help-toggle")
        self.toggle.setText(tr("Help"))
        self.toggle.setIconSize(QSize(12, 12))
        self.toggle.setCheckable(True)
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_role(self.toggle, "fold")
        self.text = QLabel(self)
        self.text.setObjectName("help")
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        set_role(self.text, "secondary")
        self._layer: type[Layer] | None = None
        self._plain = ""
        self._arguments: tuple[Spec, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(2)
        column.addWidget(self.toggle, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.text)
        self.toggle.toggled.connect(self._fold)
        self._fold(False)

    def show_help(self, layer: type[Layer] | None, plain: str, arguments: tuple[Spec, ...]) -> None:
        """Whose help it is: a layer's, or a module's own words."""
        self._layer, self._plain, self._arguments = layer, plain, arguments
        self.setVisible(layer is not None or bool(plain))
        if self.toggle.isChecked():
            self._write()

    def _fold(self, open_: bool) -> None:
        self.toggle.setIcon(icon("chevron-down" if open_ else "chevron-right", "secondary"))
        self.text.setVisible(open_)
        if open_:
            self._write()

    def _write(self) -> None:
        about = help_text(self._layer) if self._layer is not None else self._plain
        own = [f"{spec.name}: {tr(spec.help)}" for spec in self._arguments if spec.help != spec.name]
        self.text.setText("\n\n".join([about, "\n".join(own)]).strip())


def help_text(layer: type[Layer]) -> str:
    """A layer's help: its words, its formula, and its example with the shapes that come of it."""
    words = "\n\n".join(tr(" ".join(part.split())) for part in (layer.__doc__ or "").split("\n\n"))
    return "\n\n".join(filter(None, (words, layer.formula, worked_shapes(layer))))


def worked_shapes(layer: type[Layer]) -> str:
    """`Linear(out_features=3): x 2×5 → y 2×3`, from the layer's example; empty for a port of a module."""
    if layer.structural:
        return ""
    example = layer.example
    arguments = ", ".join(f"{name}={_written(value)}" for name, value in example.arguments.items())
    types = example.types()
    traced = bind(layer, example.arguments).trace(*types.values())
    inputs = ", ".join(f"{port} {_shape(type_)}" for port, type_ in types.items())
    outputs = ", ".join(
        f"{port} {_shape(ref.type)}"
        for port, ref in zip(layer_ports(layer, example.arguments)[1], traced.result.values, strict=True)
    )
    return f"{layer.__name__}({arguments}): {' → '.join(filter(None, (inputs, outputs)))}"


def _written(value: object) -> str:
    return (
        repr(value)
        if isinstance(value, str | bool)
        else f"({spelled(value)})"
        if isinstance(value, tuple)
        else spelled(value)
    )


def _shape(type_: Type) -> str:
    return str(type_)
