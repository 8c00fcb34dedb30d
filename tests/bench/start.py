"""What it takes from the command to the first painted window, in a process of its own."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .desk import own_home
from .measure import Row, row

SCRIPT = """
import json, sys, time
from core.engine.blas import limit
limit()
import app.cli
from PySide6.QtCore import QEvent, QObject, QTimer
from app.main import build_application, build_window

class Watch(QObject):
    painted = False

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and not self.painted:
            self.painted = True
            QTimer.singleShot(0, tell)
        return False

def tell():
    now, spent = time.time(), time.process_time()
    late = [name for name in LATE if name in sys.modules]
    print(json.dumps({"now": now, "process": spent * 1e3, "modules": len(sys.modules), "late": late}))
    window.close()

application = build_application()
watch = Watch()
application.installEventFilter(watch)
window = build_window(application, None)
sys.exit(application.exec())
"""

LATE = ("networkx", "numba", "pyqtgraph", "PIL", "pygments", "safetensors", "torch")
"""What is heavy and not needed before there is something to do with it."""


def start(size: int, count: int) -> list[Row]:
    """The program without a design, until its first picture stands."""
    found = [first_picture() for _ in range(count)]
    late = ", ".join(found[-1]["late"]) or "nothing that can wait"
    told = f"{found[-1]['modules']} modules, {late} among them"
    return [
        row("start", "to the first picture", [one[clock] for one in found], clock=clock, told=told)
        for clock in ("process", "wall")
    ]


def first_picture() -> dict[str, Any]:
    """How long a new process took to the first picture, and what it had imported by then."""
    root = Path(__file__).resolve().parent.parent.parent
    with own_home():
        begin = time.time()
        done = subprocess.run(
            [sys.executable, "-c", f"LATE = {LATE}\n{SCRIPT}"],
            capture_output=True,
            text=True,
            timeout=120,
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            check=True,
        )
    told: dict[str, Any] = json.loads(done.stdout)
    return {**told, "wall": (told["now"] - begin) * 1e3}
