"""The engine's process: takes tasks from the window's process, one at a time, until that one ends."""

import contextlib
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from multiprocessing import connection as connections, parent_process
from multiprocessing.connection import Connection
from time import perf_counter
from typing import Any

import numpy as np

from ..initialise import Array
from ..layers import LAYERS
from ..layers.layer import ArgumentError, bind
from ..program import Program
from ..system_error import reason
from ..text import set_language, tr
from ..types import ShapeError
from ..user_code import UserCodeError, load_trusted
from . import warm
from .execute import Stopped as RunStopped, Watch, new_arena
from .executor import Bound
from .gradient_check import gradient_check
from .memory import check_run_fits
from .messages import (
    FILES,
    Checked,
    Coming,
    Compile,
    Done,
    Failed,
    Forget,
    GradientTask,
    KernelsComing,
    KernelsMissing,
    KernelsReady,
    Progress,
    Ready,
    Reference,
    Started,
    Stopped,
    Task,
)
from .network import PlanError
from .plan import Plan
from .run import Mode, Result, by_name, draw_missing, kept_arrays, plan_for, run_plan
from .shared import Layout, SharedFile, at, found, put
from .sizes import sizes_from
from .warm import NotCompiled
from .weights import Weights

PROGRESS_INTERVAL = 0.05
"""Seconds between two messages about a run's progress."""

LENT = 1 << 28
"""Bytes of values from which on they are not copied for the window, which then has no old ones beside new."""


class _WindowGone(Exception):
    """The window's process has closed its end."""


@contextlib.contextmanager
def _talking() -> Iterator[None]:
    """Tells what the connection raises once nobody is there from what the system refuses a run."""
    try:
        yield
    except (EOFError, OSError) as error:
        raise _WindowGone from error


def serve(connection: Connection, language: Mapping[str, str]) -> None:
    """The process's whole life; what it says is in the window's language."""
    # Ctrl+C in the terminal is for the window, which then ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    set_language(language)
    with contextlib.suppress(_WindowGone):
        with _talking():
            stop_up_to = SharedFile.receive(connection)
        worker = _Worker(connection, stop_up_to.mapped(writable=False).view(np.int64))
        worker.begin()
        worker.work()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connections.wait([parent.sentinel])
        os._exit(0)


class _Worker:
    """`stop_up_to` is shared memory: its first number is the last job that must not go on."""

    def __init__(self, connection: Connection, stop_up_to: Array) -> None:
        self._connection = connection
        self._stop_up_to = stop_up_to
        self._sending = threading.Lock()
        self._has_kernels = False
        self._program: tuple[bytes, Program] | None = None
        self._plan: tuple[Any, Plan] | None = None
        self._bound: tuple[Any, Bound] | None = None
        self._lent: tuple[SharedFile, Array] | None = None
        """The memory of the plan that is bound, where the window is lent it."""
        self._has_looked_after_folder = False

    def work(self) -> None:
        """Takes tasks for ever. Raises _WindowGone."""
        self._send(Ready())
        while True:
            with _talking():
                message = self._connection.recv()
            match message:
                case Compile():
                    self.begin()
                case Forget():
                    self._let_go()
                case _:
                    assert isinstance(message, Coming), message
                    with _talking():
                        files = {name: SharedFile.receive(self._connection) for name in FILES}
                    self._do(message.job, files)
                    self._send(Ready())

    def _do(self, job: int, files: Mapping[str, SharedFile]) -> None:
        """Does a task and tells what came of it; nothing of its files stays after that."""
        self._look_after_folder()
        outcome = self._outcome(job, files)
        if isinstance(outcome, Done):
            self._send(outcome, self._lent and self._lent[0])
            return
        if self._lent is not None:
            self._let_go()  # so much memory is not kept for a run that may never come
        self._send(outcome)

    def _let_go(self) -> None:
        """Gives back the memory of the last run."""
        self._bound = self._lent = None

    def _room(self, size: int) -> Array:
        """Memory that the window sees too."""
        file = SharedFile()
        file.reserve(size, at_once=False)
        memory = file.mapped(writable=True)
        self._lent = file, memory
        return memory

    def begin(self) -> None:
        """Has the kernels compiled where they are not; runs use the references until they are there."""
        if warm.take():
            self._tell_of_kernels()
        else:
            self._send(KernelsComing())
            threading.Thread(target=self._compile, daemon=True).start()

    def _look_after_folder(self) -> None:
        """Has the kernels compiled for those who come later, where their folder was deleted; once."""
        if self._has_kernels and not self._has_looked_after_folder and warm.is_deleted():
            self._has_looked_after_folder = True
            self._send(KernelsComing(in_memory=True))
            threading.Thread(target=self._compile, daemon=True).start()

    def _compile(self) -> None:
        try:
            compiling = warm.start()
            compiling.wait()
            failure = compiling.why_missing
        except OSError as error:  # what cannot be started has compiled nothing
            failure = reason(error)
        with contextlib.suppress(_WindowGone):  # it may just have ended
            self._tell_of_kernels(failure)

    def _tell_of_kernels(self, failure: str = "") -> None:
        """`failure` is why they are not where they should be, told if that is so."""
        self._has_kernels = warm.take()
        if not self._has_kernels:
            self._send(KernelsMissing(failure))
        else:
            self._send(KernelsReady(unkept=failure if warm.is_deleted() else ""))

    def _send(self, message: object, file: SharedFile | None = None) -> None:
        with self._sending, _talking():
            self._connection.send(message)
            if file is not None:
                file.send(self._connection, os.getppid())

    def _outcome(self, job: int, files: Mapping[str, SharedFile]) -> Done | Checked | Failed | Stopped:
        task: Any = None
        try:
            task = pickle.loads(files["task"].mapped(writable=False).data)
            return _checked(task) if isinstance(task, GradientTask) else self._done(task, files)
        except PlanError as error:
            return Failed(job, error.message, error.path)
        except (ArgumentError, ShapeError, UserCodeError) as error:
            return Failed(job, str(error))
        except RunStopped:
            return Stopped(job)
        except MemoryError:
            return Failed(job, _out_of_memory(task))
        except NotCompiled as error:
            return Failed(job, tr("the kernels are gone and could not be compiled: {reason}", reason=error))
        except OSError as error:
            self._plan = None
            self._let_go()
            return Failed(job, tr("the system refused what the run needs: {reason}", reason=reason(error)))

    def _done(self, task: Task, files: Mapping[str, SharedFile]) -> Done:
        memory = {name: files[name].mapped(writable=False) for name in ("weights", "inputs")}
        weights = _arrays(memory["weights"], task.weights)
        for name, source in task.code:
            load_trusted(name, source)
        program = self._read(task.program)
        inputs = by_name(program, _arrays(memory["inputs"], task.inputs))
        mode = replace(task.mode, kernels=task.mode.kernels and self._has_kernels)
        sizes = sizes_from(program, {name: a.shape for name, a in inputs.items()})
        plan = self._planned(task, sizes, frozenset(inputs), mode)
        self._send(Started(task.job, plan.needed_bytes))
        drawn = draw_missing(plan, weights, task.seed)
        layout = put(drawn, files["drawn"])
        files["values"].reserve(0 if _is_lent(plan) else plan.arena_bytes)
        memory.update({name: files[name].mapped(writable=True) for name in ("values", "drawn")})
        drawn = _arrays(memory["drawn"], layout)
        weights = {**weights, **drawn}
        bound = self._bound_to(plan, weights, task, mode, bool(drawn))
        result = run_plan(
            plan,
            weights,
            inputs,
            task.seed,
            mode,
            sizes=sizes,
            cotangent=task.cotangent,
            watch=Watch(lambda: bool(self._stop_up_to[0] >= task.job), self._progress(task.job)),
            arena=None if _is_lent(plan) else memory["values"],
            bound=bound,
        )
        if self._lent is not None:
            memory["arena"] = self._lent[1]
        return Done(task.job, described(replace(result, drawn=drawn), memory), self._lent is not None)

    def _read(self, source: bytes) -> Program:
        if self._program is None or self._program[0] != source:
            self._program = (source, pickle.loads(source))
            self._plan = None
            self._let_go()
        return self._program[1]

    def _planned(self, task: Task, sizes: Mapping[str, int], given: frozenset[str], mode: Mode) -> Plan:
        start = task.cotangent
        place = None if start is None else (start.kind, start.path, start.port, tuple(start.arrays))
        key = (tuple(sizes.items()), given, mode, place)
        if self._plan is None or self._plan[0] != key:
            self._plan = None
            self._let_go()
            plan = plan_for(self._read(task.program), sizes, given, mode, start)
            if not _is_lent(plan):
                check_run_fits(plan.needed_bytes + plan.arena_bytes)  # the values are copied
            self._plan = (key, plan)
        return self._plan[1]

    def _bound_to(self, plan: Plan, weights: Weights, task: Task, mode: Mode, by_seed: bool) -> Bound:
        """The plan bound to its weights: the last one's where both are the same, with what it has packed."""
        key = (mode.kernels, mode.exact, task.weights_number, task.seed if by_seed else None)
        if self._bound is None or self._bound[0] != key:
            self._let_go()  # two would need twice the memory
            kept = kept_arrays(plan, weights)
            room = self._room if _is_lent(plan) else new_arena
            self._bound = (key, Bound(plan, kept, kernels=mode.kernels, exact=mode.exact, room=room))
        return self._bound[1]

    def _progress(self, job: int) -> Callable[[int, int], None]:
        begun: float | None = None
        told = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal begun, told
            now = perf_counter()
            if begun is None:
                begun = told = now
            # The end is told of every run that was told of: what follows it is no part of the steps.
            elif now - (begun if done == total else told) >= PROGRESS_INTERVAL:
                told = now
                self._send(Progress(job, done, total))

        return progress


def _is_lent(plan: Plan) -> bool:
    """Whether its values are looked at where they are computed, since a copy would be large."""
    return plan.arena_bytes >= LENT


def _out_of_memory(task: object) -> str:
    if isinstance(task, GradientTask):
        return tr("there was not enough memory for the gradient check")
    return tr("there was not enough memory for the run")


def _checked(task: GradientTask) -> Checked:
    """A gradient check cannot be asked to stop: who wants that ends the process."""
    asked = task.asked
    for name, source in asked.code:
        load_trusted(name, source)
    layer = bind(LAYERS[asked.kind], asked.arguments)
    return Checked(task.job, gradient_check(layer, asked.types))


def _arrays(memory: Array, layout: Layout) -> dict[str, Array]:
    return {name: at(memory, spot) for name, spot in layout.items()}


def described(result: Result, memory: Mapping[str, Array]) -> dict[str, Any]:
    """The result's fields with references in place of the arrays that stand in shared memory."""
    return {field.name: _described(getattr(result, field.name), memory) for field in fields(result)}


def _described(value: Any, memory: Mapping[str, Array]) -> Any:
    if isinstance(value, Mapping):
        return {key: _described(item, memory) for key, item in value.items()}
    if not isinstance(value, np.ndarray):
        return value
    spots = {name: found(bytes_, value) for name, bytes_ in memory.items()}
    return next((Reference(name, spot) for name, spot in spots.items() if spot is not None), value)
