"""The text of check.py for Flax, with the names of one design put in."""

from ..check_text import Checked


def check_text(design: Checked, *, images_last: bool = False) -> str:
    """check.py for the model of a design."""
    return design.filled(TEXT, IMAGES_LAST=str(images_last))


TEXT = r'''"""Checks that <FILE>.py is the network that was drawn.

Needs numpy and flax (pip install numpy flax); run it with: python check.py

sample.npz holds an input, and the outputs and gradients that an independent
computation in float64 gave for it. The network is built from <FILE>.py and run on the
same input twice: with weights.safetensors, and with random weights drawn below, since
fresh weights (zeros, ones) would hide tensors that were swapped. The stored weights,
every output and every gradient have to agree to 1e-7 of their largest element.
The running variance of nn.BatchNorm is not compared: Flax divides by the count, where
the drawing divides by one less.

To use the stored weights elsewhere (pip install safetensors):

    from flax.traverse_util import unflatten_dict
    from safetensors.flax import load_file

    from <FILE> import <MAKER>

    model = <MAKER>()
    variables = unflatten_dict(load_file("weights.safetensors"), sep=".")
    # y = model.apply(variables, x)
"""

import inspect
import json
import struct
import sys
import zlib
from contextlib import contextmanager
from pathlib import Path

import flax
import jax
import jax.numpy as jnp
import numpy as np
from flax import linen as nn
from flax.traverse_util import flatten_dict, unflatten_dict

from <FILE> import <MAKER>

HERE = Path(__file__).resolve().parent
INPUTS = <INPUTS>
OUTPUTS = <OUTPUTS>
SEED = <SEED>
IMAGES_LAST = <IMAGES_LAST>  # the drawing has channels behind the examples
FAULTS = (
    AttributeError,
    IndexError,
    TypeError,
    ValueError,
    ZeroDivisionError,
    flax.errors.FlaxError,
)


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
        flat = flat.astype(np.float64) if flat.dtype == np.float32 else flat
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def random_weights(shapes):
    """Vectors evenly in 0.5 to 2 (they may be variances), other tensors normal."""
    tensors = {}
    for name, shape in shapes.items():
        draw = f"{SEED} {name}"
        generator = np.random.RandomState(zlib.crc32(draw.encode()))
        if len(shape) < 2:
            values = generator.uniform(0.5, 2, shape)
        else:
            values = generator.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
        tensors[name] = np.asarray(values)
    return tensors


def fed(sample):
    """The inputs of the sample by name."""
    return {name: jnp.asarray(sample[f"input/{name}"]) for name in INPUTS}


def in_order(inputs):
    """The inputs as the network is given them."""
    given = [inputs[name] for name in INPUTS]
    return [jnp.moveaxis(x, 1, -1) if IMAGES_LAST and x.ndim > 3 else x for x in given]


def results(y):
    """The outputs as the drawing has them."""
    several = y if isinstance(y, tuple) else (y,)
    return tuple(jnp.moveaxis(y, -1, 1) if IMAGES_LAST and y.ndim > 3 else y for y in several)


def keys():
    """What first values and draws are made from."""
    return {"params": jax.random.key(0), "dropout": jax.random.key(1)}


def shapes_of(model, sample):
    """The shape of each of the network's own tensors, by its path."""
    try:
        variables = jax.eval_shape(model.init, keys(), *in_order(fed(sample)))
    except FAULTS as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise SystemExit(f"FAILED output {OUTPUTS[0]}: stopped in the network: {reason}")
    return {name: leaf.shape for name, leaf in flatten_dict(variables, sep=".").items()}


def check_names(shapes, tensors, weights):
    """Every tensor has to be in the network under its name and in its shape, and no other."""
    wrong = [f"{name} is missing" for name in shapes if name not in tensors]
    wrong += [f"{name} is not known" for name in tensors if name not in shapes]
    for name in shapes.keys() & tensors.keys():
        if tuple(shapes[name]) != tensors[name].shape:
            wrong.append(f"{name} is {tensors[name].shape}, not {tuple(shapes[name])}")
    if wrong:
        raise SystemExit(f"FAILED loading the {weights} weights: {'; '.join(sorted(wrong))}")


<COMPARISON>


def compiled(model, sample):
    """What gives a network's outputs, and its gradients of parameters and inputs."""
    starts = {name: sample[f"cotangent/{name}"] for name in OUTPUTS if f"cotangent/{name}" in sample}

    def start(name, y):
        if not jnp.issubdtype(y.dtype, jnp.floating):
            return np.zeros(y.shape, jax.dtypes.float0)
        if name in starts and starts[name].shape == y.shape:
            return jnp.asarray(starts[name], y.dtype)
        return jnp.zeros_like(y)

    @jax.jit
    def run(learnt, rest, inputs):
        reals = {name: x for name, x in inputs.items() if jnp.issubdtype(x.dtype, jnp.floating)}

        def used(learnt, reals):
            variables = unflatten_dict({**rest, **learnt}, sep=".")
            return results(model.apply(variables, *in_order({**inputs, **reals})))

        outputs, backward = jax.vjp(used, learnt, reals)
        starts = tuple(start(name, y) for name, y in zip(OUTPUTS, outputs, strict=True))
        return outputs, *backward(starts)

    return run


def check_eval(run, tensors, sample, comparison):
    """Outputs and gradients, as the network is used."""
    learnt = {name: t for name, t in tensors.items() if name.startswith("params.")}
    rest = {name: t for name, t in tensors.items() if name not in learnt}
    try:
        outputs, found, of_inputs = run(learnt, rest, fed(sample))
    except FAULTS as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise SystemExit(f"FAILED output {OUTPUTS[0]}: stopped in the network: {reason}")
    for name, y in zip(OUTPUTS, outputs, strict=True):
        comparison.tensor(f"output {name}", f"output/{name}", np.asarray(y))
    for name, gradient in found.items():
        comparison.tensor(f"gradient of {name}", f"gradient/{name}", np.asarray(gradient))
    for name, gradient in of_inputs.items():
        comparison.tensor(f"gradient of input {name}", f"gradient/input {name}", np.asarray(gradient))
    comparison.no_gradient_is_lacking()
    return outputs


@contextmanager
def float64():
    """Everything in float64, also what recurrent cells begin with, which is float32 for itself."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    cells = nn.LSTMCell, nn.OptimizedLSTMCell, nn.GRUCell, nn.SimpleCell
    begun = [cell.initialize_carry for cell in cells]

    def wide(begin):
        return lambda self, *given: jax.tree.map(lambda a: a.astype(float), begin(self, *given))

    for cell, begin in zip(cells, begun, strict=True):
        cell.initialize_carry = wide(begin)
    try:
        yield
    finally:
        for cell, begin in zip(cells, begun, strict=True):
            cell.initialize_carry = begin
        jax.config.update("jax_enable_x64", before)


@contextmanager
def even_draws():
    """Lets dropout keep everything, and noise be 1: no two programs draw the same."""
    kept = jax.random.normal, jax.random.bernoulli
    jax.random.normal = lambda key, shape=(), *_, **__: jnp.ones(shape)
    jax.random.bernoulli = lambda key, p=0.5, shape=(), **__: jnp.ones(shape, bool)
    try:
        yield
    finally:
        jax.random.normal, jax.random.bernoulli = kept


def compiled_training(model):
    """What gives a network's outputs in training, and its statistics after the step."""

    @jax.jit
    def run(tensors, inputs):
        variables = unflatten_dict(tensors, sep=".")
        with even_draws():
            y, changed = model.apply(
                variables, *in_order(inputs), mutable=["batch_stats"], rngs=keys()
            )
        return results(y), changed

    return run


def check_train(outputs, changed, tensors, comparison):
    """Outputs and running statistics after one step in train mode."""
    for name, y in zip(OUTPUTS, outputs, strict=True):
        comparison.tensor(f"output {name} in training", f"train/{name}", np.asarray(y))
    after = {**tensors, **flatten_dict(changed, sep=".")}
    for name, buffer in after.items():
        if not name.startswith("params.") and not name.endswith(".var"):
            comparison.tensor(f"buffer {name}", f"buffer/{name}", np.asarray(buffer))


def check(sample):
    """One comparison for each set of weights."""
    has_mode = "train" in inspect.signature(<MAKER>).parameters
    try:
        model = <MAKER>()
        trained = <MAKER>(train=True) if has_mode else model
    except FAULTS as error:
        raise SystemExit(f"FAILED building the network: {error}")
    shapes = shapes_of(model, sample)
    run, training = compiled(model, sample), compiled_training(trained)
    for weights in ("file", "random"):
        if weights == "file":
            tensors = read_safetensors(HERE / "weights.safetensors")
        else:
            tensors = random_weights(shapes)
        check_names(shapes, tensors, weights)
        comparison = Comparison(sample, weights)
        if weights == "file":
            for name, found in tensors.items():
                comparison.tensor(f"tensor {name}", f"tensor/{name}", found)
        outputs, changed = check_eval(run, tensors, sample, comparison), {}
        if f"{weights}/train" in sample:
            if has_mode:
                outputs, changed = training(tensors, fed(sample))
            check_train(outputs, changed, tensors, comparison)
        yield comparison


def main():
    """Prints what was found; 0 where everything agrees, else 1."""
    try:
        with float64(), np.load(HERE / "sample.npz") as sample:
            comparisons = list(check(sample))
    except SystemExit as error:
        print(error)
        return 1
    return conclusion(comparisons)


if __name__ == "__main__":
    sys.exit(main())
'''
"""check.py, with places for what it is told."""
