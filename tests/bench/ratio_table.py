"""The rows against the peers as a table of text: a line for each network, pass and number of threads."""

from collections.abc import Iterable, Sequence
from math import exp, log

from .columns import columns
from .peers import CHANNELS_LAST, EAGER, FAMILIES
from .ratios import Ratio
from .turns import FEWEST

Key = tuple[str, str, int]

PEERS = tuple(peer for family in FAMILIES.values() for peer in family.peers)

SHORT = {EAGER: "eager", CHANNELS_LAST: "ch. last", "torch.compile": "compile", "onnxruntime": "ort"}

TITLES = (
    "workload", "pass", "threads", "ours ms", "GFLOP/s", "share",
    *(SHORT.get(peer, peer) for peer in PEERS), "quickest", "MB", "eager MB",
)  # fmt: skip


def ratio_table(rows: Sequence[Ratio]) -> str:
    """How many times as long each peer takes, and below it the mean and what there is to say.

    `~` marks a ratio of turns in which threads had to wait for a core, `!` one of results that differ;
    `quickest` is the ratio to eager in its better layout of the quickest turn of each.
    """
    lines = [_line(key, of) for key, of in grouped(rows).items()]
    told = [
        f"{row.workload} {row.passed} ({row.threads}): {row.peer}: {row.told}" for row in rows if row.told
    ]
    means = [
        f"geometric mean against PyTorch eager in its better layout, {threads} thread{'s' * (threads > 1)}, "
        f"{passed}{', quickest turns' * quickest}: {mean:.2f}"
        for threads in sorted({row.threads for row in rows}, reverse=True)
        for passed in ("forward", "train")
        for quickest in (False, True)
        if (mean := geometric(betters(rows, threads, passed, quickest=quickest).values())) is not None
    ]
    return "\n".join([columns(TITLES, lines, range(2, len(TITLES))), "", *means, *told]).rstrip()


def grouped(rows: Iterable[Ratio]) -> dict[Key, dict[str, Ratio]]:
    """The rows of each line by peer, in the order in which they came."""
    found: dict[Key, dict[str, Ratio]] = {}
    for row in rows:
        found.setdefault((row.workload, row.passed, row.threads), {})[row.peer] = row
    return found


def betters(rows: Iterable[Ratio], threads: int, passed: str, *, quickest: bool = False) -> dict[str, float]:
    """The ratio to eager in whichever layout is quicker, by workload: of medians, or quickest turns."""
    found: dict[str, float] = {}
    for row in rows:
        asked = row.peer in (EAGER, CHANNELS_LAST) and (row.threads, row.passed) == (threads, passed)
        ratio = row.quickest if quickest else row.ratio
        if asked and ratio is not None:
            found[row.workload] = min(ratio, found.get(row.workload, ratio))
    return found


def geometric(ratios: Iterable[float]) -> float | None:
    """The mean of ratios; None of none."""
    logs = [log(ratio) for ratio in ratios]
    return exp(sum(logs) / len(logs)) if logs else None


def _line(key: Key, of: dict[str, Ratio]) -> tuple[str, ...]:
    workload, passed, threads = key
    first = next((row for row in of.values() if row.ours_ms is not None), next(iter(of.values())))
    eager = of.get(EAGER, first)
    head = (workload, passed, str(threads))
    own = (_number(first.ours_ms, ".3f"), _number(first.gflops, ".0f"), _number(first.share, ".0%"))
    quickest = betters(of.values(), threads, passed, quickest=True).get(workload)
    memory = (_number(eager.ours_mb, ".0f"), _number(eager.peer_mb, ".0f"))
    ratios = (*(_ratio(of.get(peer)) for peer in PEERS), _number(quickest, ".2f"))
    return (*head, *own, *ratios, *memory)


def _ratio(row: Ratio | None) -> str:
    if row is None:
        return ""
    if row.ratio is None:
        return "–"
    mark = "!" if row.told.startswith("WRONG") else "~" * (row.quiet < FEWEST)
    return f"{row.ratio:.2f}{mark}"


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)
