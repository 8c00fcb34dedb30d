"""The text's chimera, drawn by keys and clicks on the window alone: modules in modules, a loop.

`python -m tests.ui.draw_chimera [--pictures FOLDER]` does it on the display, with a picture of each step.
"""

from tests.ui.gestures import (
    CTRL,
    Key,
    Role,
    add,
    add_at,
    begin,
    command,
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

MOST = 400
"""Keys and clicks that it may take, a key for each letter."""
LEGIBLE = 70
"""Per cent of the actual size that every module is shown at or above."""


def draw(person: Person) -> None:
    """Sequential(NestMLP, Linear(20), FixedHiddenMLP) on a 2×20 input."""
    begin(person, "Chimera")
    person.step("new design")
    nest(person)
    add(person, "li 20")
    person.step("layer after it")
    fixed_hidden(person)
    person.press(Key.Key_PageUp)
    assert fit(person) >= LEGIBLE
    person.step("chimera")


def nest(person: Person) -> None:
    """NestMLP: a chain as a module in a module, and a layer after it."""
    new_module(person, "NestMLP")
    home(person)
    add(person, "nestmlp")
    rename(person, "nest_mlp")
    person.press(Key.Key_Return)
    add(person, "li 64", "relu", "li 32", "relu")
    person.read("relu2 → y, B×32")
    person.step("chain")
    pick(person, "linear", "relu", "linear2", "relu2")
    person.press(Key.Key_G, CTRL)
    rename(person, "net")
    person.press(Key.Key_Return)
    fill(person, "Name", "Net")
    person.press(Key.Key_PageUp)
    add(person, "li 16")
    person.read("linear → y, B×16")
    wrap(person, "net", 2, -1.5, 0)  # where the four stood there is a gap now
    assert fit(person) >= LEGIBLE
    person.step("NestMLP")
    person.press(Key.Key_PageUp)


def fixed_hidden(person: Person) -> None:
    """FixedHiddenMLP: one Linear at two places, a weight that is never trained, a loop, a sum."""
    new_module(person, "FixedHiddenMLP")
    home(person)
    add(person, "fixedhidden")
    rename(person, "fixed_hidden_mlp")
    person.press(Key.Key_Return)
    add(person, "li 20", "matmul")
    add_at(person, "matmul: input b", -150, 110, "constant shape=20,20 uniform")
    rename(person, "rand_weight")
    person.read("matmul → y, B×20")
    person.step("fixed weight")
    pick(person, "matmul")
    add(person, "scale shift=1", "relu")
    add(person, "li 20", "scale 0.5")
    command(person, "Make a loop")
    rename(person, "halve")
    add(person, "sum")
    person.step("loop")
    wrap(person, "linear2", 3, -4, 440)
    person.step("second row")
    pick(person, "linear", "linear2")
    command(person, "Tie the weights")
    person.read("linear2, Linear, tied to linear")
    person.step("tied")
    condition(person)
    assert fit(person) >= LEGIBLE
    person.step("FixedHiddenMLP")


def condition(person: Person) -> None:
    """The loop goes on while Σ|x| > 1."""
    pick(person, "halve")
    person.press(Key.Key_Return)
    person.step("fresh condition")
    fill(person, "Name", "IsLarge")
    pick(person, "limit", "above", "relu")
    person.press(Key.Key_Delete)
    person.drag("x: output y", "sum: input x")
    person.click("x → sum")
    add(person, "abs")
    pick(person, "sum")
    add(person, "compare 1")
    person.read("compare → y")
    person.step("condition")
    person.press(Key.Key_PageUp)


def run(person: Person) -> tuple[str, list[str]]:
    """Runs forward and backward; returns the output and the gradients as the inspector tells them."""
    person.press(Key.Key_F5)
    person.read("forward and backward ")
    pick(person, "fixed_hidden_mlp")
    person.read("output: scalar float32")
    output = person.read("mean, deviation")
    person.step("output")
    person.click("Gradient", Role.PageTab)
    gradients = []
    for name, size in (("linear", "2×20"), ("nest_mlp", "2×16"), ("x", "2×20")):
        pick(person, name)
        person.read(f"gradient: {size} float32")
        gradients.append(person.read("mean, deviation"))
        person.step(f"gradient of {name}")
    assert output and len({output, *gradients}) == 4
    return output, gradients


def copy(person: Person) -> str:
    """Copies the code, and returns what the clipboard holds."""
    person.click("Copy", Role.Button)
    person.read("lines of PyTorch copied")
    person.step("code copied")
    return person.holds()


def chimera(person: Person) -> str:
    """All of it; returns the code."""
    draw(person)
    run(person)
    return copy(person)


if __name__ == "__main__":
    run_as_program(chimera)
