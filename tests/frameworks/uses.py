"""Uses of each layer to compare with PyTorch: its example, and what an example cannot show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.layers import LAYERS
from core.layers.activated import ACTIVATIONS
from core.layers.layer import Layer, bind
from core.ops.compare import RELATIONS
from core.types import Type


@dataclass(frozen=True, kw_only=True)
class Use:
    """A layer with arguments on inputs of these shapes; `integers` gives the bound of whole-number inputs."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    shapes: tuple[tuple[int, ...], ...] = ()
    integers: Mapping[int, int] = field(default_factory=dict)

    @property
    def layer(self) -> Layer:
        return bind(LAYERS[self.name], self.arguments)

    @property
    def types(self) -> list[Type]:
        return [
            Type(shape, "int64" if i in self.integers else "float32") for i, shape in enumerate(self.shapes)
        ]

    def __str__(self) -> str:
        return f"{self.name} {dict(self.arguments)} {self.shapes}"


def example(kind: type[Layer]) -> Use:
    integers = {
        i: kind.example.integers[p] for i, p in enumerate(kind.example.inputs) if p in kind.example.integers
    }
    shapes = tuple(kind.example.inputs.values())
    return Use(name=kind.__name__, arguments=kind.example.arguments, shapes=shapes, integers=integers)


def use(
    name: str, *shapes: tuple[int, ...], integers: Mapping[int, int] | None = None, **arguments: Any
) -> Use:
    return Use(name=name, arguments=arguments, shapes=shapes, integers=integers or {})


RECURRENT: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((2, 4, 3), {}),
    ((1, 1, 2), {"returns": "last"}),
    ((2, 1, 2), {"bidirectional": True, "bias": False}),
    ((2, 3, 2), {"num_layers": 3, "returns": "last", "bias": False}),
    ((1, 3, 2), {"num_layers": 2, "bidirectional": True}),
    ((2, 3, 2), {"num_layers": 2, "bidirectional": True, "returns": "last"}),
    ((2, 3, 2), {"num_layers": 2, "bidirectional": True, "returns": "sequence and state"}),
    ((1, 1, 2), {"returns": "state"}),
    ((2, 3, 2), {"num_layers": 2, "bidirectional": True, "bias": False, "initial_state": "given"}),
    ((1, 1, 2), {"initial_state": "given", "returns": "last"}),
    ((3, 4, 1), {"initial_state": "given", "returns": "sequence and state"}),
]


def recurrent(name: str, shape: tuple[int, ...], arguments: Mapping[str, Any]) -> Use:
    """A recurrent layer with a state of 3, its states to begin with among the inputs where it takes them."""
    places = arguments.get("num_layers", 1) * (2 if arguments.get("bidirectional") else 1)
    sizes = (arguments.get("proj_size") or 3, 3)[: 2 if name == "LSTM" else 1]
    started = arguments.get("initial_state") == "given"
    states = tuple((places, shape[0], size) for size in sizes) if started else ()
    return Use(name=name, shapes=(shape, *states), arguments={"hidden_size": 3, **arguments})


LOSSES = (
    "L1Loss",
    "SmoothL1Loss",
    "HuberLoss",
    "BCELoss",
    "HingeEmbeddingLoss",
    "SoftMarginLoss",
    "BCEWithLogitsLoss",
    "KLDivLoss",
)

FORMULAS: list[tuple[str, tuple[tuple[int, ...], ...]]] = [
    ("x - mean(x)", ((3, 5),)),
    ("x - np.mean(x, axis=-1, keepdims=True)", ((3, 5),)),
    ("(x - x.mean(0)) / sqrt(1e-5 + mean((x - mean(x, axis=0)) ** 2, axis=0))", ((4, 3),)),
    ("-x + 2 * x - x / 3 + 1 / (x ** 2 + 1) - (3 - x)", ((3, 5),)),
    ("exp(x) + log(abs(x) + 1) * tanh(x) - sigmoid(x) / softplus(x)", ((3, 5),)),
    ("relu(x) + gelu(x) * silu(x) + sin(x) ** 2 + cos(2 * x)", ((3, 5),)),
    ("2 ** x + exp(x) ** y", ((3, 5), (5,))),
    ("maximum(x, y) - minimum(x, 0.5) * maximum(0, y)", ((3, 5), (1, 5))),
    ("where(x > y, x, 0) + where(x <= 0.1, 1, -1) * where(0 < x, 2, y)", ((3, 5), (5,))),
    ("softmax(q @ k.swapaxes(1, 2) / sqrt(q.shape[-1]), axis=-1) @ v", ((2, 3, 4), (2, 5, 4), (2, 5, 6))),
    ("max(x, axis=(0, 2)) + x.sum(axis=(0, 2)) - min(x, axis=2, keepdims=True).T[0, 0, 0]", ((2, 3, 4),)),
    ("max(x, keepdims=True) + sum(x) + log_softmax(x, axis=1)", ((2, 3),)),
    ("x.T @ y + transpose(y) @ x.T.T", ((3, 3), (3, 3))),
    ("transpose(x, (2, 0, 1)) + x.transpose(2, 0, 1) * 2", ((2, 3, 4),)),
    ("reshape(x, (x.shape[0], -1)) @ reshape(y, (-1, 2))", ((2, 3, 4), (24,))),
    ("x.reshape(x.shape[0] * 3, 2 + 2)", ((2, 3, 4),)),
    ("concatenate((x, y[:, 1:]), axis=-1)", ((2, 3), (2, 4))),
    ("concatenate([x, y])", ((2, 3), (1, 3))),
    ("x[..., 0] + x[:, -1, 1:3][:, 0, None] * x[0, 0, 0]", ((3, 3, 4),)),
    ("x[::2, None, :-1]", ((3, 4),)),
    ("x @ y", ((4,), (4,))),
    ("x @ y", ((4,), (2, 4, 3))),
    ("x @ y", ((2, 3, 4), (4,))),
    ("x @ y", ((2, 3, 4), (4, 5))),
    ("x.T", ((2, 3, 4),)),
]

ODD_ONES = [
    use("Linear", (5,), out_features=3),
    use("Linear", (2, 3, 5), out_features=4, bias=False),
    *(use("Linear", (3, 5), out_features=4, activation=name) for name in ACTIVATIONS[1:]),
    use("Embedding", (2, 3), integers={0: 6}, num_embeddings=6, embedding_dim=2, padding_idx=-2),
    use("Bilinear", (4,), (5,), out_features=2),
    use("Bilinear", (2, 3, 1), (2, 3, 4), out_features=1, bias=False, activation="tanh"),
    use("Bilinear", (0, 3), (0, 4), out_features=2),
    use("Einsum", (2, 3, 4), equation="a...b -> b...a"),
    use("Einsum", (2, 3), equation="ij->"),
    use("Einsum", (2, 3), (2, 3), equation="ij,ij->ij"),
    use("Einsum", (2,), (3,), equation="i,j->ij"),
    use("Einsum", (2, 3, 5), (4, 3, 2), equation="ijk,lji->jl"),
    use("Einsum", (2, 3, 4), (2, 5, 4), (2, 5, 3), (3,), equation="bij,bkj,bkl,m->lbi"),
    use("Einsum", (5, 2, 3, 4), (2, 4, 1), equation="...ij,...jk->...ik"),
    use("Einsum", (0, 3), (3, 1), equation="ij,jk->ik"),
    use("EinsumDense", (2, 3, 4, 5), equation="...x,xy->...y", out_features=3, bias_axes="y"),
    use("EinsumDense", (2, 3, 4), equation="abc,bcd->ad", out_features=5),
    use("EinsumDense", (2, 3, 4), equation="abc,be->aec", out_features=(1,), bias_axes="e"),
    use("EinsumDense", (1, 3, 4), equation="abc,bcde->ade", out_features=(2, 3), bias_axes="ed"),
    use("GELU", (4, 50), approximate="tanh"),
    use("Softmax", (2, 3, 4), dim=-3),
    use("LogSoftmax", (2, 3, 4), dim=-1),
    use("Add", (2, 3), (3,), (4, 2, 3)),
    use("Add", (2, 3)),
    use("Multiply", (2, 1, 3), (1, 4, 1), ()),
    use("Subtract", (3,), (2, 3)),
    use("Concat", (2, 3), (2, 1), (2, 4), dim=-1),
    use("Concat", (2, 3), dim=0),
    use("MatMul", (3, 4), (2, 3, 5), transpose_a=True),
    use("MatMul", (2, 1, 3, 4), (5, 2, 4), transpose_b=True),
    use("MatMul", (4, 3), (5, 4), transpose_a=True, transpose_b=True),
    use("Flatten", (2, 3, 4, 5), start_dim=-3, end_dim=2),
    use("Flatten", (2, 3, 4, 5), start_dim=0),
    use("Reshape", (2, 12), shape="2, 3, -1, 2"),
    use("Reshape", (2, 12), shape="24"),
    use("Permute", (2, 3, 4), dims=(-1, 0, 1)),
    use("Slice", (2, 6, 3), start=-2),
    use("Slice", (2, 6, 3), dim=-1, start=-100, end=100, step=2),
    use("Slice", (2, 6, 3), dim=0, end=-1),
    use("Pad", (2, 3, 4), pad=2, mode="reflect"),
    use("Pad", (2, 3, 4, 5), pad=2, mode="replicate"),
    use("Pad", (2, 3, 4, 5), pad=(1, 2, 3, 0), mode="reflect"),
    use("Pad", (2, 3), pad=(1, 2, 3, 0)),
    use("Pad", (2, 3, 4, 5), pad=(0, 2), mode="reflect"),
    use("Pad", (2, 3, 4, 5), pad=(1, 2), mode="replicate"),
    use("Pad", (2, 4), pad=(1, 2), mode="reflect"),
    *(
        use("Pad", (2, 3, 4, 5), pad=(-2, 3, 2, -3), mode=mode)
        for mode in ("constant", "reflect", "replicate")
    ),
    use("Pad", (2, 3, 4, 5), pad=-1),
    use("Pad", (), pad=()),
    use("Permute", (), dims=()),
    use("Mean", (2, 3, 4)),
    use("Mean", (2, 3, 4), dim=1, keepdim=True),
    use("Sum", (2, 3, 4), dim=(-1, 0)),
    use("Sum", (2, 3, 4), keepdim=True),
    use("Sum", (2, 3, 4), dim=()),
    use("Mean", (2, 3, 4), dim=(), keepdim=True),
    use("CrossEntropyLoss", (4, 5), (4,), integers={1: 5}),
    use("CrossEntropyLoss", (6, 3), (6,), integers={1: 3}, ignore_index=1, label_smoothing=0.3),
    use("CrossEntropyLoss", (2, 3, 4, 5), (2, 4, 5), integers={1: 3}, ignore_index=0),
    use("GroupNorm", (2, 6), num_groups=3),
    use("GroupNorm", (2, 6, 5), num_groups=6, affine=False, eps=0.1),
    use("GroupNorm", (2, 4, 2, 3, 2), num_groups=1, activation="relu"),
    *(
        Use(
            name=f"InstanceNorm{len(places)}d",
            shapes=((2, 3, *places),),
            arguments={"track_running_stats": kept, **given},
        )
        for places in ((2,), (4, 1), (1, 3, 2))
        for kept in (False, True)
        for given in ({}, {"affine": True, "eps": 0.2, "momentum": 0.3, "activation": "relu"})
    ),
    *(
        Use(name="BatchNorm3d", shapes=((2, 3, 1, 4, 2),), arguments={"track_running_stats": kept, **given})
        for kept in (False, True)
        for given in ({}, {"affine": False, "eps": 0.2, "momentum": 0.3})
    ),
    use("RMSNorm", (2, 3), eps=None),
    use("RMSNorm", (2, 3, 4), normalized_axes=2),
    use("RMSNorm", (2, 3, 4), elementwise_affine=False),
    *(use("LocalResponseNorm", (2, 5, 3), size=size, alpha=0.3, k=0.5) for size in (1, 2, 5, 8)),
    use("LocalResponseNorm", (2, 5, 3, 2, 2), size=5),
    use("MaxPool1d", (2, 3, 8), kernel_size=2),
    use("MaxPool1d", (2, 3, 8), kernel_size=3, stride=2, padding=1, dilation=2, ceil_mode=True),
    use("AvgPool1d", (2, 3, 8), kernel_size=3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
    use("MaxPool3d", (0, 2, 3, 4, 5), kernel_size=2),
    use("MaxPool3d", (2, 1, 1, 4, 5), kernel_size=(1, 2, 3), stride=(3, 4, 1), dilation=(1, 2, 1)),
    use("MaxPool3d", (1, 2, 3, 5, 4), kernel_size=3, stride=2, padding=1, ceil_mode=True),
    use("AvgPool3d", (0, 2, 3, 4, 5), kernel_size=2),
    use("AvgPool3d", (2, 1, 1, 4, 5), kernel_size=(1, 2, 3), stride=(3, 4, 1)),
    *(
        Use(
            name="AvgPool3d",
            shapes=((1, 2, 3, 5, 4),),
            arguments={"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, **counted},
        )
        for counted in ({}, {"count_include_pad": False})
    ),
    *(
        use(f"Global{kind}Pool{len(places)}d", (2, 3, *places), keepdim=keepdim)
        for kind in ("Avg", "Max")
        for places in ((4,), (4, 5), (2, 4, 3), (1,), (1, 1), (1, 3, 1))
        for keepdim in (False, True)
    ),
    use("AdaptiveAvgPool1d", (2, 3, 5), output_size=7),
    use("AdaptiveAvgPool1d", (2, 3, 1), output_size=(2,)),
    use("AdaptiveAvgPool3d", (2, 3, 1, 5, 4), output_size=(2, 3, 4)),
    use("AdaptiveAvgPool3d", (0, 3, 1, 5, 4), output_size=1),
    use("PReLU", (2, 3, 4)),
    use("PReLU", (5,), init=0.1),
    use("ELU", (2, 5)),
    use("Softplus", (2, 5), beta=-3.0, threshold=1.0),
    use("CELU", (2, 5)),
    use("CELU", (1, 0, 3), alpha=2.5),
    use("Hardtanh", (2, 5)),
    use("Softshrink", (3, 1), lambd=0.0),
    use("Softshrink", (4, 7)),
    use("Hardshrink", (3, 1), lambd=0.0),
    use("Hardshrink", (4, 7)),
    use("Threshold", (0, 3), threshold=0.0, value=0.0),
    use("GLU", (2, 4, 3), dim=1),
    use("GLU", (1, 2)),
    use("Softmin", (2, 1, 3), dim=-2),
    use("LogSigmoid", ()),
    use("DropPath", (3,)),
    use("DropPath", (0, 2, 1)),
    use("FeatureAlphaDropout", (2, 3)),
    use("Clamp", (2, 5), min=0.25),
    use("Clamp", (2, 5), max=0.25),
    use("Clamp", (2, 5)),
    *(use(name, (2, 1, 3), (1, 4, 1), (3,)) for name in ("Maximum", "Minimum", "Average")),
    *(use(name, (2, 3)) for name in ("Maximum", "Minimum", "Average")),
    use("Divide", (3,), (2, 3)),
    use("Power", (2, 5), exponent=-2.0),
    use("Power", (2, 5)),
    use("Power", (2, 5), exponent=0.0),
    use("Scale", (2, 5)),
    use("Scale", (2, 5), factor=-1.0, shift=0.5),
    use("Scale", (2, 5), shift=-0.5),
    use("Scale", (2, 5), factor=-3.0),
    use("Normalize", (3, 4), p=1),
    *(
        Use(name=name, arguments=given, shapes=((3, 2, 4),))
        for name in ("Var", "Std")
        for given in ({}, {"dim": (0, 2), "correction": 0}, {"keepdim": True, "correction": 3}, {"dim": ()})
    ),
    *(
        Use(name="LogSumExp", arguments=given, shapes=((3, 1, 4),))
        for given in ({}, {"dim": (0, 1)}, {"keepdim": True})
    ),
    *(use("Norm", (2, 1, 3), p=p, dim=(0, 2), keepdim=True) for p in (1.0, 2.0, 3.5)),
    use("Norm", (2, 3)),
    *(
        use(name, (2, 1, 3), (4, 1), integers={0: 3, 1: 2})
        for name in ("LogicalAnd", "LogicalOr", "LogicalXor")
    ),
    use("Normalize", (3, 4, 2), dim=-2),
    *(
        Use(name=name, arguments=given, shapes=((2, 3, 4),))
        for name in ("Max", "Min")
        for given in ({}, {"dim": 1}, {"keepdim": True})
    ),
    *(use("Compare", (3, 4), integers={0: 3}, value=1.0, relation=relation) for relation in RELATIONS),
    use("Greater", (2, 1, 3), (4, 1)),
    *(
        use(name, (2, 1, 3), (4, 1), integers={0: 2, 1: 2})
        for name in ("Greater", "GreaterEqual", "Less", "LessEqual", "Equal", "NotEqual")
    ),
    use("Where", (2, 3), (4, 2, 1), (), integers={0: 2}),
    use("Squeeze", (2, 3, 1), dim=-1),
    use("Unsqueeze", (2, 3), dim=-1),
    use("Unsqueeze", (), dim=0),
    use("Select", (2, 6, 3), dim=-1, index=1),
    use("Select", (2, 6), dim=0),
    use("Flip", (2, 6), dim=0),
    use("Flip", (2, 6), dim=()),
    use("Expand", (1, 3), shape="2, 4, -1"),
    use("Expand", (), shape="2, 3"),
    use("Expand", (), shape=""),
    *(
        Use(name="Upsample", arguments={"mode": mode, **given}, shapes=((2, 3, 4, 5),))
        for mode in ("nearest", "bilinear")
        for given in ({}, {"scale_factor": (3, 1)}, {"size": (7, 3)}, {"size": 1}, {"size": (4, 9)})
    ),
    *(
        use("Upsample", (2, 3, 4, 5), mode="bilinear", align_corners=True, size=size)
        for size in (None, (7, 3), 1)
    ),
    *(use("PadTo", (1, 2, 4, 5), (1, 1, *size)) for size in ((4, 5), (7, 8), (1, 2), (5, 4), (3, 6), (9, 2))),
    use("PixelShuffle", (1, 9, 2, 1), upscale_factor=3),
    use("PixelUnshuffle", (1, 1, 6, 3), downscale_factor=3),
    use("PixelUnshuffle", (0, 2, 2, 2), downscale_factor=1),
    *(
        Use(name="Upsample", shapes=((2, 3, 5, 4),), arguments={"mode": mode, **given})
        for mode in ("nearest-exact", "bicubic")
        for given in ({}, {"size": (7, 3)}, {"size": 1}, {"size": (2, 9)}, {"scale_factor": (3, 1)})
    ),
    *(use("Upsample", (1, 2, 1, 4), mode="bicubic", align_corners=True, size=n) for n in (1, 5, (3, 7))),
    *(use("Upsample", (2, 1, 5), mode=mode, size=7) for mode in ("nearest", "nearest-exact", "linear")),
    use("Upsample", (2, 1, 5), mode="linear", align_corners=True),
    *(use("Upsample", (1, 2, 3, 2, 4), mode=mode) for mode in ("nearest", "nearest-exact", "trilinear")),
    use("Upsample", (1, 2, 3, 2, 4), mode="trilinear", align_corners=True, size=(2, 5, 3)),
    use("Upsample", (0, 2, 3, 2), mode="bicubic"),
    use("Pad", (2, 3, 4), pad=2, mode="circular"),
    use("Pad", (2, 3, 4, 5), pad=(2, 0, -1, 2), mode="circular"),
    use("Crop", (2, 3, 4, 5), crop=0),
    use("Crop", (2, 3, 4, 5), crop=1),
    use("Crop", (3, 7), crop=(0, 2, 1, 0)),
    use("Crop", (0, 2, 4), crop=(2, 1)),
    use("Split", (2, 3, 4), sizes=(4,), dim=-1),
    use("Split", (5,), sizes=(2, 1, 2), dim=0),
    use("Chunk", (2, 3, 4), chunks=1),
    use("Chunk", (2, 3, 5), chunks=2, dim=-1),
    use("Chunk", (0, 4), chunks=4),
    use("Transpose", (2, 3, 4), dim0=-1, dim1=0),
    use("Transpose", (2, 3), dim0=1, dim1=1),
    use("Unflatten", (2, 3, 12), dim=-1, sizes="2, 3, 2"),
    use("Unflatten", (12,), dim=0, sizes="12"),
    use("Roll", (2, 5), shifts=7),
    use("Roll", (2, 5), shifts=(0, -3), dims=(0, 1)),
    use("Roll", (0, 1), shifts=3),
    use("Tile", (2, 3), dims=(2, 1, 3)),
    use("Tile", (2, 3, 1), dims=2),
    use("Tile", (), dims=(2, 3)),
    use("RepeatInterleave", (2, 3), repeats=3, dim=-1),
    use("RepeatInterleave", (0, 3), repeats=1),
    use("Gather", (3, 4), (2, 5), integers={1: 4}),
    use("Gather", (3, 4), (2, 3), integers={1: 3}, dim=0),
    use("Gather", (2, 3, 1), (2, 3, 6), integers={1: 1}, dim=-1),
    use("OneHot", (), integers={0: 2}, num_classes=3),
    use("OneHot", (3, 1), integers={0: 1}, num_classes=1),
    *(use(name, (2, 3, 5), keepdim=True) for name in ("ArgMax", "ArgMin")),
    *(use(name, (4,), dim=0) for name in ("ArgMax", "ArgMin")),
    use("Stack", (2, 3)),
    use("Stack", (2, 3), (2, 3), (2, 3), dim=-1),
    use("Stack", (), (), dim=0),
    use("Dot", (2, 3), (4, 1, 3)),
    use("Dot", (2, 3, 4), (2, 3, 4), dim=1),
    use("CosineSimilarity", (2, 3, 4), (2, 1, 4), dim=-1),
    use("CosineSimilarity", (3, 4), (3, 4), eps=1e-6),
    *(use("PairwiseDistance", (2, 3), (4, 2, 3), p=p, keepdim=True) for p in (1.0, 2.0, 3.0)),
    *(use(name, (2, 3), (2, 3), reduction=r) for name in LOSSES for r in ("sum", "none")),
    *(use(name, (2, 3), (2, 3)) for name in LOSSES),
    use("SmoothL1Loss", (2, 3), (2, 3), beta=0.0),
    use("SmoothL1Loss", (2, 3), (2, 3), beta=5.0),
    use("BCEWithLogitsLoss", (), ()),
    use("KLDivLoss", (2, 3), (2, 3), reduction="mean"),
    *(
        use(name, (6, 3), (6,), integers={1: 3}, weight=weight, reduction=reduction, ignore_index=ignored)
        for name in ("CrossEntropyLoss", "NLLLoss")
        for weight, ignored in (("", 1), ("1, 0.5, 3", -100), ("1, 0.5, 3", 2))
        for reduction in ("mean", "sum", "none")
    ),
    *(
        use("CrossEntropyLoss", (2, 3, 1, 4), (2, 1, 4), integers={1: 3}, label_smoothing=0.3, **given)
        for given in (
            {"weight": "2, 1, 0.25", "ignore_index": 0},
            {"reduction": "none"},
            {"reduction": "sum"},
        )
    ),
    *(use("MarginRankingLoss", (5,), (5,), (5,), reduction=r) for r in ("mean", "sum", "none")),
    *(use("CosineEmbeddingLoss", (6, 3), (6, 3), (6,), margin=0.2, reduction=r) for r in ("mean", "none")),
    *(
        Use(name="TripletMarginLoss", shapes=((5, 3),) * 3, arguments={"reduction": "none", **given})
        for given in ({"p": 1.0}, {"swap": True, "margin": 0.5}, {"p": 3.0, "eps": 0.1})
    ),
    use("TripletMarginLoss", (3,), (3,), (3,), reduction="sum"),
    use("KLDivLoss", (2, 3, 4), (2, 3, 4), log_target=True),
    use("KLDivLoss", (3,), (3,)),
    use("NLLLoss", (6, 3), (6,), integers={1: 3}, ignore_index=1),
    use("NLLLoss", (2, 3, 4, 5), (2, 4, 5), integers={1: 3}),
    use("DepthwiseConv2d", (2, 3, 5, 4), kernel_size=3, padding="same", dilation=2, bias=False),
    use("DepthwiseConv2d", (2, 3, 5, 4), kernel_size=3, padding=1, stride=2, padding_mode="reflect"),
    use("DepthwiseConv2d", (2, 3, 6, 4), kernel_size=(2, 3), padding="same_upper", stride=2, bias=False),
    *(
        Use(
            name="Conv2d",
            shapes=((2, 3, 6, 7),),
            arguments={"out_channels": 2, "padding": "same_upper", "padding_mode": mode, **sizes},
        )
        for mode in ("zeros", "reflect", "replicate", "circular")
        for sizes in ({"kernel_size": 3, "stride": 2}, {"kernel_size": (5, 2), "stride": (3, 1)})
    ),
    use("Conv2d", (2, 3, 5, 7), out_channels=2, kernel_size=3, stride=2, padding="same_upper"),
    use("Conv1d", (0, 3, 6), out_channels=2, kernel_size=4, padding="same_upper"),
    use(
        "Conv1d", (2, 3, 1), out_channels=2, kernel_size=3, stride=4, padding="same_upper", activation="relu"
    ),
    use("Conv1d", (2, 4, 7), out_channels=4, kernel_size=2, stride=3, padding="same_upper", groups=2),
    use("Conv3d", (1, 2, 4, 5, 1), out_channels=2, kernel_size=2, stride=(2, 1, 3), padding="same_upper"),
    use("ConvTranspose3d", (1, 4, 1, 3, 2), out_channels=6, kernel_size=(1, 2, 3), stride=2, groups=2),
    use(
        "ConvTranspose3d",
        (2, 2, 2, 1, 3),
        out_channels=1,
        kernel_size=3,
        stride=(2, 3, 1),
        padding=1,
        output_padding=(1, 2, 0),
        bias=False,
    ),
    use("ConvTranspose3d", (0, 2, 2, 1, 3), out_channels=1, kernel_size=2, dilation=2, output_padding=1),
    use("Conv3d", (1, 4, 3, 4, 5), out_channels=6, kernel_size=2, groups=2, stride=2, padding=(1, 0, 1)),
    use("Conv3d", (1, 2, 3, 4, 5), out_channels=2, kernel_size=3, padding="same", padding_mode="circular"),
    use("ConvTranspose1d", (2, 4, 5), out_channels=6, kernel_size=3, stride=3, output_padding=2, groups=2),
    use("ConvTranspose1d", (2, 4, 5), out_channels=2, kernel_size=2, dilation=3, padding=2),
    use("MSELoss", (2, 3), (2, 3), reduction="sum"),
    use("MSELoss", (2, 3), (2, 3), reduction="none"),
    use("ScaledDotProductAttention", (2, 2, 4, 3), (2, 2, 4, 3), (2, 2, 4, 5), causal=True),
    use("ScaledDotProductAttention", (2, 5, 3), (2, 3, 3), (2, 3, 2), causal=True),
    use("ScaledDotProductAttention", (1, 3), (1, 3), (1, 3)),
    use("MultiheadAttention", (2, 4, 6), (2, 4, 6), (2, 4, 6), num_heads=3, causal=True),
    use("MultiheadAttention", (1, 1, 4), (1, 1, 4), (1, 1, 4), num_heads=1, causal=True),
    use("MultiheadAttention", (1, 2, 4), (1, 3, 4), (1, 3, 4), num_heads=4, bias=False),
    *(recurrent(name, *one) for name in ("LSTM", "GRU", "RNN") for one in RECURRENT),
    *(recurrent("LSTM", shape, {"proj_size": 2, **arguments}) for shape, arguments in RECURRENT),
    use("LSTMCell", (1, 1), (1, 3), (1, 3), hidden_size=3, bias=False),
    use("GRUCell", (1, 1), (1, 3), hidden_size=3, bias=False),
    use("RNNCell", (3, 2), (3, 1), hidden_size=1, nonlinearity="relu"),
    use("ScaledDotProductAttention", (2, 4, 3), (2, 4, 3), (2, 4, 5), scale=0.3, causal=True),
    use("ScaledDotProductAttention", (2, 4, 3), (2, 5, 3), (2, 5, 1), (4, 5), integers={3: 4}, mask="given"),
    use(
        "ScaledDotProductAttention",
        (2, 3, 4, 3),
        (2, 3, 4, 3),
        (2, 3, 4, 5),
        (2, 1, 1, 4),
        integers={3: 9},
        mask="given",
        causal=True,
    ),
    use("MultiheadAttention", (2, 4, 6), (2, 5, 3), (2, 5, 7), num_heads=3),
    use("MultiheadAttention", (1, 1, 4), (1, 1, 1), (1, 1, 4), num_heads=2, bias=False),
    *(
        Use(name="MultiheadAttention", shapes=((2, 3, 4),) * 3, arguments={"num_heads": 2, **given})
        for given in (
            {"add_bias_kv": True},
            {"add_zero_attn": True, "causal": True},
            {"add_bias_kv": True, "add_zero_attn": True, "returns": "result and weights", "bias": False},
        )
    ),
    use(
        "MultiheadAttention",
        (2, 3, 4),
        (2, 3, 4),
        (2, 3, 4),
        (2, 3),
        integers={3: 2},
        num_heads=2,
        mask="key_mask",
        causal=True,
        add_zero_attn=True,
    ),
    *(
        Use(name=f"BatchNorm{n}d", shapes=(shape,), arguments={"bias": False})
        for n, shape in ((1, (3, 2)), (2, (2, 3, 1, 2)), (3, (2, 1, 2, 1, 3)))
    ),
    *(
        Use(name=f"InstanceNorm{n}d", shapes=((2, 3, *(2,) * n),), arguments={"bias": False, "affine": True})
        for n in (1, 2, 3)
    ),
    use("GroupNorm", (2, 6, 3), num_groups=3, bias=False),
    *(
        Use(name=f"AvgPool{n}d", shapes=((1, 2, *(5, 6, 4)[:n]),), arguments={"kernel_size": 3, **given})
        for n in (2, 3)
        for given in (
            {"divisor_override": 5},
            {"divisor_override": 2, "padding": 1, "stride": 2, "ceil_mode": True},
            {"divisor_override": 7, "stride": 4, "ceil_mode": True, "count_include_pad": False},
        )
    ),
    *(
        Use(name=f"LPPool{n}d", shapes=((2, 1, *(5, 6, 7)[:n]),), arguments={"kernel_size": 2, **given})
        for n in (1, 2, 3)
        for given in (
            {"norm_type": 1.0},
            {"norm_type": 4.0, "stride": 3},
            {"stride": 3, "ceil_mode": True},
        )
    ),
    *(
        use(f"AdaptiveMaxPool{n}d", (shape[0], 3, *shape[1:]), output_size=size)
        for n, shape, size in (
            (1, (2, 5), 7),
            (1, (0, 5), 2),
            (2, (2, 1, 7), (2, 3)),
            (2, (1, 6, 4), (3, 2)),
            (3, (2, 1, 5, 4), (2, 3, 4)),
            (3, (0, 1, 5, 4), 1),
        )
    ),
    *(
        use(
            "MultiheadAttention",
            (2, 4, 6),
            (2, 4, 6),
            (2, 4, 6),
            *shapes,
            integers=bounds,
            num_heads=3,
            mask=mask,
            returns=returns,
            causal=causal,
        )
        for mask, shapes, bounds in (
            ("none", (), {}),
            ("mask", ((4, 4),), {3: 9}),
            ("mask", ((2, 4, 4),), {3: 9}),
            ("key_mask", ((2, 4),), {3: 9}),
            ("mask and key_mask", ((2, 4, 4), (2, 4)), {3: 9, 4: 9}),
        )
        for returns in ("result", "result and weights")
        for causal in (False, True)
        # PyTorch's weights of a query that may look at no key are NaN: with a mask beside causal there is no
        # word of PyTorch's. That it is one mask of both is a test of the layers.
        if not (causal and mask != "none" and returns != "result")
    ),
    use("RNN", (2, 3, 2), hidden_size=3, nonlinearity="relu", bidirectional=True),
    use("PositionalEncoding", (2, 3, 3, 5), max_len=3),
    use("PositionalEncoding", (1, 1), max_len=1),
    use("LearnedPositions", (3, 5), max_len=7),
    *(use("Expression", *shapes, expression=text) for text, shapes in FORMULAS),
    use(
        "Expression",
        (3, 5),
        expression="relu(x @ weight + bias)",
        learnable="weight: x.shape[-1], 4 = normal; bias: 4 = zeros",
    ),
    use("Expression", (2, 3, 4), expression="x * s ** g + t", learnable="s: = ones; g: 4 = 0.5; t: 2, 1, 4"),
    use("Expression", expression="sin(w) @ w", learnable="w: 5"),
]

WORDLESS = ("GaussianNoise", "RandomNormal")
"""What PyTorch has no word for; exports of them, made of primitives, are checked as all are."""

WEIGHED_LOSSES = [
    *(
        use(name, (2, 3), (2, 3), weight=weight, reduction=reduction)
        for name in ("BCELoss", "BCEWithLogitsLoss", "MultiLabelSoftMarginLoss")
        for weight in ("0.5", "2, 0.5, 1")
        for reduction in ("mean", "none")
    ),
    use("BCELoss", (), (), weight="0.3"),
    use("BCEWithLogitsLoss", (), (), weight="0.3", pos_weight="3", reduction="none"),
    use("BCEWithLogitsLoss", (4, 3), (4, 3), pos_weight="2, 1, 0.5", reduction="sum"),
    use("MultiLabelSoftMarginLoss", (3,), (3,)),
    use("MultiLabelSoftMarginLoss", (0, 3), (0, 3), reduction="sum"),
    *(
        Use(name="CrossEntropyLoss", shapes=(shape, shape), arguments=given)
        for shape in ((4, 3), (1, 3, 1, 2), (2, 1))
        for given in ({}, {"reduction": "none", "label_smoothing": 0.2}, {"reduction": "sum"})
    ),
    use("CrossEntropyLoss", (0, 3), (0, 3), reduction="sum"),
    *(
        use("CrossEntropyLoss", (4, 3), (4, 3), weight="1, 0.5, 3", reduction=reduction, label_smoothing=0.2)
        for reduction in ("mean", "none")
    ),
    *(
        Use(name="MultiMarginLoss", shapes=((4, 3), (4,)), integers={1: 3}, arguments=given)
        for given in (
            {},
            {"p": 2, "weight": "1, 0.5, 3"},
            {"margin": 0.5, "reduction": "none"},
            {"reduction": "sum", "p": 2},
        )
    ),
    use("MultiMarginLoss", (1, 1), (1,), integers={1: 1}),
    *(use("MultiLabelMarginLoss", (3, 5), (3, 5), integers={1: 5}, reduction=r) for r in ("sum", "none")),
    use("MultiLabelMarginLoss", (1, 1), (1, 1), integers={1: 1}),
    *(
        Use(name="PoissonNLLLoss", shapes=((3, 4), (3, 4)), arguments=given)
        for given in (
            {},
            {"log_input": False, "eps": 0.1},
            {"log_input": False, "full": True, "reduction": "none"},
            {"reduction": "sum"},
        )
    ),
    use("PoissonNLLLoss", (), ()),
    *(
        Use(name="GaussianNLLLoss", shapes=((3, 4), (3, 4), var), arguments=given)
        for var in ((3, 4), (3, 1), (1, 4))
        for given in ({"eps": 0.01}, {"reduction": "none"}, {"reduction": "sum", "full": True}, {"eps": 1.0})
    ),
    *(
        Use(name="LinearCrossEntropyLoss", shapes=((4, 3), shape), integers=whole, arguments=given)
        for shape, whole, given in (
            ((4,), {1: 5}, {"num_classes": 5}),
            ((4,), {1: 2}, {"num_classes": 2, "weight": "2, 0.5", "ignore_index": 0, "reduction": "sum"}),
            ((4, 2), {1: 3}, {"num_classes": 3, "out_features": 2, "reduction": "none"}),
            ((4, 2, 3), {1: 3}, {"num_classes": 3, "out_features": (2, 3), "bias": True}),
            ((4, 5), {}, {"num_classes": 5, "label_smoothing": 0.3}),
            ((4, 5, 2), {}, {"num_classes": 5, "out_features": (2,), "reduction": "none"}),
        )
    ),
    use("KLDivLoss", (), ()),
]

USES = [example(kind) for n, kind in LAYERS.items() if not kind.structural and n not in WORDLESS]
USES += ODD_ONES + WEIGHED_LOSSES
