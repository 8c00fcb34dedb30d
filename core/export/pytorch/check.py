"""The text of check.py for PyTorch, with the names of one design put in."""

from ..check_text import Checked


def check_text(design: Checked, *, lazy: bool = False) -> str:
    """check.py for the model of a design."""
    return design.filled(TEXT, SHAPED=LAZY if lazy else "")


LAZY = """\
        with torch.no_grad():
            run(model.eval(), sample)  # its layers find out their sizes
"""
"""What is run first where the model has lazy layers."""

TEXT = r'''"""Checks that <FILE>.py is the network that was drawn.

Needs numpy and torch (pip install numpy torch); run it with: python check.py

sample.npz holds an input, and the outputs and gradients that an independent
computation in float64 gave for it. The network is built from <FILE>.py and run on the
same input twice: with weights.safetensors, and with random weights drawn below, since
fresh weights (zeros, ones) would hide tensors that were swapped. The stored weights,
every output and every gradient have to agree to 1e-7 of their largest element.

To use the stored weights elsewhere (pip install safetensors):

    from safetensors.torch import load_file

    from <FILE> import <MAKER>

    model = <MAKER>()
    model.load_state_dict(load_file("weights.safetensors"))
"""

import json
import struct
import sys
import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from <FILE> import <MAKER>

HERE = Path(__file__).resolve().parent
INPUTS = <INPUTS>
OUTPUTS = <OUTPUTS>
SEED = <SEED>
# Second names of tied parameters, each with the name of the tensor that it is.
TIED = <TIED>


def read_safetensors(path):
    """The file's tensors by name: 8 bytes of length, a header in JSON, the bytes."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    types = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "BOOL": np.bool_}
    tensors = {}
    for name, entry in header.items():
        start, stop = (8 + length + offset for offset in entry["data_offsets"])
        flat = np.frombuffer(data[start:stop], types[entry["dtype"]])
        tensors[name] = torch.tensor(flat.reshape(entry["shape"]))
    return tensors


def random_weights(stored):
    """Vectors evenly in 0.5 to 2 (they may be variances), other tensors normal."""
    tensors = dict(stored)
    for name, tensor in stored.items():
        if not tensor.is_floating_point():
            continue
        draw = f"{SEED} {TIED.get(name, name)}"
        generator = np.random.RandomState(zlib.crc32(draw.encode()))
        shape = tuple(tensor.shape)
        if len(shape) < 2:
            values = generator.uniform(0.5, 2, shape)
        else:
            values = generator.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
        tensors[name] = torch.tensor(values)
    return tensors


<COMPARISON>


def run(model, sample):
    """The outputs, and the inputs that were fed."""
    inputs = [torch.tensor(sample[f"input/{name}"]) for name in INPUTS]
    for x in inputs:
        x.requires_grad_(x.is_floating_point())
    stopped = []
    hooks = [
        part.register_forward_pre_hook(lambda *_, name=name: stopped.append(name))
        for name, part in model.named_modules()
    ]
    try:
        outputs = model(*inputs)
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        place = stopped[-1] if stopped and stopped[-1] else "the network"
        reason = str(error).splitlines()[0]
        raise SystemExit(f"FAILED output {OUTPUTS[0]}: stopped in {place}: {reason}")
    finally:
        for hook in hooks:
            hook.remove()
    return (outputs if isinstance(outputs, tuple) else (outputs,)), inputs


def check_eval(model, sample, comparison):
    """Outputs and gradients, as the network is used."""
    model.eval()
    outputs, inputs = run(model, sample)
    total = 0.0
    for name, y in zip(OUTPUTS, outputs, strict=True):
        comparison.tensor(f"output {name}", f"output/{name}", y.detach().numpy())
        same_shape = tuple(y.shape) == comparison.shape(f"output/{name}")
        if same_shape and y.is_floating_point():
            total = total + (y * torch.tensor(sample[f"cotangent/{name}"])).sum()
    if isinstance(total, torch.Tensor) and total.requires_grad:
        total.backward()
    leaves = [(f"input {name}", x) for name, x in zip(INPUTS, inputs, strict=True)]
    for name, leaf in [*leaves, *model.named_parameters()]:
        if leaf.requires_grad:
            gradient = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
            key = f"gradient/{TIED.get(name, name)}"
            comparison.tensor(f"gradient of {name}", key, gradient.numpy())
    comparison.no_gradient_is_lacking()


def kept_whole(x, p=0.5, training=True, inplace=False):
    """Dropout that happens to drop nothing."""
    return x if not training else x * 0 if p == 1 else x / (1 - p)


def alpha_kept_whole(x, p=0.5, training=False, inplace=False):
    """Alpha dropout that happens to drop nothing: what keeps mean and variance is left."""
    lowest = -1.7580993408473766
    scale = ((1 - p) * (1 + p * lowest**2)) ** -0.5 if p < 1 else 0.0
    return scale * x - scale * lowest * p if training else x


@contextmanager
def even_draws(model):
    """Lets dropout keep everything, and noise be 1: no two programs draw the same."""
    attention = F.scaled_dot_product_attention

    def attending(q, k, v, mask=None, dropout_p=0.0, *rest, **words):
        return kept_whole(attention(q, k, v, mask, 0.0, *rest, **words), dropout_p)

    given = {
        (F, "dropout"): kept_whole,
        (F, "dropout1d"): kept_whole,
        (F, "dropout2d"): kept_whole,
        (F, "dropout3d"): kept_whole,
        (F, "alpha_dropout"): alpha_kept_whole,
        (F, "feature_alpha_dropout"): alpha_kept_whole,
        (F, "scaled_dot_product_attention"): attending,
        (torch, "randn_like"): torch.ones_like,
    }
    kept = {place: getattr(*place) for place in given}
    for part in model.modules():
        # Dropout between levels divides what the next one's weights are multiplied by.
        if isinstance(part, torch.nn.RNNBase):
            for name, weight in part.named_parameters():
                if name.startswith("weight_ih") and not name.startswith("weight_ih_l0"):
                    weight.copy_(kept_whole(weight, part.dropout))
            part.dropout = 0.0
    try:
        for place, function in given.items():
            setattr(*place, function)
        yield
    finally:
        for place, function in kept.items():
            setattr(*place, function)


def check_train(model, sample, comparison):
    """Outputs and running statistics after one step in train mode."""
    model.train()
    with torch.no_grad(), even_draws(model):
        outputs, _ = run(model, sample)
    for name, y in zip(OUTPUTS, outputs, strict=True):
        found = y.detach().numpy()
        comparison.tensor(f"output {name} in training", f"train/{name}", found)
    for name, buffer in model.named_buffers():
        if buffer.is_floating_point():
            comparison.tensor(f"buffer {name}", f"buffer/{name}", buffer.numpy())


def check(sample):
    """One comparison for each set of weights."""
    for weights in ("file", "random"):
        try:
            model = <MAKER>()
        except (RuntimeError, TypeError, ValueError) as error:
            raise SystemExit(f"FAILED building the network: {error}")
<SHAPED>        tensors = read_safetensors(HERE / "weights.safetensors")
        if weights == "random":
            tensors = random_weights(tensors)
        try:
            model.load_state_dict(tensors, strict=True)
        except RuntimeError as error:
            raise SystemExit(f"FAILED loading the {weights} weights: {error}")
        comparison = Comparison(sample, weights)
        if weights == "file":
            for name in tensors.keys() - TIED.keys():
                found = tensors[name].numpy()
                comparison.tensor(f"tensor {name}", f"tensor/{name}", found)
        check_eval(model, sample, comparison)
        if f"{weights}/train" in sample:
            check_train(model, sample, comparison)
        yield comparison


def main():
    """Prints what was found; 0 where everything agrees, else 1."""
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with np.load(HERE / "sample.npz") as sample:
            comparisons = list(check(sample))
    except SystemExit as error:
        print(error)
        return 1
    finally:
        torch.set_default_dtype(default)
    return conclusion(comparisons)


if __name__ == "__main__":
    sys.exit(main())
'''
"""check.py, with places for what it is told."""
