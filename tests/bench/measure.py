"""Times of something done many times, and the budgets that they are held against."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a time may be at most, in milliseconds; None where nothing is asked for."""

    median: float | None = None
    p99: float | None = None


FREE = Budget()


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table; times are milliseconds by its clock: of the thread, the process or the wall."""

    workload: str
    case: str
    count: int
    median: float
    p99: float
    worst: float
    clock: str
    budget: Budget
    told: str
    """What else there is to say."""

    @property
    def holds(self) -> bool:
        """Whether the budget is kept."""
        limits = ((self.median, self.budget.median), (self.p99, self.budget.p99))
        return all(limit is None or taken <= limit for taken, limit in limits)


def row(
    workload: str,
    case: str,
    times: Sequence[float],
    budget: Budget = FREE,
    *,
    clock: str = "thread",
    told: str = "",
) -> Row:
    """The line of these times, in milliseconds."""
    ordered = sorted(times)
    return Row(
        workload=workload,
        case=case,
        count=len(ordered),
        median=_quantile(ordered, 0.5),
        p99=_quantile(ordered, 0.99),
        worst=ordered[-1],
        clock=clock,
        budget=budget,
        told=told,
    )


def spent(act: Callable[[], object]) -> float:
    """CPU time of this thread that something takes, in milliseconds."""
    begin = time.thread_time()
    act()
    return (time.thread_time() - begin) * 1e3


def repeated(act: Callable[[int], object], count: int) -> list[float]:
    """The times of something that is done with 1, 2, 3, …, garbage collections included."""
    times = []
    for turn in range(1, count + 1):
        begin = time.thread_time()
        act(turn)
        times.append((time.thread_time() - begin) * 1e3)
    return times


def _quantile(ordered: Sequence[float], part: float) -> float:
    """The smallest time that is not exceeded in that part of the cases."""
    return ordered[max(0, ceil(part * len(ordered)) - 1)]
