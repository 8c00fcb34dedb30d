"""What cannot be is told in one sentence, and nothing of the design is lost."""

import re

import numpy as np
import pytest

from core.engine.execute import RunError
from core.engine.run import run
from core.expression import parse
from core.files import dumps, loads
from core.program import build_program
from core.record import ROOT, Node
from core.resolve import Resolver
from core.syntax import ExpressionError
from tests.core.design import Design
from tests.export.wrong_structures import SENTENCES, loop_without_end
from tests.templates.sheet import Book


@pytest.mark.parametrize("name", SENTENCES)
def test_one_sentence_says_what_is_wrong(name: str) -> None:
    make, sentence = SENTENCES[name]
    problems = [problem for problem in Resolver(make()).resolution.problems if problem.kind == "error"]
    said = [problem.text for problem in problems if "\n" not in problem.text]
    assert [text for text in said if text.startswith(sentence)], said


@pytest.mark.parametrize("name", SENTENCES)
def test_nothing_of_it_is_lost(name: str) -> None:
    document = SENTENCES[name][0]()
    data = dumps(document)
    assert dumps(loads(data)) == data


def test_a_node_that_is_tied_to_nothing_is_a_problem_and_the_rest_stands() -> None:
    for owner in ("nowhere", "b", "x"):
        design = Design().node("Input", "x", shape="B, 4").node("Linear", "a", out_features=4)
        design.record(Node(id="b", module=ROOT, kind="Linear", name="b", owner=owner)).node("Output", "y")
        document = design.chain("x", "a", "b", "y").document()
        texts = [problem.text for problem in Resolver(document).resolution.problems]
        assert "it is tied to a node that is not there" in texts
        build_program(document, Resolver(document))


def test_calls_that_share_their_weights_cannot_read_the_index() -> None:
    book = Book("Shared", "").root.input("x", "B, 4")
    book.node("Dropout", "drop", repeat=3, shared=True, p="=0.1 * i").output().wire("x > drop > y")
    texts = [problem.text for problem in Resolver(book.book.document()).resolution.problems]
    assert texts == [
        "calls that share their weights are all the same, so nothing in them can read the index i"
    ]


def test_a_size_cannot_have_the_name_of_the_index() -> None:
    document = Design().node("Input", "x", shape="B, i").node("Output", "y").chain("x", "y").document()
    [problem] = Resolver(document).resolution.problems
    assert problem.text == "i is the number of a repetition; another name would fit the size"
    assert problem.argument == "shape"


def test_a_loop_that_never_ends_stops_at_its_bound_with_its_place() -> None:
    document = loop_without_end()
    program = build_program(document, Resolver(document))
    assert not program.problems
    with pytest.raises(RunError, match=re.escape("the loop had not ended after its bound of 20 rounds")):
        run(program, {}, {"x": np.ones((2, 4), np.float32)})


def test_an_expression_runs_nothing() -> None:
    with pytest.raises(ExpressionError, match="found a call"):
        parse("__import__('os').getcwd()")
