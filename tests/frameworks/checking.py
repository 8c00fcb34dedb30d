"""Runs an exported check.py in this process, so that many cost little."""

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path


@contextmanager
def only(folder: Path) -> Iterator[None]:
    """Modules are looked for in the folder first, and those found there are forgotten afterwards."""
    known = set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - known:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]


def checked(folder: Path) -> tuple[int, str]:
    """The exit code and what was printed."""
    output = StringIO()
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        with only(folder), redirect_stdout(output):
            specification = importlib.util.spec_from_file_location("exported_check", folder / "check.py")
            assert specification is not None and specification.loader is not None
            module = importlib.util.module_from_spec(specification)
            specification.loader.exec_module(module)
            return module.main(), output.getvalue()
    finally:
        sys.dont_write_bytecode = written
