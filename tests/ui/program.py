"""A script of somebody's work as a program: on the display, with a picture of each step if wanted."""

import argparse
from collections.abc import Callable
from pathlib import Path

from app.main import build_application, build_window
from tests.ui.person import Person, somebody_before


def run_as_program(script: Callable[[Person], str]) -> None:
    """Opens the window as the program does, runs the script, and prints what it returns."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--pictures", type=Path)
    given = arguments.parse_args()
    if given.pictures is not None:
        given.pictures.mkdir(parents=True, exist_ok=True)
    window = build_window(build_application(), None)
    person = somebody_before(window, given.pictures)
    try:
        print(script(person))
        print(f"{person.count} keys and clicks")
    finally:
        person.step("end")
        window.runs.close()
