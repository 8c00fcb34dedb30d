"""Runs the open design in the engine's process, and keeps what came of it."""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from core.call_path import holder, last_node, written
from core.document import Change, Document
from core.duration import spelt
from core.engine.cotangent import Cotangent
from core.engine.messages import (
    Checked,
    Died,
    Event,
    Failed,
    Finished,
    GradientJob,
    Job,
    KernelsComing,
    KernelsMissing,
    KernelsReady,
    Progress,
    Started,
    Stopped,
)
from core.engine.run import Mode, Result
from core.engine.samples import InputSpec, SampleError
from core.initialise import Array
from core.problem import Path
from core.program import Program, build_program
from core.record import Node
from core.resolve import Resolution, Resolver
from core.text import tr
from ui.editor import Editor
from ui.memory import Memory

from .binding import Binding, Samples, root_specs
from .engine_words import EngineWords, State, engine_words
from .kept_weights import KeptWeights
from .link import EngineError, EngineLink
from .notices import Notices
from .settings import Settings

LIVE_MS = 80
"""How long edits rest before a live run."""

TELL_MS = 30
"""What shows the inputs follows an edit so much later, out of its way."""


class Runner(QObject):
    """Owns the engine. `result` is of the design as it is now unless `stale`."""

    changed = Signal()
    """The state, a setting, a sample or the engine's words."""

    resulted = Signal()
    """There is another result, none any more, or the one there is has become stale."""

    checked = Signal(object)
    """A gradient check is done."""

    def __init__(self, editor: Editor, memory: Memory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._memory = memory
        self._link = EngineLink(self)
        self._link.heard.connect(self._take)
        self._link.warmed.connect(self.changed)
        self._job: int | None = None
        self._backward = False
        self._resolution: Resolution | None = None
        self._inputs: tuple[Resolution | None, dict[str, tuple[Node, InputSpec]]] | None = None
        self._version = 0
        self._ran = 0
        self.notices = Notices(self)
        self.settings = Settings(exact=memory.exact)
        self.samples = Samples()
        self.weights = KeptWeights()
        self.result: Result | None = None
        self.is_between = False
        """Whether the result was let go for a run that has not ended yet."""
        self._is_lent = False
        """Whether the result stands in the engine's own memory, which the next run needs."""
        self.stale = False
        self.live = False
        self.state: State = "idle"
        self.progress = 0.0
        self.words = ""
        """How the last run ended."""
        self.is_trouble = False
        """Whether the words tell of something wrong."""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._run_live)
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.setInterval(TELL_MS)
        self._telling.timeout.connect(self.changed)
        self._starting = QTimer(self)
        self._starting.setSingleShot(True)
        self._starting.timeout.connect(self.start)

    # The engine

    @property
    def pid(self) -> int | None:
        """The engine's process."""
        return self._link.pid

    def start(self) -> None:
        """Starts the engine, so that the first run finds it ready."""
        try:
            self._link.start()
        except EngineError as error:
            self._end(str(error), trouble=True)

    def start_soon(self) -> None:
        """Starts the engine once the window has been drawn."""
        self._starting.start(0)

    def close(self) -> None:
        """Ends the engine."""
        for timer in (self._rest, self._telling, self._starting):
            timer.stop()
        self._link.close()
        self.state, self._job = "idle", None

    # Following the design

    def show_document(self, document: Document, resolver: Resolver) -> None:
        """Another document is open: nothing of the old one's runs stays."""
        self.stop()
        self._job = None
        self.state = "idle"
        self.samples, self.weights = Samples(), KeptWeights()
        if self.settings.cotangent.kind == "element":
            self.settings = replace(self.settings, cotangent=Cotangent())
        self.result, self.stale, self.words, self.is_trouble = None, False, "", False
        self.is_between = self._is_lent = False
        self._resolution = resolver.resolution
        self.resulted.emit()
        self._link.forget()
        self.changed.emit()
        self._want_live()

    def apply(self, change: Change, resolution: Resolution) -> None:
        """Follows an edit: weights go along, results become stale, a live run follows."""
        calls = self._editor.resolver.calls_of
        self.weights.follow(change, calls)
        self.settings = self.settings.followed(change, calls)
        if resolution is self._resolution:
            return
        self._resolution = resolution
        self._outdate()
        self._telling.start()

    def program(self) -> Program:
        """The design as the engine takes it."""
        return build_program(self._editor.document, self._editor.resolver)

    # Inputs and settings

    def inputs(self) -> dict[str, tuple[Node, InputSpec]]:
        """The root's Inputs that have a type, by name."""
        if self._inputs is None or self._inputs[0] is not self._resolution:
            self._inputs = (self._resolution, root_specs(self._editor.document, self._editor.resolution))
        return self._inputs[1]

    def binding(self, node: Node) -> Binding:
        """Where an Input's sample comes from."""
        specs = {name: spec for name, (_, spec) in self.inputs().items()}
        return self.samples.binding(node.id, node.name, specs)

    def bind(self, node: str, binding: Binding) -> None:
        """Binds an Input to another source; all digits, pictures and labels, start at the same."""
        self.samples.choose(node, binding)
        if binding.source == "digits":
            for other, _ in self.inputs().values():
                if self.binding(other).source == "digits":
                    self.samples.choose(other.id, binding)
        self._outdate()
        self.changed.emit()

    def sample(self, node: Node, spec: InputSpec) -> Array:
        """An Input's sample; SampleError where there is none that fits."""
        return self.samples.array(node.id, spec, self.binding(node), self.settings.seed)

    def set_settings(self, settings: Settings) -> None:
        """Runs otherwise from now on; with another seed, weights that were drawn are drawn anew."""
        if settings == self.settings:
            return
        if settings.seed != self.settings.seed:
            self.weights.forget_drawn()
        if settings.exact != self.settings.exact:
            self._memory.exact = settings.exact
        self.settings = settings
        self._outdate()
        self.changed.emit()

    def reinitialise(self) -> None:
        """Gives up all weights: the next run draws them by the seed."""
        self.weights.forget()
        self.say(tr("the next run starts from first weights of seed {seed}", seed=self.settings.seed))
        self._outdate()
        self.changed.emit()

    def weights_changed(self) -> None:
        """Weights were loaded: results are of the old ones."""
        self._outdate()
        self.changed.emit()

    def set_live(self, live: bool) -> None:
        """Runs after every edit, or no longer."""
        self.live = live
        if live:
            self._want_live(0)
        else:
            self._rest.stop()
        self.changed.emit()

    # Running

    def run(self, *, backward: bool = False) -> None:
        """Runs the design as it is; a run that is under way gives place."""
        self._rest.stop()
        self._backward = backward
        self._check_cotangent()
        try:
            job = self._new_job(backward)
        except SampleError as error:
            self._link.stop()  # what runs is of an older design
            self._end(str(error), trouble=True)
            return
        self._let_go()
        self._submit(job)

    def _let_go(self) -> None:
        """Gives a result that was lent back to the engine, whose next run needs the memory."""
        if self._is_lent:
            self.result, self._is_lent, self.is_between = None, False, True
            self.resulted.emit()

    def check_gradient(self, job: GradientJob) -> None:
        """Compares a layer's backward with finite differences; `checked` tells what came of it."""
        self._submit(job)

    def _submit(self, job: Job | GradientJob) -> None:
        self.notices.begin_run()
        try:
            self._job = self._link.submit(job)
        except EngineError as error:
            self._link.stop()
            self._end(str(error), trouble=True)
            return
        self.state, self.progress = "running", 0.0
        self._ran = self._version
        self.changed.emit()

    def _new_job(self, backward: bool) -> Job:
        """The design as it is with its samples; SampleError where one does not fit."""
        settings, program = self.settings, self.program()
        self.samples.retry()
        return Job(
            program=program,
            inputs=self._arrays(),
            weights=self.weights.begin(program),
            seed=settings.seed,
            mode=Mode(training=settings.training, backward=backward, exact=settings.exact),
            cotangent=settings.cotangent,
        )

    def _check_cotangent(self) -> None:
        """The backward cannot start from an element of what is gone."""
        choice = self.settings.cotangent
        path = choice.path
        document = self._editor.document
        there = document.get(last_node(document, path) or "") is not None
        if choice.kind == "element" and not (there and self._editor.module_at(holder(document, path))):
            self.settings = replace(self.settings, cotangent=Cotangent())
            self.say(tr("the element that the backward started from is gone, so it starts by itself again"))

    def stop(self) -> None:
        """Stops the run that is under way."""
        self._rest.stop()
        if self.state == "running":
            self.state = "stopping"
            self._link.stop()
            self.changed.emit()

    def say(self, text: str) -> None:
        """Tells a sentence."""
        self.notices.said.emit(text)

    @property
    def ran_backward(self) -> bool:
        """Whether the result has gradients."""
        return self.result is not None and self.result.cotangent is not None

    def _arrays(self) -> Mapping[str, Array]:
        return {name: self.sample(node, spec) for name, (node, spec) in self.inputs().items()}

    def _outdate(self) -> None:
        self._version += 1
        if self.result is not None and not self.stale:
            self.stale = True
            self.resulted.emit()
        self._want_live()

    def _want_live(self, after: int = LIVE_MS) -> None:
        if self.live:
            self._rest.start(after)

    def _run_live(self) -> None:
        if self._editor.document.in_gesture:
            self._want_live()
        elif self.live:
            self.run(backward=self._backward)

    # What the engine says

    def _take(self, event: Event) -> None:
        match event:
            case KernelsComing() | KernelsReady():
                self.notices.unsay_kernels_missing()
                self.changed.emit()
                if isinstance(event, KernelsReady) and event.unkept:
                    self.notices.say_kernels_unkept(event.unkept)
            case KernelsMissing():
                self.changed.emit()
                self.tell_lack()
            case Died(job=job, text=text):
                if job is None or job == self._job:
                    self._end(text, trouble=True, tell=False)
                    self.notices.say_of_run(text)
            case _ if event.job != self._job:
                return
            case Started():
                self.changed.emit()
            case Progress(done=done, total=total):
                self.progress = done / max(total, 1)
                self.changed.emit()
            case Finished(result=result, lent=lent):
                self._finish(result, is_lent=lent)
            case Checked(check=check):
                self._end(tr("the gradient was checked"), tell=False)
                self.checked.emit(check)
            case Failed(text=text, path=path):
                self._end(self._placed(text, path), trouble=True)
            case Stopped():
                self._end(tr("the run was stopped"))

    def _finish(self, result: Result, *, is_lent: bool) -> None:
        self.result, self._is_lent, self.is_between = result, is_lent, False
        self.stale = self._version != self._ran
        self.weights.keep(result.drawn)
        self.resulted.emit()
        what = tr("forward and backward") if result.cotangent is not None else tr("forward")
        self._end(f"{what} {spelt(result.seconds)}", tell=False)

    def _end(self, text: str, *, trouble: bool = False, tell: bool = True) -> None:
        self.state, self._job = "idle", None
        self.words, self.is_trouble = text, trouble
        if self.is_between:
            self.is_between = self.stale = False
            self.resulted.emit()
        self.changed.emit()
        if tell and not (self.live and trouble):
            self.notices.say_of_run(text)

    def _placed(self, text: str, path: Path) -> str:
        place = written(self._editor.document, path)
        return f"{place}: {text}" if place else text

    @property
    def spoken(self) -> EngineWords:
        """What the engine does, for the status line."""
        return engine_words(self.state, self.progress, self.words, self._link)

    @property
    def lacks_kernels(self) -> bool:
        """Whether the kernels could not be compiled, so that another try may be asked for."""
        return bool(self._link.lack)

    def tell_lack(self) -> None:
        """Says why the kernels could not be compiled, where that is so."""
        if self._link.lack:
            self.notices.say_kernels_missing(self._link.lack)

    def compile(self) -> None:
        """Tries once more to compile the kernels."""
        self.notices.unsay_kernels_missing()
        try:
            self._link.compile()
        except EngineError as error:
            self._end(str(error), trouble=True)
