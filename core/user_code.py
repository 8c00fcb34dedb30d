"""Layers that are Python files: loaded once they are trusted, then known by the hash of the file.

A file has `shape(*shapes, **settings)`, `forward(*arrays, **settings)` and, where a gradient flows through
it, `backward(cotangent, *arrays, **settings)`, which gives a gradient for each array. Arrays are NumPy's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .text import tr
from .trust import Trust, digest

FAULTS = (
    ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, NameError, OSError,
    RuntimeError, SyntaxError, TypeError, ValueError,
)  # fmt: skip
"""What the code of a user may raise by a mistake."""


class UserCodeError(ValueError):
    """What is wrong with the user's code, in a sentence."""


class NotTrusted(UserCodeError):
    """The file is not trusted, so that nothing of it was run."""


@dataclass(frozen=True, eq=False)
class Code:
    """A file that is loaded."""

    name: str
    sha256: str
    source: bytes
    functions: Mapping[str, Callable[..., Any]]

    @property
    def differentiates(self) -> bool:
        """Whether it has a backward."""
        return "backward" in self.functions

    def call(self, function: str, *values: Any, **settings: Any) -> Any:
        """What a function of the file gives. UserCodeError where it fails."""
        try:
            return self.functions[function](*values, **settings)
        except FAULTS as error:
            reason = f"{type(error).__name__}: {error}".split("\n")[0]
            raise UserCodeError(
                tr("{function} of {file} failed: {reason}", function=function, file=self.name, reason=reason)
            ) from error


LOADED: dict[str, Code] = {}
"""Every file that was loaded in this process, by its hash."""

UNLOADED: dict[tuple[str, str], str] = {}
"""Why a file was not loaded when it was last looked for, by its name and the hash that was wanted."""


def load(name: str, source: bytes, trust: Trust) -> Code:
    """Runs the file's code and keeps it. NotTrusted before anything is run, UserCodeError where it fails."""
    if not trust.is_trusted(source):
        raise NotTrusted(tr("the layer in {file} is not loaded: it has not been trusted yet", file=name))
    return load_trusted(name, source)


def load_trusted(name: str, source: bytes) -> Code:
    """The same for bytes that the window's process has found to be trusted."""
    sha256 = digest(source)
    if sha256 not in LOADED:
        LOADED[sha256] = Code(name, sha256, source, _functions(name, source))
    return LOADED[sha256]


def _functions(name: str, source: bytes) -> dict[str, Callable[..., Any]]:
    module = ModuleType("layer")
    try:
        exec(compile(source, name, "exec", dont_inherit=True), module.__dict__)
    except FAULTS as error:
        reason = f"{type(error).__name__}: {error}".split("\n")[0]
        raise UserCodeError(tr("{file} cannot be loaded: {reason}", file=name, reason=reason)) from error
    found = {word: getattr(module, word, None) for word in ("shape", "forward", "backward")}
    for word in ("shape", "forward"):
        if not callable(found[word]):
            raise UserCodeError(tr("{file} has no function {name}", file=name, name=word))
    return {word: function for word, function in found.items() if callable(function)}
