"""The text of check.py for ONNX, with the names of one design put in.

Its tolerance is what float32 costs: 16 times the difference between our references in float32 and in float64,
within 5e-6 and 1e-4. A fixed one fails right exports of deep networks, or passes wrong epsilons. Over the 442
outputs of the layers' examples, the tests' networks and the templates at their small setting, onnxruntime
1.31 differs by 3.2 times that cost at most, and nowhere by more than 5e-7.
"""

from collections.abc import Sequence

from ..check_text import filled
from ..values import written


def check_text(*, inputs: Sequence[str], outputs: Sequence[str], seed: int) -> str:
    """check.py for model.onnx."""
    places = {"INPUTS": written(tuple(inputs), {}), "OUTPUTS": written(tuple(outputs), {}), "SEED": str(seed)}
    return filled(TEXT, places)


TEXT = r'''"""Checks that model.onnx is the network that was drawn.

Needs numpy, onnx and onnxruntime (pip install numpy onnx onnxruntime); run it with:
python check.py

sample.npz holds an input, and the outputs that an independent computation in float64
gave for it. The model is checked by onnx.checker and run by onnxruntime on the same
input twice: with its own weights, and with random weights drawn below, since fresh
weights (zeros, ones) would hide tensors that were swapped. The weights have to agree
to 1e-7 of their largest element. Every output, in float32, has to agree to 16 times
what float32 cost that computation itself: between 5e-6 and 1e-4 of its largest.
onnxruntime rounds elsewhere (it adds up in another order, and has an exp of its own),
which costs up to some 3 times as much; 16 leaves room for other machines, and a
design that float32 suits badly is allowed as much more as it needs.
"""

import sys
import zlib
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.capi import onnxruntime_pybind11_state as runtime

HERE = Path(__file__).resolve().parent
INPUTS = <INPUTS>
OUTPUTS = <OUTPUTS>
SEED = <SEED>
# What a model that is no model, or cannot be run, makes them raise.
ERRORS = (
    onnx.checker.ValidationError,
    onnx.shape_inference.InferenceError,
    runtime.Fail,
    runtime.InvalidArgument,
    runtime.InvalidGraph,
    runtime.InvalidProtobuf,
    runtime.NotImplemented,
    runtime.RuntimeException,
    ValueError,
)


def first_line(error):
    """What an error says first."""
    return (str(error).strip().splitlines() or [""])[0]


def random_tensor(name, shape):
    """Vectors evenly in 0.5 to 2 (they may be variances), other tensors normal."""
    generator = np.random.RandomState(zlib.crc32(f"{SEED} {name}".encode()))
    if len(shape) < 2:
        return generator.uniform(0.5, 2, shape)
    return generator.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))


class Comparison:
    """Compares tensors with what the sample holds for one set of weights."""

    def __init__(self, sample, weights):
        self.sample = sample
        self.weights = weights
        self.count = 0
        self.worst = 0.0
        self.failures = []

    def fail(self, what, why):
        self.failures.append(f"{what}, {self.weights} weights: {why}")

    def tensor(self, what, key, found, tolerance):
        """`found` against the sample's `key`: all of it, or many places and the norm."""
        full = f"{self.weights}/{key}"
        if full not in self.sample and full + ":shape" not in self.sample:
            return self.fail(what, "the drawing has no such tensor")
        whole = full in self.sample
        shape = self.sample[full].shape if whole else tuple(self.sample[full + ":shape"])
        if found.shape != shape:
            return self.fail(what, f"its shape is {found.shape}, not {shape}")
        if whole:
            return self.values(what, found, self.sample[full], tolerance)
        places = self.sample[full + ":at"]
        flat = found.reshape(-1)
        self.values(what, flat[places], self.sample[full + ":values"], tolerance)
        norm = np.linalg.norm(flat.astype(np.float64))
        self.values(f"{what} (its norm)", norm, self.sample[full + ":norm"], tolerance)

    def values(self, what, found, expected, tolerance):
        self.count += 1
        if not expected.size:
            return
        # Truth values have no difference, but as numbers.
        difference = np.abs(np.subtract(found, expected, dtype=np.float64)).max()
        scale = np.abs(expected).max()
        allowed = tolerance * scale + 1e-12
        if what.startswith("output") and scale:
            self.worst = max(self.worst, difference / scale)
        if not difference <= allowed:
            self.fail(what, f"differs by {difference:.3g}, allowed is {allowed:.3g}")


def check_weights(model, sample, comparison):
    """The initializers: none too many, none missing, each as it was stored."""
    start = "file/tensor/"
    stored = {key[len(start) :] for key in sample.files if key.startswith(start)}
    wanted = {name.removesuffix(":shape") for name in stored if ":" not in name[-7:]}
    wanted |= {name.removesuffix(":shape") for name in stored if name.endswith(":shape")}
    arrays = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    for name in sorted(wanted - arrays.keys()):
        comparison.fail(f"tensor {name}", "the model has no such initializer")
    for name, array in arrays.items():
        comparison.tensor(f"tensor {name}", f"tensor/{name}", array, 1e-7)


def put_random(model):
    """Random numbers in place of every initializer that holds floats."""
    for one in model.graph.initializer:
        if one.data_type == onnx.TensorProto.FLOAT:
            values = random_tensor(one.name, tuple(one.dims)).astype(np.float32)
            one.CopyFrom(numpy_helper.from_array(values, one.name))


def check_outputs(model, sample, comparison):
    """What onnxruntime gives."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    providers = ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=providers
    )
    arrays = [sample[f"input/{name}"] for name in INPUTS]
    floats = [a.astype(np.float32) if a.dtype.kind == "f" else a for a in arrays]
    names = [one.name for one in model.graph.input]
    try:
        outputs = session.run(None, dict(zip(names, floats, strict=True)))
    except ERRORS as error:
        why = f"stopped in the model: {first_line(error)}"
        return comparison.fail(f"output {OUTPUTS[0]}", why)
    for name, y in zip(OUTPUTS, outputs, strict=True):
        rounding = sample[f"{comparison.weights}/rounding/{name}"]
        allowed = min(1e-4, max(5e-6, 16 * rounding))
        comparison.tensor(f"output {name}", f"output/{name}", y, allowed)


def check(model, sample, comparison):
    """The weights, or random ones in their place, then what the model gives."""
    if comparison.weights == "file":
        check_weights(model, sample, comparison)
        onnx.checker.check_model(model, full_check=True)
    else:
        put_random(model)
    check_outputs(model, sample, comparison)


def main():
    """Prints what was found; 0 where everything agrees, else 1."""
    with np.load(HERE / "sample.npz") as sample:
        comparisons = [Comparison(sample, weights) for weights in ("file", "random")]
        try:
            model = onnx.load(HERE / "model.onnx")
            for one in comparisons:
                check(model, sample, one)
        except ERRORS as error:
            comparisons[0].failures.append(f"{type(error).__name__}: {first_line(error)}")
    failures = [failure for one in comparisons for failure in one.failures]
    for failure in failures:
        print("FAILED", failure)
    if failures:
        print(f"model.onnx is not the network that was drawn: {len(failures)} of its values differ")
        return 1
    print("largest relative differences")
    print("weights  tensors  outputs")
    for one in comparisons:
        print(f"{one.weights:<7}  {one.count:>7}  {one.worst:>7.1e}")
    print("model.onnx is the network that was drawn")
    return 0


if __name__ == "__main__":
    sys.exit(main())
'''
"""check.py, with places for what it is told."""
