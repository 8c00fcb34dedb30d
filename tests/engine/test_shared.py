"""Memory shared by two processes: laid out, handed over, and gone with its last user."""

import os
from multiprocessing import Pipe
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from core.engine import shared
from core.engine.memory import ALIGNMENT
from core.engine.network import PlanError
from core.engine.shared import SharedFile, at, found, lay_out, put
from core.initialise import Array


def open_files() -> set[str]:
    """What this process has open, by descriptor and name."""
    return {
        f"{entry.name}:{entry.readlink()}" for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()
    }


def some() -> dict[str, Array]:
    """Arrays of each kind, one of them empty, one without axes."""
    return {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "b": np.array(7, np.int64),
        "c": np.zeros((0, 4)),
        "d": np.array([True, False]),
    }


@given(st.dictionaries(st.text(max_size=3), st.lists(st.integers(0, 5), max_size=3).map(tuple), max_size=6))
def test_arrays_are_laid_out_apart_and_aligned(shapes: dict[str, tuple[int, ...]]) -> None:
    layout, size = lay_out({name: (shape, "<f4") for name, shape in shapes.items()})
    end = 0
    for name, spot in layout.items():
        assert spot.shape == shapes[name]
        assert spot.offset >= end and spot.offset % ALIGNMENT == 0
        end = spot.offset + 4 * int(np.prod(spot.shape))
    assert end <= size


@pytest.mark.parametrize("has_memfd", [True, False])
def test_what_one_end_puts_the_other_end_reads(has_memfd: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not has_memfd:
        monkeypatch.delattr(os, "memfd_create", raising=False)
        monkeypatch.delattr(os, "posix_fallocate", raising=False)
    ours, theirs = Pipe()
    with ours, theirs:
        file = SharedFile()
        layout = put(some(), file)
        file.send(ours, os.getpid())
        received = SharedFile.receive(theirs).mapped(writable=True)
    for name, array in some().items():
        there = at(received, layout[name])
        assert np.array_equal(there, array) and there.dtype == array.dtype
    at(received, layout["a"])[1, 2] = 50
    assert at(file.mapped(writable=False), layout["a"])[1, 2] == 50


def test_an_array_is_found_in_the_memory_that_it_stands_in() -> None:
    file = SharedFile()
    layout = put(some(), file)
    memory = file.mapped(writable=True)
    for name in ("a", "b", "d"):
        spot = found(memory, at(memory, layout[name]))
        assert spot is not None
        assert np.array_equal(at(memory, spot), some()[name])
    assert found(memory, np.zeros(3)) is None


def test_an_array_in_another_order_is_found_as_it_stands() -> None:
    file = SharedFile()
    layout = put(some(), file)
    memory = file.mapped(writable=True)
    a = at(memory, layout["a"])
    for other in (a.T, a[:, 1:], a[:, ::-1], a[::-1, ::2], np.broadcast_to(a[0], (4, 3))):
        spot = found(memory, other)
        assert spot is not None
        assert np.array_equal(at(memory, spot), other)
    assert found(memory[: a.nbytes - 1], a) is None
    assert found(memory[: a.nbytes - 1], a.T) is None
    assert found(memory[4:], a[:, ::-1]) is None


@pytest.mark.parametrize("has_memfd", [True, False])
def test_room_that_is_made_as_it_is_used_is_blank_and_is_seen_by_both(
    has_memfd: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_memfd:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    file = SharedFile()
    file.reserve(3_000_000, at_once=False)
    assert (os.fstat(file.descriptor).st_blocks * 512 < 100_000) == has_memfd
    here, there = file.mapped(writable=True), file.mapped(writable=False)
    assert here.size == 3_000_000 and not here.any()
    here[-1] = 7
    assert there[-1] == 7


def test_files_and_arrays_keep_nothing_open() -> None:
    before = open_files()
    files = [SharedFile() for _ in range(3)]
    layouts = [put(some(), file) for file in files]
    held = [at(f.mapped(writable=False), spots["a"]) for f, spots in zip(files, layouts, strict=True)]
    files.clear()
    # A mapping holds a descriptor of its own until the last array on it goes.
    assert [array[1, 2] for array in held] == [5, 5, 5]
    del held
    assert open_files() == before


def test_a_lack_of_room_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, size: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shared, "reserve", full)
    with pytest.raises(PlanError, match=r"^there is no room for 2\.0 MB of values: no space left on device$"):
        SharedFile().reserve(2_000_000)
