"""Problems: counted, listed with their place, shown by a click and mended by another."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

from core import edits
from core.problem import Problem
from tests.ui.conftest import OpenDesk
from tests.ui.desk import Desk
from tests.ui.hand import CTRL


def title(desk: Desk) -> str:
    """What the tab of the problems says, with its badge."""
    bottom = desk.window.panels.bottom
    index = bottom.bar.count() - 1
    badges = [badge for badge in bottom.bar.findChildren(QLabel, "count") if badge.isVisible()]
    said = bottom.bar.accessibleTabName(index)
    assert [badge.text() for badge in badges] == said.split(", ")[1:]
    return f"{bottom.bar.tabText(index)} {bottom.badge(desk.window.problems)}".strip()


def listed(desk: Desk) -> list[tuple[str, str]]:
    """Place and text of every row."""
    desk.window.panels.show_tab(desk.window.problems)
    desk.settle()
    found = []
    for row in desk.window.problems.rows:
        place, text = row.findChild(QPushButton, "problem-place"), row.findChild(QLabel, "problem-text")
        assert isinstance(place, QPushButton) and isinstance(text, QLabel)
        found.append((place.text(), text.text()))
    return found


def with_wrong_input(desk: Desk) -> Desk:
    """An Embedding, which takes word indices, behind an Input of real numbers."""
    desk.window.search.add("Embedding")
    desk.settle()
    return desk


def test_a_sound_design_says_that_nothing_is_wrong(desk: Desk) -> None:
    assert listed(desk) == []
    assert title(desk) == "Problems"
    labels = [label.text() for label in desk.window.problems.findChildren(QLabel)]
    assert labels == ["Nothing is wrong with this design."]


def test_a_problem_is_counted_and_listed_with_its_place(residual: Desk) -> None:
    edits.set_argument(residual.document, residual.node("stem").id, "kernel_size", 50)
    assert title(residual) == "Problems 1"
    place, text = listed(residual)[0]
    assert place == "stem, port x"
    assert text.startswith("a kernel of 50 does not fit")
    residual.key(Qt.Key.Key_Z, CTRL)
    assert listed(residual) == []


def test_errors_stand_before_what_depends_on_the_sizes(open_desk: OpenDesk) -> None:
    desk = open_desk("u-net")
    head = desk.node("head")
    edits.set_argument(desk.document, head.id, "kernel_size", 500)
    kinds = [problem.kind for problem in desk.window.editor.resolution.problems]
    errors = kinds.count("error")
    assert 0 < errors < len(kinds)
    assert title(desk) == f"Problems {errors}"
    listed(desk)
    seen = [row.problem.kind for row in desk.window.problems.rows]
    assert seen == ["error"] * errors + ["condition"] * (len(kinds) - errors)
    why = "These keep nothing from running: they depend on the sizes, or are seldom meant."
    labels = [label.text() for label in desk.window.problems.findChildren(QLabel)]
    assert labels.count(why) == 1


def test_no_card_stands_on_the_canvas_until_a_problem_is_clicked(residual: Desk) -> None:
    stem = residual.node("stem").id
    edits.set_argument(residual.document, stem, "kernel_size", 50)
    assert not shown(residual)
    listed(residual)
    residual.click(residual.button("problem-place", residual.window.problems))
    assert shown(residual)
    assert residual.window.editor.session.selection == {stem}
    assert residual.window.canvas.hasFocus()


def test_the_card_goes_by_its_button_and_by_the_next_edit(residual: Desk) -> None:
    edits.set_argument(residual.document, residual.node("stem").id, "kernel_size", 50)
    problem = residual.window.editor.resolution.problems[0]
    residual.window.places.show_problem(problem)
    assert shown(residual)
    close = residual.window.pane.findChild(QToolButton, "problem-close")
    assert isinstance(close, QToolButton)
    residual.click(close)
    assert not shown(residual)
    residual.window.places.show_problem(problem)
    assert shown(residual)
    edits.move(residual.document, {residual.node("stem").id: (0, 0)})
    assert not shown(residual)


def shown(desk: Desk) -> bool:
    """Whether a card stands on the canvas."""
    return desk.window.pane.card is not None


def test_a_repair_in_the_list_mends_by_a_click_and_undo_brings_the_problem_back(desk: Desk) -> None:
    with_wrong_input(desk)
    problems = desk.window.editor.resolution.problems
    assert repairs(problems) == ["make x int64"]
    listed(desk)
    desk.click(desk.button("repair", desk.window.problems))
    assert desk.window.editor.resolution.problems == ()
    desk.key(Qt.Key.Key_Z, CTRL)
    assert desk.window.editor.resolution.problems == problems


def test_a_repair_on_the_card_mends_too(desk: Desk) -> None:
    with_wrong_input(desk)
    problems = desk.window.editor.resolution.problems
    mendable = next(problem for problem in problems if problem.repairs)
    desk.window.places.show_problem(mendable)
    card = desk.window.pane.card
    assert card is not None
    desk.settle()
    desk.click(desk.button("repair", card))
    assert mendable not in desk.window.editor.resolution.problems
    assert not shown(desk)


def test_a_problem_inside_a_module_opens_its_call(residual: Desk) -> None:
    block = residual.node("block2")
    assert block.definition is not None
    conv = residual.node("conv1", block.definition)
    edits.set_argument(residual.document, conv.id, "kernel_size", 50)
    problem = next(p for p in residual.window.editor.resolution.problems if len(p.path) == 2)
    residual.window.places.show_problem(problem)
    assert residual.window.editor.session.path == problem.path[:-1]
    assert residual.window.editor.session.selection == {conv.id}


def test_a_thousand_problems_are_listed_in_part_and_counted_in_full(desk: Desk) -> None:
    with desk.document.edit("Many"):
        for number in range(150):
            edits.add_node(desk.document, "main", "Linear", (0.0, 60.0 * number))
    count = len(desk.window.editor.resolution.problems)
    assert count >= 150
    assert title(desk) == f"Problems {count}"
    assert len(listed(desk)) == 100
    assert f"{count - 100} more" in [label.text() for label in desk.window.problems.findChildren(QLabel)]


def repairs(problems: tuple[Problem, ...]) -> list[str]:
    """What can be mended."""
    return [repair.text for problem in problems for repair in problem.repairs]
