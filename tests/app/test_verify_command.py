"""`layerloom verify` writes an export and runs its check in a Python that has the framework."""

import stat
from pathlib import Path

import pytest

from core.export.code import TARGETS
from core.export.environments import ENVIRONMENTS, environment, python_for

from .test_cli import Say, say

__all__ = ["say"]


def stand_in(folder: Path, has: bool, code: int, said: str) -> Path:
    """An interpreter of a framework that a test has no need to install: it only answers."""
    python = folder / "stand-in"
    python.write_text(
        f"#!/bin/sh\nif [ \"$1\" = -c ]; then exit {0 if has else 1}; fi\nls\necho '{said}'\nexit {code}\n"
    )
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    return python


@pytest.fixture
def design(say: Say) -> str:
    say("new", "mlp", "-o", "mlp.loom")
    return "mlp.loom"


def test_every_target_says_what_its_check_needs() -> None:
    assert all(environment(name) in ENVIRONMENTS.values() for name in TARGETS)


def test_the_check_runs_beside_what_was_exported(say: Say, design: str, tmp_path: Path) -> None:
    python = stand_in(tmp_path, True, 0, "all is well")
    answer = say("verify", design, "--to", "pytorch", "--python", str(python))
    assert answer.code == 0
    assert {"pytorch: check.py", "pytorch: sample.npz", "pytorch: all is well"} <= set(
        answer.out.splitlines()
    )


def test_what_differs_is_told_and_the_command_fails(say: Say, design: str, tmp_path: Path) -> None:
    python = stand_in(tmp_path, True, 1, "FAILED output y")
    answer = say("verify", design, "--to", "pytorch", "--python", str(python))
    assert answer.code == 1
    assert "pytorch: FAILED output y" in answer.out


def test_where_no_python_has_it_the_answer_says_how_to_get_one(say: Say, design: str, tmp_path: Path) -> None:
    python = stand_in(tmp_path, False, 0, "")
    answer = say("verify", design, "--to", "all", "--python", str(python))
    assert answer.code == 1
    assert len(answer.out.splitlines()) == len(TARGETS)
    assert "pip install torch==2.13.0" in answer.out


def test_environments_beside_the_settings_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "frameworks" / "mine" / "bin"
    made.mkdir(parents=True)
    monkeypatch.setattr("sys.executable", str(stand_in(tmp_path, False, 0, "")))
    assert python_for("gluon", tmp_path / "frameworks") is None
    found = stand_in(made, True, 0, "").rename(made / "python")
    assert python_for("gluon", tmp_path / "frameworks") == found


def test_an_onnx_model_is_verified_as_the_others_are(say: Say, design: str, tmp_path: Path) -> None:
    python = stand_in(tmp_path, True, 0, "all is well")
    answer = say("verify", design, "--to", "onnx", "--python", str(python))
    assert answer.code == 0 and "onnx: model.onnx" in answer.out.splitlines()
