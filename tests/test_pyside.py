"""The binding of Qt: a version known to be sound, and a test that it is."""

import importlib.metadata
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from PySide6.QtCore import QObject, QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from tests.leaks import Leaks

ROOT = Path(__file__).resolve().parent.parent


def test_a_void_call_keeps_the_count_of_none() -> None:
    some = QObject()
    before = sys.getrefcount(None)
    for _ in range(1_000):
        some.setObjectName("void")
    assert abs(sys.getrefcount(None) - before) < 100


def test_the_installed_version_is_one_that_the_project_allows() -> None:
    lines = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    wanted = next(one for one in map(Requirement, lines) if one.name == "PySide6-Essentials")
    assert importlib.metadata.version("PySide6-Essentials") in wanted.specifier
    for broken in ("6.11.0", "6.11.1", "6.12.0", "6.12.1"):
        assert broken not in wanted.specifier


def test_a_window_left_is_found_until_it_is_gone(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    leaks = Leaks(monkeypatch)
    window = QWidget()
    window.setObjectName("lost")
    assert leaks.found() == ["QWidget lost"]
    window.deleteLater()
    assert leaks.found() == []


def test_an_active_timer_is_found_until_it_stops(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    leaks = Leaks(monkeypatch)
    timer = QTimer()
    timer.setObjectName("tick")
    timer.start(10_000)
    assert leaks.found() == ["QTimer tick"]
    timer.stop()
    assert leaks.found() == []


def test_a_running_thread_is_found_until_it_ends(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    leaks = Leaks(monkeypatch)
    thread = QThread()
    thread.setObjectName("spin")
    thread.start()
    assert leaks.found() == ["QThread spin"]
    thread.quit()
    assert thread.wait(5_000)
    assert leaks.found() == []
