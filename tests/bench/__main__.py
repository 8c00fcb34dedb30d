"""Measures the workloads that are named, or all of them, and prints tables.

`engine` stands for every network that is measured against PyTorch and other frameworks, `budgets` for what is
held against a budget: the window, edits, resolving, plans, and the program's start.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.machine.team import cores

from .children import compile_kernels
from .measure import Row
from .networks import NETWORKS
from .peers import FAMILIES
from .picture import picture
from .ratio_table import ratio_table
from .ratios import PASSES, Ratio, Scope, from_json, measured
from .workloads import WORKLOADS

GROUPS = {"engine": tuple(NETWORKS), "budgets": tuple(WORKLOADS)}


def main(arguments: Sequence[str]) -> int:
    """Exit code 1 where a budget is exceeded, or results differ from a peer's."""
    given = _parsed(arguments)
    if given.profile:
        compile_kernels()
        print(_profiles(given.profile, (given.threads or (1,))[0]))
        return 0
    names = [each for name in given.names or GROUPS for each in GROUPS.get(name, (name,))]
    rows: list[Row] = []
    if given.rows is not None:
        ratios = _kept(given.rows)
    else:
        for name in names:
            if name in WORKLOADS:
                rows += WORKLOADS[name].measure(WORKLOADS[name].size, WORKLOADS[name].count)
        ratios = _measured([name for name in names if name in NETWORKS], given, rows)
    if rows:
        from .table import table

        print(table(rows))
    if ratios:
        print(ratio_table(ratios))
    if given.picture is not None:
        given.picture.write_text(picture(ratios), encoding="utf-8")
    wrong = any(row.told.startswith("WRONG") for row in ratios)
    return 0 if all(row.holds for row in rows) and not wrong else 1


def _parsed(arguments: Sequence[str]) -> Any:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    known = (*GROUPS, *WORKLOADS, *NETWORKS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}")
    parser.add_argument("--threads", type=int, action="append", metavar="N", help="only with so many threads")
    parser.add_argument(
        "--json", type=Path, metavar="OUT", help="also write the rows to this file as they come"
    )
    parser.add_argument("--picture", type=Path, metavar="OUT", help="also draw the ratios, as SVG")
    parser.add_argument("--peer", action="append", choices=FAMILIES, help="only against this framework")
    parser.add_argument("--pass", dest="passes", action="append", choices=PASSES, help="only this one")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each comparison, beside warming up")
    parser.add_argument("--no-memory", action="store_true", help="without the peaks of memory")
    parser.add_argument(
        "--rows", type=Path, metavar="IN", help="instead of measuring: the rows of networks kept by --json"
    )
    parser.add_argument(
        "--profile", metavar="NAME", choices=NETWORKS, help="where a network's time goes instead"
    )
    given = parser.parse_args(arguments)
    unknown = [name for name in given.names if name not in known]
    if unknown:
        parser.error(f"there is no workload {unknown[0]}; there are {', '.join(known)}")
    return given


def _measured(names: Sequence[str], given: Any, rows: Sequence[Row]) -> list[Ratio]:
    """The rows of the networks; the file has at any time what is known by then."""
    scope = Scope(
        threads=tuple(given.threads or sorted({1, cores()}, reverse=True)),
        families=tuple(given.peer or FAMILIES),
        passes=tuple(given.passes or PASSES),
        seconds=given.seconds,
        memory=not given.no_memory,
    )
    found: list[Ratio] = []
    if names:
        compile_kernels()
    _write(given.json, rows, found)
    for row in measured(names, scope) if names else ():
        found.append(row)
        _progress(row)
        _write(given.json, rows, found)
    return found


def _progress(row: Ratio) -> None:
    """A line of what was found, as it is found: all of it takes an hour."""
    found = row.told if row.ratio is None else f"{row.ratio:.2f}"
    print(f"{row.workload} {row.passed} ({row.threads}): {row.peer}: {found}", file=sys.stderr)


def _kept(file: Path) -> list[Ratio]:
    told = json.loads(file.read_text(encoding="utf-8"))
    return [from_json(fields) for fields in told if "peer" in fields]


def _write(file: Path | None, rows: Sequence[Row], ratios: Sequence[Ratio]) -> None:
    if file is not None:
        told = [*(asdict(row) for row in rows), *(row.as_json() for row in ratios)]
        file.write_text(json.dumps(told, indent=1), encoding="utf-8")


def _profiles(name: str, threads: int) -> str:
    from .case import case_of
    from .ours import ours
    from .profile import profile, told

    texts = []
    for training, passed in enumerate(PASSES):
        side = ours(case_of(NETWORKS[name].document(), training=bool(training)), threads)
        side.run()
        thread = f"{threads} thread{'s' * (threads > 1)}"
        texts.append(f"{NETWORKS[name].title}, {passed}, {thread}\n{told(profile(side))}")
    return "\n\n".join(texts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
