"""Sizes and settings at which kernels are easily wrong: one element, odd ends, windows out of step."""

from typing import Any

import numpy as np

from core.ops.primitive import Array
from tests.ops.cases import Case


def pool_case(sizes: tuple[int, ...], **settings: Any) -> Case:
    plain = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1), "ceil_mode": False}
    return Case(name="max_pool", shapes=(sizes,), settings={**plain, **settings})


def adaptive_cases(sizes: tuple[int, ...], size: tuple[int, int]) -> list[Case]:
    passed = (*sizes[:2], *size)
    return [
        Case(name="adaptive_avg_pool", shapes=(sizes,), settings={"size": size}),
        Case(name="adaptive_avg_pool_grad", shapes=(passed,), settings={"size": sizes[2:]}),
    ]


def norm_cases(sizes: tuple[int, ...], axes: tuple[int, ...], eps: float = 1e-5) -> list[Case]:
    kept = tuple(1 if axis in axes else size for axis, size in enumerate(sizes))
    settings = {"axes": axes, "eps": eps}
    return [
        Case(name="normalise", shapes=(sizes,), settings=settings),
        Case(name="normalise_grad", shapes=(sizes, kept, sizes), settings=settings, low=0.5, nan=(0, 1, 2)),
    ]


def fold_case(dy: tuple[int, ...], w: tuple[int, ...], size: tuple[int, int], **settings: Any) -> Case:
    plain = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
    settings = {**plain, **settings, "size": size}
    return Case(name="conv_input_grad", shapes=(dy, w), settings=settings, nan=(0, 1))


AWKWARD = [
    fold_case((1, 1, 1, 1), (1, 1, 2, 1), (2, 1)),
    fold_case((2, 3, 2, 9), (3, 2, 1, 3), (5, 27), stride=(4, 3)),
    fold_case((2, 4, 5, 4), (4, 1, 3, 2), (5, 3), padding=((1, 1), (1, 1))),
    fold_case((1, 2, 1, 1), (2, 3, 3, 3), (7, 2), padding=((2, 1), (1, 2)), dilation=(4, 2), stride=(2, 1)),
    fold_case((1, 1, 3, 3), (1, 1, 2, 2), (1, 1), padding=((1, 2), (2, 1))),
    fold_case((1, 1, 1, 4), (1, 1, 1, 2), (1, 1), padding=((0, 0), (0, 4))),
    pool_case((1, 1, 1, 1), kernel=(1, 1)),
    pool_case((2, 3, 5, 7), kernel=(2, 3), stride=(4, 5)),
    pool_case((1, 1, 9, 3), kernel=(3, 2), dilation=(4, 2), padding=(1, 1)),
    pool_case((3, 1, 17, 33), kernel=(2, 2), stride=(2, 2), ceil_mode=True),
    pool_case((1, 1, 1, 1), kernel=(2, 2), padding=(2, 2), dilation=(3, 3)),
    Case(
        name="max_pool_grad",
        shapes=((1, 1, 9, 8), (1, 1, 9, 8)),
        settings={"size": (1, 2)},
        integers={0: 2},
        nan=(1,),
    ),
    *adaptive_cases((1, 1, 1, 1), (1, 1)),
    *adaptive_cases((2, 1, 3, 17), (5, 4)),
    *adaptive_cases((1, 3, 7, 7), (1, 1)),
    *norm_cases((1, 1, 1, 4), (0, 2, 3)),
    *norm_cases((3, 2, 1, 17), (0, 2, 3), eps=0.0),
    *norm_cases((2, 5, 33), (2,)),
    *norm_cases((7,), (0,)),
    *norm_cases((2, 1, 3, 5), (1, 2, 3), eps=0.5),
]


def single(case: Case, arrays: list[Array]) -> list[Array]:
    """A case's arrays, the floats among them as float32."""
    return [a if i in case.integers else a.astype(np.float32) for i, a in enumerate(arrays)]
