"""Applications of the convolution, pooling and normalisation primitives, with symbols among their sizes."""

from typing import Any

from tests.ops.cases import B, C, Case, T

PLAIN: dict[str, Any] = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
"""A convolution of images with nothing set."""

STRIDED: dict[str, Any] = {"stride": (3, 2), "padding": ((1, 0), (0, 2)), "dilation": (1, 2), "groups": 2}
"""Everything set, and differently along the two axes."""

LINE: dict[str, Any] = {"stride": (2,), "padding": ((1, 1),), "dilation": (1,), "groups": 1}
"""A convolution of sequences."""

CUBE: dict[str, Any] = {"stride": (1, 2, 1), "padding": ((0, 1),) * 3, "dilation": (1, 1, 1), "groups": 1}
"""A convolution over three axes."""

POOL: dict[str, Any] = {"kernel": (3, 2), "stride": (2, 3), "padding": (1, 0), "ceil_mode": False}
CEILED: dict[str, Any] = {"kernel": (2, 3), "stride": (3, 2), "padding": (1, 1), "ceil_mode": True}

SPATIAL_CASES: list[Case] = [
    Case(name="conv", shapes=((B, C, T, 5), (2, C, 2, 3)), settings=PLAIN, nan=(0, 1)),
    Case(name="conv", shapes=((B, C, 2 * T, 5), (6, C // 2, 3, 2)), settings=STRIDED, nan=(0, 1)),
    Case(name="conv", shapes=((B, C, T), (1, C, 2)), settings=LINE, nan=(0, 1)),
    Case(name="conv", shapes=((B, 1, 2, T, 2), (2, 1, 1, 2, 3)), settings=CUBE, nan=(0, 1)),
    Case(
        name="conv_input_grad",
        shapes=((B, 2, T, 3), (2, C, 2, 3)),
        settings={**PLAIN, "size": (T + 1, 5)},
        nan=(0, 1),
    ),
    Case(
        name="conv_input_grad",
        shapes=((B, 6, T - 1, 3), (6, C // 2, 3, 2)),
        settings={**STRIDED, "size": (3 * T - 4, 5)},
        nan=(0, 1),
    ),
    Case(
        name="conv_weight_grad",
        shapes=((B, C, T, 5), (B, 2, T - 1, 3)),
        settings={**PLAIN, "kernel": (2, 3)},
        nan=(0, 1),
    ),
    Case(
        name="conv_weight_grad",
        shapes=((B, C, 6, 5), (B, 6, 2, 3)),
        settings={**STRIDED, "kernel": (3, 2)},
        nan=(0, 1),
    ),
    Case(name="max_pool", shapes=((B, C, 2 * T, 5),), settings={**POOL, "dilation": (1, 2)}),
    Case(name="max_pool", shapes=((B, C, T + 2, 4),), settings={**CEILED, "dilation": (1, 1)}),
    Case(
        name="max_pool",
        shapes=((B, C, T),),
        settings={"kernel": (2,), "stride": (1,), "padding": (1,), "dilation": (1,), "ceil_mode": False},
    ),
    Case(
        name="max_pool_grad",
        shapes=((B, C, 2, 3), (B, C, 2, 3)),
        settings={"size": (T, 4)},
        integers={0: 12},
        nan=(1,),
    ),
    Case(name="avg_pool", shapes=((B, C, 2 * T, 5),), settings={**POOL, "count_include_pad": True}),
    Case(name="avg_pool", shapes=((B, C, T + 2, 4),), settings={**CEILED, "count_include_pad": False}),
    Case(name="avg_pool", shapes=((B, C, T + 2, 4),), settings={**CEILED, "count_include_pad": True}),
    Case(
        name="avg_pool_grad",
        shapes=((B, C, T, 2),),
        settings={**POOL, "count_include_pad": False, "size": (2 * T, 5)},
    ),
    Case(name="adaptive_avg_pool", shapes=((B, C, 7, T + 2),), settings={"size": (T, 2)}),
    Case(name="adaptive_avg_pool", shapes=((B, C, 2, T),), settings={"size": (5, 1)}),
    Case(name="adaptive_max_pool", shapes=((B, C, 7, T + 2),), settings={"size": (T, 2)}),
    Case(name="adaptive_max_pool", shapes=((B, C, 2, T, 1),), settings={"size": (5, 1, 3)}),
    Case(name="adaptive_avg_pool_grad", shapes=((B, C, T, 2),), settings={"size": (7, T + 2)}),
    *(
        Case(
            name=name,
            shapes=((B, C, T, 5),) if name == "resample" else ((B, C, 2 * T, 3),),
            settings={
                "size": (2 * T, 3) if name == "resample" else (T, 5),
                "mode": mode,
                "align_corners": corners,
            },
        )
        for name in ("resample", "resample_grad")
        for mode, corners in (
            ("nearest", False),
            ("nearest-exact", False),
            ("linear", False),
            ("linear", True),
            ("cubic", False),
            ("cubic", True),
        )
    ),
    Case(
        name="resample", shapes=((B, C, 1),), settings={"size": (T,), "mode": "linear", "align_corners": True}
    ),
    Case(
        name="resample",
        shapes=((B, C, T),),
        settings={"size": (1,), "mode": "linear", "align_corners": True},
        nan=(),
    ),
    Case(name="normalise", shapes=((B, C, T, 2),), settings={"axes": (0, 2, 3), "eps": 1e-5}),
    Case(name="normalise", shapes=((B, T, C),), settings={"axes": (2,), "eps": 0.1}),
    Case(name="normalise", shapes=((B, C),), settings={"axes": (0,), "eps": 1e-3}),
    Case(name="normalise", shapes=((B, T, C),), settings={"axes": (1,), "eps": 1e-3}),
    Case(
        name="normalise_grad",
        shapes=((B, C, T, 2), (1, C, 1, 1), (B, C, T, 2)),
        settings={"axes": (0, 2, 3), "eps": 1e-5},
        low=0.5,
        nan=(0, 1, 2),
    ),
    Case(
        name="normalise_grad",
        shapes=((B, T, C), (B, 1, 1), (B, T, C)),
        settings={"axes": (1, 2), "eps": 1e-5},
        low=0.5,
        nan=(0, 1, 2),
    ),
    Case(name="running_average", shapes=((C,), (C,)), settings={"momentum": 0.1, "count": 0}, nan=(0, 1)),
    Case(name="running_average", shapes=((C,), (C,)), settings={"momentum": 0.3, "count": B * T}, nan=(0, 1)),
]
