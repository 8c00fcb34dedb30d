"""JAX as a peer: the exported Flax network with the same weights, compiled by jit as one function."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from core.export.code import export_code
from core.export.flax.printer import FLAX
from core.export.proof import output_names
from core.export.tensors import KeptTensor, kept_tensors
from core.export.walk import walk
from core.initialise import Array
from core.program import slots

from .case import Case

# Their types are of some functions alone.
jax: Any = import_module("jax")
jnp: Any = import_module("jax.numpy")
trees: Any = import_module("flax.traverse_util")


class JaxSide:
    """A compiled network with its inputs."""

    def __init__(self, case: Case, cotangents: Mapping[str, Array]) -> None:
        form = walk(case.program, FLAX.dialect)
        names: dict[str, Any] = {"__name__": "exported"}
        exec(export_code(case.program, "flax").text, names)
        make = names[form.maker]
        has_mode = "train" in inspect.signature(make).parameters
        self._model: Any = make(train=True) if case.training and has_mode else make()
        self._last = form.images_last
        self._names = output_names(case.program)
        self._starts = {name: jnp.asarray(array) for name, array in cotangents.items()}
        learnt = {one.name for one in slots(case.program) if one.learnt}
        self.tensors: Sequence[KeptTensor] = [
            replace(one, name=FLAX.dialect.state(one.name, learnt.issuperset(one.slots)))
            for one in kept_tensors(form, case.program, FLAX.dialect)
            if set(one.slots) <= case.weights.keys()
        ]
        flat = {
            one.name: jnp.asarray(one.how.there(*(case.weights[slot] for slot in one.slots)))
            for one in self.tensors
        }
        self._learnt = trees.unflatten_dict(
            {k: v for k, v in flat.items() if k.startswith("params.")}, sep="."
        )
        self._rest = trees.unflatten_dict(
            {k: v for k, v in flat.items() if not k.startswith("params.")}, sep="."
        )
        self._inputs = [self._laid(jnp.asarray(array)) for array in case.inputs.values()]
        self._act: Any = jax.jit(self._step if case.training else self._forward)
        self._training = case.training
        self._found: Any = None
        self._gradients: Any = {}

    def _forward(self, learnt: Any, rest: Any, inputs: Any) -> Any:
        found = self._model.apply({**learnt, **rest}, *inputs)
        return found if isinstance(found, tuple) else (found,)

    def _step(self, learnt: Any, rest: Any, inputs: Any) -> Any:
        def used(learnt: Any) -> Any:
            found, changed = self._model.apply(
                {**learnt, **rest}, *inputs, mutable=["batch_stats"], rngs={"dropout": jax.random.key(1)}
            )
            found = found if isinstance(found, tuple) else (found,)
            return [found[self._names.index(name)] for name in self._starts], (found, changed)

        _, backward, told = jax.vjp(used, learnt, has_aux=True)
        (gradients,) = backward([self._laid(start) for start in self._starts.values()])
        return told, gradients

    def _laid(self, x: Any) -> Any:
        return jnp.moveaxis(x, 1, -1) if self._last and x.ndim > 3 else x

    def run(self) -> None:
        """The forward; in training with the backward."""
        found = self._act(self._learnt, self._rest, self._inputs)
        jax.block_until_ready(found)
        if self._training:
            ((self._found, _), self._gradients) = found
        else:
            self._found = found

    def outputs(self) -> dict[str, Array]:
        """By name."""
        several = [jnp.moveaxis(y, -1, 1) if self._last and y.ndim > 3 else y for y in self._found]
        return {name: np.asarray(y) for name, y in zip(self._names, several, strict=True)}

    def gradients(self) -> dict[str, Array]:
        """By the names of the network's tensors."""
        return {name: np.asarray(g) for name, g in trees.flatten_dict(self._gradients, sep=".").items()}
