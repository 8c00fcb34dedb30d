"""The kernels' cache: filled by a process of its own, told from another version's, and its progress seen."""

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from core.engine import objects, warm
from core.engine.compiling import DELETED, Compiling
from core.engine.kernel_folder import (
    CONTENTS,
    FAILURE,
    LOCK,
    MARKER,
    PROGRESS,
    UNUSED_DAYS,
    FailureNoted,
    FolderDeleted,
    Progress,
)
from core.engine.shared import SharedFile
from core.ops import jit
from core.platform import locked
from core.text import set_language

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("__init__.py", "vector.py", "words.py", "mask.py")
"""The files of kernels that the copy keeps, so that compiling takes a second."""


def installation(folder: Path) -> Path:
    """A folder with the package as a wheel installs it, but with few kernels."""
    core = folder / "site" / "layerloom" / "core"
    shutil.copytree(ROOT / "core", core, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (core / "kernels").glob("*.py"):
        if path.name not in KEPT:
            path.unlink()
    return folder / "site"


def with_cache(folder: Path) -> Mapping[str, str]:
    """The environment of a process whose kernels are cached below the folder."""
    return {**os.environ, jit.VARIABLE: str(folder / "cache"), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    return installation(tmp_path)


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """An empty cache."""
    return with_cache(tmp_path)


START = (
    "import os, sys; sys.path.insert(0, sys.argv[1])\n"
    "from layerloom.core.engine import warm\n"
    "os.chdir(sys.argv[2])\n"
    "process = warm.start()\n"
    "print(process.wait(), warm.ready())\n"
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with an installation whose cache `start` has filled from afar, and what that said.

    Where it was called there stands another package of that name, as in a checkout.
    """
    folder = tmp_path_factory.mktemp("filled")
    site = installation(folder)
    other = folder / "elsewhere" / "layerloom" / "__init__.py"
    other.parent.mkdir(parents=True)
    other.write_text("raise SystemExit('the wrong package')\n")
    away = str(other.parents[1])
    return folder, python("-c", START, str(site), away, folder=site, environment=with_cache(folder))


@pytest.fixture
def source(filled: tuple[Path, str]) -> Iterator[Path]:
    """A kernel's source in there, which the test may change."""
    path = filled[0] / "site" / "layerloom" / "core" / "kernels" / "mask.py"
    text, times = path.read_bytes(), path.stat()
    yield path
    path.write_bytes(text)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def python(*arguments: str, folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


ASK = "from {package}.engine import warm; print(warm.ready(), warm.progress())"


@pytest.mark.parametrize(("package", "below"), [("layerloom.core", "."), ("core", "layerloom")])
def test_a_cold_cache_fills(
    package: str, below: str, installed: Path, tmp_path: Path, environment: Mapping[str, str]
) -> None:
    folder = installed / below
    ask = ASK.format(package=package)
    assert python("-c", ask, folder=folder, environment=environment) == "False None\n"
    lines = python("-m", f"{package}.engine.warm", folder=folder, environment=environment).splitlines()
    assert lines == ["1/1 mask.causal"]
    assert python("-c", ask, folder=folder, environment=environment) == "True None\n"
    (cache,) = (tmp_path / "cache").iterdir()
    assert cache.name.startswith("kernels-")
    assert (cache / "mask.o").stat().st_size > 0, "compiled code is in it"


def test_start_fills_the_cache_wherever_the_package_lies(filled: tuple[Path, str]) -> None:
    assert filled[1] == "0 True\n"


def is_ready(folder: Path) -> str:
    ask = ASK.format(package="layerloom.core")
    return python("-c", ask, folder=folder / "site", environment=with_cache(folder))


def test_a_change_of_any_source_needs_another_folder(filled: tuple[Path, str], source: Path) -> None:
    folder, _ = filled
    assert is_ready(folder).startswith("True")
    source.write_text(source.read_text("utf-8") + "\n\n", "utf-8")
    assert is_ready(folder) == "False None\n"
    python("-m", "layerloom.core.engine.warm", folder=folder / "site", environment=with_cache(folder))
    assert len(list((folder / "cache").iterdir())) == 2


def test_a_source_that_was_only_touched_needs_no_compile(filled: tuple[Path, str], source: Path) -> None:
    assert is_ready(filled[0]).startswith("True")
    os.utime(source, (1, 1))
    assert is_ready(filled[0]).startswith("True")


def test_the_folder_is_below_the_variable_else_in_the_user_s_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    below = jit.cache_folder()
    assert below.parent == tmp_path
    monkeypatch.delenv(jit.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    assert jit.cache_folder() == tmp_path / "own" / "layerloom" / below.name


def test_damaged_notes_are_no_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    folder = jit.cache_folder()
    folder.mkdir()
    for text in ("", "half", "1/x name", "3/4"):
        (folder / PROGRESS).write_text(text, "utf-8")
        (folder / MARKER).write_text(text, "utf-8")
        assert not warm.ready()
        with locked(folder / LOCK):
            assert warm.progress() is None


def test_progress_is_that_of_whoever_compiles_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    folder = jit.cache_folder()
    folder.mkdir()
    (folder / PROGRESS).write_text("3/4 pool.max_pool", "utf-8")
    assert warm.progress() is None, "left behind by one that died"
    with locked(folder / LOCK):
        assert warm.progress() == Progress(3, 4, "pool.max_pool")


def compiling(folder: Path, environment: Mapping[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "layerloom.core.engine.warm"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def said(process: "subprocess.Popen[str]") -> list[str]:
    output, _ = process.communicate(timeout=100)
    assert process.returncode == 0
    return output.splitlines()


def test_of_two_processes_one_compiles_and_both_end_well(
    installed: Path, environment: Mapping[str, str]
) -> None:
    first, second = compiling(installed, environment), compiling(installed, environment)
    assert sorted([*said(first), *said(second)]) == ["1/1 mask.causal"]


def test_one_that_is_killed_holds_nobody_up_and_what_it_has_done_is_kept(
    installed: Path, environment: Mapping[str, str]
) -> None:
    kernels = installed / "layerloom" / "core" / "kernels"
    text = (kernels / "mask.py").read_text("utf-8")
    (kernels / "mask_too.py").write_text(text, "utf-8")
    (kernels / "mask_three.py").write_text(text, "utf-8")
    first = compiling(installed, environment)
    assert first.stdout is not None
    begun = [first.stdout.readline() for _ in range(2)]
    assert begun == ["1/3 mask.causal\n", "2/3 mask_three.causal\n"]
    second = compiling(installed, environment)
    first.kill()
    first.communicate()
    assert said(second) == ["2/3 mask_three.causal", "3/3 mask_too.causal"]


def with_another_processor(note: str) -> str:
    told = json.loads(note)
    return json.dumps({**told, "made_for": "another"})


def test_code_for_another_processor_is_compiled_again(filled: tuple[Path, str]) -> None:
    folder, _ = filled
    for cache in (folder / "cache").iterdir():  # of each source that another test has tried
        for name in (MARKER, CONTENTS):
            (cache / name).write_text(with_another_processor((cache / name).read_text("utf-8")), "utf-8")
    assert is_ready(folder).startswith("False")
    assert said(compiling(folder / "site", with_cache(folder))) == ["1/1 mask.causal"]
    assert is_ready(folder).startswith("True")


FOLDER = "from layerloom.core.ops import jit; print(jit.cache_folder())"
USE = "from layerloom.core.machine.loaded import kernel_address; print(kernel_address('mask.causal') > 0)"
DELETE = "import shutil; shutil.rmtree(folder)"


def aged(folder: Path, days: float) -> Path:
    """A folder with a file, last changed so many days ago."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LOCK).touch()
    changed = time.time() - days * 24 * 60 * 60
    os.utime(folder, (changed, changed))
    return folder


def test_with_a_new_folder_those_go_that_nobody_has_used_for_long(
    installed: Path, tmp_path: Path, environment: Mapping[str, str]
) -> None:
    base = tmp_path / "cache"
    days = {"kernels-a": UNUSED_DAYS + 1, "kernels-b": UNUSED_DAYS - 1, "photographs": 1000}
    for name, age in days.items():
        aged(base / name, age)
    with locked(aged(base / "kernels-c", UNUSED_DAYS + 1) / LOCK):  # at work for a month
        said(compiling(installed, environment))
    left = {path.name for path in base.iterdir()}
    made = Path(python("-c", FOLDER, folder=installed, environment=environment).strip())
    assert left == {"kernels-b", "kernels-c", "photographs", made.name}


def test_folders_stay_where_none_is_new(filled: tuple[Path, str]) -> None:
    folder, _ = filled
    assert is_ready(folder).startswith("True")
    old = aged(folder / "cache" / "kernels-old", UNUSED_DAYS + 1)
    said(compiling(folder / "site", with_cache(folder)))
    assert old.exists()
    shutil.rmtree(old)


def test_whoever_takes_a_kernel_keeps_its_folder(filled: tuple[Path, str]) -> None:
    folder, site, environment = filled[0], filled[0] / "site", with_cache(filled[0])
    used = cache_of(filled)
    aged(used, UNUSED_DAYS + 1)
    assert python("-c", USE, folder=site, environment=environment) == "True\n"
    assert time.time() - used.stat().st_mtime < 24 * 60 * 60
    assert is_ready(folder).startswith("True")


def test_kernels_that_are_deleted_under_a_process_are_not_missed(filled: tuple[Path, str]) -> None:
    take = "from layerloom.core.engine import warm; print(warm.take())"
    program = f"{take}; {FOLDER}; folder = jit.cache_folder(); {DELETE}; {USE}; print(folder.exists())"
    said_ = python("-c", program, folder=filled[0] / "site", environment=with_cache(filled[0])).splitlines()
    assert (said_[0], *said_[2:]) == ("True", "True", "False")
    assert said(compiling(filled[0] / "site", with_cache(filled[0]))) == ["1/1 mask.causal"]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def change(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


HARMS: Sequence[Callable[[Path], None]] = (cut, empty, change, Path.unlink)


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_a_damaged_object_file_is_never_loaded_and_compiled_anew(
    filled: tuple[Path, str], harm: Callable[[Path], None]
) -> None:
    folder, site, environment = filled[0], filled[0] / "site", with_cache(filled[0])
    harm(cache_of(filled) / "mask.o")
    assert is_ready(folder) == "False None\n"
    assert python("-c", USE, folder=site, environment=environment) == "True\n"
    assert is_ready(folder).startswith("True")
    assert said(compiling(site, environment)) == []


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
@pytest.mark.parametrize("name", [MARKER, CONTENTS])
def test_a_damaged_note_is_written_anew(
    filled: tuple[Path, str], name: str, harm: Callable[[Path], None]
) -> None:
    harm(cache_of(filled) / name)
    (cache_of(filled) / MARKER).unlink(missing_ok=True)
    again = said(compiling(filled[0] / "site", with_cache(filled[0])))
    assert again == ([] if name == MARKER else ["1/1 mask.causal"])
    assert is_ready(filled[0]).startswith("True")


def test_of_what_another_has_left_only_the_damaged_is_compiled_anew(
    installed: Path, tmp_path: Path, environment: Mapping[str, str]
) -> None:
    kernels = installed / "layerloom" / "core" / "kernels"
    (kernels / "mask_too.py").write_text((kernels / "mask.py").read_text("utf-8"), "utf-8")
    assert said(compiling(installed, environment)) == ["1/2 mask.causal", "2/2 mask_too.causal"]
    (cache,) = (tmp_path / "cache").iterdir()
    (cache / MARKER).unlink()
    change(cache / "mask_too.o")
    assert said(compiling(installed, environment)) == ["2/2 mask_too.causal"]


def cache_of(filled: tuple[Path, str]) -> Path:
    site, environment = filled[0] / "site", with_cache(filled[0])
    return Path(python("-c", FOLDER, folder=site, environment=environment).strip())


def test_a_file_that_finds_no_room_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects.write(tmp_path / "mask.o", b"before")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        objects.write(tmp_path / "mask.o", b"after")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"mask.o": b"before"}


def test_what_is_half_written_goes_at_the_next_start(
    installed: Path, tmp_path: Path, environment: Mapping[str, str]
) -> None:
    folder = Path(python("-c", FOLDER, folder=installed, environment=environment).strip())
    older, at_work = folder.with_name("kernels-older"), folder.with_name("kernels-at-work")
    for each in (folder, older, at_work):
        each.mkdir(parents=True)
        for name in ("chain.o", "chain.o.9508", "processor.9789", "progress.part", LOCK):
            (each / name).touch()
    with locked(at_work / LOCK):
        said(compiling(installed, environment))
    left = {each.name: sorted(path.name for path in each.iterdir()) for each in (folder, older, at_work)}
    assert left[older.name] == ["chain.o", LOCK]
    assert left[at_work.name] == ["chain.o", "chain.o.9508", LOCK, "processor.9789", "progress.part"]
    assert left[folder.name] == ["chain.o", "complete", "contents", LOCK, "mask.o", "progress"]


def three_files(installed: Path) -> None:
    """Gives the installation three files of kernels."""
    kernels = installed / "layerloom" / "core" / "kernels"
    text = (kernels / "mask.py").read_text("utf-8")
    for name in ("mask_too.py", "mask_three.py"):
        (kernels / name).write_text(text, "utf-8")


def deleted_at(times: int) -> str:
    """A program that compiles while somebody deletes the folder, as the second file's turn comes."""
    return (
        "import shutil, sys\n"
        "from layerloom.core.engine import warm\n"
        "from layerloom.core.ops import jit\n"
        "seen = []\n"
        "def delete(name):\n"
        "    seen.append(name)\n"
        f"    if name == 'mask_three.causal' and seen.count(name) <= {times}:\n"
        "        shutil.rmtree(jit.cache_folder())\n"
        "jit.listeners.append(delete)\n"
        "code = warm.main()\n"
        "print(code, warm.ready(), seen)\n"
    )


def test_where_the_folder_is_deleted_meanwhile_it_is_filled_anew_with_what_there_is_already(
    installed: Path, environment: Mapping[str, str]
) -> None:
    three_files(installed)
    lines = python("-c", deleted_at(1), folder=installed, environment=environment).splitlines()
    assert lines[:-1] == ["1/3 mask.causal", "2/3 mask_three.causal", "3/3 mask_too.causal"]
    again = ["mask.causal", "mask_three.causal", "mask_three.causal", "mask_too.causal"]
    assert lines[-1] == f"0 True {again}"


def test_where_it_is_deleted_time_and_again_that_is_said(
    installed: Path, environment: Mapping[str, str]
) -> None:
    three_files(installed)
    folder = python("-c", FOLDER, folder=installed, environment=environment).strip()
    done = subprocess.run(
        [sys.executable, "-c", deleted_at(2)],
        cwd=installed, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1].startswith(f"{DELETED} False")
    assert done.stderr == f"{folder}: it was deleted while kernels were being compiled into it\n"


BREAKS = (
    "import sys\n"
    "from layerloom.core.engine import warm\n"
    "from layerloom.core.ops import jit\n"
    "def fail(name):\n"
    "    raise {error}\n"
    "jit.listeners.append(fail)\n"
    "try:\n"
    "    warm.main()\n"
    "except {kind}:\n"
    "    print(warm.last_failure())\n"
)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("AssertionError('a wrong\\nregister')", "register"),
        ("AssertionError('no register')", "AssertionError: no register"),
        ("KeyboardInterrupt", ""),
    ],
)
def test_what_else_ends_it_is_left_for_who_asks_later_but_ctrl_c(
    error: str, told: str, installed: Path, environment: Mapping[str, str]
) -> None:
    program = BREAKS.format(error=error, kind=error.partition("(")[0])
    assert python("-c", program, folder=installed, environment=environment) == f"{told}\n"


def test_what_ended_an_attempt_is_told_until_the_next_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    folder = jit.cache_folder()
    folder.mkdir()
    assert not warm.last_failure(), "there was no attempt"
    (folder / FAILURE).write_text("No space left on device", "utf-8")
    assert warm.last_failure() == "No space left on device", "it may have ended before the first kernel"
    (folder / PROGRESS).write_text("5/121 chain.chain", "utf-8")
    (folder / FAILURE).write_text("", "utf-8")
    assert warm.last_failure() == "the process that does it ended too soon", "there was no room for why"
    with locked(folder / LOCK):
        assert not warm.last_failure()


def test_a_failure_is_not_left_where_another_is_at_work_or_in_a_folder_that_was_deleted(
    tmp_path: Path,
) -> None:
    with pytest.raises(FolderDeleted), FailureNoted(tmp_path):
        raise FolderDeleted
    with locked(tmp_path / LOCK), pytest.raises(PermissionError), FailureNoted(tmp_path):
        raise PermissionError
    assert not (tmp_path / FAILURE).exists()


def test_a_folder_that_cannot_be_written_is_named_though_the_one_around_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    folder = jit.cache_folder()
    folder.touch()
    with pytest.raises(NotADirectoryError) as raised:
        warm.start()
    assert raised.value.filename == str(folder)


def test_kernels_that_go_as_soon_as_they_are_compiled_are_said_to_be_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path))
    monkeypatch.setattr(warm, "compile_now", lambda: None)
    with pytest.raises(warm.NotCompiled, match="they were deleted or damaged after"):
        warm.taken()


def ended(code: str, folder: Path) -> Compiling:
    """A process that has said and done something else than compile."""
    words = SharedFile()
    process = subprocess.Popen([sys.executable, "-c", f"import sys; {code}"], stderr=words.descriptor)
    compiling = Compiling(process, words, folder)
    compiling.wait(100)
    return compiling


def test_of_much_that_is_said_the_last_line_is_told(tmp_path: Path) -> None:
    code = "[print('noise', number, file=sys.stderr) for number in range(10_000)]; sys.exit(4)"
    assert ended(code, tmp_path).failure == "the process that does it ended too soon: noise 9999"


def test_what_it_says_of_itself_is_in_the_language_of_who_asks(tmp_path: Path) -> None:
    code = f"sys.exit({DELETED})"
    set_language({"{folder}: it was deleted while kernels were being compiled into it": "{folder} ist weg"})
    try:
        assert ended(code, tmp_path).failure == f"{tmp_path} ist weg"
    finally:
        set_language({})


def test_who_cannot_write_the_cache_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(jit.VARIABLE, str(tmp_path / "file" / "below"))
    assert not warm.take() and not warm.under_way() and warm.progress() is None
    with pytest.raises(NotADirectoryError):
        warm.start()
    with pytest.raises(warm.NotCompiled, match="below: Not a directory"):
        warm.taken()


def test_the_kernels_are_counted_without_importing_them() -> None:
    declared = jit.declared()
    assert declared["kernels.mask"] == ("causal",)
    assert {name.rpartition(".")[2] for name in declared} <= {path.stem for path in jit.files()}


def test_the_core_does_not_import_numba_by_itself() -> None:
    program = (
        "import core.ops, core.layers, core.engine.warm as w, sys; w.ready(); print('numba' in sys.modules)"
    )
    assert python("-c", program, folder=ROOT, environment=dict(os.environ)) == "False\n"
