"""Measures the workloads that are named, or all of them, and prints a table."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .table import table
from .workloads import WORKLOADS


def main(arguments: Sequence[str]) -> int:
    """Exit code 1 where a budget is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(WORKLOADS)}")
    parser.add_argument("--json", type=Path, metavar="OUT", help="also write the rows to this file")
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in WORKLOADS]
    if unknown:
        parser.error(f"there is no workload {unknown[0]}; there are {', '.join(WORKLOADS)}")
    workloads = [WORKLOADS[name] for name in given.names or WORKLOADS]
    rows = [row for workload in workloads for row in workload.measure(workload.size, workload.count)]
    print(table(rows))
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=1), encoding="utf-8")
    return 0 if all(row.holds for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
