"""The process that compiles kernels, as who has started it sees it: whether it goes on, and why it failed."""

import os
import subprocess
from pathlib import Path

from ..text import tr
from .shared import SharedFile

TOLD = 3
"""The process's exit code where its last line tells what the system refused."""

DELETED = 5
"""Its exit code where the folder was deleted under it."""

LONGEST = 65_536
"""Bytes of what the process has said last that are read."""


class Compiling:
    """`words` is the file in memory that its errors go to: there is room for it even on a full disk.

    It speaks English and the system's words: its own are put into the user's language here.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", words: SharedFile, folder: Path) -> None:
        self._process = process
        self._words = words
        self._folder = folder

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit code, None while it goes on."""
        return self._process.poll()

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end; its exit code. Raises subprocess.TimeoutExpired."""
        return self._process.wait(timeout)

    def kill(self) -> None:
        """Ends it; of no effect where it has ended."""
        self._process.kill()

    @property
    def failure(self) -> str:
        """Why it has ended before its time; nothing where it goes on, or has not."""
        code = self.poll()
        if not code:
            return ""
        if code < 0:
            return tr("the process that does it was ended (signal {signal})", signal=-code)
        if code == DELETED:
            return deleted(self._folder)
        last = self._last_line()
        if code == TOLD and last:
            return last
        how = last or tr("code {code}", code=code)
        return tr("the process that does it ended too soon: {how}", how=how)

    @property
    def why_missing(self) -> str:
        """Why kernels are not there after it has ended, for who has looked for them in vain."""
        return self.failure or lost()

    def _last_line(self) -> str:
        size = os.fstat(self._words.descriptor).st_size
        os.lseek(self._words.descriptor, max(0, size - LONGEST), os.SEEK_SET)
        text = os.read(self._words.descriptor, LONGEST).decode("utf-8", "replace").strip()
        return text.splitlines()[-1] if text else ""


def deleted(folder: Path) -> str:
    """That the folder went while kernels were being compiled into it."""
    return tr("{folder}: it was deleted while kernels were being compiled into it", folder=folder)


def lost() -> str:
    """That kernels are not there although the process that compiles them has ended well."""
    return tr("they were deleted or damaged after they had been compiled")
