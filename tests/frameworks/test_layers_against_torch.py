"""Each layer against its own spelling in PyTorch: values, gradients and new buffers, in float64."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from core.export.pytorch.functions import functions
from core.export.quoted import quoted, unquoted
from core.export.values import written
from core.expression import Expression, parse
from core.layers import LAYERS
from core.layers.activated import ACTIVATION_MODULES_PYTORCH, ACTIVATION_PYTORCH, ACTIVATIONS
from core.layers.layer import Traced, ports_of
from core.layers.spelling import Code, Spelling
from core.ops.interpret import differentiate, evaluate
from core.ops.primitive import Array, Ref
from tests.derivative import numbers
from tests.frameworks.uses import USES, Use

torch: Any = pytest.importorskip("torch")


def ours(
    use_: Use, run: Traced, values: Mapping[int, Array], cotangents: list[Array]
) -> tuple[list[Array], dict[int, Array], dict[str, Array]]:
    """The values, the gradients by reference and the new buffers."""
    real = [y for y in run.result.values if y.type.dtype == "float32"]
    given = [run.trace.input(y.type) for y in real]
    found = differentiate(run.trace, real, given)
    outside = {ref.index: one for ref, one in zip(given, cotangents, strict=True)}
    known = evaluate(run.trace, {**values, **outside})
    gradients = {
        ref.index: known[found[ref.index].index] if ref.index in found else np.zeros(numbers(ref.type))
        for ref in (*run.inputs, *run.tensors.values())
    }
    results = [known[y.index] for y in run.result.values]
    return results, gradients, {name: known[ref.index] for name, ref in run.result.buffers.items()}


def made(code: Code) -> Any:
    scope = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    text = written(code, {})
    exec("\n".join(functions(text)), scope)
    return eval(text, scope)


class Theirs:
    """The layer as PyTorch spells it, holding our tensors."""

    def __init__(self, use_: Use, spelling: Spelling, tensors: Mapping[str, Array], training: bool) -> None:
        self.use, self.spelling = use_, spelling
        self.tensors: dict[str, Any] = {}
        self.module = self._module(tensors, training)

    def _module(self, tensors: Mapping[str, Array], training: bool) -> Any:
        if self.spelling.construct is None:
            for name, code in self.spelling.registered.items():
                assert tuple(made(code).shape) == tensors[name].shape
            for name in tensors:
                self.tensors[name] = torch.from_numpy(tensors[name].copy()).requires_grad_()
            return next(iter(self.tensors.values()), None)
        module = made(self.spelling.construct).double().train(training)
        state = {self.spelling.weights.get(name, name): torch.from_numpy(a) for name, a in tensors.items()}
        missing = module.load_state_dict(state, strict=False)
        assert not missing.unexpected_keys
        assert all(key.endswith("num_batches_tracked") for key in missing.missing_keys)
        for name in tensors:
            self.tensors[name] = module.state_dict(keep_vars=True)[self.spelling.weights.get(name, name)]
        return module

    def __call__(self, *inputs: Any) -> Any:
        names = [f"a{i}" for i in range(len(inputs))]
        ports = names_of(self.use, len(inputs))
        places = {**dict(zip(ports, names, strict=True)), "self": "module", "xs": ", ".join(names)}
        if self.spelling.body:
            places |= {name: name for name in self.tensors}
        called = f"{{self}}({', '.join(f'{{{port}}}' for port in ports)})"
        apply = self.spelling.body or self.spelling.apply or called
        scope = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional, "math": math}
        scope |= {"module": self.module, **self.tensors}
        scope["self"] = torch.nn.Module().eval()  # the class in whose forward it stands
        apply = unquoted(apply, lambda source: source)
        exec("\n".join(functions(apply)), scope)
        return eval(apply.format(**places), {**scope, **dict(zip(names, inputs, strict=True))})


def result_of(use_: Use, arguments: Mapping[str, Any]) -> Any:
    """What PyTorch computes where the layer is spelled with these arguments; None where it is not."""
    run = use_.layer.trace(*use_.types)
    values = drawn(use_, run, np.random.default_rng(5))
    spelling = LAYERS[use_.name](**quoted(arguments, vars(use_.layer))).pytorch(*use_.types)
    if spelling is None:
        return None
    theirs = Theirs(use_, spelling, {name: values[ref.index] for name, ref in run.tensors.items()}, False)
    return theirs(*[torch.from_numpy(values[ref.index]) for ref in run.inputs])


def parts_of(result: Any) -> tuple[Any, ...]:
    return () if result is None else result if isinstance(result, tuple) else (result,)


def as_expression(value: Any) -> Expression | None:
    if isinstance(value, bool):
        return parse("1 > 0" if value else "0 > 1")
    return parse(f"{value} + 0") if isinstance(value, int | float) else None


@pytest.mark.parametrize("use_", USES, ids=str)
def test_an_argument_may_be_an_expression(use_: Use) -> None:
    layer = use_.layer
    literal = {spec.name: getattr(layer, spec.name) for spec in layer.arguments}
    wanted = result_of(use_, literal)
    for name, value in literal.items():
        expression = as_expression(value)
        if expression is not None:
            found = result_of(use_, {**literal, name: expression})
            both = zip(parts_of(found), parts_of(wanted), strict=False)
            assert all(torch.equal(*pair) for pair in both), f"{name} as {expression.source}"


def names_of(use_: Use, count: int) -> tuple[str, ...]:
    return ports_of(use_.layer)[0] or tuple(f"x{i}" for i in range(1, count + 1))


def drawn(use_: Use, run: Traced, rng: np.random.Generator) -> dict[int, Array]:
    values: dict[int, Array] = {}
    ports = names_of(use_, len(run.inputs))
    for i, (ref, port) in enumerate(zip(run.inputs, ports, strict=True)):
        shape = numbers(ref.type)
        if i in use_.integers:
            values[ref.index] = rng.integers(0, use_.integers[i], shape)
        elif port in LAYERS[use_.name].example.probabilities:
            values[ref.index] = rng.uniform(0.1, 0.9, shape)
        elif use_.name in SIGNED and port == "target":
            values[ref.index] = rng.choice([-1.0, 1.0], shape)
        elif port in LAYERS[use_.name].example.positive:
            values[ref.index] = rng.uniform(0.5, 2, shape)
        else:
            values[ref.index] = rng.normal(size=shape)
    return values | {ref.index: rng.uniform(0.5, 1.5, numbers(ref.type)) for ref in run.tensors.values()}


def same(found: Array, wanted: Any, what: str, tolerance: float = 1e-9) -> None:
    theirs = wanted.detach().numpy()
    assert found.shape == theirs.shape, what
    assert (found.dtype == np.bool_) == (theirs.dtype == np.bool_), what
    np.testing.assert_allclose(found, theirs, rtol=tolerance, atol=1e-9, err_msg=what)


@pytest.mark.parametrize("training", [False, True], ids=["eval", "training"])
@pytest.mark.parametrize("use_", USES, ids=str)
def test_it_computes_what_pytorch_computes(use_: Use, training: bool) -> None:
    rng = np.random.default_rng(5)
    training = training and "Drop" not in use_.name  # two generators never agree
    run = use_.layer.trace(*use_.types, training=training)
    values = drawn(use_, run, rng)
    real_ = [ref.type for ref in run.result.values if ref.type.dtype == "float32"]
    cotangents = [rng.normal(size=numbers(type_)) for type_ in real_]
    ys, gradients, buffers = ours(use_, run, values, cotangents)

    spelling = use_.layer.pytorch(*use_.types)
    assert spelling is not None
    given = [real(values[ref.index], i not in use_.integers) for i, ref in enumerate(run.inputs)]
    theirs = Theirs(use_, spelling, {name: values[ref.index] for name, ref in run.tensors.items()}, training)
    result = activated(use_, theirs(*given))
    results = list(result) if isinstance(result, tuple) else [result]
    for y, one in zip(ys, results, strict=True):
        same(y, one, "value")
    if not any(one.requires_grad for one in results):
        assert not any(gradient.any() for gradient in gradients.values())
        return
    torch.autograd.backward(results, [torch.from_numpy(one) for one in cotangents])
    check_gradients(run.inputs, given, gradients, ROUNDED.get(use_.name, 1e-9))
    learnt = {name: theirs.tensors[name] for name in run.tensors if theirs.tensors[name].requires_grad}
    check_gradients([run.tensors[name] for name in learnt], list(learnt.values()), gradients)
    for name, buffer in buffers.items():
        same(buffer, theirs.tensors[name], name)


def real(array: Array, differentiable: bool) -> Any:
    tensor = torch.from_numpy(array.copy())
    return tensor.requires_grad_() if differentiable else tensor


def activated(use_: Use, y: Any) -> Any:
    apply = ACTIVATION_PYTORCH.get(getattr(use_.layer, "activation", "none"), "{x}")
    return eval(apply.format(x="y"), {"torch": torch, "F": torch.nn.functional, "y": y})


SIGNED = ("MarginRankingLoss", "HingeEmbeddingLoss", "SoftMarginLoss", "CosineEmbeddingLoss")
"""Losses whose target holds 1 and -1."""

ROUNDED = {"Hardsigmoid": 1e-7}
"""Where PyTorch computes a gradient in float64 with a constant of float32: 1/6 here."""


def check_gradients(
    refs: Any, tensors: list[Any], gradients: Mapping[int, Array], tolerance: float = 1e-9
) -> None:
    ref: Ref
    for ref, tensor in zip(refs, tensors, strict=True):
        if tensor.requires_grad:
            grad = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
            same(gradients[ref.index], grad, f"gradient of {ref.type}", tolerance)


@pytest.mark.parametrize("use_", [u for u in USES if len(u.shapes) == 1], ids=str)
def test_the_form_for_a_chain_is_the_same(use_: Use) -> None:
    layer = use_.layer
    spelling = layer.pytorch(*use_.types)
    assert spelling is not None
    if spelling.module is None:
        return
    rng = np.random.default_rng(5)
    x = torch.from_numpy(rng.normal(size=use_.shapes[0]))
    theirs = Theirs(use_, spelling, {}, training=False) if spelling.construct is None else None
    assert theirs is not None, "a chain takes what is constructed"
    same(theirs(x).numpy(), made(spelling.module)(x), "value")


@pytest.mark.parametrize("name", ACTIVATIONS[1:])
def test_an_activation_is_the_same_as_a_module(name: str) -> None:
    x = torch.linspace(-3, 3, 12, dtype=torch.float64).reshape(3, 4)
    y = eval(ACTIVATION_PYTORCH[name].format(x="x"), {"torch": torch, "F": torch.nn.functional, "x": x})
    same(y.numpy(), made(ACTIVATION_MODULES_PYTORCH[name])(x), name)
