"""What cannot be is told in one sentence, and nothing of the design is lost."""

import re

import numpy as np
import pytest

from core.engine.execute import RunError
from core.engine.run import run
from core.expression import parse
from core.files import dumps, loads
from core.program import build_program
from core.resolve import Resolver
from core.syntax import ExpressionError
from tests.export.wrong_structures import SENTENCES, loop_without_end


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


def test_a_loop_that_never_ends_stops_at_its_bound_with_its_place() -> None:
    document = loop_without_end()
    program = build_program(document, Resolver(document))
    assert not program.problems
    with pytest.raises(RunError, match=re.escape("the loop had not ended after its bound of 20 rounds")):
        run(program, {}, {"x": np.ones((2, 4), np.float32)})


def test_an_expression_runs_nothing() -> None:
    with pytest.raises(ExpressionError, match="found a call"):
        parse("__import__('os').getcwd()")
