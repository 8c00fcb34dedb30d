"""Compiled kernels on the command line: a run does without and has them made, a training waits for them."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import numpy as np
import pytest

from app.commands import kernels, progress, runs
from core.engine import warm
from core.engine.compiling import Compiling
from core.engine.kernel_folder import FAILURE, LOCK, PROGRESS, Progress
from core.engine.run import Mode, Result, run
from core.engine.shared import SharedFile
from core.files import save
from core.ops import jit
from core.platform import locked
from tests.engine.engines import PATIENCE, compilers, copied_cache, without_compilers

from .test_cli import ROOT_FOLDER, Say, chain, say

__all__ = ["say"]

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the compiling process is found as Linux shows it"
)

WITHOUT = "this run goes without compiled kernels, more slowly; they are being compiled in the background\n"


@pytest.fixture
def design(tmp_path: Path) -> Path:
    """A design `a.loom`, and data for it."""
    save(
        chain(("Input", {"shape": "B, 20", "sizes": "B=2"}), ("Linear", {"out_features": 3}), ("Output", {})),
        tmp_path / "a.loom",
    )
    np.savez(tmp_path / "data.npz", x=np.zeros((8, 20), np.float32), labels=np.zeros(8, np.int64))
    return tmp_path / "a.loom"


@pytest.fixture
def cold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache; whatever compiles into it ends with the test."""
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path / "cache"))
    with without_compilers(tmp_path / "cache"):
        yield tmp_path / "cache"


def until(condition: Callable[[], object], seconds: float = PATIENCE) -> None:
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "nothing of the kind"
        sleep(0.05)


def ran(design: Path) -> "subprocess.CompletedProcess[str]":
    """`layerloom run` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "app", "run", str(design), "--json"],
        cwd=ROOT_FOLDER, capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


def test_a_run_does_not_wait_says_so_and_leaves_a_process_that_compiles(design: Path, cold: Path) -> None:
    done = ran(design)
    assert (done.returncode, done.stderr) == (0, WITHOUT)
    assert json.loads(done.stdout)["outputs"]["output2"]["shape"] == [2, 3]
    (compiler,) = compilers(cold)
    assert os.getsid(compiler) == compiler, "Ctrl+C in the terminal is not for it"
    until(warm.under_way)
    assert ran(design).stderr == WITHOUT
    assert compilers(cold) == [compiler], "one is enough"


def test_a_run_beside_one_that_compiles_starts_no_other(
    cold: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kernels, "start", lambda **how: pytest.fail("another was started"))
    jit.cache_folder().mkdir(parents=True)
    with locked(jit.cache_folder() / LOCK):
        assert not kernels.compiled_meanwhile()
    assert capsys.readouterr().err == WITHOUT


@pytest.mark.parametrize("way", [kernels.compiled, kernels.compiled_meanwhile])
def test_where_the_cache_cannot_be_written_that_is_said(
    way: Callable[[], bool],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path / "file" / "below"))
    assert not way()
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == (
        "the kernels could not be compiled, so it goes without them, more slowly: "
        f"{tmp_path / 'file' / 'below'}: Not a directory"
    )


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_damaged_cache_does_not_end_a_run_and_is_mended_for_the_next(
    design: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = copied_cache(tmp_path)
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    (cache / "product.o").write_bytes(b"no object file" * 1000)
    with without_compilers(tmp_path):
        done = ran(design)
        assert (done.returncode, done.stderr) == (0, WITHOUT)
        until(warm.ready, 4 * PATIENCE)
        done = ran(design)
    assert (done.returncode, done.stderr) == (0, "")


def of(code: str) -> Callable[..., Compiling]:
    """Starts a process that does something else than compile."""
    words = SharedFile()
    return lambda **how: Compiling(
        subprocess.Popen([sys.executable, "-c", code], stderr=words.descriptor), words, jit.cache_folder()
    )


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (
            "import sys; print('noise\\n/cache/kernels-1/chain.o: No room', file=sys.stderr); sys.exit(3)",
            "/cache/kernels-1/chain.o: No room",
        ),
        ("import sys; sys.exit(4)", "the process that does it ended too soon: code 4"),
        ("raise KeyError('x')", "the process that does it ended too soon: KeyError: 'x'"),
        ("import os; os.kill(os.getpid(), 9)", "the process that does it was ended (signal 9)"),
    ],
)
def test_a_training_says_why_they_could_not_be_compiled(
    code: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kernels, "take", lambda: False)
    monkeypatch.setattr(kernels, "start", of(code))
    assert not kernels.compiled()
    assert capsys.readouterr().err.splitlines() == [
        "compiling the kernels, once on this machine",
        f"the kernels could not be compiled, so it goes without them, more slowly: {told}",
    ]


def test_a_run_says_why_they_were_not_compiled_last_time(design: Path, cold: Path) -> None:
    folder = jit.cache_folder()
    folder.mkdir(parents=True)
    (folder / PROGRESS).write_text("5/121 chain.chain", "utf-8")
    (folder / FAILURE).write_text(f"{folder / 'chain.o'}: No space left on device", "utf-8")
    last = f"the kernels could not be compiled last time: {folder / 'chain.o'}: No space left on device\n"
    assert ran(design).stderr == last + WITHOUT
    (compiler,) = compilers(cold)
    until(warm.under_way)
    assert ran(design).stderr == WITHOUT, "another try is under way"
    os.kill(compiler, signal.SIGKILL)
    until(lambda: not compilers(cold))
    ended = "the kernels could not be compiled last time: the process that does it ended too soon\n"
    assert ran(design).stderr == ended + WITHOUT


def ran_on(place: Path, options: str, cache: Path, design: Path) -> str:
    """What `layerloom run` says of the kernels, with a file system of its own at that place."""
    unshare = shutil.which("unshare")
    place.mkdir(parents=True)
    mount = ["-r", "-m", "sh", "-c", f'mount -t tmpfs -o {options} tmpfs {place} && "$@"', "sh"]
    if unshare is None or subprocess.run([unshare, *mount, "true"], check=False).returncode:
        pytest.skip("this machine does not let a test mount a file system")
    done = subprocess.run(
        [unshare, *mount, sys.executable, "-m", "app", "run", str(design), "--json"],
        cwd=ROOT_FOLDER, env={**os.environ, jit.VARIABLE: str(cache)}, capture_output=True,
        text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0 and json.loads(done.stdout)["outputs"]
    return done.stderr


GOES_WITHOUT = "the kernels could not be compiled, so it goes without them, more slowly: "


def test_a_run_on_a_full_disk_says_so_with_the_folder(tmp_path: Path, design: Path) -> None:
    cache = tmp_path / "small" / "cache"
    told = ran_on(cache.parent, "size=64k", cache, design)
    assert told == f"{GOES_WITHOUT}{cache}: No space left on device\n"


def test_a_run_whose_folder_of_kernels_is_not_to_be_written_says_so_instead_of_trying(
    tmp_path: Path, design: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path / "cache"))
    folder = jit.cache_folder()
    told = ran_on(folder, "ro", folder.parent, design)
    assert told == f"{GOES_WITHOUT}{folder}: Read-only file system\n"
    assert not compilers(folder.parent)


def test_a_training_waits_for_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [False, True, True]
    monkeypatch.setattr(kernels, "take", lambda: answers.pop(0))
    monkeypatch.setattr(kernels, "start", of("import time; time.sleep(0.3)"))
    assert kernels.compiled() and kernels.compiled()
    assert capsys.readouterr().err == "compiling the kernels, once on this machine\n"


def test_where_there_is_no_terminal_a_line_tells_now_and_then_how_far_they_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    times = iter(range(0, 1000, 4))
    counts = iter(range(100))
    monkeypatch.setattr(kernels, "take", lambda: False)
    monkeypatch.setattr(kernels, "start", of("import time; time.sleep(2)"))
    monkeypatch.setattr(kernels, "monotonic", lambda: next(times))
    monkeypatch.setattr(kernels, "progress", lambda: Progress(next(counts), 121, "mask.causal"))
    assert not kernels.compiled()
    first, *lines, last = capsys.readouterr().err.splitlines()
    assert first == "compiling the kernels, once on this machine"
    assert lines[0] == "compiling kernels 2 of 121", "the clock stands at 12"
    assert last.endswith("more slowly: they were deleted or damaged after they had been compiled")


def test_ctrl_c_while_they_are_compiled_takes_the_line_away_before_it_says_so(
    design: Path, cold: Path
) -> None:
    terminal, end = pty.openpty()
    command = [sys.executable, "-m", "app", "train", str(design), "--data", str(design.parent / "data.npz")]
    process = subprocess.Popen(command, cwd=ROOT_FOLDER, stdout=end, stderr=end)
    os.close(end)
    seen = b""
    while not re.search(rb"compiling kernels [1-9]", seen):
        seen += os.read(terminal, 1024)
    process.send_signal(signal.SIGINT)
    with suppress(OSError):  # the other end is closed
        while more := os.read(terminal, 1024):
            seen += more
    os.close(terminal)
    assert process.wait(PATIENCE) == 130
    assert seen.endswith(b"\r\x1b[Kstopped\r\n")
    assert not compilers(cold)


def test_where_there_is_no_terminal_no_line_is_put_over_another(capsys: pytest.CaptureFixture[str]) -> None:
    progress.show("12 %")
    progress.clear()
    assert capsys.readouterr().err == ""


def test_values_of_ports_are_kept_only_where_they_are_saved(
    say: Say, design: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[Mode] = []

    def noted(*given: object, **more: object) -> Result:
        modes.extend(each for each in given if isinstance(each, Mode))
        return run(*given, **more)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(runs, "run", noted)
    for options in ((), ("--json",), ("--save", "out.npz")):
        assert say("run", "a.loom", "--backward", *options).code == 0
    assert [mode.keep for mode in modes] == [False, False, True]
    with np.load(design.parent / "out.npz") as arrays:
        assert {"value/linear1/y", "gradient/linear1/y"} <= set(arrays)
