"""Shapes that samples of others leave out: 1-sized, odd, empty, strides beyond the kernel, one step."""

from collections.abc import Iterator
from typing import Any

import pytest

from .samples import PRECISIONS, Sample

torch: Any = pytest.importorskip("torch")
nn = torch.nn

Shape = tuple[int, ...]
Case = tuple[Any, tuple[Any, ...], dict[str, Any], tuple[Shape, ...]]


def case(kind: Any, *arguments: Any, on: Shape | tuple[Shape, ...], **keywords: Any) -> Case:
    """The module of these arguments on an input of that shape, or on several."""
    shapes: Any = on if on and isinstance(on[0], tuple) else (on,)
    return kind, arguments, keywords, shapes


LINEAR = [
    case(nn.Linear, 1, 1, on=(1, 1)),
    case(nn.Linear, 5, 3, on=(0, 5)),
    case(nn.Linear, 7, 1, on=(2, 1, 3, 7), bias=False),
    case(nn.Bilinear, 1, 3, 2, on=((1, 1), (1, 3))),
    case(nn.Bilinear, 3, 2, 5, on=((0, 3), (0, 2))),
]

CONVOLUTIONS = [
    case(nn.Conv1d, 1, 1, 1, on=(1, 1, 1)),
    case(nn.Conv1d, 2, 3, 4, on=(3, 2, 5), padding="same"),
    case(nn.Conv1d, 2, 4, 2, on=(2, 2, 17), stride=7, groups=2),
    case(nn.Conv1d, 2, 3, 3, on=(1, 2, 4), padding=2, padding_mode="circular"),
    case(nn.Conv1d, 2, 3, 3, on=(1, 2, 4), padding=3, padding_mode="reflect"),
    case(nn.Conv1d, 2, 3, 3, on=(1, 2, 1), padding=3, padding_mode="replicate"),
    case(nn.Conv2d, 3, 4, 2, on=(2, 3, 7, 11), stride=5),
    case(nn.Conv2d, 2, 4, (3, 1), on=(1, 2, 9, 5), stride=(4, 3), padding=(1, 0), dilation=2, groups=2),
    case(nn.Conv2d, 3, 2, 3, on=(0, 3, 5, 5)),
    case(nn.Conv2d, 1, 1, 3, on=(1, 1, 1, 1), padding=1, bias=False),
    case(nn.Conv2d, 2, 2, (2, 4), on=(1, 2, 3, 5), padding="same", dilation=(3, 1)),
    case(nn.Conv3d, 1, 2, 1, on=(1, 1, 4, 1, 7), stride=3),
    case(nn.Conv3d, 2, 2, 2, on=(0, 2, 3, 3, 3)),
    case(nn.ConvTranspose1d, 1, 1, 1, on=(1, 1, 1)),
    case(nn.ConvTranspose1d, 3, 2, 2, on=(2, 3, 3), stride=5, output_padding=4),
    case(nn.ConvTranspose1d, 2, 2, 3, on=(0, 2, 4)),
    case(nn.ConvTranspose2d, 4, 2, (2, 3), on=(1, 4, 1, 5), stride=(5, 1), padding=(0, 2), groups=2),
    case(nn.ConvTranspose2d, 2, 3, 3, on=(2, 2, 3, 1), dilation=2, padding=1, bias=False),
    case(nn.ConvTranspose3d, 1, 2, 2, on=(1, 1, 1, 3, 2), stride=3),
    case(nn.ConvTranspose3d, 2, 2, 2, on=(0, 2, 2, 2, 2)),
]

POOLS = [
    case(nn.MaxPool1d, 1, on=(1, 1, 1)),
    case(nn.MaxPool1d, 2, on=(2, 3, 9), stride=5),
    case(nn.MaxPool1d, 3, on=(2, 1, 8), stride=2, padding=1, dilation=2, ceil_mode=True),
    case(nn.MaxPool2d, (2, 1), on=(1, 3, 7, 5), stride=(3, 4)),
    case(nn.MaxPool2d, 2, on=(0, 3, 4, 4)),
    case(nn.MaxPool2d, 3, on=(1, 1, 4, 5), stride=2, ceil_mode=True),
    case(nn.MaxPool3d, 1, on=(1, 2, 3, 1, 5), stride=2),
    case(nn.MaxPool3d, 2, on=(0, 2, 2, 2, 2)),
    case(nn.AvgPool1d, 2, on=(1, 3, 9), stride=5),
    case(nn.AvgPool1d, 3, on=(2, 1, 8), stride=2, padding=1, ceil_mode=True, count_include_pad=False),
    case(nn.AvgPool2d, 3, on=(1, 1, 6, 5), stride=4, padding=1, ceil_mode=True),
    case(nn.AvgPool2d, 2, on=(0, 3, 4, 4)),
    case(nn.AvgPool3d, 1, on=(1, 2, 3, 1, 5), stride=2),
    case(nn.AvgPool3d, 2, on=(0, 2, 2, 2, 2)),
    *(case(nn.AdaptiveAvgPool1d, n, on=(2, 1, 7)) for n in (1, 3, 9)),
    case(nn.AdaptiveAvgPool2d, (5, 1), on=(1, 2, 3, 7)),
    case(nn.AdaptiveAvgPool2d, 2, on=(0, 2, 3, 3)),
    case(nn.AdaptiveAvgPool3d, (1, 2, 4), on=(1, 1, 3, 5, 3)),
    *(case(nn.AdaptiveMaxPool1d, n, on=(2, 1, 7)) for n in (1, 3, 9)),
    case(nn.AdaptiveMaxPool2d, (5, 1), on=(1, 2, 3, 7)),
    case(nn.AdaptiveMaxPool2d, 2, on=(0, 2, 3, 3)),
    case(nn.AdaptiveMaxPool3d, (1, 2, 4), on=(1, 1, 3, 5, 3)),
    case(nn.LPPool1d, 2, 1, on=(1, 1, 1)),
    case(nn.LPPool1d, 4, 2, on=(2, 3, 9), stride=5),
    case(nn.LPPool2d, 2, (2, 1), on=(1, 3, 7, 5), stride=(3, 4)),
    case(nn.LPPool2d, 2, 3, on=(1, 1, 4, 5), stride=2, ceil_mode=True),
    case(nn.LPPool3d, 2, 2, on=(0, 2, 2, 2, 2)),
    case(nn.AvgPool2d, 2, on=(0, 3, 4, 4), divisor_override=3),
    case(nn.AvgPool2d, 2, on=(1, 1, 7, 9), stride=5, divisor_override=1, ceil_mode=True),
    case(nn.AvgPool3d, 3, on=(1, 1, 3, 4, 5), padding=1, divisor_override=7),
]

NORMALISATIONS = [
    case(nn.BatchNorm1d, 1, on=(3, 1)),
    case(nn.BatchNorm1d, 3, on=(1, 3, 2)),
    case(nn.BatchNorm2d, 2, on=(1, 2, 1, 3)),
    case(nn.BatchNorm2d, 2, on=(0, 2, 3, 3)),
    case(nn.BatchNorm2d, 3, on=(2, 3, 1, 1), momentum=None),
    case(nn.BatchNorm3d, 1, on=(1, 1, 1, 2, 1)),
    case(nn.BatchNorm3d, 2, on=(1, 2, 1, 3, 1), bias=False),
    # Of one number it is a difference of equal ones over √eps: a small eps would compare how they round.
    case(nn.LayerNorm, 1, 0.5, on=(3, 1)),
    case(nn.LayerNorm, 7, on=(0, 7)),
    case(nn.LayerNorm, (1, 5), on=(2, 1, 5)),
    case(nn.RMSNorm, 1, on=(3, 1)),
    case(nn.RMSNorm, (3, 1), on=(0, 3, 1)),
    case(nn.RMSNorm, 5, on=(2, 5)),
    case(nn.GroupNorm, 1, 1, on=(2, 1, 3)),
    case(nn.GroupNorm, 5, 5, on=(1, 5, 7)),
    case(nn.GroupNorm, 2, 4, on=(3, 4)),
    case(nn.GroupNorm, 2, 4, on=(0, 4, 3)),
    case(nn.GroupNorm, 1, 3, on=(2, 3, 1, 5), bias=False),
    case(nn.InstanceNorm1d, 2, on=(1, 2, 3)),
    case(nn.InstanceNorm2d, 1, on=(1, 1, 1, 5), affine=True),
    case(nn.InstanceNorm3d, 2, on=(1, 2, 1, 3, 1)),
    case(nn.LocalResponseNorm, 9, on=(1, 3, 5)),
    case(nn.LocalResponseNorm, 4, on=(2, 1, 1, 1)),
    case(nn.LocalResponseNorm, 3, on=(0, 2, 4)),
    case(nn.InstanceNorm2d, 2, on=(1, 2, 3, 1), affine=True, bias=False),
]

ACTIVATIONS = [
    case(kind, on=shape)
    for kind in (
        nn.ReLU, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.CELU, nn.SELU, nn.GELU, nn.SiLU, nn.Mish, nn.Sigmoid,
        nn.LogSigmoid, nn.Tanh, nn.Tanhshrink, nn.Softplus, nn.Softsign, nn.ReLU6, nn.Hardtanh, nn.Hardshrink,
        nn.Hardsigmoid, nn.Hardswish, nn.Softshrink,
    )
    for shape in ((), (1,), (0, 3), (3, 1, 17))
] + [
    case(kind, dim, on=shape)
    for kind in (nn.Softmax, nn.LogSoftmax, nn.Softmin)
    for dim, shape in ((0, (1,)), (-1, (0, 3)), (1, (3, 1, 5)), (-3, (7, 2, 1)))
] + [
    case(nn.Softmax2d, on=(1, 1, 1, 1)),
    case(nn.Softmax2d, on=(0, 3, 2, 1)),
    case(nn.Threshold, 0.25, -3.0, on=(0, 3)),
    case(nn.Threshold, 0.25, -3.0, on=(3, 1, 7)),
] + [case(nn.GLU, on=(1, 2)), case(nn.GLU, 0, on=(2, 3)), case(nn.PReLU, 1, on=(2, 1, 3))]  # fmt: skip

SEQUENCES = [
    case(kind, size, hidden, on=shape, batch_first=True, **keywords)
    for kind in (nn.RNN, nn.LSTM, nn.GRU)
    for size, hidden, shape, keywords in (
        (1, 1, (1, 1, 1), {}),
        (3, 5, (2, 1, 3), {"bidirectional": True}),
        (2, 3, (1, 7, 2), {"num_layers": 3, "bias": False}),
        (2, 1, (3, 2, 2), {"num_layers": 2, "bidirectional": True}),
    )
] + [
    case(nn.MultiheadAttention, 1, 1, on=((1, 1, 1),) * 3, batch_first=True),
    case(nn.MultiheadAttention, 6, 3, on=((2, 1, 6), (2, 5, 6), (2, 5, 6)), batch_first=True, bias=False),
    case(nn.MultiheadAttention, 5, 5, on=((3, 7, 5), (3, 1, 5), (3, 1, 5)), batch_first=True),
    case(nn.MultiheadAttention, 4, 2, on=((0, 3, 4),) * 3, batch_first=True),
    case(nn.MultiheadAttention, 1, 1, on=((1, 1, 1),) * 3, batch_first=True, add_bias_kv=True),
    case(
        nn.MultiheadAttention,
        6,
        3,
        on=((2, 1, 6), (2, 5, 6), (2, 5, 6)),
        add_zero_attn=True,
        batch_first=True,
    ),
    case(nn.LSTM, 3, 5, on=(2, 1, 3), batch_first=True, proj_size=1, bidirectional=True),
    case(nn.RNNCell, 1, 1, on=((1, 1), (1, 1))),
    case(nn.RNNCell, 3, 5, on=((0, 3), (0, 5))),
    case(nn.GRUCell, 1, 1, on=((1, 1), (1, 1))),
    case(nn.GRUCell, 3, 5, on=((2, 3), (2, 5)), bias=False),
    *(
        case(kind, width, heads, hidden, on=shapes, dropout=0.0, batch_first=True, **given)
        for kind, count in ((nn.TransformerEncoderLayer, 1), (nn.TransformerDecoderLayer, 2))
        for width, heads, hidden, shapes, given in (
            (6, 3, 1, ((1, 1, 6), (1, 7, 6))[:count], {}),
            (5, 1, 3, ((2, 3, 5), (2, 1, 5))[:count], {"norm_first": True}),
            (4, 4, 7, ((1, 3, 4), (1, 2, 4))[:count], {"bias": False}),
        )
    ),
]

LOSSES = [
    case(kind, on=(shape, shape), reduction=reduction)
    for kind in (
        nn.L1Loss, nn.MSELoss, nn.SmoothL1Loss, nn.HuberLoss, nn.BCEWithLogitsLoss, nn.PoissonNLLLoss,
        nn.HingeEmbeddingLoss,
    )
    for shape in ((), (1,), (0, 3), (3, 1, 5))
    for reduction in ("mean", "sum", "none")
] + [
    case(kind, on=(shape,) * count, reduction=reduction)
    for kind, count, shapes in (
        (nn.CrossEntropyLoss, 2, ((1, 1), (0, 3), (3, 2, 1))),
        (nn.MultiLabelSoftMarginLoss, 2, ((1,), (0, 3), (3, 1, 5))),
        (nn.MarginRankingLoss, 3, ((1,), (0, 3), (3, 1))),
        (nn.TripletMarginLoss, 3, ((1, 1), (0, 3), (3, 5))),
    )
    for shape in shapes
    for reduction in ("mean", "sum", "none")
] + [
    case(nn.CosineEmbeddingLoss, on=((1, 1), (1, 1), (1,))),
    case(nn.CosineEmbeddingLoss, on=((3, 7), (3, 7), (3,)), margin=0.5, reduction="none"),
    case(nn.CosineSimilarity, on=((1, 1), (1, 1))),
    case(nn.CosineSimilarity, -1, on=((0, 3), (0, 3))),
    case(nn.PairwiseDistance, on=((1, 1), (1, 1))),
    case(nn.PairwiseDistance, on=((0, 3), (0, 3))),
]  # fmt: skip

PADS = [
    case(nn.ZeroPad1d, (5, 0), on=(1, 1, 1)),
    case(nn.ZeroPad2d, (-1, 2, 0, 3), on=(1, 2, 3, 5)),
    case(nn.ConstantPad3d, 1, 2.5, on=(0, 1, 1, 2, 3)),
    case(nn.ReflectionPad1d, (2, 2), on=(1, 1, 3)),
    case(nn.ReplicationPad2d, (4, 0, 1, 3), on=(1, 1, 1, 1)),
    case(nn.CircularPad1d, (3, 3), on=(1, 2, 3)),
    case(nn.PixelShuffle, 3, on=(1, 9, 1, 2)),
    case(nn.PixelUnshuffle, 2, on=(1, 1, 2, 6)),
    case(nn.Flatten, on=(1, 1)),
    case(nn.Flatten, 0, 1, on=(0, 3, 2)),
    case(nn.Upsample, on=(1, 1, 1), size=5),
    case(nn.Upsample, on=(0, 2, 3, 3), size=(1, 7)),
    *(case(nn.Upsample, on=(1, 2, 1, 7), size=(3, 5), mode=mode) for mode in ("bilinear", "bicubic")),
    case(nn.Upsample, on=(1, 1, 2, 1, 3), size=(1, 4, 2), mode="trilinear", align_corners=True),
]

CASES: list[Case] = [
    *LINEAR, *CONVOLUTIONS, *POOLS, *NORMALISATIONS, *ACTIVATIONS, *SEQUENCES, *LOSSES, *PADS,
]  # fmt: skip


def awkward() -> Iterator[Sample]:
    """The cases in both precisions, and in both modes where they read the mode."""
    for kind, arguments, keywords, shapes in CASES:
        for precision in PRECISIONS:
            for training in (False, True) if "Batch" in kind.__name__ else (False,):
                torch.default_generator.manual_seed(3)
                inputs = tuple(torch.randn(shape, dtype=precision, requires_grad=True) for shape in shapes)
                yield Sample(
                    kind=kind,
                    arguments=arguments,
                    keywords=keywords,
                    inputs=inputs,
                    precision=precision,
                    training=training,
                )


def indices() -> Iterator[Sample]:
    """Layers on whole numbers: tables of one row, no index at all, one class, one example."""
    for precision in PRECISIONS:
        for keywords, shape in (
            ({"num_embeddings": 1, "embedding_dim": 1}, (1,)),
            ({"num_embeddings": 5, "embedding_dim": 3}, (0, 2)),
            ({"num_embeddings": 3, "embedding_dim": 7, "padding_idx": 0}, (2, 1, 5)),
        ):
            torch.default_generator.manual_seed(3)
            found = torch.randint(keywords["num_embeddings"], shape)
            yield Sample(kind=nn.Embedding, keywords=keywords, inputs=(found,), precision=precision)
        for kind in (nn.CrossEntropyLoss, nn.NLLLoss, nn.MultiMarginLoss):
            for shape in ((1, 1), (1, 7), (3, 2, 1), (0, 4)):
                if kind is not nn.MultiMarginLoss or shape in ((1, 1), (1, 7)):
                    x = drawn(shape, precision)
                    target = torch.randint(shape[1], (shape[0], *shape[2:]))
                    yield Sample(kind=kind, inputs=(x, target), precision=precision)
        for labels in ([[0]], [[-1]], [[2, -1, 1], [0, 1, 2]], [[-1, 0, 0], [1, 1, -1]]):
            target = torch.tensor(labels)
            x = drawn(tuple(target.shape), precision)
            yield Sample(kind=nn.MultiLabelMarginLoss, inputs=(x, target), precision=precision)
        yield Sample(
            kind=nn.LinearCrossEntropyLoss,
            arguments=(1, 1),
            inputs=(drawn((1, 1), precision), torch.zeros(1, dtype=torch.int64)),
            precision=precision,
        )


def states() -> Iterator[Sample]:
    """What is given more than plain numbers: two states, a variance above 0."""
    for precision in PRECISIONS:
        for batch, size, hidden in ((1, 1, 1), (3, 2, 5)):
            x, h, c = (drawn((batch, n), precision) for n in (size, hidden, hidden))
            yield Sample(kind=nn.LSTMCell, arguments=(size, hidden), inputs=(x, (h, c)), precision=precision)
        for shape, spread in (((1,), (1,)), ((3, 5), (3, 1)), ((0, 3), (0, 3))):
            x, target, var = (drawn(each, precision) for each in (shape, shape, spread))
            inputs = (x, target, var.detach().abs().requires_grad_())
            yield Sample(kind=nn.GaussianNLLLoss, inputs=inputs, precision=precision)
        # Variances on both sides of eps: PyTorch passes the gradient of those below it too.
        x, target, var = (drawn((4, 5), precision) for _ in range(3))
        yield Sample(
            kind=nn.GaussianNLLLoss,
            keywords={"eps": 0.5},
            inputs=(x, target, var.detach().abs().requires_grad_()),
            precision=precision,
        )


def drawn(shape: Shape, precision: Any) -> Any:
    """Numbers of which a gradient is wanted."""
    torch.default_generator.manual_seed(3)
    return torch.randn(shape, dtype=precision, requires_grad=True)
