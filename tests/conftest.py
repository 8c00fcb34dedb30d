"""What holds for every test: its own home, no display, settled chance, and nothing left behind."""

import gc
import itertools
import os
import tempfile
from collections.abc import Generator, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from core.engine.blas import limit

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

HAS_QT = find_spec("PySide6") is not None

XDG = {
    "XDG_CONFIG_HOME": "config",
    "XDG_CACHE_HOME": "cache",
    "XDG_DATA_HOME": "share",
    "XDG_STATE_HOME": "state",
}


def prepare_environment(home: Path) -> None:
    """Point the process at an empty home before Qt or Numba reads where it stands."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    # Compiling the kernels takes longer than all tests: they are shared by all runs.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache / "layerloom-tests" / "numba"))
    os.environ["HOME"] = str(home)
    for name, folder in XDG.items():
        os.environ[name] = str(home / folder)
    if not os.environ.get("LAYERLOOM_TEST_DISPLAY"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    limit()  # as the program does before it imports NumPy
    for name in ("QT_SCALE_FACTOR", "QT_FONT_DPI", "QT_STYLE_OVERRIDE", "QT_QPA_PLATFORMTHEME"):
        os.environ.pop(name, None)


HOME = tempfile.TemporaryDirectory(prefix="layerloom-tests-")
prepare_environment(Path(HOME.name))

settings.register_profile("default", derandomize=True, max_examples=50, deadline=None, database=None)
settings.register_profile("thorough", max_examples=1000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("LAYERLOOM_HYPOTHESIS", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the settings of pytest-qt stand where Qt is not installed."""
    if not HAS_QT:
        for name in ("qt_api", "qt_log_level_fail", "qt_log_ignore"):
            parser.addini(name, "of no effect without Qt")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep Python's collector of cycles from what is made here, which stays for the whole run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.collect()
        gc.freeze()


def pytest_unconfigure() -> None:
    """Take the temporary home away."""
    HOME.cleanup()


_homes = itertools.count()


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, caches and recovery files of one test are not seen by the next."""
    home = Path(HOME.name) / str(next(_homes))
    for name, folder in XDG.items():
        monkeypatch.setenv(name, str(home / folder))


if HAS_QT:
    from tests.leaks import Leaks

    @pytest.fixture(scope="session")
    def qapp(qapp: "QApplication") -> "QApplication":
        """The application with the bundled fonts and the light theme, so that pictures are stable."""
        from ui.style import apply_theme
        from ui.theme import LIGHT

        apply_theme(qapp, LIGHT)
        return qapp

    @pytest.fixture(autouse=True)
    def nothing_left(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """A test with Qt fails if it leaves a window, a running thread or an active timer."""
        if not {"qapp", "qtbot"} & set(request.fixturenames):
            yield
            return
        request.getfixturevalue("qapp")
        leaks = Leaks(monkeypatch)
        yield
        found = leaks.found()
        if found:
            pytest.fail("left behind: " + ", ".join(found))
