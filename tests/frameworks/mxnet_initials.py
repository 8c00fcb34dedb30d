"""Runs exported files with MXNet's Python: files as lines; a .npz beside each of what `model` holds."""

import runpy
import sys
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np

if __name__ == "__main__":
    for name in sys.stdin.read().splitlines():
        with redirect_stdout(StringIO()):
            model = runpy.run_path(name, run_name="__main__")["model"]
        held = {key: one.data().asnumpy() for key, one in model._collect_params_with_prefix().items()}
        np.savez(Path(name).with_suffix(".npz"), **held)
        print(name, flush=True)
