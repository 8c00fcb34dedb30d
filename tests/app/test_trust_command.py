"""Layers in Python files on the command line: nothing runs before `trust`, and each command says so."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from app.settings import settings_path, trust_path
from core.trust import Trust, digest
from core.user_code import LOADED
from tests.core.user_files import MARKING, with_layer

from .test_cli import Answer, Say, say

__all__ = ["say"]

COMMANDS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "check": lambda design: ("check", design),
    "summary": lambda design: ("summary", design),
    "run": lambda design: ("run", design),
    "export": lambda design: ("export", design, "--to", "pytorch", "-o", "own_model.py"),
    "picture": lambda design: ("picture", design, "-o", "own.svg"),
}

STRANGE = "the layer in own.py is not loaded: it has not been trusted yet"


def marking(folder: Path) -> str:
    """A file's text that leaves `was run` in the folder."""
    return MARKING.format(path=str(folder / "was run"))


def design(folder: Path) -> str:
    """A design with such a layer, drawn with just that file."""
    return str(with_layer(folder, marking(folder), digest(marking(folder).encode())))


def trust(say: Say, *more: str) -> Answer:
    return say("trust", "own.py", *more)


def test_what_is_trusted_is_kept_beside_the_settings() -> None:
    assert trust_path() == settings_path().parent / "trusted.json"


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_runs_a_file_that_is_not_trusted(command: str, say: Say, tmp_path: Path) -> None:
    answer = say(*COMMANDS[command](design(tmp_path)))
    assert f"{STRANGE}; `layerloom trust {tmp_path / 'own.py'}` does so" in answer.err
    assert answer.code == (0 if command == "picture" else 1)
    assert not (tmp_path / "was run").exists()


def test_training_loads_only_a_trusted_file(say: Say, tmp_path: Path) -> None:
    given = ("train", design(tmp_path), "--data", "data.npz", "--steps", "1")
    np.savez(tmp_path / "data.npz", x=np.ones((8, 5), np.float32), labels=np.arange(8) % 5)
    answer = say(*given)
    assert answer.code == 1 and STRANGE in answer.err
    assert not (tmp_path / "was run").exists()
    trust(say, "--yes")
    assert STRANGE not in say(*given).err
    assert (tmp_path / "was run").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_loads_a_trusted_file(command: str, say: Say, tmp_path: Path) -> None:
    name = design(tmp_path)
    assert trust(say, "--yes").code == 0
    assert not (tmp_path / "was run").exists()  # trusting a file does not run it
    answer = say(*COMMANDS[command](name))
    assert (answer.code, answer.err) == (0, "")
    assert (tmp_path / "was run").exists()


def test_check_says_which_file_is_not_trusted(say: Say, tmp_path: Path) -> None:
    answer = say("check", design(tmp_path))
    assert answer.out == f"own, file: {STRANGE}; repair: trust own.py\n"
    trust(say, "--yes")
    assert say("check", "own.loom") == Answer(0, "", "")


def test_a_changed_file_is_strange_again(say: Say, tmp_path: Path) -> None:
    name = design(tmp_path)
    trust(say, "--yes")
    changed = MARKING.format(path=str(tmp_path / "again"))
    (tmp_path / "own.py").write_text(changed)
    answer = say("check", name)
    assert answer.code == 1
    assert "own, file: the layer in own.py is not loaded: the file has changed" in answer.out
    assert not (tmp_path / "again").exists()
    trust(say, "--yes")
    assert "own.py is not the file that the design was drawn with" in say("check", name).out


def test_a_file_that_is_missing_or_faulty_is_said(say: Say, tmp_path: Path) -> None:
    name = str(with_layer(tmp_path, "1 / 0"))
    trust(say, "--yes")
    assert "own.py cannot be loaded: ZeroDivisionError" in say("check", name).out
    (tmp_path / "own.py").unlink()
    assert "own, file: there is no file own.py" in say("check", name).out


class Terminal(io.StringIO):
    """Standard input as of a user at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "code"), [("y\n", 0), ("YES\n", 0), ("n\n", 1), ("\n", 1), ("", 1)])
def test_trust_shows_the_hash_and_asks(
    typed: str, code: int, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = b"x = 1\n"
    (tmp_path / "own.py").write_bytes(source)
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    answer = trust(say)
    assert answer.code == code
    assert digest(source) in answer.out
    assert "Trust it? [y/N]" in answer.err
    assert Trust(trust_path()).is_trusted(source) == (code == 0)


def test_without_a_terminal_only_yes_trusts(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own.py").write_text("x = 1\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    answer = trust(say)
    assert (answer.code, answer.err) == (
        1, "there is no terminal to ask on; --yes trusts the file without asking\n",
    )  # fmt: skip
    assert trust(say, "--yes").code == 0
    assert "it is trusted already" in trust(say).out


def test_trust_refuses_what_cannot_be_read_or_kept(say: Say, tmp_path: Path) -> None:
    assert trust(say, "--yes").err == "cannot read own.py: No such file or directory\n"
    (tmp_path / "own.py").write_text("x = 1\n")
    trust_path().parent.parent.mkdir(parents=True, exist_ok=True)
    trust_path().parent.write_text("in the way")
    assert "what is trusted cannot be kept" in trust(say, "--yes").err


def test_export_looks_for_the_files_in_another_folder(say: Say, tmp_path: Path) -> None:
    source = marking(tmp_path)
    other = tmp_path / "elsewhere"
    other.mkdir()
    name = with_layer(tmp_path, source, digest(source.encode())).rename(other / "own.loom")
    trust(say, "--yes")
    given = ("export", str(name), "--to", "pytorch", "-o", str(tmp_path / "model.py"))
    assert main(given) == 1
    assert main((*given, "--layers", str(tmp_path))) == 0
    assert "def backward" in (tmp_path / "model.py").read_text()


@pytest.fixture(autouse=True)
def nothing_is_loaded() -> None:
    """What one test loads another one's file must not profit from."""
    LOADED.clear()
