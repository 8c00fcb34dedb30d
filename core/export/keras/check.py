"""The text of check.py for Keras, with the names of one design put in."""

from ..check_text import Checked
from .backends import BACKENDS


def check_text(design: Checked) -> str:
    """check.py for the model of a design."""
    return design.filled(TEXT, BACKENDS=BACKENDS.strip())


TEXT = r'''"""Checks that <FILE>.py is the network that was drawn.

Needs numpy, keras and one of its backends (pip install numpy keras tensorflow, or jax,
or torch); run it with: python check.py, after KERAS_BACKEND=jax for that one.

sample.npz holds an input, and the outputs and gradients that an independent
computation in float64 gave for it. The network is built from <FILE>.py and run on the
same input twice: with weights.safetensors, and with random weights drawn below, since
fresh weights (zeros, ones) would hide tensors that were swapped. The stored weights,
every output and every gradient have to agree to 1e-7 of their largest element.

Where all agrees, it also writes the weights in Keras's own format. To use them
elsewhere, build the model by calling it once, then

    model.load_weights("<FILE>.weights.h5")
"""

import inspect
import json
import struct
import sys
import zlib
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
from keras import ops
from keras.src import backend
from keras.src.backend.common.dtypes import BIT64_TO_BIT32_DTYPE

from <FILE> import <MAKER>

HERE = Path(__file__).resolve().parent
INPUTS = <INPUTS>
OUTPUTS = <OUTPUTS>
SEED = <SEED>
# Second names of tied weights, each with the name of the weight that it is.
TIED = <TIED>
# Every weight by the path of its attributes, and whether it is trained.
WEIGHTS = <TENSORS>


def read_safetensors(path):
    """The file's tensors by name: 8 bytes of length, a header in JSON, the bytes."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    types = {"F32": np.float32, "F64": np.float64, "I64": np.int64, "BOOL": np.bool_}
    tensors = {}
    for name, entry in header.items():
        start, stop = (8 + length + offset for offset in entry["data_offsets"])
        flat = np.frombuffer(data[start:stop], types[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors


def variable(model, name):
    """The weight at the end of a path such as layers.0.kernel."""
    for key in name.split("."):
        model = model[int(key)] if key.isdigit() else getattr(model, key)
    return model


def assign(model, tensors):
    """Gives every weight its values. ValueError where some are missing or too many."""
    found = {}
    for name, values in tensors.items():
        if name in TIED:
            continue
        try:
            found[name] = variable(model, name)
        except (AttributeError, IndexError, TypeError):
            raise ValueError(f"the model has no weight {name}") from None
        if not hasattr(found[name], "shape"):
            raise ValueError(f"the model has no weight {name}")
        shape = tuple(found[name].shape)
        if shape != values.shape:
            raise ValueError(f"{name} has the shape {shape}, not {values.shape}")
        found[name].assign(values)
    known = {id(one) for one in found.values()}
    for one in model.weights:
        if id(one) not in known:
            raise ValueError(f"there are no values for {one.path}")


def random_weights(model):
    """Vectors evenly in 0.5 to 2 (they may be variances), other tensors normal."""
    tensors = {}
    for name in WEIGHTS:
        one = variable(model, name)
        if "float" not in keras.backend.standardize_dtype(one.dtype):
            tensors[name] = ops.convert_to_numpy(one)
            continue
        draw = f"{SEED} {name}"
        generator = np.random.RandomState(zlib.crc32(draw.encode()))
        shape = tuple(one.shape)
        if len(shape) < 2:
            tensors[name] = np.asarray(generator.uniform(0.5, 2, shape))
        else:
            values = generator.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))
            tensors[name] = np.asarray(values)
    return tensors


<COMPARISON>


def listed(outputs):
    """The outputs in order, whether there are several or one."""
    return list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]


def is_real(x):
    """Whether it holds numbers with a fraction."""
    return "float" in keras.backend.standardize_dtype(x.dtype)


def weighed(outputs, sample):
    """One number whose gradients the sample holds."""
    total = 0.0
    for name, y in zip(OUTPUTS, outputs, strict=True):
        if is_real(y):
            total = total + ops.sum(y * ops.convert_to_tensor(sample[f"cotangent/{name}"]))
    return total


def run(model, inputs, **words):
    """The outputs of the model. Stops the check where there are none."""
    try:
        return listed(model(*inputs, **words))
    except Exception as error:  # noqa: BLE001 - each backend has errors of its own
        reason = " ".join((str(error).splitlines() or [""])[:3])
        raise SystemExit(f"FAILED output {OUTPUTS[0]}: stopped: {reason}")


def gradients(model, inputs, sample):
    """The outputs, and the gradients of the trained weights and of the inputs."""
    backend, trained = keras.config.backend(), model.trainable_variables
    places = [place for place, x in enumerate(inputs) if is_real(x)]
    if backend == "jax":
        import jax

        still = [one.value for one in model.non_trainable_variables]

        def total(values, fed):
            whole = list(inputs)
            for place, x in zip(places, fed, strict=True):
                whole[place] = x
            outputs, _ = model.stateless_call(values, still, *whole)
            return weighed(listed(outputs), sample)

        values, fed = [one.value for one in trained], [inputs[i] for i in places]
        outputs = run(model, inputs)
        if not (trained or places) or not any(map(is_real, outputs)):
            return outputs, [None] * len(trained), {}
        of_weights, of_inputs = jax.grad(total, argnums=(0, 1))(values, fed)
    elif backend == "tensorflow":
        import tensorflow as tf

        fed = [inputs[i] for i in places]
        with tf.GradientTape() as tape:
            tape.watch(fed)
            outputs = run(model, inputs)
            total = weighed(outputs, sample)
        of_weights, of_inputs = [None] * len(trained), [None] * len(fed)
        if tf.is_tensor(total):
            sources = ([one.value for one in trained], fed)
            of_weights, of_inputs = tape.gradient(total, sources)
    else:
        fed = [inputs[i].requires_grad_() for i in places]
        for one in trained:
            one.value.grad = None
        outputs = run(model, inputs)
        total = weighed(outputs, sample)
        if getattr(total, "requires_grad", False):
            total.backward()
        of_weights = [one.value.grad for one in trained]
        of_inputs = [x.grad for x in fed]
    return outputs, of_weights, dict(zip(places, of_inputs, strict=True))


def as_array(x):
    """The values; of a gradient in few rows, all rows."""
    return ops.convert_to_numpy(ops.convert_to_tensor(x))


def check_eval(model, sample, comparison):
    """Outputs and gradients, as the network is used."""
    inputs = [ops.convert_to_tensor(sample[f"input/{name}"]) for name in INPUTS]
    outputs, of_weights, of_inputs = gradients(model, inputs, sample)
    for name, y in zip(OUTPUTS, outputs, strict=True):
        comparison.tensor(f"output {name}", f"output/{name}", as_array(y))
    for place, gradient in of_inputs.items():
        name, x = INPUTS[place], inputs[place]
        found = np.zeros(tuple(x.shape)) if gradient is None else as_array(gradient)
        key = f"gradient/input {name}"
        comparison.tensor(f"gradient of input {name}", key, found)
    pairs = zip(model.trainable_variables, of_weights, strict=True)
    known = {id(one): gradient for one, gradient in pairs}
    for name, is_trained in WEIGHTS.items():
        one = variable(model, name)
        if is_trained != (id(one) in known):
            comparison.fail(f"weight {name}", "whether it is trained is not as drawn")
        elif is_trained:
            gradient = known[id(one)]
            found = np.zeros(tuple(one.shape)) if gradient is None else as_array(gradient)
            comparison.tensor(f"gradient of {name}", f"gradient/{name}", found)
    comparison.no_gradient_is_lacking()


@contextmanager
def even_draws():
    """Lets dropout keep everything, and noise be 1: no two programs draw the same."""

    def kept_whole(x, rate, *_, **__):
        return x / (1 - rate) if rate < 1 else ops.zeros_like(x)

    def ones(shape, mean=0.0, stddev=1.0, dtype=None, *_, **__):
        return mean + stddev * ops.ones(shape, dtype)

    def highest(shape, minval=0.0, maxval=1.0, dtype=None, *_, **__):
        return maxval * ops.ones(shape, dtype)

    given = {"dropout": kept_whole, "normal": ones, "uniform": highest}
    kept = {name: getattr(backend.random, name) for name in given}
    try:
        for name, function in given.items():
            setattr(backend.random, name, function)
        yield
    finally:
        for name, function in kept.items():
            setattr(backend.random, name, function)


def check_train(model, sample, comparison):
    """Outputs and running statistics after one step in train mode."""
    inputs = [ops.convert_to_tensor(sample[f"input/{name}"]) for name in INPUTS]
    with even_draws():
        outputs = run(model, inputs, training=True)
    for name, y in zip(OUTPUTS, outputs, strict=True):
        comparison.tensor(f"output {name} in training", f"train/{name}", as_array(y))
    for name, is_trained in WEIGHTS.items():
        one = variable(model, name)
        if is_trained or not is_real(one):
            continue
        comparison.tensor(f"buffer {name}", f"buffer/{name}", as_array(one))


<BACKENDS>


def check(sample):
    """One comparison for each set of weights."""
    for weights in ("file", "random"):
        try:
            model = <MAKER>()
        except (RuntimeError, TypeError, ValueError) as error:
            raise SystemExit(f"FAILED building the network: {error}")
        # A first call makes the weights.
        run(model, [ops.convert_to_tensor(sample[f"input/{name}"]) for name in INPUTS])
        try:
            if weights == "file":
                tensors = read_safetensors(HERE / "weights.safetensors")
            else:
                tensors = random_weights(model)
            assign(model, tensors)
        except (ValueError, AttributeError, IndexError, TypeError) as error:
            raise SystemExit(f"FAILED loading the {weights} weights: {error}")
        comparison = Comparison(sample, weights)
        if weights == "file":
            for name in tensors.keys() - TIED.keys():
                comparison.tensor(f"tensor {name}", f"tensor/{name}", tensors[name])
        check_eval(model, sample, comparison)
        if f"{weights}/train" in sample:
            check_train(model, sample, comparison)
        yield comparison


def set_float64(is_on):
    """Lets jax make float64 where it is asked to, or float32 as by default."""
    if keras.config.backend() == "jax":
        import jax

        jax.config.update("jax_enable_x64", is_on)


def main():
    """Prints what was found; 0 where everything agrees, else 1."""
    default, policy = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    # Otherwise Keras makes float32 of float64 on jax and torch; it has no setting for that.
    shortened = BIT64_TO_BIT32_DTYPE["float64"]
    BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    set_float64(True)
    named = ("conv", "conv_transpose", "max_pool", "average_pool")
    kept = {name: getattr(backend.nn, name) for name in (*named, "dot_product_attention")}
    if keras.config.backend() == "tensorflow":
        for name in named:
            setattr(backend.nn, name, channels_last(kept[name]))
    if keras.config.backend() == "jax":
        backend.nn.dot_product_attention = attention
    try:
        with np.load(HERE / "sample.npz") as sample:
            comparisons = list(check(sample))
    except SystemExit as error:
        print(error)
        return 1
    finally:
        keras.config.set_floatx(default)
        keras.config.set_dtype_policy(policy)
        BIT64_TO_BIT32_DTYPE["float64"] = shortened
        set_float64(False)
        for name, function in kept.items():
            setattr(backend.nn, name, function)
    return conclusion(comparisons)


def save():
    """Writes <FILE>.weights.h5, reads it again, and stops the check where that fails."""
    path = HERE / "<FILE>.weights.h5"
    models = [<MAKER>() for _ in range(2)]
    if not isinstance(models[0], keras.Model):
        return
    with np.load(HERE / "sample.npz") as sample:
        for model in models:
            given = [ops.convert_to_tensor(sample[f"input/{name}"]) for name in INPUTS]
            run(model, [ops.cast(x, "float32") if is_real(x) else x for x in given])
    tensors = read_safetensors(HERE / "weights.safetensors")
    assign(models[0], tensors)
    models[0].save_weights(path)
    models[1].load_weights(path)
    for name in WEIGHTS:
        if not np.array_equal(as_array(variable(models[1], name)), tensors[name]):
            raise SystemExit(f"FAILED {path.name}: {name} is not what was written")
    print(f"wrote {path.name}")


if __name__ == "__main__":
    failed = main()
    if not failed and "--only-check" not in sys.argv:
        save()
    sys.exit(failed)
'''
"""check.py, with places for what it is told."""
