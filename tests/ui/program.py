"""A script of somebody's work as a program: on the display, with a picture of each step where one asks for it."""

import argparse
from collections.abc import Callable
from pathlib import Path

from PySide6.QtTest import QTest

from app.main import build_application, build_window
from tests.ui.person import Person

WIDTH, HEIGHT = 1440, 900
"""A small laptop's screen."""


def run_as_program(script: Callable[[Person], str]) -> None:
    """Opens the window as the program does, runs the script, and prints what it returns."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--pictures", type=Path)
    given = arguments.parse_args()
    if given.pictures is not None:
        given.pictures.mkdir(parents=True, exist_ok=True)
    window = build_window(build_application(), None)
    window.setGeometry(0, 0, WIDTH, HEIGHT)
    handle = window.windowHandle()
    assert handle is not None
    handle.requestActivate()
    QTest.qWaitForWindowActive(handle)
    person = Person(handle, given.pictures)
    try:
        print(script(person))
        print(f"{person.count} keys and clicks")
    finally:
        person.step("end")
        window.runs.close()
