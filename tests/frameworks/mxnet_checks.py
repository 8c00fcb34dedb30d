"""Runs exported check.py files with MXNet's Python: folders as arguments, one line of JSON for each."""

import importlib.util
import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path


def checked(folder: Path) -> tuple[int, str]:
    """The exit code and what was printed."""
    known, output = set(sys.modules), io.StringIO()
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        with redirect_stdout(output):
            specification = importlib.util.spec_from_file_location("exported_check", folder / "check.py")
            assert specification is not None and specification.loader is not None
            module = importlib.util.module_from_spec(specification)
            specification.loader.exec_module(module)
            return module.main(), output.getvalue()
    except Exception as error:
        return 2, f"{output.getvalue()}{type(error).__name__}: {error}"
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - known:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    for name in sys.stdin.read().splitlines():
        code, output = checked(Path(name))
        print(json.dumps([name, code, output]), flush=True)
