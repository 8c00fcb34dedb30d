"""Where each target's check can run: what it needs, and a Python that has it."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Environment:
    """What a check imports, what pip installs for it, and the variables that it runs under."""

    modules: tuple[str, ...]
    requirements: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)


_JAX = {"JAX_PLATFORMS": "cpu"}

ENVIRONMENTS: Mapping[str, Environment] = {
    "pytorch": Environment(("torch",), ("torch==2.13.0", "numpy>=2")),
    "keras": Environment(
        ("keras", "jax"),
        ("keras==3.15.1", "jax==0.10.2", "numpy>=2"),
        {**_JAX, "KERAS_BACKEND": "jax"},
    ),
    "flax": Environment(("flax",), ("flax==0.12.8", "jax==0.10.2", "numpy>=2"), _JAX),
    "gluon": Environment(("mxnet",), ("mxnet==1.9.1", "numpy==1.23.5")),  # it breaks with a newer NumPy
    "onnx": Environment(("onnx", "onnxruntime"), ("onnx==1.23.2", "onnxruntime==1.31.1", "numpy>=2")),
}
"""By the target's name, with versions in which its exports were checked."""


def environment(target: str) -> Environment:
    """That of a target; a style of one (`pytorch-lazy`) has the target's."""
    return ENVIRONMENTS[target.partition("-")[0]]


def pythons(folders: Path, given: Path | None = None) -> Iterator[Path]:
    """The interpreters that are tried: the one given, or this one and those in the folders' environments."""
    if given is not None:
        yield given
        return
    yield Path(sys.executable)
    for folder in sorted(folders.iterdir()) if folders.is_dir() else ():
        for python in (folder / "bin" / "python", folder / "Scripts" / "python.exe"):
            if python.exists():
                yield python


def python_for(target: str, folders: Path, given: Path | None = None) -> Path | None:
    """The first interpreter that has what the target's check imports; None where none has."""
    modules = environment(target).modules
    return next((python for python in pythons(folders, given) if _has(python, modules)), None)


def _has(python: Path, modules: tuple[str, ...]) -> bool:
    """Whether an interpreter finds the modules; none of them is imported."""
    asked = "import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, sys.argv[1:])))"
    try:
        return not subprocess.run([python, "-c", asked, *modules], capture_output=True, timeout=60).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False
