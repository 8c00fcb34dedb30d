"""Numba, from afar: what marks a function to be compiled, the list of these, and where what it gives is kept.

Only a process that compiles imports Numba. Whoever wants a kernel's numbers, or its address, takes the
files of kernels for what they are without it: functions that are never called from here.
"""

import ast
import os
from collections.abc import Callable, Mapping
from hashlib import sha256
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from platformdirs import user_cache_dir

F = TypeVar("F", bound=Callable[..., Any])

CORE = Path(__file__).parents[1]
SOURCES = CORE / "kernels"
COMPILER = (Path(__file__), CORE / "engine" / "compiler.py", CORE / "engine" / "objects.py")
"""What makes object files of them, and notes these."""
VARIABLE = "NUMBA_CACHE_DIR"
WIDTH_VARIABLE = "LAYERLOOM_VECTOR_WIDTH"
"""Overrides the number of floats in a vector: 16, 8 or 4."""
PROCESSOR_VARIABLES = ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")
"""Numba's own, for another processor than this one."""
PREFIX = "kernels-"

KERNELS: dict[str, dict[str, Callable[..., Any]]] = {}
"""Every kernel by its module and name, compiled where that is asked for; filled as modules are imported."""

WORDS: dict[str, int] = {}
"""How many words of arguments a kernel, `file.function`, is given; of those that a plan calls."""

listeners: list[Callable[[str], None]] = []
"""Told the full name of each kernel before it is compiled."""

_compiling = False


def compile_from_now_on() -> None:
    """Has kernels compiled as their modules are imported, none of which may have been before."""
    global _compiling  # decorators have no other way to know
    assert not KERNELS, "kernels are imported already"
    _compiling = True


def kernel(signature: str, *, words: int | None = None, reassociate: bool = False) -> Callable[[F], F]:
    """Marks a function of 64-bit words to be compiled for one signature.

    One that a plan calls is given so many `words` of arguments. `reassociate` lets sums be reordered, so that
    they run in vectors: the same each time on one machine. Never more than that: NaN and infinities keep
    their meaning.
    """

    def decorate(function: F) -> F:
        done: F = _compiled(function, signature, reassociate) if _compiling else function
        KERNELS.setdefault(function.__module__, {})[function.__name__] = done
        if words is not None:
            WORDS[_full_name(function)] = words
        return done

    return decorate


def words_of(name: str) -> int:
    """How many words of arguments a kernel, `file.function`, is given."""
    if name not in WORDS:
        import_module(f"{__name__.removesuffix('.ops.jit')}.kernels.{name.partition('.')[0]}")
    assert name in WORDS, f"{name} does not say how many words it is given"
    return WORDS[name]


def _full_name(function: Callable[..., Any]) -> str:
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


def _compiled(function: Any, signature: str, reassociate: bool) -> Any:
    import numba  # half a second, and only who compiles needs it

    for listener in listeners:
        listener(_full_name(function))
    fastmath = {"reassoc", "contract", "nsz"} if reassociate else False
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": fastmath}
    options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # nobody calls it from Python
    return numba.njit(signature, **options)(function)


def intrinsic(write: Callable[..., Any]) -> Any:
    """A function for compiled code whose LLVM instructions `write` leaves behind: Numba's, without types."""
    if not _compiling:
        return write
    from numba.extending import intrinsic as made

    return made(write)


class _Types:
    """Numba's types, imported when the first is asked for."""

    def __getattr__(self, name: str) -> Any:
        from numba import types

        return getattr(types, name)


types = _Types()


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


def fingerprint(environment: Mapping[str, str] = os.environ) -> str:
    """A hash of every kernel's source, of the compilers' versions, and of what those are told to work for."""
    told = [environment.get(name) for name in (WIDTH_VARIABLE, *PROCESSOR_VARIABLES)]
    digest = sha256(f"{version('numba')} {version('llvmlite')} {told}".encode())
    for path in (*files(), *COMPILER):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled kernels are kept: below the environment variable's folder, else in the user's cache."""
    given = os.environ.get(VARIABLE)
    base = Path(given) if given else Path(user_cache_dir("layerloom", appauthor=False))
    return base / (PREFIX + fingerprint())


def files() -> list[Path]:
    """The sources of all kernels."""
    return sorted(SOURCES.glob("*.py"))
