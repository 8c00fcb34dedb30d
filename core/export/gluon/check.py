"""The text of check.py for MXNet Gluon, with the names of one design put in."""

from ..check_text import Checked


def check_text(design: Checked) -> str:
    """check.py for the model of a design."""
    return design.filled(TEXT)


TEXT = r'''"""Checks that <FILE>.py is the network that was drawn.

Needs mxnet 1.9.1 (pip install mxnet==1.9.1 numpy==1.23.5); run it with: python check.py

sample.npz holds an input, and the outputs and gradients that an independent
computation in float64 gave for it. The network is built from <FILE>.py and run on the
same input twice: with weights.params, and with random weights drawn below, since
fresh weights (zeros, ones) would hide tensors that were swapped. The stored weights,
every output and every gradient have to agree to 1e-7 of their largest element.

To use the stored weights elsewhere:

    from <FILE> import <MAKER>

    model = <MAKER>()
    model.load_parameters("weights.params")
"""

import os
import sys
import zlib
from contextlib import contextmanager
from pathlib import Path

import numpy as np

# Layers written in NumPy wait for arrays within MXNet's own threads, which may then wait for each other.
os.environ.setdefault("MXNET_ENGINE_TYPE", "NaiveEngine")

from mxnet import MXNetError, autograd, cpu, gluon, nd, npx
from mxnet import np as mnp

npx.set_np()

from <FILE> import <MAKER>  # noqa: E402 (it is written for NumPy's semantics)

HERE = Path(__file__).resolve().parent
INPUTS = <INPUTS>
OUTPUTS = <OUTPUTS>
SEED = <SEED>
# Second names of tied parameters, each with the name of the tensor that it is.
TIED = <TIED>
# The network's tensors, each with whether it is learnt.
TENSORS = <TENSORS>


def random_weights(tensors):
    """Vectors evenly in 0.5 to 2 (they may be variances), other tensors normal."""
    drawn = {}
    for name, tensor in tensors.items():
        draw = f"{SEED} {TIED.get(name, name)}"
        generator = np.random.RandomState(zlib.crc32(draw.encode()))
        if tensor.ndim < 2:
            drawn[name] = generator.uniform(0.5, 2, tensor.shape)
        else:
            scale = np.sqrt(np.prod(tensor.shape[1:]))
            drawn[name] = generator.standard_normal(tensor.shape) / scale
    return drawn


<COMPARISON>


def parts(block):
    """The block and everything in it."""
    yield block
    for child in block._children.values():
        yield from parts(child)


def parameters(model):
    """The parameters by their names in the file."""
    return model._collect_params_with_prefix()


def run(model, inputs):
    """The outputs."""
    try:
        outputs = model(*inputs)
    except (MXNetError, ValueError, IndexError, TypeError, AssertionError) as error:
        lines = [line for line in str(error).splitlines() if "Error" in line]
        reason = lines[-1] if lines else str(error)
        raise SystemExit(f"FAILED output {OUTPUTS[0]}: stopped in the network: {reason}")
    return outputs if isinstance(outputs, (tuple, list)) else (outputs,)


def fed(sample):
    """The inputs, with room for the gradients of numbers."""
    arrays = [sample[f"input/{name}"] for name in INPUTS]
    inputs = [mnp.array(array, dtype=array.dtype) for array in arrays]
    for x in inputs:
        if x.dtype == np.float64:
            x.attach_grad()
    return inputs


def go_back(outputs, sample, comparison, train_mode=False):
    """The gradients of the outputs' products with the sample's cotangents."""
    with autograd.record(train_mode):
        total = mnp.zeros((), dtype="float64")
        for name, y in zip(OUTPUTS, outputs):
            same_shape = y.shape == comparison.shape(f"output/{name}")
            if same_shape and y.dtype == np.float64:
                start = mnp.array(sample[f"cotangent/{name}"], dtype="float64")
                total = total + (y * start).sum()
    try:
        total.backward(train_mode=train_mode)
    except MXNetError as error:
        # Where no output depends on an input or on anything learnt, all gradients are 0.
        if "computational graph" not in str(error):
            raise SystemExit(f"FAILED going back: {str(error).splitlines()[-1]}")


def check_eval(model, sample, comparison):
    """Outputs and gradients, as the network is used."""
    inputs = fed(sample)
    with autograd.record(train_mode=False):
        outputs = run(model, inputs)
    for name, y in zip(OUTPUTS, outputs):
        comparison.tensor(f"output {name}", f"output/{name}", y.asnumpy())
    go_back(outputs, sample, comparison)
    for name, x in zip(INPUTS, inputs):
        if x.grad is not None:
            key = f"gradient/input {name}"
            comparison.tensor(f"gradient of input {name}", key, x.grad.asnumpy())
    for name, parameter in parameters(model).items():
        if parameter.grad_req != "null":
            key = f"gradient/{TIED.get(name, name)}"
            comparison.tensor(f"gradient of {name}", key, parameter.grad().asnumpy())
    comparison.no_gradient_is_lacking()


@contextmanager
def even_draws():
    """Lets dropout keep everything, and noise be 1: no two programs draw the same."""

    def kept_whole(x, p=0.5, *_, **__):
        return x if not autograd.is_training() else x * 0 if p == 1 else x / (1 - p)

    def ones(mean=0.0, deviation=1.0, shape=None, **_):
        return mean + deviation * mnp.ones(shape, dtype="float64")

    given = {(place, "dropout"): kept_whole for place in (npx, nd.numpy_extension)}
    given[mnp.random, "normal"] = ones
    kept = {place: getattr(*place) for place in given}
    try:
        for place, function in given.items():
            setattr(*place, function)
        yield
    finally:
        for place, function in kept.items():
            setattr(*place, function)


class Step:
    """What one step in training did to the statistics of an nn.BatchNorm.

    It renews them when the gradients are computed, by a momentum in float32, and takes
    the variance of the batch as it is, where the drawing divides by one less than the
    count. What came in is stretched by that, so that the two can be compared.
    """

    def __init__(self, norm):
        self.norm, self.inputs = norm, []
        self.before = [p.data().asnumpy() for p in self.statistics()]
        norm.register_forward_pre_hook(lambda _, values: self.inputs.append(values[0]))

    def statistics(self):
        return self.norm.running_mean, self.norm.running_var

    def after(self):
        """The statistics as the drawing has them, by the parameter.

        None where the norm is renewed otherwise: by two batches where it is called
        twice, and not at all where no gradient comes to it.
        """
        now = [p.data().asnumpy() for p in self.statistics()]
        still = all(map(np.array_equal, now, self.before))
        if len(self.inputs) != 1 or still:
            return dict.fromkeys(self.statistics())
        kept = self.norm._kwargs["momentum"]
        used, found = float(np.float32(kept)), {}
        count = self.inputs[0].size / self.inputs[0].shape[1]
        for p, old, stretch in zip(
            self.statistics(), self.before, (1, count / (count - 1))
        ):
            new = (p.data().asnumpy() - used * old) / (1 - used)
            found[p] = kept * old + (1 - kept) * stretch * new
        return found


def check_train(model, sample, comparison):
    """Outputs and running statistics after one step in training."""
    steps = [
        Step(part) for part in parts(model) if isinstance(part, gluon.nn.BatchNorm)
    ]
    inputs = fed(sample)
    with even_draws(), autograd.record(train_mode=True):
        outputs = run(model, inputs)
    for name, y in zip(OUTPUTS, outputs):
        what = f"output {name} in training"
        comparison.tensor(what, f"train/{name}", y.asnumpy())
    go_back(outputs, sample, comparison, train_mode=True)
    found = {}
    for step in steps:
        found.update(step.after())
    for name, parameter in parameters(model).items():
        if TENSORS.get(TIED.get(name, name)) is False:
            array = found.get(parameter, parameter.data().asnumpy())
            if array is not None:
                comparison.tensor(f"buffer {name}", f"buffer/{name}", array)


def loaded(model, file):
    """Loads the file's tensors strictly, and gives them by name."""
    tensors = npx.load(str(file))
    own = parameters(model)
    named = {own[name] for name in tensors if name in own}
    missing = [name for name, parameter in own.items() if parameter not in named]
    extra = [name for name in tensors if name not in own]
    if missing or extra:
        names = ", ".join(missing or extra)
        what = "the file lacks" if missing else "the network has no"
        raise SystemExit(f"FAILED loading the file weights: {what} {names}")
    try:
        if any("." in name for name in tensors):
            model.load_parameters(str(file))
        else:
            # MXNet takes names without a dot for an old format, which it cannot read.
            for name, tensor in tensors.items():
                own[name]._load_init(tensor, cpu())
    except (MXNetError, AssertionError, ValueError) as error:
        raise SystemExit(f"FAILED loading the file weights: {error}")
    return {name: tensor.asnumpy() for name, tensor in tensors.items()}


def check(sample):
    """One comparison for each set of weights."""
    for weights in ("file", "random"):
        try:
            model = <MAKER>()
        except (MXNetError, TypeError, ValueError, AssertionError) as error:
            raise SystemExit(f"FAILED building the network: {error}")
        tensors = loaded(model, HERE / "weights.params") if TENSORS else {}
        model.cast("float64")
        comparison = Comparison(sample, weights)
        if weights == "file":
            for name in tensors.keys() - TIED.keys():
                comparison.tensor(f"tensor {name}", f"tensor/{name}", tensors[name])
        else:
            own = parameters(model)
            for name, array in random_weights(tensors).items():
                values = own[name].data()
                values[() if values.ndim == 0 else slice(None)] = array
        check_eval(model, sample, comparison)
        if f"{weights}/train" in sample:
            check_train(model, sample, comparison)
        yield comparison


def main():
    """Prints what was found; 0 where everything agrees, else 1."""
    try:
        with np.load(HERE / "sample.npz") as sample:
            comparisons = list(check(sample))
    except SystemExit as error:
        print(error)
        return 1
    return conclusion(comparisons)


if __name__ == "__main__":
    sys.exit(main())
'''
"""check.py, with places for what it is told."""
