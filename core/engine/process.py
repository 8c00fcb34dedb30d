"""The window's engine: a process of its own that can be stopped, may die, and is started again.

The window's process owns the memory of weights and values; the engine maps it. Values of a large run, which
a copy would double, stay where the engine computed them, and the window maps that. Nothing here waits for
the engine: `poll` gives what has happened, and `fileno` is readable when there is something to poll.
"""

import contextlib
import pickle
import selectors
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

import numpy as np

from ..initialise import Array
from ..layer_files import needed
from ..text import language, tr
from .blas import limited
from .memory import readable
from .messages import (
    FILES,
    Checked,
    Coming,
    Compile,
    Died,
    Done,
    Event,
    Failed,
    Finished,
    Forget,
    GradientJob,
    GradientTask,
    Job,
    Ready,
    Reference,
    Started,
    Stopped,
    Task,
)
from .network import PlanError
from .run import Result
from .shared import SharedFile, at, put
from .worker import serve

PATIENCE = 0.5
"""Seconds that a run has to stop by itself before its process is killed."""

LARGE = 1_000_000_000
"""Bytes of a run that a machine may be short of."""

KILL = 9
"""The signal by which a system that is short of memory ends a process; not every system has its name."""


@dataclass
class _Engine:
    """A living process: the job it is on, and the files of that job."""

    process: BaseProcess
    connection: Connection
    stop_up_to: Array
    idle: bool = False
    job: int | None = None
    files: dict[str, SharedFile] = field(default_factory=dict)
    needs: int = 0
    """The bytes that the last job took, or takes."""
    killed: bool = False


class EngineProcess:
    """Runs jobs, the last one submitted, in a process that starts with the first.

    A job that is submitted while another runs takes its place.
    """

    def __init__(self) -> None:
        self._engine: _Engine | None = None
        self._waiting: tuple[int, Job | GradientJob] | None = None
        self._events: list[Event] = []
        self._numbers = 0
        self._lock = threading.Lock()
        self._weights: tuple[Mapping[str, Array], SharedFile, Mapping[str, Any]] | None = None
        self._weights_number = 0
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)

    def fileno(self) -> int | None:
        """A descriptor that is readable while `poll` has something from the engine; the same over restarts.

        None where the system has no such thing: there, poll by a timer.
        """
        fileno = getattr(self._selector, "fileno", None)
        return None if fileno is None else int(fileno())

    @property
    def pid(self) -> int | None:
        """The process's number, None while there is none."""
        return None if self._engine is None else self._engine.process.pid

    @property
    def busy(self) -> bool:
        """Whether a job waits or runs."""
        return self._waiting is not None or (self._engine is not None and self._engine.job is not None)

    def start(self) -> None:
        """Starts the process where there is none, so that the first job finds it ready."""
        if self._engine is None:
            self._engine = self._started()

    def submit(self, job: Job | GradientJob) -> int:
        """Takes the job in and returns its number; what comes of it is told by `poll`."""
        self.stop()
        self._numbers += 1
        self._waiting = (self._numbers, job)
        self.start()
        self._send_waiting()
        return self._numbers

    def compile(self) -> None:
        """Has the kernels compiled once more, after KernelsMissing."""
        self.start()
        self._ask(Compile())

    def forget(self) -> None:
        """Has the engine give back what it keeps of the last run, which nobody looks at any more."""
        self._ask(Forget())

    def _ask(self, wish: Compile | Forget) -> None:
        if self._engine is not None:
            with contextlib.suppress(OSError):  # it has just died; `poll` finds out and says so
                self._engine.connection.send(wish)

    def stop(self) -> None:
        """Stops the job that runs or waits, by force after half a second; `poll` tells when it has."""
        if self._waiting is not None:
            self._tell(Stopped(self._waiting[0]))
            self._waiting = None
        engine = self._engine
        if engine is not None and engine.job is not None and engine.stop_up_to[0] < engine.job:
            engine.stop_up_to[0] = engine.job
            timer = threading.Timer(PATIENCE, self._kill, (engine, engine.job))
            timer.daemon = True
            timer.start()

    def poll(self) -> list[Event]:
        """What has happened since the last time, without waiting."""
        while self._engine is not None:
            try:
                if not self._engine.connection.poll():
                    break
                self._take(self._engine, self._engine.connection.recv())
            except (EOFError, OSError):
                self._bury(self._engine)
        events, self._events = self._events, []
        if events:
            self._silence()
        return events

    def wait(self, timeout: float) -> bool:
        """Waits until there is something to poll, at most so many seconds; for programs without a window."""
        return bool(self._selector.select(timeout))

    def close(self) -> None:
        """Ends the process."""
        self._waiting = None
        if self._engine is not None:
            self._engine.process.kill()
            self._gone(self._engine)
        self._selector.close()
        self._bell.close()
        self._ringer.close()

    def _tell(self, event: Event) -> None:
        """Puts an event in that does not come from the engine, so that it too wakes who watches `fileno`."""
        self._events.append(event)
        self._ringer.send(b"!")

    def _silence(self) -> None:
        with contextlib.suppress(OSError):
            self._bell.recv(4096)

    def _started(self) -> _Engine:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, language()), name="engine", daemon=True)
        with limited():
            process.start()
        theirs.close()
        flag = SharedFile()
        flag.reserve(np.dtype(np.int64).itemsize)
        flag.send(ours, process.pid or 0)
        self._selector.register(ours, selectors.EVENT_READ)
        return _Engine(process, ours, flag.mapped(writable=True).view(np.int64))

    def _send_waiting(self) -> None:
        engine = self._engine
        # Only an engine that waits reads at once; another would make this process wait.
        if engine is None or not engine.idle or self._waiting is None:
            return
        number, job = self._waiting
        self._waiting = None
        try:
            files = self._files(number, job)
        except PlanError as error:
            self._tell(Failed(number, error.message, error.path))
            return
        try:
            engine.connection.send(Coming(number))
            for name in FILES:
                files[name].send(engine.connection, engine.process.pid or 0)
        except OSError:
            self._waiting = (number, job)  # it has just died; `poll` finds out and says so
            return
        engine.idle, engine.files = False, files
        with self._lock:
            engine.job = number

    def _files(self, number: int, job: Job | GradientJob) -> dict[str, SharedFile]:
        files = {name: SharedFile() for name in FILES}
        if isinstance(job, GradientJob):
            files["task"].write(pickle.dumps(GradientTask(number, job)))
            return files
        if self._weights is None or not _same(self._weights[0], job.weights):
            self._weights = (dict(job.weights), files["weights"], put(job.weights, files["weights"]))
            self._weights_number += 1
        _, files["weights"], weights = self._weights
        inputs = put(job.inputs, files["inputs"])
        program = pickle.dumps(job.program)
        task = Task(
            job=number,
            program=program,
            weights=weights,
            weights_number=self._weights_number,
            inputs=inputs,
            seed=job.seed,
            mode=job.mode,
            cotangent=job.cotangent,
            code=needed(job.program),
        )
        files["task"].write(pickle.dumps(task))
        return files

    def _take(self, engine: _Engine, message: object) -> None:
        match message:
            case Ready():
                engine.idle = True
                self._send_waiting()
            case Done(job=job, fields=fields, lent=lent):
                files = engine.files
                if lent:
                    files["arena"] = SharedFile.receive(engine.connection)
                self._over(engine)
                self._events.append(Finished(job, _result(fields, files), lent))
            case Started(needs=needs):
                engine.needs = needs
                self._events.append(message)
            case Failed() | Stopped() | Checked():
                self._over(engine)
                self._events.append(message)
            case _:
                self._events.append(message)  # type: ignore[arg-type]  # the worker sends events

    def _over(self, engine: _Engine) -> None:
        with self._lock:
            engine.job = None
        engine.files = {}

    def _kill(self, engine: _Engine, job: int) -> None:
        with self._lock:
            if engine.job == job:
                engine.killed = True
                engine.process.kill()

    def _bury(self, engine: _Engine) -> None:
        """Tells of the end of a process, and starts the next where a job waits or this one was stopped."""
        job = engine.job
        self._gone(engine)
        if engine.killed:
            if job is not None:
                self._events.append(Stopped(job))
        else:
            lost = job
            if lost is None and self._waiting is not None:
                lost, self._waiting = self._waiting[0], None
            self._events.append(Died(lost, _epitaph(engine.process.exitcode, engine.needs if job else 0)))
        if engine.killed or self._waiting is not None:
            self._engine = self._started()

    def _gone(self, engine: _Engine) -> None:
        self._over(engine)
        self._selector.unregister(engine.connection)
        engine.connection.close()
        engine.process.join(1.0)
        self._engine = None


def _same(old: Mapping[str, Array], new: Mapping[str, Array]) -> bool:
    return old.keys() == new.keys() and all(old[name] is new[name] for name in new)


def _epitaph(code: int | None, needed: int) -> str:
    """How the process ended, with the bytes that its job needed."""
    if code == -KILL and needed >= LARGE:
        return tr(
            "the engine was killed (signal {signal}), likely for want of memory: the run needed {needed}; "
            "a smaller batch or smaller inputs need less",
            signal=KILL,
            needed=readable(needed),
        )
    if code is None:
        return tr("the engine ended unexpectedly; the next run starts it again")
    how = tr("signal {signal}", signal=-code) if code < 0 else tr("code {code}", code=code)
    return tr("the engine ended unexpectedly ({how}); the next run starts it again", how=how)


def _result(fields: Mapping[str, Any], files: Mapping[str, SharedFile]) -> Result:
    used = {name: file.mapped(writable=False) for name, file in files.items()}
    return Result(**{name: _read(value, used) for name, value in fields.items()})


def _read(value: Any, memory: Mapping[str, Array]) -> Any:
    if isinstance(value, Mapping):
        return {key: _read(item, memory) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        value.flags.writeable = False  # as the arrays in shared memory are
    return at(memory[value.file], value.spot) if isinstance(value, Reference) else value
