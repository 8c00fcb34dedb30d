"""Behind an array there may be no memory: what is laid out for the register tile reads nothing there."""

import ctypes
import mmap
import multiprocessing
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.initialise import Array
from tests.machine.plans import Told, done, exactly

ALONE: dict[str, Any] = {
    "stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1, "kernel": (1, 1),
}  # fmt: skip


def at_the_end(array: Array) -> Array:
    """The same array where its last number is the last before a page that must not be touched."""
    pages = -(-array.nbytes // mmap.PAGESIZE)
    memory = mmap.mmap(-1, (pages + 1) * mmap.PAGESIZE)
    begin = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    library = ctypes.CDLL(None, use_errno=True)
    behind = ctypes.c_void_p(begin + pages * mmap.PAGESIZE)
    assert library.mprotect(behind, ctypes.c_size_t(mmap.PAGESIZE), 0) == 0, os.strerror(ctypes.get_errno())
    offset = pages * mmap.PAGESIZE - array.nbytes
    placed = np.frombuffer(memory, array.dtype, array.size, offset).reshape(array.shape)
    placed[...] = array
    return placed


def close(told: list[Told], arrays: list[Array], number: int, bound: float) -> None:
    exact = exactly(told, arrays)[number]
    for threads in (1, 2):
        found = done(told, arrays, [number], threads)[number]
        assert np.abs(found - exact).max() <= bound * np.abs(exact).max()


def gradients_of_filters() -> None:
    rng = np.random.default_rng(0)
    for channels in (65, 66, 70, 72, 96, 97, 101, 200):
        x = at_the_end(rng.standard_normal((2, 5, 7, channels)).astype(np.float32)).transpose(0, 3, 1, 2)
        dy = rng.standard_normal((2, 80, 5, 7)).astype(np.float32)
        close([("conv_weight_grad", (0, 1), ALONE)], [x, dy], 2, 1e-6)


def products_of_columns() -> None:
    rng = np.random.default_rng(0)
    for rows in (6, 7, 8, 96, 97, 100, 102, 107):
        for deep in (8, 9, 17, 200):
            a, b = (at_the_end(rng.standard_normal((deep, n)).astype(np.float32)) for n in (rows, 90))
            close([("matmul", (0, 1), {"transpose_a": True, "transpose_b": False})], [a, b], 2, 1e-6)


@pytest.mark.skipif(os.name == "nt", reason="pages are protected with mprotect")
@pytest.mark.parametrize("work", [gradients_of_filters, products_of_columns], ids=lambda work: work.__name__)
def test_nothing_is_read_behind_the_last_number(work: Callable[[], None]) -> None:
    process = multiprocessing.get_context("spawn").Process(target=work)
    process.start()
    process.join(120)
    process.terminate()
    assert process.exitcode == 0
