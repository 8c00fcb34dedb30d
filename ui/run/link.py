"""The engine's process as the window holds it: started, watched without waiting, and ended."""

from PySide6.QtCore import QElapsedTimer, QObject, QSocketNotifier, QTimer, Signal

from core.engine import warm
from core.engine.kernel_folder import Progress
from core.engine.messages import Died, Event, GradientJob, Job, KernelsComing, KernelsMissing, KernelsReady
from core.engine.network import PlanError
from core.engine.process import EngineProcess
from core.system_error import reason
from core.text import tr

POLL_MS = 15
"""Where the system has no descriptor to wait for."""

WARM_MS = 400
"""How often it is asked how far the kernels are."""


class EngineError(Exception):
    """An engine that cannot be started: one sentence."""


class EngineLink(QObject):
    """Hands jobs to the engine, and tells what it says."""

    heard = Signal(object)
    """An event of the engine."""

    warmed = Signal()
    """More kernels may be ready."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._engine: EngineProcess | None = None
        self._notifier: QSocketNotifier | None = None
        self._kernels_ready = False
        self.lack = ""
        """Why they could not be compiled; nothing where they were, or may still be."""
        self._in_memory = False
        self._pulse = QTimer(self)
        self._pulse.timeout.connect(self._poll)
        self._compiled = warm.progress()
        self._asked = QElapsedTimer()
        self._asked.start()
        self._warming = QTimer(self)
        self._warming.setInterval(WARM_MS)
        self._warming.timeout.connect(self.warmed)

    @property
    def pid(self) -> int | None:
        """The engine's process."""
        return None if self._engine is None else self._engine.pid

    def start(self) -> None:
        """Starts the engine where there is none. Raises EngineError."""
        if self._engine is None:
            self._engine = self._watched()
        try:
            self._engine.start()
        except (OSError, PlanError) as error:
            raise _unstarted(error) from None
        if not self._kernels_ready:
            self._warming.start()

    def submit(self, job: Job | GradientJob) -> int:
        """Runs a job in place of the one before; returns its number. Raises EngineError."""
        self.start()
        assert self._engine is not None
        return self._engine.submit(job)

    def stop(self) -> None:
        """Stops the job that is under way."""
        if self._engine is not None:
            self._engine.stop()

    def forget(self) -> None:
        """Has the engine give back the memory of the last result, which nobody looks at any more."""
        if self._engine is not None:
            self._engine.forget()

    def close(self) -> None:
        """Ends the engine."""
        self._pulse.stop()
        self._warming.stop()
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def compile(self) -> None:
        """Tries once more to compile the kernels. Raises EngineError."""
        self.start()
        assert self._engine is not None
        self._engine.compile()
        self.lack = ""
        self._warming.start()
        self.warmed.emit()

    @property
    def readiness(self) -> str:
        """Whether there is an engine."""
        return tr("engine not started") if self._engine is None else tr("engine ready")

    @property
    def compiling(self) -> str:
        """How far the kernels are; nothing where they are ready, or nobody compiles them."""
        if self.lack:
            return tr("kernels not compiled")
        found = self._found
        return "" if found is None else _counted(found.done, found.total)

    @property
    def longest_compiling(self) -> str:
        """The longest that `compiling` gets, for room to be kept for it."""
        found = self._found
        return self.compiling if found is None else _counted(found.total, found.total)

    @property
    def why(self) -> str:
        """What compiling is for, or why it failed; nothing where the kernels are there."""
        if self.lack:
            told = tr("The kernels could not be compiled: {reason}", reason=self.lack)
            return f"{told}\n{tr('Without them runs go by NumPy, more slowly.')}"
        if self._found is None:
            return ""
        what = tr("The engine's kernels are compiled for this processor, once on this machine.")
        if self._in_memory:
            return f"{what}\n{tr('Their folder was deleted; runs go on by those in memory.')}"
        return f"{what}\n{tr('Until then runs go by NumPy, more slowly.')}"

    @property
    def _found(self) -> Progress | None:
        """How far the kernels are, where somebody compiles them."""
        if self._kernels_ready or self.lack:
            return None
        if self._asked.hasExpired(WARM_MS):
            # A file is read for it, which an edit need not wait for every time.
            self._asked.restart()
            self._compiled = warm.progress()
        return self._compiled

    def _watched(self) -> EngineProcess:
        engine = EngineProcess()
        number = engine.fileno()
        if number is not None:
            self._notifier = QSocketNotifier(number, QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._poll)
        else:
            self._pulse.start(POLL_MS)
        return engine

    def _poll(self) -> None:
        if self._engine is None:
            return
        for event in self._engine.poll():
            self._note(event)
            self.heard.emit(event)

    def _note(self, event: Event) -> None:
        if isinstance(event, KernelsComing):  # also of an engine that found the cache deleted or damaged
            self._kernels_ready, self.lack = False, ""
            self._in_memory = event.in_memory
            self._warming.start()
        elif isinstance(event, KernelsReady | KernelsMissing | Died):
            self._kernels_ready = self._kernels_ready or isinstance(event, KernelsReady)
            self.lack = event.reason if isinstance(event, KernelsMissing) else ""
            self._warming.stop()


def _counted(done: int, total: int) -> str:
    return tr("compiling kernels {done} of {total}", done=done, total=total)


def _unstarted(error: OSError | PlanError) -> EngineError:
    words = reason(error) if isinstance(error, OSError) else str(error)
    return EngineError(tr("the engine cannot be started: {reason}", reason=words))
