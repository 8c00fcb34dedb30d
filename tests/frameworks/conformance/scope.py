"""What is out of scope, each with its reason; a sample that wants anything else must pass."""

from collections.abc import Mapping

ABSENT: Mapping[str, str] = {
    "CTCLoss": "not offered: an alignment of sequences of their own lengths",
    "FractionalMaxPool2d": "not in the catalogue: its windows are drawn by chance",
    "FractionalMaxPool3d": "not in the catalogue: its windows are drawn by chance",
    "LPPool1d": "not in the catalogue",
    "LPPool2d": "not in the catalogue",
    "LPPool3d": "not in the catalogue",
    "LinearCrossEntropyLoss": "not in the catalogue: a Linear and a CrossEntropyLoss in one",
}
"""Modules that no layer of ours stands for."""

NOT_YET = "our layer has no such argument yet"

LACKING: Mapping[str, str] = {
    "KLDivLoss: a target below 0": "no probability: PyTorch gives NaN",
    "KLDivLoss: the batchmean of a scalar": "a scalar has no batch: refused",
    **dict.fromkeys(
        (
            "AvgPool2d.divisor_override", "AvgPool3d.divisor_override", "BCELoss.weight",
            "BCEWithLogitsLoss.weight", "BatchNorm1d.bias", "BatchNorm1d.momentum: None",
            "BatchNorm2d.bias", "BatchNorm2d.momentum: None", "BatchNorm3d.bias",
            "BatchNorm3d.momentum: None",
            "CrossEntropyLoss: probabilities as the target", "GRU: a first state", "GroupNorm.bias",
            "InstanceNorm1d.bias", "InstanceNorm1d.momentum", "InstanceNorm2d.bias",
            "InstanceNorm2d.momentum",
            "InstanceNorm3d.bias", "InstanceNorm3d.momentum", "LSTM.proj_size", "LSTM: a first state",
            "MultiheadAttention.add_bias_kv", "MultiheadAttention.add_zero_attn",
            "MultiheadAttention: a mask",
            "RNN: a first state",
        ),
        NOT_YET,
    ),
}  # fmt: skip
"""What a layer of ours cannot be told, as `Layer.argument` or `Layer: what`."""


def reason(what: str) -> str | None:
    """Why a module or an argument is out of scope; None where it is not in the tables."""
    return ABSENT.get(what) or LACKING.get(what)
