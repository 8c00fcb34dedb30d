"""A program that has an engine, for the tests that end it or run it in odd surroundings.

`python -m tests.engine.window once` runs a small job; `idle` and `busy` say the engine's number and wait.
"""

import sys

from core.engine.messages import Finished, KernelsReady, Started
from core.engine.process import EngineProcess

from .engines import long_job, small_job, until


def main(manner: str) -> None:
    """Runs until killed, or until the job is done."""
    process = EngineProcess()
    if manner == "once":
        process.submit(small_job())
        print(until(process, Finished).result.outputs["y"].shape, flush=True)
        process.close()
        return
    process.submit(long_job() if manner == "busy" else small_job())
    until(process, Started if manner == "busy" else Finished)
    print(process.pid, flush=True)
    while True:
        until(process, KernelsReady)


if __name__ == "__main__":
    main(sys.argv[1])
