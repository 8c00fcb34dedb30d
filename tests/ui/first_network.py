"""The first network of a newcomer, drawn from the start page by keys and clicks on the window alone.

`python -m tests.ui.first_network [--pictures FOLDER]` does it on the display, with a picture of each step.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from app.main import build_application, build_window
from tests.ui.person import Person

Key = Qt.Key
Role = QAccessible.Role
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
Draw = Callable[[Person], None]
MOST = 30
"""Keys and clicks that the first network may take."""


def draw(person: Person) -> None:
    """The text's network: 256 units with ReLU, then 10, on a 2×20 input."""
    person.read("New design")
    person.step("start page")
    person.press(Key.Key_Return)
    person.read("B×20 = 2×20")
    person.step("new design")
    person.press(Key.Key_Space)
    person.type("li 256 relu")
    person.read("Linear, out_features 256, activation relu")
    person.step("search")
    person.press(Key.Key_Return)
    person.read("B×256 = 2×256")
    person.step("first layer")
    person.press(Key.Key_Space)
    person.type("li 10")
    person.press(Key.Key_Return)
    person.read("linear2 → y, B×10 = 2×10")
    person.read("7,946 parameters")
    person.step("second layer")


def run(person: Person) -> tuple[str, str]:
    """Runs forward and backward; returns the output and the gradient as the inspector tells them."""
    person.press(Key.Key_Return, CTRL)
    output = person.read("output: 2×10 float32")
    values = elements(person)
    person.step("forward")
    person.press(Key.Key_F5)
    person.read("forward and backward ")
    person.click("Gradient", Role.PageTab)
    person.read("gradient: 2×10 float32")
    gradient = elements(person)
    person.step("gradient")
    assert output and values != gradient
    return values, gradient


def copy(person: Person) -> str:
    """Copies the code, and returns what the clipboard holds."""
    person.click("Copy", Role.Button)
    person.read("lines of PyTorch copied")
    person.step("code copied")
    return person.holds()


def first_network(person: Person) -> str:
    """All of it; returns the code."""
    draw(person)
    run(person)
    code = copy(person)
    assert person.count <= MOST, f"it took {person.count} keys and clicks"
    return code


def draw_twice(person: Person) -> None:
    """The network as a module that is used twice."""
    draw(person)
    person.click("linear, ", Role.ListItem)
    person.click("linear2, ", Role.ListItem, SHIFT)
    person.press(Key.Key_G, CTRL)
    person.read("module → y, B×10")
    person.step("grouped")
    person.press(Key.Key_F2)
    person.type("mlp")
    person.press(Key.Key_Return)
    person.read("mlp → y, B×10")
    person.step("named")
    person.press(Key.Key_D, ALT)
    person.read("mlp2, ")
    person.drag("x: output y", "mlp2: input x")
    person.read("x → mlp2, B×20")
    person.press(Key.Key_Space)
    person.type("ou")
    person.press(Key.Key_Return)
    person.read("mlp2 → y2, B×10")
    person.read("15,892 parameters")
    person.step("second instance")


def twice(person: Person) -> str:
    """Draws the module, and runs it: each call has weights of its own. Returns the code."""
    draw_twice(person)
    person.press(Key.Key_F5)
    person.read("forward and backward ")
    found = []
    for name in ("mlp", "mlp2"):
        person.click(f"{name}, ", Role.ListItem)
        person.read("output: 2×10 float32")
        found.append(elements(person))
        person.step(f"values of {name}")
    assert found[0] != found[1], "the two calls share their weights"
    return copy(person)


def elements(person: Person) -> str:
    """The elements of the array that the inspector shows."""
    return person.read("mean")


def main() -> None:
    """Opens the window as the program does, and draws."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--pictures", type=Path)
    arguments.add_argument("--twice", action="store_true")
    given = arguments.parse_args()
    if given.pictures is not None:
        given.pictures.mkdir(parents=True, exist_ok=True)
    application = build_application()
    window = build_window(application, None)
    handle = window.windowHandle()
    assert handle is not None
    handle.requestActivate()
    QTest.qWaitForWindowActive(handle)
    person = Person(handle, given.pictures)
    print((twice if given.twice else first_network)(person))
    print(f"{person.count} keys and clicks")
    window.runs.close()


if __name__ == "__main__":
    main()
