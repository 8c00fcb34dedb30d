"""Layers that are Python files: nothing of them runs before the user trusts exactly these bytes."""

from pathlib import Path

import numpy as np
import pytest

from core.edits import repair, set_argument, take_in_file
from core.edits.error import EditError
from core.engine.gradient_check import gradient_check
from core.layer_files import layer_files, needed
from core.layers import LAYERS
from core.layers.layer import ArgumentError, Layer, bind
from core.ops.interpret import evaluate
from core.program import build_program
from core.resolve import Resolver
from core.trust import Trust, TrustError, digest
from core.types import ShapeError, Type
from core.use import use
from core.user_code import NotTrusted, UserCodeError, load
from tests.core.design import Design
from tests.core.user_files import OUTER, SWISH, trusted

MARK = "import pathlib\npathlib.Path({path!r}).touch()\ndef shape(x): return x\ndef forward(x): return x\n"


def layer(sha256: str, **arguments: str) -> Layer:
    return bind(LAYERS["PythonLayer"], {"file": "own.py", "sha256": sha256, **arguments})


def drawn(sha256: str = "") -> Design:
    design = Design().node("Input", "x", shape="B, 5").node("Output", "y")
    design.node("PythonLayer", "own", file="own.py", sha256=sha256)
    return design.wire("x", "own").wire("own", "y")


def test_trust_is_of_bytes_and_is_kept(tmp_path: Path) -> None:
    trust = Trust(tmp_path / "deep" / "trusted.json")
    assert not trust.is_trusted(b"one")
    assert trust.trust(b"one") == digest(b"one")
    assert Trust(tmp_path / "deep" / "trusted.json").is_trusted(b"one")
    assert not trust.is_trusted(b"one ")
    trust.forget(digest(b"one"))
    assert not Trust(tmp_path / "deep" / "trusted.json").is_trusted(b"one")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"sha256": 3}', '{"sha256": [1, "short"]}', "\xff"])
def test_a_damaged_list_trusts_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "trusted.json").write_text(text, encoding="latin-1")
    assert not Trust(tmp_path / "trusted.json").is_trusted(b"")


def test_what_cannot_be_kept_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    trust = Trust(tmp_path / "file" / "trusted.json")
    with pytest.raises(TrustError, match="cannot be kept"):
        trust.trust(b"one")
    assert not trust.is_trusted(b"one")


def test_opening_a_design_runs_nothing_of_a_strange_file(tmp_path: Path) -> None:
    source = MARK.format(path=str(tmp_path / "was run"))
    (tmp_path / "own.py").write_text(source)
    document, trust = drawn(digest(source.encode())).document(), Trust(tmp_path / "trusted.json")
    (file,) = layer_files(document, tmp_path, trust)
    said = "the layer in own.py is not loaded: it has not been trusted yet"
    assert (file.state, file.text) == ("not trusted", said)
    resolver = Resolver(document)
    (problem,) = resolver.resolution.problems
    assert (problem.text, problem.path) == (said, ("own",))
    (mend,) = problem.repairs
    assert (mend.text, mend.edit) == ("trust own.py", "trust_file")
    with pytest.raises(EditError, match="in the window"):
        repair(document, mend)
    with pytest.raises(NotTrusted):
        load("own.py", source.encode(), trust)
    assert not (tmp_path / "was run").exists()
    trust.trust(file.source)
    assert [file.state for file in layer_files(document, tmp_path, trust)] == ["loaded"]
    assert (tmp_path / "was run").exists()
    assert not resolver.refresh().problems
    assert needed(build_program(document, resolver)) == (("own.py", source.encode()),)


def test_a_changed_file_is_strange_until_it_is_trusted_and_taken_in(tmp_path: Path) -> None:
    code = trusted(tmp_path, "own.py", SWISH)
    document, trust = drawn(code.sha256).document(), Trust(tmp_path / "trusted.json")
    assert [file.state for file in layer_files(document, tmp_path, trust)] == ["loaded"]
    (tmp_path / "own.py").write_text(SWISH + "\n")
    (file,) = layer_files(document, tmp_path, trust)
    assert file.state == "not trusted"
    trust.trust(file.source)
    (file,) = layer_files(document, tmp_path, trust)
    assert (file.state, file.text) == (
        "changed", "own.py is not the file that the design was drawn with",
    )  # fmt: skip
    set_argument(document, "own", "sha256", file.sha256)
    assert [file.state for file in layer_files(document, tmp_path, trust)] == ["loaded"]


def test_a_file_that_is_gone_or_wrong_is_said(tmp_path: Path) -> None:
    document, trust = drawn().document(), Trust(tmp_path / "trusted.json")
    assert layer_files(document, tmp_path, trust)[0].text == "there is no file own.py"
    for source, said in (
        ("def shape(x): return x", "own.py has no function forward"),
        ("def", "own.py cannot be loaded: SyntaxError"),
        ("1 / 0", "own.py cannot be loaded: ZeroDivisionError: division by zero"),
    ):
        (tmp_path / "own.py").write_text(source)
        trust.trust(source.encode())
        (file,) = layer_files(document, tmp_path, trust)
        assert file.state == "faulty"
        assert file.text.startswith(said)


def test_its_backward_is_checked_against_differences(tmp_path: Path) -> None:
    swish = layer(trusted(tmp_path, "own.py", SWISH).sha256, settings="beta=1.5")
    assert gradient_check(swish, [Type((3, 4))]).worst < 1e-7
    wrong = trusted(tmp_path, "wrong.py", SWISH.replace("s + beta", "2 * s + beta"))
    assert gradient_check(layer(wrong.sha256), [Type((3, 4))]).worst > 0.1


def test_several_inputs_have_names_and_gradients(tmp_path: Path) -> None:
    outer = layer(trusted(tmp_path, "own.py", OUTER).sha256, takes="left, right")
    found = gradient_check(outer, [Type((2, 3)), Type((2, 4))])
    assert set(found.errors) == {"left", "right"}
    assert found.worst < 1e-7
    assert outer.trace(Type((2, 3)), Type((2, 4))).result.values[0].shape == (2, 3, 4)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def shape(x): return 3\ndef forward(x): return x", "expected shape of own.py to give sizes, got 3"),
        ("def shape(x): return x[7]\ndef forward(x): return x", "shape of own.py failed: IndexError"),
    ],
)
def test_a_wrong_shape_is_a_sentence(source: str, said: str, tmp_path: Path) -> None:
    code = trusted(tmp_path, "own.py", source)
    with pytest.raises(ShapeError, match=said):
        layer(code.sha256).trace(Type((2, 3)))


@pytest.mark.parametrize(
    ("forward", "said"),
    [("x[0]", r"forward of own.py gave float64 \(3,\), \(2, 3\) numbers would fit"),
     ("x + y", "forward of own.py failed: NameError: name 'y' is not defined"), ("'text'", "gave <U4")],
)  # fmt: skip
def test_a_wrong_forward_is_a_sentence(forward: str, said: str, tmp_path: Path) -> None:
    code = trusted(tmp_path, "own.py", f"def shape(x): return x\ndef forward(x): return {forward}")
    traced = layer(code.sha256).trace(Type((2, 3)))
    with pytest.raises(UserCodeError, match=said):
        evaluate(traced.trace, {0: np.ones((2, 3))})


def test_settings_and_names_are_read_with_their_column() -> None:
    with pytest.raises(ArgumentError, match="column 10"):
        layer("", settings="beta=2.0;count")
    with pytest.raises(ArgumentError, match="names of inputs"):
        layer("", takes="x, x")


def test_without_a_path_trust_is_known_until_the_end() -> None:
    trust = Trust()
    trust.trust(b"one")
    assert trust.is_trusted(b"one")
    assert not Trust().is_trusted(b"one")


def test_a_design_that_is_not_saved_finds_files_by_their_whole_path_alone(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(SWISH)
    named = Design().node("PythonLayer", "own", file="own.py")
    named.node("PythonLayer", "there", file=str(tmp_path / "own.py"))
    own, there = layer_files(named.document(), None, Trust())
    assert (own.state, own.text) == (
        "missing", "own.py is looked for beside the design, which is not saved yet",
    )  # fmt: skip
    assert (there.state, there.path) == ("not trusted", tmp_path / "own.py")


@pytest.mark.parametrize("file", ["/dev/zero", ".", "\0", ""])
def test_what_is_no_file_is_not_read(file: str, tmp_path: Path) -> None:
    (found,) = layer_files(Design().node("PythonLayer", "own", file=file).document(), tmp_path, Trust())
    assert (found.state, found.source) == ("missing", b"")


def test_files_of_layers_within_values_are_loaded_sent_and_taken_in(tmp_path: Path) -> None:
    code = trusted(tmp_path, "own.py", SWISH)
    trust = Trust(tmp_path / "trusted.json")
    inside = use("PythonLayer", {"file": "own.py"})
    other = use("PythonLayer", {"file": "other.py"})
    design = Design().node("Input", "x", shape="B, 5").node("Output", "y")
    design.module("block").module("given", part=inside)
    design.node("Choose", "pick", condition=True, then=inside, otherwise=other)
    document = design.wire("x", "pick").wire("pick", "y").document()
    states = {(file.node, file.name): file.state for file in layer_files(document, tmp_path, trust)}
    assert states == {
        ("given", "own.py"): "changed", ("pick", "own.py"): "changed", ("pick", "other.py"): "missing",
    }  # fmt: skip
    take_in_file(document, "own.py", code.sha256)
    known = use("PythonLayer", {"file": "own.py", "sha256": code.sha256})
    assert document.node("pick").arguments["then"] == known
    assert document.node("pick").arguments["otherwise"] == other
    assert document.module("given").arguments[0].default == known
    resolver = Resolver(document)
    assert not resolver.resolution.problems
    assert needed(build_program(document, resolver)) == (("own.py", SWISH.encode()),)
    document.undo()
    assert document.node("pick").arguments["then"] == inside
