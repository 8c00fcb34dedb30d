"""The run bar: the sample, train or eval, the seed, and what starts and stops runs."""

from collections.abc import Callable
from dataclasses import replace
from random import SystemRandom

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QWidget

from core.text import tr
from ui.icons import icon
from ui.style import set_role

from .runner import Runner
from .sample_panel import SamplePanel
from .settings import LARGEST_SEED

DICE = 10_000
"""Seeds that the dice shows are below this, so that they can be read and typed."""

STOP_MS = 200
"""Shorter runs do not show the way to stop them: buttons that come and go are no calm."""

_chance = SystemRandom()


class RunBar(QWidget):
    """At the right end of the top bar."""

    def __init__(self, runner: Runner, panel: SamplePanel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("run-bar")
        self._runner = runner
        self._panel = panel
        self.sample = self._button("sample", tr("Sample"), "sample", self._open_panel)
        self.sample.setToolTip(tr("What the inputs are given, the weights, and how exact runs are"))
        self._make_settings()
        self._make_starters()
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.timeout.connect(lambda: self._show_stop(True))
        self._lay_out()
        runner.changed.connect(self.refresh)
        self.refresh()

    def _make_settings(self) -> None:
        self.mode = self._button("mode", tr("Eval"), "", self._switch_mode)
        self.mode.setCheckable(True)
        self.seed = QLineEdit("0", self)
        self.seed.setObjectName("seed")
        self.seed.setAccessibleName(tr("Seed"))
        self.seed.setToolTip(tr("Seed of first weights, random samples, dropout and random cotangents"))
        self.seed.setFixedWidth(52)
        self.seed.setAlignment(Qt.AlignmentFlag.AlignRight)
        set_role(self.seed, "value")
        self.seed.editingFinished.connect(self._enter_seed)
        self.dice = QToolButton(self)
        self.dice.setObjectName("dice")
        self.dice.setIcon(icon("dice", "secondary"))
        self.dice.setToolTip(tr("Another seed"))
        self.dice.setAccessibleName(tr("Another seed"))
        self.dice.clicked.connect(self._throw)

    def _make_starters(self) -> None:
        runner = self._runner
        self.forward = self._button("forward", tr("Forward"), "forward", lambda: runner.run())
        self.forward.setIcon(icon("forward", "on_accent"))
        self.forward.setToolTip(tr("Run forward (Ctrl+Enter)"))
        set_role(self.forward, "primary")
        self.backward = self._button(
            "backward", tr("Forward + backward"), "forward-backward", lambda: runner.run(backward=True)
        )
        self.backward.setToolTip(tr("Run forward and backward (F5)"))
        self.live = self._button("live", tr("Live"), "live", self._switch_live)
        self.live.setCheckable(True)
        self.live.setToolTip(tr("Run after every edit"))
        self.stop = self._button("stop", tr("Stop"), "stop", runner.stop)
        self.stop.setToolTip(tr("Stop the run (Ctrl+.)"))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self.sample, self.mode, self.seed, self.dice):
            row.addWidget(widget)
        row.addSpacing(6)
        for widget in (self.forward, self.backward, self.live, self.stop):
            row.addWidget(widget)

    def _button(self, name: str, text: str, picture: str, act: Callable[[], object]) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(f"run-{name}")
        if picture:
            button.setIcon(icon(picture))
            button.setIconSize(QSize(20, 14))  # the picture in the middle, so that words keep off
        button.clicked.connect(lambda: act())
        return button

    def refresh(self) -> None:
        """Shows the runner as it is."""
        runner = self._runner
        busy = runner.state != "idle"
        if not busy:
            self._wait.stop()
            self._show_stop(False)
        elif not self.stop.isVisible() and not self._wait.isActive():
            self._wait.start(STOP_MS)
        self.stop.setEnabled(runner.state == "running")
        self.live.setChecked(runner.live)
        training = runner.settings.training
        self.mode.setChecked(training)
        self.mode.setText(tr("Train") if training else tr("Eval"))
        self.mode.setToolTip(
            tr("Dropout and batch norm run as in training")
            if training
            else tr("Dropout and batch norm run as in use")
        )
        if not self.seed.hasFocus() or not self.seed.isModified():
            self.seed.setText(str(runner.settings.seed))
        headline = self._panel.headline()
        self.sample.setText(headline)
        self.sample.setAccessibleName(tr("Sample: {headline}", headline=headline))

    def _show_stop(self, shown: bool) -> None:
        self.stop.setVisible(shown)
        self.live.setVisible(not shown or self._runner.live)

    def _switch_mode(self) -> None:
        settings = self._runner.settings
        self._runner.set_settings(replace(settings, training=not settings.training))

    def _switch_live(self) -> None:
        self._runner.set_live(not self._runner.live)

    def _enter_seed(self) -> None:
        text = self.seed.text().strip()
        known = text.isdecimal() and len(text) <= 10 and int(text) <= LARGEST_SEED
        self.seed.setModified(False)
        if not known:
            self.seed.setText(str(self._runner.settings.seed))
            self._runner.say(tr("a seed is a whole number from 0 to {most}", most=LARGEST_SEED))
            return
        self._runner.set_settings(replace(self._runner.settings, seed=int(text)))

    def _throw(self) -> None:
        self._runner.set_settings(replace(self._runner.settings, seed=_chance.randrange(DICE)))

    def _open_panel(self) -> None:
        self._panel.refresh()
        self._panel.adjustSize()
        corner = self.sample.mapToGlobal(QPoint(0, self.sample.height() + 4))
        right = self.window().mapToGlobal(QPoint(self.window().width(), 0)).x()
        self._panel.move(min(corner.x(), right - self._panel.width() - 8), corner.y())
        self._panel.show()
