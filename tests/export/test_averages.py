"""Running averages in branches and loops: kept exactly, or refused at the node that keeps them."""

import pytest

from core.export import ExportError, export_code
from core.export.refusal import reasons
from core.program import Program
from core.use import Use, use
from tests.export.networks import program_of
from tests.templates.sheet import Book


def branch(then: Use | None = None) -> Program:
    book = Book("Net", "")
    block = book.sheet("Block").input().node("Linear", "fc", out_features=6).node("BatchNorm1d", "bn")
    block.output().wire("x > fc > bn > y")
    root = book.root.input("x", "B, 6", sizes="B=3").node("Mean", "mean")
    root.node("If", "pick", then=then or block.use(), otherwise=Use("Identity")).output()
    root.wire("x > mean > pick.condition", "x > pick.x", "pick > y")
    return program_of(book.document())


def loop(kind: str) -> Program:
    book = Book("Net", "")
    large = book.sheet("Large").input().node("Abs", "size").node("Sum", "total")
    large.node("Compare", "over", relation="greater", value=1.0).output().wire("x > size > total > over > y")
    body = book.sheet("Body").input()
    body = body.node(kind, "own", out_features=6) if kind == "Linear" else body.node(kind, "own")
    body.node("Scale", "less", factor=0.1).output().wire("x > own > less > y")
    root = book.root.input("x", "B, 6", sizes="B=3")
    root.node("While", "rounds", condition=large.use(), body=body.use(), bound=5).output()
    root.wire("x > rounds > y")
    return program_of(book.document())


@pytest.mark.parametrize("to", ["keras", "flax"])
def test_averages_in_a_while_are_refused_at_the_layer_that_keeps_them(to: str) -> None:
    with pytest.raises(ExportError, match="renewed after the loop has ended") as refused:
        export_code(loop("BatchNorm1d"), to)
    (one,) = reasons(refused.value)
    assert one.message.startswith("rounds.own: ") and one.path[1] == "body"


def test_averages_in_an_if_are_refused_in_flax_which_runs_both_branches() -> None:
    with pytest.raises(ExportError, match="renewed even where the branch is not taken") as refused:
        export_code(branch(), "flax")
    assert refused.value.message.startswith("pick.bn: ")


@pytest.mark.parametrize("to", ["pytorch", "keras", "gluon"])
def test_averages_in_an_if_are_kept_where_one_branch_runs(to: str) -> None:
    assert export_code(branch(), to).text


@pytest.mark.parametrize("kind", ["Dropout", "LayerNorm"])
def test_branches_of_what_keeps_no_averages_are_written_in_flax(kind: str) -> None:
    assert "chosen(" in export_code(branch(use(kind)), "flax").text


@pytest.mark.parametrize("to", ["keras", "flax"])
def test_a_module_in_a_loop_is_not_run_in_place_whatever_its_condition_ends_with(to: str) -> None:
    text = export_code(loop("Linear"), to).text
    assert "repeat_while(" in text and "lambda _, x:" not in text
