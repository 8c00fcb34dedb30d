"""Numba, from afar: the decorator of compiled functions, their list, and the folder that caches them.

The cache folder's name carries a hash of every kernel's source, since Numba itself notices changes only in
the one file that holds the function.
"""

import ast
import os
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from platformdirs import user_cache_dir

F = TypeVar("F", bound=Callable[..., Any])

CORE = Path(__file__).parents[1]
SOURCES = CORE / "kernels"
VARIABLE = "NUMBA_CACHE_DIR"
WIDTH_VARIABLE = "LAYERLOOM_VECTOR_WIDTH"
"""Overrides the number of floats in a vector: 16, 8 or 4."""
PREFIX = "kernels-"

KERNELS: dict[str, dict[str, Callable[..., Any]]] = {}
"""Every compiled function by its module and name; filled as the modules of `kernels` are imported."""

listeners: list[Callable[[str], None]] = []
"""Told the full name of each kernel before it is compiled or loaded."""


def kernel(signature: str, *, reassociate: bool = False) -> Callable[[F], F]:
    """Compiles a function for one signature, or loads it from the cache, as its module is imported.

    `reassociate` lets sums be reordered, so that they run in vectors: the same each time on one machine.
    Never more than that: NaN and infinities keep their meaning.
    """

    def decorate(function: F) -> F:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        for listener in listeners:
            listener(name)
        fastmath = {"reassoc", "contract", "nsz"} if reassociate else False
        options: dict[str, Any] = {"nogil": True, "cache": True, "error_model": "numpy", "fastmath": fastmath}
        compiled: F = _numba().njit(signature, **options)(function)
        KERNELS.setdefault(function.__module__, {})[function.__name__] = compiled
        return compiled

    return decorate


def declared() -> dict[str, tuple[str, ...]]:
    """The kernels' names by module as seen from `core`, read from the sources without running them."""
    found = {_module(path): tuple(_kernels_in(path)) for path in files()}
    return {module: names for module, names in found.items() if names}


def _module(path: Path) -> str:
    return ".".join(path.relative_to(CORE).with_suffix("").parts)


def _kernels_in(path: Path) -> list[str]:
    return [
        node.name
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and any(_is_kernel(mark) for mark in node.decorator_list)
    ]


def _is_kernel(mark: ast.expr) -> bool:
    return isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "kernel"


def fingerprint() -> str:
    """A hash of every kernel's source, of Numba's version, and of the width of vectors that was asked for."""
    digest = sha256(f"{version('numba')} {os.environ.get(WIDTH_VARIABLE)}".encode())
    for path in (*files(), Path(__file__)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled kernels are kept: below the environment variable's folder, else in the user's cache."""
    given = os.environ.get(VARIABLE)
    base = Path(given) if given else Path(user_cache_dir("layerloom", appauthor=False))
    if base.name.startswith(PREFIX):  # set by this very function, here or in a parent process
        base = base.parent
    return base / (PREFIX + fingerprint())


def files() -> list[Path]:
    """The sources of all kernels."""
    return sorted(SOURCES.glob("*.py"))


@cache
def _numba() -> Any:
    os.environ[VARIABLE] = str(cache_folder())  # read as Numba is imported, and again at each compile
    import numba  # half a second, and only runs need it

    numba.config.reload_config()  # type: ignore[no-untyped-call]  # imported earlier by someone else
    return numba
