"""`layerloom diff`: lines, JSON, a picture, and the exit code that says whether two designs part."""

import json
from pathlib import Path

import pytest

from app.cli import main
from core.files import save
from core.templates import template

PYTORCH, JAX, TENSORFLOW = (f"as-in-book-{tab}" for tab in ("pytorch", "jax", "tensorflow"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """PyTorch's tab as a file."""
    path = tmp_path / "mine.loom"
    save(template(PYTORCH).document(), path)
    return path


def test_two_templates_are_told_apart_by_a_line_for_each_difference(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["diff", PYTORCH, TENSORFLOW]) == 1
    told = capsys.readouterr()
    assert told.err == ""
    assert "FixedHiddenMLP: linear is used twice in A, dense once in B" in told.out.splitlines()
    assert "FixedHiddenMLP: flatten stands between x and hidden only in B" in told.out.splitlines()


def test_a_file_that_is_its_template_says_nothing_and_succeeds(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", str(file), PYTORCH]) == 0
    assert capsys.readouterr().out == ""


def test_other_names_are_told_and_are_no_failure(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(file), JAX]) == 0
    assert capsys.readouterr().out.count(" is called ") == 2


def test_json_has_the_module_subject_and_text_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", PYTORCH, TENSORFLOW, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["same"] is False
    assert {entry["module"] for entry in found["differences"]} == {"FixedHiddenMLP"}
    assert [entry["subject"] for entry in found["differences"]] == [
        "node", "node", "setting", "sharing", "name",
    ]  # fmt: skip
    assert main(["diff", PYTORCH, PYTORCH, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"same": True, "differences": []}


def test_a_file_that_is_not_there_is_one_sentence(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", str(file), "missing.loom"]) == 2
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith("missing.loom: ") and told.err.count("\n") == 1


def test_what_cannot_be_read_is_no_difference(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.loom"
    broken.write_text("{")
    for pair in ([str(broken), str(file)], [str(file), str(broken)], [str(tmp_path), str(file)]):
        assert main(["diff", *pair]) == 2
        told = capsys.readouterr()
        assert told.out == "" and told.err.count("\n") == 1


def test_a_picture_of_another_ending_is_refused(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", str(file), TENSORFLOW, "-o", str(tmp_path / "apart.jpg")]) == 2
    assert "expected a file ending in .svg, .png or .pdf" in capsys.readouterr().err
