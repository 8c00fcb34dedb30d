"""The process that compiles kernels, as who has started it sees it: whether it goes on, and why it failed."""

import os
import subprocess
import tempfile
from pathlib import Path

from ..text import tr
from .shared import SharedFile

ROOM = 2_000_000
"""Bytes that the compiled kernels take up, with some to spare."""

TOLD = 3
"""The process's exit code where its last line tells what the system refused."""

LONGEST = 65_536
"""Bytes of what the process has said that are read."""


class Compiling:
    """`words` is the file in memory that its errors go to: there is room for it even on a full disk."""

    def __init__(self, process: "subprocess.Popen[bytes]", words: SharedFile) -> None:
        self._process = process
        self._words = words

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
        last = self._last_line()
        if code == TOLD and last:
            return last
        how = last or tr("code {code}", code=code)
        return tr("the process that does it ended too soon: {how}", how=how)

    def _last_line(self) -> str:
        os.lseek(self._words.descriptor, 0, os.SEEK_SET)
        text = os.read(self._words.descriptor, LONGEST).decode("utf-8", "replace").strip()
        return text.splitlines()[-1] if text else ""


def check_room(folder: Path) -> None:
    """Raises OSError, in the system's words, where the kernels cannot be written there."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        # Without a name, so that nothing is left of it however this ends.
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(ROOM))
            file.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from None
