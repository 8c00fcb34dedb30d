"""ResNet-50, drawn from one Bottleneck by keys and clicks on the window alone, and made ResNet-152.

`python -m tests.ui.draw_resnet [--pictures FOLDER]` does it on the display, with a picture of each step.
"""

from tests.ui.gestures import (
    Key,
    Role,
    add,
    add_at,
    argument,
    begin,
    command,
    expression,
    fill,
    fit,
    home,
    new_module,
    pick,
    rename,
    wrap,
)
from tests.ui.person import Person
from tests.ui.program import run_as_program

MOST = 1000
"""Keys and clicks that it may take, a key for each letter."""
LEGIBLE = 70
"""Per cent of the actual size that every module is shown at or above."""
RESNET_50, RESNET_152 = "25,557,032", "60,192,808"
"""Parameters of torchvision's networks."""


def draw(person: Person) -> None:
    """The modules from the innermost outwards, then the network."""
    begin(person, "ResNet")
    projection(person)
    bottleneck(person)
    stage(person)
    home(person)
    network(person)


def projection(person: Person) -> None:
    """The way around a block where it changes channels or size."""
    new_module(person, "Projection")
    argument(person, "channels", "64")
    argument(person, "stride", "1")
    person.step("arguments of Projection")
    add(person, "conv2d o=channels k=1 s=stride b=no", "batchnorm2d")
    fit(person)
    person.step("Projection")


def bottleneck(person: Person) -> None:
    """1×1 to narrow, 3×3, 1×1 to widen, and the way around."""
    new_module(person, "Bottleneck")
    argument(person, "width", "64")
    argument(person, "stride", "1")
    add(
        person,
        "conv2d o=width k=1 b=no",
        "batchnorm2d relu",
        "conv2d o=width k=3 s=stride p=1 b=no",
        "batchnorm2d relu",
        "conv2d o=4*width k=1 b=no",
        "batchnorm2d",
        "add",
        "relu",
    )
    wrap(person, "conv3", 4, -5, 250)
    person.step("chain")
    shortcut(person)
    fit(person)
    person.step("Bottleneck")


def shortcut(person: Person) -> None:
    """A Projection where the block changes size or channels, else nothing."""
    add_at(person, "add: input x2", -60, 120, "projection")
    rename(person, "shortcut")
    person.drag("x: output y", "shortcut: input x")
    pick(person, "shortcut")
    fill(person, "channels", "4 * width")
    fill(person, "stride", "stride")
    person.step("projection")
    command(person, "Make a choice")
    expression(person, "condition", "stride != 1 or x.shape[1] != 4 * width")
    person.step("choice")


def stage(person: Person) -> None:
    """Blocks of one width; the first may halve the image."""
    new_module(person, "Stage")
    for name, default in (("width", "64"), ("depth", "3"), ("stride", "1")):
        argument(person, name, default)
    add(person, "bottleneck")
    rename(person, "blocks")
    fill(person, "How often it is called in a row", "depth")
    fill(person, "width", "width")
    fill(person, "stride", "stride if i == 0 else 1")
    person.step("Stage")


def network(person: Person) -> None:
    """Stem, four stages as one node, head."""
    argument(person, "depths", "3, 4, 6, 3", kind="l")
    argument(person, "width", "64")
    argument(person, "classes", "1000")
    person.step("arguments of ResNet")
    pick(person, "x")
    fill(person, "shape", "B, 3, 224, 224")
    add(
        person,
        "conv2d o=width k=7 s=2 p=3 b=no",
        "batchnorm2d relu",
        "maxpool2d 3 2 1",
        "stage",
        "adaptiveavgpool2d 1",
        "flatten",
        "linear o=classes",
    )
    wrap(person, "stage", 4, -4, 250)
    pick(person, "stage")
    rename(person, "stages")
    fill(person, "How often it is called in a row", "len(depths)")
    fill(person, "width", "width * 2**i")
    fill(person, "depth", "depths[i]")
    fill(person, "stride", "2 if i else 1")
    person.read(f"{RESNET_50} parameters")
    assert fit(person) >= LEGIBLE
    person.step("ResNet-50")


def look_inside(person: Person) -> None:
    """Every level is legible as a whole."""
    for way in (("stages",), ("blocks",), ("shortcut",)):
        pick(person, *way)
        person.press(Key.Key_Return)
        assert fit(person) >= LEGIBLE
        person.step(f"inside of {way[0]}")
    home(person)


def deepen(person: Person) -> None:
    """ResNet-152 is the same drawing with other depths."""
    fill(person, "Default of depths", "3, 8, 36, 3")
    person.read(f"{RESNET_152} parameters")
    person.step("ResNet-152")


def copy(person: Person) -> str:
    """Copies the code, and returns what the clipboard holds."""
    person.click("Copy", Role.Button)
    person.read("lines of PyTorch copied")
    person.step("code copied")
    return person.holds()


def resnet(person: Person) -> str:
    """All of it; returns the code."""
    draw(person)
    look_inside(person)
    deepen(person)
    return copy(person)


if __name__ == "__main__":
    run_as_program(resnet)
